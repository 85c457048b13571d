"""The evidence: all that one attempt to connect saw, before anything is made of it. Pure."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum

from wallet.chain import Chain
from wallet.connection.causes.report import Stage
from wallet.connection.protocol.certificate import Certificate
from wallet.connection.protocol.failure import Failure, FailureKind
from wallet.connection.protocol.probes import Listener
from wallet.connection.protocol.server_info import Identity, version_in
from wallet.connection.protocol.statistics import Monitored
from wallet.connection.protocol.target import Target
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import PublicKey
from wallet.text import plain


class Probe(StrEnum):
    """Whether a wrong signature is tried too, once the right one was taken."""

    IN_DOUBT = "in-doubt"
    NO_CALLOUT = "no-callout"  # as in doubt; the server is known to ask no authorization service
    NEVER = "never"


@dataclass
class Evidence:
    """What one attempt saw, in the order in which it becomes known.

    The attempt fills each group in the stage that it is named for; what stands in a stage that was
    not reached is as it began. `failure` is how `failed` ended; both are None after success.
    """

    # Known before anything is asked.
    public: PublicKey
    target: Target
    timeout: float = 5.0
    at: float = field(default_factory=time.time)  # when it was made, seconds since 1970
    client_certificate: bool = False
    chain: Chain | None = None  # the key's JWT, its account's and operator's, as held here
    probe: Probe = Probe.IN_DOUBT
    # Connect.
    address: str = ""
    connect_ms: float | None = None
    # Info; what stands in the INFO after CONNECT is added to `info`.
    info: dict[str, object] = field(default_factory=dict)
    nonce: str | None = None
    auth_required: bool = False  # as the server greeted us
    tls_first: bool = False
    listener: Listener = Listener.UNKNOWN
    client_port: int | None = None
    # Tls, which may come before the greeting.
    tls: bool = False
    tls_not_offered: bool = False
    certificate: Certificate | None = None
    # Authenticate.
    signed: bool = False
    jwt_shown: bool = False
    asked: bool = False
    let_in: bool = False
    # Ping.
    rtt_ms: float | None = None
    identity: Identity | None = None
    forbidden: list[str] = field(default_factory=list)  # asking who we are, in the server's words
    # The stage that failed.
    failed: Stage | None = None
    failure: Failure | None = None
    failed_ms: float | None = None  # what the stage took that failed
    error: str = ""
    # After the stages: a second connection, with a wrong signature.
    forgery_taken: bool | None = None  # a wrong signature for the same key; None: not known
    # Last, where the monitoring was asked: by `monitor_proof.adopt`, which also puts into `chain`
    # what the server has.
    monitored: Monitored | None = None  # what the server's monitoring says, where it was asked
    operator: str | None = None  # the one that the server is known to trust; None: not known
    held_account: Claims | None = None  # the wallet's, where `chain` has the server's own copy
    servers_copy: bool = False  # whether `chain` has it

    @property
    def token(self) -> str | None:
        """The JWT of the key that is checked, where one is held."""
        user = self.chain.user if self.chain else None
        return user.token if user and user.subject == self.public.text else None

    @property
    def as_another(self) -> bool:
        """Whether the server says that it takes us for somebody else than this key."""
        return self.identity is not None and self.identity.user != self.public.text

    def failed_as(self, *kinds: FailureKind) -> bool:
        """Whether it failed in one of these ways."""
        return self.failure is not None and self.failure.kind in kinds

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
        return f"{name} at {self.target.address}" if name else self.target.address

    @property
    def bound_to(self) -> str:
        """The account that the server bound us to, as it calls it; empty where it does not tell."""
        account = self.identity.account if self.identity else ""
        return account or str(self.info.get("remote_account") or "")

    @property
    def account(self) -> str:
        """The account that the server bound us to: by its name where the chain tells it."""
        account = self.identity.account if self.identity else ""
        held = self.chain.account if self.chain else None
        if held is not None and held.name and held.subject == account:
            return f"“{plain(held.name, 100)}” ({account})"
        return account
