"""The health of configurations that were given out: whether servers go by what the vault says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from wallet.codes import HealthCode
from wallet.nats.claims.content import few
from wallet.nats.config.writer import how_removed
from wallet.shell import command
from wallet.tasks.deployment.written_configurations import Outdated, outdated
from wallet.tasks.health.key_health import HealthNote
from wallet.vault.db.journal.kinds import What
from wallet.vault.records import Records
from wallet.when import to_the_second


def configuration_notes(
    records: Records, now: datetime, on_each: Callable[[], object]
) -> Iterator[HealthNote]:
    """Tell which configurations were written before the last change of what they hold."""
    for one in outdated(records, now.timestamp(), on_each):
        yield _note(one)


_LISTED = "Take it out of `accounts`, where a configuration lists its users. Or, with a JWT: "


def deleted_accounts(records: Records) -> Iterator[HealthNote]:
    """Tell of accounts that were deleted here and that servers may hold: no push takes one away."""
    for public, servers in records.deliveries.known_servers.of_deleted().items():
        events = records.history.events(public)
        gone = next((event for event in reversed(events) if event.what == What.DELETED.value), None)
        path = gone.path if gone else ""
        when = f" on {to_the_second(gone.at)}" if gone else ""
        why = (
            f"The account {path or public} was deleted here{when}, and {few(servers)} had it: "
            "a server that has it still lets in users of it, whom nobody here can revoke."
        )
        listed = "" if "/" in path else _LISTED  # without an operator it had no JWT
        fix = f"{listed}{how_removed(public)} Once no server has it:\n" + command(
            "servers", "forget", public
        )
        yield HealthNote(HealthCode.DELETED_LET_IN, path, public, why, fix)


def _note(one: Outdated) -> HealthNote:
    key = one.chosen[0] if len(one.chosen) == 1 else None
    whose = f"of {few([key.path for key in one.chosen])}" if one.chosen else "of all users"
    where = f"in {one.written.place}" if one.written.place else "that was given out"
    configuration = f"The configuration {whose} {where} on {to_the_second(one.written.at)}"
    fix = f"Write it anew, and let servers read it:\n{one.command}"
    path, public = (key.path, key.public) if key else ("", None)
    if one.let_in:
        users = few([user.path for user in one.let_in])
        why = (
            f"{configuration} lists {users}, revoked or expired by now: a list of keys knows no "
            "revocation and no expiry, and servers that have it let in whom it lists."
        )
        at = one.anew[0].public if len(one.anew) == 1 else ""
        if not one.command:
            fix = (
                f"Nobody else is in that list: take {users} out of it on each server, and let "
                "them read it. Delete the key here when that is done, and this is told no more."
            )
        return HealthNote(
            HealthCode.CONFIGURATION_LETS_IN, path, public, why, fix, problem=True, at=at
        )
    if one.kept:
        why = (
            f"{configuration} names accounts that were deleted or moved here since: "
            f"{few(list(one.kept))}. Servers keep them."
        )
        fix = f"{how_removed(one.kept[0])} For servers to come, write it anew:\n{one.command}"
        return HealthNote(HealthCode.CONFIGURATION_OUTDATED, path, public, why, fix)
    why = f"{configuration} was written before what it holds changed: servers go by the old one."
    return HealthNote(HealthCode.CONFIGURATION_OUTDATED, path, public, why, fix)
