"""Servers that files tell of: a context's, with its TLS files, and those of an operator's JWT."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from wallet.connection.protocol.target import Target
from wallet.errors import UsageError
from wallet.exchange.readers.material import Findings
from wallet.text import holds_seed
from wallet.vault.db.parts.servers import LONGEST, MOST_URLS, ServerProfile
from wallet.vault.key_record import is_plain

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 60  # with room for a number


def add_servers(
    urls: Iterable[str], source: str, into: Findings, *, name: str = "", files: Iterable[str] = ()
) -> None:
    """Put addresses into `into`, and with a name a profile of them with the TLS `files`: CA,
    certificate and key, in this order, empty for none. What cannot be kept is noted."""
    addresses: list[str] = []
    for url in urls:
        if len(addresses) == MOST_URLS:
            into.note(source, f"It names more than {MOST_URLS} servers: the others are not kept.")
            break
        try:
            addresses.append(Target.parse(url).url)
        except UsageError as error:
            into.note(source, f"Its server is not kept. {error}")
    addresses = list(dict.fromkeys(addresses))
    into.servers.update(dict.fromkeys(addresses))
    profile_name = _UNFIT.sub("-", name).strip("-._")[:_LONGEST_NAME]
    if not addresses or not profile_name or holds_seed(profile_name):
        return
    paths = [_absolute(text, source, into) for text in files]
    into.profiles[ServerProfile(profile_name, tuple(addresses), *paths)] = None


def _absolute(text: str, source: str, into: Findings) -> str:
    """The path of a TLS file as the nats CLI takes it, from everywhere; empty for none."""
    if not text:
        return ""
    if holds_seed(text) or not is_plain(text):
        into.note(source, "A TLS file of its server is not kept: its name is none.")
        return ""
    try:
        path = str(Path(os.path.expandvars(text)).expanduser().absolute())
    except (RuntimeError, ValueError, OSError):  # no such person, or no home
        path = text
    if len(path) > LONGEST or not is_plain(path):
        into.note(source, "A TLS file of its server is not kept: its name is too long.")
        return ""
    return path
