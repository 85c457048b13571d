"""No secret is shown before that is noted in the vault, where the vault can be written."""

from __future__ import annotations

from collections.abc import Sequence

from wallet.errors import LockedError, NotRecordedError, SaveUncertainError, VaultError
from wallet.vault.db.journal.kinds import What
from wallet.vault.vault import Vault


def record(vault: Vault, what: What, publics: Sequence[str], detail: str = "") -> None:
    """Save the note that the secrets of these keys are about to be shown.

    Raises `NotRecordedError` when it cannot be saved, and `LockedError`.
    """
    if not publics:
        return
    try:
        with vault.change(minor=True) as records:
            records.history.note_each(what, publics, detail)
    except LockedError:
        raise
    except SaveUncertainError:
        return  # it is in the file: more than a power cut may take back is not to be had
    except VaultError as error:
        raise NotRecordedError(
            f"{error} So it could not be noted in the vault that this secret is shown, and "
            "nothing was shown."
        ) from error
