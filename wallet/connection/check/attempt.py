"""One connection to a server, stage by stage: does it take this key?

The seed is opened for the signature over the server's nonce, which takes microseconds of the
two seconds that a server gives, and wiped at once. Nothing a server does makes this raise:
what goes wrong becomes evidence, from which `diagnosis` names the causes.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from statistics import median

from wallet.chain import Chain
from wallet.connection.causes import identity_proof
from wallet.connection.causes.evidence import (
    Admission,
    Breakdown,
    Encryption,
    Evidence,
    Greeting,
    Login,
    Probe,
)
from wallet.connection.causes.identity_proof import Shown
from wallet.connection.causes.report import Report, Stage, StageResult, StageStarted
from wallet.connection.check.explanation import explained
from wallet.connection.check.forgery import ServerRoute, try_forgery
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.connection.protocol import network, probes
from wallet.connection.protocol.certificate import describe_session
from wallet.connection.protocol.conversation import ServerError, Talk, connect_line
from wallet.connection.protocol.failure import OF_THE_CERTIFICATE, TlsNotOfferedError, failure_of
from wallet.connection.protocol.message import ClosedError, ProtocolError
from wallet.connection.protocol.reach import within
from wallet.connection.protocol.server_info import info_fields, info_of, nonce_of
from wallet.connection.protocol.target import TlsFiles
from wallet.connection.protocol.wire import Wire
from wallet.nats import base64url
from wallet.nats.nkeys import Kind, PublicKey, verify
from wallet.text import as_name, plain

PATIENCE_FOR_IDENTITY = 1.0  # seconds; a server that knows answers within milliseconds
UNTIL_IT_IS_GONE = 0.1  # seconds in which a server sees that a connection was closed

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
    return await explained(attempt.evidence, attempt._left)


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
        await attempt.run()
        tries = shown is Shown.KEY and options.probe is not Probe.NEVER
        if tries and identity_proof.is_wanted(attempt.evidence):
            await attempt.try_forgery()
        yield attempt
    finally:
        await attempt.close()
    if attempt.no_room:  # our own connection may have had the last place
        await asyncio.sleep(UNTIL_IT_IS_GONE)
        await attempt.try_forgery()


class _StageFailedError(Exception):
    """A stage ended badly, and the evidence says how."""


_FAILURES = (ServerError, TlsNotOfferedError, _StageFailedError)


class Attempt:
    """One attempt to connect: its evidence, and while it lasts the connection."""

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
        self._target, self._public = server.target, key
        self._on_stage = on_stage or (lambda _: None)
        self._keyring, self._shown = keyring, shown
        self._round_trips = options.round_trips
        tls = server.tls
        # The system's own authorities are read only when TLS is spoken.
        self._context = tls.context() if tls and tls != TlsFiles() else None
        self.evidence = Evidence(
            public=key,
            target=server.target,
            timeout=options.timeout,
            client_certificate=bool(tls and tls.cert),
            wallet_chain=keyring.chain_of(key) or Chain(),
            probe=options.probe,
        )
        self.talk: Talk | None = None  # once the server let us in
        self.no_room = False  # for a second connection beside it
        self._wire: Wire | None = None
        self._addresses: list[str] = []
        self._signed: tuple[bytes, bytes] | None = None  # what was signed, and the signature
        self._shows: dict[str, object] = {}  # in CONNECT
        self._deadline = time.monotonic() + options.timeout
        self._whole: asyncio.Timeout | None = None  # the time for all stages

    async def run(self) -> None:
        """Go through the stages until one fails; whatever came of it is in the evidence."""
        with suppress(_StageFailedError):
            async with asyncio.timeout(self._left) as self._whole:
                await self._resolve()
                await self._connect()
                await self._info()
                await self._tls()
                talk = await self._authenticate()
                await self._ping(talk)

    async def try_forgery(self) -> None:
        """Try whether the server takes this key with another's signature too."""
        encryption = self.evidence.encryption
        first, later = Encryption.BEFORE_GREETING, Encryption.AFTER_GREETING
        way = ServerRoute(
            self._address,
            self._target.port,
            self._target.certified,
            tls_first=self._tls_context if encryption is first else None,
            tls_later=self._tls_context if encryption is later else None,
        )
        server_id = self.evidence.info.get("server_id")
        forgery = await try_forgery(way, self._shows, server_id, self._left)
        self.evidence.forgery_taken, self.no_room = forgery.taken, forgery.no_room
        self.evidence.forgery_elsewhere = forgery.elsewhere

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._wire:
            await self._wire.close()

    # --- stages -------------------------------------------------------------------------

    async def _resolve(self) -> None:
        with self._stage(Stage.RESOLVE) as tell:
            addresses = await network.resolve(self._target.host, self._target.port)
            self._addresses = within(addresses, self._target.reach)
            tell(", ".join(self._addresses[:4]))

    async def _connect(self) -> None:
        with self._stage(Stage.CONNECT) as tell:
            self._wire, address = await network.dial(self._addresses, self._target.port)
            self.evidence.address = address
            tell(f"{address} port {self._target.port}")

    async def _info(self) -> None:
        try:
            with self._stage(Stage.INFO) as tell:
                async with asyncio.timeout(self._left * SHARE_OF_GREETING):
                    greeting = await self._greeting()
                self._learn(info_of(greeting))
                info = self.evidence.info
                name = str(info.get("server_name") or info.get("server_id") or "")
                if name == info.get("server_id"):
                    name = name[:8]
                version = info.get("version", "of unknown version")
                tell(f"{as_name(name) if name else 'a server'}, nats-server {version}")
        except _StageFailedError:
            if self.evidence.failed_as(*OF_THE_CERTIFICATE):
                # Before a greeting only a server shows one that speaks TLS first.
                await self._look_at_certificate(tls_first=True)
            else:
                self.evidence.port_use = await probes.identify(
                    self._address, self._target.port, self._left
                )
            raise

    async def _greeting(self) -> bytes:
        """Read the server's first line; with `tls://` also from one that wants TLS before it."""
        if not self._target.tls:
            return await self._opened.line()
        try:
            async with asyncio.timeout(self._left * SHARE_BEFORE_TLS_FIRST):
                return await self._opened.line()
        except (TimeoutError, ClosedError):
            await self.close()
            self._wire = await Wire.connect(
                self._address, self._target.port, self._tls_context, self._target.certified
            )
            return await self._opened.line()

    async def _tls(self) -> None:
        info = self.evidence.info
        wanted = self._target.tls or info.get("tls_required") is True
        if not wanted:
            self.evidence.encryption = Encryption.NONE
            self._end(StageResult(Stage.TLS, None, None, "not asked for: clear text"))
            return
        if self._opened.ssl:
            self.evidence.encryption = Encryption.BEFORE_GREETING
            detail = describe_session(self._opened.ssl)
            self._end(StageResult(Stage.TLS, True, None, f"before the greeting: {detail}"))
            return
        with self._stage(Stage.TLS) as tell:
            if not (info.get("tls_required") is True or info.get("tls_available") is True):
                raise TlsNotOfferedError("the server speaks clear text only")
            try:
                await self._opened.start_tls(
                    self._tls_context, self._target.certified, self.evidence.timeout
                )
            except ssl.SSLCertVerificationError:
                await self._look_at_certificate(tls_first=False)
                raise
            self.evidence.encryption = Encryption.AFTER_GREETING
            tell(describe_session(self._opened.ssl))

    async def _authenticate(self) -> Talk:
        with self._stage(Stage.AUTHENTICATE) as tell:
            talk = Talk(self._opened, self._learn)
            # Where no round trip is measured, the question who we are goes along with it.
            quiet = self.evidence.probe is Probe.NEVER
            question = b"" if self._round_trips or quiet else talk.question()
            await self._opened.send(self._credentials() + b"PING\r\n" + question)
            try:
                await talk.until_pong()
            except ServerError:
                self._verify_signature()
                raise
            self.evidence.admission = Admission()
            self.talk = talk
            tell("the server let us in")
        return talk

    async def _ping(self, talk: Talk) -> None:
        with self._stage(Stage.PING) as tell:
            times = [await talk.round_trip() for _ in range(self._round_trips)]
            rtt_ms = median(times) if times else None
            self.evidence.admission = Admission(rtt_ms)
            if self.evidence.probe is not Probe.NEVER:
                patience = min(PATIENCE_FOR_IDENTITY, self._left / 2)
                identity, forbidden = await talk.who_are_we(
                    self.evidence.info.get("server_id"), patience
                )
                self.evidence.admission = Admission(rtt_ms, identity, tuple(forbidden))
            round_trip = f"{rtt_ms:.2f} ms round trip" if rtt_ms is not None else ""
            account = f"account {self.evidence.account}" if self.evidence.identity else ""
            tell(", ".join(filter(None, [round_trip, account])) or "alive")

    # --- steps --------------------------------------------------------------------------

    def _credentials(self) -> bytes:
        """Write the CONNECT line, and keep in the evidence what it shows."""
        options = self._shows = {"tls_required": self.evidence.encrypted}
        nonce = self.evidence.greeting.nonce if self.evidence.greeting else None
        token = None
        # Only users connect. Any other key has nothing to gain from a signature, and an
        # operator's is worth too much to sign what a stranger sends.
        shows = self._shown is not Shown.NOTHING
        if nonce is not None and self._public.kind is Kind.USER and shows:
            data = nonce.encode()
            with self._keyring.open_seed(self._public) as seed:
                signature = seed.sign(data)
            self._signed = data, signature
            options["nkey"] = self._public.text
            options["sig"] = base64url.encode(signature)
            if self._shown is Shown.KEY and (token := self.evidence.token) is not None:
                options["jwt"] = token
        self.evidence.login = Login(signed=self._signed is not None, with_jwt=token is not None)
        return connect_line(options)

    def _verify_signature(self) -> None:
        """Verify our own signature: that it is wrong is then never a cause of a refusal."""
        if self._signed and not verify(self._public, *self._signed):
            raise _StageFailedError("the signature did not verify here")

    async def _look_at_certificate(self, *, tls_first: bool) -> None:
        self.evidence.certificate = await probes.certificate_of(
            self._target, self._address, self._left / 2, tls_first=tls_first
        )

    def _learn(self, info: dict[str, object]) -> None:
        """Put what an INFO says among the evidence; the nonce only of the first that has one.

        Raises `ProtocolError` for a nonce that no server sends; what else the INFO says is kept.
        """
        greeting, fields = self.evidence.greeting, info_fields(info)
        greeting = greeting.followed_by(fields) if greeting else Greeting(fields, fields)
        self.evidence.greeting = greeting
        if greeting.nonce is None:
            self.evidence.greeting = replace(greeting, nonce=nonce_of(info))

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
    def _address(self) -> str:
        if self.evidence.address is None:
            raise _StageFailedError("not connected")
        return self.evidence.address

    @property
    def _opened(self) -> Wire:
        if self._wire is None:
            raise _StageFailedError("not connected")
        return self._wire

    def _end(self, result: StageResult) -> None:
        self.evidence.stages = (*self.evidence.stages, result)
        self._on_stage(result)

    @contextmanager
    def _stage(self, stage: Stage) -> Iterator[Callable[[str], None]]:
        """Run the block as a stage: tell its two events, put what went wrong into the evidence.

        The block tells the words for its success. It may take what is left for all stages.
        """
        self._on_stage(StageStarted(stage))
        began = time.perf_counter()
        detail: list[str] = []
        try:
            try:
                yield detail.append
            except asyncio.CancelledError:
                if self._whole is None or not self._whole.expired():
                    raise  # given up by whoever asked
                raise TimeoutError from None
        except (OSError, ClosedError, ProtocolError, UnicodeError, *_FAILURES) as error:
            failure = failure_of(error)
            answer = str(error) if isinstance(error, ServerError) else ""
            self.evidence.breakdown = Breakdown(stage, failure, answer)
            if self._whole is not None and not self._whole.expired():
                self._whole.reschedule(None)  # what is looked at now has limits of its own
            ms = (time.perf_counter() - began) * 1000
            self._end(StageResult(stage, False, ms, plain(failure.words, 300)))
            raise _StageFailedError from None
        ms = (time.perf_counter() - began) * 1000
        self._end(StageResult(stage, True, ms, plain("".join(detail), 300)))
