"""What a person can do on the main screen: the one table behind keys, footer, help and palette."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider


@dataclass(frozen=True, slots=True)
class Action:
    """`key` as Textual names it, `name` the method `action_<name>`, `help` one sentence."""

    key: str
    name: str
    label: str
    help: str
    group: str
    footer: bool = False
    shown_key: str | None = None
    at_once: bool = False  # before any key typed after it: those may be meant for what it opens

    def binding(self) -> Binding:
        return Binding(
            self.key,
            self.name,
            self.label,
            show=self.footer,
            key_display=self.shown_key,
            priority=self.at_once,
        )


USE, CHANGE, WALLET = "Use a key", "Make and change", "The wallet"

ACTIONS = (
    Action("c", "copy", "Copy", "Copy the public key.", USE, footer=True),
    Action(
        "y",
        "copy_as",
        "Copy as…",
        "Copy it as server configuration, client code, or the seed.",
        USE,
        footer=True,
    ),
    Action("t", "test", "Test", "Check whether a server takes this key.", USE, footer=True),
    Action("T", "test_account", "Test all", "Test all users of the account, or operator.", USE),
    Action("C", "rehearse", "Rehearse", "Try whether a configuration lets keys in.", USE),
    Action("enter", "inspect", "Inspect", "Show everything about the key.", USE, shown_key="⏎"),
    Action("e", "export", "Export", "Write creds, nk, JWT, configuration or an nsc store.", USE),
    Action("v", "reveal", "Reveal seed", "Show the seed for some seconds, after asking.", USE),
    Action("n", "new", "New", "Make keys under what is selected.", CHANGE, footer=True),
    Action("i", "import", "Import", "Take keys in from files, an nsc store or a paste.", CHANGE),
    Action("R", "rename", "Rename", "Give the key another name.", CHANGE),
    Action("m", "move", "Move", "Put the key under another account or operator.", CHANGE),
    Action("p", "claims", "What it may do", "Permissions, limits, expiry; signing keys.", CHANGE),
    Action("x", "revoke", "Revoke", "Shut a user out, or let a revoked one in again.", CHANGE),
    Action("a", "notes", "Tags, notes", "Write tags and notes.", CHANGE),
    Action("u", "retire", "Retire", "Mark the key as retired, or take it into use again.", CHANGE),
    Action("d", "delete", "Delete", "Delete the key, and what is beneath it.", CHANGE),
    Action(
        *("slash", "filter", "Filter", "Show only what fits.", WALLET),
        footer=True,
        shown_key="/",
        at_once=True,
    ),
    Action("V", "vault", "The vault", "Its passphrase, backups and check.", WALLET),
    Action("L", "lock", "Lock", "Forget the keys and ask for the passphrase.", WALLET, footer=True),
    Action("question_mark", "help", "Help", "Show all keys.", WALLET, footer=True, shown_key="?"),
    Action("q", "app.quit", "Leave", "Lock the wallet and leave.", WALLET, footer=True),
)

BY_NAME = (
    Action(
        *("", "vault('passphrase')", "Change the passphrase", "And what a guess at it costs."),
        WALLET,
    ),
)
"""Actions without a key of their own: in the palette, and behind `V`."""


class ActionCommands(Provider):
    """The same actions in the command palette."""

    async def discover(self) -> Hits:
        for action in (*ACTIONS, *BY_NAME):
            yield DiscoveryHit(action.label, self._runner(action), help=action.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action in (*ACTIONS, *BY_NAME):
            score = max(matcher.match(action.label), matcher.match(action.help))
            if score > 0:
                shown = matcher.highlight(action.label)
                yield Hit(score, shown, self._runner(action), help=action.help)

    def _runner(self, action: Action) -> _Run:
        return _Run(self, action.name)


class _Run:
    def __init__(self, provider: Provider, name: str) -> None:
        self._screen, self._name = provider.screen, name

    async def __call__(self) -> None:
        await self._screen.run_action(self._name)
