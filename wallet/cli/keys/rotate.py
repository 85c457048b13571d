"""`rotate`: let a new key take the place of one, in steps that can be a day or a year apart."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import REF, add_json
from wallet.cli.claims.flags import tell_past_ends
from wallet.cli.keys.key_changes import agreed
from wallet.cli.keys.rotations import show
from wallet.cli.vault_access import unlock
from wallet.errors import StateRefusesError, UsageError
from wallet.nats.claims.content import few
from wallet.shell import command
from wallet.tasks.rotation import stages
from wallet.tasks.rotation.announcement import announcement
from wallet.tasks.rotation.open_steps import open_steps, path_of, to_json
from wallet.tasks.rotation.requirements import require_rotatable
from wallet.tasks.rotation.server_texts import texts
from wallet.tasks.rotation.stages import RotationOutcome
from wallet.vault.db.parts.rotations import Manner, Phase, Rotation
from wallet.vault.records import Records
from wallet.vault.vault import Vault

AFTERWORD = (
    "planned: the new key and the old one work beside each other until --finish, and --undo leads "
    "back until the old key is deleted. leaked: the old key is out at once. handover: a new key "
    "for a new owner; the old one goes with --finish. lost: of an account or operator whose seed "
    "nobody has; what hangs on it goes over to the new one. What is open is kept in the vault, and "
    "told by `nkey-wallet rotations`; a rotation that has the old key out is done once tests or "
    "pushes have proved at each server that it is refused. The exit code of --finish, and of "
    "`rotate REF` alone, is 1 while anything is open, and 0 once nothing is; --as, --importers and "
    "--undo end with 0 when that step is done. --as with --finish finishes the rotation of that "
    "manner that is under way."
)
EXAMPLES = [
    "nkey-wallet rotate billing --as planned",
    "nkey-wallet rotate acme/orders --importers",
    "nkey-wallet rotate billing --finish",
    "nkey-wallet rotate billing --as leaked --yes",
    "nkey-wallet rotate billing --as handover --to 'Zoë, operations'",
    "nkey-wallet rotate acme/orders --as lost",
]

_WORKING = "Signing what changes"


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `rotate`."""
    command.epilog = f"{AFTERWORD}\n\n{command.epilog}"
    command.add_argument("ref", metavar="REF", help=f"{REF}; also the old key of a rotation")
    command.add_argument(
        "--as",
        dest="manner",
        choices=[manner.value for manner in Manner],
        help="begin one: planned, leaked, handover (with --to) or lost, as told below",
    )
    does = command.add_mutually_exclusive_group()
    does.add_argument(
        "--finish",
        action="store_true",
        help="take the old key out: revoked, or off the list; done before: say what is open, "
        "and exit 1 while anything is",
    )
    does.add_argument(
        "--importers",
        action="store_true",
        help="of an account: let those that import from the old one import from the new one, once "
        "its programs have new creds",
    )
    does.add_argument(
        "--undo", action="store_true", help="take the new key out, and let the old one stay"
    )
    command.add_argument("--to", metavar="NAME", help="with --as handover: who gets the new key")
    command.add_argument(
        "--on-my-word",
        action="store_true",
        help="with --finish: the old key is out, and you say that servers refuse it where no test "
        "has proved that",
    )
    command.add_argument("--yes", action="store_true", help="do not ask first")
    add_json(command)


def run(arguments: Namespace) -> int:
    """`rotate REF`: one step of a rotation; without a flag what is open of it."""
    _require_flags_that_fit(arguments)
    with unlock(arguments) as vault:
        if arguments.manner is not None and not arguments.finish:
            outcome = _begin(arguments, vault)
        else:
            outcome = _go_on(arguments, vault, _under_way(arguments, vault.records))
        if outcome is None:
            output.note("Nothing was changed.")
            return 1
        for path, why in outcome.left.items():
            output.note(f"{path}: {why}")
        if arguments.manner and (new := vault.records.by_public(outcome.rotation.new)):
            tell_past_ends([new])
        _tell(arguments, vault, outcome.rotation)
        still_open = open_steps(vault.records, outcome.rotation)
    # Whoever asked for the end of it, or how it stands, hears whether it has come to an end.
    begun = arguments.manner and not arguments.finish
    return 1 if still_open and not (begun or arguments.undo or arguments.importers) else 0


