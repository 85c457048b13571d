"""A key for a check, which counts how often its seed was opened and sees that it was wiped."""

from __future__ import annotations

from wallet.connection.check import check
from wallet.connection.report import Report, StageResult, StageStarted
from wallet.connection.target import Target, TlsFiles
from wallet.nkeys import Kind, Seed

Heard = list[StageStarted | StageResult]


class WatchedKey:
    """A key pair. Each check gets a seed of its own, kept here to be looked at afterwards."""

    def __init__(self, kind: Kind = Kind.USER) -> None:
        self._seed = Seed.generate(kind)
        self.public = self._seed.public
        self.opened: list[Seed] = []

    def open_seed(self) -> Seed:
        """As a vault does: a new copy for each call."""
        self.opened.append(Seed.from_raw(self._seed.kind, self._seed.raw))
        return self.opened[-1]

    async def check(
        self,
        url: str,
        *,
        tls: TlsFiles | None = None,
        timeout: float = 10.0,
        heard: Heard | None = None,
    ) -> Report:
        """Check it against a server; fails unless the seed was opened once, and wiped."""
        before = len(self.opened)
        report = await check(
            Target.parse(url),
            self.public,
            self.open_seed,
            tls=tls,
            timeout=timeout,
            on_stage=heard.append if heard is not None else None,
        )
        assert len(self.opened) == before + 1, "the seed is opened exactly once"
        assert self.opened[-1].raw == bytes(32), "the seed is wiped"
        return report

    def sign(self, data: bytes) -> bytes:
        """A signature by this key."""
        return self._seed.sign(data)

    def __str__(self) -> str:
        return self.public.text

    def __enter__(self) -> WatchedKey:
        return self

    def __exit__(self, *_: object) -> None:
        self._seed.wipe()
