"""What a window changed is undone, and done again, unless somebody changed it since."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.vault.support import issue, make_fleet
from wallet.errors import UsageError
from wallet.nats import jwt
from wallet.nats.claims.revocations import EVERYBODY, revocations, revoked_as
from wallet.nats.nkeys import Kind, PublicKey, Seed, decode_public
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.deployment.revocations import revoke
from wallet.tasks.keys import deletion, mass_changes
from wallet.tasks.keys.mass_changes import shown
from wallet.tasks.rotation import stages
from wallet.tasks.undo.steps import NEW_JWT, REVOKED_SINCE, Undone, go_back, next_back
from wallet.vault.copies.vault_copy import VaultCopy, restore
from wallet.vault.db.parts.rotations import Manner
from wallet.vault.file import newest_save
from wallet.vault.file.container import KdfCost
from wallet.vault.key_record import KeyRecord
from wallet.vault.key_rows import KeyRows, states
from wallet.vault.records import Records
from wallet.vault.session import storage
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

AT = datetime(2026, 11, 1, tzinfo=UTC)
PASSPHRASE = "my dog likes to eat cheese"


@dataclass
class Window:
    """A vault that a window has open, which notes what it changes; and its file."""

    vault: Vault
    path: Path

    @property
    def records(self) -> Records:
        return self.vault.records

    def key(self, name: str) -> KeyRecord:
        return self.records.find(name)

    def change(self, change: Callable[[Issuing, Records], object]) -> None:
        with self.vault.change() as records:
            change(Issuing(records), records)

    def elsewhere(self, change: Callable[[Issuing, Records], object]) -> None:
        """Change the vault as another process does."""
        with (
            Passphrase(PASSPHRASE) as passphrase,
            Vault.unlock(self.path, passphrase) as other,
            other.change() as records,
        ):
            change(Issuing(records), records)

    def undo(self, *, again: bool = False) -> Undone:
        return go_back(self.vault, next_back(self.vault, again=again), again=again)

    def redo(self) -> Undone:
        return self.undo(again=True)

    def state(self) -> dict[str, tuple[Any, ...]]:
        """What every key is, by its public half, but for what only its JWT's time says."""
        with self.records.database.question() as sql:
            ids = [key for (key,) in sql.execute("SELECT id FROM keys")]
        read = states(self.records, ids)
        return {state.public: self._said(state, read) for state in read.values()}

    def _said(self, state: KeyRows, read: dict[int, KeyRows]) -> tuple[Any, ...]:
        above = read[state.parent].public if state.parent else None
        claims = jwt.parse(state.token) if state.token else None
        nats = {} if claims is None else {**claims.nats}
        for name in ("revocations", "tags"):
            nats.pop(name, None)
        said = None if claims is None else (nats, claims.name, claims.expires, claims.issuer.text)
        words = (state.name, state.status, state.tags, state.notes, state.cell, state.unsigned)
        return above, *words, said, bool(state.revoked)

    def token(self, name: str) -> jwt.Claims:
        claims = self.records.tokens.claims(self.key(name).id)
        assert claims is not None
        return claims


@pytest.fixture(scope="session")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """acme/{orders,metrics}; billing, reports and till in orders, with tags, notes and a test.

    The directory of its vault, made once: a copy costs a test nothing.
    """
    place = tmp_path_factory.mktemp("acme")
    path = place / "keys" / "vault.nkw"
    with (
        newest_save.kept_in(place / "state"),
        Passphrase(PASSPHRASE) as passphrase,
        Vault.create(path, passphrase, KdfCost.MINIMUM) as vault,
        vault.change() as records,
    ):
        issuing = Issuing(records)
        orders = make_fleet(issuing)
        with Seed.generate(Kind.ACCOUNT) as seed:
            issuing.add_signing_key(orders, seed, name="signer")
        records.set_tags(records.find("billing").id, ["prod"])
        records.set_notes(records.find("billing").id, "by the door")
        public = records.find("billing").public
        records.results.add(public, "nats://one", ok=True, verdict="accepted", summary="", at=AT)
    return path.parent


@contextmanager
def opened(directory: Path, place: Path) -> Iterator[Window]:
    """A window that has a copy of a vault open, which is made at `place`."""
    path = shutil.copytree(directory, place / "keys") / "vault.nkw"
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        vault.keep_past()
        yield Window(vault, path)


