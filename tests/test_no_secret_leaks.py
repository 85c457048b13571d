"""After a whole use of the wallet no file and no output holds a seed or the passphrase."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal import terminal
from wallet.nats.nkeys import Seed
from wallet.system.natsserver import LocalServer

PASSPHRASE = "gently folded paper cranes"

CHEAP = """
import sys
from wallet.cli import main
from wallet.vault.file import kdf
kdf.COSTS["light"] = kdf.KdfCost.MINIMUM
sys.exit(main(sys.argv[1:]))
"""
"""The wallet, but that a vault is as cheap to open as may be: it is opened twenty times."""

Named = list[tuple[str, bytes]]


def forms(text: str) -> Iterator[bytes]:
    """A secret as it might have been written somewhere."""
    yield text.encode()
    yield text.encode("utf-16-le")
    yield base64.b64encode(text.encode())
    yield text.encode().hex().encode()


def files_below(*places: Path) -> Iterator[tuple[Path, bytes]]:
    for place in places:
        for path in sorted(place.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path, path.read_bytes()


def leaks(searched: Named, secrets: Named) -> list[str]:
    """Whose secret stands in which of the files and outputs."""
    return [
        f"{whose} in {where}"
        for where, content in searched
        for whose, form in secrets
        if form in content
    ]


def test_a_secret_that_is_planted_is_found_in_each_of_its_forms(tmp_path: Path) -> None:
    secrets = [("passphrase", form) for form in forms(PASSPHRASE)]
    assert len({form for _, form in secrets}) == 4
    for number, (_, form) in enumerate(secrets):
        place = tmp_path / "home" / "deep" / str(number)
        place.mkdir(parents=True)
        (place / "file").write_bytes(b"before " + form + b" after")
    (tmp_path / "home" / "clean").write_bytes(b"nothing of it")
    searched = [(str(path), content) for path, content in files_below(tmp_path / "home")]
    found = leaks(searched, secrets)
    assert sorted(found) == sorted(
        f"passphrase in {tmp_path / 'home' / 'deep' / str(number) / 'file'}" for number in range(4)
    )


@pytest.mark.slow
def test_a_whole_use_of_the_wallet_leaves_no_secret_anywhere(tmp_path: Path) -> None:
    home, scratch, outside = tmp_path / "home", tmp_path / "tmp", tmp_path / "outside"
    for place in (home, scratch, outside):
        place.mkdir()
    (outside / "passphrase").write_text(PASSPHRASE + "\n")
    environment = {
        "HOME": str(home),
        "TMPDIR": str(scratch),
        "PATH": os.environ["PATH"],
        "NKEY_WALLET_VAULT": str(home / "keys" / "vault.nkw"),
        # What a developer may have set, and what would write every key press to a file.
        "TEXTUAL_LOG": str(home / "textual.log"),
        "TEXTUAL_DEBUG": "1",
    }
    output = bytearray()

    def run(*arguments: str, program: tuple[str, ...] = ("-m", "wallet")) -> bytes:
        done = subprocess.run(
            [sys.executable, *program, *arguments],
            env={**environment, "NKEY_WALLET_PASSPHRASE_FILE": str(outside / "passphrase")},
            capture_output=True,
            check=False,
            cwd=Path(__file__).parent.parent,
        )
        assert done.returncode in {0, 1}, done.stderr
        output.extend(done.stdout + done.stderr)
        return done.stdout

    run("init", "--cost", "light", program=("-c", CHEAP))
    run("new", "operator", "acme")
    run("new", "account", "orders", "--under", "acme")
    run("new", "user", "billing", "--under", "acme/orders")
    server = LocalServer(outside, run("config", "billing", "--for", "server").decode())
    try:
        run("test", "billing", "--server", server.url)
        run("list", "--json")
        run("show", "billing")
        with terminal(environment=environment) as opened:
            record = outside / "terminal"
            opened.tmux("pipe-pane", "-t", "wallet", f"cat > {record}")
            opened.wait_for("assphrase")
            opened.type("not the passphrase at all")
            opened.press("Enter")
            opened.wait_for("not the passphrase")
            opened.press("C-u")
            opened.type(PASSPHRASE)
            opened.press("Enter")
            opened.wait_for("acme")
            opened.press("/")
            opened.type("billing")
            opened.wait_for("1 found")
            opened.press("Enter")
            opened.press("c")
            opened.wait_for("op")
            opened.press("t")
            opened.wait_for("Test acme/orders/billing")
            opened.press("Enter")
            opened.wait_for("ACCEPTED")
            opened.press("Escape")
            opened.wait_until_gone("ACCEPTED")
            opened.press("n")
            opened.wait_for("New key")
            opened.type("second")
            opened.press("Enter")
            opened.wait_until_gone("How many")
            opened.press("L")
            opened.wait_for("assphrase")
            opened.type(PASSPHRASE[:10])
            opened.press("C-q")
            opened.wait_until_left()
            output.extend(record.read_bytes())
    finally:
        server.stop()

    secrets = []
    for name in ("acme", "orders", "billing", "second"):
        printed = subprocess.run(
            [sys.executable, "-m", "wallet", "seed", name, "--yes"],
            env={**environment, "NKEY_WALLET_PASSPHRASE_FILE": str(outside / "passphrase")},
            capture_output=True,
            check=True,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        text = printed.stdout.strip()
        with Seed.decode(text) as seed:
            secrets += [(name, form) for form in (*forms(text), bytes(seed.raw))]
    secrets += [("passphrase", form) for form in forms(PASSPHRASE)]

    searched = [(path.name, content) for path, content in files_below(home, scratch)]
    assert any(name == "vault.nkw" for name, _ in searched)
    searched.append(("the output", bytes(output)))
    assert leaks(searched, secrets) == []
    assert not (home / "textual.log").exists()
