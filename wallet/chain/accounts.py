"""The objections that a server has to an account's JWT, and to the keys that signed."""

from __future__ import annotations

from wallet.chain.grants import UNLIMITED
from wallet.chain.model import Chain, Objection, Weight, called, dated, signing_keys, told
from wallet.codes import Code
from wallet.nats.config.writer import HOW_ACCOUNTS_ARRIVE
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.nats.validation.jwt_flaws import left_out, refusals
from wallet.shell import command
from wallet.when import exactly, how_long

WEEK = 7 * 86_400
DEPLOY = "then give its new JWT to the servers (" + HOW_ACCOUNTS_ARRIVE + ")"


def unusable(account: Claims, now: float) -> list[Objection]:
    """Say why no server takes this account's JWT at all, so that it does not know the account."""
    objections = []
    if not account.signature_valid:
        objections.append(
            Objection(
                Code.JWT_SIGNATURE,
                f"The JWT of the account {called(account)} was changed after "
                f"{account.issuer.text} signed it, or is damaged: no server takes it.",
                "Sign the account again, " + DEPLOY + ":\n" + command("edit", account.subject),
                "account",
            )
        )
    if account.not_yet(now):
        objections.append(
            Objection(
                Code.ACCOUNT_NOT_YET,
                f"The JWT of the account {called(account)} is not valid before "
                f"{exactly(account.not_before or 0)}; this machine's clock says {exactly(now)}.",
                "Wait, or let it begin at once, "
                + DEPLOY
                + ":\n"
                + command("edit", account.subject, ("--not-before", "never")),
                "account",
            )
        )
    if flaws := refusals(account):
        at = flaws[0].path[:2]
        raised = flaws[0].instead is UNLIMITED and len(at) == 2
        flags = [("--limit", f"{at[1]}={UNLIMITED}")] if raised else []
        how = "Raise the limit, -1 is none" if raised else "Put that right in what it says (JSON)"
        objections.append(
            Objection(
                Code.JWT_ACCOUNT_UNKNOWN,
                f"In the JWT of the account {called(account)}, {told(flaws)}: servers refuse it "
                "whole, and let none of its users in.",
                f"{how}, " + DEPLOY + ":\n" + command("edit", account.subject, *flags),
                "account",
            )
        )
    return objections


def wrong_operator(chain: Chain, trusted: str | None) -> list[Objection]:
    """The account's issuer is not one that the operator, and so the server, speaks through."""
    account, operator = chain.account, chain.operator
    if account is None:
        return []
    issuer = account.issuer
    if issuer.kind is not Kind.OPERATOR:
        return [
            Objection(
                Code.JWT_ISSUER,
                f"The JWT of the account {called(account)} is signed by an account, "
                f"{issuer.text}, and not by an operator: no server trusts it.",
                f"Move the account beneath an operator, who then signs it, {DEPLOY}.",
                "account",
            )
        ]
    if trusted and operator and operator.subject != trusted:
        return [
            Objection(
                Code.JWT_ISSUER,
                f"The account {called(account)} belongs to the operator {called(operator)}, and "
                f"the server trusts another: {trusted}.",
                "Use a user of that operator, or let the server trust this one; in its "
                f"configuration:\noperator: {operator.token}",
                "account",
            )
        ]
    if operator is None:
        return _unlisted_operator(account, trusted)
    keys = signing_keys(operator)
    if issuer.text in keys or (issuer.text == operator.subject and not chain.strict):
        return []
    if issuer.text == operator.subject:
        return [_strict(f"the account {called(account)}", operator, operator, account, keys)]
    named = f" ({', '.join(keys[:5])})" if keys else ", and it has none"
    return [
        Objection(
            Code.JWT_ISSUER,
            f"The account {called(account)} is signed by {issuer.text}. That is neither its "
            f"operator {called(operator)} nor one of the operator's signing keys{named}.",
            "Sign the account again with a key that its operator has, "
            + DEPLOY
            + ":\n"
            + command("edit", account.subject),
            "account",
        )
    ]


def _unlisted_operator(account: Claims, trusted: str | None) -> list[Objection]:
    if trusted is None or account.issuer.text == trusted:
        return []
    return [
        Objection(
            Code.JWT_ISSUER,
            f"The account {called(account)} is signed by {account.issuer.text}; the server "
            f"trusts the operator {trusted}, and it is not known here whether that is one of its "
            "signing keys.",
            "Look into the operator's JWT, under `signing_keys`.",
            "account",
            Weight.POSSIBLE,
        )
    ]


