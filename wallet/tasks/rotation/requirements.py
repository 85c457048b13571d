"""The reasons that keep a key from being rotated, with the way there is instead."""

from __future__ import annotations

from wallet.errors import StateRefusesError, UsageError
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.tasks.rotation.force import is_identity, is_out, is_signed
from wallet.tasks.rotation.open_steps import path_of
from wallet.text import an
from wallet.vault.db.parts.rotations import Manner, Phase, Rotation
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


def require_rotatable(records: Records, old: KeyRecord, manner: Manner) -> None:
    """Raise `UsageError` for a key that cannot be rotated in this manner, with the way there is."""
    if is_identity(old):
        _require_trusted(old, manner)
    elif manner is Manner.LOST:
        raise UsageError(
            f"{old.path} is {an(old.role)} key. Lost are seeds of operators and accounts; another "
            "whose seed is gone is rotated as planned, or as leaked where somebody may have it."
        )
    if is_out(records, old):
        word = "not named in its owner's JWT" if old.signing else old.status
        word = "revoked" if word == "active" else word
        raise StateRefusesError(
            f"{old.path} is {word}: it is out already, and no key has to take its place. Make "
            "another with `" + command("new") + "` where one is needed."
        )
    if old.status == "retired" and manner is not Manner.LEAKED:
        out = command("rotate", old.path, ("--as", "leaked"))
        if is_signed(records, old):
            out = command("revoke", old.path)
        raise StateRefusesError(
            f"{old.path} is retired here, so no key has to take its place; but servers take it "
            "still. To take it out: " + out
        )
    rotation = both_in_force(records, old)
    if rotation is not None and not (manner is Manner.LEAKED and rotation.old == old.public):
        raise StateRefusesError(_is_under_way(records, rotation))
    _require_known(records, old)


def _require_trusted(old: KeyRecord, manner: Manner) -> None:
    """Only what signs for servers has an identity that another can take the place of."""
    if old.kind is Kind.ACCOUNT and not old.has_jwt:
        raise StateRefusesError(
            f"{old.path} has no JWT: servers know such an account by its name in their "
            "configuration, and its key signs nothing. Rotate its users instead."
        )
    if manner is Manner.LOST and old.has_seed:
        planned = command("rotate", old.path, ("--as", "planned"))
        raise StateRefusesError(
            f"The seed of {old.path} is here, so it is not lost. Instead: " + planned
        )


def both_in_force(records: Records, key: KeyRecord) -> Rotation | None:
    """The rotation that a key is the old or the new one of while both work."""
    rotations = records.rotations.of_key(key.public)
    return next((one for one in rotations if one.phase is Phase.BOTH), None)


def _require_known(records: Records, old: KeyRecord) -> None:
    """A key of which nobody here knows what it may do gets no successor that may do anything."""
    own = records.tokens.claims(old.id)
    if own is not None and own.version == 1:
        raise StateRefusesError(
            f"{old.path} has a JWT of version 1, which is not taken over. Say what it may with "
            "`" + command("edit") + "` first."
        )
    if own is None and is_signed(records, old):
        raise StateRefusesError(
            f"The JWT of {old.path} is not here, so what its successor may do is not known. Bring "
            "it in with `" + command("import") + "`, or make a key with `" + command("new") + "` "
            "and revoke this one."
        )


def _is_under_way(records: Records, rotation: Rotation) -> str:
    path = path_of(records, rotation)
    return (
        f"A rotation of {path} is under way. Take the old key out with "
        "`" + command("rotate", path, ("--finish",)) + "`, or the new one with "
        "`" + command("rotate", path, ("--undo",)) + "`; then begin another."
    )
