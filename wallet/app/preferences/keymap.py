"""The keys that a person chose, as the vault keeps them, and the app that goes by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from wallet.app.host import Host

if TYPE_CHECKING:
    from wallet.app.preferences.key_choices import ActionKey, KeyChoices
    from wallet.vault.records import Records
    from wallet.vault.vault import Vault

KEYS_SETTING = "keys"
UNREAD_SETTING = "keys-unread"
"""What stood there before, and could not be read, when other keys were chosen."""


def action_keys() -> list[ActionKey]:
    """Every action whose key can be changed, in the order of their tables."""
    from wallet.app.preferences.key_choices import changeable
    from wallet.app.screens.claims.shared_subjects import SharedSubjectsDialog
    from wallet.app.screens.connection.servers import ServersDialog
    from wallet.app.screens.connection.test_key import TestKeyDialog
    from wallet.app.screens.dialog import Dialog
    from wallet.app.screens.dialog_keys import DialogKeys
    from wallet.app.screens.exchange.conflict import ConflictDialog
    from wallet.app.screens.help import HelpDialog
    from wallet.app.screens.main import MainScreen
    from wallet.app.screens.settings.keys_page import KeysDialog
    from wallet.app.screens.vault.change_passphrase import ChangePassphraseDialog
    from wallet.app.screens.vault.fork import PartedDialog
    from wallet.app.screens.vault.health import HealthDialog
    from wallet.app.screens.vault.merge import MergeConflictDialog
    from wallet.app.widgets.tree.key_tree import KeyTree
    from wallet.app.widgets.tree.marking_tree import MarkingTree

    tables = (
        *(MainScreen, KeyTree, MarkingTree),
        *(Dialog, TestKeyDialog, DialogKeys, ServersDialog, SharedSubjectsDialog),
        *(ConflictDialog, MergeConflictDialog, PartedDialog, HealthDialog),
        *(ChangePassphraseDialog, HelpDialog, KeysDialog),
    )
    bindings = [each for table in tables for each in table.BINDINGS]
    return changeable(each for each in bindings if isinstance(each, Binding))


def key_choices(records: Records) -> tuple[KeyChoices, str]:
    """The keys that a vault keeps, and a sentence on what of them cannot hold."""
    from wallet.app.preferences.key_choices import KeyChoices

    return KeyChoices.read(action_keys(), records.settings.get(KEYS_SETTING, ""))


def take_keys(app: Host, vault: Vault) -> None:
    """Go by the keys that the vault keeps, and say what of them cannot hold.

    Textual puts them into every binding that has their id.
    """
    choices, problem = key_choices(vault.records)
    app.keys = dict(choices.chosen)
    app.set_keymap(choices.keymap)
    if problem:
        app.notify(
            f"{problem} Nothing of it is lost: Settings, Keys shows them.",
            severity="warning",
            timeout=10,
            markup=False,
        )


def keep_keys(vault: Vault, choices: KeyChoices) -> None:
    """Keep these keys in the vault, and beside them what stood there and could not be read."""
    with vault.change(minor=True) as records:
        kept = records.settings.get(KEYS_SETTING, "")
        before, problem = choices.read(choices.actions, kept)
        if problem and not before.chosen and not before.unknown:
            records.settings.set(UNREAD_SETTING, kept)
        records.settings.set(KEYS_SETTING, choices.text)
