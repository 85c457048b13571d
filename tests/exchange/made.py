"""JWTs and creds for tests, also such as no honest tool makes."""

from __future__ import annotations

from typing import Any

from wallet.nats import jwt
from wallet.nats.creds import write_creds
from wallet.nats.jwt_layout import unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind, Seed

AT = 1_700_000_000


def payload(signer: Seed, subject: str, kind: str, **nats: Any) -> dict[str, Any]:
    """Claims as they are, `nats` as given."""
    return {
        "iat": AT,
        "iss": signer.public.text,
        "sub": subject,
        "name": "made",
        "jti": "x",
        "nats": {"type": kind, "version": 2, **nats},
    }


class Chain:
    """An operator, an account and a user, with JWTs, issued at `at`; a signing key for each."""

    def __init__(self, name: str = "corp", at: int = AT) -> None:
        self.operator, self.account, self.user = map(
            Seed.generate, (Kind.OPERATOR, Kind.ACCOUNT, Kind.USER)
        )
        self.operator_sk, self.account_sk = map(Seed.generate, (Kind.OPERATOR, Kind.ACCOUNT))
        self.name, self.at = name, at

    def operator_jwt(self, **nats: Any) -> str:
        said = {"signing_keys": [self.operator_sk.public.text], **nats}
        return jwt.issue(self.operator, self.operator.public, said, issued=self.at, name=self.name)

    def account_jwt(self, signer: Seed | None = None, at: int = 0, **nats: Any) -> str:
        said = {**unlimited_account(), "signing_keys": [self.account_sk.public.text], **nats}
        signing = signer or self.operator
        return jwt.issue(signing, self.account.public, said, issued=self.at + at, name="sales")

    def user_jwt(self, signer: Seed | None = None, at: int = 0, **nats: Any) -> str:
        said = {**unlimited_user(), **nats}
        signing = signer or self.account
        if signing is not self.account:
            said["issuer_account"] = self.account.public.text
        return jwt.issue(signing, self.user.public, said, issued=self.at + at, name="till")

    def creds(self) -> bytes:
        return bytes(write_creds(self.user_jwt(), self.user))

    def everything(self) -> bytes:
        """All of it, a key or JWT a line."""
        seeds = (self.operator, self.operator_sk, self.account, self.account_sk, self.user)
        lines = [bytes(seed.encode()) for seed in seeds]
        tokens = self.operator_jwt(), self.account_jwt(), self.user_jwt()
        return b"\n".join([*lines, *(token.encode() for token in tokens)])
