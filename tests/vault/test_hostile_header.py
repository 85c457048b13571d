"""A header that asks for much work: bounded as a whole, and stopped by whoever waits for it."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.app.inpty import START, in_pty, rest_of, wait_until
from tests.vault.support import TEXT, make, passphrase, put, rehashed, unlock
from wallet.errors import ParametersRefusedError, StoppedError, WrongPassphraseError
from wallet.vault.file import kdf, slots
from wallet.vault.file.container import HEADER, Header
from wallet.vault.file.kdf import KdfCost, derive
from wallet.vault.file.slots import EMPTY, PASSPHRASE, SLOT, SLOTS
from wallet.vault.vault import Vault

MIB = 1024
AT_THE_LIMIT = KdfCost(512 * MIB, 32, 16)
SLOW = KdfCost(64 * MIB, 16, 1)
"""A cost that takes many times as long as a look whether to stop, in little memory."""


def _slot(cost: KdfCost, kind: int = PASSPHRASE) -> bytes:
    head = struct.pack(">BBHII4x", kind, 1, cost.lanes, cost.passes, cost.memory_kib)
    return head + os.urandom(SLOT - len(head))


def _with_slots(path: Path, *all_slots: bytes) -> None:
    content = path.read_bytes()
    filled = b"".join((*all_slots, *[EMPTY] * (SLOTS - len(all_slots))))
    path.write_bytes(rehashed(put(content, 80, filled)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "vault.nkw"
    make(path).lock()
    return path


@pytest.mark.parametrize("kind", [slots.PASSPHRASE, slots.PASSPHRASE_AND_KEY_FILE])
@pytest.mark.parametrize("number", [2, 8])
def test_slots_that_together_ask_too_much_are_refused_before_any_work(
    path: Path, derivations: list[KdfCost], number: int, kind: int
) -> None:
    _with_slots(path, *(_slot(AT_THE_LIMIT, kind) for _ in range(number)))
    with pytest.raises(ParametersRefusedError, match="ways in"):
        unlock(path)
    assert derivations == []


def test_one_slot_at_the_limit_and_many_cheap_ones_are_allowed(path: Path) -> None:
    _with_slots(path, _slot(AT_THE_LIMIT))
    Vault.require(path)
    _with_slots(path, *(_slot(KdfCost.STANDARD) for _ in range(SLOTS)))
    Vault.require(path)


@pytest.mark.parametrize("cost", kdf.COSTS.values())
def test_what_this_wallet_writes_lies_inside(cost: KdfCost) -> None:
    slots.check((_slot(cost), *[EMPTY] * (SLOTS - 1)))


def test_all_that_a_header_may_ask_for_is_what_one_slot_may(path: Path) -> None:
    start = path.read_bytes()[:HEADER]
    packed = b"".join(_slot(KdfCost(2048 * MIB, 1, 1)) for _ in range(SLOTS))
    Header.parse(rehashed(put(start, 80, packed)), path.stat().st_size)


# Stopping


@pytest.mark.slow
def test_a_derivation_ends_when_it_is_told_to() -> None:
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    secret = bytearray(b"secret")
    began = time.monotonic()
    with kdf.stoppable(stop), pytest.raises(StoppedError):
        derive(secret, b"salt" * 4, SLOW)
    assert time.monotonic() - began < _whole(SLOW)
    assert secret == b"secret"


@pytest.mark.slow
def test_another_derivation_works_after_one_that_was_stopped() -> None:
    stop = threading.Event()
    stop.set()
    with kdf.stoppable(stop), pytest.raises(StoppedError):
        derive(bytearray(b"secret"), b"salt" * 4, SLOW)
    again = derive(bytearray(b"secret"), b"salt" * 4, KdfCost.MINIMUM)
    assert again == derive(bytearray(b"secret"), b"salt" * 4, KdfCost.MINIMUM)


def test_all_that_is_derived_ends_when_the_wallet_leaves() -> None:
    errors: list[type[Exception]] = []

    def work() -> None:
        try:
            derive(bytearray(b"secret"), b"salt" * 4, SLOW)
        except StoppedError as error:
            errors.append(type(error))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while len(kdf._running) < len(threads) and time.monotonic() < deadline:
        time.sleep(0.01)
    kdf.stop_all()
    for thread in threads:
        thread.join(60)
    assert errors == [StoppedError] * 3


def _whole(cost: KdfCost) -> float:
    """Seconds that a derivation takes here; it is measured after the one that was stopped."""
    began = time.monotonic()
    derive(bytearray(b"secret"), b"salt" * 4, cost)
    return time.monotonic() - began


@pytest.mark.slow
def test_a_stopped_derivation_leaves_no_passphrase_behind(path: Path) -> None:
    """In a process of its own, whose memory is searched for a mark that stands nowhere else."""
    result = subprocess.run(
        [sys.executable, "-c", _SEARCH], capture_output=True, text=True, timeout=120
    )
    assert result.stdout.split() == ["1", "0", "0"], result.stderr[-2000:]


_SEARCH = """
import gc, threading
from wallet.errors import StoppedError
from wallet.vault.file import kdf
from wallet.vault.file.kdf import KdfCost

