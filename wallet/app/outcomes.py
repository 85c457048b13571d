"""Keeping what tests found, in a thread: it is a change of the vault."""

from __future__ import annotations

from wallet.app.host import Host
from wallet.connection.causes.report import Report
from wallet.errors import LockedError, WalletError
from wallet.tasks.outcomes import remember
from wallet.vault.vault import Vault


def remember_later(app: Host, vault: Vault, *reports: Report) -> None:
    """Save the reports; an error is told by the app."""

    def save() -> None:
        try:
            remember(vault, *reports)
        except LockedError:
            return  # nothing is kept in a vault that was locked meanwhile
        except WalletError as error:
            app.call_from_thread(app.tell, error)

    app.run_worker(save, thread=True, exit_on_error=False)
