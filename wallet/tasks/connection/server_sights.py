"""The sights of servers that tests and pushes left in the vault, in words."""

from __future__ import annotations

from wallet.text import plain
from wallet.vault.records import Records
from wallet.when import to_the_second


def went_by_jwts(records: Records, server_url: str) -> str:
    """Say how a server was seen to go by JWTs, to follow its name; empty where it was not.

    It put a user into an account that is called by its public key, or showed an account's JWT; and
    no key without a JWT was taken there since.
    """
    if sight := records.results.last_by_jwt(server_url):
        user = records.by_public(sight[0])
        if user is not None:
            return f"took {plain(user.path, 60)} by its JWT on {to_the_second(sight[1])}"
    at = records.deliveries.last_proof_at(server_url)
    bare = records.results.last_without_jwt(server_url)
    if at is None or (bare is not None and bare >= at):
        return ""
    return f"was seen on {to_the_second(at)} to hold an account's JWT"
