"""nats-server's own judgement of a configuration, told in the lines of the person's files."""

from __future__ import annotations

import os
import re
from pathlib import Path

from wallet.connection.isolation import Text
from wallet.errors import ConfigurationError
from wallet.system.natsserver import complaint
from wallet.text import plain

_JUDGED = "judged.conf"
_COMPLAINT = re.compile(rf"^.*{re.escape(_JUDGED)}:(\d+)(?::\d+)?: (.*)$")
_INCLUDED = re.compile(r"^error parsing include file '([^']*)', ")
_LINE = re.compile(r"\bon line (\d+)")


def judge_language(path: Path, name: str, directory: Path) -> None:
    """Let nats-server read the file itself, and go no further: its settings take no effect.

    It is included in a text made in `directory`, whose next line is a mistake: that stops the
    server, if no mistake within the file does so before. Raises `ConfigurationError` with what
    it says and the line; does nothing about a mistake that it gives no line for.
    """
    try:
        reached = os.path.relpath(os.path.abspath(path), directory)
    except ValueError:  # another drive
        return
    quote = "'" if '"' in reached else '"'
    if quote in reached or "\n" in reached:
        return
    around = directory / "around.conf"
    around.write_bytes(b"include " + os.fsencode(f"{quote}{reached}{quote}") + b"\n=\n")
    said = complaint(around) or ""
    file = ""
    while match := _INCLUDED.match(said):
        inner = os.path.normpath(os.path.join(os.path.dirname(file), match[1].lstrip("/")))
        file = inner if file else name
        said = said[match.end() :]
    if file and (line := _LINE.search(said)):
        raise ConfigurationError(file, int(line[1]), _quoted(said))


def judge_settings(text: Text, name: str, directory: Path) -> None:
    """Let nats-server judge every setting in `text`, which is written into `directory`.

    Raises `ConfigurationError` with the first thing it says, at its place in the person's files.
    """
    path = directory / _JUDGED
    path.write_text(text.text, encoding="utf-8")
    said = complaint(path)
    if said is None:
        return
    found = []
    for line in said.splitlines():
        if match := _COMPLAINT.match(line.strip()):
            found.append((text.origins[min(int(match[1]), len(text.origins)) - 1], match[2]))
    if not found:
        raise ConfigurationError(name, 0, _quoted(said))
    found.sort()
    (file, number), what = found[0]
    more = f" (and {len(found) - 1} more such)" if len(found) > 1 else ""
    raise ConfigurationError(file, number, _quoted(what) + more)


def _quoted(said: str) -> str:
    return f"nats-server says “{plain(said.strip().rstrip('.'), 400)}”"
