"""Asks whether the servers of a cluster, named by one of them, are to see the keys too."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from wallet.app.screens.dialog import Dialog
from wallet.connection.check.cluster import Agree, Named
from wallet.show.short_texts import short_address


class ClusterDialog(Dialog[bool]):
    """The dialog ends with True where the other servers are to be tested too."""

    NO_COMMAND = "`test --cluster` asks the same"
    ASKS = True
    TITLE_TEXT = "Test these servers as well?"
    ACCEPT_LABEL = "Test them"

    def __init__(self, named: Named) -> None:
        super().__init__()
        self.named = named

    def fields(self) -> ComposeResult:
        warning = "The server names others of its cluster. They would see the keys and JWTs too."
        yield Static(warning, classes="explain", markup=False)
        addresses = [short_address(server.target.address, 60) for server in self.named.servers]
        if addresses:
            yield Static("\n".join(addresses), id="named", markup=False)
        if self.named.kept_away:
            left_out = ", ".join(short_address(address, 60) for address in self.named.kept_away)
            why = "Left out, for they are on this network or machine, and the server is not"
            yield Static(f"{why}: {left_out}", classes="explain", markup=False)

    def on_mount(self) -> None:
        able = bool(self.named.servers)
        self.query_one("#accept").display = able
        self.set_focus(self.query_one("#accept" if able else "#cancel"))

    def accept(self) -> None:
        self.finish(True)


def consent_from(screen: Screen[None]) -> Agree:
    """Let a test ask the person about the first servers that are named; later ones are refused."""
    was_asked = False

    async def agree(named: Named) -> bool:
        nonlocal was_asked
        if was_asked:
            return False
        was_asked = True
        answer: bool | None = await screen.app.push_screen_wait(ClusterDialog(named))
        return answer is True

    return agree
