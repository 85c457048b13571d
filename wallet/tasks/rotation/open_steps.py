"""The open steps of rotations, and the texts to deploy."""

from __future__ import annotations

from wallet.nats.claims import content as fields
from wallet.nats.claims.shared_subjects import EXPORTS, entries, is_private
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.tasks.rotation.common_steps import (
    RotationStep,
    back_or_missing,
    exported_since,
    hand_out_creds,
    how_a_jwt_arrives,
    on_your_word,
    push_proofs,
    to_finish,
)
from wallet.tasks.rotation.force import above, account_that_revokes, is_identity, is_out, is_signed
from wallet.tasks.rotation.identity_steps import identity_steps
from wallet.text import plain
from wallet.vault.db.parts.rotations import Phase, Rotation
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


def to_json(records: Records, rotation: Rotation) -> dict[str, object]:
    """The keys of a rotation and the steps still open, as an object of `rotations --json`."""
    return {
        "path": path_of(records, rotation),
        "old": rotation.old,
        "new": rotation.new,
        "as": rotation.manner.value,
        "phase": rotation.phase.value,
        "to": rotation.recipient,
        "lacking": lacking(records, rotation),
        "open": [step.to_json() for step in open_steps(records, rotation)],
    }


def state_of(records: Records, rotation: Rotation) -> str:
    """Tell in a few words how far a rotation has come."""
    if rotation.closed and not open_steps(records, rotation):
        return "done"
    return {
        Phase.BOTH: "both keys work",
        Phase.OUT: "the old key is out",
        Phase.UNDONE: "undone, the new key is out",
    }[rotation.phase]


def lacking(records: Records, rotation: Rotation) -> list[str]:
    """The addresses of the servers that are known and not proved to go by a rotation; of a closed
    one none.

    While both keys of a user are in force nothing is to be proved.
    """
    key = records.by_public(rotation.staying) or records.by_public(rotation.leaving)
    if rotation.closed or key is None:
        return []
    if rotation.phase is Phase.BOTH and not (key.signing or is_identity(key)):
        return []
    proved = records.rotations.proved(rotation.id)
    return [url for url in records.rotations.servers(rotation) if url not in proved]


def path_of(records: Records, rotation: Rotation) -> str:
    """The path of the key that stays; the name of before where both are gone."""
    for public in (rotation.staying, rotation.leaving):
        record = records.by_public(public)
        if record is not None:
            return record.path
    return rotation.name


def going_on(records: Records) -> list[Rotation]:
    """The rotations with something open, the oldest first."""
    unwritten = [one for one in records.rotations.unwritten() if open_steps(records, one)]
    return sorted((*records.rotations.open(), *unwritten), key=lambda one: one.id)


def open_steps(records: Records, rotation: Rotation) -> list[RotationStep]:
    """The open steps of a rotation, in the order to do them.

    Of one that is closed, that nobody has the new creds yet: servers prove nothing of that.
    """
    if rotation.closed:
        unwritten = {one.id for one in records.rotations.unwritten()}
        key = records.by_public(rotation.staying) if rotation.id in unwritten else None
        return [] if key is None else _hand_out(records, rotation, key)
    leaving, staying = records.by_public(rotation.leaving), records.by_public(rotation.staying)
    if any(key is not None and is_identity(key) for key in (leaving, staying)):
        return identity_steps(records, rotation, leaving, staying)
    steps = back_or_missing(records, rotation, leaving, staying)
    if rotation.phase is not Phase.BOTH:
        steps += _deploy(records, rotation, leaving)
    elif staying is not None and not is_signed(records, staying):
        steps += _name_both(records, rotation, staying)
    if staying is not None:
        steps += _hand_out(records, rotation, staying)
        steps += _activations(records, rotation, staying)
    if rotation.phase is Phase.BOTH:
        steps.append(to_finish(rotation, leaving, staying))
    else:
        steps += _proofs(records, rotation, leaving, staying)
    return steps


