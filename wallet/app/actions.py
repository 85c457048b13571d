"""The one table of what a person can do on the main screen: keys, footer, help and palette."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from wallet.app.desk import Action, Desk
from wallet.app.host import Host
from wallet.app.screens.claims.claims import open_claims
from wallet.app.screens.claims.revoke import open_revoke
from wallet.app.screens.claims.shared_subjects import open_shared_subjects
from wallet.app.screens.connection.push import open_push
from wallet.app.screens.connection.rehearse import open_rehearsal
from wallet.app.screens.connection.test_account import open_account_test
from wallet.app.screens.connection.test_key import open_key_test
from wallet.app.screens.exchange.copy_as import copy_public, open_copy_as
from wallet.app.screens.exchange.export import open_export
from wallet.app.screens.exchange.import_sources import open_import
from wallet.app.screens.help import HelpDialog
from wallet.app.screens.keys.delete import open_delete
from wallet.app.screens.keys.inspect import open_inspect
from wallet.app.screens.keys.move import open_move
from wallet.app.screens.keys.new_key import open_new_key
from wallet.app.screens.keys.notes import open_notes
from wallet.app.screens.keys.rename import open_rename
from wallet.app.screens.keys.reveal import open_reveal
from wallet.app.screens.keys.rotate import open_rotation
from wallet.app.screens.vault.health import open_health
from wallet.app.screens.vault.vault_page import open_vault_page
from wallet.nats.nkeys import Kind

USE, CHANGE, WALLET = "Use a key", "Make and change", "The wallet"


def retire(desk: Desk) -> None:
    """Mark the selected key as retired, or as active again."""
    if not (record := desk.chosen()):
        return
    status = "active" if record.status == "retired" else "retired"
    vault, app = desk.vault, desk.app

    def mark() -> None:
        with vault.change() as records:
            records.set_status(record.id, status)
        app.call_from_thread(desk.reload)
        app.call_from_thread(desk.warn, f"{record.name} is {status} now.")

    app.in_background(mark)


def _only_look(desk: Desk) -> None:
    """Let nothing be changed from now on, or end that."""
    app, vault = desk.app, desk.vault
    app.only_looking = vault.only_looking = not vault.only_looking
    desk.show_standing()
    desk.say(
        "Only looking: nothing is changed until you press O again, and no test is kept."
        if vault.only_looking
        else "Changes are saved again."
    )


def _ask_about_subject(desk: Desk) -> None:
    """Let the person ask whether the selected user may use a subject."""
    record = desk.chosen()
    if record is not None and record.kind is not Kind.USER:
        desk.warn("Only users use subjects: select one.")
    elif record is not None:
        desk.ask_about_subject()


def _help(desk: Desk) -> None:
    desk.open(HelpDialog(ACTIONS))


ACTIONS = (
    Action("c", "copy", "Copy", "Copy the public key.", USE, copy_public, footer=True),
    Action(
        *("y", "copy_as", "Copy as…"),
        "Copy it as server configuration, client code, or the seed.",
        *(USE, open_copy_as),
        footer=True,
    ),
    Action(
        *("t", "test", "Test", "Check whether a server takes this key.", USE, open_key_test),
        footer=True,
    ),
    Action(
        *("T", "test_account", "Test all", "Test all users of the account, or operator."),
        *(USE, open_account_test),
    ),
    Action(
        *("P", "push", "Push", "Bring the account's JWT to servers, and prove it."),
        *(USE, open_push),
    ),
    Action(
        *("C", "rehearse", "Rehearse", "Try whether a configuration lets keys in."),
        *(USE, open_rehearsal),
    ),
    Action(
        *("enter", "inspect", "Inspect", "Show everything about the key.", USE, open_inspect),
        shown_key="⏎",
    ),
    Action(
        *("A", "may", "May it?", "Ask whether the user may use a subject, and by which rule."),
        *(USE, _ask_about_subject),
    ),
    Action(
        *("e", "export", "Export", "Write creds, nk, JWT, configuration or an nsc store."),
        *(USE, open_export),
    ),
    Action(
        *("v", "reveal", "Reveal seed", "Show the seed for some seconds, after asking."),
        *(USE, open_reveal),
    ),
    Action(
        *("n", "new", "New", "Make keys under what is selected.", CHANGE, open_new_key),
        footer=True,
    ),
    Action(
        *("i", "import", "Import", "Take keys in from files, an nsc store or a paste."),
        *(CHANGE, open_import),
    ),
    Action("R", "rename", "Rename", "Give the key another name.", CHANGE, open_rename),
    Action(
        *("m", "move", "Move", "Put the key under another account or operator."),
        *(CHANGE, open_move),
    ),
    Action(
        *("p", "claims", "What it may do", "Permissions, limits, expiry; signing keys."),
        *(CHANGE, open_claims),
    ),
    Action(
        *("s", "share", "Share", "What the account exports, imports and maps."),
        *(CHANGE, open_shared_subjects),
    ),
    Action(
        *("x", "revoke", "Revoke", "Shut a user out, or let a revoked one in again."),
        *(CHANGE, open_revoke),
    ),
    Action(
        *("r", "rotate", "Rotate", "Let a new key take its place, and go on with that."),
        *(CHANGE, open_rotation),
    ),
    Action("a", "notes", "Tags, notes", "Write tags and notes.", CHANGE, open_notes),
    Action(
        *("u", "retire", "Retire", "Mark the key as retired, or take it into use again."),
        *(CHANGE, retire),
    ),
    Action(
        *("d", "delete", "Delete", "Delete the key, and what is beneath it."),
        *(CHANGE, open_delete),
    ),
    Action(
        *("slash", "filter", "Filter", "Show only what fits.", WALLET),
        lambda desk: desk.show_filter(),
        footer=True,
        shown_key="/",
        at_once=True,
    ),
    Action(
        *("H", "health", "Health", "Show what keeps keys from working, and what to better."),
        *(WALLET, open_health),
    ),
    Action(
        *("V", "vault", "The vault", "Its passphrase, recovery code, backups; join another."),
        *(WALLET, open_vault_page),
    ),
    Action(
        *("O", "only_look", "Only look", "Let nothing be changed, or end that."),
        *(WALLET, _only_look),
    ),
    Action(
        *("L", "lock", "Lock", "Forget the keys and ask for the passphrase.", WALLET),
        lambda desk: desk.app.lock(),
        footer=True,
    ),
    Action(
        *("question_mark", "help", "Help", "Show all keys.", WALLET, _help),
        footer=True,
        shown_key="?",
    ),
    Action(
        *("q", "quit", "Leave", "Lock the wallet and leave.", WALLET),
        lambda desk: desk.app.action_quit(),
        footer=True,
    ),
)

BY_NAME = (
    Action(
        *("", "merge", "Join another file", "Another version of the vault, or another vault."),
        *(WALLET, partial(open_vault_page, part="merge")),
    ),
    Action(
        *("", "passphrase", "Change the passphrase", "And what a guess at it costs.", WALLET),
        partial(open_vault_page, part="passphrase"),
    ),
    Action(
        *("", "recovery", "Recovery code"),
        "Make, replace or remove the code that opens the vault without its passphrase.",
        *(WALLET, partial(open_vault_page, part="recovery")),
    ),
    Action(
        *("", "key_file", "Key file", "Let the passphrase need a key file, or none."),
        *(WALLET, partial(open_vault_page, part="key-file")),
    ),
)
"""Actions without a key of their own: in the palette, and behind `V`."""

NAMED = {action.name: action for action in (*ACTIONS, *BY_NAME)}


class ActionHit(DiscoveryHit):
    """An action before anything is typed: in the order of the table, and before all settings."""

    @property
    def score(self) -> float:
        return 1.0


class ActionCommands(Provider):
    """The actions in the command palette."""

    async def discover(self) -> Hits:
        for action in NAMED.values():
            shown = Content.assemble(action.label, *self._beside(action))
            yield ActionHit(shown, self._runner(action), action.label, action.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action in NAMED.values():
            score = max(matcher.match(action.label), matcher.match(action.help))
            if score > 0:
                shown = Content.assemble(matcher.highlight(action.label), *self._beside(action))
                yield Hit(score, shown, self._runner(action), action.label, action.help)

    def _beside(self, action: Action) -> list[tuple[str, str]]:
        """The key of an action, to stand beside its name."""
        if not action.key:
            return []
        host = cast("Host", self.app)
        return [(f"  {host.shown_key(action.binding())}", "dim")]

    def _runner(self, action: Action) -> partial[Any]:
        return partial(self.screen.run_action, action.call)
