"""Contents that are a vault's and damaged: told as what they are, and not saved over unasked."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

from tests.vault.support import TEXT, add, make, names_in, noted_of, passphrase, unlock
from tests.vault.test_contents import resealed
from tests.vault.test_golden import Golden
from tests.vault.test_records_hostile import CONTENTS, changed
from wallet.errors import ContentsDamagedError, LockedError
from wallet.nats import jwt
from wallet.nats.claims.content import starting
from wallet.nats.nkeys import Kind, PublicKey, Seed
from wallet.vault.backups import older_saves
from wallet.vault.backups.older_saves import Why
from wallet.vault.db import image
from wallet.vault.db.soundness import Problem
from wallet.vault.file.container import SeedBox
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

OWN_PARENT = "UPDATE keys SET parent = id, branch = id WHERE name = 'orders'"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contents open as large ones do: without a look at every page."""
    monkeypatch.setattr(image, "CHECKED_AT_ONCE", 0)


def tree(path: Path) -> None:
    """An operator, an account and three users: five keys."""
    with make(path) as vault, vault.change() as records:
        issuing, above = Issuing(records), None
        for kind, name in (
            *((Kind.OPERATOR, "acme"), (Kind.ACCOUNT, "orders")),
            *((Kind.USER, "one"), (Kind.USER, "two"), (Kind.USER, "three")),
        ):
            with Seed.generate(kind) as seed:
                made = issuing.add(seed, name=name, under=above)
            above = above if kind is Kind.USER else made.id


def damaged(path: Path, *statements: str, text: str = TEXT) -> None:
    """A vault whose contents somebody else's SQLite changed, sealed as it should be."""
    sound = path.read_bytes()
    with Vault.unlock(path, passphrase(text), read_only=True) as vault:
        held = vault.records.database.serialize()
    resealed(sound, changed(held, *statements), path, text)
    seen = platformdirs.user_state_path("nkey-wallet", appauthor=False) / "seen"
    shutil.rmtree(seen, ignore_errors=True)


def codes(found: list[Problem]) -> set[str]:
    return {problem.code for problem in found}


def test_a_sound_vault_has_no_problem(path: Path) -> None:
    tree(path)
    with unlock(path) as vault:
        assert vault.check_contents() == []


def test_every_golden_vault_is_sound(tmp_path: Path) -> None:
    with Golden("v1", tmp_path).unlock() as vault:
        assert vault.check_contents() == []


@pytest.mark.parametrize("statement", CONTENTS.values(), ids=CONTENTS)
def test_each_damage_is_told_in_sentences(path: Path, statement: str) -> None:
    tree(path)
    here = statement.replace("id = 9", "id = 4").replace("(9,", "(4,")
    damaged(path, here.replace("INSERT INTO seeds", "REPLACE INTO seeds"))
    with Vault.unlock(path, passphrase(), read_only=True) as vault:
        found = vault.check_contents()
    assert found
    for problem in found:
        assert problem.to_json().keys() == {"code", "why", "fix"}
        assert problem.why.isprintable()
        assert problem.why.endswith(".")


def test_an_account_that_is_its_own_parent_is_damage_and_never_a_shorter_list(
    path: Path, large: None
) -> None:
    tree(path)
    damaged(path, OWN_PARENT)
    with unlock(path) as vault:
        with pytest.raises(ContentsDamagedError) as caught:
            list(vault.records.all())
        assert {problem.code for problem in caught.value.problems} == {"misplaced", "unreachable"}  # type: ignore[attr-defined]
        assert "orders" in str(caught.value)


def change_a_setting(vault: Vault) -> None:
    with vault.change(minor=True) as records:
        records.settings.set("a", "b")


