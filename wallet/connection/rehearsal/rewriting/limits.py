"""The settings that a rehearsal cannot judge, or not in full, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Unjudged(NamedTuple):
    """A setting that was not judged here, or not in full, and the reason.

    `line` counts from 1 in `file`.
    """

    setting: str
    file: str
    line: int
    why: str

    def to_json(self) -> dict[str, object]:
        """The setting and why it was not judged, as an object of `test --config --json`."""
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
# Why these settings are not judged, whatever their values are.
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


def not_given(unjudged: Sequence[Unjudged]) -> tuple[str, ...]:
    """The settings among these that no server was started with."""
    return tuple(dict.fromkeys(one.setting for one in unjudged if one.why in _NOT_GIVEN))


def sentences(unjudged: Sequence[Unjudged]) -> list[str]:
    """Tell a person what was not judged, in one sentence for each reason."""
    by_reason: dict[str, list[str]] = {}
    for one in unjudged:
        by_reason.setdefault(one.why, []).append(one.setting)
    return [
        f"Not judged here, {why}: {', '.join(dict.fromkeys(names))}."
        for why, names in by_reason.items()
    ]
