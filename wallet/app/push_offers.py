"""The offers to push: accounts that servers may lack, and the next step where none is known."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from wallet.app.desk import Desk
from wallet.app.key_repairs import in_keys
from wallet.errors import WalletError
from wallet.nats.claims.content import few
from wallet.tasks.deployment.deliveries import changes, open_line
from wallet.tasks.deployment.first_steps import any_server_known, first_step
from wallet.tasks.rotation.open_steps import summary


class PushOffers:
    """Says on the main screen what is open, and says nothing twice.

    Of a damaged vault it says nothing: the tree says more.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._changes: dict[str, datetime] = {}  # of accounts, as the person knows of them
        self._step = ""  # that was told last, while no server is known

    def begin(self) -> None:
        """Say at the start which rotations were left half-way, and what servers may lack."""
        with suppress(WalletError):
            records = self._desk.vault.records
            self._changes = changes(records)
            if not any_server_known(records):
                self._step = first_step(records, map(records.find, self._changes))
            self._desk.say(summary(records) or None)
            self._desk.say(open_line(records) or None)

    def go_on(self) -> None:
        """Say which accounts changed since that was last said, and what brings them to servers."""
        with suppress(WalletError):
            records = self._desk.vault.records
            before, self._changes = self._changes, changes(records)
            anew = [path for path, at in self._changes.items() if before.get(path) != at]
            if any_server_known(records):
                if anew:
                    self._desk.say(
                        f"Servers may lack the new JWT of {few(anew)}: ‹push› pushes it."
                    )
                return
            step = first_step(records, map(records.find, self._changes))
            if step != self._step:
                app = self._desk.app
                app.withdraw(in_keys(app, self._step))
                self._desk.say(step or None)
            self._step = step
