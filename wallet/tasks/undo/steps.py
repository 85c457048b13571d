"""Going back: a new change that lets the keys that one touched be what they were before it.

It is no older state of the vault: JWTs are signed anew, later than what they replace, and history,
test results and revocations stay. What others changed since stays too; where that is the very value
that the change touched nothing is done, see `key_values.py`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from wallet.errors import SaveUncertainError, UsageError
from wallet.nats import jwt
from wallet.nats.claims.content import few
from wallet.nats.claims.revocations import (
    EVERYBODY,
    all_revocations,
    revocations,
    revoked_as,
    united,
    with_revocations,
)
from wallet.nats.nkeys import Kind
from wallet.shell import written
from wallet.tasks.keys.deletion import delete_each
from wallet.tasks.undo import key_values
from wallet.tasks.undo.change_summary import is_idle, summary, why_not
from wallet.text import plain
from wallet.vault import key_rows
from wallet.vault.db.journal.kinds import What
from wallet.vault.key_record import KeyRecord
from wallet.vault.key_rows import KeyRows
from wallet.vault.records import Records
from wallet.vault.session.past import PastChange, PastChanges
from wallet.vault.signing.authority import may_sign
from wallet.vault.signing.issuance import Issuing
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
        past.pass_over(change)
    return change


def seeds_that_go(change: PastChange) -> list[str]:
    """The names of keys whose seeds go where a change is undone, for it brought them."""
    before = change.states_before()
    after = change.states_after()
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
            detail = f"{'done again: ' * again}{what}"
            records.history.origin = (What.UNDONE, detail)
            records.history.note(What.UNDONE, detail=detail)
            try:
                undoing.run()
            except UsageError as error:
                raise UsageError(f"{error} Nothing was undone.") from error
            past.go_back(what, again=again)
    except SaveUncertainError:
        past.pass_over(change)
        raise
    finally:
        past.go_on()
    past.pass_over(change)
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
        self.issuing = Issuing(records)
        self.before, self.after = change.states_before(), change.states_after()
        self.now = key_rows.states(records, change.keys)
        self.gone = [key for key in self.before if key not in self.after]
        self._going = set(self.gone)
        self.new = [key for key in self.after if key not in self.before]

    def require_untouched(self) -> None:
        """Raise `UsageError` where what the change touched is not as it left it, or has no place.

        `key_values.py` says what that is.
        """
        changed = [
            (state.name, key_values.changed_since(state, self.after[key], self.now.get(key)))
            for key, state in self.before.items()
            if key in self.after
        ]
        for key in self.new:
            if not key_values.is_as_left(self.after[key], self.now.get(key)):
                why = "it would go" if key in self.now else "it is gone"
                changed.append((self.after[key].name, why))
        if named := [f"{plain(name, 60)} ({what})" for name, what in changed if what]:
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
        """Raise `UsageError` where a deleted or moved key could not hang where it did."""
        gone = [self.before[key] for key in self.gone]
        if obstacle := key_rows.obstacle(self.records, gone):
            raise UsageError(f"{obstacle} Nothing was undone.")
        top = [state for state in gone if state.parent not in self._going]
        moved = [self.before[key] for key in self._both() if self._is_moved(key)]
        parents = {state.parent for state in (*top, *moved) if state.parent is not None}
        there, known = (
            {key: state.public for key, state in key_rows.states(records, parents).items()}
            for records in (self.records, self.change.before)
        )  # after a restore an id may be another key's
        for state in (*top, *moved):
            parent, is_new = state.parent, state.parent in self._going
            lost = parent not in there or there[parent] != known.get(parent)
            if parent is not None and not is_new and lost:
                raise UsageError(f"What {state.name} was under is gone. Nothing was undone.")
        for state in top:
            if not key_rows.is_name_free(self.records, state.name, state.parent):
                raise UsageError(
                    f"Another key is called {state.name} by now. Nothing was undone: rename that "
                    "one (‹rename›), then try again."
                )

    def _both(self) -> list[int]:
        """The keys that were there before the change and after it, and are there still."""
        return [key for key in self.before if key in self.after and key in self.now]

    def _is_moved(self, key: int) -> bool:
        before = self.before[key].parent
        return before != self.after[key].parent and before != self.now[key].parent

    def run(self) -> None:
        """Do it. Raises `UsageError`."""
        new = set(self.new)
        top = [key for key in self.new if self.now[key].parent not in new]
        delete_each(self.issuing, top)
        self._bring_back()
        moved = [self.records.get(key) for key in self._both() if self._is_moved(key)]
        self.issuing.revoking.revoke_together(key for key in moved if key.kind is Kind.USER)
        for key in self._both():
            self._let_be(self.before[key], self.after[key], self.now[key])
        for key in sorted(self.before, key=self._rank):
            if key in self._going:
                self.issuing.fit(key)
            elif key not in self.now or key_values.leaves_jwt(self.before[key], self.after[key]):
                continue  # most of many keys, which cost nothing more
            self._let_say(key)

    def a_key(self) -> int | None:
        """The uppermost of the keys that came back."""
        return next((key for key in self.gone if self.before[key].parent not in self._going), None)

    def _bring_back(self) -> None:
        key_rows.put_back(self.change.before, self.records, self.gone)
        now, then, left = (
            each.deliveries.known_servers
            for each in (self.records, self.change.before, self.change.after)
        )
        now.know_again(then, left, (self.before[key].public for key in self.gone))
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
        since = self._revoked_since(account)
        stay = {key for key in out if since & {self.before[key].public, EVERYBODY}}
        self.issuing.revoking.allow_many(account, [key for key in out if key not in stay])
        for key in out:
            record = self.records.get(key)
            if key in stay:
                tokens.set(key, self.before[key].token)  # which marks it as revoked
                self.issuing.told[record.path] = REVOKED_SINCE
            else:
                self._tell_new_jwt(record)

    def _revoked_since(self, account: int) -> set[str]:
        """Find whom an account, by now, revokes for longer than the change left it, or once more.

        Another change may have done that beside something else, which alone was undone. That it
        was done once more in the second of the change, of which JWTs say nothing, the history has.
        """
        now = self.records.tokens.claims(account)
        left = self.change.after.tokens.claims(account)
        revoked, known = (revocations(one.nats) if one else {} for one in (now, left))
        since = {who for who, until in revoked.items() if until > known.get(who, -1)}
        again = _revoked_again_since(self.change.after, self.records)
        return since | again | {EVERYBODY for one in (now,) if one and one.subject in again}

    def _let_be(self, before: KeyRows, after: KeyRows, now: KeyRows) -> None:
        """Let a key have again what the change took, but for what its JWT says."""
        records, key = self.records, before.id
        if self._is_moved(key):
            self._move_back(before)
        if before.name not in (after.name, now.name):
            records.rename(key, before.name)
        if before.status not in (after.status, now.status):
            records.set_status(key, before.status)
        if before.tags != after.tags:
            records.set_tags(key, key_values.tags_before(before, after, now.tags))
        if before.notes not in (after.notes, now.notes):
            records.set_notes(key, before.notes)
        if before.cell not in (after.cell, now.cell):
            key_rows.put_seed(records, key, before.cell)
        if before.revoked and not after.revoked and not now.revoked:
            self.issuing.revoking.revoke(key)
        elif self.change.undid and after.revoked and not before.revoked and now.revoked:
            self._let_in_again(before)

    def _let_in_again(self, before: KeyRows) -> None:
        """Let a user in again whom the undoing of that revoked; one revoked since stays so."""
        record, account = self.records.get(before.id), before.parent
        if account is None or self._is_moved(before.id) or record.kind is not Kind.USER:
            return
        if self._revoked_since(account) & {before.public, EVERYBODY}:
            self.issuing.told[record.path] = REVOKED_SINCE
        else:
            self.issuing.revoking.allow_again(before.id)
            self._tell_new_jwt(record)

    def _move_back(self, before: KeyRows) -> None:
        """Move a key back; a user that was revoked since where it was is revoked there again."""
        self.issuing.move(before.id, before.parent)
        account = before.parent
        if before.kind != Kind.USER.value or account is None or before.token is None:
            return
        if not before.revoked and self._revoked_since(account) & {before.public, EVERYBODY}:
            self.issuing.revoking.revoke(before.id)
            path = self.records.get(before.id).path
            known = self.issuing.told.get(path, "")  # of the account that it left
            self.issuing.told[path] = f"{known} {REVOKED_SINCE}".strip()

    def _let_say(self, key: int) -> None:
        """Let a key's JWT say again what it said, beside what was changed in it since."""
        before, after = self.before[key], self.after.get(key, self.before[key])
        now = key_rows.states(self.records, [key])[key]
        if now.token is None:
            self._let_do(before, after, now)
        elif before.token is not None and not now.revoked:
            self._sign_as_before(before, after, now.token)
        elif before.token is not None and not key_values.says_the_same(before, after):
            raise UsageError(
                f"{self.records.get(key).path} is revoked, and a JWT that says again what it said "
                "would let it in. Let it in first (" + written("‹revoke›") + "), if that is meant."
            )

    def _let_do(self, before: KeyRows, after: KeyRows, now: KeyRows) -> None:
        """Let a user without a JWT do again what it might do."""
        if before.kind != Kind.USER.value or before.token is not None:
            return
        if after.token is not None:
            self.records.tokens.set_unsigned(before.id, key_values.rights(before))
        elif before.unsigned != after.unsigned:
            wanted = key_values.say_before(before, after, key_values.rights(now), [])
            self.records.tokens.set_unsigned(before.id, wanted)

    def _sign_as_before(self, before: KeyRows, after: KeyRows, token: str) -> None:
        """Sign a JWT anew where the change, or its undoing, made it say something else."""
        key, old, own = before.id, jwt.parse(before.token or ""), jwt.parse(token)
        record, says, kept = self.records.get(before.id), key_values.said_by(token), list[str]()
        comes_back = key in self._going or key_values.got_or_lost_jwt(before, after)
        if comes_back:
            wanted = key_values.said_by(before.token or "")
        else:
            wanted = key_values.say_before(before, after, says, kept)
        if kept:
            raise UsageError(f"{record.path} says otherwise by now.")
        left = jwt.parse(after.token).issuer.text if after.token else None
        signer = old.issuer.text if comes_back or left == own.issuer.text else own.issuer.text
        tags = {*old.tags} & {*record.tags}
        if (
            wanted != says
            or (signer != own.issuer.text and may_sign(self.records, record, signer))
            or (own.name != record.name and old.name == record.name)
            or (before.tags != after.tags and not tags <= {*own.tags} <= {*old.tags, *record.tags})
        ):
            ends = wanted.pop("ends")
            everything = united(all_revocations(own.nats), all_revocations(old.nats))
            nats = with_revocations(wanted, everything)
            self.issuing.say_again(key, nats, ends["expires"], ends["begins"], signer)
            self._tell_new_jwt(self.records.get(key))

    def _tell_new_jwt(self, record: KeyRecord) -> None:
        if record.kind is Kind.USER:
            self.issuing.told.setdefault(record.path, NEW_JWT)

    def _rank(self, key: int) -> tuple[int, int]:
        kind = self.before[key].kind
        return (_ORDER.index(kind) if kind in _ORDER else len(_ORDER), key)


def _revoked_again_since(before: Records, now: Records) -> set[str]:
    """The keys that a person revoked once more since; an account stands for all of its users."""
    left, here = (
        Counter(
            (event.at, event.by, public)
            for event in records.history.of_kind(What.REVOKED_AGAIN)
            for public in event.publics
        )
        for records in (before, now)
    )
    return {public for _, _, public in here - left}
