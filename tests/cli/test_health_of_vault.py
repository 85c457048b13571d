"""`health` of the vault's file, of its copies, and of configurations that were given out."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_health_command import BILLING, ORDERS, opened, told
from wallet.tasks.deployment.written_configurations import note_configuration
from wallet.vault.db.parts.configurations import Recipe
from wallet.vault.file import key_file_place
from wallet.vault.file.first_look import header_at

pytestmark = pytest.mark.usefixtures("empty_home")
# Of the NKey text form's vectors: known to everybody.
PUBLIC = "UD466L6EBCM3YY5HEGHJANNTN4LSKTSUXTH7RILHCKEQMQHTBNLHJJXT"
SEED = "SUAKYRHVIOREXV7EUZTBHUHL7NUMHPMAS7QMDU3GTIUWEI5LDNOXD43IZY"

by_modes = pytest.mark.skipif(os.name != "posix", reason="files have no modes here")


@pytest.fixture
def common(vault: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The vault at a place that every user of the machine may go into."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    keys = directory / "keys"
    shutil.copytree(tmp_path / "keys", keys)
    keys.chmod(0o755)
    (keys / "vault.nkw").chmod(0o600)
    monkeypatch.setenv("NKEY_WALLET_VAULT", str(keys / "vault.nkw"))
    yield keys
    shutil.rmtree(directory)
    del vault


def problems(vault: Run) -> set[str]:
    answer = vault("health", "--json")
    codes = {note["code"] for note in answer.json() if note["problem"]}
    assert answer.status == bool(codes)
    return codes


@by_modes
def test_a_vault_that_others_may_read_is_a_problem(vault: Run, common: Path) -> None:
    assert problems(vault) == set()
    (common / "vault.nkw").chmod(0o644)
    assert problems(vault) == {"open-vault"}


@by_modes
def test_an_older_save_that_others_may_read_is_a_problem(vault: Run, common: Path) -> None:
    (common / "vault.nkw.bak").chmod(0o644)
    assert problems(vault) == {"open-backup"}
    assert f"chmod 600 {common / 'vault.nkw.bak'}" in vault("health").out


@by_modes
def test_a_directory_in_which_others_may_exchange_the_vault_is_a_problem(
    vault: Run, common: Path
) -> None:
    common.chmod(0o777)
    assert problems(vault) == {"open-directory"}
    common.chmod(0o1777)  # there nobody may take away another's file
    assert problems(vault) == set()


@by_modes
def test_a_seed_that_others_may_read_is_a_problem(
    vault: Run, common: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = common.parent / "billing.nk"
    file.write_text(vault("seed", BILLING, "--yes").out, encoding="utf-8")
    file.chmod(0o644)
    monkeypatch.setattr("wallet.cli.vault.health.known_places", lambda: [common.parent])
    assert problems(vault) == {"open-seed"}


def test_a_list_of_keys_that_lets_in_a_user_who_is_revoked_since_is_a_problem(
    vault: Run, tmp_path: Path
) -> None:
    assert vault("config", ORDERS, "--for", "server").status == 0
    assert vault("revoke", BILLING).status == 0
    assert "configuration-lets-in" in problems(vault)
    words = vault("health").out
    assert f"lists {BILLING}, revoked or expired by now" in words
    assert "nkey-wallet config acme/orders --for server" in words


def test_a_list_of_keys_that_lets_in_a_user_whose_jwt_expired_since_is_a_problem(
    vault: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert vault("edit", BILLING, "--expires", "1d").status == 0
    assert vault("config", ORDERS, "--for", "server").status == 0
    assert "configuration-lets-in" not in problems(vault)
    later = datetime.now(UTC) + timedelta(days=2)

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Later:
            return cls.fromtimestamp(later.timestamp(), tz)

    monkeypatch.setattr("wallet.vault.key_record.datetime", Later)
    with opened(tmp_path) as wallet:
        assert ("configuration-lets-in", ORDERS, True) in told(wallet, later)


def test_a_list_given_out_again_with_the_revoked_user_is_still_a_problem(vault: Run) -> None:
    assert vault("new", "user", "reports", "--under", ORDERS).status == 0
    reports = f"{ORDERS}/reports"
    assert vault("config", BILLING, reports, "--for", "server").status == 0
    assert vault("revoke", BILLING).status == 0
    assert f"nkey-wallet config {reports} --for server" in vault("health").out
    assert vault("config", BILLING, reports, "--for", "server").status == 0
    assert "configuration-lets-in" in problems(vault)
    assert vault("config", BILLING, "--for", "server").status == 0
    assert "configuration-lets-in" in problems(vault)
    assert vault("config", "acme/metrics", "--for", "server").status != 0, "nobody is in there"
    assert vault("config", reports, "--for", "server").status == 0
    words = vault("health").out
    assert "configuration-lets-in" in words, "billing alone was given out too"
    assert f"take {BILLING} out of it on each server" in words
    assert vault("config", "--for", "server").status == 0
    assert "configuration-lets-in" not in problems(vault)


def test_a_list_with_a_key_that_was_rotated_out_is_written_anew_with_its_successor(
    vault: Run,
) -> None:
    assert vault("config", BILLING, "--for", "server").status == 0
    assert vault("rotate", BILLING, "--as", "planned", "--yes").status == 0
    vault("rotate", BILLING, "--finish", "--yes")  # 1: steps of it are still open
    assert "configuration-lets-in" in problems(vault)
    assert f"nkey-wallet config {BILLING} --for server" in vault("health").out
    assert vault("config", f"{BILLING}-old", "--for", "server").status == 0
    assert "configuration-lets-in" in problems(vault)
    assert vault("config", BILLING, "--for", "server").status == 0
    assert "configuration-lets-in" not in problems(vault)


def test_a_file_with_a_list_is_looked_into_for_whom_it_still_lets_in(
    vault: Run, tmp_path: Path
) -> None:
    assert vault("new", "user", "reports", "--under", ORDERS).status == 0
    conf = tmp_path / "auth.conf"
    conf.write_text(vault("config", ORDERS, "--for", "server").out, encoding="utf-8")
    with opened(tmp_path) as wallet:
        chosen = (wallet.records.find(ORDERS).public,)
        text = conf.read_text(encoding="utf-8")
        note_configuration(wallet, Recipe("server", chosen), text, {}, str(conf))
    assert vault("revoke", BILLING).status == 0
    again = vault("config", ORDERS, "--for", "server").out
    assert "configuration-lets-in" in problems(vault), "the file is as it was"
    conf.write_text(again, encoding="utf-8")
    assert "configuration-lets-in" not in problems(vault)
    assert "configuration-outdated" not in vault("health").out


def test_a_configuration_from_before_a_change_is_advice_until_it_is_given_out_anew(
    vault: Run, tmp_path: Path
) -> None:
    def outdated() -> set[tuple[str, str, bool]]:
        with opened(tmp_path) as wallet:
            return {note for note in told(wallet) if note[0] == "configuration-outdated"}

    assert vault("config", ORDERS, "--for", "account").status == 0
    assert outdated() == set()
    assert vault("edit", ORDERS, "--limit", "conn=5").status == 0
    assert outdated() == {("configuration-outdated", ORDERS, False)}
    assert vault("config", ORDERS, "--for", "account").status == 0
    assert outdated() == set()


def test_seeds_that_came_after_the_last_copy_of_the_vault_are_told(
    vault: Run, tmp_path: Path
) -> None:
    assert "No copy of the vault" in vault("health").out
    assert vault("backup", str(tmp_path / "copy.nkw")).status == 0
    assert "no-copy" not in vault("health").out
    with opened(tmp_path) as wallet, wallet.change() as records:
        records.settings.set("copied-at", str(int(datetime.now(UTC).timestamp()) - 60))
    answer = vault("new", "user", "late", "--under", ORDERS)
    assert answer.status == 0
    assert "late" in vault("health").out.partition("no-copy")[2].partition("→")[0]


def test_a_copy_is_no_older_than_the_vault_and_one_that_fails_is_not_noted(
    vault: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.nkw"
    assert vault("backup", str(copy)).status == 0
    path = tmp_path / "keys" / "vault.nkw"
    assert path.read_bytes() == copy.read_bytes()
    noted = settings_of(tmp_path)
    assert vault("backup", str(copy)).status != 0  # it is there already
    assert settings_of(tmp_path) == noted != ""


def test_a_key_without_its_seed_is_in_no_need_of_a_copy(vault: Run, tmp_path: Path) -> None:
    assert vault("backup", str(tmp_path / "copy.nkw")).status == 0
    time.sleep(1.1)  # a key of a later second
    (tmp_path / "public").write_text(f"{PUBLIC}\n")
    assert vault("import", str(tmp_path / "public")).status == 0
    assert "no-copy" not in vault("health").out


def test_a_seed_that_came_to_a_key_after_the_last_copy_is_told(vault: Run, tmp_path: Path) -> None:
    (tmp_path / "public").write_text(f"{PUBLIC}\n")
    assert vault("import", str(tmp_path / "public")).status == 0
    assert vault("backup", str(tmp_path / "copy.nkw")).status == 0
    time.sleep(1.1)  # a seed of a later second
    (tmp_path / "late.nk").write_text(SEED)
    assert vault("import", str(tmp_path / "late.nk")).status == 0
    assert "no-copy" in vault("health").out


def settings_of(tmp_path: Path) -> str:
    with opened(tmp_path) as wallet:
        return wallet.records.settings.get("copied-at", "")


def test_backups_are_outdated_by_what_was_taken_away_and_not_by_a_code_that_came_to_it(
    vault: Run, tmp_path: Path
) -> None:
    def codes() -> set[str]:
        return {note["code"] for note in vault("health", "--json").json()}

    for made in (False, True):  # the first one takes nothing from anybody, the second the first
        assert vault("recovery", "--to", str(tmp_path / f"page-{made}.txt")).status == 0
        assert ("outdated-backups" in codes()) == made
    time.sleep(1.1)  # it is told by the second
    assert vault("tag", BILLING, "--add", "later").status == 0
    with opened(tmp_path) as wallet:
        assert len(wallet.outdated_backups()) < len(wallet.backups())


@pytest.mark.parametrize("code", [False, True], ids=["", "a first code came to it"])
def test_backups_are_outdated_also_where_the_clock_was_put_back_before_the_change(
    vault: Run, tmp_path: Path, code: bool
) -> None:
    assert vault("tag", BILLING, "--add", "before").status == 0
    saved, now = tmp_path / "keys" / "vault.nkw", time.time()
    os.utime(saved, (now + 3600, now + 3600))  # the time of a save is that of its file
    assert vault("passphrase", "--cost", "light").status == 0
    if code:
        os.utime(saved, (now + 60, now + 60))
        assert vault("recovery", "--to", str(tmp_path / "page.txt")).status == 0
    assert vault("tag", BILLING, "--add", "after").status == 0
    with opened(tmp_path) as wallet:
        outdated = {each.generation for each in wallet.outdated_backups()}
        every = {each.generation for each in wallet.backups()}
        changed = wallet.generation - (3 if code else 2)
    assert outdated == {number for number in every if number is not None and number <= changed}


@by_modes
def test_a_key_file_that_others_may_read_or_that_lies_beside_the_vault_is_told(
    vault: Run, common: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = common / "vault.key"
    assert vault("passphrase", "--new-key-file", str(key)).status == 0
    monkeypatch.setenv("NKEY_WALLET_KEY_FILE", str(key))
    key_file_place.remember(header_at(common / "vault.nkw").vault_id, key)
    codes = {note["code"] for note in vault("health", "--json").json()}
    assert {"key-file-beside", "outdated-backups"} <= codes
    assert problems(vault) == set()
    key.chmod(0o644)
    assert problems(vault) == {"open-key-file"}
    for backup in common.glob("*.bak"):
        backup.unlink()
    key.chmod(0o600)
    elsewhere = key.rename(common.parent / "vault.key")
    monkeypatch.setenv("NKEY_WALLET_KEY_FILE", str(elsewhere))
    key_file_place.remember(header_at(common / "vault.nkw").vault_id, elsewhere)
    codes = {note["code"] for note in vault("health", "--json").json()}
    assert not codes & {"key-file-beside", "outdated-backups", "open-key-file"}


def test_of_a_deleted_account_that_a_configuration_lists_it_is_said_where_it_stands(
    vault: Run, tmp_path: Path
) -> None:
    assert vault("new", "account", "depot").status == 0
    with opened(tmp_path) as wallet, wallet.change() as records:
        records.deliveries.known_servers.note(records.find("depot").public, ["nats://n1:4222"])
    assert vault("delete", "depot", "--yes").status == 0
    notes = vault("health", "--json").json()
    (note,) = [one for one in notes if one["code"] == "deleted-let-in"]
    assert "a server that has it still lets in users of it" in note["why"]
    assert note["fix"].startswith(
        "Take it out of `accounts`, where a configuration lists its users"
    )
