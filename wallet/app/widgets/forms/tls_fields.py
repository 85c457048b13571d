"""Fields for the files of TLS."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from wallet.app.widgets.forms.labelled_row import labelled_path
from wallet.connection.protocol.target import TlsFiles
from wallet.system.disk import paths

_FIELDS = ("ca", "cert", "key")


class TlsFields(Vertical):
    """The fields for the trusted certificate authority, and for our certificate with its key."""

    DEFAULT_CSS = """
    TlsFields { height: auto; }
    """

    def __init__(self, ca: str = "", cert: str = "", key: str = "") -> None:
        """`tls` has the paths that the fields begin with."""
        super().__init__()
        self._begin = ca, cert, key

    def compose(self) -> ComposeResult:
        ca, cert, key = self._begin
        yield labelled_path("CA file", "ca", "PEM, when the system does not know it", ca)
        yield labelled_path("Certificate", "cert", "ours, PEM, for mutual TLS", cert)
        yield labelled_path("its key", "key", "PEM, not encrypted", key)

    def files(self) -> TlsFiles:
        """The files that are named. Raises `UsageError` for those that cannot be."""
        tls = TlsFiles(*(self._path(name) for name in _FIELDS))
        tls.context()
        return tls

    def flags(self) -> list[tuple[str, str]]:
        """The files as flags of a command."""
        typed = ((name, self.query_one(f"#{name}", Input).value.strip()) for name in _FIELDS)
        return [(f"--tls-{name}", path) for name, path in typed if path]

    def _path(self, name: str) -> Path | None:
        text = self.query_one(f"#{name}", Input).value.strip()
        return paths.given(text) if text else None