def masked():
    return bytearray(byte ^ 0x55 for byte in bytes.fromhex("183427363e6538337a3039223438263d"))

def found():
    mark, count = masked(), 0
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw") or "[v" in line:
                continue
            start, end = (int(each, 16) for each in span.split("-"))
            if end - start > 1 << 25:
                continue
            try:
                memory.seek(start)
                piece = bytearray(memory.read(end - start))
            except OSError:
                continue
            count += piece.count(mark)
            piece[:] = bytes(len(piece))
    mark[:] = bytes(len(mark))
    return count - 1  # the mark that is searched with

secret = masked()
print(found())
stop = threading.Event()
threading.Timer(0.1, stop.set).start()
try:
    with kdf.stoppable(stop):
        kdf.derive(secret, b"salt" * 4, KdfCost(64 * 1024, 16, 1))
except StoppedError:
    pass
secret[:] = bytes(len(secret))
gc.collect()
print(found())
kdf.derive(masked_once := masked(), b"salt" * 4, KdfCost.MINIMUM)
masked_once[:] = bytes(len(masked_once))
print(found())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_ends_a_command_that_derives(path: Path, tmp_path: Path) -> None:
    _with_slots(path, _slot(KdfCost(256 * MIB, 32, 1)))
    (tmp_path / "passphrase").write_text(TEXT)
    command = [sys.executable, "-m", "wallet", "--vault", str(path), "list"]
    command += ["--passphrase-file", str(tmp_path / "passphrase")]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # It derives now: the memory for it has been taken.
    wait_until(lambda: _megabytes(running.pid) > 200, "deriving")
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "Traceback" not in said
    assert time.monotonic() - began < 5


def _megabytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 // (1 << 20)


_APP = (
    START
    + """
app = WalletApp(Path(sys.argv[1]), passphrase=Passphrase("correct horse battery staple"))
app.run()
sys.exit(app.return_code or 0)
"""
)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize(("way", "status"), [("leave", 0), ("terminate", 143)])
@pytest.mark.slow
def test_leaving_the_app_ends_the_process_while_it_derives(
    path: Path, tmp_path: Path, way: str, status: int
) -> None:
    _with_slots(path, _slot(KdfCost(256 * MIB, 32, 1)))
    script = tmp_path / "app.py"
    script.write_text(_APP)
    with in_pty([str(script), str(path)]) as child:
        child.expect_exact("Stretching")
        wait_until(lambda: _megabytes(child.pid) > 250, "deriving")
        began = time.monotonic()
        if way == "leave":
            child.send("\x11")
        else:
            os.kill(child.pid, signal.SIGTERM)
        printed = rest_of(child)
        assert time.monotonic() - began < 6  # whatever ends it, no kernel's clock does
        assert child.exitstatus == status, printed[-1500:]


def test_a_slow_header_is_still_answered(path: Path) -> None:
    _with_slots(path, _slot(KdfCost(19 * MIB, 2, 1)))
    with pytest.raises(WrongPassphraseError), passphrase() as mine:
        Vault.unlock(path, mine)
