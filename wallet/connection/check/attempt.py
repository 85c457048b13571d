"""One connection to a server, stage by stage: does it take this key?

The seed is opened for the signature over the server's nonce, which takes microseconds of the
two seconds that a server gives, and wiped at once. Nothing a server does makes this raise:
what goes wrong becomes evidence, from which `diagnosis` names the causes.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from statistics import median

from wallet.connection.causes import chains, diagnosis, proof
from wallet.connection.causes.evidence import Evidence, Probe
from wallet.connection.causes.proof import Shown
from wallet.connection.causes.report import Report, Stage, StageResult, StageStarted
from wallet.connection.check.explanation import explained
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.connection.protocol import network, probes
from wallet.connection.protocol.certificate import describe_session
from wallet.connection.protocol.conversation import ServerError, Talk, connect_line
from wallet.connection.protocol.failure import OF_THE_CERTIFICATE, failure_of
from wallet.connection.protocol.reach import within
from wallet.connection.protocol.server_info import Identity, info_fields, info_of, nonce_of
from wallet.connection.protocol.target import TlsFiles
from wallet.connection.protocol.wire import ClosedError, ProtocolError, Wire
from wallet.nats.nkeys import Kind, PublicKey, Seed, verify
from wallet.text import plain

PATIENCE_FOR_IDENTITY = 1.0  # seconds; a server that knows answers within milliseconds

# Of the whole time, so that something is left to find out what listens there instead.
SHARE_OF_GREETING = 0.6
SHARE_BEFORE_TLS_FIRST = 0.3

Event = StageStarted | StageResult
DEFAULTS = CheckOptions()


async def check(
    server: Server,
    key: PublicKey,
    keyring: Keyring,
    options: CheckOptions = DEFAULTS,
    on_stage: Callable[[Event], None] | None = None,
) -> Report:
    """Connect to `server` as `key`, and report what came of it.

    The key's seed is opened when a server asks for a signature, at most once, and wiped right
    after that. `on_stage` hears of each stage as it begins and ends. Where the keyring has a JWT of
    the key, that is shown too, as servers with an operator want it; the others do not look at it.
    A wrong signature, which the server logs, is tried as `options.probe` says; never: then the
    server is not asked who we are either, and where the check is in doubt the verdict is
    “unproved”. Raises what opening a seed raises, and `UsageError` for unusable TLS files; never
    for what a server does.
    """
    async with opened(server, key, keyring, options, on_stage=on_stage) as attempt:
        pass
    return await explained(attempt, attempt._left)


@asynccontextmanager
async def opened(
    server: Server,
    key: PublicKey,
    keyring: Keyring,
    options: CheckOptions = DEFAULTS,
    *,
    on_stage: Callable[[Event], None] | None = None,
    shown: Shown = Shown.KEY,
) -> AsyncIterator[Attempt]:
    """Check as `check` does; the connection is open for the block, if the server let us in."""
    attempt = Attempt(server, key, keyring, options, on_stage=on_stage, shown=shown)
    try:
        await attempt.run(options.round_trips)
        tries = shown is Shown.KEY and options.probe is not Probe.NEVER
        if tries and proof.is_wanted(attempt.evidence):
            attempt.evidence.forgery_taken = await attempt.try_forgery()
        yield attempt
    finally:
        await attempt.close()


class _StageFailedError(Exception):
    """The stage ended badly, and the evidence says how."""


_FAILURES = (ServerError, _StageFailedError)


class Attempt:
    """One attempt: what was seen, and while it lasts the connection."""

    def __init__(
        self,
        server: Server,
        key: PublicKey,
        keyring: Keyring,
        options: CheckOptions,
        *,
        on_stage: Callable[[Event], None] | None = None,
        shown: Shown = Shown.KEY,
    ) -> None:
        """Read the TLS files, before dialling. Raises `UsageError` for those that are unusable."""
        self.server, self.target, self.public = server, server.target, key
        self.timeout = options.timeout
        self.on_stage = on_stage or (lambda _: None)
        self._keyring, self._shown = keyring, shown
        tls = server.tls
        # The system's own authorities are read only when TLS is spoken.
        self._context = tls.context() if tls and tls != TlsFiles() else None
        self.evidence = Evidence(
            public=key,
            target=server.target,
            timeout=options.timeout,
            client_certificate=bool(tls and tls.cert),
            chain=keyring.chain_of(key),
            probe=options.probe,
        )
        self.results: dict[Stage, StageResult] = {}
        self.identity: Identity | None = None
        self.rtt_ms: float | None = None
        self.talk: Talk | None = None  # once the server let us in
        self._wire: Wire | None = None
        self._addresses: list[str] = []
        self._signed: tuple[bytes, bytes] | None = None  # what was signed, and the signature
        self._deadline = time.monotonic() + options.timeout
        self._whole: asyncio.Timeout | None = None  # the time for all stages

    async def run(self, round_trips: int) -> None:
        with suppress(_StageFailedError):
            async with asyncio.timeout(self._left) as self._whole:
                await self._resolve()
                await self._connect()
                await self._info()
                await self._tls()
                await self._authenticate(round_trips)
                await self._ping(round_trips)

    async def try_forgery(self) -> bool | None:
        """Whether the server also takes this key with a signature of another; None: no answer."""
        another = Keyring(lambda _: Seed.generate(Kind.USER))
        options = CheckOptions(self._left, round_trips=0)
        second = Attempt(
            Server(self.target), self.public, another, options, shown=Shown.FORGED_SIGNATURE
        )
        second._context = self._context
        try:
            await second.run(0)
        finally:
            await second.close()
        return proof.answer(second.evidence)

    async def close(self) -> None:
        if self._wire:
            await self._wire.close()

    def report(self) -> Report:
        verdict, summary, causes = diagnosis.explain(self.evidence)
        stages = [
            self.results.get(stage, StageResult(stage, None, None, "not reached"))
            for stage in Stage
        ]
        return Report(
            public=self.public.text,
            url=self.target.url,
            verdict=verdict,
            summary=summary,
            stages=tuple(stages),
            causes=tuple(causes),
            server=self.evidence.info,
            identity=self.identity,
            account=self.evidence.account,
            address=self.evidence.address,
            rtt_ms=self.rtt_ms,
            refused_key=self.evidence.refused_key,
            objections=chains.certain_objections(self.evidence),
            servers_copy=self.evidence.servers_copy,
        )

    # --- stages -------------------------------------------------------------------------

    async def _resolve(self) -> None:
        async with self._stage(Stage.RESOLVE) as said:
            found = await network.resolve(self.target.host, self.target.port)
            self._addresses = within(found, self.target.reach)
            said(", ".join(self._addresses[:4]))

    async def _connect(self) -> None:
        async with self._stage(Stage.CONNECT) as said:
            self._wire, address = await network.dial(self._addresses, self.target.port)
            self.evidence.address = address
            said(f"{address} port {self.target.port}")
        self.evidence.connect_ms = self.results[Stage.CONNECT].ms

    async def _info(self) -> None:
        try:
            async with self._stage(Stage.INFO, self._left * SHARE_OF_GREETING) as said:
                self._learn(info_of(await self._greeting()))
                info = self.evidence.info
                name = info.get("server_name") or info.get("server_id") or "a server"
                if name == info.get("server_id"):
                    name = str(name)[:8]
                said(f"{name}, nats-server {info.get('version', 'of unknown version')}")
        except _StageFailedError:
            if self.evidence.failed_as(*OF_THE_CERTIFICATE):
                await self._look_at_certificate()
            else:
                answer = await probes.identify(self.evidence.address, self.target.port, self._left)
                self.evidence.listener, self.evidence.client_port = answer
            raise

    async def _greeting(self) -> bytes:
        """The server's first line; with `tls://` also from one that wants TLS before it."""
        if not self.target.tls:
            return await self._opened.line()
        try:
            async with asyncio.timeout(self._left * SHARE_BEFORE_TLS_FIRST):
                return await self._opened.line()
        except (TimeoutError, ClosedError):
            await self.close()
            self.evidence.tls_first = True
            self._wire = await Wire.connect(
                self.evidence.address, self.target.port, self._tls_context, self.target.certified
            )
            self.evidence.tls = True
            return await self._opened.line()

    async def _tls(self) -> None:
        info = self.evidence.info
        wanted = self.target.tls or info.get("tls_required") is True
        if not wanted:
            self._end(StageResult(Stage.TLS, None, None, "not asked for: clear text"))
            return
        if self._opened.ssl:
            detail = describe_session(self._opened.ssl)
            self._end(StageResult(Stage.TLS, True, None, f"before the greeting: {detail}"))
            return
        async with self._stage(Stage.TLS) as said:
            if not (info.get("tls_required") is True or info.get("tls_available") is True):
                self.evidence.tls_not_offered = True
                raise _StageFailedError("the server speaks clear text only")
            try:
                await self._opened.start_tls(self._tls_context, self.target.certified, self.timeout)
            except ssl.SSLCertVerificationError:
                await self._look_at_certificate()
                raise
            self.evidence.tls = True
            said(describe_session(self._opened.ssl))

    async def _authenticate(self, round_trips: int) -> None:
        async with self._stage(Stage.AUTHENTICATE) as said:
            self.evidence.asked = True
            talk = Talk(self._opened, self._learn)
            # Where no round trip is measured, the question who we are goes along with it.
            quiet = self.evidence.probe is Probe.NEVER
            question = b"" if round_trips or quiet else talk.question()
            await self._opened.send(self._credentials() + b"PING\r\n" + question)
            try:
                await talk.until_pong()
            except ServerError:
                self._verify_signature()
                raise
            self.evidence.let_in = True
            self.talk = talk
            said("the server let us in")

    async def _ping(self, round_trips: int) -> None:
        async with self._stage(Stage.PING) as said:
            talk = self.talk or Talk(self._opened, self._learn)
            times = [await talk.round_trip() for _ in range(round_trips)]
            self.rtt_ms = self.evidence.rtt_ms = median(times) if times else None
            if self.evidence.probe is not Probe.NEVER:
                patience = min(PATIENCE_FOR_IDENTITY, self._left / 2)
                identity, self.evidence.forbidden = await talk.who_are_we(patience)
                self.identity = self.evidence.identity = identity
            round_trip = f"{self.rtt_ms:.2f} ms round trip" if self.rtt_ms is not None else ""
            account = f"account {self.evidence.account}" if self.identity else ""
            said(", ".join(filter(None, [round_trip, account])) or "alive")

    # --- steps --------------------------------------------------------------------------

    def _credentials(self) -> bytes:
        """The CONNECT line."""
        options: dict[str, object] = {"tls_required": self.evidence.tls}
        nonce = self.evidence.nonce
        # Only users connect. Any other key has nothing to gain from a signature, and an
        # operator's is worth too much to sign what a stranger sends.
        shows = self._shown is not Shown.NOTHING
        if nonce is not None and self.public.kind is Kind.USER and shows:
            data = nonce.encode()
            with self._keyring.open_seed(self.public) as seed:
                signature = seed.sign(data)
            self._signed = data, signature
            options["nkey"] = self.public.text
            options["sig"] = urlsafe_b64encode(signature).rstrip(b"=").decode()
            self.evidence.signed = True
            if self.evidence.token is not None:
                options["jwt"] = self.evidence.token
                self.evidence.jwt_shown = True
        return connect_line(options)

    def _verify_signature(self) -> None:
        """So that "the signature is wrong" is never among the causes of a refusal."""
        made = self._signed if self._shown is Shown.KEY else None
        if made and not verify(self.public, *made):
            raise _StageFailedError("the signature did not verify here")

    async def _look_at_certificate(self) -> None:
        self.evidence.certificate = await probes.certificate_of(
            self.target,
            self.evidence.address,
            self._left / 2,
            tls_first=self.evidence.tls_first,
        )

    def _learn(self, info: dict[str, object]) -> None:
        """Keep what an INFO says; the nonce only of the first."""
        fields = info_fields(info)
        if not self.evidence.info:  # the one after CONNECT says otherwise for no_auth_user
            self.evidence.auth_required = fields.get("auth_required") is True
        self.evidence.info.update(fields)
        if self.evidence.nonce is None:
            self.evidence.nonce = nonce_of(info)

    @property
    def _tls_context(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = TlsFiles().context()
        return self._context

    @property
    def _left(self) -> float:
        """Seconds until the whole check must be over."""
        return max(0.001, self._deadline - time.monotonic())

    @property
    def _opened(self) -> Wire:
        if self._wire is None:
            raise _StageFailedError("not connected")
        return self._wire

    def _end(self, result: StageResult) -> None:
        self.results[result.stage] = result
        self.on_stage(result)

    @asynccontextmanager
    async def _stage(
        self, stage: Stage, timeout: float | None = None
    ) -> AsyncIterator[Callable[[str], None]]:
        """One stage: its two events, and what went wrong as evidence.

        Without a `timeout` of its own it may take what is left for all of them.
        """
        self.on_stage(StageStarted(stage))
        began = time.perf_counter()
        detail: list[str] = []
        try:
            try:
                if timeout is None:
                    yield detail.append
                else:
                    async with asyncio.timeout(timeout):
                        yield detail.append
            except asyncio.CancelledError:
                if self._whole is None or not self._whole.expired():
                    raise  # given up by whoever asked
                raise TimeoutError from None
        except (OSError, ClosedError, ProtocolError, UnicodeError, *_FAILURES) as error:
            self.evidence.failed, self.evidence.failure = stage, failure_of(error)
            if self._whole is not None and not self._whole.expired():
                self._whole.reschedule(None)  # what is looked at now has limits of its own
            if isinstance(error, ServerError):
                self.evidence.error = str(error)
            self.evidence.failed_ms = ms = (time.perf_counter() - began) * 1000
            self._end(StageResult(stage, False, ms, plain(self.evidence.failure.words, 300)))
            raise _StageFailedError from None
        ms = (time.perf_counter() - began) * 1000
        self._end(StageResult(stage, True, ms, plain("".join(detail), 300)))