def wrong_signer(chain: Chain) -> list[Objection]:
    """The user's issuer is not one that its account speaks through."""
    user, account = chain.user, chain.account
    if user is None or account is None:
        return []
    issuer, keys = user.issuer.text, signing_keys(account)
    if issuer in keys or (issuer == account.subject and not chain.strict):
        return []
    if issuer == account.subject and chain.operator:
        return [_strict(f"the user {called(user)}", account, chain.operator, user, keys)]
    named = f" ({', '.join(keys[:5])})" if keys else ", and it has none"
    return [
        Objection(
            Code.JWT_ISSUER,
            f"The user's JWT is signed by {issuer}. In its JWT of {dated(account)} the account "
            f"{called(account)} does not list that key among its signing keys{named}.",
            "Sign the user again with a key that its account has, and give its creds out anew:\n"
            + command("edit", user.subject),
            "user",
        )
    ]


def _strict(
    what: str, owner: Claims, operator: Claims, about: Claims, keys: list[str]
) -> Objection:
    have = f" ({', '.join(keys[:5])})" if keys else ""
    how = "(kind “signing key” in the app, new --signing)"
    first = "" if keys else f"Give {called(owner)} a signing key first {how}. "
    return Objection(
        Code.JWT_ISSUER,
        f"The operator {called(operator)} demands signing keys (strict_signing_key_usage), and "
        f"{what} is signed by the identity key {owner.subject}.",
        f"{first}Sign it again with a signing key{have}:\n" + command("edit", about.subject),
        about.type,
    )


def expired(account: Claims, now: float) -> list[Objection]:
    """The account's JWT has ended."""
    if not account.expired(now):
        return []
    end = account.expires or 0
    return [
        Objection(
            Code.ACCOUNT_EXPIRED,
            f"The JWT of the account {called(account)} expired on {exactly(end)}, "
            f"{how_long(now - end)} ago.",
            "Let it end later, "
            + DEPLOY
            + ":\n"
            + command("edit", account.subject, ("--expires", "365d")),
            "account",
        )
    ]


def full(account: Claims) -> list[Objection]:
    """An account that takes no connection at all."""
    if limit_of(account, "conn"):
        return []
    return [
        Objection(
            Code.ACCOUNT_FULL,
            f"The account {called(account)} takes no connection: its limit `conn` is "
            f"{_number(account, 'conn')}.",
            "Raise it, -1 is none, "
            + DEPLOY
            + ":\n"
            + command("edit", account.subject, ("--limit", f"conn={UNLIMITED}")),
            "account",
        )
    ]


def warnings(account: Claims, now: float) -> list[Objection]:
    """Warnings about an account whose users are let in, and then kept from something."""
    objections = []
    for limit, what in (("subs", "subscribe"), ("payload", "publish anything but empty messages")):
        if limit_of(account, limit) == 0:
            objections.append(
                Objection(
                    Code.JWT_LIMITS,
                    f"No user of the account {called(account)} can {what}: its limit `{limit}` "
                    f"is {_number(account, limit)}.",
                    "Raise it, -1 is none, "
                    + DEPLOY
                    + ":\n"
                    + command("edit", account.subject, ("--limit", f"{limit}={UNLIMITED}")),
                    "account",
                    Weight.WARNING,
                )
            )
    if flaws := left_out(account, now):
        objections.append(
            Objection(
                Code.JWT_LEFT_OUT,
                f"In the JWT of the account {called(account)}, {told(flaws)}. Servers take the "
                "account without that.",
                "Put that right in what it says (JSON), "
                + DEPLOY
                + ":\n"
                + command("edit", account.subject),
                "account",
                Weight.WARNING,
            )
        )
    if account.expires is not None and now <= account.expires < now + WEEK:
        objections.append(
            Objection(
                Code.ACCOUNT_EXPIRES_SOON,
                f"The JWT of the account {called(account)} expires on "
                f"{exactly(account.expires)}, in {how_long(account.expires - now)}; then all its "
                "users are shut out.",
                "Let it end later, "
                + DEPLOY
                + ":\n"
                + command("edit", account.subject, ("--expires", "365d")),
                "account",
                Weight.WARNING,
            )
        )
    return objections


def limit_of(account: Claims, name: str) -> int:
    """Give a limit of an account: −1 where it has none, 0 where it is left out, which forbids."""
    limits = account.nats.get("limits")
    value = limits.get(name) if isinstance(limits, dict) else None
    return value if type(value) is int else 0


def _number(account: Claims, name: str) -> str:
    limits = account.nats.get("limits")
    written = isinstance(limits, dict) and name in limits
    return f"{limit_of(account, name)}" if written else "left out, which means 0"
