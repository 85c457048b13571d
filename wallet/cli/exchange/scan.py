"""`scan`: seeds that lie about in files, directories and git's history."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import FILE, add_json
from wallet.cli.named_files import passphrase_file, uses_stdin
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.exchange import file_search
from wallet.exchange.exposure import ExposedSeed, ScanLog
from wallet.nats.nkeys import decode_public
from wallet.show.columns import aligned
from wallet.tasks.scan import STDIN, KnownExposure, known, scan

EXAMPLES = [
    "nkey-wallet scan .",
    "nkey-wallet scan --git ~/src/orders",
    "nkey-wallet scan deploy/ .env --json",
]
_SHOWN = 20


_ONE = {
    file_search.LINKS: "symbolic link",
    file_search.SPECIAL: "pipe, socket or device",
    file_search.HISTORIES: "git history",
}


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `scan`."""
    command.description = (
        "Find seeds, alone or in creds, by their form and checksum: in text of any encoding, in "
        "base64, in binaries and in what gzip packed. No seed is shown. Exit 0 when there is none, "
        "1 when there is one, 2 when something could not be looked at: as a hook before a commit. "
        "Needs no vault; with a passphrase file, or a vault that is named, it says which keys the "
        "vault knows, and whether they are revoked."
    )
    command.add_argument(
        "paths",
        nargs="+",
        type=FILE,
        metavar="PATH",
        help="file or directory; - for standard input",
    )
    command.add_argument(
        "--git", action="store_true", help="all that git stores of them, too: what was deleted"
    )
    command.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="KEY",
        help="a public key whose seed may lie there: one of tests, published long ago",
    )
    add_json(command)


def run(arguments: Namespace) -> int:
    """`scan PATH…`: exit 1 when a seed was found, 2 when not all could be looked at."""
    ignored = {decode_public(key) for key in arguments.ignore}
    if STDIN in arguments.paths and uses_stdin(arguments):
        raise UsageError("Standard input cannot hold the passphrase too: give that in a file.")
    progress = output.Progress("looked at", " files")
    log = ScanLog(on_file=lambda files: progress.show(f"{files:,}"))
    try:
        exposed = scan(arguments.paths, log, git=arguments.git)
        seeds = [seed for seed in exposed if seed.public not in ignored]
    finally:
        progress.clear()
    exposures = _known(arguments, seeds)
    if arguments.json:
        output.as_json([exposure.to_json() for exposure in exposures])
    elif exposures:
        output.say("\n".join(aligned([_row(exposure) for exposure in exposures])))
    _tell(exposures, log)
    if exposures:
        return 1
    return 2 if log.unread else 0


def _known(arguments: Namespace, seeds: list[ExposedSeed]) -> list[KnownExposure]:
    """Look the seeds up in a vault, where one was named or its passphrase is at hand."""
    named = getattr(arguments, "vault", None) or passphrase_file(arguments)
    if not (seeds and named):
        return [KnownExposure(seed) for seed in seeds]
    with unlock(arguments) as vault:
        return known(seeds, vault.records)


def _row(exposure: KnownExposure) -> list[str]:
    seed = exposure.seed
    place = seed.path if seed.line is None else f"{seed.path}:{seed.line}"
    if exposure.known is None:
        in_vault = ""
    elif exposure.known:
        in_vault = f"{exposure.key}, {exposure.status}"
    else:
        in_vault = "not in this vault"
    commit = f"commit {seed.commit[:12]}" if seed.commit else ""
    return [place, commit, seed.public.kind.value, seed.public.text, in_vault]


def _tell(exposures: list[KnownExposure], log: ScanLog) -> None:
    """Say what was looked at and what was not, and what to do about what was found."""
    for one in log.unread[:_SHOWN]:
        output.note(f"{one.path}: not looked at: {one.why}.")
    if len(log.unread) > _SHOWN:
        output.note(f"… and {len(log.unread) - _SHOWN:,} more that were not looked at.")
    passed = ", ".join(
        f"{count:,} {_ONE.get(what, what) if count == 1 else what}"
        for what, count in sorted(log.passed.items())
    )
    beside = f" Not looked into: {passed}." if passed else ""
    keys = len({exposure.seed.public.text for exposure in exposures})
    count = f"{keys:,} {'key' if keys == 1 else 'keys'} in {len(exposures):,} places"
    own = log.files - log.of_git
    files = f"{own:,} file{'s' * (own != 1)}"
    files += f", and {log.of_git:,} of git's own" if log.of_git else ""
    output.note(f"{files}: seeds of {count if exposures else 'no key'}.{beside}")
    if exposures:
        output.note(
            "Whoever could read that may have the keys. Take each out, as `nkey-wallet rotate REF "
            "--as leaked` does, before anything else: deleting the file calls nothing back."
        )
