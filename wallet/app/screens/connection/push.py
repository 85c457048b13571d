"""Brings accounts' JWTs to running servers, and shows what every server was seen to hold."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Button, Collapsible, Input, Static

from wallet.app.desk import Desk
from wallet.app.host import Host
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.forms.tls_fields import TlsFields
from wallet.app.widgets.results.sign_styles import styled
from wallet.app.widgets.text_if_any import TextIfAny
from wallet.connection.check.request import Server
from wallet.errors import WalletError
from wallet.shell import command
from wallet.show.columns import aligned
from wallet.show.short_texts import ending, short_address
from wallet.show.states.push import problems, row, sign_of, summary
from wallet.tasks.deployment.arrival import Pushed
from wallet.tasks.deployment.deliveries import servers_to_push_to, take_word
from wallet.tasks.deployment.differences import ChosenAccounts, chosen_accounts
from wallet.tasks.deployment.gone_servers import forget_server, unheard
from wallet.tasks.deployment.push import push
from wallet.tasks.deployment.server_choice import servers_of
from wallet.text import plain
from wallet.vault.key_record import KeyRecord
from wallet.vault.vault import Vault

TIMEOUT = 5.0  # seconds
SHOWN = 500  # lines; the sentence above them counts all
BEFOREHAND = (
    "A user of the system account is made for two minutes. Each server's copy is looked at first: "
    "nothing is sent over a later issue, or over one that revokes what this one does not. Done is "
    "what every server was seen to hold."
)

WORD = (
    "Do all servers have these accounts as they are now, and refuse whom they revoke? Press it "
    "once more, and nothing is open of them any more, though nobody looked."
)
GONE = (
    "Press it once more, and no account is expected there any more: what is proved elsewhere is "
    "done. If it comes back, it may let in whom you revoked."
)


class PushDialog(Dialog[None]):
    """F5 pushes, and its button; Esc cancels what runs, then leaves."""

    app: Host
    KEEPS_TEXT = True
    CUT_OFF = "What was sent until then is there; ‹push› pushes again."
    ACCEPT_LABEL = "Push"
    ENTER_LEADS_TO = "cancel"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f5", "accept", "Push", id="dialog.again")]
    DEFAULT_CSS = """
    PushDialog {
        #box { width: 100; }
        #summary { padding: 0 1; text-style: bold; height: auto; }
        #tls { height: auto; border: none; padding: 0; background: $surface; }
        #rows { height: auto; max-height: 58vh; padding: 0 1; }
        #rows Static { width: 1fr; }
    }
    """

    def __init__(self, vault: Vault, chosen: ChosenAccounts, server_url: str) -> None:
        super().__init__()
        self.vault, self.chosen = vault, chosen
        self._server_url = server_url
        self._asked = False  # whether all is on the servers, on the person's word
        self._gone_asked = False  # whether the server that was not heard is gone for good
        self._unheard: dict[str, list[str]] = {}
        profiles = vault.records.servers.profiles()
        recent = vault.records.servers.recent()
        self._known = [*(profile.name for profile in profiles), *recent]

    def title_text(self) -> str:
        accounts = self.chosen.accounts
        if len(accounts) == 1:
            return f"Push {accounts[0].path} to servers"
        return f"Push the {len(accounts):,} accounts of {self.chosen.operator.path} to servers"

    def fields(self) -> ComposeResult:
        yield Input(
            self._server_url,
            id="server",
            placeholder="nats://host:4222, or a server's name; several with commas",
            suggester=SuggestFromList(self._known, case_sensitive=False),
        )
        yield Static(BEFOREHAND, classes="explain", markup=False)
        with Collapsible(title="TLS files", collapsed=True, id="tls"):
            yield TlsFields()
        yield TextIfAny(id="summary")
        with VerticalScroll(id="rows", can_focus=False):
            yield TextIfAny(id="table")

    def buttons(self) -> ComposeResult:
        if any(account.unproved for account in self.chosen.accounts):
            yield Button("They have it…", id="word", compact=True)
        yield Button("It is gone", id="gone", compact=True)
        yield Button(
            f"{self.app.key_of('dialog.again', 'f5')} Push",
            id="accept",
            variant="primary",
            compact=True,
        )
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#server", Input))
        self._offer_to_forget({})

    def _offer_to_forget(self, unheard: dict[str, list[str]]) -> None:
        """Offer to say of the first server that was not heard that it is gone."""
        self._unheard, self._gone_asked = unheard, False
        button = self.query_one("#gone", Button)
        button.label, button.display = "It is gone", bool(unheard)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id not in {"word", "gone"} or self._working:
            return
        event.stop()
        if event.button.id == "gone":
            self._forget(event.button)
            return
        if not self._asked:  # by itself: one slip of Enter is nobody's word
            self._asked = True
            event.button.label = "Yes, on my word"
            event.button.refresh(layout=True)
            self.say(WORD)
            return

        def job() -> None:
            accounts = [account for account in self.chosen.accounts if account.unproved]
            take_word(self.vault, accounts)

        self.work(job, "noting…")

    def _forget(self, button: Button) -> None:
        url = next(iter(self._unheard))
        if not self._gone_asked:
            self._gone_asked = True
            button.label = "Yes, it is gone"
            button.refresh(layout=True)
            self.say(f"Is {url} gone for good? {GONE}")
            return

        def job() -> None:
            forget_server(self.vault, url)
            words = f"Nothing is expected any more at {short_address(url, 60)}."
            self.app.call_from_thread(self.app.notify, words, markup=False)

        self.work(job, "noting…")

    def cancelled(self) -> None:
        self.query_one("#summary", Static).update("")
        again = self.app.key_of("dialog.again", "f5")
        self.say(f"Cancelled. What was sent until then is there; {again} pushes again.")

    def as_command(self) -> str:
        accounts = self.chosen.accounts
        ref = accounts[0] if len(accounts) == 1 else self.chosen.operator
        server = self.query_one("#server", Input).value.strip()
        return command("push", ref.path, ("--server", server), *self.query_one(TlsFields).flags())

    def accept(self) -> None:
        text = self.query_one("#server", Input).value
        tls = self.query_one(TlsFields).files()
        servers = servers_of(self.vault.records.servers, [text], tls)
        self.query_one("#summary", Static).update("Pushing… Esc stops.")
        self.query_one("#table", Static).update("")
        self.recommended.forget("table")
        self._offer_to_forget({})
        self.attempt(partial(self._push, servers))

    async def _push(self, servers: list[Server]) -> None:
        try:
            done = await push(self.vault, self.chosen, servers, TIMEOUT)
        except WalletError:
            self.query_one("#summary", Static).update("")
            self._offer_to_forget(unheard(self.vault.records, self.chosen.accounts, ()))
            raise
        self._show(done)

    def _show(self, done: Pushed) -> None:
        if self.vault.past is not None:
            self.vault.past.note_pushed(self.vault.records)
        self.query_one("#summary", Static).update(summary(done))
        self._offer_to_forget(done.unheard)
        if done.ok:
            self.query("#word").remove()
        shown = sorted(done.accounts, key=lambda account: account.proved)[:SHOWN]
        rows = [row(account) for account in shown]
        cells = [(ending(path, 60), *(plain(cell, 60) for cell in rest)) for path, *rest in rows]
        lines = [
            Content.assemble(styled(sign_of(account)), f" {line}")
            for account, line in zip(shown, aligned(cells), strict=True)
        ]
        in_keys = self.recommended.instead("table")
        told = [in_keys(line) for line in [*problems(done), *done.remarks]]
        words = [Content(plain(line, 1000)) for line in told]
        self.query_one("#table", Static).update(Content("\n").join([*words[:SHOWN], *lines]))


def open_push(desk: Desk) -> None:
    """Ask where the account of the selected key, or all accounts of an operator, are to go."""
    if record := desk.chosen():
        desk.app.open_in_background(partial(_find_accounts, desk, record))


def _find_accounts(desk: Desk, record: KeyRecord) -> None:
    chosen = chosen_accounts(desk.vault.records, [record.public])
    servers = servers_to_push_to(desk.vault.records, chosen.accounts)
    dialog = PushDialog(desk.vault, chosen, ",".join(servers) or desk.server_url(chosen.operator))
    desk.app.call_from_thread(desk.open, dialog, lambda _: desk.reload())
