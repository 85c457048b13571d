"""An operator with an account, a user and signing keys: what servers in operator mode run on."""

from __future__ import annotations

import time
from typing import Any

from tests.server.conftest import ask
from wallet.chain import Chain
from wallet.connection.causes.report import Report
from wallet.nats import jwt
from wallet.nats.jwt_layout import unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind, Seed


class Acme:
    """The operator “acme” with the account “orders”, its user “billing” and two signing keys."""

    def __init__(self) -> None:
        self.now = int(time.time())
        self.operator = Seed.generate(Kind.OPERATOR)
        self.operator_signer = Seed.generate(Kind.OPERATOR)
        self.system = Seed.generate(Kind.ACCOUNT)
        self.account = Seed.generate(Kind.ACCOUNT)
        self.signer = Seed.generate(Kind.ACCOUNT)
        self.user = Seed.generate(Kind.USER)

    def operator_jwt(self, **nats: Any) -> str:
        nats = {"system_account": self.system.public.text, **nats}
        return jwt.issue(self.operator, self.operator.public, nats, issued=self.now, name="acme")

    def account_jwt(
        self,
        *,
        by: Seed | None = None,
        of: Seed | None = None,
        limits: dict[str, int] | None = None,
        issued: int = 0,
        times: dict[str, int] | None = None,
        **nats: Any,
    ) -> str:
        """Without limits unless told so; `times` has expires and not_before."""
        given = {**unlimited_account(), **nats}
        given["limits"] = {**given["limits"], **(limits or {})}
        subject = (of or self.account).public
        issued = issued or self.now
        return jwt.issue(
            by or self.operator, subject, given, issued=issued, name="orders", **_ends(times)
        )

    def user_jwt(
        self,
        *,
        by: Seed | None = None,
        whole: bool = True,
        issued: int = 0,
        times: dict[str, int] | None = None,
        hours: list[dict[str, str]] | None = None,
        **nats: Any,
    ) -> str:
        """Unlimited unless not `whole`; with its account in it where another key signs.

        `times` has expires and not_before, `hours` is what the JWT calls `times`.
        """
        given = {**(unlimited_user() if whole else {}), **nats}
        if hours is not None:
            given["times"] = hours
        if by is not None:
            given.setdefault("issuer_account", self.account.public.text)
        issued = issued or self.now
        return jwt.issue(
            by or self.account,
            self.user.public,
            given,
            issued=issued,
            name="billing",
            **_ends(times),
        )

    def scope(self, **template: Any) -> dict[str, Any]:
        """The signing key with a scope: an entry of an account's `signing_keys`."""
        return {
            "kind": "user_scope",
            "key": self.signer.public.text,
            "role": "worker",
            "template": {**unlimited_user(), **template},
        }

    def configuration(self, *accounts: str, operator: str = "") -> str:
        """A server of this operator that knows its system account and these."""
        known = [self.account_jwt(of=self.system), *accounts]
        lines = [f"  {jwt.parse(token).subject}: {token}" for token in known]
        return "\n".join(
            [
                f"operator: {operator or self.operator_jwt()}",
                f"system_account: {self.system.public}",
                "resolver: MEMORY",
                "resolver_preload: {",
                *lines,
                "}\n",
            ]
        )

    def chain(self, user: str | None, account: str | None, operator: str | None = "") -> Chain:
        """The chain as it is held here; the operator's JWT is there unless it is None."""
        operator = self.operator_jwt() if operator == "" else operator
        read = [None if token is None else jwt.parse(token) for token in (user, account, operator)]
        return Chain(*read)

    async def ask(self, url: str, chain: Chain | None) -> Report:
        """Check the user at `url`."""
        return await ask(url, self.user, chain=chain, timeout=10)

    def wipe(self) -> None:
        for seed in vars(self).values():
            if isinstance(seed, Seed):
                seed.wipe()


def _ends(times: dict[str, int] | None) -> dict[str, Any]:
    return dict(times or {})
