"""What is left of the keys in memory: after a lock, nothing of what the wallet can wipe."""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.vault.support import add, make, passphrase, unlock
from wallet.errors import LockedError
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.file.container import SeedBox

pytestmark = pytest.mark.slow


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


def _reachable(start: object) -> Iterable[bytes | bytearray]:
    """Every byte string that can be reached from an object without leaving through modules."""
    seen: set[int] = set()
    waiting: list[object] = [start]
    while waiting:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, (type, type(sys))) or callable(found):
            continue
        seen.add(id(found))
        if isinstance(found, (bytes, bytearray)):
            yield found
        waiting.extend(gc.get_referents(found))


def test_after_a_lock_no_key_can_be_reached_through_the_vault(path: Path) -> None:
    vault = make(path, "first")
    opened = vault._unlocked()
    keys = [bytes(opened.keys.body), bytes(opened.keys.seeds)]
    buffers = [opened.keys.body, opened.keys.seeds]
    assert {bytes(found) for found in _reachable(vault)} >= set(keys)
    vault.lock()
    left = b"\0".join(bytes(found) for found in _reachable(vault))
    assert not any(key in left for key in keys)
    assert not any(any(buffer) for buffer in buffers)
    with pytest.raises(LockedError):
        opened.seed_box.seal(Seed.generate(Kind.USER))


def _open_tables() -> list[sqlite3.Connection]:
    """The databases that have not been closed, whether anything refers to them or not."""

    def is_open(connection: sqlite3.Connection) -> bool:
        try:
            return connection.total_changes >= 0
        except sqlite3.ProgrammingError:
            return False

    tables = [each for each in gc.get_objects() if isinstance(each, sqlite3.Connection)]
    return [connection for connection in tables if is_open(connection)]


def test_after_a_lock_no_tables_are_left_of_what_changes_replaced(path: Path) -> None:
    gc.collect()
    before = len(_open_tables())
    gc.disable()  # it comes when it likes, and in an idle app not at all
    try:
        vault = make(path, "first")
        taken = vault.records
        add(vault, "second")
        add(vault, "third")
        with unlock(path) as other:
            add(other, "fourth")
        vault.refresh()
        assert len(_open_tables()) - before == 2, "what is seen, and what somebody still reads"
        vault.lock()
        assert len(_open_tables()) == before
        with pytest.raises(LockedError):
            taken.find("first")
    finally:
        gc.enable()


def test_a_seed_box_that_was_wiped_neither_seals_nor_opens() -> None:
    key = bytearray(range(32))
    box = SeedBox(bytes(16), key)
    with Seed.generate(Kind.USER) as seed:
        cell = box.seal(seed)
        box.wipe()
        box.wipe()
        assert not any(key)
        with pytest.raises(LockedError):
            box.open(cell, seed.public)
        with pytest.raises(LockedError):
            box.seal(seed)


def test_a_failed_unlock_leaves_the_passphrase_to_its_owner(path: Path) -> None:
    make(path).lock()
    given = passphrase("a guess that is wrong")
    with pytest.raises(Exception, match="does not open"):
        type(make(path.with_name("x"))).unlock(path, given)
    assert given.raw == b"a guess that is wrong"


def test_browsing_holds_no_seed(path: Path) -> None:
    vault = make(path)
    public = add(vault, "billing")
    with vault.open_seed(public) as seed:
        raw = bytes(seed.raw)
    again = unlock(path)
    list(again.records.all())
    held = b"\0".join(bytes(found) for found in _reachable(again))
    assert raw not in held
    assert raw not in again.records.database.serialize()


PROGRAM = r"""
import gc, sys
from pathlib import Path
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.vault.vault import Vault

def masked(secret):
    # What is told is masked, so that telling it makes no copy to be found.
    print(bytes(byte ^ 0x5A for byte in secret).hex(), flush=True)

masks = sys.stdin.buffer.readline().strip()
given = bytearray(len(masks) // 2)
for at in range(len(given)):
    given[at] = int(masks[2 * at : 2 * at + 2], 16) ^ 0x5A
passphrase = Passphrase(given)
given[:] = bytes(len(given))
vault = Vault.unlock(Path(sys.argv[1]), passphrase)
passphrase.wipe()
with Seed.generate(Kind.USER) as seed:
    with vault.change() as records:
        public = records.add(seed, name="billing").public
with vault.open_seed(public) as seed:
    seed.sign(b"a nonce")
    masked(seed.raw)
    if sys.argv[2] == "leak":
        leaked = bytes(seed.raw)
masked(vault._opened.keys.body)
masked(vault._opened.keys.seeds)
vault.lock()
del vault, seed, records
gc.collect()
print("locked", flush=True)
sys.stdin.readline()
"""


def _copies_in_memory(path: Path, how: str) -> list[int]:
    """How often each secret of a wallet in another process is in its memory after its lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        secret = passphrase().raw
        process.stdin.write(bytes(byte ^ 0x5A for byte in secret).hex() + "\n")
        process.stdin.flush()
        secrets = [bytes(secret)]
        for line in iter(process.stdout.readline, "locked\n"):
            assert line, "the program ended early"
            secrets.append(bytes(byte ^ 0x5A for byte in bytes.fromhex(line)))
        memory = _memory_of(process.pid)
        return [memory.count(secret) for secret in secrets]
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def _memory_of(pid: int) -> bytes:
    """All that a process may write, as it is now."""
    found = []
    try:
        with (
            open(f"/proc/{pid}/maps") as maps,
            open(f"/proc/{pid}/mem", "rb", buffering=0) as memory,
        ):
            for line in maps:
                addresses, mode = line.split()[:2]
                if not mode.startswith("rw"):
                    continue
                start, end = (int(part, 16) for part in addresses.split("-"))
                memory.seek(start)
                try:
                    found.append(memory.read(end - start))
                except OSError:
                    continue  # a mapping without memory behind it
    except PermissionError:
        pytest.skip("this system does not let a process read its child's memory")
    return b"".join(found)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_after_a_lock_no_copy_of_keys_seed_or_passphrase_is_in_the_processs_memory(
    path: Path,
) -> None:
    make(path, "first").lock()
    assert _copies_in_memory(path, "wipe") == [0, 0, 0, 0]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_control_that_keeps_a_copy_is_seen_to_keep_it(path: Path) -> None:
    make(path, "first").lock()
    _, seed, _, _ = _copies_in_memory(path, "leak")
    assert seed >= 1