def _hand_out(records: Records, rotation: Rotation, staying: KeyRecord) -> list[RotationStep]:
    """The steps until what somebody lacks was handed out: the key that stays, or what it signed."""
    if staying.signing:
        if staying.kind is not Kind.ACCOUNT:
            return []
        by_it = [
            user
            for user in records.beneath(staying.parent or 0)
            if (claims := records.tokens.claims(user.id)) is not None
            and claims.issuer.text == staying.public
            and (user.unwritten or not rotation.closed)
        ]
        return hand_out_creds(records, rotation, by_it)
    if _handed_out(records, rotation, staying) or is_out(records, staying):
        return []
    if not staying.has_seed:  # let in again by a new JWT, which whoever has the seed needs
        anew = rotation.phase is Phase.UNDONE and staying.kind is Kind.USER and staying.has_jwt
        return hand_out_creds(records, rotation, [staying]) if anew else []
    form, ending = ("creds", ".creds") if staying.has_jwt else ("nk", ".nk")
    why = f"What uses {staying.path} needs the key: it was not exported or copied yet."
    if rotation.recipient:
        why = f"{rotation.recipient} needs the key of {staying.path}: it was not exported yet."
    to = f"{staying.name}{ending}"
    fix = command("export", staying.path, ("--as", form), ("--to", to))
    return [RotationStep("hand-out", why, fix)]


def _activations(records: Records, rotation: Rotation, staying: KeyRecord) -> list[RotationStep]:
    """Tell of activations for accounts that are not here: nobody here can sign those anew."""
    owner = above(records, staying)
    if not staying.signing or staying.kind is not Kind.ACCOUNT or owner is None:
        return []
    claims = records.tokens.claims(owner.id)
    exported = entries(claims.nats, EXPORTS) if claims else []
    private = [plain(str(one.get("subject")), 60) for one in exported if is_private(one)]
    if not private:
        return []
    are = "will be refused once it is out" if rotation.phase is Phase.BOTH else "are refused"
    why = (
        f"Activations that {rotation.leaving} signed for accounts elsewhere {are}; {owner.path} "
        f"exports by activation: {fields.few(private)}."
    )
    activate = command("exports", owner.path, "activate", private[0], "IMPORTER")
    fix = activate + "; for each account that got one, which puts it into its import"
    return [RotationStep("share", why, fix)]


def _name_both(records: Records, rotation: Rotation, staying: KeyRecord) -> list[RotationStep]:
    """Ask that servers know the new key beside the old one, until a test saw that one does."""
    owner = above(records, staying)
    if staying.signing and owner is not None:
        if not _is_to_deploy(records, rotation, staying, owner):
            return []
        why = f"Servers refuse what {staying.path} signed until they have the JWT of {owner.path}."
        return [RotationStep("deploy", why, how_a_jwt_arrives(records, owner))]
    if staying.kind is not Kind.USER:
        why = f"What names {rotation.old} has to name {rotation.new} beside it, or use it."
        return [RotationStep("deploy", why, "Change it there: the wallet cannot see where.")]
    if any(result.ok for result in records.results.of_key(staying.public)):
        return []
    why = (
        f"Servers let {staying.path} in once their configuration lists {rotation.new} beside "
        f"{rotation.old}."
    )
    servers = records.rotations.servers(rotation) or ["URL"]
    test = command("test", staying.path, *(("--server", url) for url in servers))
    fix = _configuration_of(records, staying) + "; reload the servers, then " + test
    return [RotationStep("deploy", why, fix)]


def _deploy(records: Records, rotation: Rotation, leaving: KeyRecord | None) -> list[RotationStep]:
    key = leaving or records.by_public(rotation.staying)
    if key is None:
        return []
    name = key.path if key is leaving else rotation.leaving
    owner = above(records, key)
    if owner is not None and (key.signing or is_signed(records, key)):
        if not _is_to_deploy(records, rotation, key, owner):
            return []
        takes = f"take what {name} signs" if key.signing else f"let {name} in"
        why = f"Servers {takes} until they have the JWT of {owner.path} of now."
        return [RotationStep("deploy", why, how_a_jwt_arrives(records, owner))]
    if key.kind is not Kind.USER:
        why = f"What names {name} has to leave it out."
        return [RotationStep("deploy", why, "Change it there: the wallet cannot see where.")]
    why = f"Servers let {name} in until their configuration leaves it out."
    return [RotationStep("deploy", why, _configuration_of(records, key) + "; reload the servers")]


