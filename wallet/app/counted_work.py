"""Work of many steps in a thread, how much of it is done, and the wish that it stop.

Both sides hold one `Count`: the thread notes each step, the dialog shows it and takes Esc.
`Dialog.work` does all that a dialog has to.
"""

from __future__ import annotations

from wallet.errors import UsageError

SHOWN_EVERY = 0.1  # seconds


class Count:
    """`done_as` says what the steps are, as in “made”; `total` may only be known in the thread.

    With `then`, as in “saving…”, the work has an end that cannot be stopped any more, which
    begins after the last step. `stopped` is the sentence for the person where it was stopped.
    """

    def __init__(
        self, done_as: str, total: int | None = None, *, stopped: str = "", then: str = ""
    ) -> None:
        self.total = total
        self.done = 0
        self.stopping = False
        self._done_as, self._stopped, self._then = done_as, stopped, then

    def note(self, done: int, _total: int = 0) -> None:
        """Note that so many steps are done. Raises `UsageError` where the work is to stop."""
        self.done = done
        if self.stopping and self._stopped:
            raise UsageError(self._stopped)

    @property
    def stoppable(self) -> bool:
        """Whether it can still be stopped: what is only being saved cannot."""
        return not self._then or self.total is None or self.done < self.total

    @property
    def sentence(self) -> str:
        """The state of the work in words; empty while they would tell nothing."""
        if not self.stoppable:
            return f"{self.done:,} {self._done_as}, {self._then}"
        if self.total is None and not self.done:
            return ""
        of = "" if self.total is None else f"of {self.total:,} "
        return f"{self.done:,} {of}{self._done_as} · Esc stops"
