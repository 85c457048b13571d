"""The open steps that rotations of several kinds of key have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wallet.nats.claims import content as fields
from wallet.nats.config.writer import HOW_WITHOUT_PUSH
from wallet.nats.nkeys import Kind
from wallet.shell import command, joined
from wallet.tasks.deployment.deliveries import push_to_servers
from wallet.tasks.deployment.ways_there import configuration_command
from wallet.tasks.rotation.force import is_out
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.rotations import Phase, Rotation
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records

_HANDED_OUT = {
    what.value for what in (What.EXPORTED, What.CREDS_COPIED, What.SEED_COPIED, What.SEED_SHOWN)
}

_ON_MY_WORD = (("--finish",), ("--on-my-word",))

_TO_HOLDERS = "Whoever holds the seed of each gets its new JWT, and puts it into the creds there"

ON_WORD = "on a person's word"
"""Noted in the history where a person says that nothing is open of a rotation any more."""


@dataclass(frozen=True, slots=True)
class RotationStep:
    """One thing that is open: a code for programs, why it is, and what to do."""

    code: str
    why: str
    fix: str

    def to_json(self) -> dict[str, str]:
        """The code, reason and remedy, as one of the `open` steps of `rotations --json`."""
        return {"code": self.code, "why": self.why, "fix": self.fix}


def _in_force_again(leaving: KeyRecord) -> RotationStep:
    """The step for a key that was out and is in force, by another change or older contents."""
    return RotationStep(
        "finish",
        f"{leaving.path} was to be out, and is in force here again.",
        "Take it out: " + command("rotate", leaving.public, ("--finish",)),
    )


def _missing(records: Records, rotation: Rotation, leaving: KeyRecord | None) -> RotationStep:
    """The key that was to stay was deleted, or these are contents from before it was made."""
    why = f"{rotation.staying}, which was to take its place, is not in this vault."
    if leaving is None or is_out(records, leaving):
        fix = "Bring it in from a newer save (" + command("backups") + "), or make one: "
        fix += command("new") + ". If none is to take its place: "
        fix += command("rotate", rotation.leaving, *_ON_MY_WORD)
        return RotationStep("missing", why, fix)
    again = command("rotate", leaving.public, ("--as", "leaked"))
    fix = "Bring it in from a newer save (" + command("backups") + "), or let a new one take it: "
    fix += again
    return RotationStep("missing", why, fix)


def back_or_missing(
    records: Records, rotation: Rotation, leaving: KeyRecord | None, staying: KeyRecord | None
) -> list[RotationStep]:
    """The steps for a key that is in force again once it is to be out, and for one that is gone."""
    if rotation.phase is Phase.BOTH:
        return []
    steps: list[RotationStep] = []
    if leaving is not None and not is_out(records, leaving):
        steps.append(_in_force_again(leaving))
    if staying is None:
        steps.append(_missing(records, rotation, leaving))
    return steps


def to_finish(
    rotation: Rotation, leaving: KeyRecord | None, staying: KeyRecord | None
) -> RotationStep:
    """While both are in force: that the old one goes is what is to come."""
    finish = command("rotate", staying.path if staying else rotation.old, ("--finish",))
    if leaving is None:
        return RotationStep("finish", "The old key was deleted here.", "It is out: " + finish)
    if staying is None:
        undo = command("rotate", leaving.path, ("--undo",))
        why = "The new key was deleted here."
        return RotationStep("finish", why, "Let the old one be what it was: " + undo)
    why, fix = f"{leaving.path} still works.", "Once nothing uses it any more, take it out: "
    return RotationStep("finish", why, fix + finish)


def how_a_jwt_arrives(records: Records, owner: KeyRecord) -> str:
    """Tell what to do for servers to get the JWT of an operator or account."""
    if owner.kind is Kind.OPERATOR:
        push = push_to_servers(records, accounts_of(records, owner))
        return into_each_configuration(records, owner) + "; then " + push
    return push_to_servers(records, [owner]) + f"; or {HOW_WITHOUT_PUSH}"


def into_each_configuration(records: Records, operator: KeyRecord) -> str:
    """Tell how servers come to trust an operator as it is now, their resolver as it was."""
    whole = configuration_command(records, operator)
    return whole + ", into each server's configuration, and restart them"


def accounts_of(records: Records, operator: KeyRecord) -> list[KeyRecord]:
    """The accounts of an operator that have a JWT."""
    return [account for account in records.beneath(operator.id) if account.has_jwt]


def push_proofs(records: Records, rotation: Rotation, owner: KeyRecord) -> list[RotationStep]:
    """Servers take nothing from a signing key once they show the JWT that names it no longer; that
    of an operator they have from their configuration."""
    accounts = accounts_of(records, owner) if owner.kind is Kind.OPERATOR else [owner]
    addresses, proved = records.rotations.servers(rotation), records.rotations.proved(rotation.id)
    if not addresses and not proved:
        why = f"It is not proved that any server goes by the JWT of {owner.path} of now."
        return [RotationStep("prove", why, push_to_servers(records, accounts))]
    return [
        RotationStep(
            "prove",
            f"It is not proved that {url} goes by the JWT of {owner.path} of now.",
            command("push", owner.path, ("--server", url)),
        )
        for url in addresses
        if url not in proved
    ]


def on_your_word(rotation: Rotation) -> str:
    """Tell what to do where nothing can prove that the old key is out."""
    return "Look yourself, then: " + command("rotate", rotation.leaving, *_ON_MY_WORD)


def hand_out_creds(
    records: Records, rotation: Rotation, users: Iterable[KeyRecord]
) -> list[RotationStep]:
    """The users that were signed anew need their new creds; without a seed here, the JWT alone."""
    done = exported_since(records, rotation)
    # Who is to be out, and is in force by a merge or an older save, gets none.
    done |= {one.leaving for one in records.rotations.open() if one.phase is not Phase.BOTH}
    lacking = [user for user in users if user.public not in done]
    # `jwt`, which prints for who holds a seed elsewhere, takes the mark and is not in the history.
    elsewhere = [user.path for user in lacking if not user.has_seed and user.unwritten]
    here = [user.path for user in lacking if user.has_seed]
    steps = []
    if here:
        why = f"These were signed anew, and need new creds: {fields.few(here)}."
        fix = command("export", *here[:20], ("--as", "creds"), ("--to", "DIRECTORY"))
        steps.append(RotationStep("hand-out", why, fix))
    if elsewhere:
        why = f"These were signed anew, and their seeds are not here: {fields.few(elsewhere)}."
        jwts = joined(command("jwt", path) for path in elsewhere[:20])
        steps.append(RotationStep("hand-out", why, f"{_TO_HOLDERS}: " + jwts))
    return steps


def exported_since(records: Records, rotation: Rotation) -> set[str]:
    """The keys whose seed or creds were exported or copied since a rotation came to its phase, or
    of which a person said since that nothing is open."""
    began = {What.ROTATION_BEGUN.value}
    if rotation.phase is Phase.UNDONE:
        began.add(What.ROTATION_UNDONE.value)
    closed_on_word = (What.ROTATION_CLOSED.value, rotation.leaving, ON_WORD)
    exported: set[str] = set()
    for event in records.history.events():  # by their order: several may be of one second
        if event.public == rotation.old and event.what in began and rotation.new in event.detail:
            exported.clear()
        elif (event.what, event.public, event.detail) == closed_on_word:
            exported.update((rotation.old, rotation.new, *_signed_beside(records, rotation)))
        elif event.what in _HANDED_OUT:
            exported.update(event.publics)
    return exported


def _signed_beside(records: Records, rotation: Rotation) -> list[str]:
    """The public keys of the users that a rotation of their account's signing key signed anew."""
    key = records.by_public(rotation.staying)
    if key is None or not key.signing or key.parent is None:
        return []
    return [user.public for user in records.beneath(key.parent)]