def _require_flags_that_fit(arguments: Namespace) -> None:
    if arguments.on_my_word and not arguments.finish:
        raise UsageError("--on-my-word goes with --finish.")
    if arguments.manner and (arguments.undo or arguments.importers):
        other = "--undo" if arguments.undo else "--importers"
        raise UsageError(f"--as begins a rotation, and {other} goes on with one: leave --as out.")
    handover = arguments.manner == Manner.HANDOVER and not arguments.finish
    if handover and not (arguments.to or "").strip():
        raise UsageError("Who gets the new key? That is noted with it: --to NAME.")
    if arguments.to is not None and not handover:
        raise UsageError("--to goes with --as handover.")


def _under_way(arguments: Namespace, records: Records) -> Rotation:
    """The rotation to go on with. Raises `UsageError` where it is of another manner than said."""
    record = None if not arguments.manner else records.find(arguments.ref)
    rotation = None if record is None else stages.rotation_of(records, record.public)
    if record is not None and (rotation is None or rotation.closed):
        begins = command("rotate", record.path, ("--as", arguments.manner))
        finishes = command("rotate", record.path, ("--finish",))
        raise StateRefusesError(
            f"No rotation of {record.path} is under way that could be finished. Begin one: "
            f"{begins}. Take the old key out once nothing uses it any more: {finishes}"
        )
    rotation = rotation or stages.under_way(records, arguments.ref)
    if arguments.manner and rotation.manner != arguments.manner:
        raise UsageError(
            f"The rotation of {path_of(records, rotation)} that is under way is "
            f"{rotation.manner}, not {arguments.manner}: leave --as out to finish it."
        )
    return rotation


def _begin(arguments: Namespace, vault: Vault) -> RotationOutcome | None:
    records, manner = vault.records, Manner(arguments.manner)
    record = records.find(arguments.ref)
    require_rotatable(records, record, manner)
    if not agreed(arguments, announcement(records, record, manner)):
        return None
    with output.working(_WORKING):
        return stages.begin(vault, record, manner, (arguments.to or "").strip())


def _go_on(arguments: Namespace, vault: Vault, rotation: Rotation) -> RotationOutcome | None:
    path = path_of(vault.records, rotation)
    if arguments.undo:
        stages.old_to_come_back(vault.records, rotation)  # before it is told as if it were to come
        sentence = f"{rotation.new} goes out, and {rotation.old} is {rotation.name} again."
        if not agreed(arguments, [sentence]):
            return None
        with output.working(_WORKING):
            return stages.undo(vault, rotation.id)
    if arguments.importers:
        return _let_importers_over(arguments, vault, rotation)
    if not arguments.finish:
        return RotationOutcome(rotation)
    if rotation.phase is Phase.BOTH:
        sentences = [f"{rotation.old} goes out for good; {rotation.new} stays, as {path}."]
        importers = stages.importers_of_leaving(vault.records, rotation)
        if paths := [account.path for account in importers]:
            sentences.append(f"These import from it, and from the new one by that: {few(paths)}.")
        if not agreed(arguments, sentences):
            return None
    with output.working(_WORKING):
        outcome = stages.finish(vault, rotation.id)
    if arguments.on_my_word:
        return RotationOutcome(stages.close(vault, rotation.id), outcome.left)
    return outcome


def _let_importers_over(
    arguments: Namespace, vault: Vault, rotation: Rotation
) -> RotationOutcome | None:
    paths = [account.path for account in stages.importers_of_leaving(vault.records, rotation)]
    if not paths:
        return RotationOutcome(rotation)
    sentence = f"To import from {rotation.staying} instead of {rotation.leaving}: {few(paths)}."
    if not agreed(arguments, [sentence]):
        return None
    with output.working(_WORKING):
        return stages.let_importers_over(vault, rotation.id)


def _tell(arguments: Namespace, vault: Vault, rotation: Rotation) -> None:
    to_deploy = [] if rotation.closed else texts(vault.records, rotation)
    if arguments.json:
        output.as_json(
            {
                **to_json(vault.records, rotation),
                "texts": [text.to_json() for text in to_deploy],
            }
        )
        return
    show(vault.records, rotation)
    for text in to_deploy:
        output.say(f"\n# {text.what}:")
        output.exact(text.text)
