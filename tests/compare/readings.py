"""Configurations made from the grammar and around it, read by us and by nats-server's own parser.

The parser is that of the server's source in Go's module cache, with a small program around it.
Compared are whether it is taken, every value with its type, the line of every key, and whether a
variable refers to it. With --server, by another version, whose source Go has in its cache: 2.14.3
agrees; 2.9 minds neither a brace around the whole that is not closed nor a last key without value.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

from tests import gomodules
from tests.compare import configurations
from tests.tools import tool
from wallet.errors import ConfigurationError
from wallet.nats.config import parser
from wallet.nats.config.parser import Doubt, Literal, Value
from wallet.system.disk import regular_files

PROGRAM = Path(__file__).with_name("readings.go")
Json = Any


class ServersParser:
    """The server's own parser, running."""

    def __init__(self, directory: Path, version: str | None = None) -> None:
        source = gomodules.source(gomodules.NATS_SERVER, version)
        (directory / "conf").mkdir()
        for name in ("lex.go", "parse.go"):
            shutil.copy(source / "conf" / name, directory / "conf")
        shutil.copy(PROGRAM, directory / "main.go")
        (directory / "go.mod").write_text("module readings\n\ngo 1.21\n", encoding="utf-8")
        environment = {**os.environ, **gomodules.caches(), "GOFLAGS": "", "GOPROXY": "off"}
        subprocess.run(
            [tool("go"), "build", "-o", "readings"], cwd=directory, check=True, env=environment
        )
        self._running = subprocess.Popen(
            [str(directory / "readings")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=configurations.ENVIRONMENT,
        )

    def read(self, path: Path) -> Json:
        """What it makes of a file: `values`, or an `error`."""
        stdin, stdout = self._running.stdin, self._running.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(os.fsencode(path) + b"\n")
        stdin.flush()
        return json.loads(stdout.readline())

    def stop(self) -> None:
        self._running.kill()
        self._running.communicate()


@contextmanager
def servers_parser(version: str | None = None) -> Iterator[ServersParser]:
    """The server's own parser, while it is needed. Skips where Go or the source is missing."""
    with tempfile.TemporaryDirectory() as directory:
        theirs = ServersParser(Path(directory), version)
        try:
            yield theirs
        finally:
            theirs.stop()


def compare(count: int, seed: int, version: str | None = None) -> list[str]:
    """The differences in `count` generated configurations, each with its text."""
    found = []
    with (
        servers_parser(version) as servers,
        tempfile.TemporaryDirectory() as directory,
        mock.patch.dict(os.environ, configurations.ENVIRONMENT, clear=True),
    ):
        for number in range(count):
            files = configurations.generate(random.Random(f"{seed}/{number}"))
            for name, text in files.items():
                (Path(directory) / name).write_bytes(text)
            path = Path(directory) / configurations.MAIN
            if difference := differing(servers, path, older=version is not None):
                shown = "\n".join(f"{name}: {text!r}" for name, text in files.items())
                found.append(f"number {number}: {difference}\n{shown}")
    return found


def differing(servers: ServersParser, path: Path, *, older: bool = False) -> str:
    """In what the two readings of a file differ; empty where they do not.

    Of an `older` server, where it refuses what we say that older ones refuse.
    """
    doubts: list[Doubt] = []
    try:
        ours = parser.read(path, regular_files.content, doubts=doubts)
    except ConfigurationError as error:
        if error.endless:  # beyond a bound of ours, and no server without bounds is to read it
            return ""
        theirs = servers.read(path)
        return "" if "error" in theirs else f"we refuse it: {error}\n{theirs}"
    theirs = servers.read(path)
    if "error" in theirs and older and doubts:
        return ""
    if "error" in theirs:
        return f"the server refuses it: {theirs['error']}\n{told(ours)}"
    return _between(theirs["values"], told(ours), "")


def told(data: dict[str, Value] | list[Value] | str) -> Json:
    """A value of ours, as the program tells those of the server."""
    if isinstance(data, dict):
        return [
            "map",
            {_hex(key): [told(value.data), value.line, value.used] for key, value in data.items()},
        ]
    if isinstance(data, list):
        return ["array", [told(value.data) for value in data]]
    if not isinstance(data, Literal):
        return ["text", _hex(data)]
    value = data.value
    if isinstance(value, bool):
        return ["boolean", value]
    if isinstance(value, int):
        return ["integer", str(value)]
    return ["float", value] if isinstance(value, float) else ["date", _seconds(value)]


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _hex(text: str) -> str:
    return text.encode(errors="surrogateescape").hex()


def _between(theirs: Json, ours: Json, where: str) -> str:
    """The first difference of two values, both told. Of an array's elements no line is."""
    if theirs[0] != ours[0]:
        return f"{where or 'all'}: the server reads {theirs}, we {ours}"
    if theirs[0] == "map":
        if theirs[1].keys() != ours[1].keys():
            names = [sorted(map(bytes.fromhex, each[1])) for each in (theirs, ours)]
            return f"{where or 'all'}: the server reads the keys {names[0]}, we {names[1]}"
        for key, (value, *place) in theirs[1].items():
            named = f"{where}.{bytes.fromhex(key)!r}"
            if place and place != ours[1][key][1:]:
                return f"{named}: line and use are {place}, we say {ours[1][key][1:]}"
            if difference := _between(value, ours[1][key][0], named):
                return difference
        return ""
    if theirs[0] == "array" and len(theirs[1]) == len(ours[1]):
        pairs = enumerate(zip(theirs[1], ours[1], strict=True))
        return next(filter(None, (_between(a, b, f"{where}[{at}]") for at, (a, b) in pairs)), "")
    same = float(theirs[1]) == ours[1] if theirs[0] == "float" else theirs[1] == ours[1]
    return "" if same else f"{where or 'all'}: the server reads {theirs}, we {ours}"
