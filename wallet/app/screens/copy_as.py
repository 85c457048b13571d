"""Copy as…: the text is shown before it is copied, but for the seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from wallet.app.screens.dialog import Dialog
from wallet.nkeys import Kind
from wallet.server_config import server_authorization
from wallet.snippets import NamedKey, client
from wallet.vault.record import KeyRecord
from wallet.vault.vault import Vault

if TYPE_CHECKING:
    from wallet.app.app import WalletApp

SEED = "seed"
_SEED_WARNING = (
    "The seed goes to the clipboard of this machine for 20 seconds. Programs that keep a clipboard "
    "history may keep it. Nothing of it is shown here."
)


class CopyAsDialog(Dialog[None]):
    """Enter copies what is chosen, and the dialog ends."""

    app: WalletApp
    ACCEPT_LABEL = "Copy"
    DEFAULT_CSS = """
    CopyAsDialog {
        #box { width: 100; }
        #choice { height: 16; max-height: 1fr; }
        #formats { width: 26; height: 100%; border: none; }
        #preview { width: 1fr; padding: 0 1; height: 100%; background: $boost; }
        #preview Static { width: auto; }
    }
    """

    def __init__(self, vault: Vault, record: KeyRecord, server_url: str) -> None:
        super().__init__()
        self.vault, self.record = vault, record
        self.formats = _formats(record, server_url)
        self.chosen = "public"

    def title_text(self) -> str:
        return f"Copy {self.record.name} as…"

    def fields(self) -> ComposeResult:
        with Horizontal(id="choice"):
            yield OptionList(
                *(Option(label, id=name) for name, (label, _) in self.formats.items()),
                id="formats",
            )
            with VerticalScroll(id="preview", can_focus=False):
                yield Static("", id="text", markup=False)

    def on_mount(self) -> None:
        self.query_one("#formats").focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self.chosen = event.option_id or "public"
        text = _SEED_WARNING if self.chosen == SEED else self._text()
        self.query_one("#text", Static).update(text)
        label = "Copy the seed" if self.chosen == SEED else self.ACCEPT_LABEL
        self.query_one("#accept", Button).label = label

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.chosen = event.option_id or "public"
        if self.chosen == SEED:
            # A secret is not one slip of Enter away: the button asks once more.
            self.query_one("#accept").focus()
        else:
            self.action_accept()

    def accept(self) -> None:
        label, _ = self.formats[self.chosen]
        if self.chosen == SEED:
            with self.vault.open_seed(self.record.public) as seed:
                self.app.copy_secret(seed.encode(), f"Seed of {self.record.name}")
        else:
            self.app.copy_public(self._text(), f"{label} of {self.record.name}")
        self.dismiss(None)

    def _text(self) -> str:
        return self.formats[self.chosen][1]()


def _formats(record: KeyRecord, server_url: str) -> dict[str, tuple[str, Callable[[], str]]]:
    key = NamedKey(record.public, record.path)
    formats: dict[str, tuple[str, Callable[[], str]]] = {
        "public": ("Public key", lambda: record.public)
    }
    if record.kind is Kind.USER:
        formats["server"] = ("Server configuration", lambda: server_authorization([key]))
        for language, label in (
            ("nats-cli", "nats command"),
            ("go", "Go client"),
            ("python", "Python client"),
            ("javascript", "JavaScript client"),
            ("rust", "Rust client"),
        ):
            formats[language] = (label, _client(language, key, server_url))
    if record.has_seed:
        formats[SEED] = ("Seed (secret)", lambda: "")
    return formats


def _client(language: str, key: NamedKey, server_url: str) -> Callable[[], str]:
    return lambda: client(language, key, server_url)
