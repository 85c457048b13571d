"""Rotation: another key takes the place of one, in steps that each are one change of the vault.

How far it has come is kept in the vault (`records.rotations`), so that a rotation that was
interrupted goes on in any other process. No step deletes a seed. What is still to be done is
told by `wallet.tasks.rotation.open_steps`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from wallet.errors import NoSuchKeyError, StateRefusesError, UsageError
from wallet.shell import command
from wallet.tasks.rotation.changeover import take_back, take_out
from wallet.tasks.rotation.common_steps import ON_WORD
from wallet.tasks.rotation.force import is_identity, is_out, is_signed
from wallet.tasks.rotation.identities import (
    identity_successor,
    name_signing_keys_elsewhere,
    revoke_likewise,
    take_over,
    take_over_revoked,
)
from wallet.tasks.rotation.proofs import SYSTEM_ACCOUNT_NAMED, is_of_system_account
from wallet.tasks.rotation.references import let_over, waiting
from wallet.tasks.rotation.requirements import both_in_force, require_rotatable
from wallet.tasks.rotation.successors import free_name, names_beneath, signing_successor, successor
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.rotations import Manner, Phase, Rotation
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.tree.marks import as_it_is
from wallet.vault.vault import Vault

# After these, nobody else had the old key, who could have named signing keys of his own.
_TRUSTING = {Manner.PLANNED, Manner.LOST}


@dataclass(frozen=True, slots=True)
class RotationOutcome:
    """A rotation after one step; `left` are keys whose JWT is not as it should be, and why."""

    rotation: Rotation
    left: dict[str, str] = field(default_factory=dict)


def begin(vault: Vault, key: KeyRecord, manner: Manner, recipient: str = "") -> RotationOutcome:
    """Let a new key take the name and all else of one, which keeps working; or not, if leaked.

    One that leaks while it is rotated out goes out at once. Raises what `require_rotatable` raises,
    `NoSuchKeyError` where it is gone, and `UsageError` where nobody here can sign.
    """
    with vault.change() as records:
        old = as_it_is(records, key)
        require_rotatable(records, old, manner)
        begun = both_in_force(records, old)
        if begun is not None and records.by_public(begun.new) is not None:
            return _finish(records, begun, manner)
        name = old.name if begun is None else begun.name
        _give_up_without_successor(records, old)
        issuing = Issuing(records)
        if old.name == name:
            records.rename(old.id, free_name(records, f"{name}-old", old.parent))
        old = old._replace(name=name)
        new = _made_like(records, issuing, old, manner)
        if is_signed(records, new):  # unlike other new users it is waited for somewhere
            records.deliveries.note_change(new.id, (), written=False)
        phase = Phase.BOTH
        if manner is Manner.LEAKED:
            if is_identity(old):
                let_over(issuing, old.public, new)
            take_out(records, issuing, records.get(old.id), instead=new.public)
            phase = Phase.OUT
        rotation = records.rotations.begin(
            old.public, new.public, manner, phase, old.name, recipient
        )
        gets = f", for {recipient}" if recipient else ""
        detail = f"{manner}: {new.public} takes its place{gets}"
        records.history.note(What.ROTATION_BEGUN, old.public, detail)
        if phase is Phase.OUT:
            records.history.note(What.ROTATION_OLD_OUT, old.public, str(manner))
    return RotationOutcome(rotation, issuing.left)


def _made_like(records: Records, issuing: Issuing, old: KeyRecord, manner: Manner) -> KeyRecord:
    if old.signing:
        return signing_successor(records, issuing, old)
    if is_identity(old):
        trusted = manner in _TRUSTING
        return identity_successor(records, issuing, old, old.name, trusted=trusted)
    return successor(records, issuing, old)


def _give_up_without_successor(records: Records, old: KeyRecord) -> None:
    """Close what rotations of a key there are whose new key is gone: another takes its place."""
    for rotation in records.rotations.of_key(old.public):
        if (
            rotation.old == old.public
            and not rotation.closed
            and not records.by_public(rotation.new)
        ):
            records.rotations.enter(rotation.id, Phase.OUT)
            records.rotations.close(rotation.id)


def importers_of_leaving(records: Records, rotation: Rotation) -> list[KeyRecord]:
    """The accounts that import from the one that goes, and that `let_importers_over` changes."""
    staying = records.by_public(rotation.staying)
    if staying is None or not is_identity(staying):  # a signing key's own account names that
        return []
    return waiting(records, rotation.leaving, staying)


def let_importers_over(vault: Vault, rotation_id: int, *, successor: str = "") -> RotationOutcome:
    """Let the accounts that import from the one that goes import from the one that stays.

    Both stay in force. Where that was done before nothing is changed.
    """
    with vault.change() as records:
        rotation = _rotation_at(records, rotation_id, successor)
        staying, issuing = records.by_public(rotation.staying), Issuing(records)
        if staying is not None and importers_of_leaving(records, rotation):
            let_over(issuing, rotation.leaving, staying)
    return RotationOutcome(rotation, issuing.left)


def finish(vault: Vault, rotation_id: int, *, successor: str = "") -> RotationOutcome:
    """Take the old key out: revoked, or retired where configurations list it.

    Where that was done before and still holds, nothing is changed; where it was undone, the same
    for the new key. Raises `UsageError` where nobody here can sign.
    """
    with vault.change() as records:
        return _finish(records, _rotation_at(records, rotation_id, successor))


def undo(vault: Vault, rotation_id: int, *, successor: str = "") -> RotationOutcome:
    """Take the new key out, and let the old one be what it was. Raises `UsageError`."""
    with vault.change() as records:
        rotation = _rotation_at(records, rotation_id, successor)
        old = old_to_come_back(records, rotation)
        issuing = Issuing(records)
        new = records.by_public(rotation.new)
        if new is not None and new.name == rotation.name:
            records.rename(new.id, free_name(records, f"{new.name}-undone", new.parent))
        if rotation.name not in names_beneath(records, old.parent):
            records.rename(old.id, rotation.name)  # before its JWT is signed: roles go by names
        if is_out(records, old):
            take_back(records, issuing, records.get(old.id), like=new)
        if new is not None and is_identity(new):
            # Before users come home, who are signed later than what is revoked.
            revoke_likewise(records, issuing, new, old, users=True)
            take_over(records, issuing, new, old)
            if rotation.manner in _TRUSTING:
                name_signing_keys_elsewhere(records, issuing, new, old)
            take_over_revoked(records, issuing, new, old)
        if is_identity(old):
            let_over(issuing, rotation.new, old)
        if new is not None and not is_out(records, records.get(new.id)):
            take_out(records, issuing, records.get(new.id), instead=old.public)
        rotation = records.rotations.enter(rotation.id, Phase.UNDONE)
        records.history.note(What.ROTATION_UNDONE, old.public, f"{rotation.new} is out")
    return RotationOutcome(rotation, issuing.left)


def close(vault: Vault, rotation_id: int, *, successor: str = "") -> Rotation:
    """Note, on a person's word, that nothing is open any more. Raises `UsageError` while both
    keys are in force."""
    with vault.change() as records:
        rotation = _rotation_at(records, rotation_id, successor)
        if rotation.phase is Phase.BOTH:
            raise StateRefusesError("Both keys are in force: the old one is not out yet.")
        records.rotations.close(rotation_id)
        records.history.note(What.ROTATION_CLOSED, rotation.leaving, ON_WORD)
        return records.rotations.get(rotation_id)


def _rotation_at(records: Records, rotation_id: int, successor: str) -> Rotation:
    """Read a rotation; only the one to the `successor`, where that is given."""
    rotation = records.rotations.get(rotation_id)
    if successor and rotation.new != successor:  # after a restore another one may have the id
        raise NoSuchKeyError("That rotation is no longer in this vault.")
    return rotation


def under_way(records: Records, ref: str) -> Rotation:
    """The rotation that goes on for a key, by the old or the new one; else its last one.

    Raises `UsageError` where the key was never rotated, and what `Records.find` raises.
    """
    try:
        public = records.find(ref).public
    except NoSuchKeyError:
        public = ref  # one that was deleted, by its public key
        if not records.rotations.of_key(public):
            raise
    rotation = rotation_of(records, public)
    if rotation is None:
        begins = command("rotate", ref, ("--as", "planned"))
        raise StateRefusesError(f"No rotation of {ref} was begun. `" + begins + "` begins one.")
    return rotation


def rotation_of(records: Records, public: str) -> Rotation | None:
    """The rotation that goes on for a key, the old or the new one; else its last; else None."""
    rotations = records.rotations.of_key(public)
    both = [one for one in rotations if one.phase is Phase.BOTH]
    still_open = [one for one in rotations if not one.closed]
    return next(iter(both or still_open or rotations), None)


def can_be_undone(records: Records, rotation: Rotation) -> bool:
    """Whether `undo` leads back."""
    try:
        old_to_come_back(records, rotation)
    except UsageError:
        return False
    return True


def _finish(records: Records, rotation: Rotation, manner: Manner | None = None) -> RotationOutcome:
    """Take the key out that goes; with a `manner` the rotation is of that one from now on."""
    issuing = Issuing(records)
    leaving = records.by_public(rotation.leaving)
    gone = records.by_public(rotation.staying) is None
    if gone and leaving is not None and rotation.phase is Phase.BOTH and manner is None:
        undo = command("rotate", leaving.path, ("--undo",))
        raise StateRefusesError(
            f"The new key was deleted here, so nothing would be left in place of {leaving.path}. "
            "Let that be what it was: " + undo
        )
    goes = leaving is not None and not is_out(records, leaving)
    staying = records.by_public(rotation.staying)
    if staying is not None and is_identity(staying) and (goes or rotation.phase is Phase.BOTH):
        let_over(issuing, rotation.leaving, staying)
    if leaving is not None and goes:
        if staying is not None and is_identity(leaving):
            take_over(records, issuing, leaving, staying)  # what came to it meanwhile
            if (manner or rotation.manner) in _TRUSTING:
                name_signing_keys_elsewhere(records, issuing, leaving, staying)
        detail = str(manner or rotation.manner)
        if is_of_system_account(records, rotation) and records.rotations.is_proved(rotation):
            detail += f"; {SYSTEM_ACCOUNT_NAMED}"
        take_out(records, issuing, leaving, instead=rotation.staying)
        records.history.note(What.ROTATION_OLD_OUT, leaving.public, detail)
    if goes or rotation.phase is Phase.BOTH:
        phase = Phase.OUT if rotation.phase is Phase.BOTH else rotation.phase
        rotation = records.rotations.enter(rotation.id, phase, manner)
    return RotationOutcome(rotation, issuing.left)


def old_to_come_back(records: Records, rotation: Rotation) -> KeyRecord:
    """The old key, where a rotation can be undone. Raises `UsageError` where it cannot."""
    old = records.by_public(rotation.old)
    if old is None:
        raise StateRefusesError("The old key was deleted, so this rotation cannot be undone.")
    if rotation.phase is Phase.UNDONE:
        raise StateRefusesError(f"That was undone before: {old.path} is in its place again.")
    if rotation.manner is Manner.LOST:
        raise StateRefusesError(
            f"The seed of {old.path} is lost: nothing can be signed by it again."
        )
    if rotation.phase is Phase.OUT and rotation.manner is not Manner.PLANNED:
        raise StateRefusesError(_out_for_good(records, old, rotation.manner))
    return old


def _out_for_good(records: Records, old: KeyRecord, manner: Manner) -> str:
    """Say that a key which somebody else has is not let in again by undoing its rotation."""
    why = "leaked" if manner is Manner.LEAKED else "was handed over"
    sentence = (
        f"{old.path} {why}, so its rotation is not undone: whoever else has it would come in again."
    )
    if is_signed(records, old):
        return f"{sentence} If that is meant, let it in by itself: " + command("allow", old.path)
    if is_identity(old) or old.signing:
        return f"{sentence} Rotate the new one where something is wrong with that."
    use = command("retire", old.path, ("--undo",))
    return f"{sentence} If that is meant, put it on the lists again by itself: " + use
