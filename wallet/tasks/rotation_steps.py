"""What is still to be done of rotations: steps, the texts to deploy, and what tests have proved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wallet.connection.causes.expectation import settle
from wallet.connection.causes.report import Report
from wallet.connection.causes.verdict import Wanted
from wallet.exchange import configuration
from wallet.nats.claims import content as fields
from wallet.nats.config.writer import HOW_ACCOUNTS_ARRIVE
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.tasks.keys_under_test import wish_of
from wallet.vault.db.history import What
from wallet.vault.db.rotations import Phase, Rotation
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import owner_of

_HANDED_OUT = {
    what.value for what in (What.EXPORTED, What.CREDS_COPIED, What.SEED_COPIED, What.SEED_SHOWN)
}


@dataclass(frozen=True, slots=True)
class RotationStep:
    """One thing that is open: a code for programs, why it is, and what to do."""

    code: str
    why: str
    fix: str

    def to_json(self) -> dict[str, str]:
        """As in `rotations --json`."""
        return {"code": self.code, "why": self.why, "fix": self.fix}


@dataclass(frozen=True, slots=True)
class TextToDeploy:
    """A text that somebody has to bring to servers, and what it is."""

    what: str
    text: str

    def to_json(self) -> dict[str, str]:
        """As in `rotate --json`."""
        return {"what": self.what, "text": self.text}


def to_json(records: Records, rotation: Rotation) -> dict[str, object]:
    """A rotation as `rotations --json` prints it."""
    return {
        "path": path_of(records, rotation),
        "old": rotation.old,
        "new": rotation.new,
        "as": rotation.manner.value,
        "phase": rotation.phase.value,
        "to": rotation.recipient,
        "open": [step.to_json() for step in open_steps(records, rotation)],
    }


def path_of(records: Records, rotation: Rotation) -> str:
    """What the key that stays is called; the name of before where both are gone."""
    for public in (rotation.staying, rotation.leaving):
        record = records.by_public(public)
        if record is not None:
            return record.path
    return rotation.name


def is_signed(records: Records, key: KeyRecord) -> bool:
    """Whether servers know a user by its account's JWT; others are listed in configurations."""
    account = owner_of(records, key)
    return key.kind is Kind.USER and account is not None and account.has_jwt


def is_out(records: Records, key: KeyRecord) -> bool:
    """Whether a key is to be refused: revoked in its account's JWT, or retired."""
    if key.status == "retired" or key.revoked:
        return True
    account = owner_of(records, key)
    above = None if account is None or not account.has_jwt else records.tokens.claims(account.id)
    if key.kind is not Kind.USER or above is None:
        return False
    own = records.tokens.claims(key.id)
    issued = None if own is None else own.issued
    return fields.revoked_as(above.nats, key.public, issued) is not None


def open_steps(records: Records, rotation: Rotation) -> list[RotationStep]:
    """What is still to be done of a rotation, in the order to do it; empty when it is closed."""
    if rotation.closed:
        return []
    leaving, staying = records.by_public(rotation.leaving), records.by_public(rotation.staying)
    steps: list[RotationStep] = []
    if rotation.phase is not Phase.BOTH:
        if leaving is not None and not is_out(records, leaving):
            steps.append(_in_force_again(leaving))
        steps += _deploy(records, rotation, leaving)
    elif staying is not None and not is_signed(records, staying):
        steps += _list_both(records, rotation, staying)
    if staying is not None and not _handed_out(records, rotation, staying):
        steps.append(_hand_out(staying, rotation))
    if rotation.phase is Phase.BOTH:
        steps.append(_finish(leaving, path_of(records, rotation)))
    else:
        steps += _proofs(records, rotation, leaving, staying)
    return steps


def texts(records: Records, rotation: Rotation) -> list[TextToDeploy]:
    """The texts that servers have to get for where a rotation stands."""
    key = records.by_public(rotation.staying) or records.by_public(rotation.leaving)
    if key is None:
        return []
    account = owner_of(records, key)
    if is_signed(records, key) and account is not None:
        if rotation.phase is Phase.BOTH:
            return []
        what = f"The JWT of {account.path}, as it stands in resolver_preload"
        return [TextToDeploy(what, configuration.account(records, [account]))]
    if account is not None:
        what = f"The users of {account.path}, for the configuration of servers that list them"
        return [TextToDeploy(what, configuration.accounts(records, [account]))]
    alone = [user for user in records.all(Kind.USER) if user.parent is None]
    in_use = [user for user in alone if user.status == "active"]
    what = "The users of no account, for the configuration of servers that list them"
    return [TextToDeploy(what, configuration.authorization(records, in_use))]