CHANGES: dict[str, Callable[[Vault], object]] = {
    "a key": lambda vault: add(vault, "more"),
    "a setting": change_a_setting,
    "a passphrase": lambda vault: vault.change_passphrase(passphrase(), passphrase("another one")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nothing_is_saved_over_damage(
    path: Path, large: None, change: Callable[[Vault], object]
) -> None:
    tree(path)
    damaged(path, OWN_PARENT)
    before = path.read_bytes()
    with unlock(path) as vault, pytest.raises(ContentsDamagedError):
        change(vault)
    assert path.read_bytes() == before


@pytest.mark.usefixtures("large")
def test_a_change_looks_at_no_page_of_a_save_that_was_found_sound_here_before(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(path)
    with unlock(path) as vault:
        assert vault.check_contents() == []
    monkeypatch.setattr(image, "problems", lambda *_: pytest.fail("it was looked through again"))
    for _ in range(2):  # what was saved over a sound one is sound
        with unlock(path) as vault:
            vault.check_before_changes(trusting=True)
            change_a_setting(vault)


def test_a_small_damaged_vault_opens_and_is_saved_over_only_when_the_person_says_so(
    path: Path,
) -> None:
    tree(path)
    damaged(path, OWN_PARENT)
    before = path.read_bytes()
    with pytest.raises(ContentsDamagedError):
        unlock(path)
    with Vault.unlock(path, passphrase(), accept_damaged=True) as vault:
        assert names_in(vault) == {"acme", "orders", "one", "two", "three"}
        add(vault, "four")
        add(vault, "five")
        assert [what for what, _ in noted_of(vault)] == ["damage-accepted"]
    kept = [each.path for each in older_saves.every_backup(path) if each.why is Why.DAMAGED]
    assert [file.read_bytes() for file in kept] == [before]
    with pytest.raises(ContentsDamagedError):
        unlock(path)
    with Vault.unlock(path, passphrase(), accept_damaged=True) as vault:
        assert "five" in names_in(vault)


def test_a_damaged_state_is_kept_once_however_many_changes_are_saved_over_it(path: Path) -> None:
    tree(path)
    damaged(path, OWN_PARENT)
    before = path.read_bytes()
    for number in range(3):  # as the command line does: each change opens the vault anew
        with Vault.unlock(path, passphrase(), accept_damaged=True) as vault:
            add(vault, f"n{number}")
    kept = [each.path for each in older_saves.every_backup(path) if each.why is Why.DAMAGED]
    assert [file.read_bytes() for file in kept] == [before]
    with Vault.unlock(path, passphrase(), accept_damaged=True) as vault:
        assert [what for what, _ in noted_of(vault)] == ["damage-accepted"]


def test_other_damage_than_was_kept_is_kept_too(path: Path) -> None:
    tree(path)
    damaged(path, OWN_PARENT)
    with Vault.unlock(path, passphrase(), accept_damaged=True) as vault:
        add(vault, "n")
    damaged(path, "UPDATE branches SET keys = keys + 1 WHERE id = 0")
    with Vault.unlock(path, passphrase(), accept_damaged=True) as vault:
        add(vault, "m")
    kept = [each for each in older_saves.every_backup(path) if each.why is Why.DAMAGED]
    assert len(kept) == 2


def test_a_damaged_state_whose_kept_file_was_deleted_is_kept_again(path: Path) -> None:
    tree(path)
    damaged(path, OWN_PARENT)
    for number in range(2):
        with Vault.unlock(path, passphrase(), accept_damaged=True) as vault:
            add(vault, f"n{number}")
        (kept,) = [each for each in older_saves.every_backup(path) if each.why is Why.DAMAGED]
        kept.path.unlink()


def test_no_backup_goes_while_the_contents_are_damaged(path: Path) -> None:
    tree(path)
    damaged(path, OWN_PARENT)
    with Vault.unlock(path, passphrase(), accept_damaged=True) as vault:
        for number in range(14):
            add(vault, f"n{number}")
        ordinary = [each for each in older_saves.every_backup(path) if each.why is Why.ORDINARY]
        assert len(ordinary) > 10


def test_a_look_at_a_damaged_file_tells_all_its_problems(path: Path) -> None:
    tree(path)
    other = "SELECT id FROM keys WHERE name = 'two'"
    mine = "SELECT id FROM keys WHERE name = 'one'"
    with Vault.unlock(path, passphrase(), read_only=True) as vault:
        token = vault.records.tokens.get(vault.records.find("two").id)
    assert token is not None
    damaged(
        path,
        f"UPDATE seeds SET cell = (SELECT cell FROM seeds WHERE key = ({other})) "
        f"WHERE key = ({mine})",
        f"UPDATE tokens SET jwt = '{token}' WHERE key = ({mine})",
        f"UPDATE tokens SET jwt = 'x.y.z' WHERE key = ({other})",
        "INSERT INTO unsigned SELECT id, 'no json' FROM keys WHERE name = 'three'",
    )
    unlock(path).lock()  # pages, rows and tree are as they should be
    with Vault.unlock(path, passphrase(), read_only=True) as vault:
        found = vault.check_contents()
    assert codes(found) == {"seed", "jwt", "jwt-subject", "unsigned"}
    assert all(("one" in p.why) is (p.code in {"seed", "jwt-subject"}) for p in found)


def test_what_the_check_of_seeds_found_stops_the_next_change(path: Path) -> None:
    tree(path)
    damaged(path, "UPDATE seeds SET cell = zeroblob(72)")
    with unlock(path) as vault:
        assert codes(vault.check_contents()) == {"seed"}
        before = path.read_bytes()
        with pytest.raises(ContentsDamagedError, match="does not open"):
            add(vault, "four")
        assert path.read_bytes() == before
        vault.saves_over_damage = True
        add(vault, "four")


def test_a_name_that_is_no_text_is_a_problem_and_no_error(path: Path) -> None:
    tree(path)
    damaged(path, "UPDATE keys SET name = CAST(x'ff' AS TEXT) WHERE name = 'one'")
    with Vault.unlock(path, passphrase(), read_only=True) as vault:
        assert codes(vault.check_contents()) & {"unreadable", "database"}


def test_keys_that_an_index_does_not_know_are_found(path: Path) -> None:
    """They are in the table, and on no line of the tree: only the whole check tells."""
    tree(path)
    with unlock(path) as vault:
        held = vault.records.database.serialize()
    partial = "replace(sql, '(branch, place)', '(branch, place) WHERE id < 3')"
    whole = "replace(sql, ' WHERE id < 3', '')"
    update = "UPDATE sqlite_schema SET sql = {} WHERE name = 'keys_in_order'"
    for step in (update.format(partial), "REINDEX keys_in_order", update.format(whole)):
        held = changed(held, "PRAGMA writable_schema = ON", step)
    with pytest.raises(ContentsDamagedError, match="SQLite says"):
        image.load(held)


def test_a_check_of_a_vault_that_is_locked_meanwhile_ends(path: Path) -> None:
    tree(path)
    with unlock(path) as vault:
        records = vault.records
        vault.lock()
        with pytest.raises(LockedError):
            records.check_contents()


def test_a_lock_ends_a_check_that_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the next seed: leaving the app never waits for a hundred thousand of them."""
    tree(path)
    opened: list[str] = []
    with unlock(path) as vault:
        real = SeedBox.open

        def locking(seed_box: SeedBox, cell: bytes, public: PublicKey) -> Seed:
            opened.append(public.text)
            seed = real(seed_box, cell, public)
            vault.lock()
            return seed

        monkeypatch.setattr(SeedBox, "open", locking)
        with pytest.raises(LockedError):
            vault.check_contents()
    assert len(opened) == 2


def test_many_damaged_keys_are_counted_and_some_are_named(path: Path) -> None:
    with make(path) as vault:
        with vault.change() as records:
            records.add_many(Seed.generate(Kind.USER) for _ in range(60))
        held = Records.load(
            changed(vault.records.database.serialize(), "UPDATE seeds SET cell = zeroblob(72)"),
            vault._unlocked().seed_box,
        )
        (problem,) = held.check_contents()
    assert "and 40 more" in problem.why
    assert "user-20 " in problem.why
    assert "user-21 " not in problem.why


def test_another_vaults_jwt_is_no_problem_of_form(path: Path) -> None:
    """One that is about the key is sound here, whoever signed it: that is for servers to judge."""
    with make(path) as vault, Seed.generate(Kind.ACCOUNT) as stranger:
        with Seed.generate(Kind.USER) as seed, vault.change() as records:
            made = records.add(seed, name="one")
            token = jwt.issue(stranger, seed.public, starting(Kind.USER), issued=1, name="one")
            records.tokens.set(made.id, token)
        assert vault.check_contents() == []
