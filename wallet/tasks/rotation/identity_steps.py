"""The open steps where another account or operator takes the place of one."""

from __future__ import annotations

from wallet.nats.claims import content as fields
from wallet.nats.claims.revocations import revocations
from wallet.nats.config.writer import HOW_WITHOUT_PUSH, how_removed
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.tasks.deployment.deliveries import push_to_servers
from wallet.tasks.rotation.common_steps import (
    RotationStep,
    accounts_of,
    back_or_missing,
    hand_out_creds,
    how_a_jwt_arrives,
    into_each_configuration,
    on_your_word,
    push_proofs,
    to_finish,
)
from wallet.tasks.rotation.force import above, is_out
from wallet.tasks.rotation.identities import lost_imports, signing_keys_elsewhere
from wallet.tasks.rotation.identity_keys import may_store
from wallet.tasks.rotation.proofs import is_of_system_account, was_named_by_servers
from wallet.tasks.rotation.references import importers_to_push, naming_still, waiting
from wallet.vault.db.parts.rotations import Phase, Rotation
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records

_ACTIVATION = (
    "nkey-wallet exports EXPORTER activate SUBJECT IMPORTER, where the exporter can sign; then "
    "nkey-wallet imports IMPORTER add --activation FILE"
)


def identity_steps(
    records: Records, rotation: Rotation, leaving: KeyRecord | None, staying: KeyRecord | None
) -> list[RotationStep]:
    """The open steps, in the order to do them."""
    kind = next(key.kind for key in (leaving, staying) if key is not None)
    own = _of_operator if kind is Kind.OPERATOR else _of_account
    steps = back_or_missing(records, rotation, leaving, staying)
    if leaving is not None and staying is not None:
        steps += _left_behind(records, leaving, staying)
    return steps + own(records, rotation, leaving, staying)


def _left_behind(records: Records, leaving: KeyRecord, staying: KeyRecord) -> list[RotationStep]:
    """The keys that could not be signed anew, and would go out with the one that they hang on."""
    if leaving.kind is Kind.ACCOUNT and is_out(records, leaving):  # it revokes everybody now
        revoked_before = _revoked_before(records, leaving)
    else:
        revoked_before = {one.public for one in records.beneath(leaving.id) if one.revoked}
    paths = [
        record.path for record in records.beneath(leaving.id) if record.public not in revoked_before
    ]
    if not paths:
        return []
    why = f"These hang on {leaving.path} still, and are refused with it: {fields.few(paths)}."
    return [RotationStep("move", why, command("move", *paths[:20], staying.path))]


def _revoked_before(records: Records, account: KeyRecord) -> set[str]:
    """The users that a shut account revoked before it was shut."""
    claims, shut = records.tokens.claims(account.id), records.rotations.shut(account.public)
    named = revocations(claims.nats) if claims else {}
    everybody = shut.everybody if shut else -1
    return {
        user.public
        for user in records.beneath(account.id)
        if user.public in named
        or ((own := records.tokens.claims(user.id)) is not None and (own.issued or 0) <= everybody)
    }


def _of_account(
    records: Records, rotation: Rotation, leaving: KeyRecord | None, staying: KeyRecord | None
) -> list[RotationStep]:
    both = rotation.phase is Phase.BOTH
    steps = _system_account(records, rotation, leaving, staying)
    if staying is not None and (both or leaving is None):
        steps += _let_in(records, rotation, staying)
    if leaving is not None and not both:
        steps += _shut_out(records, rotation, leaving, staying)
    if staying is not None:
        users = [user for user in records.beneath(staying.id) if user.has_jwt and not user.revoked]
        steps += hand_out_creds(records, rotation, users)
    if staying is not None:
        steps += _imports(records, rotation, staying)
    if leaving is not None and staying is not None:
        steps += _shared(records, leaving, staying)
        if may_store(records, leaving) and rotation.phase is not Phase.UNDONE:
            steps.append(_data(leaving, staying))
    if both:
        return [*steps, to_finish(rotation, leaving, staying)]
    if leaving is not None:
        steps += push_proofs(records, rotation, leaving)
    return [*steps, _lives_on(rotation, leaving)]


def _let_in(records: Records, rotation: Rotation, staying: KeyRecord) -> list[RotationStep]:
    """The step until a push has seen that servers know the new account. That is pushed alone: what
    imports from the old one finds nobody at the new one before programs have new creds."""
    if not staying.unproved or records.rotations.is_proved(rotation):
        return []
    why = f"Servers refuse the users of {staying.path} until they have its JWT."
    return [RotationStep("deploy", why, how_a_jwt_arrives(records, staying))]


def _shut_out(
    records: Records, rotation: Rotation, leaving: KeyRecord, staying: KeyRecord | None
) -> list[RotationStep]:
    """The step until a push saw that servers have the old account's JWT, which lets nobody in."""
    if not leaving.unproved or records.rotations.is_proved(rotation):
        return []
    stay = [staying] if staying is not None and staying.unproved else []
    accounts = [leaving, *stay, *importers_to_push(records, staying)]
    why = f"Servers let users of {leaving.path} in until they have its JWT of now."
    fix = push_to_servers(records, accounts) + f"; or {HOW_WITHOUT_PUSH}"
    return [RotationStep("deploy", why, fix)]


