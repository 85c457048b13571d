"""Exporting keys in one order: what leaves is noted before, what was handed out after."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wallet.exchange.export import check_free
from wallet.exchange.file_forms import ExportFile, seeds_in
from wallet.tasks.deployment.deliveries import exported_tokens, note_written
from wallet.vault.key_record import KeyRecord
from wallet.vault.vault import Vault


def export(
    vault: Vault,
    keys: Sequence[KeyRecord],
    form: str,
    files: list[ExportFile],
    note_seeds: Callable[[Sequence[str]], None],
    write: Callable[[], list[ExportFile]],
    *,
    over_others: bool,
) -> list[ExportFile]:
    """Let `write` write the files that these keys become in a form; those that it wrote.

    `note_seeds` notes before that, in the vault, that the seeds of these public keys leave it. The
    JWTs count as handed out where all was written. Without `over_others` it raises
    `FileExistsAlreadyError` where something is in the way; else what the two raise.
    """
    if not over_others:
        check_free(files)
    seeds = seeds_in(files)
    note_seeds(seeds)
    tokens = exported_tokens(vault.records, keys, form, seeds)
    written = write()
    if len(written) == len(files):
        note_written(vault, tokens)
    return written
