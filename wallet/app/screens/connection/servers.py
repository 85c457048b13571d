"""The servers that have a name, and addresses of tests without one: what was tested there, when."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from wallet.app.desk import Desk
from wallet.app.key_repairs import in_keys
from wallet.app.lock.half_typed import HalfTyped
from wallet.app.screens.connection.server_profile import ServerProfileDialog
from wallet.app.screens.connection.test_account import open_account_test
from wallet.app.screens.connection.test_key import not_testable, open_key_test
from wallet.app.screens.dialog import Dialog
from wallet.errors import UsageError
from wallet.nats.claims.content import few
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.show.same_machine import may_be_the_same
from wallet.show.short_texts import short_addresses
from wallet.show.states.last_results import counted, verdict_now
from wallet.text import plain
from wallet.vault.db.parts.results import LastResult
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.records import Records
from wallet.vault.vault import Vault
from wallet.when import with_local

ONLY_LOOKING = "Only looking: servers can be tested, but nothing is kept until that is ended."
_NEW = " new"  # the step of a profile that is made: no name begins with a blank
_NAME, _ADDRESS = 16, 42  # columns at most, and
_LEAST = 12  # of an address
_WIDTH, _AROUND = 96, 10  # of the box, and what stands around a line in it, a scrollbar too
_MOST_KEYS = 5  # whose last results are told


class ServersDialog(Dialog[str]):
    """Ends with the server that is to be tested, by its name or address."""

    TITLE_TEXT = "Servers"
    ACCEPT_LABEL = "Change…"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "add", "New", show=False, id="servers.add"),
        Binding("t", "test", "Test", show=False, id="servers.test"),
        Binding("delete,d", "remove", "Delete", show=False, id="servers.remove"),
    ]
    DEFAULT_CSS = """
    ServersDialog {
        #box { width: 96; }
        OptionList { height: auto; max-height: 38vh; }
        &.-low OptionList { max-height: 4; }
        #detail { height: auto; padding: 0 1; }
        #standing { color: $text-warning; padding: 0 1; display: none; }
        &.-only-looking #standing { display: block; }
    }
    """

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self.vault = vault
        self._kept_in_form: HalfTyped | None = None
        self.servers: list[ServerProfile] = []  # those without a name have but an address
        self._for_address = _ADDRESS  # of an address in a line, and two blanks

    def fields(self) -> ComposeResult:
        yield Static(ONLY_LOOKING, id="standing", markup=False)
        yield OptionList()
        yield Static("", id="detail", markup=False)

    def buttons(self) -> ComposeResult:
        key = self.app.key_of
        yield Button(f"{key('servers.add', 'n')} New…", id="add", compact=True)
        yield Button("⏎ Change…", id="accept", variant="primary", compact=True)
        yield Button(f"{key('servers.test', 't')} Test…", id="test", compact=True)
        yield Button(f"{key('servers.remove', 'd')} Delete…", id="remove", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_class(self.vault.only_looking, "-only-looking")
        self._list()

    def _list(self, select: str | None = None) -> None:
        """List the profiles, then the addresses of tests that are in none."""
        if self.vault.locked:
            return
        records = self.vault.records
        self.servers = records.servers.all()
        options = self.query_one(OptionList)
        at = options.highlighted or 0
        options.clear_options()
        options.add_options(map(Option, self._lines(records)))
        names = [server.name for server in self.servers]
        at = names.index(select) if select in names else min(at, len(names) - 1)
        options.display = bool(self.servers)
        if self.servers:
            options.highlighted = at
            self.set_focus(options)
        else:
            self.set_focus(self.query_one("#add"))
            key = self.app.key_of("servers.add", "n")
            hint = (
                f"No server has a name here yet. Press {key} to name one. The address of a test "
                "is listed here, too."
            )
            self.query_one("#detail", Static).update(hint)

    def _lines(self, records: Records) -> list[Content]:
        """A line for each server: what was tested there stands whole, the rest in columns."""
        tested = [_tested(records, server, self._alike(server)) for server in self.servers]
        room = min(_WIDTH, self.app.size.width) - _AROUND - max(map(len, tested), default=0)
        name = min(_NAME, 2 + max((len(plain(one.name)) for one in self.servers), default=0))
        self._for_address = max(_LEAST, min(_ADDRESS, room - name))
        columns = name, self._for_address
        return [_line(*columns, *one) for one in zip(self.servers, tested, strict=True)]

    def on_resize(self) -> None:
        if self.vault.locked:
            return
        options = self.query_one(OptionList)
        for at, line in enumerate(self._lines(self.vault.records)):
            options.replace_option_prompt_at_index(at, line)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self.say("")
        server = self._chosen()
        text = _detail(self.vault.records, server, self._alike(server), self._for_address)
        self.query_one("#detail", Static).update(text)

    @on(OptionList.OptionSelected)
    def _entered(self) -> None:
        self.action_accept()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id in {"add", "test", "remove"}:
            event.stop()
            getattr(self, f"action_{event.button.id}")()

    def _alike(self, server: ServerProfile) -> list[str]:
        """The addresses of other lines that may be this server, by another name of this machine."""
        others = [url for other in self.servers if other is not server for url in other.urls]
        return [one for url in server.urls for one in may_be_the_same(url, others)]

    def _chosen(self) -> ServerProfile:
        at = self.query_one(OptionList).highlighted
        if at is None or not 0 <= at < len(self.servers):
            key = self.app.key_of("servers.add", "n")
            raise UsageError(f"There is no server to choose. Press {key} to give one a name.")
        return self.servers[at]

    def as_command(self) -> str:
        return command("servers")

    def accept(self) -> None:
        server = self._chosen()
        if server.name:
            self._change(ServerProfileDialog(self.vault, server), server.name)
        else:
            self._change(ServerProfileDialog(self.vault, url=server.urls[0]), _NEW)

    def action_add(self) -> None:
        self._try(lambda: self._change(ServerProfileDialog(self.vault), _NEW))

    def take_back(self, kept: HalfTyped) -> None:
        """Open again the profile that was half made or changed, which takes the rest."""
        self._kept_in_form = kept
        profile = None if kept.step == _NEW else self.vault.records.servers.profile(kept.step)
        if profile is None and kept.step != _NEW:
            self.say(
                f"{plain(kept.step)} is gone: deleted elsewhere, meanwhile. This makes it anew."
            )
        self._try(lambda: self._change(ServerProfileDialog(self.vault, profile), kept.step))

    def action_test(self) -> None:
        self._try(lambda: self.finish(self._chosen().name or self._chosen().urls[0]))

    def action_remove(self) -> None:
        self._try(lambda: self._change(RemoveServerDialog(self.vault, self._chosen())))

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except UsageError as error:
            self.say(error.told)

    def _change(self, dialog: Dialog[str], step: str = "") -> None:
        """Open a dialog that changes; a `step` is how a form is opened again after a lock."""
        if self.vault.only_looking:
            raise UsageError(ONLY_LOOKING)
        if step:
            dialog.opened_by, dialog.step = self.opened_by, step
            dialog.kept, self._kept_in_form = self._kept_in_form, None
        self.app.push_screen(dialog, lambda name: None if name is None else self._list(name))


class RemoveServerDialog(Dialog[str]):
    """Asks before a profile, or an address without one, is left out of the list."""

    STARTS_AT = "#cancel"
    TITLE_TEXT = "Delete this server here?"

    def __init__(self, vault: Vault, server: ServerProfile) -> None:
        super().__init__()
        self.vault, self.server = vault, server

    def fields(self) -> ComposeResult:
        about = f"{self.server.name} {', '.join(self.server.urls)}".strip()
        yield Static(plain(about, 300), classes="field-label", markup=False)
        yield Static(
            in_keys(
                self.app,
                "Results of tests stay with the keys. Of a server that is gone for good, ‹push› "
                "to it drops them too: its button “It is gone”.",
            ),
            classes="explain",
            markup=False,
        )

    def buttons(self) -> ComposeResult:
        yield Button("Delete", id="accept", variant="error", compact=True)
        yield Button("Keep", id="cancel", compact=True)

    def as_command(self) -> str:
        if not self.server.name:
            raise UsageError("No command does just this: servers forget drops its results too.")
        return command("servers", "remove", self.server.name)

    def accept(self) -> None:
        server = self.server

        def job() -> str:
            with self.vault.change() as records:
                if server.name:
                    records.servers.remove_profile(server.name)
                else:
                    records.servers.forget(server.urls[0])
            return ""

        self.work(job)


def _tested(records: Records, server: ServerProfile, alike: list[str]) -> str:
    tested = counted(records, records.results.last(server.urls))
    return tested + (", listed twice?" if alike else "")


def _line(name_width: int, width: int, server: ServerProfile, tested: str) -> Content:
    name = plain(server.name, name_width - 2) or "—"
    address = short_addresses(server.urls, width - 2)
    return Content.assemble(
        (f"{name:<{name_width}}", "bold"), f"{address:<{width}}", (tested, "$text-muted")
    )


def _detail(records: Records, server: ServerProfile, alike: list[str], room: int) -> str:
    """Tell all about a server: its files, how the last test of each key there went, and its
    addresses where its line has no `room` for them."""
    addresses = ", ".join(server.urls)
    lines = [addresses] if len(server.urls) > 1 or len(addresses) > room - 2 else []
    for label, text in (("CA", server.ca), ("certificate", server.cert), ("key", server.key)):
        lines += [f"TLS {label}: {text}"] if text else []
    lines += [f"Monitoring: {server.monitor}"] if server.monitor else []
    results = records.results.last(server.urls)
    lines += [_result(records, result) for result in results[:_MOST_KEYS]]
    if len(results) > _MOST_KEYS:
        lines.append(f"and {len(results) - _MOST_KEYS:,} keys more")
    if alike:
        lines.append(f"Perhaps the same server as {few(alike)}: this machine by another name.")
    if not server.name:
        lines.append("Enter gives this address a name.")
    return "\n".join(plain(line, 300) for line in lines)


def _result(records: Records, result: LastResult) -> str:
    record = records.by_public(result.public)
    name = record.path if record is not None else result.public
    sign, verdict = verdict_now(records, record, result).split(" ", 1)
    return f"{sign} {name}  {verdict}  {with_local(result.at)}"


def open_servers(desk: Desk) -> None:
    """Show the servers; one that is to be tested there is offered to the selected key's test."""
    desk.open(ServersDialog(desk.vault), partial(_test, desk))


def _test(desk: Desk, server: str | None) -> None:
    record = desk.selected
    if not server:
        return
    if record is None:
        desk.refuse("Select the key that is to be tested first.")
    elif record.kind in {Kind.ACCOUNT, Kind.OPERATOR}:
        desk.note_action("test_account")
        open_account_test(desk, server)
    elif refusal := not_testable(desk.vault.records, record):
        desk.refuse(refusal)
    else:
        desk.note_action("test")
        open_key_test(desk, server)