@pytest.fixture
def window(acme: Path, tmp_path: Path) -> Iterator[Window]:
    """A window on a vault of the test's own."""
    with opened(acme, tmp_path) as window:
        yield window


def delete(window: Window, *names: str) -> None:
    keys = [window.key(name) for name in names]
    costs = {key.id: window.records.cost_of_deleting(key.id) for key in keys}
    deletion.delete(window.vault, costs, "look")


SERVERS = ["nats://n1:4222", "nats://one"]


def test_an_account_that_comes_back_is_known_where_its_deletion_forgot_it(window: Window) -> None:
    def shut(issuing: Issuing, records: Records) -> None:
        orders = records.find("orders").id
        issuing.revoking.revoke_until(orders, {EVERYBODY: int(time.time())})
        records.deliveries.note_seen(orders, dict.fromkeys(SERVERS, True))

    window.change(shut)
    public = window.key("orders").public
    delete(window, "orders")
    assert window.records.deliveries.known_servers.of(public) == []
    window.undo()
    assert window.records.deliveries.known_servers.of(public) == SERVERS


def make(window: Window) -> None:
    def add(issuing: Issuing, records: Records) -> None:
        with Seed.generate(Kind.USER) as seed:
            issuing.add(seed, name="new", under=records.find("orders").id)

    window.change(add)


def allow(window: Window) -> None:
    window.change(lambda issuing, records: issuing.revoking.allow_again(records.find("till").id))


def edit(window: Window) -> None:
    def restrict(issuing: Issuing, records: Records) -> None:
        key = records.find("billing").id
        issuing.edit(key, {**issuing.claims(key), "pub": {"allow": ["orders.>"]}}, expires=2**33)

    window.change(restrict)


def of_account(window: Window) -> None:
    def limit(issuing: Issuing, records: Records) -> None:
        key, claims = records.find("orders").id, issuing.claims(records.find("orders").id)
        issuing.edit(key, {**claims, "limits": {**claims["limits"], "conn": 5}})

    window.change(limit)


def field(name: str, *values: object) -> Callable[[Window], None]:
    def change(window: Window) -> None:
        key = window.key("billing").id
        window.change(lambda issuing, records: getattr(issuing, name)(key, *values))

    return change


def of_records(name: str, value: object) -> Callable[[Window], None]:
    def change(window: Window) -> None:
        key = window.key("billing").id
        window.change(lambda _issuing, records: getattr(records, name)(key, value))

    return change


def move(window: Window) -> None:
    mass_changes.move(window.vault, shown([window.key("billing")]), "acme/metrics")


