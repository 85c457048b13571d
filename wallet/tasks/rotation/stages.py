"""Rotation: another key takes the place of one, in steps that each are one change of the vault.

How far it has come is kept in the vault (`records.rotations`), so that a rotation that was
interrupted goes on in any other process. No step deletes a seed. What is still to be done is
told by `wallet.tasks.rotation.open_steps`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from wallet.errors import NoSuchKeyError, UsageError
from wallet.nats.claims import content as fields
from wallet.nats.nkeys import Kind, Seed
from wallet.shell import command
from wallet.tasks.rotation.identity_keys import why_not
from wallet.tasks.rotation.open_steps import above, is_out, is_signed, path_of, scope_of
from wallet.vault.db.history import What
from wallet.vault.db.rotations import Manner, Phase, Rotation
from wallet.vault.key_record import NAME_LENGTH, PARENTS, KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import signers
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class RotationOutcome:
    """A rotation after one step; `left` are keys whose JWT is not as it should be, and why."""

    rotation: Rotation
    left: dict[str, str] = field(default_factory=dict)


def require_rotatable(records: Records, old: KeyRecord, manner: Manner) -> None:
    """Raise `UsageError` for a key that cannot be rotated in this manner, with the way there is."""
    if old.kind in PARENTS.values() and not old.signing:
        raise UsageError(" ".join(why_not(records, old)))
    if manner is Manner.LOST:
        raise UsageError(
            f"{old.path} is a {old.role} key. Lost are seeds of operators and accounts; another "
            "whose seed is gone is rotated as planned, or as leaked where somebody may have it."
        )
    if is_out(records, old):
        word = "not named in its owner's JWT" if old.signing else old.status
        word = "revoked" if word == "active" else word
        raise UsageError(
            f"{old.path} is {word}: it is out already, and no key has to take its place. Make "
            "another with `nkey-wallet new` where one is needed."
        )
    if old.status == "retired" and manner is not Manner.LEAKED:
        out = command("rotate", old.path, ("--as", "leaked"))
        if is_signed(records, old):
            out = command("revoke", old.path)
        raise UsageError(
            f"{old.path} is retired here, so no key has to take its place; but servers take it "
            f"still. To take it out: {out}"
        )
    rotation = _both_in_force(records, old)
    if rotation is not None and not (manner is Manner.LEAKED and rotation.old == old.public):
        raise UsageError(_is_under_way(records, rotation))
    _require_known(records, old)


def begin(vault: Vault, key_id: int, manner: Manner, recipient: str = "") -> RotationOutcome:
    """Let a new key take the name and all else of one, which keeps working; or not, if leaked.

    One that leaks while it is rotated out goes out at once. Raises what `require_rotatable`
    raises, and `UsageError` where nobody here can sign.
    """
    with vault.change() as records:
        old = records.get(key_id)
        require_rotatable(records, old, manner)
        begun = _both_in_force(records, old)
        if begun is not None:
            return _finish(records, begun, manner)
        issuing = Issuing(records)
        records.rename(old.id, _free_name(records, f"{old.name}-old", old.parent))
        new = _signing_successor(records, issuing, old) if old.signing else None
        new = new or _successor(records, issuing, old)
        phase = Phase.BOTH
        if manner is Manner.LEAKED:
            _take_out(records, issuing, records.get(old.id), instead=new.public)
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


def finish(vault: Vault, rotation_id: int) -> RotationOutcome:
    """Take the old key out: revoked, or retired where configurations list it.

    Where that was done before and still holds, nothing is changed; where it was undone, the same
    for the new key. Raises `UsageError` where nobody here can sign.
    """
    with vault.change() as records:
        return _finish(records, records.rotations.get(rotation_id))


def undo(vault: Vault, rotation_id: int) -> RotationOutcome:
    """Take the new key out, and let the old one be what it was. Raises `UsageError`."""
    with vault.change() as records:
        rotation = records.rotations.get(rotation_id)
        old = _old_to_come_back(records, rotation)
        issuing = Issuing(records)
        new = records.by_public(rotation.new)
        if new is not None and new.name == rotation.name:
            records.rename(new.id, _free_name(records, f"{new.name}-undone", new.parent))
        if rotation.name not in _names(records, old.parent):
            records.rename(old.id, rotation.name)  # before its JWT is signed: roles go by names
        if is_out(records, old):
            _take_back(records, issuing, records.get(old.id), like=new)
        if new is not None and not is_out(records, records.get(new.id)):
            _take_out(records, issuing, records.get(new.id), instead=old.public)
        rotation = records.rotations.enter(rotation.id, Phase.UNDONE)
        records.history.note(What.ROTATION_UNDONE, old.public, f"{rotation.new} is out")
    return RotationOutcome(rotation, issuing.left)


def close(vault: Vault, rotation_id: int) -> Rotation:
    """Note, on a person's word, that nothing is open any more. Raises `UsageError` while both
    keys are in force."""
    with vault.change() as records:
        rotation = records.rotations.get(rotation_id)
        if rotation.phase is Phase.BOTH:
            raise UsageError("Both keys are in force: the old one is not out yet.")
        records.rotations.close(rotation_id)
        records.history.note(What.ROTATION_CLOSED, rotation.leaving, "on a person's word")
        return records.rotations.get(rotation_id)


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
    known = rotation_of(records, public)
    if known is None:
        begins = command("rotate", ref, ("--as", "planned"))
        raise UsageError(f"No rotation of {ref} was begun. `{begins}` begins one.")
    return known


def rotation_of(records: Records, public: str) -> Rotation | None:
    """The rotation that goes on for a key, by the old or the new one; else its last; else None."""
    known = records.rotations.of_key(public)
    both = [one for one in known if one.phase is Phase.BOTH]
    still_open = [one for one in known if not one.closed]
    return next(iter(both or still_open or known), None)


def can_be_undone(records: Records, rotation: Rotation) -> bool:
    """Whether `undo` leads back."""
    try:
        _old_to_come_back(records, rotation)
    except UsageError:
        return False
    return True


def announcement(records: Records, old: KeyRecord, manner: Manner) -> list[str]:
    """What a rotation will change, and where: sentences for before it."""
    leaked = manner is Manner.LEAKED
    out, now = _words_of(records, old)
    like = "tags and notes"
    if old.kind is Kind.USER:
        like = f"permissions, {like}"
        if is_signed(records, old):
            life = ", and as long a life" if old.expires else ""
            like += f", the role or key that signs it{life}"
    elif old.signing and old.kind is Kind.ACCOUNT:
        like = f"role, {like}"
    lines = [f"A new key takes the name {old.path}, with the same {like}."]
    if old.signing:
        lines.append(f"{_signed_by(records, old)} signed anew by it.")
    if leaked:
        lines.append(f"{old.public} is out at once: {out}.")
        lines.append("What uses it is shut out until it has the new key.")
    else:
        name = _free_name(records, f"{old.name}-old", old.parent)
        lines.append(f"{old.public} works on, as {name}, until you take it out; then it is {out}.")
        lines.append(now)
    return lines


def _words_of(records: Records, old: KeyRecord) -> tuple[str, str]:
    """What it means that a key is out, and what has to be deployed while both work."""
    owner = above(records, old)
    if old.signing and owner is not None:
        where = f"the JWT of {owner.path}"
        then = f"Servers need {where} with both keys first; then what it signed is handed out."
        return f"named no longer in {where}, which every server then has to get", then
    if is_signed(records, old) and owner is not None:
        out = f"revoked in the JWT of {owner.path}, which every server then has to get"
        return out, "Servers need nothing new now; programs get new creds."
    if old.kind is Kind.USER:
        out = "retired, and every server's configuration then has to leave it out"
        return out, "Servers' configurations list both until then."
    return "retired, and nothing may name it any more", "Whatever names it has to name both."


def _signed_by(records: Records, key: KeyRecord) -> str:
    signed = [
        record.path
        for record in records.beneath(key.parent or 0)
        if (claims := records.tokens.claims(record.id)) and claims.issuer.text == key.public
    ]
    if not signed:
        return "Nothing that it signed is here, so nothing is"
    return f"{fields.few(signed)} {'is' if len(signed) == 1 else 'are'}"


def _finish(records: Records, rotation: Rotation, manner: Manner | None = None) -> RotationOutcome:
    """Take the key out that goes; with a `manner` the rotation is of that one from now on."""
    issuing = Issuing(records)
    leaving = records.by_public(rotation.leaving)
    gone = records.by_public(rotation.staying) is None
    if gone and leaving is not None and rotation.phase is Phase.BOTH and manner is None:
        undo = command("rotate", leaving.path, ("--undo",))
        raise UsageError(
            f"The new key was deleted here, so nothing would be left in place of {leaving.path}. "
            f"Let that be what it was: {undo}"
        )
    goes = leaving is not None and not is_out(records, leaving)
    if leaving is not None and goes:
        _take_out(records, issuing, leaving, instead=rotation.staying)
        detail = str(manner or rotation.manner)
        records.history.note(What.ROTATION_OLD_OUT, leaving.public, detail)
    if goes or rotation.phase is Phase.BOTH:
        phase = Phase.OUT if rotation.phase is Phase.BOTH else rotation.phase
        rotation = records.rotations.enter(rotation.id, phase, manner)
    return RotationOutcome(rotation, issuing.left)


def _both_in_force(records: Records, key: KeyRecord) -> Rotation | None:
    """The rotation that a key is the old or the new one of while both work."""
    known = records.rotations.of_key(key.public)
    return next((one for one in known if one.phase is Phase.BOTH), None)


def _successor(records: Records, issuing: Issuing, old: KeyRecord) -> KeyRecord:
    """A new key like `old`, by its name of before."""
    own = records.tokens.claims(old.id)
    now = int(time.time())
    expires = begins = signer = None
    if own is not None:
        signer = _signer_like(records, old)
        if own.expires is not None:  # as long a life as the old one had, counted from now
            expires = now + max(own.expires - (own.issued or now), 1)
        begins = own.not_before if own.not_before and own.not_before > now else None
    with Seed.generate(old.kind) as seed:
        new = issuing.add(
            seed,
            name=old.name,
            under=old.parent,
            tags=old.tags,
            notes=old.notes,
            nats=issuing.claims(old.id),
            expires=expires,
            signer=signer,
        )
    if begins is not None:
        issuing.edit(new.id, issuing.claims(new.id), not_before=begins)
    if is_out(records, records.get(new.id)):  # everybody was revoked within this second
        issuing.allow_again(new.id)
    return records.get(new.id)


def _signing_successor(records: Records, issuing: Issuing, old: KeyRecord) -> KeyRecord:
    """A new signing key of the same owner and role, which signs anew what the old one signed."""
    with Seed.generate(old.kind) as seed:
        new = issuing.add_signing_key(
            old.parent or 0, seed, name=old.name, scope=scope_of(records, old)
        )
    records.set_tags(new.id, old.tags)
    records.set_notes(new.id, old.notes)
    issuing.sign_by(old.public, new.public)
    return records.get(new.id)


def _signer_like(records: Records, old: KeyRecord) -> str | None:
    """The key that signed a user's JWT, where it has to sign the next one too; None for any.

    Raises `UsageError` where a role's signing key is not here to sign.
    """
    account, own = above(records, old), records.tokens.claims(old.id)
    if account is None or own is None:
        return None
    issuer = own.issuer.text
    able = {signer.record.public for signer in signers(records, Kind.USER, account)}
    if issuer in able:
        return issuer
    claims = records.tokens.claims(account.id)
    if claims is not None and fields.scope_of(claims.nats, issuer) is not None:
        raise UsageError(
            f"{old.path} has its limits from the role of signing key {issuer}, and that one is "
            "not here to sign, or not in use. Bring in its seed, or give the user another signer."
        )
    return None


def _require_known(records: Records, old: KeyRecord) -> None:
    """A key of which nobody here knows what it may do gets no successor that may do anything."""
    own = records.tokens.claims(old.id)
    if own is not None and own.version == 1:
        raise UsageError(
            f"{old.path} has a JWT of version 1, which is not taken over. Say what it may with "
            "`nkey-wallet edit` first."
        )
    if own is None and is_signed(records, old):
        raise UsageError(
            f"The JWT of {old.path} is not here, so what its successor may do is not known. Bring "
            "it in with `nkey-wallet import`, or make a key with `nkey-wallet new` and revoke "
            "this one."
        )


def _take_out(records: Records, issuing: Issuing, key: KeyRecord, instead: str) -> None:
    """Take a key out of force: servers then need a new JWT of its owner, or a new list.

    What a signing key signed, the key `instead` signs anew first, or it would lose its role.
    """
    if key.signing:
        issuing.sign_by(key.public, instead)
        issuing.drop_signing_key(key.id)
        records.set_status(key.id, "retired")
    elif is_signed(records, key):
        issuing.revoke(key.id)
    else:
        records.set_status(key.id, "retired")


def _take_back(records: Records, issuing: Issuing, key: KeyRecord, like: KeyRecord | None) -> None:
    """Put a key that was taken out back into force; a signing key with the scope of `like`."""
    if key.status == "retired":
        records.set_status(key.id, "active")
    if key.signing:
        issuing.name_signing_key(key.id, scope_of(records, like))
    elif is_out(records, records.get(key.id)):
        issuing.allow_again(key.id)


def _old_to_come_back(records: Records, rotation: Rotation) -> KeyRecord:
    """The old key, where a rotation can be undone. Raises `UsageError` where it cannot."""
    old = records.by_public(rotation.old)
    if old is None:
        raise UsageError("The old key was deleted, so this rotation cannot be undone.")
    if rotation.phase is Phase.UNDONE:
        raise UsageError(f"That was undone before: {old.path} is in its place again.")
    if rotation.phase is Phase.OUT and rotation.manner is not Manner.PLANNED:
        raise UsageError(
            f"{old.path} went out for good ({rotation.manner}): whoever else has it would come in "
            f"again. If that is meant: {command('allow', old.path)}, or retire it no longer."
        )
    return old


def _is_under_way(records: Records, rotation: Rotation) -> str:
    path = path_of(records, rotation)
    return (
        f"A rotation of {path} is under way. Take the old key out with "
        f"`{command('rotate', path, ('--finish',))}`, or the new one with "
        f"`{command('rotate', path, ('--undo',))}`; then begin another."
    )


def _free_name(records: Records, wanted: str, parent: int | None) -> str:
    """`wanted`, or it with the next number behind it that no sibling has."""
    taken = _names(records, parent)
    number, name = 1, wanted[-NAME_LENGTH:]
    while name in taken:
        number += 1
        ending = f"-{number}"
        name = wanted[: NAME_LENGTH - len(ending)] + ending
    return name.strip()


def _names(records: Records, parent: int | None) -> set[str]:
    siblings: Iterable[KeyRecord]
    if parent is None:
        siblings = (record for record in records.all() if record.parent is None)
    else:
        siblings = [*records.beneath(parent), *records.signing_keys(parent)]
    return {record.name for record in siblings}
