"""The outcome of a push as lines: a row for each account, then what is not as it should be."""

from __future__ import annotations

from collections.abc import Mapping

from wallet.nats.claims.content import few
from wallet.shell import command
from wallet.show.signs import Sign
from wallet.show.verdict_signs import OF_ANSWER
from wallet.tasks.deployment.arrival import AccountOutcome, Delivery, Pushed


def sign_of(account: AccountOutcome) -> Sign:
    """The sign before an account: only what is proved is good."""
    return OF_ANSWER[account.proved]


def row(account: AccountOutcome) -> tuple[str, str, str, str]:
    """The account, what was done, how many servers hold it, and what became of revoked users."""
    hold = sum(one.delivery is Delivery.HOLDS for one in account.servers.values())
    done = "pushed" if account.pushed else "as it was" if account.proved else "not pushed"
    count = f"held by {hold} of {len(account.servers)}"
    refused = len({user.public for user in account.users if user.refused})
    users = f"revoked users refused: {refused}" if refused else ""
    return account.record.path, done, count, users


def problems(done: Pushed) -> list[str]:
    """Say what a push left undone: a line for each reason, and whom it concerns."""
    unnoted = f"What was seen at servers is not surely noted in the vault: {done.unnoted}"
    return [
        *_what_servers_lack(done),
        *_revoked_users(done),
        *not_proved_at(done.unheard),
        *([unnoted] if done.unnoted else []),
    ]


def not_proved_at(unheard: Mapping[str, list[str]]) -> list[str]:
    """Say at which servers accounts are known that were not heard, and the two ways out."""
    return [
        f"{few(paths)} {'is' if len(paths) == 1 else 'are'} not proved at {url}, where "
        f"{'it is' if len(paths) == 1 else 'they are'} expected. Push there too: "
        + command("push", *paths[:5], ("--server", url))
        + ". If that server is gone for good: "
        + command("servers", "forget", url)
        for url, paths in unheard.items()
    ]


def summary(done: Pushed) -> str:
    """Say how many accounts are proved to be held by every server."""
    proved = sum(account.proved for account in done.accounts)
    asked = " that was asked" if done.unheard else ""
    return f"{proved:,} of {len(done.accounts):,} proved on every server{asked}."


def _what_servers_lack(done: Pushed) -> list[str]:
    """Say why servers do not hold what was pushed: each reason once, and for whom."""
    by_reason: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for account in done.accounts:
        for name, one in account.servers.items():
            if one.delivery is not Delivery.HOLDS:
                paths, names = by_reason.setdefault((one.delivery.value, one.why), ([], []))
                paths.append(account.record.path)
                names.append(name)
    return [
        f"{few(list(dict.fromkeys(paths)))} at {few(list(dict.fromkeys(names)))}: {word}. {why}"
        for (word, why), (paths, names) in by_reason.items()
    ]


def _revoked_users(done: Pushed) -> list[str]:
    """The revoked users that a server does not keep out, or of which that is not known."""
    lines = []
    for user in [user for account in done.accounts for user in account.users]:
        if user.refused is False:
            lines.append(
                f"{user.path} is revoked, and {user.server} has not shut it out. {user.why}"
            )
        elif user.refused is None:
            lines.append(f"{user.path}: not known whether {user.server} refuses it. {user.why}")
    return lines
