"""A server's checks of a chain, one after the other in its own order.

What is said here of an account is what this copy of its JWT says: a server may have an older
or a newer one.

Source: nats-server auth.go, processClientOrLeafAuthentication; client.go, processConnect.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wallet.chain import accounts, grants, users
from wallet.chain.grants import UNLIMITED, Grant
from wallet.chain.model import Chain, Objection, Version, Visit, Weight
from wallet.chain.scopes import ScopeError, filled
from wallet.codes import Code
from wallet.nats.jwt import Claims
from wallet.nats.validation.jwt_flaws import refusals


def objections(
    chain: Chain,
    *,
    now: float,
    address: str | None = None,
    connection_type: str = "STANDARD",
    trusted_operator: str | None = None,
    server: Version | None = None,
) -> list[Objection]:
    """Everything nats-server will object to, first what it looks at first; warnings come last.

    `now` is seconds since 1970, `address` the client's as the server sees it (without it source
    networks are not judged), `connection_type` one of the JWT's names for them. With
    `trusted_operator`, a public key, the account must be that operator's. `server` is its
    version, such as (2, 10, 29): without it, what versions differ in is possible only.
    """
    if chain.user is None:
        return _of_account(chain, now, trusted_operator)
    user, account = chain.user, chain.account
    visit = Visit(now, address, connection_type, server)
    if wrong := users.unreadable(user):
        return wrong  # then nothing it says counts
    if flaws := refusals(user):
        return [users.misread(user, flaws)]
    own = chain.own_grant()
    objected = (
        users.too_long(user) + users.proxied(user, own, visit) + users.times_of_validity(user, now)
    )
    if account is None or not chain.belongs:
        objected += users.other_account(chain)
        return objected + _own_rules(chain, user, own, visit) + _warned(chain, own, now)
    objected += accounts.unusable(account, now)
    objected += accounts.wrong_operator(chain, trusted_operator)
    before = len(objected)
    objected += accounts.wrong_signer(chain) + users.scope(chain)
    try:
        grant = granted(chain)
    except ScopeError as error:
        objected.append(users.misfit(chain, error))
        grant = own
    objected += accounts.expired(account, now)
    objected += users.bearer(chain, user, account, grant)
    objected += users.connection_type(chain, user, grant, visit)
    objected += users.revoked(user, account)
    objected += users.source(chain, user, grant, visit)
    objected += users.window(chain, user, grant, visit)
    if users.delegated(account, user):
        # Whatever fails from here on, a service of the account's own has the last word.
        objected[before:] = [replace(each, weight=Weight.POSSIBLE) for each in objected[before:]]
    objected += accounts.full(account)
    refused = any(each.code is Code.JWT_BEARER for each in objected)
    warned = _warned(chain, grant, now)
    if refused:
        warned = [each for each in warned if each.code is not Code.JWT_BEARER]
    return objected + warned


def granted(chain: Chain) -> Grant:
    """Apply the scope of the signing key and the account's defaults to the user's own rights.

    Raises `grants.MisreadError`, and `ScopeError` where the scope does not fit the user.
    """
    own = chain.own_grant()
    if chain.user is None or chain.account is None or not chain.belongs:
        return own
    grant = own
    if chain.scope is not None:
        template: Any = chain.scope.get("template")
        try:
            grant = grants.read(template if isinstance(template, dict) else {}, left_out=UNLIMITED)
        except grants.MisreadError as error:
            raise ScopeError(str(error)) from None
        grant = filled(grant, chain.user, chain.account)
    try:
        return grants.with_defaults(grant, chain.account.nats)
    except grants.MisreadError:
        return grant


def _of_account(chain: Chain, now: float, trusted: str | None) -> list[Objection]:
    account = chain.account
    if account is None:
        return []
    return [
        *accounts.unusable(account, now),
        *accounts.wrong_operator(chain, trusted),
        *accounts.expired(account, now),
        *accounts.full(account),
        *accounts.warnings(account, now),
    ]


def _own_rules(chain: Chain, user: Claims, own: Grant, visit: Visit) -> list[Objection]:
    """The rules that a user's JWT carries itself hold whoever its account is.

    Under a scope it may not even carry them, so a server refuses it either way.
    """
    return [
        *users.connection_type(chain, user, own, visit),
        *users.source(chain, user, own, visit),
        *users.window(chain, user, own, visit),
    ]


def _warned(chain: Chain, grant: Grant, now: float) -> list[Objection]:
    warnings = []
    if chain.user is not None:
        scope_unknown = chain.account is None and chain.user.issuer_account is not None
        # Without its account it is not known whether a scope says more than this JWT.
        own = replace(grant, subs=UNLIMITED, payload=UNLIMITED) if scope_unknown else grant
        warnings += users.warnings(chain, chain.user, own, now)
    if chain.account is not None:
        warnings += accounts.warnings(chain.account, now)
    return warnings
