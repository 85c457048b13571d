"""Will this configuration let my keys in? Tried with the real nats-server before it is deployed.

The server runs on a free loopback port with nothing of the configuration but what decides who is
let in: it opens no other port and no file outside a temporary directory, which goes with it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from wallet.connection import isolation, judging, serverconf
from wallet.connection.check import check
from wallet.connection.isolation import ListedUser
from wallet.connection.rehearsed import NOBODY, Rehearsal, Row
from wallet.connection.report import Cause, Report, Verdict
from wallet.connection.serverconf import Value
from wallet.connection.target import Target
from wallet.errors import ConfigurationError, WalletError
from wallet.nkeys import Kind, PublicKey, Seed, decode_public
from wallet.system import natsserver
from wallet.system.natsserver import LocalServer, ServerFailedError
from wallet.text import plain
from wallet.vault.record import KeyRecord
from wallet.vault.vault import Vault

CONCURRENCY = 8
GENERATED = "the configuration"
_WORST_FIRST = (Verdict.FAILED, Verdict.REFUSED, Verdict.UNCHECKED, Verdict.ACCEPTED)


class _Stage(NamedTuple):
    """The configuration as it was read, and the server that runs with it."""

    configuration: dict[str, Value]
    server: LocalServer


async def rehearse(
    source: Path | str,
    vault: Vault,
    only: Iterable[KeyRecord] | None = None,
    *,
    also: Iterable[KeyRecord] = (),
    concurrency: int = CONCURRENCY,
    timeout: float = 5.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Rehearsal:
    """Run nats-server with a configuration, a file's or a text's, and check keys against it.

    The keys are the listed ones that the vault holds a seed for and `also` these, or `only`
    these, listed or not; and one made for the occasion. `timeout` is seconds for each check;
    `concurrency` of them run at once, and `on_progress` hears how many of how many are done.
    Raises `ServerMissingError`, `UsageError` for a file that cannot be read,
    `ConfigurationError` for what nats-server refuses, and what opening a seed raises.
    """
    name = plain(str(source), 500) if isinstance(source, Path) else GENERATED
    starting = asyncio.create_task(asyncio.to_thread(_start, source, name))
    try:
        stage = await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(WalletError):
            await asyncio.to_thread((await starting).server.stop)
        raise
    try:
        # In a thread: there may be a hundred thousand.
        listed, chosen, not_held = await asyncio.to_thread(_chosen, vault, stage, only, also)
        checks = _Checks(name, stage, timeout, concurrency, on_progress)
        rows, unknown = await checks.run(vault, chosen, listed)
    finally:
        await asyncio.to_thread(stage.server.stop)
    rows.sort(key=lambda row: _WORST_FIRST.index(row.verdict))
    left_out = isolation.left_out(stage.configuration)
    return Rehearsal(name, tuple(rows), unknown, tuple(not_held), left_out)


def _chosen(
    vault: Vault, stage: _Stage, only: Iterable[KeyRecord] | None, also: Iterable[KeyRecord]
) -> tuple[dict[str, ListedUser], list[KeyRecord], list[str]]:
    """The users that are listed; the keys to check; the listed ones that cannot be."""
    listed = {user.public: user for user in isolation.listed(stage.configuration)}
    found, not_held = [], []
    for public in listed:
        record = vault.records.by_public(public)
        if record is not None and record.has_seed:
            found.append(record)
        else:
            not_held.append(public)
    wanted = [*found, *also] if only is None else only
    chosen = {record.public: record for record in wanted}
    return listed, list(chosen.values()), not_held


class _Checks:
    def __init__(
        self,
        name: str,
        stage: _Stage,
        timeout: float,
        at_once: int,
        on_progress: Callable[[int, int], None] | None,
    ) -> None:
        self._name, self._timeout, self._at_once = name, timeout, at_once
        self._target = Target.parse(stage.server.url)
        self._asks_another = isolation.asks_another(stage.configuration)
        self._on_progress = on_progress or (lambda _done, _all: None)

    async def run(
        self, vault: Vault, chosen: list[KeyRecord], listed: dict[str, ListedUser]
    ) -> tuple[list[Row], Row]:
        """A row for each key, and the one of a key nobody knows."""
        rows: dict[int, Row] = {}
        waiting = iter(enumerate(chosen))

        async def some() -> None:
            for place, record in waiting:
                public = decode_public(record.public)
                report = await self._check(public, partial(vault.open_seed, record.public))
                rows[place] = self._row(record.path, report, listed.get(record.public))
                self._on_progress(len(rows), len(chosen) + 1)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._at_once):
                    group.create_task(some())
            with Seed.generate(Kind.USER) as stranger:
                report = await self._check(stranger.public, lambda: stranger)
        except* WalletError as errors:
            raise _first(errors) from None
        self._on_progress(len(chosen) + 1, len(chosen) + 1)
        ordered = [rows[place] for place in range(len(chosen))]
        return ordered, self._row(NOBODY, report, None)

    async def _check(self, public: PublicKey, open_seed: Callable[[], Seed]) -> Report:
        return await check(self._target, public, open_seed, timeout=self._timeout, round_trips=0)

    def _row(self, path: str, report: Report, listed: ListedUser | None) -> Row:
        account = report.identity.account if report.identity else ""
        if not account and listed and report.ok:
            account = listed.account
        return Row(
            path=path,
            public=report.public,
            listed=listed is not None,
            verdict=report.verdict,
            account=account,
            cause=None if report.ok else self._cause(report, listed),
        )

    def _cause(self, report: Report, listed: ListedUser | None) -> Cause:
        """Here the configuration is known, and with it more than a server tells."""
        found = report.causes[0]
        if found.code in {"key-unknown", "jwt-missing"}:
            if listed is None:
                return self._not_listed(report.public)
            return self._listed_and_refused(listed)
        # The address is of no use to anybody: it is gone when this is read.
        here = f"nats-server with {self._name}"
        return Cause(
            found.code,
            found.certain,
            found.why.replace(self._target.address, here),
            found.fix.replace(self._target.address, here),
        )

    def _not_listed(self, public: str) -> Cause:
        fix = (
            "Add it to the `users` in it, in `authorization` or in the account it belongs to; of "
            f"two blocks with the same name, only the last counts:\n{{ nkey: {public} }}"
        )
        return Cause("key-unknown", True, f"{self._name} does not list {public}.", fix)

    def _listed_and_refused(self, listed: ListedUser) -> Cause:
        where = f"{listed.origin.file} line {listed.origin.line} lists {listed.public}"
        if not listed.standard:
            return Cause(
                "connection-type",
                True,
                f"{where}, but its allowed_connection_types leave out ordinary clients.",
                "Add STANDARD to them, unless only other connections are meant.",
            )
        if listed.proxied:
            return Cause(
                "proxy-required",
                True,
                f"{where}, but takes it through a trusted proxy only (proxy_required).",
                "Remove proxy_required where the key is to connect directly.",
            )
        if self._asks_another:
            return Cause(
                "auth-callout",
                True,
                f"{where}, but asks its auth_callout service about each user who is not among "
                "the auth_users, and no such service runs here.",
                "Add the key to auth_users, or test it against a server with that service.",
            )
        return Cause(
            "refused-though-listed",
            False,
            f"{where}, and still nats-server refuses it.",
            "Look at that block: what it says of this user, and whether it is read at all.",
        )


def _first(errors: BaseExceptionGroup[WalletError]) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _start(source: Path | str, name: str) -> _Stage:
    """Read the configuration, have nats-server judge it, and run what decides who is let in."""
    natsserver.find()
    with tempfile.TemporaryDirectory(prefix="nkey-wallet-") as made:
        directory = Path(os.path.realpath(made))
        path = source if isinstance(source, Path) else directory / "given.conf"
        if isinstance(source, str):
            path.write_text(source, encoding="utf-8")
        try:
            configuration = serverconf.read(path, name)
        except ConfigurationError as ours:
            if not ours.endless:
                judging.judge_language(path, name, directory)
            raise
        judging.judge_language(path, name, directory)
        judging.judge_settings(isolation.to_judge(configuration), name, directory)
        text = isolation.to_run(configuration).text
    made = tempfile.mkdtemp(prefix="nkey-wallet-")
    try:
        return _Stage(configuration, LocalServer(Path(made), text, remove=True))
    except BaseException as error:
        shutil.rmtree(made, ignore_errors=True)
        if isinstance(error, ServerFailedError):
            raise ConfigurationError(name, 0, plain(str(error), 500).rstrip(".")) from None
        raise
