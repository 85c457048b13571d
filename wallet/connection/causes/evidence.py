"""The evidence: all that one attempt to connect saw, before anything is made of it. Pure.

Of a port where nothing listens it is two stages and a breakdown, and no greeting. Of TLS that
fails: a greeting, a certificate, a breakdown, and no login. Of a refused key: a greeting, which a
second INFO may have added to, a login, a breakdown with the server's error, and no admission.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from wallet.chain import Chain
from wallet.connection.causes.report import Stage, StageResult
from wallet.connection.protocol.certificate import Certificate
from wallet.connection.protocol.failure import Failure, FailureKind
from wallet.connection.protocol.probes import PortUse
from wallet.connection.protocol.server_info import Identity, version_in
from wallet.connection.protocol.statistics import Monitored
from wallet.connection.protocol.target import Target
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import PublicKey
from wallet.text import as_name, plain


class Probe(StrEnum):
    """Whether a wrong signature is tried too, once the right one was taken."""

    IN_DOUBT = "in-doubt"
    NO_CALLOUT = "no-callout"  # as in doubt; the server is known to ask no authorization service
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Greeting:
    """The INFO that a server greets us with, and those that follow while the connection is open.

    `first` is the greeting's alone; `info` is all of them, the later over the earlier. Without a
    `nonce` the server has asked for no signature.
    """

    first: Mapping[str, object]
    info: Mapping[str, object]
    nonce: str | None = None

    @property
    def auth_required(self) -> bool:
        """Whether the server greeted us as one that lets in nobody without credentials.

        The INFO after CONNECT says otherwise of a server with a no_auth_user.
        """
        return self.first.get("auth_required") is True

    def followed_by(self, fields: Mapping[str, object]) -> Greeting:
        """Add the fields of a later INFO; a greeting that said nothing takes them for its own."""
        return replace(self, first=self.first or fields, info={**self.info, **fields})


class Encryption(StrEnum):
    """Whether the connection is encrypted, and since when."""

    NONE = "none"
    AFTER_GREETING = "after-greeting"
    BEFORE_GREETING = "before-greeting"


@dataclass(frozen=True, slots=True)
class Login:
    """Our CONNECT: whether it carried the key with a signature, and the key's JWT beside that."""

    signed: bool
    with_jwt: bool


