"""Fields that write on what is typed: paths of files and of keys at Tab, subjects at → alone."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from textual.widgets import Input

from wallet.errors import UsageError
from wallet.nats.nkeys import Kind
from wallet.nats.subjects import WELL_KNOWN
from wallet.system.disk import paths
from wallet.text import shared_beginning

if TYPE_CHECKING:
    from wallet.vault.records import Records

_MOST = 5000  # names of a directory that are looked at
_MOST_KEYS = 1000  # with each character that is typed
_LAST_SUBJECT = re.compile(r"[^\s,:]*\Z")  # of a list, as `orders.>, $SYS` or `sub:$SYS`


class CompletedInput(Input):
    """An input whose suggestion Tab takes, as → does; without one Tab goes to the next field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", show=False, id="field.complete")
    ]

    def action_complete(self) -> None:
        """Take what is suggested, or go on."""
        before = self.value
        if self.cursor_at_end:
            self.action_cursor_right()
        if self.value == before:
            self.screen.focus_next()


class FilePaths(Suggester):
    """Suggests the file or directory that a path may become."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(completed_path, value)


class KeyPaths(Suggester):
    """Suggests the path of a key that may be meant, out of those that `paths` gives."""

    def __init__(self, paths: Callable[[], Iterable[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._paths = paths

    async def get_suggestion(self, value: str) -> str | None:
        paths = [path for path in islice(self._paths(), _MOST_KEYS) if path.startswith(value)]
        return min(paths) if value and paths and value not in paths else None


class Subjects(Suggester):
    """Suggests the subject that the last one of a list may become: one of `own`, else of NATS's.

    Its field is no `CompletedInput`: to go on with Tab must not write a wildcard into permissions.
    """

    def __init__(self, own: Iterable[str] = ()) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._subjects = (*own, *WELL_KNOWN)

    async def get_suggestion(self, value: str) -> str | None:
        match = _LAST_SUBJECT.search(value)
        begun = match[0] if match else ""
        if not begun or begun in self._subjects:
            return None
        before = value[: len(value) - len(begun)]
        fitting = (subject for subject in self._subjects if subject.startswith(begun))
        return next((before + subject for subject in fitting), None)


def path_input(value: str = "", **options: Any) -> CompletedInput:
    """A field for the path of a file."""
    return CompletedInput(value, suggester=FilePaths(), **options)


def parents_in(records: Records) -> Iterator[str]:
    """The paths of operators and accounts, under which other keys stand."""
    for kind in (Kind.OPERATOR, Kind.ACCOUNT):
        yield from (record.path for record in records.all(kind) if not record.signing)


def completed_path(typed: str) -> str | None:
    """A path written on as far as all files there agree, else to the first; None where none fits.

    One that names a file already stays as it is.
    """
    directory, name = os.path.split(typed)
    try:
        if not typed or os.path.isfile(paths.given(typed)):
            return None
        with os.scandir(paths.given(directory or ".")) as entries:
            names = sorted(
                entry.name + ("/" if entry.is_dir() else "")
                for entry, _ in zip(entries, range(_MOST), strict=False)
                if entry.name.startswith(name) and (name or not entry.name.startswith("."))
            )
    except (OSError, UsageError, ValueError):
        return None
    if not names:
        return None
    shared = shared_beginning(names)
    longer = shared if len(shared) > len(name) else names[0]
    return typed[: len(typed) - len(name)] + longer
