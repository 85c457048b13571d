"""Past changes in words: what one did to which keys, or why it cannot be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from wallet.errors import JwtError
from wallet.nats import jwt
from wallet.nats.claims.revocations import all_revocations
from wallet.nats.nkeys import Kind
from wallet.tasks.undo.key_values import said_by
from wallet.text import plain
from wallet.vault.db.journal.kinds import What
from wallet.vault.key_rows import KeyRows
from wallet.vault.session.past import PUSHED, PastChange

# Sentences for the app, which puts a key in the place of an action's name.
_ROTATION = (
    "A rotation is undone by ‹rotate› on its key, step by step; one for a leaked key is not."
)
REVOCATIONS_STAY = "A revocation is not undone: ‹revoke› lets a user in again."
_REASONS = {
    PUSHED: "A push is not undone: servers keep what they got.",
    What.EXPORTED.value: "An export is not undone: its files stay where they are.",
    What.PASSPHRASE_CHANGED.value: "A new passphrase is not undone: ‹vault› changes it again.",
    What.KEY_FILE_CHANGED.value: "The key file's change is not undone: ‹vault› changes it again.",
    What.RECOVERY_CHANGED.value: "The recovery code's change is not undone: ‹vault› makes another.",
    What.RESTORED.value: "A restore is not undone: ‹vault›, Backups… has what was before it.",
    What.MERGED.value: "A join is not undone: ‹vault›, Backups… has what was before it.",
    What.DELIVERED_ON_WORD.value: "Your word on what servers have is not undone: a push proves it.",
    What.ROTATION_BEGUN.value: _ROTATION,
    What.ROTATION_OLD_OUT.value: _ROTATION,
    What.ROTATION_UNDONE.value: _ROTATION,
    What.ROTATION_CLOSED.value: _ROTATION,
    What.REVOKED_AGAIN.value: REVOCATIONS_STAY,
}


def why_not(change: PastChange) -> str:
    """Say why a change cannot be undone; empty where it can."""
    reason = next((why for what, why in _REASONS.items() if what in change.notes), "")
    return reason or ("" if summary(change) else REVOCATIONS_STAY)


def is_idle(change: PastChange) -> bool:
    """Whether a change did nothing that a person would undo: what was signed anew says the same."""
    if summary(change) or any(what in change.notes for what in _REASONS):
        return False
    before, after = change.states_before(), change.states_after()
    return all(
        before[key].revoked == new.revoked and _revoked(before[key]) == _revoked(new)
        for key, new in after.items()
    )


def summary(change: PastChange) -> str:
    """Name what a change did: “deletion of 3 keys”; empty where that was to revoke alone.

    One that undid another is named as that one.
    """
    if change.undid:
        return change.undid
    before, after = change.states_before(), change.states_after()
    pairs = [(before.get(key), after.get(key)) for key in sorted(change.keys)]
    parts = []
    for words, fits in _KINDS:
        keys = [new or old for old, new in pairs if fits(old, new)]
        if keys:
            parts.append(f"{words} {_names(key for key in keys if key is not None)}")
    if not parts and (keys := [new for old, new in pairs if new and _says_otherwise(old, new)]):
        parts.append(f"what {_names(keys)} may do")
    return " and ".join(parts)


def content(token: str) -> Any:
    """Read all that a JWT says, and who signed it, but for its time, tags, and revocations."""
    claims = jwt.parse(token)
    return said_by(token), claims.name, claims.issuer.text


def _both(fits: Callable[[KeyRows, KeyRows], bool]) -> Callable[..., bool]:
    """A question about keys that were there before and are after."""
    return lambda old, new: bool(old and new and fits(old, new))


_KINDS: tuple[tuple[str, Callable[..., bool]], ...] = (
    ("deletion of", lambda old, new: old is not None and new is None),
    ("making of", lambda old, new: old is None and new is not None),
    ("move of", _both(lambda old, new: old.parent != new.parent)),
    ("new name of", _both(lambda old, new: old.name != new.name)),
    ("retirement of", _both(lambda old, new: old.status < new.status)),
    ("return into use of", _both(lambda old, new: old.status > new.status)),
    ("new tags of", _both(lambda old, new: old.tags != new.tags)),
    ("new notes of", _both(lambda old, new: old.notes != new.notes)),
    ("seed of", _both(lambda old, new: old.cell != new.cell)),
    ("letting in of", _both(lambda old, new: bool(old.revoked and not new.revoked))),
)


def _says_otherwise(old: KeyRows | None, new: KeyRows) -> bool:
    if old is None or old.token == new.token:
        return old is not None and old.unsigned != new.unsigned
    try:
        return not (old.token and new.token and content(old.token) == content(new.token))
    except JwtError:
        return True


def _revoked(key: KeyRows) -> Any:
    """All that an account's JWT revokes."""
    is_account = key.kind == Kind.ACCOUNT.value and key.token is not None
    return all_revocations(jwt.parse(key.token).nats) if is_account and key.token else None


def _names(keys: Iterable[KeyRows]) -> str:
    names = [plain(key.name, 60) for key in keys]
    return names[0] if len(names) == 1 else f"{len(names):,} keys"
