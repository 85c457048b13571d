"""Reading what a person names: files, directories, whole stores, or a text that was pasted.

    with Findings() as into:
        SourceReader(into, progress).path(Path("~/.local/share/nats/nsc"))

The names of files only hint at what is in them; it is the contents that count. In a directory,
what holds nothing of NATS' is passed over, and what promises a key and has none is refused; one
bad file keeps nothing else from being read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wallet.exchange.readers import formats, nsc_store
from wallet.exchange.readers.directory import WalkedFile, walk
from wallet.exchange.readers.file_content import FileContent, NotOpenedError, opened
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.texts.source_text import SourceText
from wallet.exchange.readers.told_servers import add_servers
from wallet.secrets import encoding, sodium

Progress = Callable[[int], None]
"""Called with how many files were read so far. What it raises ends the reading."""


class SourceReader:
    """Reads the files of one import. Nothing that it meets in a file makes it raise."""

    def __init__(self, into: Findings, progress: Progress | None = None) -> None:
        self._into = into
        self._progress = progress or (lambda _read: None)
        self._managed: set[Path] = set()  # stores of operators whose keys others have

    def text(self, content: bytearray, source: str = "what was pasted") -> None:
        """Read a pasted text; it stays the caller's to wipe."""
        self._read(content, source)

    def path(self, path: Path) -> None:
        """Read a file that a person named, or go through a directory."""
        self._into.name_root(str(path))
        self._path(path)
        self._into.forget_seedless()

    def _path(self, path: Path) -> None:
        if os.path.isdir(path):  # which never raises
            self._directory(path)
            return
        try:
            with opened(path, limit=formats.largest(path)) as file:
                self._file(file, str(path), named=True)
        except NotOpenedError as error:
            self._into.refuse(str(path), str(error))

    def _directory(self, root: Path) -> None:
        stores = []
        before = len(self._into.mentions), len(self._into.bad)
        for entry in walk(root, self._into):
            if entry.name == nsc_store.MARK:
                stores.append(Path(entry.path).parent)
                self._note_of_store(entry)
                continue
            if entry.name == nsc_store.SELECTION:
                self._into.note(entry.path, nsc_store.NOT_THE_SELECTION)
            try:
                with entry.open() as file:
                    self._file(file, entry.path, named=False)
            except NotOpenedError as error:
                if entry.telling:
                    self._into.refuse(entry.path, str(error))
                else:
                    self._into.passed_over += 1
        for store in stores:
            self._rest_of(store, root)
            self._servers_of(store)
        if before == (len(self._into.mentions), len(self._into.bad)):
            self._into.refuse(str(root), "No NATS key, JWT or creds file is in it.")

    def _note_of_store(self, entry: WalkedFile) -> None:
        """Say what a store's own file tells of it that is not kept here."""
        with suppress(NotOpenedError), entry.open() as file:
            if why := nsc_store.not_kept(file.content):
                self._managed.add(Path(entry.path).parent)
                self._into.note(entry.path, why)

    def _rest_of(self, store: Path, root: Path) -> None:
        """The seeds of what an nsc store's JWTs name, where they lie beside the store."""
        mentions = self._into.mentions
        lacking = {mention.public.text for mention in mentions} - self._into.with_seed
        for keys in nsc_store.key_directories(store):
            for public in sorted(lacking):
                path = nsc_store.key_file(keys, public)
                if os.path.isfile(path):
                    self._path(path)
            creds = nsc_store.creds_directory(keys, store)
            inside = os.path.realpath(creds).startswith(os.path.join(os.path.realpath(root), ""))
            if os.path.isdir(creds) and not inside:
                self._directory(creds)
        self._tell_of_seeds(store)

    def _tell_of_seeds(self, store: Path) -> None:
        """Say where the seeds lie of a store of which none at all came in."""
        beneath = os.path.join(str(store), "")
        elsewhere = {"operator"} if store in self._managed else set()
        own = {
            one.public.text
            for one in self._into.mentions
            if one.claims is not None
            and one.claims.type not in elsewhere
            and one.source.startswith(beneath)
        }
        if own and not own & self._into.with_seed:
            self._into.note(str(store), nsc_store.where_seeds_lie(own))
            self._into.seedless[len(self._into.notes) - 1] = own

    def _servers_of(self, store: Path) -> None:
        """Take the servers that the JWT of a store's operator names."""
        beneath = os.path.join(str(store), "")
        for mention in list(self._into.mentions):
            claims = mention.claims
            if (
                claims is None
                or claims.type != "operator"
                or not mention.source.startswith(beneath)
            ):
                continue
            urls = claims.nats.get("operator_service_urls")
            texts = [url for url in urls if isinstance(url, str)] if isinstance(urls, list) else []
            add_servers(texts, mention.source, self._into, name=claims.name)

    def _file(self, file: FileContent, path: str, *, named: bool) -> None:
        self._into.read += 1
        self._progress(self._into.read)
        with self._into.watching(path, file):
            self._read(file.content, path, path, named=named)

    def _read(
        self, content: bytearray, shown: str, place: str | None = None, *, named: bool = True
    ) -> None:
        if encoding.is_marked(content):
            with _without_mark(content) as text:
                self._text(SourceText(text, shown, place, named=named))
        else:
            self._text(SourceText(content, shown, place, named=named))

    def _text(self, text: SourceText) -> None:
        before = len(self._into.mentions)
        formats.format_of(text).read(text, self._into)
        if text.named_for_a_key:
            self._check_name(text.stem, text.shown, before)

    def _check_name(self, name: str, path: str, before: int) -> None:
        """A file named for a key holds that key, or somebody has been at it."""
        mentions = self._into.mentions[before:]
        if mentions and all(each.public.text != name for each in mentions):
            self._into.forget_since(before)
            self._into.refuse(
                path, "It is named for one key and holds another's. Find out which is meant."
            )


@contextmanager
def _without_mark(content: bytearray) -> Iterator[bytearray]:
    """The text in UTF-8 without a byte-order mark, for as long as it is read."""
    try:
        text = encoding.utf8(content)
    except ValueError:
        text = bytearray(content)  # no text: its reader says so
    try:
        yield text
    finally:
        sodium.wipe(text)
