"""Causes that the JWTs at hand explain. Pure.

What a user's own JWT says is the same everywhere. What its account's says is so as of the copy
that is held here: the server may have an older one, or a newer. And a server without an
operator does not look at JWTs at all.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from wallet.chain import Chain, Objection, Weight, objections, users
from wallet.chain.accounts import limit_of
from wallet.chain.model import called, dated
from wallet.codes import Code, Trait
from wallet.connection.causes.evidence import Evidence
from wallet.connection.causes.report import Cause
from wallet.connection.protocol import server_info
from wallet.nats.config.writer import HOW_ACCOUNTS_ARRIVE
from wallet.nats.jwt import Claims
from wallet.shell import command
from wallet.when import exactly, how_long

NEAR = 300  # seconds that the clocks of two machines may well be apart


def refused(evidence: Evidence, unknown: Cause) -> list[Cause]:
    """List why credentials were refused, as far as JWTs come into it; empty where they do not.

    `unknown` is the cause where the server goes by a list of keys.
    """
    chain = evidence.chain
    if not evidence.signed:
        return []
    if chain.user is None or not evidence.jwt_shown:
        return [_missing(evidence, chain.account), unknown] if chain.account else []
    objected = [
        each
        for each in _objections(evidence)
        if Trait.IN_PLAIN_WORDS not in each.code.traits  # not as a failure of credentials
    ]
    certain = [_cause(each) for each in objected if each.weight is Weight.REFUSED]
    possible = [_cause(each, certain=False) for each in objected if each.weight is Weight.POSSIBLE]
    listed = replace(
        unknown,
        why=f"Or {evidence.server} runs without an operator, and looks at the key alone: then its "
        f"configuration does not list {evidence.public.text}, or was not reloaded since it does.",
    )
    if certain:
        line = f"{{ nkey: {evidence.public.text} }}"
        fix = f"Only then: add {line} to the `users` in its configuration, and reload it."
        return [*certain, *possible, replace(listed, fix=fix)]
    return [
        *possible,
        _account_unknown(evidence, chain.user, chain.account),
        listed,
        _other_signers(evidence, chain, chain.user),
        _revoked_there(evidence, chain.user, chain.account),
        *_clocks(evidence, chain.user),
    ]


def remarks(evidence: Evidence) -> list[Cause]:
    """List remarks about the JWT of a user that the server let in."""
    chain = evidence.chain
    if chain.user is None or not evidence.jwt_shown:
        return []
    by_jwt = goes_by_jwts(evidence)
    if by_jwt is False:
        return [_not_used(evidence, certain=True)]
    causes = []
    objected = _objections(evidence)
    contradicted = [each for each in objected if each.weight is Weight.REFUSED]
    for objection in contradicted:
        causes.append(_all_the_same(evidence, objection, chain, sure=by_jwt is True))
    if contradicted and by_jwt is None:
        causes.insert(0, _not_used(evidence, certain=False))
    warned = [each for each in objected if each.weight is Weight.WARNING]
    return causes + [_cause(each, certain=by_jwt is True) for each in warned]


def explain(evidence: Evidence, code: Code) -> Cause | None:
    """The objection with this code as a cause, for what the server named itself; None for none."""
    objected = [each for each in _objections(evidence) if each.code is code]
    return _cause(objected[0]) if objected else None


def connections_allowed(evidence: Evidence) -> str:
    """Tell how many connections the account's JWT allows; empty where that is not known."""
    account = evidence.chain.account
    if account is None or limit_of(account, "conn") <= 0:
        return ""
    return (
        f" The JWT of {called(account)} that is held here, of {dated(account)}, allows "
        f"{limit_of(account, 'conn'):,} at once."
    )


def certain_objections(evidence: Evidence) -> tuple[Code, ...]:
    """The codes of what every server that goes by these JWTs refuses the user for."""
    if not evidence.jwt_shown:
        return ()
    objected = _objections(evidence)
    return tuple(each.code for each in objected if each.weight is Weight.REFUSED)


def goes_by_jwts(evidence: Evidence) -> bool | None:
    """Whether the server looked at the JWT; None where it does not tell."""
    return server_info.goes_by_jwts(evidence.bound_to)


def too_long(evidence: Evidence) -> Cause | None:
    """Name as cause that the JWT does not fit into the line that the server takes."""
    user = evidence.chain.user
    if user is None or not evidence.jwt_shown:
        return None
    cause = _cause(users.too_long(user, 0)[0])
    return replace(cause, why=f"{evidence.server} said “{evidence.error}”. {cause.why}")


# --- causes ---------------------------------------------------------------------------------


def _objections(evidence: Evidence) -> list[Objection]:
    return objections(
        evidence.chain,
        now=evidence.at,
        address=_address(evidence),
        trusted_operator=evidence.testimony.operator if evidence.testimony else None,
        server=evidence.version,
    )


def _address(evidence: Evidence) -> str | None:
    """The address that the server sees us come from, if what it says is one."""
    address = str(evidence.info.get("client_ip"))
    try:
        ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return address


def _cause(objection: Objection, *, certain: bool = True) -> Cause:
    return Cause(objection.code, objection.why, objection.fix, certain=certain)


