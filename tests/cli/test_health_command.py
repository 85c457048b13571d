"""`health`: each planted trouble is found by its code, and nothing on a wallet that is well."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE, Run
from wallet.nats import jwt
from wallet.nats.jwt_layout import unlimited_user
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.health.vault_health import health_notes
from wallet.vault.records import Records
from wallet.vault.vault import Vault

BILLING, ORDERS = "acme/orders/billing", "acme/orders"
Plant = Callable[[Records], None]

pytestmark = pytest.mark.usefixtures("empty_home")


@contextmanager
def opened(tmp_path: Path) -> Iterator[Vault]:
    path = tmp_path / "keys" / "vault.nkw"
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        yield vault


def told(vault: Vault, now: datetime | None = None) -> set[tuple[str, str, bool]]:
    notes = health_notes(vault, [], now or datetime.now(UTC))
    assert all(note.why and note.fix for note in notes)
    return {(note.code, note.path, note.problem) for note in notes}


def result(verdict: str, *, at: datetime | None = None) -> Plant:
    def plant(records: Records) -> None:
        public = records.find(BILLING).public
        ok, when = verdict == "accepted", at or datetime.now(UTC) + timedelta(seconds=5)
        records.results.add(public, "nats://h:4222", ok, verdict, "said", when)

    return plant


def unchecked_where_all_is_proved(records: Records) -> None:
    result("unchecked")(records)
    records.deliveries.take_word(records.find(ORDERS).id)


def signed_by_a_stranger(records: Records, *, for_its_account: bool = True) -> None:
    user = records.find(BILLING)
    account = records.find(ORDERS)
    with Seed.generate(Kind.ACCOUNT) as stranger:
        nats = {**unlimited_user(), "issuer_account": account.public}
        if not for_its_account:
            del nats["issuer_account"]
        now = int(datetime.now(UTC).timestamp())
        token = jwt.issue(stranger, decode_public(user.public), nats, issued=now)
    records.tokens.set(user.id, token)


def of_another_account(records: Records) -> None:
    signed_by_a_stranger(records, for_its_account=False)


def same_seed(records: Records) -> None:
    with (
        records.open_seed(decode_public(records.find(BILLING).public)) as seed,
        Seed.from_raw(Kind.CLUSTER, seed.raw) as twin,
    ):
        records.add(twin, name="twin")


@pytest.mark.parametrize(
    ("commands", "plant", "code", "path"),
    [
        ([["edit", BILLING, "--expires", "1s"]], None, "expired", BILLING),
        ([["edit", BILLING, "--expires", "3d"]], None, "expires-soon", BILLING),
        ([["edit", ORDERS, "--expires", "3d"]], None, "expires-soon", ORDERS),
        ([["edit", ORDERS, "--limit", "conn=0"]], None, "not-trusted", ORDERS),
        ([], signed_by_a_stranger, "not-trusted", BILLING),
        ([], of_another_account, "not-trusted", BILLING),
        ([], result("refused"), "last-refused", BILLING),
        ([["revoke", BILLING]], result("accepted"), "revoked-let-in", BILLING),
        ([["revoke", BILLING]], unchecked_where_all_is_proved, "revoked-unchecked", BILLING),
        ([["revoke", BILLING]], None, "revocation-not-proved", BILLING),
        ([], same_seed, "same-seed", "twin"),
    ],
)
def test_a_planted_problem_is_found_and_ends_with_1(
    vault: Run,
    tmp_path: Path,
    commands: list[list[str]],
    plant: Plant | None,
    code: str,
    path: str,
) -> None:
    for command in commands:
        assert vault(*command).status == 0
    later = datetime.now(UTC) + timedelta(seconds=2)
    with opened(tmp_path) as wallet:
        if plant is not None:
            with wallet.change() as records:
                plant(records)
        problems = {note[:2] for note in told(wallet, later) if note[2]}
    assert problems == {(code, path)}
    if code != "expired":  # by the clock of the command it has not, yet
        assert vault("health").status == 1


def test_of_an_end_health_says_whom_it_shuts_out(vault: Run, tmp_path: Path) -> None:
    def words(path: str, days: int) -> str:
        assert vault("edit", path, "--expires", "5d").status == 0
        with opened(tmp_path) as wallet:
            notes = health_notes(wallet, [], datetime.now(UTC) + timedelta(days=days))
        (why,) = {note.why for note in notes if note.path == path and "expire" in note.code}
        return why

    for path, then in (
        (BILLING, "servers refuse it."),
        (ORDERS, "servers let none of its users in."),
        ("acme", "nats-server does not look at that, other programs may."),
    ):
        assert words(path, 0).endswith(f". From then on {then}")
        assert words(path, 9).endswith(f": {then}")


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("never-tested", BILLING),
        ("may-everything", BILLING),
        ("may-everything", "free"),
        ("identity-signs", "acme"),
        ("identity-signs", ORDERS),
        ("not-written", ORDERS),
        ("not-proved", ORDERS),
        ("weak-derivation", ""),
        ("no-copy", ""),
        ("no-recovery", ""),
    ],
)
def test_advice_is_given_and_ends_with_0(vault: Run, tmp_path: Path, code: str, path: str) -> None:
    assert vault("new", "user", "free").status == 0
    assert vault("health").status == 0
    with opened(tmp_path) as wallet:
        assert (code, path, False) in told(wallet)


def test_an_account_that_nobody_here_can_sign_for_is_told(vault: Run, tmp_path: Path) -> None:
    with opened(tmp_path) as wallet:
        with wallet.change() as records, Seed.generate(Kind.ACCOUNT) as seed:
            records.add_public(seed.public, name="half")
        with wallet.change() as records, Seed.generate(Kind.ACCOUNT) as seed:
            held_elsewhere = records.find(ORDERS).id
            records.add_public(seed.public, name="far", under=held_elsewhere, signing=True)
        assert {note for note in told(wallet) if note[0] == "no-seed"} == {
            ("no-seed", "half", False)
        }
    del vault


def test_what_is_put_right_is_not_told_any_more(vault: Run, tmp_path: Path) -> None:
    for name, under in (("o", "acme"), ("a", ORDERS)):
        kind = "operator" if name == "o" else "account"
        assert vault("new", kind, name, "--signing", "--under", under).status == 0
    for command in (
        ["edit", "acme", "--expires", "never"],
        ["edit", ORDERS, "--signer", "o"],
        ["edit", "acme/metrics", "--signer", "o"],
        ["edit", BILLING, "--allow-pub", "orders.>", "--allow-sub", "x", "--signer", "a"],
        ["creds", BILLING, "--to", str(tmp_path / "billing.creds")],
        ["config", "--for", "operator"],
        ["push", "--on-my-word", "--yes"],
        ["backup", str(tmp_path / "copy.nkw")],
    ):
        assert vault(*command).status == 0, command
    with opened(tmp_path) as wallet:
        with wallet.change() as records:
            result("accepted")(records)
        notes = told(wallet)
    assert notes == {("weak-derivation", "", False), ("no-recovery", "", False)}


def test_what_is_out_of_use_is_not_told(vault: Run, tmp_path: Path) -> None:
    assert vault("edit", BILLING, "--expires", "3d").status == 0
    assert vault("retire", BILLING).status == 0
    with opened(tmp_path) as wallet:
        assert not any(path == BILLING for _, path, _ in told(wallet))


def test_a_refusal_from_before_its_present_jwt_is_no_problem(vault: Run, tmp_path: Path) -> None:
    with opened(tmp_path) as wallet:
        with wallet.change() as records:
            result("refused", at=datetime.now(UTC) - timedelta(days=1))(records)
        assert not any(problem for _, _, problem in told(wallet))
    del vault


def test_short_lived_users_are_meant_to_end(vault: Run, tmp_path: Path) -> None:
    to = str(tmp_path / "job.creds")
    assert vault("creds", BILLING, "--for", "15m", "--to", to).status == 0
    with opened(tmp_path) as wallet:
        assert not any(problem for _, _, problem in told(wallet))


def test_a_key_is_old_after_the_days_that_were_set(vault: Run, tmp_path: Path) -> None:
    with opened(tmp_path) as wallet:
        soon, later = (datetime.now(UTC) + timedelta(days=days) for days in (89, 91))
        assert ("old-key", BILLING, False) not in told(wallet, soon)
        assert ("old-key", BILLING, False) in told(wallet, later)
    assert vault("health", "--old-after", "200").status == 0
    with opened(tmp_path) as wallet:
        assert ("old-key", BILLING, False) not in told(wallet, later)
    assert vault("health", "--old-after", "0").status == 2


def test_seeds_in_the_usual_places_are_told_and_those_that_others_may_read_are_a_problem(
    vault: Run, tmp_path: Path, empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NKEYS_PATH", "")
    places = tmp_path / "keys-of-nsc"
    places.mkdir(mode=0o755)
    ours = vault("seed", BILLING, "--yes").out
    file = places / "a.nk"
    file.write_text(ours)
    file.chmod(0o600)
    with opened(tmp_path) as wallet:
        notes = health_notes(wallet, [places], datetime.now(UTC))
        (note,) = (note for note in notes if note.code == "plain-seed")
        assert (note.path, note.problem) == (BILLING, False)
        assert str(file) in note.why
        assert ours.strip() not in str(notes)
    if os.name == "posix":
        monkeypatch.setattr(
            "wallet.tasks.health.vault_health.readable_by_others", lambda path: path == file
        )
        with opened(tmp_path) as wallet:
            notes = health_notes(wallet, [places], datetime.now(UTC))
            (note,) = (note for note in notes if note.code == "open-seed")
            assert (note.path, note.problem) == (BILLING, True)
    (empty_home / ".nkeys").mkdir()
    (empty_home / ".nkeys" / "a.nk").write_text(ours)
    codes = {one["code"] for one in vault("health", "--json").json()}
    assert codes & {"plain-seed", "open-seed"}


def test_a_vault_without_an_older_save_or_with_open_doors_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("init", "--cost", "light").status == 0
    codes = {one["code"]: one["problem"] for one in run("health", "--json").json()}
    assert codes == {"no-recovery": False, "weak-derivation": False, "no-backup": False}
    monkeypatch.setattr("wallet.tasks.health.vault_health.readable_by_others", lambda path: True)
    with opened(tmp_path) as wallet:
        assert ("open-vault", "", True) in told(wallet)


def test_the_wallet_of_the_readme_has_no_problem(run: Run, tmp_path: Path) -> None:
    for command in (
        ["init", "--cost", "light"],
        ["new", "operator", "acme"],
        ["new", "account", "orders", "--under", "acme"],
        ["new", "user", "billing", "--under", "acme/orders"],
        ["edit", "billing", "--allow-pub", "orders.>", "--expires", "90d"],
        ["config", "--for", "operator"],
        ["config", "billing", "--for", "server"],
        ["creds", "billing", "--to", str(tmp_path / "billing.creds")],
        ["creds", "billing", "--for", "15m", "--to", str(tmp_path / "job.creds")],
    ):
        assert run(*command).status == 0
    answer = run("health", "--json")
    assert answer.status == 0
    assert not any(note["problem"] for note in answer.json())
    assert all(
        {"code", "path", "public", "why", "fix", "problem"} == set(note) for note in answer.json()
    )
    words = run("health")
    assert "0 problems" in words.err
    assert "! acme: identity-signs" in words.out


def test_what_holds_for_many_keys_is_told_once(vault: Run) -> None:
    for name in ("one", "two", "three"):
        vault("new", "user", name)
    words = vault("health").out
    why = next(
        one["why"] for one in vault("health", "--json").json() if one["code"] == "never-tested"
    )
    assert words.count(why) == 1
    told = words.partition(" keys: never-tested")[2].partition("\n\n")[0]
    assert [name for name in ("one", "two", "three") if f"  {name}:" in told] == [
        "one",
        "two",
        "three",
    ]
