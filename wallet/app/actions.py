"""The one table of what a person can do on the main screen: keys, footer, help and palette.

What the footer shows at which moment stands in `wallet/app/footers.py`, by these names.
"""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from wallet.app.desk import Action, Desk, any_key
from wallet.app.host import Host
from wallet.app.palette import rank
from wallet.app.screens.claims.claims import no_claims, open_claims
from wallet.app.screens.claims.revoke import not_revocable, open_revoke
from wallet.app.screens.claims.shared_subjects import open_shared_subjects, shares_nothing
from wallet.app.screens.connection.push import open_push
from wallet.app.screens.connection.rehearsal import open_rehearsal
from wallet.app.screens.connection.servers import open_servers
from wallet.app.screens.connection.test_account import open_account_test, test_marked
from wallet.app.screens.connection.test_key import not_testable, open_key_test
from wallet.app.screens.exchange.copy_as import copy_marked, copy_public, open_copy_as
from wallet.app.screens.exchange.export import export_marked, open_export
from wallet.app.screens.exchange.import_sources import open_import
from wallet.app.screens.help import HelpDialog
from wallet.app.screens.keys.deletion import open_delete
from wallet.app.screens.keys.full_details import open_inspect
from wallet.app.screens.keys.jump import open_jump
from wallet.app.screens.keys.moves import not_movable, open_move
from wallet.app.screens.keys.new_key import open_new_key
from wallet.app.screens.keys.notes import open_notes
from wallet.app.screens.keys.rename import open_rename
from wallet.app.screens.keys.reveal import no_seed, open_reveal
from wallet.app.screens.keys.rotations import not_rotatable, open_rotation
from wallet.app.screens.keys.undo import undo
from wallet.app.screens.many.delete_many import delete_marked
from wallet.app.screens.many.move_many import move_marked
from wallet.app.screens.many.retire_many import retire_marked
from wallet.app.screens.many.revoke_many import revoke_marked
from wallet.app.screens.many.tag_many import tag_marked
from wallet.app.screens.settings.settings_page import open_settings
from wallet.app.screens.vault.health import open_health
from wallet.app.screens.vault.vault_page import open_vault_page
from wallet.nats.nkeys import Kind
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.tree.marks import as_it_is

USE, CHANGE, WALLET = "Use a key", "Make and change", "The wallet"


def retire(desk: Desk) -> None:
    """Mark the selected key as retired, or as active again."""
    if not (record := desk.chosen()):
        return
    status = "active" if record.status == "retired" else "retired"
    vault, app = desk.vault, desk.app

    def mark() -> None:
        with vault.change() as records:
            records.set_status(as_it_is(records, record).id, status)
        app.call_from_thread(desk.reload)
        app.call_from_thread(desk.say, f"{record.name} is {status} now.")

    app.in_background(mark, f"It is not {status}: the wallet locked before that was saved.")


def _only_look(desk: Desk) -> None:
    """Let nothing be changed from now on, or end that."""
    app, vault = desk.app, desk.vault
    app.only_looking = vault.only_looking = not vault.only_looking
    desk.show_standing()
    key = app.key_of("main.only_look", "O")
    begun = f"Only looking: nothing is changed until you press {key} again, and no test is kept."
    if vault.only_looking:
        desk.say(begun)
    else:
        for message in (begun, app.only_looking_words):
            app.withdraw(message)
        desk.say("Changes are saved again.")


def _ask_about_subject(desk: Desk) -> None:
    """Let the person ask whether the selected user may use a subject."""
    desk.ask_about_subject()


def _uses_no_subject(_records: Records, record: KeyRecord) -> str:
    return "" if record.kind is Kind.USER else "Only users use subjects: select one."


def _help(desk: Desk) -> None:
    desk.open(HelpDialog([(action, action.refusal(desk)) for action in ACTIONS]))