def _imports(records: Records, rotation: Rotation, staying: KeyRecord) -> list[RotationStep]:
    """The steps for accounts that import: they change over once programs have new creds."""
    leaving = records.by_public(rotation.leaving)
    old = rotation.leaving if leaving is None else leaving.path
    if still := waiting(records, rotation.leaving, staying):
        names = fields.few([account.path for account in still])
        why = (
            f"These import from {old}: {names}. Let them import from {staying.path} once "
            "its programs run with their new creds: what they ask for is answered there alone then."
        )
        fix = command("rotate", staying.path, ("--importers",))
        return [RotationStep("imports", why, fix)]
    to_push = importers_to_push(records, staying)
    if rotation.phase is not Phase.BOTH or not to_push:
        return []
    names = fields.few([account.path for account in to_push])
    why = (
        f"Servers let these import from {old} until they have their JWTs of now: {names}. "
        f"Once programs of {staying.path} run with their new creds:"
    )
    return [RotationStep("imports", why, push_to_servers(records, to_push))]


def _system_account(
    records: Records, rotation: Rotation, leaving: KeyRecord | None, staying: KeyRecord | None
) -> list[RotationStep]:
    """The step for a new system account, of which servers hear only from their configuration."""
    operator = None if staying is None else above(records, staying)
    is_system = is_of_system_account(records, rotation)
    is_there = records.rotations.is_proved(rotation) or was_named_by_servers(records, rotation)
    if operator is None or not is_system or is_there:
        return []
    old = rotation.leaving if leaving is None else leaving.path
    why = f"Servers have {old} as their system account until their configuration names another."
    return [RotationStep("deploy", why, into_each_configuration(records, operator))]


def _shared(records: Records, leaving: KeyRecord, staying: KeyRecord) -> list[RotationStep]:
    """The steps for what other accounts say of this one and could not go over by itself."""
    steps = []
    aside = {leaving.public, staying.public}
    aside |= {account.public for account in waiting(records, leaving.public, staying)}
    if others := naming_still(records, leaving.public, aside):
        why = f"These name {leaving.public} still: {fields.few([key.path for key in others])}."
        fix = f"Let them import from {staying.public}: {_ACTIVATION}"
        steps.append(RotationStep("share", why, fix))
    if subjects := lost_imports(records, leaving, staying):
        why = f"{staying.path} lacks imports that were activated for the old one: "
        fix = f"Have them activated for {staying.public}: {_ACTIVATION}"
        steps.append(RotationStep("share", f"{why}{fields.few(subjects)}.", fix))
    return steps + _signing_keys_left(records, leaving, staying)


def _signing_keys_left(
    records: Records, leaving: KeyRecord, staying: KeyRecord
) -> list[RotationStep]:
    """The step for signing keys that are elsewhere, and that the new one does not name."""
    elsewhere = signing_keys_elsewhere(records, leaving, staying)
    if not elsewhere:
        return []
    signed = "users" if staying.kind is Kind.ACCOUNT else "accounts"
    why = (
        f"{staying.path} does not name these signing keys of the old one, which are not here, "
        f"so that whoever had its key may have put them there: {fields.few(list(elsewhere))}."
    )
    edit = command("edit", staying.path, ("--claims", "FILE"))
    fix = f"Let others sign their {signed}; or name those that you trust (signing_keys): " + edit
    return [RotationStep("sign", why, fix)]


def _data(leaving: KeyRecord, staying: KeyRecord) -> RotationStep:
    return RotationStep(
        "data",
        f"Streams and their data stay in {leaving.path}: no server moves them to another account.",
        "Back them up there (nats account backup DIRECTORY) before it is out, and restore them "
        f"(nats account restore DIRECTORY) as a user of {staying.path}",
    )


def _lives_on(rotation: Rotation, leaving: KeyRecord | None) -> RotationStep:
    """Servers keep an account until somebody removes it, if only as one that lets nobody in."""
    name = rotation.leaving if leaving is None else leaving.path
    return RotationStep(
        "remove",
        f"{name} lives on on the servers, with its streams, until it is removed from each.",
        f"{how_removed(rotation.leaving)} {on_your_word(rotation)}",
    )


def _of_operator(
    records: Records, rotation: Rotation, leaving: KeyRecord | None, staying: KeyRecord | None
) -> list[RotationStep]:
    addresses, proved = records.rotations.servers(rotation), records.rotations.proved(rotation.id)
    both = rotation.phase is Phase.BOTH
    steps = []
    if staying is not None and not (
        records.rotations.is_proved(rotation) if both else leaving is not None and proved
    ):
        also = " alone"
        if both and leaving is not None:
            also = f" and {leaving.path} (of 2.9, which takes one only, {staying.name} alone)"
        push = push_to_servers(records, accounts_of(records, staying))
        steps.append(
            RotationStep(
                "deploy",
                f"Servers have to trust {staying.path}{also}: they read that from their "
                "configuration, and get the accounts that it signed anew.",
                into_each_configuration(records, staying) + "; then " + push,
            )
        )
    if leaving is not None and staying is not None:
        steps += _signing_keys_left(records, leaving, staying)
    if both:
        return [*steps, to_finish(rotation, leaving, staying)]
    if staying is None:
        return [*steps, RotationStep("prove", "No push can ask.", on_your_word(rotation))]
    name = rotation.leaving if leaving is None else leaving.path
    if not addresses and not proved:
        why = f"It is not proved that any server trusts {name} no longer."
        push = push_to_servers(records, accounts_of(records, staying))
        steps.append(RotationStep("prove", why, push))
    for url in addresses:
        if url not in proved:
            why = f"It is not proved that {url} trusts {name} no longer."
            fix = command("push", staying.path, ("--server", url))
            steps.append(RotationStep("prove", why, fix))
    return steps
