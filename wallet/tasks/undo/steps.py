"""Going back: a new change that lets the keys that one touched be what they were before it.

It is no older state of the vault: JWTs are signed anew, later than what they replace, and history,
test results and revocations stay. Where anybody changed one of the keys since, nothing is done.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from wallet.errors import SaveUncertainError, UsageError
from wallet.nats import jwt
from wallet.nats.claims.content import few
from wallet.nats.claims.revocations import EVERYBODY, revocations, revoked_as
from wallet.nats.nkeys import Kind
from wallet.tasks.deletion import delete_each
from wallet.tasks.undo.summary import content, is_idle, summary, why_not
from wallet.text import plain
from wallet.vault import key_rows
from wallet.vault.db.journal.kinds import What
from wallet.vault.key_record import KeyRecord
from wallet.vault.key_rows import KeyRows
from wallet.vault.records import Records
from wallet.vault.session.past import PastChange, PastChanges
from wallet.vault.signing.activations import SharedSubjects
from wallet.vault.vault import Vault

REVOKED_SINCE = "It was revoked since, and stays so."
NEW_JWT = "It has a new JWT: hand out its creds anew."
_ORDER = (Kind.OPERATOR.value, Kind.ACCOUNT.value)  # who signs comes before what is signed


@dataclass(frozen=True, slots=True)
class Undone:
    """Says in words what was undone and what is to be told of keys; `key` is one that came back."""

    what: str
    told: dict[str, str] = field(repr=False)
    key: int | None


def next_back(vault: Vault, *, again: bool = False) -> PastChange:
    """The change to be undone next, or done `again`. Raises `UsageError` where there is none.

    One that nothing can ever undo (a push, an export) is passed over with that, and the error
    says what the next time is about.
    """
    past = _past(vault)
    change = _top(past, again=again)
    if change is None:
        raise UsageError(_nothing_left(past, again=again))
    if reason := why_not(change):
        past.pass_over(change)
        before = _top(past, again=again)
        what = summary(before) if before else ""
        key = "‹redo›" if again else "‹undo›"
        raise UsageError(f"{reason} {key} again is about the {what} before it." if what else reason)
    return change


def _nothing_left(past: PastChanges, *, again: bool) -> str:
    """Say that nothing can be undone or done again, and whether something was just now."""
    if again:
        more = past.last is not None and bool(past.last.undid)
        never = "Nothing was undone that could be done again."
        return "There is nothing more to do again." if more else never
    more = past.last_undone is not None
    never = "There is nothing to undo: this window changed no key since it was unlocked."
    return "There is nothing more to undo." if more else never


def _top(past: PastChanges, *, again: bool) -> PastChange | None:
    """The last change that did anything; those after it that did nothing go."""
    while (change := past.last_undone if again else past.last) is not None and is_idle(change):
        past.pass_over_idle(change)
    return change


def seeds_that_go(change: PastChange) -> list[str]:
    """The names of keys whose seeds go where a change is undone, for it brought them."""
    before = change.states_before()
    after = key_rows.states(change.after, change.keys)
    gained = [
        new.name
        for key, new in after.items()
        if new.cell is not None and (key not in before or before[key].cell is None)
    ]
    return [plain(name, 60) for name in gained]


def go_back(vault: Vault, change: PastChange, *, again: bool = False) -> Undone:
    """Undo a change, or do it `again`: what `next_back` gave.

    Raises what `Vault.change` raises, and `UsageError` where somebody changed its keys since, or
    where nobody here can sign what they said: nothing is changed then, and it stays the next one,
    for what is in its way may be mended.
    """
    past, what = _past(vault), summary(change)
    try:
        with vault.change() as records:
            if (past.last_undone if again else past.last) is not change:
                raise UsageError("Something else was changed meanwhile. Look, and try again.")
            undoing = _Undoing(records, change)
            undoing.require_untouched()
            records.history.origin = (What.UNDONE, what)
            records.history.note(What.UNDONE, detail=f"{'done again: ' * again}{what}")
            undoing.run()
            past.go_back(what, again=again)
    except SaveUncertainError:
        past.went_back(change)
        raise
    finally:
        past.go_on()
    past.went_back(change)
    told = {**undoing.issuing.left, **undoing.issuing.told}
    return Undone(what, told, undoing.a_key())


def _past(vault: Vault) -> PastChanges:
    if vault.past is None:
        raise UsageError("What is changed here cannot be undone.")
    return vault.past


class _Undoing:
    """One way back, within a change."""

    def __init__(self, records: Records, change: PastChange) -> None:
        self.records, self.change = records, change
        self.issuing = SharedSubjects(records)
        self.before = change.states_before()
        self.now = key_rows.states(records, change.keys)
        self.gone = [key for key in self.before if key not in self.now]
        self._going = set(self.gone)
        self.new = [key for key in self.now if key not in self.before]

    def require_untouched(self) -> None:
        """Raise `UsageError` where the keys are not as the change left them, or have no place."""
        expected = self.change.states_expected(self.change.keys)
        others = [key for key in self.change.keys if self.now.get(key) != expected.get(key)]
        if others:
            named = [self._name(key) for key in others]
            raise UsageError(
                f"{few(named)}: changed since, elsewhere or by what cannot be undone. Nothing was "
                "undone: what you want back of it has to be changed by hand."
            )
        later = key_rows.beneath(self.records, self.new) - set(self.new)
        if later:
            names = few([self.records.get(key).path for key in sorted(later)])
            raise UsageError(
                f"{names}: made beneath it since, and would go. Nothing was undone: move or delete "
                "that, then try again."
            )
        self._require_places()

    def _require_places(self) -> None:
        """Raise `UsageError` where a deleted key could not hang where it did."""
        gone = [self.before[key] for key in self.gone]
        if again := key_rows.present(self.records, [state.public for state in gone]):
            names = [plain(state.name, 60) for state in gone if state.public in again]
            raise UsageError(f"{few(names)}: in the vault again. Nothing was undone.")
        top = [state for state in gone if state.parent not in self._going]
        parents = {state.parent for state in top if state.parent is not None}
        there, known = (
            {key: state.public for key, state in key_rows.states(records, parents).items()}
            for records in (self.records, self.change.before)
        )  # after a restore an id may be another key's
        for state in top:
            parent = state.parent
            if parent is not None and (parent not in there or there[parent] != known.get(parent)):
                raise UsageError(f"What {state.name} was under is gone. Nothing was undone.")
            if not key_rows.is_name_free(self.records, state.name, state.parent):
                raise UsageError(
                    f"Another key is called {state.name} by now. Nothing was undone: rename that "
                    "one (‹rename›), then try again."
                )

    def run(self) -> None:
        """Do it. Raises `UsageError`."""
        new = set(self.new)
        top = [key for key in self.new if self.now[key].parent not in new]
        delete_each(self.issuing, top)
        self._bring_back()
        both = [key for key in self.before if key in self.now]
        for key in both:
            self._let_be(self.before[key], self.now[key])
        present = key_rows.states(self.records, self.before)
        for key in sorted(self.before, key=self._rank):
            before, now = self.before[key], present[key]
            if (before.token, before.unsigned) != (now.token, now.unsigned):
                self._let_say(before)

    def a_key(self) -> int | None:
        """The uppermost of the keys that came back."""
        return next((key for key in self.gone if self.before[key].parent not in self._going), None)

    def _bring_back(self) -> None:
        key_rows.put_back(self.change.before, self.records, self.gone)
        by_account: dict[int, list[int]] = {}
        for key in self.gone:
            state = self.before[key]
            in_force = state.token is not None and not state.revoked
            if in_force and state.kind == Kind.USER.value and state.parent not in self._going:
                by_account.setdefault(state.parent or 0, []).append(key)
        for account, users in by_account.items():
            self._let_in(account, users)

    def _let_in(self, account: int, users: list[int]) -> None:
        """Let users in again that their deletion revoked; who was revoked otherwise stays so.

        The revocation stays too, and shuts out older copies of their JWTs.
        """
        tokens = self.records.tokens
        claims = tokens.claims(account)
        out = []
        for key in users:
            own = jwt.parse(self.before[key].token or "")
            if claims and revoked_as(claims.nats, own.subject, own.issued) is not None:
                out.append(key)
        stay = {key for key in out if self._is_revoked_since(account, self.before[key].public)}
        self.issuing.allow_many(account, [key for key in out if key not in stay])
        for key in out:
            record = self.records.get(key)
            if key in stay:
                tokens.set(key, self.before[key].token)  # which marks it as revoked
                self.issuing.told[record.path] = REVOKED_SINCE
            else:
                self._tell_new_jwt(record)

    def _is_revoked_since(self, account: int, user: str) -> bool:
        """Whether an account revokes a user, or everybody, for longer than the change left it.

        Another change may have revoked it beside something else, which alone was undone.
        """
        now = self.records.tokens.claims(account)
        left = self.change.after.tokens.claims(account)
        revoked, known = (revocations(one.nats) if one else {} for one in (now, left))
        return any(revoked.get(who, -1) > known.get(who, -1) for who in (user, EVERYBODY))

    def _let_be(self, before: KeyRows, now: KeyRows) -> None:
        """Let a key have again what it had, but for what its JWT says."""
        records, key = self.records, before.id
        if before.parent != now.parent:
            self._move_back(before)
        if before.name != now.name:
            records.rename(key, before.name)
        if before.status != now.status:
            records.set_status(key, before.status)
        if before.tags != now.tags:
            records.set_tags(key, before.tags.split())
        if before.notes != now.notes:
            records.set_notes(key, before.notes)
        if before.cell != now.cell:
            key_rows.put_seed(records, key, before.cell)
        if before.revoked and not now.revoked:
            self.issuing.revoke(key)

    def _move_back(self, before: KeyRows) -> None:
        """Move a key back; a user that was revoked since where it was is revoked there again."""
        self.issuing.move(before.id, before.parent)
        account = before.parent
        if before.kind != Kind.USER.value or account is None or before.token is None:
            return
        if not before.revoked and self._is_revoked_since(account, before.public):
            self.issuing.revoke(before.id)
            path = self.records.get(before.id).path
            known = self.issuing.told.get(path, "")  # of the account that it left
            self.issuing.told[path] = f"{known} {REVOKED_SINCE}".strip()

    def _let_say(self, before: KeyRows) -> None:
        """Let a key's JWT say again what it said."""
        record = self.records.get(before.id)
        token = self.records.tokens.get(before.id)
        if token is None:
            if record.kind is Kind.USER:
                rights = json.loads(before.unsigned) if before.unsigned else {}
                self.records.tokens.set_unsigned(before.id, rights)
            return
        if before.token is None or token == before.token or before.revoked:
            return
        old, own = jwt.parse(before.token), jwt.parse(token)
        tags = {*old.tags, *record.tags}
        if content(token) != content(before.token) or not set(old.tags) <= set(own.tags) <= tags:
            self.issuing.say_again(before.id, old)
            self._tell_new_jwt(self.records.get(before.id))

    def _tell_new_jwt(self, record: KeyRecord) -> None:
        if record.kind is Kind.USER:
            self.issuing.told.setdefault(record.path, NEW_JWT)

    def _rank(self, key: int) -> tuple[int, int]:
        kind = self.before[key].kind
        return (_ORDER.index(kind) if kind in _ORDER else len(_ORDER), key)

    def _name(self, key: int) -> str:
        state = self.now.get(key) or self.before.get(key)
        return "a key" if state is None else plain(state.name, 60)