ACTIONS = (
    Action(
        *("c", "copy", "Copy", "Copy the public key.", USE, copy_public, any_key),
        many=copy_marked,
    ),
    Action(
        *("y", "copy_as", "Copy as…"),
        "Copy it as server configuration, client code, or the seed.",
        *(USE, open_copy_as, any_key),
    ),
    Action(
        *("t", "test", "Test", "Check whether a server takes this key."),
        *(USE, open_key_test, not_testable),
        many=test_marked,
    ),
    Action(
        *("T", "test_account", "Test all", "Test all users of the account, or operator."),
        *(USE, open_account_test, any_key),
    ),
    Action(
        *("P", "push", "Push", "Bring the account's JWT to servers, and prove it."),
        *(USE, open_push, any_key),
        changes=True,
    ),
    Action(
        *("C", "rehearse", "Rehearse", "Try whether a configuration lets keys in."),
        *(USE, open_rehearsal),
        begins_with=True,
    ),
    Action(
        *("enter", "inspect", "Inspect", "Show everything about the key.", USE, open_inspect),
        shown_key="⏎",
    ),
    Action(
        *("A", "may", "May it?", "Ask whether the user may use a subject, and by which rule."),
        *(USE, _ask_about_subject, _uses_no_subject),
    ),
    Action(
        *("e", "export", "Export", "Write creds, nk, JWT, configuration or an nsc store."),
        *(USE, open_export, any_key),
        many=export_marked,
    ),
    Action(
        *("v", "reveal", "Reveal seed", "Show the seed for some seconds, after asking."),
        *(USE, open_reveal, no_seed),
        short="Seed",
    ),
    Action(
        *("space", "mark", "Mark", "Mark the key, for what you do next."),
        *(USE, lambda desk: desk.mark()),
    ),
    Action(
        *("asterisk", "mark_all", "Mark all"),
        "Mark all that the filter leaves, or all beside this key.",
        *(USE, lambda desk: desk.mark_all()),
        shown_key="*",
    ),
    Action(
        *("n", "new", "New", "Make keys under what is selected.", CHANGE, open_new_key),
        changes=True,
        begins_with=True,
    ),
    Action(
        *("i", "import", "Import", "Take keys in from files, an nsc store or a paste."),
        *(CHANGE, open_import),
        changes=True,
    ),
    Action(
        *("R", "rename", "Rename", "Give the key another name."),
        *(CHANGE, open_rename, any_key),
        changes=True,
    ),
    Action(
        *("m", "move", "Move", "Put the key under another account or operator."),
        *(CHANGE, open_move, not_movable),
        many=move_marked,
        changes=True,
    ),
    Action(
        *("p", "claims", "What it may do", "Permissions, limits, expiry; signing keys."),
        *(CHANGE, open_claims, no_claims),
        changes=True,
        short="May do",
    ),
    Action(
        *("s", "share", "Share", "What the account exports, imports and maps."),
        *(CHANGE, open_shared_subjects, shares_nothing),
    ),
    Action(
        *("x", "revoke", "Revoke", "Shut a user out, or let a revoked one in again."),
        *(CHANGE, open_revoke, not_revocable),
        many=revoke_marked,
        changes=True,
    ),
    Action(
        *("r", "rotate", "Rotate", "Let a new key take its place, and go on with that."),
        *(CHANGE, open_rotation, not_rotatable),
        changes=True,
    ),
    Action(
        *("a", "notes", "Tags, notes", "Write tags and notes.", CHANGE, open_notes, any_key),
        many=tag_marked,
        changes=True,
        short="Notes",
    ),
    Action(
        *("u", "retire", "Retire", "Keep the key out of configurations, or use it again."),
        *(CHANGE, retire, any_key),
        many=retire_marked,
        changes=True,
    ),
    Action(
        *("d", "delete", "Delete", "Delete the key, and what is beneath it."),
        *(CHANGE, open_delete, any_key),
        many=delete_marked,
        changes=True,
    ),
    Action(
        *("z", "undo", "Undo", "Undo what this window changed last.", CHANGE, undo),
        changes=True,
    ),
    Action(
        *("Z", "redo", "Do again", "Do again what was undone.", CHANGE, partial(undo, again=True)),
        changes=True,
    ),
    Action(
        *("slash", "filter", "Filter", "Show only what fits.", WALLET),
        lambda desk: desk.show_filter(),
        shown_key="/",
        at_once=True,
    ),
    Action(
        *("colon", "jump", "Go to", "Go to a key by its path or name.", WALLET, open_jump),
        shown_key=":",
        at_once=True,
    ),
    Action(
        *("o", "sort", "Sort", "By name, age, expiry or last test: the next of these."),
        *(WALLET, lambda desk: desk.sort()),
    ),
    Action(
        *("H", "health", "Health", "Show what keeps keys from working, or could be better."),
        *(WALLET, open_health),
    ),
    Action(
        *("V", "vault", "The vault", "Its passphrase, recovery code, backups; join another."),
        *(WALLET, open_vault_page),
    ),
    Action(
        *("S", "servers", "Servers", "Give servers names, change them, and see what was tested."),
        *(WALLET, open_servers),
    ),
    Action(
        *("comma", "settings", "Settings", "When it locks, theme, keys, backups and the like."),
        *(WALLET, open_settings),
        shown_key=",",
    ),
    Action(
        *("O", "only_look", "Only look", "Let nothing be changed, or end that."),
        *(WALLET, _only_look),
    ),
    Action(
        *("L", "lock", "Lock", "Forget the keys and ask for the passphrase.", WALLET),
        lambda desk: desk.app.lock(),
    ),
    Action(
        *("question_mark", "help", "Help", "Show all keys.", WALLET, _help),
        short="All keys",
        shown_key="?",
    ),
    Action(
        *("q", "quit", "Leave", "Lock the wallet and leave.", WALLET),
        lambda desk: desk.app.action_quit(),
    ),
)

BY_NAME = (
    Action(
        *("", "merge", "Join another file", "Another version of the vault, or another vault."),
        *(WALLET, partial(open_vault_page, part="merge")),
        changes=True,
    ),
    Action(
        *("", "passphrase", "Change the passphrase", "And what a guess at it costs.", WALLET),
        partial(open_vault_page, part="passphrase"),
        changes=True,
    ),
    Action(
        *("", "recovery", "Recovery code"),
        "Make, replace or remove the code that opens the vault without its passphrase.",
        *(WALLET, partial(open_vault_page, part="recovery")),
        changes=True,
    ),
    Action(
        *("", "key_file", "Key file", "Let the passphrase need a key file, or none."),
        *(WALLET, partial(open_vault_page, part="key-file")),
        changes=True,
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
            yield ActionHit(*self._offer(action, Content(action.label)))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action in NAMED.values():
            score = rank(matcher, action.label, action.help)
            if score > 0:
                yield Hit(score, *self._offer(action, matcher.highlight(action.label)))

    def _offer(self, action: Action, label: Content) -> tuple[Content, partial[Any], str, str]:
        """An action as the palette takes it: its key beside the label, and why it cannot be now."""
        refusal = action.refusal(self.screen)  # type: ignore[arg-type]  # the main screen's own
        host = cast("Host", self.app)
        key = f"  {host.shown_key(action.binding())}" if action.key else ""
        shown = Content.assemble(label, (key, "dim"))
        run = partial(self.screen.run_action, action.call)
        if refusal:
            return shown.stylize("dim"), run, action.label, f"Not now: {refusal}"
        return shown, run, action.label, action.help
