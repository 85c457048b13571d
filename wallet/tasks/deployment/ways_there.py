"""The commands by which changed accounts reach servers: a push, or first a configuration."""

from __future__ import annotations

from collections.abc import Iterable

from wallet.shell import command
from wallet.tasks.deployment.deliveries import push_commands
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


def ways_there(records: Records, publics: Iterable[str]) -> list[str]:
    """Tell how these accounts, by public key, reach servers, a text for each operator.

    A push brings nothing to a resolver that is MEMORY: where that is what was given out last, its
    configuration comes first, and the push proves it. Left out is what `push_commands` leaves out.
    """
    by_operator: dict[int, list[str]] = {}
    for account in map(records.by_public, sorted(publics)):
        if account is not None and account.parent is not None:
            by_operator.setdefault(account.parent, []).append(account.public)
    texts = []
    for operator, accounts in by_operator.items():
        first = configuration_first(records, records.get(operator))
        for push in push_commands(records, accounts):
            before = f"{first}, into each server's configuration, and reload them; then "
            texts.append(before + push if first else push)
    return texts


def configuration_first(records: Records, operator: KeyRecord) -> str:
    """The command for the configuration that an operator's servers need before a push; empty
    where none was given out, or the last one takes pushes."""
    # With all that makes a configuration, which no help needs.
    from wallet.tasks.deployment.written_configurations import OPERATOR, last_given_out

    if last_given_out(records, operator) != OPERATOR:
        return ""
    return command("config", operator.path, ("--for", OPERATOR))


def configuration_command(records: Records, operator: KeyRecord) -> str:
    """The command for the configuration of an operator's servers, their resolver as it was given
    out last."""
    from wallet.tasks.deployment.written_configurations import OPERATOR, resolver_given_out

    full = resolver_given_out(records, operator) == "full"
    resolver = [("--resolver", "full")] if full else []
    return command("config", operator.path, ("--for", OPERATOR), *resolver)
