"""What Go's JWT library makes of JWTs: a small program around its source in Go's module cache."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests import gomodules
from tests.tools import tool

PROGRAM = Path(__file__).with_name("jwts.go")
_JWT = "github.com/nats-io/jwt/v2"
_NEEDED = (_JWT, "github.com/nats-io/nkeys", "golang.org/x/crypto", "golang.org/x/sys")


def built(directory: Path) -> Path:
    """The program, built in `directory`. Skips where Go or a source is missing."""
    sources = {module: gomodules.source(module) for module in _NEEDED}
    lines = ["module jwts", "go 1.25.0"]
    for module, source in sources.items():
        lines += [f"require {module} v0.0.0", f"replace {module} => {source}"]
    lines[2] = lines[2].replace("v0.0.0", "v2.0.0")
    (directory / "go.mod").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    shutil.copy(PROGRAM, directory / "main.go")
    environment = {
        **os.environ,
        **gomodules.caches(),
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOSUMDB": "off",
        "GOTOOLCHAIN": "local",
    }
    subprocess.run([tool("go"), "build", "-o", "jwts"], cwd=directory, check=True, env=environment)
    return directory / "jwts"


def reasons(program: Path, tokens: Sequence[str]) -> list[list[str]]:
    """Why servers refuse each of these JWTs; an empty list where they take it."""
    done = subprocess.run(
        [program], input="\n".join(tokens) + "\n", capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]
