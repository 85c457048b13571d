"""Evidence of attempts that nobody made, put together of its parts."""

from __future__ import annotations

from collections.abc import Mapping

from wallet.chain import Chain
from wallet.connection.causes.evidence import (
    Admission,
    Breakdown,
    Encryption,
    Evidence,
    Greeting,
    Login,
    Testimony,
)
from wallet.connection.causes.report import Stage, StageResult
from wallet.connection.protocol.failure import Failure, FailureKind
from wallet.connection.protocol.server_info import Identity
from wallet.connection.protocol.statistics import Monitored
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import PublicKey


def evidence_of(
    public: PublicKey,
    url: str,
    *,
    at: float = 0.0,
    chain: Chain | None = None,
    connect_ms: float | None = None,
    info: Mapping[str, object] | None = None,
    tls: bool = False,
    signed: bool = True,
    jwt_shown: bool = False,
    let_in: bool = False,
    rtt_ms: float | None = None,
    identity: Identity | None = None,
    failed: Stage = Stage.AUTHENTICATE,
    failure: Failure | None = None,
    error: str = "",
    forgery_taken: bool | None = None,
    monitored: Monitored | None = None,
) -> Evidence:
    """A server greeted us, asked for a signature, and was given our CONNECT.

    It let us in where that is said; the attempt broke down where a `failure` or `error` is given.
    """
    fields = info or {}
    failure = failure or (Failure(FailureKind.OTHER, error) if error else None)
    return Evidence(
        public=public,
        target=Target.parse(url),
        at=at,
        wallet_chain=chain or Chain(),
        stages=(StageResult(Stage.CONNECT, True, connect_ms, ""),),
        greeting=Greeting(fields, fields, "nonce"),
        encryption=Encryption.AFTER_GREETING if tls else Encryption.NONE,
        login=Login(signed=signed, with_jwt=jwt_shown),
        admission=Admission(rtt_ms, identity) if let_in else None,
        breakdown=Breakdown(failed, failure, error) if failure else None,
        forgery_taken=forgery_taken,
        testimony=Testimony(monitored) if monitored else None,
    )