ACTIONS: dict[str, tuple[Callable[[Window], object], str]] = {
    "a deletion": (lambda w: delete(w, "billing"), "deletion of billing"),
    "a deletion of many": (lambda w: delete(w, "billing", "till"), "deletion of 2 keys"),
    "a deletion of an account": (lambda w: delete(w, "orders"), "deletion of 5 keys"),
    "a deletion of an operator": (lambda w: delete(w, "acme"), "deletion of 7 keys"),
    "a deletion of a signing key": (lambda w: delete(w, "signer"), "deletion of signer"),
    "a deletion of what stands alone": (lambda w: delete(w, "n1"), "deletion of n1"),
    "a new key": (make, "making of new"),
    "a new name": (field("rename", "payments"), "new name of payments"),
    "a move": (move, "move of billing"),
    "new tags": (field("set_tags", ["eu"]), "new tags of billing"),
    "new notes": (of_records("set_notes", "elsewhere"), "new notes of billing"),
    "a retirement": (of_records("set_status", "retired"), "retirement of billing"),
    "permissions": (edit, "what billing may do"),
    "an account's limits": (of_account, "what orders may do"),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_what_was_done_is_undone_and_done_again(window: Window, name: str) -> None:
    act, what = ACTIONS[name]
    before = window.state()
    act(window)
    after = window.state()
    assert after != before
    assert window.undo().what == what
    assert window.state() == before
    assert window.redo().what == what
    assert window.state().keys() == after.keys()
    assert relevant(window.state()) == relevant(after)
    window.undo()
    assert window.state() == before
    window.redo()
    assert relevant(window.state()) == relevant(after)


def relevant(state: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    """What a person did; a name of a JWT that was never signed anew is none of it."""
    return state


def test_a_key_that_would_go_is_kept_where_somebody_changed_it_since(window: Window) -> None:
    make(window)
    window.elsewhere(lambda _issuing, records: records.set_notes(records.find("new").id, "theirs"))
    with pytest.raises(UsageError, match=r"new \(it would go\): changed since"):
        window.undo()
    assert window.key("new").notes == "theirs"


def test_a_deletion_is_not_done_again_where_somebody_changed_the_key_since(window: Window) -> None:
    delete(window, "billing")
    window.undo()
    window.elsewhere(
        lambda _issuing, records: records.set_notes(records.find("billing").id, "theirs")
    )
    with pytest.raises(UsageError, match="changed since"):
        window.redo()
    assert window.key("billing").notes == "theirs"


def test_a_deleted_key_that_was_brought_in_again_is_not_put_back(window: Window) -> None:
    public = window.key("n1").public
    delete(window, "n1")
    window.elsewhere(
        lambda _issuing, records: records.add_public(decode_public(public), name="again")
    )
    with pytest.raises(UsageError, match="n1: in the vault again"):
        window.undo()
    assert [key.name for key in window.records.all(Kind.SERVER)] == ["again"]


# --- what comes back, and what does not ---------------------------------------------------


def test_a_deleted_user_comes_back_with_seed_tags_notes_and_tests_and_a_later_jwt(
    window: Window,
) -> None:
    key, before = window.key("billing"), window.token("billing")
    delete(window, "billing")
    assert window.undo().told["acme/orders/billing"].startswith("It has a new JWT")
    again = window.key("billing")
    assert (again.id, again.public, again.tags, again.notes) == (
        *(key.id, key.public), ("prod",), "by the door"
    )  # fmt: skip
    with window.vault.open_seed(key.public) as seed:
        assert seed.public.text == key.public
    assert [one.server_url for one in window.records.results.of_key(key.public)] == ["nats://one"]
    now, account = window.token("billing"), window.token("orders")
    assert (now.issued or 0) > (before.issued or 0)
    assert revoked_as(account.nats, key.public, before.issued) is not None  # old copies are out
    assert revoked_as(account.nats, key.public, now.issued) is None
    assert not again.revoked
    assert not window.records.check_contents()


def test_a_user_that_was_revoked_comes_back_revoked(window: Window) -> None:
    revoke(window.vault, ["till"])
    delete(window, "till")
    window.undo()
    assert window.key("till").revoked


def test_a_revocation_is_not_undone_and_what_was_before_it_only_where_it_is_as_it_was(
    window: Window,
) -> None:
    field("set_tags", ["eu"])(window)
    revoke(window.vault, ["till"])
    with pytest.raises(UsageError, match="A revocation is not undone: ‹revoke› lets"):
        window.undo()
    assert window.key("till").revoked
    assert window.undo().what == "new tags of billing"
    assert window.key("till").revoked


def test_undoing_what_let_a_user_in_again_shuts_it_out_again(window: Window) -> None:
    revoke(window.vault, ["till"])
    allow(window)
    allowed = window.token("till")
    assert window.undo().what == "letting in of till"
    assert window.key("till").revoked
    account = window.token("orders")
    assert revoked_as(account.nats, window.key("till").public, allowed.issued) is not None


def test_a_revocation_by_another_process_keeps_a_deleted_user_out(window: Window) -> None:
    public = window.key("till").public
    delete(window, "till")
    window.elsewhere(lambda issuing, records: issuing.revoking.revoke_until(
        records.find("orders").id, {public: 2**32}))  # fmt: skip
    assert window.undo().told["acme/orders/till"] == REVOKED_SINCE
    assert window.key("till").revoked


@pytest.mark.parametrize("whom", ["till", "*"])
def test_a_revocation_in_the_very_second_of_a_deletion_keeps_the_user_out(
    window: Window, whom: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of which its account's JWT shows nothing for a user: it is revoked until then already."""
    public, other = window.key("till").public, window.key("reports").public
    now = int(time.time()) + 5
    monkeypatch.setattr(time, "time", lambda: now + 0.5)
    if whom == "*":
        revoke(window.vault, ["*"], "acme/orders")
    delete(window, "till")
    delete(window, "reports")
    revoke(window.vault, [public if whom == "till" else "*"], "acme/orders")
    with pytest.raises(UsageError, match="A revocation is not undone"):
        window.undo()
    window.undo()
    assert window.records.by_public(other) is not None
    assert window.key("reports").revoked is (whom == "*")
    window.undo()
    assert window.key("till").revoked


def test_a_user_that_was_deleted_before_everybody_was_revoked_stays_out(window: Window) -> None:
    delete(window, "till")
    revoke(window.vault, ["*"], "acme/orders")
    with pytest.raises(UsageError, match="revocation is not undone"):
        window.undo()
    assert window.undo().told["acme/orders/till"] == REVOKED_SINCE
    assert window.key("till").revoked


def test_an_undone_change_of_an_account_keeps_whom_it_revoked_meanwhile(window: Window) -> None:
    of_account(window)
    window.undo()
    window.redo()
    public = window.key("till").public
    revoke(window.vault, ["till"])
    with pytest.raises(UsageError, match="revocation is not undone"):
        window.undo()
    assert window.undo().what == "what orders may do"
    assert window.token("orders").nats["limits"]["conn"] == -1
    assert public in revocations(window.token("orders").nats)


def test_a_user_that_was_let_in_again_is_so_again_once_that_was_undone(window: Window) -> None:
    revoke(window.vault, ["till"])
    allow(window)
    window.undo()
    assert window.key("till").revoked
    assert window.redo().told["acme/orders/till"] == NEW_JWT
    assert not window.key("till").revoked
    window.undo()
    revoke(window.vault, [window.key("till").public], "acme/orders")
    assert window.key("till").revoked
    with pytest.raises(UsageError, match="A revocation is not undone"):
        window.undo()
    window.redo()
    assert window.key("till").revoked


def test_a_user_that_got_a_jwt_where_it_went_has_none_again_and_what_it_might_do(
    window: Window,
) -> None:
    def prepare(issuing: Issuing, records: Records) -> None:
        alone = issue(issuing, Kind.ACCOUNT, "alone")
        user = issue(issuing, Kind.USER, "plain", alone)
        issuing.edit(user, {"pub": {"allow": ["a.>"]}})

    window.change(prepare)
    before = window.state()
    window.change(lambda issuing, _: issuing.move(window.key("plain").id, window.key("orders").id))
    assert window.token("plain").nats["pub"] == {"allow": ["a.>"]}
    window.undo()
    assert not window.key("plain").has_jwt
    assert window.state() == before
    window.redo()
    assert window.token("plain").nats["pub"] == {"allow": ["a.>"]}


def test_changes_are_undone_one_after_another_and_all_done_again(window: Window) -> None:
    states_seen = [window.state()]
    for name in ("permissions", "new tags", "a new name", "a move", "a retirement"):
        if name == "a new name":
            field("rename", "billing2")(window)
            states_seen.append(window.state())
            window.undo()
            states_seen.pop()
            continue
        ACTIONS[name][0](window)
        states_seen.append(window.state())
    for seen in reversed(states_seen[:-1]):
        window.undo()
        assert window.state() == seen
    for seen in states_seen[1:]:
        window.redo()
        assert window.state() == seen


def test_two_deletions_in_one_account_are_both_undone(window: Window) -> None:
    before = window.state()
    delete(window, "billing")
    delete(window, "till")
    window.undo()
    window.undo()
    assert window.state() == before


def test_a_new_change_ends_what_could_be_done_again(window: Window) -> None:
    delete(window, "n1")
    window.undo()
    of_records("set_notes", "other")(window)
    with pytest.raises(UsageError, match="Nothing was undone that could be done again"):
        window.redo()


def test_a_name_that_is_taken_since_keeps_a_deleted_key_away(window: Window) -> None:
    delete(window, "n1")

    def take(_issuing: Issuing, records: Records) -> None:
        with Seed.generate(Kind.SERVER) as seed:
            records.add(seed, name="n1")

    window.elsewhere(take)
    with pytest.raises(UsageError, match="Another key is called n1 by now"):
        window.undo()


def test_a_deleted_user_does_not_come_back_under_another_account_that_got_the_id_of_its_own(
    window: Window, tmp_path: Path
) -> None:
    def account(name: str) -> Callable[[Issuing, Records], None]:
        def add(issuing: Issuing, _records: Records) -> None:
            with Seed.generate(Kind.ACCOUNT) as seed:
                issuing.add(seed, name=name)

        return add

    def user(issuing: Issuing, records: Records) -> None:
        with Seed.generate(Kind.USER) as seed:
            issuing.add(seed, name="guest", under=records.find("mine").id)

    backup = tmp_path / "backup.nkw"
    window.vault.back_up(backup)
    window.change(account("mine"))
    window.change(user)
    delete(window, "guest")
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.unlock(window.path, passphrase) as other,
        VaultCopy.of(other, backup) as copy,
    ):
        restore(other, copy)
    window.elsewhere(account("theirs"))
    with pytest.raises(UsageError, match="What guest was under is gone"):
        window.undo()


def test_a_refused_undo_is_the_next_one_still_once_the_name_is_free(window: Window) -> None:
    seed = window.key("n1").public
    field("set_tags", ["eu"])(window)
    delete(window, "n1")

    def take(_issuing: Issuing, records: Records) -> None:
        with Seed.generate(Kind.SERVER) as other:
            records.add(other, name="n1")

    window.elsewhere(take)
    for _ in range(2):
        with pytest.raises(UsageError, match=r"rename that one \(‹rename›\), then try again"):
            window.undo()
    window.elsewhere(lambda _issuing, records: records.rename(records.find("n1").id, "n2"))
    assert window.undo().what == "deletion of n1"
    assert window.key("n1").public == seed


def test_a_refused_redo_is_the_next_one_still_once_the_name_is_free(window: Window) -> None:
    make(window)
    public = window.key("new").public
    window.undo()
    window.elsewhere(lambda issuing, records: issuing.rename(records.find("till").id, "new"))
    with pytest.raises(UsageError, match="Another key is called new by now"):
        window.redo()
    window.elsewhere(lambda issuing, records: issuing.rename(records.find("new").id, "till"))
    window.vault.refresh()
    assert window.redo().what == "making of new"
    assert window.key("new").public == public


def test_what_is_not_undone_names_the_change_before_it(window: Window) -> None:
    delete(window, "n1")
    assert window.vault.past is not None
    window.vault.past.note_pushed(window.records)
    with pytest.raises(UsageError, match="‹undo› again is about the deletion of n1 before it"):
        window.undo()
    assert window.undo().what == "deletion of n1"


def test_a_lock_while_an_undo_is_saved_is_no_crash(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete(window, "n1")
    change = next_back(window.vault)
    write = storage.save

    def save(*values: Any, **named: Any) -> None:
        write(*values, **named)
        window.vault.lock()

    monkeypatch.setattr(storage, "save", save)
    go_back(window.vault, change)
    assert window.vault.locked


def limit_and_revoke(window: Window, whom: str, at: int) -> None:
    """Change an account's limits and whom it revokes in one, as the form for JSON does."""

    def change(issuing: Issuing, records: Records) -> None:
        key = records.find("orders").id
        nats = issuing.claims(key)
        revoked = {**revocations(nats), whom: at}
        issuing.edit(key, {**nats, "limits": {**nats["limits"], "conn": 5}, "revocations": revoked})

    window.change(change)


@pytest.mark.parametrize("everybody", [True, False])
def test_a_deleted_user_comes_back_revoked_if_a_change_that_is_undone_in_part_revoked_it(
    window: Window, everybody: bool
) -> None:
    public = window.key("billing").public
    delete(window, "billing")
    limit_and_revoke(window, "*" if everybody else public, int(time.time()) + 60)
    assert window.undo().what == "what orders may do"
    assert window.undo().told["acme/orders/billing"] == REVOKED_SINCE
    own = window.token("billing")
    assert window.key("billing").revoked
    assert revoked_as(window.token("orders").nats, public, own.issued) is not None
    assert not window.records.check_contents()


def test_a_user_that_is_moved_back_is_revoked_as_its_account_revoked_it_meanwhile(
    window: Window,
) -> None:
    public = window.key("billing").public
    move(window)
    limit_and_revoke(window, "*", int(time.time()) + 60)
    window.undo()
    assert REVOKED_SINCE in window.undo().told["acme/orders/billing"]
    own = window.token("billing")
    assert window.key("billing").revoked
    assert revoked_as(window.token("orders").nats, public, own.issued) is not None
    assert not window.records.check_contents()


def test_a_key_made_beneath_a_new_one_keeps_that_from_being_undone(window: Window) -> None:
    def account(issuing: Issuing, records: Records) -> None:
        with Seed.generate(Kind.ACCOUNT) as seed:
            issuing.add(seed, name="fresh", under=records.find("acme").id)

    window.change(account)

    def user(issuing: Issuing, records: Records) -> None:
        with Seed.generate(Kind.USER) as seed:
            issuing.add(seed, name="theirs", under=records.find("fresh").id)

    window.elsewhere(user)
    with pytest.raises(UsageError, match="theirs: made beneath it since"):
        window.undo()
    assert window.key("theirs").has_seed


def test_a_lock_forgets_what_could_be_undone(window: Window) -> None:
    delete(window, "n1")
    past = window.vault.past
    assert past is not None
    change = past.last
    assert change is not None
    window.vault.lock()
    assert past.last is None
    with pytest.raises(Exception, match="locked"):
        change.states_before()


@pytest.mark.parametrize("manner", [Manner.PLANNED, Manner.LEAKED])
def test_a_rotation_is_not_undone_by_this(window: Window, manner: Manner) -> None:
    stages.begin(window.vault, window.key("billing"), manner)
    before = window.state()
    with pytest.raises(UsageError, match="A rotation is undone by ‹rotate›"):
        window.undo()
    assert window.state() == before


def test_a_change_of_the_passphrase_ends_what_could_be_undone(window: Window) -> None:
    delete(window, "n1")
    with Passphrase(PASSPHRASE) as old, Passphrase("another one of these words") as new:
        window.vault.change_passphrase(old, new)
    with pytest.raises(UsageError, match="passphrase is not undone"):
        window.undo()
    with pytest.raises(UsageError, match="nothing to undo"):
        window.undo()


def test_an_undone_deletion_is_in_the_history(window: Window) -> None:
    public = window.key("n1").public
    delete(window, "n1")
    window.undo()
    noted = [event.what for event in window.records.history.events(public)]
    assert noted[-2:] == ["deleted", "undone"]


def test_what_is_done_again_is_told_apart_in_the_history_of_a_key(window: Window) -> None:
    window.change(lambda issuing, _records: issue(issuing, Kind.SERVER, "n9"))
    public = window.key("n9").public
    window.undo()
    window.redo()
    event = list(window.records.history.events(public))[-1]
    assert (event.what, event.detail) == ("undone", "done again: making of n9")


def test_nothing_is_undone_while_the_vault_is_only_looked_at(window: Window) -> None:
    delete(window, "n1")
    window.vault.only_looking = True
    with pytest.raises(Exception, match="only looked at"):
        window.undo()
    window.vault.only_looking = False
    window.undo()
    assert window.key("n1").has_seed


def test_a_move_of_many_signs_the_account_that_they_leave_once_and_so_does_its_undoing(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = window.state()
    signed: list[str] = []
    issue = jwt.issue

    def counted(seed: Seed, subject: PublicKey, *values: Any, **named: Any) -> str:
        signed.append(subject.text)
        return issue(seed, subject, *values, **named)

    monkeypatch.setattr(jwt, "issue", counted)
    users = [window.key(name) for name in ("billing", "reports", "till")]
    issued = {user.public: window.token(user.name).issued for user in users}
    mass_changes.move(window.vault, shown(users), "acme/metrics")
    assert signed.count(window.key("orders").public) == 1
    for user in users:
        assert revoked_as(window.token("orders").nats, user.public, issued[user.public])
        assert not window.key(user.name).revoked
    signed.clear()
    window.undo()
    assert signed.count(window.key("metrics").public) == 1
    assert window.state() == before


def test_a_revoked_user_that_is_moved_to_where_it_is_stays_revoked(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    revoke(window.vault, ["till"])
    later = time.time() + 60
    monkeypatch.setattr(time, "time", lambda: later)
    mass_changes.move(window.vault, shown([window.key("till")]), "acme/orders")
    assert window.key("till").revoked


def test_a_deleted_key_stays_away_from_another_that_a_restore_elsewhere_gave_its_number(
    window: Window, tmp_path: Path
) -> None:
    """The vault is sound: nobody is told that it is not, nor to restore a backup of it."""
    backup = tmp_path / "backup.nkw"
    window.vault.back_up(backup)
    window.change(lambda issuing, _: issue(issuing, Kind.USER, "mine", window.key("orders").id))
    mine = window.key("mine").id
    delete(window, "mine")
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(window.path, passphrase) as other:
        with VaultCopy.of(other, backup) as copy:
            restore(other, copy)
        with other.change() as records:
            stranger = issue(Issuing(records), Kind.USER, "other", records.find("orders").id)
    assert stranger == mine
    with pytest.raises(UsageError, match=r"restored since.*Nothing was undone"):
        window.undo()
    assert window.key("other").has_seed
    assert not window.records.check_contents()
