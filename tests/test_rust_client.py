"""The Rust client that is offered to paste, compiled and run against a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_client_snippets import Pasted, pasted
from tests.tools import tool

__all__ = ["pasted"]

CRATE = Path(__file__).with_name("rust")
LONGEST = 1800  # seconds: the first time, on a busy machine, for all that it needs


@pytest.fixture(scope="session")
def crate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs are compiled, one after the other."""
    place = tmp_path_factory.mktemp("rust")
    (place / "src").mkdir()
    text = (CRATE / "Cargo.toml").read_text(encoding="utf-8")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")  # a program of its own for each
    named = text.replace('name = "client"', f'name = "client-{worker}"')
    (place / "Cargo.toml").write_text(named, encoding="utf-8")
    return place


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where what they need is compiled: among the tools, where these were prepared so.

    Else here, once for all workers, a minute and a half of the processor's time: cargo lets one
    of them do it.
    """
    prepared = Path(os.environ.get("NKEY_WALLET_TOOLS", "no such place"), "rust-target")
    if prepared.is_dir():
        return str(prepared)
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    return os.environ.get("CARGO_TARGET_DIR", str(shared / "rust-target"))


@pytest.mark.slow
@pytest.mark.timeout(LONGEST)
def test_the_rust_program_connects(pasted: Pasted, crate: Path, target: str) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    (crate / "src" / "main.rs").write_text(pasted.program("rust"), encoding="utf-8")
    import pwd  # not on Windows

    home = Path(pwd.getpwuid(os.getuid()).pw_dir)  # it is empty in tests
    kept = {"CARGO_HOME": str(home / ".cargo"), "RUSTUP_HOME": str(home / ".rustup")}
    files = {"NATS_SEED_FILE": "it_s__HOME.nk", "NATS_CREDS_FILE": "it_s__HOME.creds"}
    done = subprocess.run(
        [tool("cargo"), "run", "--quiet", "--manifest-path", str(crate / "Cargo.toml")],
        cwd=pasted.place,
        env={**kept, **os.environ, **files, "CARGO_TARGET_DIR": target},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )
    assert done.returncode == 0, done.stderr
    assert "connected to" in done.stdout
