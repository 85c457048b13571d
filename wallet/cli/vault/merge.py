"""`merge`: another vault, or another version of this one, joined with it; shown as a plan first."""

from __future__ import annotations

import contextlib
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from wallet.cli import output
from wallet.cli.arguments import FILE, add_file_passphrase, add_json
from wallet.cli.claims.flags import tell_pushes
from wallet.cli.named_files import accepted, path_of
from wallet.cli.openers import given_opener, with_opener
from wallet.cli.vault.restore import open_copy
from wallet.cli.vault_access import require_there
from wallet.errors import UsageError, VaultError
from wallet.nats.claims.union import Side
from wallet.tasks.deployment.deliveries import changed_since, unproved_tokens
from wallet.vault.copies.common_ancestor import is_common, saves_in
from wallet.vault.copies.joined_file import write_joined
from wallet.vault.copies.merge.plan import MergeAction, MergeChoices, MergeConflict, MergePlan
from wallet.vault.copies.vault_copy import VaultCopy
from wallet.vault.copies.vault_merge import VaultMerge
from wallet.vault.file.ways_in import Opener
from wallet.vault.vault import Vault

EXAMPLES = [
    "nkey-wallet merge 'vault (conflicted copy).nkw' --dry-run",
    "nkey-wallet merge other.nkw --on-conflict ours --yes",
    "nkey-wallet merge %B --base %O --output %A --yes --vault %A",
]
_COUNTED = {
    MergeAction.ADD: "come in",
    MergeAction.CHANGE: "change",
    MergeAction.REVOKE: "revoke as the other does",
    MergeAction.DELETE: "go",
    MergeAction.KEEP: "stay though deleted",
    MergeAction.CONFLICT: "in conflict",
    MergeAction.OPEN: "open points",
}
_ANSWERS = {"o": Side.OURS, "t": Side.THEIRS}


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `merge`."""
    command.add_argument("file", type=FILE, metavar="FILE", help="the vault file to join with it")
    command.add_argument("--dry-run", action="store_true", help="say what would happen, no more")
    command.add_argument(
        "--on-conflict",
        choices=[side.value for side in Side],
        help="what both changed, each otherwise: as the vault has it, or as the file does "
        "(without it: asked on a terminal)",
    )
    command.add_argument("--yes", action="store_true", help="do not ask first")
    command.add_argument(
        "--base",
        type=FILE,
        metavar="FILE",
        help="the save that both came from (without it: looked for among the backups)",
    )
    command.add_argument(
        "--output",
        type=FILE,
        metavar="FILE",
        help="write what both hold together there, and save nothing else",
    )
    add_file_passphrase(command)
    add_json(command)


def run(arguments: Namespace) -> int:
    """`merge FILE`: 0 joined, or nothing to join; 1 where conflicts are open, or on a no."""
    path = path_of(arguments)
    require_there(arguments, path)
    choices = MergeChoices(Side(arguments.on_conflict) if arguments.on_conflict else None)
    with contextlib.ExitStack() as stack:
        vault, opener = with_opener(
            *(arguments, given_opener(arguments, path), path),
            lambda typed: Vault.unlock(
                path, typed, accept_older=True, read_only=arguments.output is not None
            ),
        )
        stack.enter_context(opener)
        stack.enter_context(vault)
        copy = stack.enter_context(open_copy(arguments, Path(arguments.file), opener))
        _require_followed(arguments, vault, copy)
        base = _base(arguments, vault, copy, opener)
        if base is not None:
            stack.enter_context(base)
            if not is_common(vault, copy, base.save):
                output.note(f"{base.path} is no save that both came from, so it does not count.")
        merge = VaultMerge.of(vault, copy, base, choices)
        stack.callback(merge.close)
        return _merged(arguments, merge)


def _require_followed(arguments: Namespace, vault: Vault, copy: VaultCopy) -> None:
    """Refuse a vault that parted from what was seen here, unless the file brings that back."""
    if arguments.output is not None or accepted(arguments)["accept_older"]:
        return
    seen, refusal = vault.seen_before, vault.refusal
    if seen is None or refusal is None:
        return
    if (seen.generation, seen.header) not in saves_in(copy.save, copy.records):
        raise refusal


def _base(arguments: Namespace, vault: Vault, copy: VaultCopy, opener: Opener) -> VaultCopy | None:
    """The file that was named as what both came from, where it opens; an empty one is none."""
    if arguments.base is None:
        return None
    path = Path(arguments.base)
    with contextlib.suppress(OSError):
        if path.stat().st_size == 0:
            return None
    with contextlib.suppress(VaultError):
        return VaultCopy.of(vault, path)
    with contextlib.suppress(VaultError):
        return copy.beside(path)
    with contextlib.suppress(VaultError):
        return VaultCopy.open(path, opener)
    output.note(f"{path} opens with no passphrase that was given, so nothing counts as deleted.")
    return None


def _merged(arguments: Namespace, merge: VaultMerge) -> int:
    if not merge.is_in and not arguments.json:
        _show(merge.plan)
    if arguments.dry_run:
        if arguments.json:
            output.as_json([item.to_json() for item in merge.plan.items])
        _tell(merge)
        return 1 if merge.plan.conflicts else 0
    if merge.is_in and arguments.output is None:
        _tell(merge)
        return _as_json(arguments, merge, 0)
    asking = sys.stdin.isatty() and not arguments.yes
    if asking:
        _settle(merge)
    if merge.plan.conflicts:
        count = len(merge.plan.conflicts)
        open_ones = "1 conflict is" if count == 1 else f"{count:,} conflicts are"
        output.note(
            f"Nothing was joined: {open_ones} to be settled. Say --on-conflict ours or theirs."
        )
        return _as_json(arguments, merge, 1)
    going = merge.plan.count(MergeAction.DELETE)
    if going and not asking and not arguments.yes:
        raise UsageError(
            f"{going:,} keys would go, for the other file deleted them. Without a terminal that "
            "takes --yes. Nothing was joined."
        )
    if asking and not output.confirm(f"Join {merge.copy.path} with {merge.vault.path}?"):
        output.note("Nothing was joined.")
        return _as_json(arguments, merge, 1)
    _carry_out(arguments, merge)
    return _as_json(arguments, merge, 0)


def _as_json(arguments: Namespace, merge: VaultMerge, code: int) -> int:
    if arguments.json:
        output.as_json([item.to_json() for item in merge.plan.items])
    return code


def _carry_out(arguments: Namespace, merge: VaultMerge) -> None:
    if arguments.output is not None:
        to = Path(arguments.output)
        left = write_joined(merge, to)
        output.note(f"Joined: {to} holds what both hold. It opens as {merge.vault.path} does.")
    else:
        before = unproved_tokens(merge.vault.records)
        with output.working("Joining"):
            left = merge.carry_out()
        vault = merge.vault
        output.note(
            f"Joined: {vault.path} is save {vault.generation} now. {merge.copy.path} was left as "
            f"it is, and holds nothing more; what the vault held before is in {vault.backup_path}."
        )
        tell_pushes(vault.records, changed_since(vault.records, before))
    for path, why in left.items():
        output.note(f"{path}: {why}")


def _settle(merge: VaultMerge) -> None:
    """Ask about each conflict, and about each key that one deleted and the other changed."""
    while merge.plan.conflicts:
        for number, conflict in enumerate(merge.plan.conflicts, 1):
            if merge.plan.choices.for_all is None:
                _ask(merge.plan.choices, conflict, f"{number} of {len(merge.plan.conflicts)}")
        merge.plan_again()
    for conflict in merge.plan.deletable:
        words = f"{conflict.path}: {conflict.sentence} Delete it?"
        deleting = Side.OURS if conflict.ours == "deleted" else Side.THEIRS
        if output.confirm(words):
            merge.plan.choices.choose(conflict, deleting)
    merge.plan_again()


def _ask(choices: MergeChoices, conflict: MergeConflict, which: str) -> None:
    output.note(f"Conflict {which}: {conflict.path}. {conflict.sentence}")
    while True:
        answer = output.ask(
            "[o: as here, t: as in the file; in capitals for all that follow; q: join nothing]"
        )
        if answer == "q":
            raise UsageError("Nothing was joined.")
        if side := _ANSWERS.get(answer.lower()):
            choices.choose(conflict, side)
            if answer.isupper():
                choices.for_all = side
            return


def _show(plan: MergePlan) -> None:
    output.columns(
        (item.action.value, item.path, item.public or "", item.why) for item in plan.items
    )


def _tell(merge: VaultMerge) -> None:
    if merge.is_in:
        output.note(merge.nothing_new())
        return
    output.note(f"{', '.join(_counts(merge.plan)) or 'The keys stay as they are'}.")
    if not merge.are_kin:
        output.note("It does not prove to be a version of this vault: nothing in it deletes here.")
    elif merge.base is None:
        output.note("What both came from is not among the backups: nothing counts as deleted.")


def _counts(plan: MergePlan) -> Iterator[str]:
    for action, words in _COUNTED.items():
        if number := plan.count(action):
            yield f"{number:,} {words}"
