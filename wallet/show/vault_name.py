"""The name by which a person tells a vault from others."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from wallet.errors import NoHomeError
from wallet.system.disk import paths
from wallet.text import plain

_LONGEST = 24


def vault_name(path: Path) -> str:
    """A vault's file by its name, or by its directory's where it is called as all are.

    Empty for the one at the usual place: there is nothing to tell it from.
    """
    absolute = path.absolute()
    with suppress(NoHomeError):
        if absolute == paths.data_directory() / paths.USUAL_VAULT:
            return ""
    told_by = absolute.parent if absolute.name == paths.USUAL_VAULT else absolute
    return plain(told_by.stem, _LONGEST)
