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
    whole = {each for each in every if each not in bases}
    without = {each for each in whole if each.as_command is Dialog.as_command}
    assert without == {each for each in whole if each.NO_COMMAND}


def test_each_action_of_the_main_screen_has_a_command() -> None:
    assert set(NAMED) - OF_THE_APP == set(TOLD)
    assert set(TOLD.values()) <= {command.name for command in COMMANDS}
