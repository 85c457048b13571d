"""What a rehearsal puts in the place of things outside, and what it cannot judge then. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol


class Places(Protocol):
    """What a rehearsal puts in the place of ports, addresses and files."""

    def port(self, host: str, number: int) -> int:
        """A free port: the same for the same number, unless at addresses that cannot meet."""

    def refusing(self, host: str, port: str) -> int:
        """A port of this machine at which every attempt to connect is refused at once."""

    def path(self, written: str) -> str:
        """Where in the sandbox that file or directory would be; nothing is made."""

    def credentials(self, written: str) -> str:
        """A file in the place of a remote's creds."""

    def certificates(self, files: Iterable[str]) -> dict[str, str] | None:
        """The absolute paths of files that can be read, or None where one of them cannot."""

    def throwaway(self) -> tuple[str, str]:
        """A certificate and its key, in files, of nobody."""


class Unjudged(NamedTuple):
    """A setting that was not judged here, or not in full, and the reason."""

    setting: str
    file: str
    line: int
    why: str

    def to_json(self) -> dict[str, object]:
        """As `test --config --json` prints it."""
        return self._asdict()


ADDRESS = "whether its machine has that address is not known"
CONTACTED = "nobody was contacted"
CREDS = "its file was not read"
STORE = "Windows alone has a store of certificates"
UNKNOWN = "this wallet does not know it"
TPM = "no TPM is asked"
LOG = "nothing is sent to it"
OCSP = "no responder is asked"
CERTIFICATE = "keys are tried without TLS, and it asks a client for a certificate too"
_EMPTY = "an empty directory stood in its place"
_WRITTEN = "whether it can be written there is not known"
# Of whatever these are set to.
OF_SETTING = {
    "store_dir": _EMPTY,
    "jetstream.store_dir": _EMPTY,
    "jetstream.key": "whether the data there are encrypted with it is not known",
    "jetstream.tpm": TPM,
    "log_file": _WRITTEN,
    "pid_file": _WRITTEN,
    "ports_file_dir": _WRITTEN,
    "syslog": LOG,
    "remote_syslog": LOG,
    "ocsp": OCSP,
    "ocsp_cache": OCSP,
    "tls.verify": CERTIFICATE,
    "tls.verify_and_map": CERTIFICATE,
}
_NOT_GIVEN = {UNKNOWN, STORE, TPM, LOG, OCSP}


def not_given(found: Sequence[Unjudged]) -> tuple[str, ...]:
    """The settings that no server was started with."""
    return tuple(dict.fromkeys(one.setting for one in found if one.why in _NOT_GIVEN))


def sentences(found: Sequence[Unjudged]) -> list[str]:
    """What was not judged, one for each reason."""
    reasons: dict[str, list[str]] = {}
    for one in found:
        reasons.setdefault(one.why, []).append(one.setting)
    return [
        f"Not judged here, {why}: {', '.join(dict.fromkeys(of))}." for why, of in reasons.items()
    ]
