"""The command line is the accessible way: whatever a screen shows or does has a command there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

from wallet.app import screens
from wallet.app.actions import NAMED
from wallet.app.screens.dialog import Dialog
from wallet.cli.commands import COMMANDS

OTHERWISE = {
    "ClusterDialog": "test --cluster asks the same",
    "ConflictDialog": "import --on-conflict",
    "DamageDialog": "check tells the problems, and --accept-damaged opens",
    "DeleteBackupDialog": "backups names the files: they are deleted as any other",
    "HelpDialog": "--help, and the manual page",
    "ImportedDialog": "import tells it, and asks on a terminal for the files",
    "KeysDialog": "about the app's own keys",
    "LeaveDialog": "about leaving the app",
    "LeftoverDialog": "import asks the same on a terminal",
    "MergeConflictDialog": "merge --on-conflict, or asked on a terminal",
    "OutdatedBackupsDialog": "passphrase and recovery ask the same on a terminal",
    "PartedDialog": "--accept-older, and merge",
    "PlanDialog": "import --dry-run",
    "PressKeyDialog": "about the app's own keys",
    "SettingDialog": "about the app itself; backups has the backups",
    "SettingsDialog": "about the app itself; backups has the backups",
    "ThrowAwayDialog": "about what was written in a form of the app",
    "UndoDialog": "undoes what this window did; a script does the reverse",
    "VanishedDialog": "about a window that holds the only copy",
    "VaultDialog": "check, backups, passphrase, recovery and merge",
}
"""The dialogs without a command of their own, each with how a person without the app does it."""

SAME = [
    "delete",
    "export",
    "health",
    "import",
    "may",
    "merge",
    "move",
    "new",
    "passphrase",
    "push",
    "recovery",
    "rename",
    "retire",
    "revoke",
    "servers",
    "rotate",
    "test",
]
TOLD = {
    **{name: name for name in SAME},
    "copy": "public",
    "copy_as": "config",
    "test_account": "test",
    "rehearse": "test",
    "inspect": "show",
    "reveal": "seed",
    "claims": "edit",
    "share": "exports",
    "notes": "note",
    "filter": "list",
    "jump": "list",
    "vault": "check",
    "key_file": "passphrase",
    "sort": "list",
}
"""The command for each action of the main screen that shows or changes anything of the vault."""
OF_THE_APP = {"only_look", "lock", "help", "quit", "mark", "mark_all", "undo", "redo", "settings"}


def dialogs(base: type[Dialog[object]]) -> Iterator[type[Dialog[object]]]:
    for beneath in base.__subclasses__():
        yield beneath
        yield from dialogs(beneath)


@pytest.fixture(scope="module")
def every() -> set[type[Dialog[object]]]:
    for module in pkgutil.walk_packages(screens.__path__, f"{screens.__name__}."):
        importlib.import_module(module.name)
    return {each for each in dialogs(Dialog) if each.__module__.startswith(screens.__name__)}


def test_each_dialog_tells_its_command_or_how_a_person_does_it_without(
    every: set[type[Dialog[object]]],
) -> None:
    bases = {base for each in every for base in each.__mro__[1:]}
    without = {
        each.__name__
        for each in every
        if each not in bases and each.as_command is Dialog.as_command
    }
    assert without == set(OTHERWISE)


def test_each_action_of_the_main_screen_has_a_command() -> None:
    assert set(NAMED) - OF_THE_APP == set(TOLD)
    assert set(TOLD.values()) <= {command.name for command in COMMANDS}
