"""The count of what needs a look, in the header: made in a thread, and anew after each change."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from textual import events
from textual.widgets import Static
from textual.worker import WorkerCancelled, get_current_worker

from wallet.errors import WalletError
from wallet.tasks.health.vault_health import health_notes
from wallet.vault.vault import Vault

_MOST_KEYS = 2000  # of more the page tells: counting takes a second for each two thousand


class HealthCount(Static):
    """“2 need a look”, or nothing; a click opens the page."""

    DEFAULT_CSS = """
    HealthCount { width: auto; padding: 0 1; color: $text-warning; display: none; }
    HealthCount.-some { display: block; }
    """

    def count(self, vault: Vault) -> None:
        """Count the problems of a vault, without those in files at other places."""
        look = partial(self._look, vault)
        self.run_worker(look, thread=True, exclusive=True, exit_on_error=False)

    def _look(self, vault: Vault) -> None:
        worker, app = get_current_worker(), self.app

        def note(_number: int) -> None:
            if worker.is_cancelled:
                raise WorkerCancelled

        try:
            if vault.records.count() > _MOST_KEYS:
                return
            notes = health_notes(vault, [], datetime.now(UTC), note)
        except (WalletError, WorkerCancelled):
            return  # locked or damaged, which others tell, or another count has begun
        app.call_from_thread(
            self._show, len({each.public or each.code for each in notes if each.problem})
        )

    def _show(self, count: int) -> None:
        if self.is_running:
            self.update(f"{count:,} need{'s' * (count == 1)} a look")
            self.set_class(count > 0, "-some")

    async def on_click(self, event: events.Click) -> None:
        event.stop()
        await self.screen.run_action("do('health')")
