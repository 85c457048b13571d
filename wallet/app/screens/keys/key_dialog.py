"""The base of dialogs that change one key."""

from __future__ import annotations

from collections.abc import Callable

from wallet.app.screens.dialog import Dialog
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.tree.marks import as_it_is
from wallet.vault.vault import Vault


class KeyDialog(Dialog[int]):
    """A dialog about a key of the vault. It ends with the id of that key."""

    def __init__(self, vault: Vault, record: KeyRecord) -> None:
        super().__init__()
        self.vault, self.record = vault, record

    def change(self, change: Callable[[Issuing, Records], object], note: str = "") -> None:
        """Do `change` in a thread, as one change of the vault, and end the dialog with the key.

        What could not be signed with it is told then.
        """

        def job() -> int:
            with self.vault.change() as records:
                as_it_is(records, self.record)
                issuing = Issuing(records)
                change(issuing, records)
            self._not_signed = {**issuing.left, **issuing.told}
            return self.record.id

        self.work(job, note)