def _missing(evidence: Evidence, account: Claims) -> Cause:
    return Cause(
        Code.JWT_MISSING,
        f"{evidence.public.text} hangs beneath the account {called(account)}, which has a JWT, and "
        f"has none itself. If {evidence.server} runs with an operator, it takes users by their "
        "JWT only.",
        "Issue its JWT, and connect with the creds of this user:\n"
        + command("edit", evidence.public.text),
        certain=False,
    )


def _account_unknown(evidence: Evidence, user: Claims, account: Claims | None) -> Cause:
    if account is None:
        why = (
            f"The JWT of {called(user)} is sound as far as it can be judged: that of its account "
            f"{user.account} is not held here. Most likely {evidence.server} does not have it "
            "either, or trusts another operator than the account's."
        )
        fix = "Import the account's JWT, and test again; give it to the server too."
        return Cause(Code.JWT_ACCOUNT_UNKNOWN, why, fix, certain=False)
    why = (
        f"Nothing is wrong with the JWT of {called(user)}, nor with that of its account "
        f"{called(account)}, of {dated(account)}, as they are held here. Most likely "
        f"{evidence.server} does not have the account's JWT, or has one from before that date."
    )
    return Cause(Code.JWT_ACCOUNT_UNKNOWN, why, _deploy(account), certain=False)


def _other_signers(evidence: Evidence, chain: Chain, user: Claims) -> Cause:
    operator = called(chain.operator) if chain.operator else "the one that signed its account"
    why = f"Or {evidence.server} trusts another operator than {operator}"
    if chain.account and user.issuer.text != chain.account.subject:
        why += (
            "; or its JWT of the account is from before the account had the signing key "
            f"{user.issuer.text}"
        )
    if chain.operator:
        fix = (
            "Compare the `operator` in its configuration with this one:\n"
            f"operator: {chain.operator.token}"
        )
    else:
        fix = "Compare the `operator` in its configuration with the one that signed the account."
    return Cause(Code.JWT_ISSUER, f"{why}.", fix, certain=False)


def _revoked_there(evidence: Evidence, user: Claims, account: Claims | None) -> Cause:
    than = f" than the one held here, of {dated(account)}" if account else ""
    return Cause(
        Code.JWT_REVOKED,
        f"Or {evidence.server} has a newer JWT of the account{than}, which revokes {called(user)}.",
        "Look at the newest JWT of the account, and import it here.",
        certain=False,
    )


def _clocks(evidence: Evidence, user: Claims) -> list[Cause]:
    """Suspect the clocks, where by this machine's the JWT has just begun or is about to end."""
    for moment, code, what, fast in (
        (user.not_before, Code.JWT_NOT_YET, "is valid since", "behind"),
        (user.expires, Code.JWT_EXPIRED, "expires on", "ahead"),
    ):
        if moment is not None and abs(evidence.at - moment) <= NEAR:
            why = (
                f"Or the clock of {evidence.server} is {fast}: by this machine's, the JWT of "
                f"{called(user)} {what} {exactly(moment)}, "
                f"{how_long(abs(evidence.at - moment))} from now."
            )
            return [Cause(code, why, "Compare the clocks of both machines.", certain=False)]
    return []


def _all_the_same(evidence: Evidence, objection: Objection, chain: Chain, *, sure: bool) -> Cause:
    """Say why a server may have let in a user to whose JWTs it should have objected."""
    by_account = objection.about == "account" or Trait.OF_ACCOUNT in objection.code.traits
    if by_account and chain.account:
        why = (
            f"{evidence.server} let it in all the same: it has another JWT of the account than the "
            f"one held here, of {dated(chain.account)}. With this one the user is shut out."
        )
        fix = f"If that is meant: {_deploy(chain.account)}".replace("Give", "give", 1)
        return Cause(objection.code, f"{objection.why} {why}", fix, certain=sure)
    why = f"{evidence.server} let it in all the same: its clock, or this machine's, is wrong."
    if Trait.BY_CLOCK not in objection.code.traits:
        why = f"{evidence.server} let it in all the same; other servers, or newer ones, will not."
    return Cause(objection.code, f"{objection.why} {why}", objection.fix, certain=False)


def _not_used(evidence: Evidence, *, certain: bool) -> Cause:
    took = f" in its account “{evidence.bound_to}”" if evidence.bound_to else ""
    fix = (
        "That is as it should be for a server that goes by a list of keys. If it should go by "
        "JWTs, it needs an `operator`, a resolver for its accounts, and no users of its own."
    )
    likely = "" if certain else "Perhaps "
    return Cause(
        Code.JWT_NOT_USED,
        f"{likely}{evidence.server} took {evidence.public.text} from the list of keys in its "
        f"configuration{took}, and did not look at the JWT: its permissions, limits and expiry do "
        "not hold there, nor does a revocation.",
        fix,
        certain=certain,
    )


def _deploy(account: Claims) -> str:
    return (
        "Give the server the account's JWT: " + HOW_ACCOUNTS_ARRIVE + ". The line for it:\n"
        f"{account.subject}: {account.token}"
    )