def _is_to_deploy(records: Records, rotation: Rotation, key: KeyRecord, owner: KeyRecord) -> bool:
    """Whether servers that are known may lack the JWT that says how it stands with a key."""
    if records.rotations.is_proved(rotation):
        return False
    if owner.kind is Kind.OPERATOR:  # which no push brings
        return True
    return key.unproved if key.revoked else owner.unproved


def _configuration_of(records: Records, key: KeyRecord) -> str:
    account = above(records, key)
    if account is None:
        return command("config", ("--for", "server"))
    return command("config", account.path, ("--for", "server"), ("--accounts",))


def _proofs(
    records: Records, rotation: Rotation, leaving: KeyRecord | None, staying: KeyRecord | None
) -> list[RotationStep]:
    """A step for each server that was tested and at which no test has proved the refusal."""
    owner = None if leaving is None else above(records, leaving)
    if leaving is not None and leaving.signing and owner:
        return push_proofs(records, rotation, owner)
    if leaving is not None and leaving.kind is not Kind.USER:
        why = f"No test can prove that nothing trusts {leaving.path} any more."
        return [RotationStep("prove", why, on_your_word(rotation))]
    account = account_that_revokes(records, rotation)
    if account is not None and (leaving is None or not leaving.has_seed):
        return push_proofs(records, rotation, account)  # which names it, whoever has its seed
    if leaving is None or not leaving.has_seed:
        why = f"No test can prove that servers refuse {rotation.leaving}: its seed is not here."
        return [RotationStep("prove", why, on_your_word(rotation))]
    addresses, proved = records.rotations.servers(rotation), records.rotations.proved(rotation.id)
    in_force = _in_force(records, staying)
    beside = [("--beside", in_force.path)] if in_force is not None and in_force.has_seed else []
    expected = [("--expect", "refused"), *beside]
    if not addresses and not proved:
        why = f"No server is known, by a test or a push, to refuse {leaving.path}."
        fix = command("test", leaving.path, ("--server", "URL"), *expected)
        return [RotationStep("prove", why, fix)]
    return [
        RotationStep(
            "prove",
            f"It is not proved that {url} refuses {leaving.path}.",
            command("test", leaving.path, ("--server", url), *expected),
        )
        for url in addresses
        if url not in proved
    ]


def _in_force(records: Records, key: KeyRecord | None) -> KeyRecord | None:
    """A key, or where it was rotated out itself, the one in force that took its place since."""
    passed: set[str] = set()
    while key is not None and is_out(records, key) and key.public not in passed:
        passed.add(key.public)
        rotations = records.rotations.of_key(key.public)
        later = next((one for one in rotations if one.leaving == key.public), None)
        key = None if later is None else records.by_public(later.staying)
    return key if key is not None and not is_out(records, key) else None


def _handed_out(records: Records, rotation: Rotation, staying: KeyRecord) -> bool:
    """Whether the key that stays needs no handing out any more."""
    if rotation.phase is Phase.UNDONE:
        own = records.tokens.claims(staying.id)
        signed_since = own is not None and (own.issued or 0) >= rotation.begun.timestamp()
        if not signed_since:
            return True
    return staying.public in exported_since(records, rotation)


def summary(records: Records) -> str:
    """Tell in one line, for the start, what is open of rotations; empty for nothing."""
    rotations = going_on(records)
    again = [
        leaving.path
        for one in rotations
        if one.phase is Phase.OUT
        and (leaving := records.by_public(one.leaving)) is not None
        and not is_out(records, leaving)
    ]
    if again:
        return (
            f"Rotated out, and in force here again: {fields.few(again)}. ‹rotate› on the key "
            "goes on."
        )
    if not rotations:
        return ""
    paths = [path_of(records, one) for one in rotations]
    return f"Rotations with something open: {fields.few(paths)}. ‹rotate› on the key goes on."
