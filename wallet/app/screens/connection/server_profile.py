"""Making a server's profile, or changing one: its name, addresses, TLS files and monitoring."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input, Static

from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.forms.labelled_row import labelled
from wallet.app.widgets.forms.tls_fields import TlsFields
from wallet.errors import UsageError
from wallet.shell import command
from wallet.tasks.deployment.server_choice import profile_of
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.vault import Vault

ADDRESSES = "nats:// or tls://host:4222; several with commas"


class ServerProfileDialog(Dialog[str]):
    """Ends with the name of the profile that is kept. `profile` is the one that is changed."""

    STARTS_AT = "#name"
    KEEPS_TEXT = True
    ACCEPT_LABEL = "Keep"

    def __init__(self, vault: Vault, profile: ServerProfile | None = None, url: str = "") -> None:
        """A new one begins with the address `url`."""
        super().__init__()
        self.vault, self.profile = vault, profile
        self.edits = profile is not None
        self._begin = profile or ServerProfile("", (url,) if url else ())

    def title_text(self) -> str:
        return f"Server {self.profile.name}" if self.profile else "New server"

    def fields(self) -> ComposeResult:
        begin = self._begin
        yield labelled("Name", "name", "prod: a word to name it by in tests", begin.name)
        yield labelled("Addresses", "urls", ADDRESSES, ", ".join(begin.urls))
        yield TlsFields(begin.ca, begin.cert, begin.key)
        yield labelled("Monitoring", "monitor", "http://host:8222: proves more", begin.monitor)
        if self.profile is not None:
            about = "Results of tests stay with the addresses, whatever the name."
            yield Static(about, classes="explain", markup=False)

    def as_command(self) -> str:
        urls, name = [("--url", url) for url in self._urls()], self._text("name")
        monitor = [("--monitor", text)] if (text := self._text("monitor")) else []
        files = self.query_one(TlsFields).flags()
        commands = [command("servers", "add", name or "NAME", *urls, *files, *monitor)]
        if self.profile is not None and name != self.profile.name:
            commands.insert(0, command("servers", "remove", self.profile.name))
        return " && ".join(commands)

    def _urls(self) -> list[str]:
        return [url.strip() for url in self._text("urls").split(",") if url.strip()]

    def accept(self) -> None:
        name, monitor = self._text("name"), self._text("monitor")
        urls = self._urls()
        if not urls:
            raise UsageError("A server needs an address, such as nats://host:4222.")
        files = self.query_one(TlsFields).files()
        profile = profile_of(name, urls, files, monitor or None)
        before = self.profile.name if self.profile is not None else ""

        def job() -> str:
            with self.vault.change() as records:
                if name != before and records.servers.profile(name) is not None:
                    raise UsageError(f"Another server is called {name} here. Take another name.")
                if before and name != before:
                    records.servers.remove_profile(before)
                records.servers.set_profile(profile)
            return name

        self.work(job)

    def _text(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()
