"""Keeping what tests found, in a thread: it is a change of the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.connection.causes.report import Report
from wallet.errors import LockedError, WalletError
from wallet.tasks.outcomes import remember
from wallet.vault.vault import Vault

if TYPE_CHECKING:
    from wallet.app.app import WalletApp


def remember_later(app: WalletApp, vault: Vault, *reports: Report) -> None:
    """Save the reports; an error is told by the app."""

    def save() -> None:
        try:
            remember(vault, *reports)
        except LockedError:
            return  # nothing is kept in a vault that was locked meanwhile
        except WalletError as error:
            app.call_from_thread(app.tell, error)

    app.run_worker(save, thread=True, exit_on_error=False)
