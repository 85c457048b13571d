"""The changes that a rotation will make, told before it."""

from __future__ import annotations

from wallet.nats.claims import content as fields
from wallet.nats.nkeys import Kind
from wallet.tasks.rotation.force import above, is_identity, is_signed
from wallet.tasks.rotation.identities import signing_keys_elsewhere
from wallet.tasks.rotation.identity_keys import hanging_on, importing
from wallet.tasks.rotation.requirements import both_in_force
from wallet.tasks.rotation.successors import free_name
from wallet.text import an
from wallet.vault.db.parts.rotations import Manner
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


def announcement(records: Records, old: KeyRecord, manner: Manner) -> list[str]:
    """Tell, before a rotation, what it will change, and where; in sentences."""
    if is_identity(old) and both_in_force(records, old) is None:
        return _of_identity(records, old, manner)
    leaked = manner is Manner.LEAKED
    out, now = _words_of(records, old)
    begun = both_in_force(records, old)
    there = None if begun is None else records.by_public(begun.new)
    if there is not None:
        return [
            f"{_named(old)} is out at once: {out}.",
            f"Its place has {there.path}, which is there already: {there.public}.",
            "What uses the old key still is shut out until it has that one.",
        ]
    name = old.name if begun is None else begun.name
    path = f"{old.path.removesuffix(old.name)}{name}"
    like = "tags and notes"
    if old.kind is Kind.USER:
        like = f"permissions, {like}"
        if is_signed(records, old):
            life = ", and as long a life" if old.expires else ""
            like += f", the role or key that signs it{life}"
    elif old.signing and old.kind is Kind.ACCOUNT:
        like = f"role, {like}"
    lines = [f"A new key takes the name {path}, with the same {like}."]
    if old.signing:
        lines.append(f"{_signed_by(records, old)} signed anew by it.")
    if leaked:
        lines.append(f"{_named(old)} is out at once: {out}.")
        lines.append("What uses it is shut out until it has the new key.")
    else:
        aside = free_name(records, f"{old.name}-old", old.parent)
        lines.append(
            f"{_named(old)} works on, as {aside}, until you take it out; then it is {out}."
        )
        lines.append(now)
    return lines


def _named(old: KeyRecord) -> str:
    """The old key in a sentence: where it is rotated its name is the new one's."""
    return f"The old key, {old.public[:8]}…,"


def _of_identity(records: Records, old: KeyRecord, manner: Manner) -> list[str]:
    """Say what a new key of an account or operator means: to servers it is another one."""
    beneath = "users" if old.kind is Kind.ACCOUNT else "accounts"
    lines = [
        f"A new {old.kind.value} takes the name {old.path}. Servers know {an(old.kind.value)} by "
        f"its key: to them it is another one. It gets what the old one may do, signing keys like "
        f"its own, and its {beneath}, signed anew.",
        *hanging_on(records, old),
    ]
    elsewhere = list(signing_keys_elsewhere(records, old))
    if elsewhere and manner in {Manner.LEAKED, Manner.HANDOVER}:
        lines.append(
            "The new one does not name these signing keys, which are not here: whoever had its key "
            f"may have put them there. {fields.few(elsewhere)}."
        )
    out, now = _words_of(records, old)
    if manner is Manner.LEAKED:
        return [*lines, f"{_named(old)} is out at once: {out}."]
    aside = free_name(records, f"{old.name}-old", old.parent)
    lines.append(f"{_named(old)} works on, as {aside}, until you take it out; then it is {out}.")
    lines.append(now)
    if importing(records, old):
        lines.append(
            "These go on importing from the old one until you let them over to the new one, once "
            "its programs run with their new creds."
        )
    return lines


def _words_of(records: Records, old: KeyRecord) -> tuple[str, str]:
    """Tell what it means that a key is out, and what has to be deployed while both work."""
    owner = above(records, old)
    if old.kind is Kind.OPERATOR and not old.signing:
        out = "retired, and every server's configuration then has to leave it out"
        return out, "Servers' configurations have to name both until then."
    if is_identity(old):
        out = "shut by a JWT that lets nobody in, which every server then has to get"
        return out, "Servers need the JWT of the new one; programs get new creds."
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
