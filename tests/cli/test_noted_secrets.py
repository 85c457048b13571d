"""What shows a secret is noted in the vault first; what shows none is no event."""

from __future__ import annotations

import re
import shutil
from argparse import Namespace
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE, Run
from wallet.cli import app, main
from wallet.cli.argument_parser import CommandParser
from wallet.cli.commands import COMMANDS
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.system import author
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.history import Event
from wallet.vault.vault import Vault


@pytest.fixture
def path(vault: Run, tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault.nkw"


def events(path: Path) -> list[Event]:
    """What was noted, besides what the keys of these tests came from."""
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as opened:
        return without_making(opened.records.history.events())


def without_making(events: list[Event]) -> list[Event]:
    return [event for event in events if event.what not in {"made", "issued", "signed"}]


def unwritable(path: Path) -> None:
    """From now on nothing is saved: what every writer takes first is no file."""
    lock = path.with_name(path.name + ".lock")
    lock.unlink()
    lock.mkdir()


def test_a_seed_that_is_printed_is_noted_with_its_key_and_time(vault: Run, path: Path) -> None:
    public = vault("public", "billing").out.strip()
    assert vault("seed", "billing", "--yes").status == 0
    (event,) = events(path)
    assert (event.what, event.public) == ("seed-shown", public)
    assert event.path.endswith("billing")
    assert "@" in event.by
    assert event.to_json().keys() == {"at", "what", "path", "public", "by", "detail"}


@pytest.mark.parametrize("form", ["nk", "creds", "context", "nsc"])
def test_an_export_is_noted_for_each_key_whose_seed_is_in_it(
    vault: Run, path: Path, tmp_path: Path, form: str
) -> None:
    vault("new", "account", "--signing", "--under", "acme/orders")
    out = tmp_path / "out"
    done = vault("export", "billing", "--as", form, "--to", str(out))
    assert done.status == 0, done.err
    noted = events(path)
    assert {event.what for event in noted} == {What.EXPORTED.value}
    files = [out, *out.rglob("*"), out.with_suffix(".creds")]
    texts = [file.read_text() for file in files if file.is_file()]
    assert sorted(str(event.public) for event in noted) == sorted(seeds_in("\n".join(texts)))
    assert noted[0].detail == f"{form} to {out}"


def seeds_in(text: str) -> set[str]:
    """The public keys of the seeds in a text."""
    found = set()
    for seed in re.findall(r"\bS[OAU][A-Z2-7]{56}\b", text):
        with Seed.decode(seed) as opened:
            found.add(opened.public.text)
    assert found
    return found


@pytest.mark.parametrize(
    "command",
    ["public billing", "show billing", "list", "jwt billing", "export billing --as jwt --to {}",
     "export billing --as public --to {}"],
)  # fmt: skip
def test_what_shows_no_secret_is_no_event(
    vault: Run, path: Path, tmp_path: Path, command: str
) -> None:
    before = path.read_bytes()
    assert vault(*command.format(tmp_path / "out").split()).status == 0
    assert path.read_bytes() == before


def test_a_configuration_given_out_is_remembered_and_no_event(vault: Run, path: Path) -> None:
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as opened:
        before = opened.records.history.events()
    assert vault("config", "billing", "--for", "server").status == 0
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as opened:
        assert opened.records.history.events() == before
        assert opened.records.configurations.all()


def test_each_activation_is_noted_in_the_history_of_the_account_that_exports(
    vault: Run, path: Path
) -> None:
    def words(*line: str) -> None:
        done = vault(*line)
        assert done.status == 0, done.err

    words("exports", "orders", "add", "orders.>", "--service", "--private")
    with Seed.generate(Kind.ACCOUNT) as seed:
        foreign = seed.public.text
    words("exports", "orders", "activate", "orders.>", foreign, "--expires", "2099-01-31")
    words("pair", "orders", "metrics", "orders.>")
    for_foreign, for_metrics = (each for each in events(path) if each.what == "activation-made")
    assert for_foreign.path == for_metrics.path == "acme/orders"
    assert for_foreign.detail == (
        f"service orders.> for {foreign}, signed by acme/orders, ends 2099-01-31 00:00:00 UTC"
    )
    assert for_metrics.detail == "service orders.> for acme/metrics, signed by acme/orders"


def test_short_lived_creds_are_noted_as_such_with_their_end(vault: Run, path: Path) -> None:
    assert vault("creds", "billing", "--for", "15m").status == 0
    (event,) = events(path)
    (short,) = vault("list", "tag:short-lived", "--json").json()
    assert (event.what, event.public) == ("exported", short["public"])
    assert event.detail.startswith("short-lived creds like acme/orders/billing, until ")
    assert short["expires"] in event.detail


def test_a_seed_is_not_printed_where_it_cannot_be_noted(
    vault: Run, path: Path, tmp_path: Path
) -> None:
    unwritable(path)
    before = path.read_bytes()
    done = vault("seed", "billing", "--yes")
    assert (done.status, done.out) == (3, "")
    assert "could not be noted" in done.err
    assert "--unrecorded" in done.err
    done = vault("export", "billing", "--as", "nk", "--to", str(tmp_path / "out"))
    assert done.status == 3
    assert not (tmp_path / "out").exists()
    done = vault("seed", "billing", "--yes", "--unrecorded")
    assert done.status == 0
    assert done.out.startswith("SU")
    assert "not noted" in done.err
    to = str(tmp_path / "out")
    assert vault("export", "billing", "--as", "nk", "--to", to, "--unrecorded").status == 0
    assert path.read_bytes() == before


def test_where_it_can_be_noted_it_is_also_with_the_flag(vault: Run, path: Path) -> None:
    assert vault("seed", "billing", "--yes", "--unrecorded").status == 0
    assert [event.what for event in events(path)] == ["seed-shown"]


def test_an_export_that_writes_nothing_is_not_noted(vault: Run, path: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    assert vault("export", "billing", "--as", "nk", "--to", str(tmp_path / "out")).status == 2
    assert events(path) == []


def test_a_restore_and_a_change_of_the_passphrase_are_noted_and_no_note_is_lost(
    vault: Run, path: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.nkw"
    shutil.copyfile(path, backup)
    vault("seed", "billing", "--yes")
    assert vault("restore", str(backup), "--yes").status == 0
    new = tmp_path / "new"
    new.write_text("another passphrase, long enough\n")
    assert vault("passphrase", "--new-passphrase-file", str(new)).status == 0
    with (
        Passphrase("another passphrase, long enough") as passphrase,
        Vault.unlock(path, passphrase) as opened,
    ):
        noted = [event.what for event in without_making(opened.records.history.events())]
    assert noted == ["seed-shown", "restored", "passphrase-changed"]


def test_very_many_keys_are_noted_by_their_number(
    vault: Run, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wallet.vault.db.journal.bulk_entries.ALONE", 2)
    vault("new", "user", "dev", "--under", "acme/orders", "--count", "3")
    done = vault("export", "acme", "--as", "creds", "--to", str(tmp_path / "out"))
    assert done.status == 0
    (event,) = events(path)
    assert event.public is None
    assert event.detail.startswith("4 keys; creds to")


def test_the_history_of_a_key_is_told_by_command_and_never_its_seed(vault: Run) -> None:
    vault("rename", "billing", "bills")
    done = vault("history", "bills", "--json")
    assert done.status == 0
    events = done.json()
    assert [event["what"] for event in events] == ["made", "renamed", "issued"]
    assert events[1]["by"].endswith(", rename")
    assert not re.search(r"\bS[OAU][A-Z2-7]{56}\b", vault("history").out)
    assert vault("history", "nobody").status == 4


def test_the_issues_of_a_user_say_what_changed_between_them_and_who_took_which(vault: Run) -> None:
    assert vault("creds", "billing", "--yes").status == 0
    assert vault("edit", "billing", "--allow-pub", "orders.new").status == 0
    assert vault("edit", "billing", "--expires", "2099-01-31").status == 0
    first, second, third = vault("show", "billing", "--json").json()["issues"]
    assert [one["number"] for one in (first, second, third)] == [1, 2, 3]
    assert [one["detail"] for one in first["taken"]] == ["creds to -"]
    assert not second["taken"]
    assert "orders.new" in second["changed"]
    assert (second["expires"], third["expires"]) == (None, "2099-01-31T00:00:00Z")
    assert first["signer"] == vault("public", "orders").out.strip()
    words = vault("show", "billing").out
    assert re.search(
        r"issue 1 .*by acme/orders; never ends; .*taken out by .* as creds to -", words
    )
    told = vault("history", "billing").out
    moment = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC.*"
    assert re.search(rf"{moment}exported .*issue 1: creds to -", told, re.MULTILINE)
    assert re.search(r"issued .*issue 3: signed by", told)


def test_the_history_of_a_leaked_key_tells_its_life_in_order(vault: Run, tmp_path: Path) -> None:
    old = vault("public", "billing").out.strip()
    for line in (
        ["edit", "billing", "--allow-pub", "orders.new"],
        ["export", "billing", "--as", "creds", "--to", str(tmp_path / "out")],
        ["rotate", "billing", "--as", "leaked", "--yes"],
    ):
        done = vault(*line)
        assert done.status == 0, done.err
    new = vault("public", "acme/orders/billing").out.strip()
    assert new != old
    life = vault("history", old, "--json").json()
    assert [event["what"] for event in life] == [
        *("made", "issued", "exported", "renamed", "revoked"),
        *("rotation-begun", "rotation-old-out"),
    ]
    assert life[5]["detail"] == f"leaked: {new} takes its place"
    assert [event["by"].partition(", ")[2] for event in life[1:]] == [
        *("edit", "export", *["rotate"] * 4),
    ]
    assert vault("history", new, "--json").json()[0]["what"] == "made"


@pytest.mark.parametrize("words", [[], ["--read-only"]])
def test_what_the_app_does_is_noted_as_the_apps(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    by: list[str] = []

    def opened(_arguments: Namespace) -> int:
        by.append(author.in_words())
        return 0

    monkeypatch.setattr(app, "open_app", opened)
    assert main(words) == 0
    assert by == [f"{author.person()}, app"]


def test_what_a_command_does_is_noted_by_the_name_that_is_typed() -> None:
    for command in COMMANDS:
        parser = CommandParser(command=command, prog=command.name)
        parser.declare()
        assert parser.get_default("noted_as") == command.name
