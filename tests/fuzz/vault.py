"""A vault's file, its header, its contents and what is remembered of it, altered.

The first letter of an input says what is altered: `F` the file's bytes, `H` the header, with a
right checksum, `I` the image inside, sealed as it should be, `S` the memory of what was seen. For
`F` and `I` the rest is edits: three bytes where, one how long, and the bytes. Deriving a key is
left out: what it may take is bounded by itself. The vault has a recovery code and a passphrase that
needs no key file; it is opened by either, and with a key file.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.vault.golden import make as golden
from wallet.errors import WalletError
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets import sodium
from wallet.secrets.key_file import KeyFile
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.vault import vault as vaults
from wallet.vault.db import image, migrations, soundness
from wallet.vault.file import ancestry, container, kdf, newest_save, slots, ways_in
from wallet.vault.file.container import HEADER, Header, KdfCost, seal_body
from wallet.vault.file.ways_in import Opener
from wallet.vault.session import accepted_files, saver, unlocked_state, ways_in_change
from wallet.vault.tree.tree import Tree
from wallet.vault.vault import Vault

SOURCES = (
    container,
    image,
    migrations,
    unlocked_state,
    ancestry,
    newest_save,
    slots,
    ways_in,
    soundness,
    accepted_files,
    saver,
    ways_in_change,
    vaults,
)
CODE = b"sixteen bytes..."
WORDS = (
    *(b"F", b"H", b"I", b"S", b"\0" * 8, b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"\0\0\0\1"),
    *(b"9" * 20, b"%020d" % (1 << 62), b"\n", b"user_version", b"CREATE TABLE", b"SQLite format 3"),
)


def _quickly(passphrase: bytearray, salt: bytes, cost: KdfCost) -> bytearray:
    cost.check()
    given = hashlib.blake2b(bytes(passphrase), salt=salt[:16], digest_size=32)
    given.update(repr(cost).encode())
    return bytearray(given.digest())


kdf.derive = _quickly


def _made() -> tuple[bytes, bytes, bytes]:
    """A sound vault's file, the image in it, and the memory of it."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "vault.nkw")
        with newest_save.kept_in(Path(place)), _passphrase() as passphrase:
            with Vault.create(path, passphrase, KdfCost.MINIMUM) as vault:
                vault.change_recovery(passphrase, RecoveryCode(bytearray(CODE)))
                with vault.change() as records:
                    golden.fill(records)
                held = bytes(vault.records.database.serialize())
            (memory,) = (file for file in Path(place, "seen").iterdir() if not file.suffix)
            return path.read_bytes(), held, memory.read_bytes()


def _passphrase() -> Passphrase:
    return Passphrase(golden.PASSPHRASE)


def _openers() -> tuple[Opener, ...]:
    with_file = _passphrase().with_key_file(KeyFile(bytearray(32)))
    return _passphrase(), with_file, RecoveryCode(bytearray(CODE))


FILE, IMAGE, MEMORY = _made()
OPTIONS: tuple[dict[str, bool], ...] = (
    {},
    {"accept_older": True},
    {"accept_older": True, "accept_damaged": True},
    {"read_only": True},
)
_KINDS = (b"\0", b"\1", b"\2", b"\3", b"\4")
SEEDS = [
    *(b"F", b"I", b"H" + FILE[:HEADER], b"S" + MEMORY),
    *(b"I" + at.to_bytes(3, "big") + b"\4" + bytes(4) for at in (16, 28, 60, 100, 4096, 8192)),
    *(b"F" + at.to_bytes(3, "big") + b"\1\xff" for at in (8, 16, 32, 40, 80, 1312, 1400)),
    *(b"H" + FILE[:at] + kind + FILE[at + 1 : HEADER] for at in (80, 232) for kind in _KINDS),
]


def read(data: bytes, place: Path) -> None:
    """Put the altered vault there, and open, browse, check and change it."""
    path, kind, rest = place / "vault.nkw", data[:1], data[1:]
    content, memory = FILE, MEMORY
    if kind == b"H":
        signed = rest[: HEADER - 32].ljust(HEADER - 32, b"\0")
        content = signed + hashlib.blake2b(signed, digest_size=32).digest() + FILE[HEADER:]
    elif kind == b"I":
        content = _sealed(_edited(IMAGE, rest))
    elif kind == b"S":
        memory = rest
    else:
        content = _edited(FILE, rest)
    path.write_bytes(content)
    (place / "seen").mkdir()
    (place / "seen" / FILE[16:32].hex()).write_bytes(memory)
    options = OPTIONS[sum(data) % len(OPTIONS)]
    openers = _openers()
    with (
        newest_save.kept_in(place),
        contextlib.suppress(WalletError),
        Vault.unlock(path, openers[len(data) % len(openers)], **options) as vault,
    ):
        _used(vault)


def _used(vault: Vault) -> None:
    for use in (
        vault.check_contents,
        lambda: list(vault.records.all()),
        lambda: vault.records.history.events(),
        lambda: Tree(vault.records).rows(0, 40),
        lambda: _changed(vault),
        lambda: _rekeyed(vault),
    ):
        with contextlib.suppress(WalletError):
            use()


def _changed(vault: Vault) -> None:
    """What was saved opens again: that is the one promise behind a change that succeeds."""
    with Seed.generate(Kind.USER) as seed:
        with vault.change() as records:
            records.add(seed, name="added")
        with _passphrase() as passphrase, Vault.unlock(vault.path, passphrase) as again:
            assert again.records.by_public(seed.public.text) is not None


def _rekeyed(vault: Vault) -> None:
    """After a change of the passphrase, by the code, both still open it."""
    with RecoveryCode(bytearray(CODE)) as code, Passphrase("another passphrase, new") as new:
        vault.change_passphrase(code, new)
        for opener in (code, new):
            Vault.unlock(vault.path, opener).lock()


def _edits(rest: bytes) -> Iterator[tuple[int, bytes]]:
    while len(rest) > 4:
        length = rest[3]
        yield int.from_bytes(rest[:3], "big"), rest[4 : 4 + length]
        rest = rest[4 + length :]


def _edited(content: bytes, rest: bytes) -> bytes:
    altered = bytearray(content)
    for at, part in _edits(rest):
        at %= len(altered)
        altered[at : at + len(part)] = part
    return bytes(altered)


def _sealed(held: bytes) -> bytes:
    header = Header.parse(FILE[:HEADER], len(FILE))
    with _passphrase() as passphrase:
        found = slots.unwrap_any(header.slots, passphrase.raw, container.identity(FILE[16:32]))
    assert found is not None
    new, body = seal_body(held, found[1].body, header.vault_id, header.generation, header.slots)
    sodium.wipe(found[1].body)
    return new.pack() + bytes(body)
