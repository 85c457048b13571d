"""The further probes that would tell a refusal's causes apart, each a button with its words."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Static

from wallet.app.host import Host
from wallet.connection.check.experiments import Experiment
from wallet.when import here_too

FIRST_KEY = 7  # F7, F8, F9
MOST = 3


class ExperimentList(Vertical):
    """Up to three experiments, each also on a function key from F7 on."""

    app: Host
    DEFAULT_CSS = """
    ExperimentList {
        height: auto;
        padding: 0 1;
        margin: 1 0 0 0;
        display: none;

        &.-shown { display: block; }
        Horizontal { height: auto; }
        Button { margin: 0 1 0 0; }
        Static { width: 1fr; height: auto; color: $text-muted; }
    }
    """

    class Chosen(Message):
        """An experiment is asked for."""

        def __init__(self, experiment: Experiment) -> None:
            super().__init__()
            self.experiment = experiment

    def __init__(self) -> None:
        super().__init__(id="experiments")
        self._offered: list[Experiment] = []

    def compose(self) -> ComposeResult:
        for place in range(MOST):
            with Horizontal(id=f"experiment-{place}"):
                yield Button("", id=f"run-{place}", compact=True)
                yield Static("", markup=False)

    @property
    def offered(self) -> int:
        """The number of those that are offered."""
        return len(self._offered)

    def offer(self, experiments: list[Experiment]) -> None:
        """Show these instead; none hides the list."""
        self._offered = experiments[:MOST]
        self.set_class(bool(self._offered), "-shown")
        for place in range(MOST):
            row = self.query_one(f"#experiment-{place}")
            row.display = place < len(self._offered)
            if row.display:
                experiment = self._offered[place]
                key = self.app.key_of(f"dialog.experiment_{place + 1}", f"f{FIRST_KEY + place}")
                row.query_one(Button).label = f"{key} {experiment.label}"
                row.query_one(Static).update(f"tells {here_too(experiment.what_it_tells)}")

    def choose(self, place: int) -> None:
        """Ask for the experiment at a place, if there is one."""
        if place < len(self._offered):
            self.post_message(self.Chosen(self._offered[place]))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.choose(int((event.button.id or "run-0").removeprefix("run-")))
