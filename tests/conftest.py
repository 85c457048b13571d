"""What every test shares: an empty home, and no silent skips where nothing may skip."""

from __future__ import annotations

import contextlib
import gc
import importlib
import itertools
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.derivations import Derivations
from tests.forkserver import ForkServer
from wallet.system import keeper, processes
from wallet.system.natsserver import LocalServer
from wallet.vault.file import kdf
from wallet.vault.file.kdf import KdfCost

# Machines differ, and measuring coverage takes its time: no example is wrong for being slow.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# A shell starts its background jobs with these ignored, and the programs that tests start would
# inherit it: no Ctrl+C would reach them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.platform != "win32" and signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)

# Images of containers have this set. Each worker would then rewrite every test anew, and each of
# the hundreds of wallets that tests start compile its modules: up to 0.7 s of the processor each.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

_IN_MEMORY, _ROOM = Path("/dev/shm"), 4 << 30


def _lie_in_memory() -> None:
    """Have temporary files lie in memory where it has room, unless `TMPDIR` names a place.

    A save waits for the disk several times, and the suite makes some ten thousand: on a disk the
    tests of the vault took twice as long, and a tenth more of the processor. A container's own
    is small, and may let no program run: there they lie where the system has them.
    """
    if sys.platform != "linux" or "TMPDIR" in os.environ or not os.access(_IN_MEMORY, os.W_OK):
        return
    place = os.statvfs(_IN_MEMORY)
    if place.f_bavail * place.f_frsize >= _ROOM and not place.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(_IN_MEMORY)  # for workers and programs too
        tempfile.tempdir = None


_lie_in_memory()

# What is loaded and collected stays: nothing of it is garbage. See `pytest_collection_finish`.
gc.disable()


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Places for homes. For a free name pytest would look through all that are there each time."""
    directory = tmp_path_factory.mktemp("homes")
    return (directory / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def empty_home(
    homes: Iterator[Path],
    tmp_path: Path,  # first: it is deleted last, when nothing is patched any more
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A home of the test's own, so that no test meets a person's vault or clipboard."""
    home = next(homes)
    home.mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    for name in ("USERPROFILE", "LOCALAPPDATA", "APPDATA", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):
        monkeypatch.setenv(name, str(home))
    if sys.platform == "win32":  # which is asked for its folders, and not the environment
        from platformdirs import windows

        monkeypatch.setattr(windows, "get_win_folder", windows.get_win_folder_from_env_vars)
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name in list(os.environ):
        if name.startswith("NKEY_WALLET_") and name not in {
            "NKEY_WALLET_TOOLS",
            "NKEY_WALLET_NO_SKIPS",
            "NKEY_WALLET_IN_FULL",
        }:
            monkeypatch.delenv(name)
    for name in (
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "SSH_CONNECTION",
        "SSH_TTY",
        "TMUX",
        "STY",
        "NO_COLOR",
    ):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """A process that has what watches over servers and programs imported."""
    server = ForkServer()
    yield server
    server.stop()


class _Forking:
    """`subprocess`, but that what it starts is forked."""

    def __init__(self, server: ForkServer) -> None:
        self.Popen = server.popen

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)


@pytest.fixture(autouse=True)
def forked_watchers(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, fork_server: ForkServer
) -> None:
    """Fork the watcher beside every server, and the keeper of every rehearsal.

    Either takes 40 ms of the processor to start, and 150 where coverage starts with it; there are
    some two thousand. In their own tests they start as they do elsewhere.
    """
    if sys.platform != "win32" and request.path.name not in {"test_processes.py", "test_keeper.py"}:
        for module in (processes, keeper):
            monkeypatch.setattr(module, "subprocess", _Forking(fork_server))


# These look at the derivation itself, or for what it leaves in memory.
_DERIVING = {"test_hardening.py", "test_hostile_header.py", "test_kdf.py", "test_memory.py"}


@pytest.fixture(scope="session")
def derivations_made() -> Derivations:
    """What was derived in this run, by the tests' process or by one that it started."""
    return Derivations()


@pytest.fixture(autouse=True)
def remembered_derivations(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, derivations_made: Derivations
) -> None:
    """Derive a secret at the cheapest cost once."""
    if request.path.name in _DERIVING:
        return
    argon2id = kdf._argon2id

    def remembered(
        derived: bytearray, passphrase: bytearray, salt: bytes, cost: KdfCost, *, threads: int
    ) -> int:
        derive = argon2id if cost != KdfCost.MINIMUM else derivations_made.argon2id
        return derive(derived, passphrase, salt, cost, threads=threads)

    monkeypatch.setattr(kdf, "_argon2id", remembered)


@pytest.fixture(autouse=True)
def patient_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test's servers wait for credentials as long as a busy machine needs."""
    start = LocalServer.__init__

    def patient(server: LocalServer, directory: Path, configuration: str) -> None:
        if "timeout" not in configuration:
            block, patience = "authorization {", "timeout: 30"
            configuration = (
                configuration.replace(block, f"{block}\n  {patience}\n", 1)
                if block in configuration
                else f"{block} {patience} }}\n{configuration}"
            )
        start(server, directory, configuration)

    monkeypatch.setattr(LocalServer, "__init__", patient)


def pytest_configure(config: pytest.Config) -> None:
    """A worker with nothing left takes tests of another's: the slow ones stand together."""
    if getattr(config.option, "dist", "no") == "load":
        config.option.dist = "worksteal"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Three workers for each processor with `-n auto`: tests wait for half of their time.

    With two, a tenth of the processors' time went by unused, and a sixth while other tests than
    the app's ran.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return min(3 * (os.cpu_count() or 1), 16)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """No key in a test's name: one made by chance would give each worker of xdist another name."""
    text = val if isinstance(val, str) else ""
    return argname if re.search(r"[A-Z2-7]{50}", text) else None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Where everything is installed, a skipped test is a failed one."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if os.environ.get("NKEY_WALLET_NO_SKIPS") and report.skipped and call.excinfo is not None:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, where nothing may be: {call.excinfo.value}"


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Let each worker load all tests beginning with a share of its own.

    pytest rewrites their assertions and keeps the result for whoever loads them next. Where none
    is kept yet, in a clean checkout, four workers would do the same ten seconds' work at once.
    """
    worker = getattr(collector.config, "workerinput", None)
    tests = Path(__file__).parent
    if (
        worker is None
        or collector.path != tests
        or [Path(argument).resolve() for argument in collector.config.args] != [tests]
    ):
        return
    files = sorted(tests.rglob("test_*.py"))
    first = int(worker["workerid"].removeprefix("gw")) * len(files) // worker["workercount"]
    for file in files[first:] + files[:first]:
        # One that cannot be loaded, or skips itself, does so again when it is collected.
        with contextlib.suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(file.relative_to(tests.parent).with_suffix("").parts))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what stays for the whole run, and come less often.

    Modules, tests and plugins are a million objects: each full look at them takes 0.3 s, and a
    test of the app sets one off. A look at 20,000 young ones takes 12 ms, and the same come up
    again in the next; at 200,000, once for some five such tests, it takes a fifth less in all.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(200_000, 20, 20)
