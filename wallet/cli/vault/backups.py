"""`backups` and `backup`: the older saves of the vault, how many stay, and a copy to keep."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace

from wallet.cli import output
from wallet.cli.arguments import add_json
from wallet.cli.named_files import path_of
from wallet.cli.openers import given_opener, with_opener
from wallet.cli.vault_access import (
    require_there,
    unlock,
)
from wallet.errors import DAMAGED
from wallet.show.backup_changes import changes_in
from wallet.system.disk import paths
from wallet.system.disk.files import real_path
from wallet.vault.backups import older_saves, sizes
from wallet.vault.backups.backup_plan import Plan
from wallet.vault.backups.older_saves import Backup
from wallet.vault.key_record import rfc3339
from wallet.vault.vault import Vault
from wallet.when import with_local_second

EXAMPLES = [
    "nkey-wallet backups",
    "nkey-wallet backups --number 50",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `backups`."""
    command.add_argument("--number", type=int, metavar="N", help="keep the last N changes (10)")
    command.add_argument("--days", type=int, metavar="N", help="and then one a day for N days (30)")
    command.add_argument(
        "--size", metavar="SIZE", help="but no more than SIZE in all: 500M, 2G; 0: no limit (1G)"
    )
    command.add_argument(
        "--place", metavar="DIR", help="keep them there; empty: beside the vault, as usual"
    )
    command.add_argument("--off", action="store_true", help="keep only the save before")
    add_json(command)


def run(arguments: Namespace) -> int:
    """`backups`: what backups is; with flags, how many are kept from now on."""
    backups, changes, plan_in_words = (
        _changed(arguments) if _asks_for_a_change(arguments) else _looked_at(arguments)
    )
    told = list(zip(backups, changes, strict=True))
    if arguments.json:
        output.as_json([{**_to_json(backup), "changes": each} for backup, each in told])
        return 0
    output.columns(
        (
            with_local_second(backup.saved),
            "unreadable" if backup.generation is None else f"save {backup.generation}",
            f"{backup.size:,}",
            str(backup.path),
            backup.why.words,
            change,
        )
        for backup, change in told
    )
    output.note(plan_in_words)
    return 0


_Told = tuple[list[Backup], list[str], str]  # the backups, what was done up to each, the plan


def _changed(arguments: Namespace) -> _Told:
    with unlock(arguments) as vault:
        plan = Plan.of(vault.records.settings)
        wanted = _wanted(arguments, plan)
        if wanted != plan:
            with vault.change(minor=True) as records:
                wanted.keep_in(records.settings)
        return _told_of(vault)


def _told_of(vault: Vault) -> _Told:
    backups = vault.backups()
    plan = Plan.of(vault.records.settings).sentence
    return backups, changes_in(vault.records, backups), plan


def _looked_at(arguments: Namespace) -> _Told:
    """List the backups, whatever became of the vault itself: who asks may need one of them.

    So a vault that is older, a fork or damaged is no reason to refuse, and nothing is noted of
    having seen it. Where it cannot be opened, what stands beside it is all that is known.
    """
    path = path_of(arguments)
    require_there(arguments, path)
    try:
        Vault.require(path)
        given = given_opener(arguments, path)
        vault, opener = with_opener(
            arguments, given, path, lambda typed: Vault.unlock(path, typed, read_only=True)
        )
        opener.wipe()
    except DAMAGED as error:
        output.note(f"nkey-wallet: {error}")
        backups = older_saves.every_backup(real_path(path))
        return (
            backups,
            [""] * len(backups),
            (
                "These stand beside it. A directory for older ones, where one was set, is named in "
                "the vault, and is not looked into now."
            ),
        )
    with vault:
        return _told_of(vault)


def _asks_for_a_change(arguments: Namespace) -> bool:
    flags = (arguments.number, arguments.days, arguments.size, arguments.place)
    return arguments.off or any(each is not None for each in flags)


def _to_json(backup: Backup) -> dict[str, object]:
    return {
        "path": str(backup.path),
        "saved": rfc3339(backup.saved),
        "why": backup.why.value,
        "kept": backup.why.kept,
        "size": backup.size,
        "generation": backup.generation,
    }


def _wanted(arguments: Namespace, plan: Plan) -> Plan:
    """The plan with what the flags change in it."""
    if arguments.off:
        plan = replace(plan, number=0, days=0)
    if arguments.number is not None:
        plan = replace(plan, number=arguments.number)
    if arguments.days is not None:
        plan = replace(plan, days=arguments.days)
    if arguments.size is not None:
        plan = replace(plan, size=sizes.read(arguments.size))
    if arguments.place is not None:
        place = paths.given(arguments.place).absolute() if arguments.place else None
        plan = replace(plan, place=place)
    return plan