def note_tests(records: Records, reports: Iterable[Report]) -> None:
    """Keep what tests say of keys that are out, and close each rotation of which all is proved.

    A proof is a refusal that was wanted, and that is known to be that of this key.
    """
    reports = list(reports)
    for rotation in records.rotations.open():
        if rotation.phase is Phase.BOTH:
            continue
        leaving = records.by_public(rotation.leaving)
        told = [report for report in reports if report.public == rotation.leaving]
        if leaving is None or not told or not is_out(records, leaving):
            continue
        wish = wish_of(leaving)
        for report in told:
            # Judged by why it is out: from another address it might be refused for that alone.
            judged = settle(report, wish, report.proof)
            if wish.wanted is Wanted.REFUSED and judged.as_wanted is True:
                records.rotations.note_test(rotation.id, report.url, refused=True)
            elif report.ok:
                records.rotations.note_test(rotation.id, report.url, refused=False)
        proved = records.rotations.proved(rotation.id)
        if proved and not set(records.rotations.servers(rotation)) - set(proved):
            records.rotations.close(rotation.id)
            detail = f"refused, as tests saw, at {fields.few(proved)}"
            records.history.note(What.ROTATION_CLOSED, rotation.leaving, detail)


def _in_force_again(leaving: KeyRecord) -> RotationStep:
    return RotationStep(
        "finish",
        f"{leaving.path} was to be out, and is in force here again.",
        f"Take it out: {command('rotate', leaving.public, ('--finish',))}",
    )


def _finish(leaving: KeyRecord | None, path: str) -> RotationStep:
    finish = command("rotate", path, ("--finish",))
    if leaving is None:
        return RotationStep("finish", "The old key was deleted here.", f"It is out: {finish}")
    why, fix = f"{leaving.path} still works.", "Once nothing uses it any more, take it out: "
    return RotationStep("finish", why, fix + finish)


def _hand_out(staying: KeyRecord, rotation: Rotation) -> RotationStep:
    form, ending = ("creds", ".creds") if staying.has_jwt else ("nk", ".nk")
    to = f"{staying.name}{ending}"
    who = rotation.recipient or "programs that use it"
    return RotationStep(
        "hand-out",
        f"{who} need the key of {staying.path}: it was not exported or copied yet.",
        command("export", staying.path, ("--as", form), ("--to", to)),
    )


def _list_both(records: Records, rotation: Rotation, staying: KeyRecord) -> list[RotationStep]:
    """Until a test saw that a server takes the new key, configurations have to get it."""
    if any(result.ok for result in records.results.of_key(staying.public)):
        return []
    return [
        RotationStep(
            "deploy",
            f"Servers let {staying.path} in once their configuration lists {rotation.new} beside "
            f"{rotation.old}.",
            f"{_configuration_of(records, staying)}; reload the servers, then "
            + command("test", staying.path, ("--server", "URL")),
        )
    ]


def _deploy(records: Records, rotation: Rotation, leaving: KeyRecord | None) -> list[RotationStep]:
    key = leaving or records.by_public(rotation.staying)
    if key is None:
        return []
    name = key.path if key is leaving else rotation.leaving
    account = owner_of(records, key)
    if is_signed(records, key) and account is not None:
        why = f"Servers let {name} in until they have the JWT of {account.path} of now."
        return [
            RotationStep(
                "deploy",
                why,
                f"{command('push', account.path, ('--server', 'URL'))}; or {HOW_ACCOUNTS_ARRIVE}",
            )
        ]
    why = f"Servers let {name} in until their configuration leaves it out."
    return [RotationStep("deploy", why, f"{_configuration_of(records, key)}; reload the servers")]


def _configuration_of(records: Records, key: KeyRecord) -> str:
    account = owner_of(records, key)
    if account is None:
        return command("config", ("--for", "server"))
    return command("config", account.path, ("--for", "server"), ("--accounts",))


def _proofs(
    records: Records, rotation: Rotation, leaving: KeyRecord | None, staying: KeyRecord | None
) -> list[RotationStep]:
    """A step for each server that was tested and at which no test has proved the refusal."""
    if leaving is None or not leaving.has_seed:
        why = f"No test can prove that servers refuse {rotation.leaving}: its seed is not here."
        return [RotationStep("prove", why, _on_your_word(rotation))]
    known, proved = records.rotations.servers(rotation), records.rotations.proved(rotation.id)
    beside = [("--beside", staying.path)] if staying is not None and staying.has_seed else []
    expected = [("--expect", "refused"), *beside]
    if not known and not proved:
        why = f"No test has seen a server refuse {leaving.path}, and none is known by a test."
        fix = command("test", leaving.path, ("--server", "URL"), *expected)
        return [RotationStep("prove", why, fix)]
    return [
        RotationStep(
            "prove",
            f"No test has proved that {url} refuses {leaving.path}.",
            command("test", leaving.path, ("--server", url), *expected),
        )
        for url in known
        if url not in proved
    ]


def _on_your_word(rotation: Rotation) -> str:
    flags = (("--finish",), ("--on-my-word",))
    return f"Look yourself, then: {command('rotate', rotation.leaving, *flags)}"


def _handed_out(records: Records, rotation: Rotation, staying: KeyRecord) -> bool:
    """Whether the key that stays needs no handing out any more."""
    if rotation.phase is Phase.UNDONE:
        own = records.tokens.claims(staying.id)
        signed_since = own is not None and (own.issued or 0) >= rotation.begun.timestamp()
        if not signed_since:
            return True
    since = rotation.changed if rotation.phase is Phase.UNDONE else rotation.begun
    return any(
        event.what in _HANDED_OUT and event.at >= since
        for event in records.history.events(staying.public)
    )
