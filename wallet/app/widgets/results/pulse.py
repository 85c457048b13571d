"""Round trips as they come: a line of bars, the figures below, and what was lost."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from wallet.connection.check.watch import Sample, Trail
from wallet.text import plain

BARS = "▁▂▃▄▅▆▇█"
LOST = "×"
WIDTH = 60


class Pulse(Static):
    """Hidden until the first sample."""

    DEFAULT_CSS = """
    Pulse { height: auto; padding: 0 1; margin: 1 0 0 0; display: none; }
    Pulse.-shown { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._trail = Trail()

    def restart(self) -> None:
        """Forget all samples."""
        self._trail = Trail()
        self.remove_class("-shown")
        self.update("")

    def add(self, sample: Sample) -> None:
        """Show one more round trip, or one that was lost."""
        self._trail.add(sample)
        self.add_class("-shown")
        line = bars([one.ms for one in list(self._trail.samples)[-WIDTH:]])
        self.update(Content.assemble((line, "bold"), f"\n{self._words(sample)}"))

    def _words(self, sample: Sample) -> str:
        words = [plain(sample.problem, 120)] if sample.problem else []
        if sample.ms is not None:
            words.insert(0, f"round trip {sample.ms:.2f} ms")
        if figures := self._trail.figures:
            words.append("min {:.2f}  median {:.2f}  95% {:.2f} ms".format(*figures))
        if again := self._trail.reconnects:
            words.append(f"{again} reconnect{'s' if again > 1 else ''}")
        return "  ·  ".join(words)


def bars(times: Sequence[float | None]) -> str:
    """Draw a bar for each time, as high as it is among these, and a cross for one that was lost."""
    measured = [time for time in times if time is not None]
    low, high = min(measured, default=0), max(measured, default=0)
    step = (high - low) / (len(BARS) - 1) or 1
    return "".join(LOST if time is None else BARS[round((time - low) / step)] for time in times)
