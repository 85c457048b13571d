"""Between the records in memory and the file on disk: decrypt one, write and verify the other."""

from __future__ import annotations

from pathlib import Path

from wallet.errors import SaveFailedError, VaultError
from wallet.secrets import sodium
from wallet.system import writer
from wallet.system.disk import files
from wallet.vault.backups.plan import Plan
from wallet.vault.backups.retention import Retention
from wallet.vault.db import image as images
from wallet.vault.file import durable_save, machine, slots
from wallet.vault.file.container import HEADER, Header, SeedBox, VaultKeys, open_body
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
    plain, image = open_body(header, file.read(header.body_length), keys.body, **what_is_right)
    try:
        return Records.load(image, seed_box, checked=checked)
    finally:
        image.release()
        sodium.wipe(plain)


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
        records.history.watch(machine.identity(writer.person()))
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
    checked: bool = True,
) -> None:
    """Write header and body to the disk, and read them back as an opening would.

    What opening would refuse is thrown away again: the header is parsed, the body decrypted,
    and the tables compared; small contents are looked through when they are to be `checked`.
    `older` says what becomes of older saves; without one they all stay.
    """

    def verify(content: bytes) -> None:
        try:
            with memoryview(content) as whole:
                if Header.parse(bytes(whole[:HEADER]), len(content)) != header:
                    raise SaveFailedError("another header")
                plain, image = open_body(header, whole[HEADER:], keys.body)
            try:
                images.load(image, checked=checked).close()
            finally:
                image.release()
                sodium.wipe(plain)
        except VaultError as error:
            raise SaveFailedError(
                f"What was written for {real} reads back differently, so it was thrown away. "
                "What was saved before is as it was. Look at the disk."
            ) from error

    older = older or Retention(real, header.vault_id, Plan(), prune=False)
    durable_save.save(real, [header.pack(), body], verify, older)
