"""Bringing accounts' JWTs to running servers, and the proof that they are there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from wallet.connection.check.request import Server
from wallet.connection.deployment.answers import Accepted
from wallet.connection.deployment.comparison import TO_PUSH, WORST_FIRST, Comparison, State
from wallet.connection.deployment.node_group import ByServer, Copy
from wallet.connection.deployment.reached_servers import ReachedServers, reached
from wallet.connection.protocol.conversation import ServerError
from wallet.connection.protocol.message import ClosedError, ProtocolError
from wallet.errors import LockedError, VaultError, WalletError
from wallet.nats.claims.content import few
from wallet.nats.claims.revocations import revocations
from wallet.nats.jwt import Claims
from wallet.tasks.deployment.arrival import AccountOutcome, AtServer, Delivery, Pushed, RevokedUser
from wallet.tasks.deployment.differences import (
    AT_ONCE,
    ChosenAccounts,
    compared,
    replaced_by,
    trusted_keys,
)
from wallet.tasks.deployment.gone_servers import unheard
from wallet.tasks.deployment.pull import note_removed_exports
from wallet.tasks.deployment.push_proofs import SAME, configured_at, note_proofs, other_addresses
from wallet.tasks.deployment.refusals import refusals, revoked_users, try_revoked
from wallet.tasks.deployment.system_user import system_users
from wallet.tasks.deployment.ways_there import configuration_command
from wallet.vault.db.parts.rotations import Manner
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import is_right
from wallet.vault.signing.closure import is_shut
from wallet.vault.tree.marks import as_it_is
from wallet.vault.vault import Vault

A_DAY = 24 * 3600
TAKE_IN = "Take it in first: nkey-wallet pull with the same --server."


async def push(
    vault: Vault,
    chosen: ChosenAccounts,
    servers: Sequence[Server],
    timeout: float,
    system_user: str | None = None,
) -> Pushed:
    """Bring accounts to these servers and those they are joined to, and prove that they are there.

    Nothing is sent over an issue that is later, or that revokes what this one does not, nor over
    another operator's. `timeout` is seconds for each connection and for an answer; `system_user`
    names the user of the vault to connect as. Raises `NotDeployedError`, what `system_users`
    raises, and what `Vault.change` raises where something has to be signed anew.
    """
    done, begun_with = Pushed(), vault.records.rotations.open()
    for start in range(0, len(chosen.accounts), AT_ONCE):
        accounts = chosen.accounts[start : start + AT_ONCE]
        with system_users(vault, chosen.operator, system_user, pushes=True) as users:
            async with reached(servers, users, timeout) as there:
                more = await other_addresses(vault.records, accounts, there, servers, timeout)
                one = _Push(vault, there, trusted_keys(vault.records, chosen.operator))
                outcomes = await one.run_in_turn(accounts)
                done.remarks += [text for text in one.remarks if text not in done.remarks]
        reached_servers = [each for each in servers if each.target.address not in there.unreached]
        await try_revoked(vault, outcomes, reached_servers, there.servers.keys(), timeout)
        done.accounts += outcomes
        asked = [*servers, *more]
        seen = configured_at(vault.records, chosen.operator, there, asked)
        remarks = [
            *(SAME.format(one.target.url, url) for one, url in more.items()),
            *_still_trusting(vault, chosen.operator, there),
            *_other_system_accounts(vault, chosen.operator, there),
        ]
        done.remarks += [text for text in remarks if text not in done.remarks]
        tried = refusals(outcomes, reached_servers)
        tried |= {
            (user, one.target.url) for one, url in more.items() for user, at in tried if at == url
        }
        try:
            await asyncio.to_thread(
                note_proofs, vault, outcomes, there, asked, seen, tried, begun_with
            )
        except LockedError:
            raise
        except VaultError as error:  # a full disk, say: servers have what was sent all the same
            done.unnoted = error
        _tell_of_newer(vault.records, outcomes)
        heard = {each.target.url for each in [*reached_servers, *more]}
        done.unheard |= unheard(vault.records, accounts, heard)
    return done


def _tell_of_newer(records: Records, outcomes: Iterable[AccountOutcome]) -> None:
    """Prove nothing of an account that was changed while this went on."""
    for outcome in outcomes:
        account = records.by_public(outcome.record.public)
        if account is None or records.tokens.get(account.id) == outcome.token:
            continue
        for name, one in outcome.servers.items():
            if one.delivery is Delivery.HOLDS:
                outcome.servers[name] = AtServer(Delivery.LACKS, NEWER.format(account.path))
                outcome.why = NEWER.format(account.path)


def _other_system_accounts(vault: Vault, operator: KeyRecord, there: ReachedServers) -> list[str]:
    """Say which servers have another system account than the operator names."""
    claims = vault.records.tokens.claims(operator.id)
    named = claims.nats.get("system_account") if claims else None
    account = vault.records.by_public(str(named))
    others = [there.names[key] for key, one in there.system_accounts.items() if one != named]
    if account is None or not others:
        return []
    return [
        f"These have another system account than {account.path}, until the configuration of now "
        "(" + configuration_command(vault.records, operator) + ") is there and they are restarted: "
        f"{few(others)}."
    ]


def _still_trusting(vault: Vault, operator: KeyRecord, there: ReachedServers) -> list[str]:
    """Say which servers trust an operator whose place this one took."""
    remarks = []
    for before in replaced_by(vault.records, operator):
        servers = [
            there.names[server] for server, keys in there.trusted.items() if before.public in keys
        ]
        if servers:
            remarks.append(f"These still trust {before.path}: {few(sorted(servers))}.")
    return remarks


class _Push:
    """One push over one set of connections."""

    def __init__(self, vault: Vault, there: ReachedServers, trusted: frozenset[str]) -> None:
        self._vault, self._there, self._trusted = vault, there, trusted
        self.remarks = list(there.remarks)

    async def run_in_turn(self, accounts: Sequence[KeyRecord]) -> list[AccountOutcome]:
        """Bring accounts there; last the system account of servers that is to be shut, if any."""
        records, at = self._vault.records, self._there.system_accounts
        shut = [a for a in accounts if a.public in at.values() and is_shut(records, a)]
        outcomes = await self.run([account for account in accounts if account not in shut])
        for account in shut:
            names = few(sorted(self._there.names[key] for key in at if at[key] == account.public))
            if not _leaked(records, account):
                why = f"{names} {STILL_SYSTEM.format(self._configuration(account))}"
                held = dict.fromkeys(self._there.names.values(), AtServer(Delivery.NOT_SENT, why))
                outcomes.append(AccountOutcome(account, State.UNKNOWN, why, servers=held))
                continue
            try:
                outcomes += await self.run([account])
            except (ServerError, ProtocolError, ClosedError, OSError):
                why = SHUT.format(self._configuration(account))
                there = dict.fromkeys(self._there.names.values(), AtServer(Delivery.SILENT, why))
                token = self._claims(account).token
                outcomes.append(
                    AccountOutcome(
                        account, State.NEWER_HERE, why, pushed=True, token=token, servers=there
                    )
                )
        return outcomes

    async def run(self, accounts: Sequence[KeyRecord]) -> list[AccountOutcome]:
        """Bring accounts there, and look whether they are."""
        copies = await self._there.look([account.public for account in accounts])
        claims = {account.public: self._claims(account) for account in accounts}
        outcomes = [self._judged(a, claims[a.public], copies[a.public]) for a in accounts]
        overtaken = {outcome.record.public: after for outcome, after in outcomes if after}
        if overtaken:
            late = [outcome for outcome, after in outcomes if after]
            # In a thread: it waits for other windows, and writes the vault.
            claims |= await asyncio.to_thread(self._sign_anew, late, overtaken)
        sent = [outcome for outcome, _ in outcomes if outcome.pushed]
        held = {o.record.id: _tokens(copies[o.record.public]) for o in sent}
        await asyncio.to_thread(note_removed_exports, self._vault, held)
        answers = await self._there.send([claims[o.record.public].token for o in sent])
        if sent:
            copies |= await self._there.look([outcome.record.public for outcome in sent])
        answered = dict(zip([o.record.public for o in sent], answers, strict=True))
        for outcome in sent:
            heard = answered[outcome.record.public]
            outcome.pushed = bool(heard) or self._there.takes_accounts
        lies = await self._there.contradicted(copies)
        for outcome, _ in outcomes:
            key = outcome.record.public
            self._settle(outcome, claims[key], copies[key], answered.get(key, {}))
            for server in [server for account, server in lies if account == key]:
                name = self._there.names[server]
                if outcome.servers[name].delivery is Delivery.HOLDS:
                    outcome.servers[name] = AtServer(Delivery.LACKS, CONTRADICTED)
        await self._look_for_revoked([outcome for outcome, _ in outcomes])
        return [outcome for outcome, _ in outcomes]

    def _configuration(self, account: KeyRecord) -> str:
        records = self._vault.records
        return configuration_command(records, records.get(account.parent or 0))

    def _claims(self, account: KeyRecord) -> Claims:
        claims = self._vault.records.tokens.claims(account.id)
        if claims is None:
            raise WalletError(f"{account.path} lost its JWT meanwhile. Nothing was sent.")
        return claims

    def _judged(
        self, account: KeyRecord, ours: Claims, copies: ByServer
    ) -> tuple[AccountOutcome, int]:
        """Judge an account; give also when the JWT was issued that is to be overtaken, else 0."""
        if not is_right(self._vault.records, account, ours):
            why = "Its JWT here is not signed by a key of its operator that servers trust."
            return AccountOutcome(account, State.FOREIGN, why), 0
        compared_copies = [
            compared(ours, copies.get(server, Copy(known=False)), self._trusted, account.public)
            for server in self._there.servers
        ]
        if not compared_copies:
            return AccountOutcome(account, State.UNKNOWN, "No server told what it holds."), 0
        worst = min(compared_copies, key=lambda one: WORST_FIRST.index(one.state))
        outcome = AccountOutcome(account, worst.state, worst.why)
        against = [one for one in compared_copies if _stands_against(one)]
        after = max((one.overtaken for one in against), default=0)
        if all(one.overtaken for one in against):
            outcome.pushed = bool(against) or any(
                one.state in {*TO_PUSH, State.UNKNOWN} for one in compared_copies
            )
        elif worst.says_more:
            outcome.why = f"{worst.why} {TAKE_IN}"
        return outcome, after if outcome.pushed else 0

    def _sign_anew(
        self, outcomes: Iterable[AccountOutcome], overtaken: dict[str, int]
    ) -> dict[str, Claims]:
        """Sign what says more than a later issue anew, so that it is the later one."""
        from wallet.vault.signing.issuance import Issuing  # for the few pushes that sign

        with self._vault.change() as records:
            issuing = Issuing(records)
            for outcome in outcomes:
                after = overtaken[outcome.record.public]
                # A server's clock is believed for a day: a JWT from the far future would last.
                latest = max(after, int(datetime.now(UTC).timestamp())) + A_DAY
                issuing.issue_later(
                    as_it_is(records, outcome.record).id,
                    max(after, min(int(self._there.time or 0), latest)),
                )
                outcome.why += " This one revokes more, and was signed anew to follow it."
        return {o.record.public: self._claims(o.record) for o in outcomes}

    def _settle(
        self,
        outcome: AccountOutcome,
        ours: Claims,
        copies: ByServer,
        answered: dict[str, Accepted],
    ) -> None:
        outcome.token = ours.token
        for identifier, name in self._there.names.items():
            copy = copies.get(identifier, Copy(known=False))
            outcome.servers[name] = self._at(outcome, ours, copy, answered.get(identifier))
        for name, why in self._there.silent.items():
            outcome.servers[name] = AtServer(Delivery.SILENT, why)

    def _at(
        self, outcome: AccountOutcome, ours: Claims, copy: Copy, answer: Accepted | None
    ) -> AtServer:
        if _holds(ours, copy):
            return AtServer(Delivery.HOLDS)
        if not self._there.takes_accounts and answer is None:
            return AtServer(Delivery.NO_PUSH, NO_PUSH)
        if not outcome.pushed:
            return AtServer(Delivery.NOT_SENT, outcome.why)
        if answer is None:
            return AtServer(Delivery.SILENT, "It did not answer to the JWT that was sent.")
        if not answer.taken and "skipped" in answer.words:
            return AtServer(Delivery.SKIPPED, SKIPPED)
        if not answer.taken:
            return AtServer(Delivery.REFUSED, f"It did not take the JWT: “{answer.words}”.")
        return AtServer(Delivery.LACKS, f"It said “{answer.words}”, and does not show this JWT.")

    async def _look_for_revoked(self, outcomes: Sequence[AccountOutcome]) -> None:
        """Look for connections of revoked users that are still open."""
        users = [
            (outcome, user)
            for outcome in outcomes
            if outcome.state is not State.FOREIGN
            for user in revoked_users(self._vault, outcome.record)
        ][:AT_ONCE]
        if not users:
            return
        counts = await self._there.connections([(o.record.public, u.public) for o, u in users])
        for (outcome, user), by_server in zip(users, counts, strict=True):
            for identifier, count in by_server.items():
                if count and identifier in self._there.names:
                    name = self._there.names[identifier]
                    why = f"{name} still has a connection of it."
                    outcome.users.append(RevokedUser(user.public, user.path, name, False, why))


NEWER = "{} was changed meanwhile, and another JWT is in force here by now. Push it again."
CONTRADICTED = (
    "Another server told that it holds this JWT, and over its own connection it does not show it: "
    "a server may speak for another, and that proves nothing."
)
STILL_SYSTEM = (
    "has this as its system account still, and it is to be shut: nobody could push there any more. "
    "First put the configuration of now there ({}), and restart it."
)
SHUT = (
    "It ended the connection: this was its system account, which lets nobody in any more. Put the "
    "configuration of now there ({}), restart it, and push again: that proves it."
)
NO_PUSH = (
    "Nobody there takes accounts this way: the resolver has them in its configuration, or asks for "
    "them elsewhere. Give it the configuration of now, with `nkey-wallet config --for operator`, "
    "and reload the server (nats-server --signal reload). It shows an account only once a user of "
    "it has connected: test one there, and push again, which proves it. For a server that takes "
    "what is pushed give it one with a full resolver, with `nkey-wallet config --for operator "
    "--resolver full`, and restart it."
)
SKIPPED = (
    "Its resolver only caches, and has no need of this account now. What it cached before lives on "
    "until its time is over: connect a user of this account there and push again, or restart it."
)


def _tokens(copies: ByServer) -> list[str]:
    return [copy.token for copy in copies.values() if copy.token]


def _stands_against(one: Comparison) -> bool:
    return one.state in {State.FOREIGN, State.UNLIKE, State.NEWER_THERE}


def _holds(ours: Claims, copy: Copy) -> bool:
    """Whether a server shows this JWT, and shuts out whom it revokes where it is in use."""
    if copy.token != ours.token or not copy.known:
        return False
    return not copy.in_use or all(
        copy.revoked.get(user, -1) >= at for user, at in revocations(ours.nats).items()
    )


def _leaked(records: Records, account: KeyRecord) -> bool:
    """Whether an account is out because its seed leaked, and so must go at once."""
    rotations = records.rotations.of_key(account.public)
    return any(one.old == account.public and one.manner is Manner.LEAKED for one in rotations)
