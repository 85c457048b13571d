"""An export that does not come to its end says what it left, and harms neither vault nor files."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Once, Run
from wallet.errors import KeyFormatError, WalletError
from wallet.exchange.export import listed, write
from wallet.nats.nkeys import Kind, Seed, generate_many
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

USERS = 3_000


def is_seed(text: bytes) -> bool:
    try:
        Seed.decode(text).wipe()
    except KeyFormatError:
        return False
    return True


@pytest.fixture
def acme(tmp_path: Path) -> Vault:
    with Passphrase("a passphrase for these tests") as passphrase:
        vault = Vault.create(tmp_path / "vault.nkw", passphrase, KdfCost.MINIMUM)
    with vault.change() as records, Seed.generate(Kind.OPERATOR) as seed:
        Issuing(records).add(seed, name="acme")
    return vault


def test_a_limit_in_the_middle_says_how_many_files_are_there(acme: Vault, tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    import resource  # not on Windows

    items = listed(acme, [acme.records.find("acme")], "nsc", tmp_path / "out")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))  # .nsc is shorter, no JWT is
    try:
        with pytest.raises(WalletError) as stopped:
            write(items)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "cannot be written" in str(stopped.value)
    assert "1 of 3 files was written before that, whole, and was left there." in str(stopped.value)
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == [".nsc"]


def test_a_directory_that_goes_away_in_the_middle_is_not_called_a_vault(
    acme: Vault, tmp_path: Path
) -> None:
    with acme.change() as records:
        keys = records.add_many(generate_many(Kind.USER, 20))
    items = listed(acme, keys, "nk", tmp_path / "out")
    with pytest.raises(WalletError) as stopped:
        write(items, on_progress=lambda _done: shutil.rmtree(tmp_path / "out", ignore_errors=True))
    assert "is not there any more" in str(stopped.value)
    assert "no vault" not in str(stopped.value)


@pytest.mark.skipif(sys.platform == "win32", reason="a signal ends a process otherwise there")
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
def test_an_export_that_is_stopped_leaves_whole_files_and_a_sound_vault(
    vault: Run, once: Once, tmp_path: Path, how: str
) -> None:
    def make() -> None:
        made = vault("new", "user", "device", "--under", "acme/orders", "--count", str(USERS))
        assert made.status == 0, made.err

    once("devices", make)
    out = tmp_path / "out"
    with subprocess.Popen(
        [sys.executable, "-m", "wallet", "export", "acme", "--as", "nsc", "--to", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as exporting:
        while not (out / "keys" / "U").is_dir():
            assert exporting.poll() is None
            time.sleep(0.002)
        exporting.send_signal(getattr(signal, how))
        said = exporting.communicate(timeout=60)[1]
    seeds = [path.read_bytes() for path in out.glob("keys/U/*/*.nk")]
    assert len(seeds) < USERS
    assert sum(not is_seed(text) for text in seeds) <= (how == "SIGKILL")
    if how == "SIGINT":
        assert exporting.returncode == 130
        files = sum(path.is_file() for path in out.rglob("*"))
        assert f"{files:,} of " in said
        assert f"each whole, and were left there, beneath {out}" in said
        assert said.count("interrupted") == 1
        assert "nothing half done" not in said
    assert vault("check").status == 0
    again = vault("export", "acme", "--as", "nsc", "--to", str(out))
    assert (again.status, "--force" in again.err) == (2, True)
    assert vault("export", "acme", "--as", "nsc", "--to", str(out), "--force").status == 0
    assert len(list(out.glob("keys/U/*/*.nk"))) > USERS
