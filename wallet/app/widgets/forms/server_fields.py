"""The fields of a test: which servers to ask, and how. One key and many have them in common."""

from __future__ import annotations

from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Collapsible, Input, Select, Static

from wallet.app.widgets.forms.choice_field import ChoiceField
from wallet.app.widgets.forms.completed_input import Subjects
from wallet.app.widgets.forms.labelled_row import LabelledRow, labelled
from wallet.app.widgets.forms.tick import Tick
from wallet.app.widgets.forms.tls_fields import TlsFields
from wallet.connection.causes.evidence import Probe
from wallet.connection.check.many import check_at_once
from wallet.connection.check.request import Ask, Server
from wallet.errors import UsageError
from wallet.show.short_texts import short_addresses
from wallet.show.states.last_results import counted, verdict_now
from wallet.tasks.deployment.server_choice import servers_of
from wallet.text import plain
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.records import Records
from wallet.when import with_local

PROBES = "where in doubt, show a wrong signature too"
_TIMEOUT = "5"  # seconds
BEFOREHAND_TITLE = "What a test shows the server, and leaves in its log"
BEFOREHAND = (
    "A wrong signature proves that keys are checked; the server logs it as “authentication error”, "
    "and, where this user may not ask $SYS.REQ.USER.INFO who it is, a permissions violation. "
    "Unticked: neither, and what is in doubt stays “taken, check not proved”.\n"
    "What a key signs for a server does not say for which: a hostile server can pass it on, and is "
    "let in elsewhere as this user. Test only where you would connect."
)


class FieldValues(NamedTuple):
    """The fields' values, read. `several` is whether more than one server may answer."""

    servers: list[Server]
    timeout: float
    cluster: bool
    probe: Probe
    asks: tuple[Ask, ...]
    at_once: int | None

    @property
    def several(self) -> bool:
        return self.cluster or len(self.servers) > 1


class ServerFields(Vertical):
    """The server's address, and folded away what is seldom needed."""

    DEFAULT_CSS = """
    ServerFields {
        height: auto;

        #server { margin: 0; }
        #profile { margin: 0; }
        #tls, #beforehand { height: auto; border: none; padding: 0; background: $surface; }
        #tls Vertical { height: auto; }
    }
    """

    def __init__(
        self,
        records: Records,
        server: str,
        *,
        public: str | None = None,
        at_once: int | None = None,
    ) -> None:
        """`public` is the key that is asked about; with `at_once` there are many."""
        super().__init__()
        self._server, self._at_once, self._records = server, at_once, records
        profiles = records.servers.profiles()
        self._profiles = [(_offer(records, profile, public), profile.name) for profile in profiles]
        self._known = [*(profile.name for profile in profiles), *records.servers.recent()]

    def compose(self) -> ComposeResult:
        if self._profiles:
            yield ChoiceField(
                self._profiles, prompt="a server that you gave a name", id="profile", compact=True
            )
        yield Input(
            self._server,
            id="server",
            placeholder="nats://host:4222 or tls://host:4222; several with commas",
            suggester=SuggestFromList(self._known, case_sensitive=False),
        )
        title = "TLS files, time limit and more"
        with Collapsible(title=title, collapsed=True, id="tls"), Vertical():
            yield TlsFields()
            yield labelled("Monitoring", "monitor", "http://host:8222: proves more")
            yield labelled("Time limit", "timeout", "seconds for each check", _TIMEOUT)
            if self._at_once is None:
                yield labelled(
                    *("Subjects", "may", "may it use them? orders.> sub:events; pub:x publishes"),
                    suggester=Subjects(),
                )
            else:
                yield labelled("At a time", "at-once", "checks", str(self._at_once))
            yield LabelledRow(
                "Cluster", Tick("also the servers that it names", False, id="cluster")
            )
            yield LabelledRow("Proof", Tick(PROBES, True, id="probe"))
        with Collapsible(title=BEFOREHAND_TITLE, collapsed=True, id="beforehand"):
            yield Static(BEFOREHAND, classes="explain", markup=False)

    def on_select_changed(self, event: Select.Changed) -> None:
        """Put the chosen profile's name where the address stands: it means all its settings."""
        event.stop()
        if isinstance(event.value, str):
            server = self.query_one("#server", Input)
            server.value = event.value
            server.focus()  # in line behind the focus that the list takes back when it closes

    def focus_server(self) -> None:
        """Begin with the address marked, as in every form: what is typed takes its place."""
        self.screen.set_focus(self.query_one("#server", Input))

    def values(self) -> FieldValues:
        """Read the fields. Raises `UsageError` for what cannot be."""
        tls = self.query_one(TlsFields).files()
        cluster = self.query_one("#cluster", Tick).value
        monitor = self._text("monitor")
        if cluster and monitor:
            raise UsageError("The monitoring address belongs to one server.")
        return FieldValues(
            servers_of(self._records.servers, [self._text("server")], tls, monitor),
            self._timeout(),
            cluster,
            Probe.IN_DOUBT if self.query_one("#probe", Tick).value else Probe.NEVER,
            tuple(Ask.parse_all(self._text("may").split())) if self._at_once is None else (),
            self._number_at_once() if self._at_once is not None else None,
        )

    def flags(self) -> list[tuple[str, ...]]:
        """The fields as flags of `test`."""
        flags: list[tuple[str, ...]] = [("--server", self._text("server"))]
        flags += self.query_one(TlsFields).flags()
        if monitor := self._text("monitor"):
            flags.append(("--monitor", monitor))
        if (timeout := self._text("timeout")) != _TIMEOUT:
            flags.append(("--timeout", timeout))
        if self._at_once is None:
            flags += [("--may", subject) for subject in self._text("may").split()]
        elif (at_once := self._text("at-once")) != str(self._at_once):
            flags.append(("--at-once", at_once))
        if self.query_one("#cluster", Tick).value:
            flags.append(("--cluster",))
        if not self.query_one("#probe", Tick).value:
            flags.append(("--no-probe",))
        return flags

    def _text(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _timeout(self) -> float:
        try:
            seconds = float(self._text("timeout"))
        except ValueError:
            seconds = 0
        if not 0 < seconds <= 300:
            raise UsageError("The time limit is a number of seconds, up to 300.")
        return seconds

    def _number_at_once(self) -> int:
        try:
            return check_at_once(int(self._text("at-once")))
        except ValueError:
            return check_at_once(0)


def _offer(records: Records, profile: ServerProfile, public: str | None) -> Content:
    """Describe a profile, and how the last test there went: of this key, or of all."""
    results = records.results.last(profile.urls)
    if public is not None:
        results = [result for result in results if result.public == public][:1]
    last_test = counted(records, results)
    if results and public is not None:
        verdict = verdict_now(records, records.by_public(public), results[0])
        last_test = f"{verdict} {with_local(results[0].at)}"
    return Content(f"{plain(profile.name)}  {last_test}  {short_addresses(profile.urls, 60)}")
