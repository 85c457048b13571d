"""Between the records in memory and the file on disk: decrypt one, write and verify the other."""

from __future__ import annotations

from pathlib import Path

from wallet.errors import ReadsBackDifferentlyError, SaveFailedError, VaultError
from wallet.secrets import sodium
from wallet.system import author
from wallet.system.disk import files
from wallet.vault.db import image as images
from wallet.vault.file import durable_save, machine, slots
from wallet.vault.file.container import Header, SeedBox, VaultKeys, open_body
from wallet.vault.records import Records

_EVERY_CELL = "SELECT key, public, cell FROM seeds JOIN keys ON keys.id = seeds.key"
_NEW_CELL = "UPDATE seeds SET cell = ? WHERE key = ?"


def read(
    file: files.ReadFile,
    header: Header,
    keys: VaultKeys,
    seed_box: SeedBox,
    *,
    checked: bool = True,
    slot: bytes | None = None,
) -> Records:
    """Decrypt and open what stands behind `header` in a file that was read up to there.

    `slot` is the way in that was just opened, where one was, to be spoken of in an error.
    """
    what_is_right = {} if slot is None else {"what_is_right": slots.what_is_right(slot)}
    body = file.read_buffer(header.body_length)
    try:
        with open_body(header, body, keys.body, **what_is_right) as image:
            return Records.load(image, seed_box, checked=checked)
    finally:
        sodium.wipe(body)


def resealed(old: Records, old_box: SeedBox, seed_box: SeedBox) -> Records:
    """A copy of the records with every seed, which `old_box` opens, sealed anew by `seed_box`.

    What is changed in it from then on is noted in its history.
    """
    records = Records.load(old.database.serialize(), seed_box, checked=False)
    try:
        with records.database.question() as sql:
            cells = sql.execute(_EVERY_CELL).fetchall()
            sql.execute("BEGIN")
            sql.executemany(
                _NEW_CELL,
                ((old_box.reseal(cell, public, seed_box), key) for key, public, cell in cells),
            )
            sql.execute("COMMIT")
        records.history.watch(machine.identity(author.person()))
    except BaseException:
        records.close()
        raise
    return records


def save(
    real: Path,
    header: Header,
    body: bytearray,
    keys: VaultKeys,
    older: durable_save.OlderSaves | None = None,
    *,
    records: Records | None = None,
    checked: bool = True,
) -> None:
    """Write header and body to the disk, read them back, and open them as an opening would.

    The bytes that are read back are compared, in pieces, with those in memory: all of header and
    body. So what is found of those in memory holds of the file too, and no second copy is made of
    them. What opening would refuse is thrown away again: the header is parsed, the body decrypted
    in its own buffer, which is wiped then, and the tables compared; small contents are looked
    through when they are to be `checked`. The authentication of the body shows that it is the one
    that was sealed under just this header.

    `records`, which handed their image over to make the body, go on with the tables opened so.
    `older` says what becomes of older saves; without one they all stay.
    """
    packed = header.pack()

    def verify() -> None:
        try:
            if Header.parse(packed, len(packed) + len(body)) != header:
                raise ReadsBackDifferentlyError("another header")
            with open_body(header, body, keys.body) as image:
                written = images.load(image, checked=checked)
        except VaultError as error:
            raise ReadsBackDifferentlyError("what does not open") from error
        finally:
            sodium.wipe(body)
        if records is None:
            written.close()
        else:
            records.database.go_on_with(written)

    if older is None:
        from wallet.vault.backups.backup_plan import Plan  # an opening needs neither
        from wallet.vault.backups.retention import Retention

        older = Retention(real, header.vault_id, Plan(), prune=False)
    try:
        durable_save.save(real, [packed, body], verify, older)
    except ReadsBackDifferentlyError as error:
        raise SaveFailedError(
            f"What was written for {real} reads back differently, so it was thrown away. "
            "What was saved before is as it was. Look at the disk."
        ) from error
