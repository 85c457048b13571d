"""Seeds that lie about, and what the vault knows of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wallet.errors import UsageError
from wallet.exchange import file_search, git_history
from wallet.exchange.exposure import ExposedSeed, ScanLog, SeedReader, shown
from wallet.system.disk.paths import is_there
from wallet.vault.records import Records

STDIN = "-"


@dataclass(frozen=True, slots=True)
class KnownExposure:
    """A seed that lies about. `known` is whether the vault holds its key: None without a vault.

    `key` is the key's path in the vault, `status` as `list --json` has it.
    """

    seed: ExposedSeed
    known: bool | None = None
    key: str | None = None
    status: str | None = None

    def to_json(self) -> dict[str, object]:
        """The place of a seed and its key, as an object of `scan --json`; never the seed."""
        return {
            "path": self.seed.path,
            "line": self.seed.line,
            "commit": self.seed.commit,
            "kind": self.seed.public.kind.value,
            "public": self.seed.public.text,
            "known": self.known,
            "status": self.status,
            "key": self.key,
        }


def scan(paths: Sequence[str], log: ScanLog, *, git: bool = False) -> Iterator[ExposedSeed]:
    """Look through files and directories, with `git` through the histories they are in, too.

    `-` is standard input. Raises `UsageError` for a path that is not there, and where there is no
    history to read.
    """
    if git and STDIN in paths:
        raise UsageError("What is piped in has no history: name its file or directory.")
    for path in paths:
        if path != STDIN and not is_there(Path(path)):
            raise UsageError(f"There is no file or directory {shown(path)}. Nothing was looked at.")
    reader = SeedReader()
    try:
        for path in paths:
            if path == STDIN:
                yield from file_search.piped(0, "standard input", log, reader)
                continue
            yield from file_search.exposed(path, log, reader, with_history=git)
            if git:
                yield from git_history.exposed(path, log, reader)
    finally:
        reader.wipe()


def known(seeds: Sequence[ExposedSeed], records: Records) -> list[KnownExposure]:
    """Look up in the vault the keys of these seeds."""
    exposures = []
    for seed in seeds:
        record = records.by_public(seed.public.text)
        if record is None:
            exposures.append(KnownExposure(seed, known=False))
        else:
            exposures.append(KnownExposure(seed, True, record.path, record.state))
    return exposures
