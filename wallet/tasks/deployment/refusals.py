"""Revoked users that try to connect after a push: that servers refuse them is a proof."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence

from wallet.connection.causes.evidence import Probe
from wallet.connection.causes.verdict import Verdict
from wallet.connection.check.question import ask
from wallet.connection.check.request import CheckOptions, Server
from wallet.nats.nkeys import Kind, decode_public
from wallet.tasks.connection.keys_under_test import keyring_of
from wallet.tasks.deployment.arrival import AccountOutcome, Delivery, RevokedUser
from wallet.tasks.rotation.proofs import users_to_try
from wallet.vault.key_record import KeyRecord
from wallet.vault.vault import Vault

TRIED, TRIED_IN_ALL = 5, 500  # revoked users of an account, and tries at all servers together
CONNECTIONS = 10  # of them at a time


def revoked_users(vault: Vault, account: KeyRecord) -> list[KeyRecord]:
    """The users of an account that its JWT revokes."""
    users = vault.records.beneath(account.id)
    return [user for user in users if user.kind is Kind.USER and user.revoked and user.has_jwt]


async def try_revoked(
    vault: Vault,
    outcomes: Sequence[AccountOutcome],
    servers: Sequence[Server],
    known: Collection[str],
    timeout: float,
) -> None:
    """Let revoked users whose seeds are here try to connect, where their account has arrived.

    Of each account those that a rotation took out, and the last of the others. It counts what the
    servers `known` say, by their ids: others may answer at the same address.
    """
    keyring, waited_for = keyring_of(vault), users_to_try(vault.records)
    options = CheckOptions(timeout, round_trips=0, probe=Probe.NEVER)
    room = asyncio.Semaphore(CONNECTIONS)

    async def one(outcome: AccountOutcome, user: KeyRecord, server: Server) -> None:
        async with room:
            report = await ask(server, decode_public(user.public), keyring, options)
        why = report.summary
        refused = None if report.verdict in {Verdict.FAILED, Verdict.REFUSED} else False
        if report.refused_key:  # and not because the server is full, say
            refused = True
            if report.server.get("server_id") not in known:
                refused, why = None, f"{why} That was another server than those that were asked."
        outcome.users.append(
            RevokedUser(user.public, user.path, server.target.address, refused, why)
        )

    def to_try(account: KeyRecord) -> list[KeyRecord]:
        users = [user for user in revoked_users(vault, account) if user.has_seed]
        return sorted(users, key=lambda user: user.public in waited_for)[-TRIED:]

    trials = [
        one(outcome, user, server)
        for outcome in sorted(outcomes, key=lambda outcome: not outcome.pushed)
        if any(at.delivery is Delivery.HOLDS for at in outcome.servers.values())
        for user in to_try(outcome.record)
        for server in servers
    ]
    for unused in trials[TRIED_IN_ALL:]:
        unused.close()
    await asyncio.gather(*trials[:TRIED_IN_ALL])


def refusals(outcomes: Iterable[AccountOutcome], servers: Iterable[Server]) -> set[tuple[str, str]]:
    """The revoked users, by public key, that were refused, each with the address where it was."""
    urls = {server.target.address: server.target.url for server in servers}
    return {
        (user.public, urls[user.server])
        for outcome in outcomes
        for user in outcome.users
        if user.refused and user.server in urls
    }
