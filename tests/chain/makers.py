"""Chains of JWTs for tests."""

from __future__ import annotations

from typing import Any

from wallet.chain import Chain, Weight, objections
from wallet.nats import jwt
from wallet.nats.jwt_layout import unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind, Seed

NOW = 1_800_000_000  # 2027-01-15 08:00:00 UTC, a Friday
OPERATOR, ACCOUNT, SIGNER, USER = (
    Seed.generate(kind) for kind in (Kind.OPERATOR, Kind.ACCOUNT, Kind.ACCOUNT, Kind.USER)
)


def chain(
    user: dict[str, Any] | None = None,
    account: dict[str, Any] | None = None,
    *,
    scope: dict[str, Any] | None = None,
    operator: dict[str, Any] | None = None,
    **times: int,
) -> Chain:
    """A sound chain with what is given on top; with `scope`, a scoped key signed the user."""
    said = {**unlimited_account(), **(account or {})}
    if scope is not None:
        key = {"kind": "user_scope", "key": SIGNER.public.text, "role": "worker", "template": scope}
        said = {"signing_keys": [key], **said}
        given = {"issuer_account": ACCOUNT.public.text, **(user or {})}
    else:
        given = {**unlimited_user(), **(user or {})}
    tokens = (
        jwt.issue(
            ACCOUNT if scope is None else SIGNER,
            USER.public,
            given,
            issued=NOW - 60,
            name="billing",
            **_as_any(times),
        ),
        jwt.issue(OPERATOR, ACCOUNT.public, said, issued=NOW - 60, name="orders"),
        jwt.issue(OPERATOR, OPERATOR.public, operator or {}, issued=NOW - 60, name="acme"),
    )
    return Chain(*map(jwt.parse, tokens))


def codes(of: Chain, **how: Any) -> list[tuple[str, str]]:
    """The objections as code and weight, in their order."""
    found = objections(of, **{"now": NOW, "address": "127.0.0.1", **how})
    return [(each.code, each.weight.value) for each in found]


def refusals(of: Chain, **how: Any) -> list[str]:
    return [code for code, weight in codes(of, **how) if weight == Weight.REFUSED.value]


def _as_any(times: dict[str, int]) -> dict[str, Any]:
    return dict(times)
