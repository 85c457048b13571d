"""`sign`, `verify`, `seal` and `open`: by the wallet, and against nk and the nats CLI."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.app.inpty import in_pty
from tests.cli.conftest import Run
from tests.tools import tool
from wallet.nats.nkeys import Kind, PublicKey, Seed

MESSAGE = b"ship it\x00\xff\n"
NONCE = b"PXoWU7zWAMt75FY"  # of a real server
JWT_TEXT = b".".join(
    base64.urlsafe_b64encode(part).rstrip(b"=") for part in (b'{"typ":"JWT"}', b'{"sub":"U"}')
)


@pytest.fixture
def message(tmp_path: Path) -> str:
    path = tmp_path / "message"
    path.write_bytes(MESSAGE)
    return str(path)


def written(path: Path, text: str | bytes) -> str:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def seed_file(vault: Run, ref: str, path: Path) -> str:
    return written(path, vault("seed", ref, "--yes").out)


def test_a_signature_is_the_keys_and_of_no_other_key_or_message(
    vault: Run, message: str, tmp_path: Path
) -> None:
    signature = vault("sign", "billing", message).out
    signed = written(tmp_path / "signature", signature)
    assert vault("verify", "billing", message, signed).status == 0
    assert vault("verify", "n1", message, signed).status == 1
    other = written(tmp_path / "other", MESSAGE[:-1])
    done = vault("verify", "billing", other, signed)
    assert done.status == 1
    assert "other bytes" in done.out
    for place in range(0, 86, 17):
        letter = "Q" if signature[place] == "A" else "A"
        changed = signature[:place] + letter + signature[place + 1 :]
        assert vault("verify", "billing", message, "--", changed.strip()).status == 1


def test_that_a_key_is_out_of_use_is_said_beside_its_right_signature(
    vault: Run, message: str, tmp_path: Path
) -> None:
    signed = written(tmp_path / "signature", vault("sign", "billing", message).out)
    before = vault("verify", "billing", message, signed, "--json").json()
    assert before["standing"] == ""
    assert vault("retire", "billing").status == 0
    done = vault("verify", "billing", message, signed)
    assert done.status == 0
    assert "billing is retired, since 20" in done.err
    told = vault("verify", "billing", message, signed, "--json").json()
    assert (told["ok"], told["standing"]) == (True, "retired")
    assert told["since"].endswith("Z")
    assert "is retired, since 20" in vault("sign", "billing", message).err
    whole = vault("public", "billing").out.strip()
    assert "standing" not in vault("verify", whole, message, signed, "--json").json()


def test_a_whole_public_key_is_enough_to_verify_without_a_vault(
    vault: Run, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    public = vault("public", "billing").out.strip()
    signature = vault("sign", "billing", message).out.strip()
    monkeypatch.setenv("NKEY_WALLET_VAULT", str(tmp_path / "none"))
    assert vault("verify", public, message, signature).status == 0
    said = vault("verify", public, message, signature, "--json").json()
    assert said == {"ok": True, "public": public, "why": ""}
    assert vault("verify", "billing", message, signature).status == 3


def test_nk_and_nats_take_our_signatures_and_we_take_theirs(
    vault: Run, message: str, tmp_path: Path
) -> None:
    ours = written(tmp_path / "ours", vault("sign", "billing", message).out)
    public = written(tmp_path / "public", vault("public", "billing").out)
    key = seed_file(vault, "billing", tmp_path / "seed")
    nk, nats = tool("nk"), tool("nats")
    of_nk = [nk, "-verify", message, "-pubin", public, "-sigfile", ours]
    for command in (of_nk, [nats, "auth", "nkey", "verify", message, ours, public]):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert "Verified OK" in done.stdout + done.stderr
    for command in (
        [nk, "-sign", message, "-inkey", key],
        [nats, "auth", "nkey", "sign", message, key],
    ):
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        theirs = written(tmp_path / "theirs", done.stdout or done.stderr)
        assert vault("verify", "billing", message, theirs).status == 0


# Each of them a real server let in, as a user whose JWT the account had signed so.
JWTS_AS_GO_READS_THEM = {
    "version 1": b"eyJzdWIiOiJVIiwidHlwZSI6InVzZXIifQ",
    "lines": JWT_TEXT.replace(b".", b"\r\n.\n") + b"\n",
    "no UTF-8": JWT_TEXT.split(b".")[0] + b".eyJuIjoi_yJ9",
    "space": JWT_TEXT.split(b".")[0] + b".CiB7InN1YiI6IlUifQ",
}


@pytest.mark.parametrize("meant", JWTS_AS_GO_READS_THEM.values(), ids=JWTS_AS_GO_READS_THEM)
def test_what_only_a_server_reads_as_a_jwt_is_signed_on_purpose_too(
    vault: Run, tmp_path: Path, meant: bytes
) -> None:
    path = written(tmp_path / "message", meant)
    done = vault("sign", "billing", path)
    assert (done.status, done.out) == (2, "")
    assert "JWT" in done.err


@pytest.mark.parametrize("meant", [NONCE, JWT_TEXT], ids=["nonce", "jwt"])
def test_what_would_be_a_login_or_a_jwt_is_signed_only_on_purpose(
    vault: Run, tmp_path: Path, meant: bytes
) -> None:
    path = written(tmp_path / "message", meant)
    done = vault("sign", "billing", path)
    assert (done.status, done.out) == (2, "")
    assert "--yes" in done.err
    assert vault("sign", "billing", path, "--yes").status == 0
    harmless = written(tmp_path / "harmless", meant + b" ")
    assert vault("sign", "billing", harmless).status == 0


def test_on_a_terminal_it_asks_before_it_signs_a_nonce(vault: Run, tmp_path: Path) -> None:
    path = written(tmp_path / "message", NONCE)
    command = ["-m", "wallet", "sign", "billing", path]
    with in_pty(command, environment=dict(os.environ)) as child:
        child.expect_exact("Sign it with acme/orders/billing?")
        child.sendline("n")
        child.expect_exact("Nothing was signed.")
        child.wait()
        assert child.exitstatus == 1


def test_a_sealed_message_opens_for_whom_it_is_and_for_nobody_else(
    vault: Run, message: str, tmp_path: Path
) -> None:
    for name in ("mine", "theirs", "others"):
        vault("new", "curve", name)
    sealed = written(tmp_path / "sealed", vault("seal", "mine", message, "--for", "theirs").out)
    to = tmp_path / "opened"
    done = vault("open", "theirs", sealed, "--from", "mine", "--to", str(to))
    assert done.status == 0, done.err
    assert to.read_bytes() == MESSAGE
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    for ref, sender in (("others", "mine"), ("theirs", "others")):
        refused = vault("open", ref, sealed, "--from", sender)
        assert (refused.status, refused.out) == (1, "")
    again = vault("open", "theirs", sealed, "--from", "mine", "--to", str(to))
    assert again.status != 0
    assert "--force" not in again.err  # which it does not have
    piped = vault("open", "theirs", sealed, "--from", "mine", "--to", "-")
    assert (piped.status, Path("-").exists()) == (0, False)
    assert to.read_bytes() == MESSAGE
    raw = written(tmp_path / "raw", base64.b64decode(Path(sealed).read_bytes()))
    assert vault("open", "theirs", raw, "--from", "mine").status == 0
    changed = bytearray(Path(raw).read_bytes())
    changed[-1] ^= 1
    broken = written(tmp_path / "broken", bytes(changed))
    assert vault("open", "theirs", broken, "--from", "mine").status == 1


def test_nats_opens_what_we_seal_and_we_open_what_it_seals(
    vault: Run, message: str, tmp_path: Path
) -> None:
    vault("new", "curve", "mine")
    nats = tool("nats")
    with Seed.generate(Kind.CURVE) as theirs:
        key, public = written(tmp_path / "key", bytes(theirs.encode())), theirs.public.text
    mine = vault("public", "mine").out.strip()
    sealed = tmp_path / "sealed"
    assert vault("seal", "mine", message, "--for", public, "--to", str(sealed)).status == 0
    out = tmp_path / "out"
    unseal = [nats, "auth", "nkey", "unseal", str(sealed), key, mine, "--output", str(out)]
    subprocess.run(unseal, check=True, capture_output=True)
    assert out.read_bytes() == MESSAGE
    seal = [nats, "auth", "nkey", "seal", message, key, mine, "--output", str(tmp_path / "back")]
    subprocess.run(seal, check=True, capture_output=True)
    opened = tmp_path / "opened"
    back = str(tmp_path / "back")
    assert vault("open", "mine", back, "--from", public, "--to", str(opened)).status == 0
    assert opened.read_bytes() == MESSAGE


def test_nothing_is_sealed_for_a_key_that_nobody_has(vault: Run, message: str) -> None:
    vault("new", "curve", "mine")
    weak = PublicKey.from_raw(Kind.CURVE, bytes(32)).text
    done = vault("seal", "mine", message, "--for", weak)
    assert (done.status, done.out) == (2, "")
    assert "everybody could open" in done.err


def test_a_key_that_cannot_do_it_is_refused_with_the_reason(vault: Run, message: str) -> None:
    vault("new", "curve", "mine")
    assert "cannot sign" in vault("sign", "mine", message).err
    assert "two curve keys" in vault("seal", "billing", message, "--for", "mine").err
    assert "two curve keys" in vault("seal", "mine", message, "--for", "billing").err
    assert "signs none" in vault("verify", "mine", message, "A" * 86).err
    assert vault("sign", "nobody", message).status == 4


def test_no_seed_is_said_whatever_is_given_in_the_place_of_a_key(
    vault: Run, message: str, tmp_path: Path
) -> None:
    vault("new", "curve", "mine")
    seed = vault("seed", "billing", "--yes").out.strip()
    for command in (
        ("verify", seed, message, "A" * 86),
        ("verify", "billing", message, seed),
        ("seal", "mine", message, "--for", seed),
        ("open", "mine", message, "--from", seed),
        ("sign", seed, message),
        ("sign", "billing", seed),
        ("edit", "billing", "--claims", seed),
    ):
        done = vault(*command)
        assert done.status != 0
        assert seed not in done.out + done.err, command[0]


def test_what_is_no_signature_or_no_sealed_message_is_told_as_that(
    vault: Run, message: str, tmp_path: Path
) -> None:
    vault("new", "curve", "mine")
    short = written(tmp_path / "short", "AAAA")
    assert "86 characters" in vault("verify", "billing", message, short).out
    assert "base64" in vault("verify", "billing", message, message).out
    assert vault("verify", "billing", message, "nothing-there").status == 2
    done = vault("open", "mine", message, "--from", "mine")
    assert done.status == 1
    assert "no sealed message" in done.err
    none = written(tmp_path / "none", "AAAA")
    assert "begins with xkv1" in vault("open", "mine", none, "--from", "mine").err
    missing = str(tmp_path / "missing")
    assert vault("sign", "billing", missing).status == 2
    assert missing in vault("sign", "billing", missing).err


def test_a_terminal_is_shown_text_alone_and_nothing_that_it_would_obey(
    vault: Run, tmp_path: Path
) -> None:
    for name in ("mine", "theirs"):
        vault("new", "curve", name)
    for content, expected in (
        (b"before \x1b]0;title\x07 after", "before"),
        (bytes(range(128, 256)), "--to FILE"),
    ):
        plain = written(tmp_path / "plain", content)
        sealed = vault("seal", "mine", plain, "--for", "theirs").out
        path = written(tmp_path / "sealed", sealed)
        command = ["-m", "wallet", "open", "theirs", path, "--from", "mine"]
        with in_pty(command, environment=dict(os.environ)) as child:
            child.expect_exact(expected)
            rest = child.read()
            assert "\x1b]0;title" not in child.before + rest