@dataclass(frozen=True, slots=True)
class Admission:
    """The server let us in, and answered while we stayed.

    `rtt_ms` and `identity` are None where they were not asked for, or no answer came. `forbidden`
    is what the server forbade of the question who we are, in its words.
    """

    rtt_ms: float | None = None
    identity: Identity | None = None
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The stage that failed, how, and the -ERR of the server that ended it, empty for none."""

    stage: Stage
    failure: Failure
    error: str = ""


@dataclass(frozen=True, slots=True)
class Testimony:
    """The words of the monitoring, and what of them is believed, if it is this same server's.

    That is the one `operator` that the server trusts, None where it is not known, and the key's
    `chain` with the server's JWTs in the place of the wallet's.
    """

    monitored: Monitored
    operator: str | None = None
    chain: Chain | None = None
    servers_copy: bool = False  # whether the account's JWT in the chain is the server's


@dataclass(slots=True, kw_only=True)
class Evidence:
    """All that one attempt to connect saw: each part is None until the stage named beside it.

    The attempt alone fills it, stage by stage. No part changes: a stage that sees more puts another
    in its place.
    """

    # Before anything is asked.
    public: PublicKey
    target: Target
    wallet_chain: Chain  # the key's JWT, its account's and operator's, where held here
    timeout: float = 5.0
    at: float = field(default_factory=time.time)  # when it was made, seconds since 1970
    client_certificate: bool = False
    probe: Probe = Probe.IN_DOUBT
    # As the stages end.
    stages: tuple[StageResult, ...] = ()
    address: str | None = None  # CONNECT: that was connected to
    greeting: Greeting | None = None  # INFO, and each later INFO
    encryption: Encryption | None = None  # TLS
    login: Login | None = None  # AUTHENTICATE, as CONNECT is sent
    admission: Admission | None = None  # AUTHENTICATE, and more of it in PING
    # Where a stage failed.
    breakdown: Breakdown | None = None
    port_use: PortUse | None = None  # INFO: what listens there instead
    certificate: Certificate | None = None  # INFO or TLS: the one that was not accepted
    # After the stages.
    forgery_taken: bool | None = None  # by a second connection; None: not tried, or no answer
    forgery_elsewhere: bool = False  # other servers answered at the address, each time
    testimony: Testimony | None = None  # where the monitoring was asked

    @property
    def chain(self) -> Chain:
        """The chain to judge by: with the server's own JWTs in it, where those are known."""
        return (self.testimony and self.testimony.chain) or self.wallet_chain

    @property
    def held_account(self) -> Claims | None:
        """The wallet's JWT of the account, where `chain` has the server's own copy instead."""
        replaced = self.testimony is not None and self.testimony.servers_copy
        return self.wallet_chain.account if replaced else None

    @property
    def token(self) -> str | None:
        """The JWT of the key that is checked, where one is held."""
        user = self.chain.user
        return user.token if user and user.subject == self.public.text else None

    @property
    def info(self) -> Mapping[str, object]:
        """The fields of all INFOs; none before the greeting."""
        return self.greeting.info if self.greeting else {}

    @property
    def encrypted(self) -> bool:
        """Whether the stage TLS ended, and with TLS."""
        return self.encryption in {Encryption.AFTER_GREETING, Encryption.BEFORE_GREETING}

    @property
    def signed(self) -> bool:
        """Whether the key was shown with a signature over the server's nonce."""
        return self.login is not None and self.login.signed

    @property
    def jwt_shown(self) -> bool:
        """Whether the key's JWT was shown with it."""
        return self.login is not None and self.login.with_jwt

    @property
    def identity(self) -> Identity | None:
        """The identity that the server has for us; None where it tells none, or was not asked."""
        return self.admission.identity if self.admission else None

    @property
    def user(self) -> str:
        """The name that the server has for us; empty where it does not tell."""
        return self.identity.user if self.identity else ""

    @property
    def as_another(self) -> bool:
        """Whether the server says that it takes us for somebody else than this key."""
        return self.identity is not None and self.identity.user != self.public.text

    def failed_as(self, *kinds: FailureKind) -> bool:
        """Whether the attempt failed in one of these ways."""
        return self.breakdown is not None and self.breakdown.failure.kind in kinds

    @property
    def failed(self) -> Stage | None:
        """The stage that failed; None where none did."""
        return self.breakdown.stage if self.breakdown else None

    @property
    def error(self) -> str:
        """The -ERR of the server that ended the attempt, in its words; empty for none."""
        return self.breakdown.error if self.breakdown else ""

    def ms_of(self, stage: Stage | None) -> float | None:
        """The milliseconds that a stage took; None for one that was not needed or not reached."""
        return next((result.ms for result in self.stages if result.stage is stage), None)

    @property
    def refused_key(self) -> bool:
        """Whether a server that gave a nonce did not take what was shown to it."""
        return self.signed and "authorization violation" in self.error.lower()

    @property
    def version(self) -> tuple[int, int, int] | None:
        """The server's version, None where it does not say one."""
        return version_in(self.info)

    @property
    def server(self) -> str:
        """The server's name, if it has one, and its address."""
        name = self.info.get("server_name")
        if name == self.info.get("server_id"):  # one without a name calls itself by its id
            name = None
        address = self.target.address
        return f"{as_name(str(name))} at {address}" if name else address

    @property
    def bound_to(self) -> str:
        """The account that the server bound us to, as it calls it; empty where it does not tell."""
        account = self.identity.account if self.identity else ""
        return account or str(self.info.get("remote_account") or "")

    @property
    def account(self) -> str:
        """The account that the server bound us to: by its name where the chain tells it."""
        account = self.bound_to
        claims = self.chain.account
        if claims is not None and claims.name and claims.subject == account:
            return f"“{plain(claims.name, 100)}” ({account})"
        return account
