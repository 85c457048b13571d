"""Deliveries that are open between the vault and servers, and the command that closes each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from wallet.connection.causes.verdict import Wanted, wish_for
from wallet.errors import UsageError, VaultError
from wallet.nats.claims.content import few
from wallet.nats.nkeys import Kind
from wallet.shell import command, joined
from wallet.tasks.deployment.first_steps import any_server_known, first_step
from wallet.tasks.deployment.system_account import system_account
from wallet.vault.db.journal.kinds import What
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import signers
from wallet.vault.tree.marks import as_they_are
from wallet.vault.vault import Vault

if TYPE_CHECKING:
    from wallet.connection.causes.report import Report

_NAMED = 5
_IN_A_COMMAND = 20


@dataclass(frozen=True, slots=True)
class Sighting:
    """The JWT of an account that servers were looked at for, and whether those behind each
    address hold it, and let nobody in whom it revokes; None where it was sent and that is not
    known. `sent` is whether it was sent there now."""

    account: str
    token: str
    servers: Mapping[str, bool | None]
    sent: bool = False


def is_news(records: Records, sighting: Sighting) -> bool:
    """Whether the vault does not know already what was seen of an account."""
    account = records.by_public(sighting.account)
    if account is None or not sighting.servers:
        return False
    held = {server for server, holds in sighting.servers.items() if holds}
    return (
        sighting.sent
        or account.unproved
        or not held >= sighting.servers.keys()
        or bool(held - records.deliveries.proved_servers(account.id))
    )


def note_sightings(records: Records, sightings: Iterable[Sighting]) -> set[str]:
    """Keep where accounts were seen; the public keys of those whose JWT is still the one seen.

    What was changed meanwhile, in another window or by another process, is not proved by it; where
    the one seen was sent, it may have taken the place of the newer one, also of one proved there.
    """
    current: set[str] = set()
    for sighting in sightings:
        account = records.by_public(sighting.account)
        if account is not None and records.tokens.get(account.id) == sighting.token:
            records.deliveries.note_seen(account.id, sighting.servers)
            current.add(sighting.account)
        elif account is not None and sighting.sent:
            _note_overwritten(records, account, sighting)
    return current


def _note_overwritten(records: Records, account: KeyRecord, sighting: Sighting) -> None:
    from wallet.nats import jwt
    from wallet.nats.claims.revocations import USERS, all_revocations, lacking

    now = records.tokens.claims(account.id)
    wanted = all_revocations(now.nats) if now else {}
    let_in = lacking(jwt.decode(sighting.token).nats, wanted).get(USERS, {})
    records.deliveries.note_overwritten(account.id, sighting.servers, let_in)
    for user in let_in:
        for server in sighting.servers:
            records.rotations.note_let_in(user, server)


def note_refusals(records: Records, reports: Iterable[Report]) -> None:
    """Keep what tests say of revoked users: a refusal that is proved to be for that, or none.

    One that was revoked only after it was tested was refused, or let in, for something else.
    """
    from wallet.connection.causes.expectation import settle  # as a test has loaded it

    for report in reports:
        user = records.by_public(report.public)
        if user is None or user.parent is None or not user.revoked:
            continue
        if report.wish.wanted is not Wanted.REFUSED:
            continue
        judged = settle(report, wish_for(revoked=True), report.proof)
        if judged.proof or report.ok:
            records.deliveries.note_refusal(
                user.parent, user.public, report.url, refused=not report.ok
            )


def unwritten_tokens(
    records: Records, chosen: Iterable[KeyRecord], beneath: frozenset[Kind] = frozenset()
) -> dict[str, str]:
    """The JWTs in force, by public key, that a text takes along and that were not written before.

    It takes those of the keys that were `chosen`, and of the kinds named what hangs `beneath` them.
    """
    keys = {key.id: key for key in chosen}
    unwritten = [key for key in keys.values() if key.unwritten]
    if Kind.USER in beneath:
        unwritten += map(records.get, records.deliveries.unwritten())
    elif beneath:
        unwritten += [records.get(one.account) for one in records.deliveries.unproved()]
    tokens: dict[str, str] = {}
    for key in unwritten:
        above = key.parent
        while above is not None and above not in keys:
            above = records.get(above).parent
        if key.unwritten and (key.id in keys or (key.kind in beneath and above is not None)):
            tokens[key.public] = records.tokens.get(key.id) or ""
    return tokens


def exported_tokens(
    records: Records, chosen: Iterable[KeyRecord], form: str, seeds: Iterable[str]
) -> dict[str, str]:
    """Give what `unwritten_tokens` gives, for an export in this form that holds `seeds`, by public
    key."""
    if form == "jwt":
        return unwritten_tokens(records, chosen)
    from wallet.exchange import runtime_secrets  # as an export has loaded it

    if form in {"creds", "context", *runtime_secrets.FORMS}:
        users = map(records.by_public, seeds)
        return unwritten_tokens(records, [user for user in users if user is not None])
    if form == "nsc":
        tops = [_top(records, key) for key in chosen]
        return unwritten_tokens(records, tops, frozenset({Kind.ACCOUNT, Kind.USER}))
    return {}


def _top(records: Records, key: KeyRecord) -> KeyRecord:
    return key if key.parent is None else _top(records, records.get(key.parent))


def note_written(vault: Vault, tokens: Mapping[str, str]) -> None:
    """Keep that these JWTs were written or copied, where they are still those in force.

    A vault that cannot be written keeps the mark: that is no reason to refuse the text.
    """
    if not tokens:
        return
    with suppress(VaultError), vault.change(minor=True) as records:
        keep_written(records, tokens)


def keep_written(records: Records, tokens: Mapping[str, str]) -> None:
    """Note these JWTs as written, where they are still those in force."""
    for public, token in tokens.items():
        key = records.by_public(public)
        if key is not None and records.tokens.get(key.id) == token:
            records.deliveries.note_written(key.id)


def take_word(vault: Vault, accounts: Sequence[KeyRecord]) -> None:
    """Take a person's word that accounts' JWTs are on all servers, which is noted."""
    with vault.change() as records:
        for account in as_they_are(records, accounts):
            if account.unproved:
                records.deliveries.take_word(account.id)
                records.history.note(What.DELIVERED_ON_WORD, account.public)


def push_commands(records: Records, publics: Iterable[str]) -> list[str]:
    """The commands that push these accounts, by public key, one for each operator.

    Left out are those that would not work: nobody here can be a user of the system account, or no
    server is known.
    """
    by_operator: dict[int, list[KeyRecord]] = {}
    for account in map(records.by_public, sorted(publics)):
        if account is not None and account.parent is not None and account.has_jwt:
            by_operator.setdefault(account.parent, []).append(account)
    return [
        command("push", *_named_shortly(records, records.get(operator), accounts), *flags)
        for operator, accounts in by_operator.items()
        if _has_system_user(records, records.get(operator))
        and (flags := [("--server", server) for server in servers_to_push_to(records, accounts)])
    ]


def push_to_servers(records: Records, accounts: Sequence[KeyRecord]) -> str:
    """The commands that push these accounts, as `push_commands` gives them; for an operator where
    none would work as it stands, one with a place for the server."""
    by_operator: dict[int | None, list[KeyRecord]] = {}
    for account in accounts:
        by_operator.setdefault(account.parent, []).append(account)
    pushes: list[str] = []
    for beneath in by_operator.values():
        paths = [account.path for account in beneath]
        pushes += push_commands(records, (account.public for account in beneath)) or [
            command("push", *paths, ("--server", "URL"))
        ]
    return joined(pushes) if pushes else command("push", ("--server", "URL"))


def unproved_tokens(records: Records) -> dict[str, str]:
    """The JWTs of the accounts that are not proved on servers, by public key."""
    accounts = [records.get(one.account) for one in records.deliveries.unproved()]
    return {account.public: records.tokens.get(account.id) or "" for account in accounts}


def changed_since(records: Records, before: Mapping[str, str]) -> list[str]:
    """The accounts whose JWTs servers have to get, and did not before: `unproved_tokens` of then.

    By public key.
    """
    now = unproved_tokens(records)
    return [public for public, token in now.items() if before.get(public) != token]


def _named_shortly(
    records: Records, operator: KeyRecord, accounts: Sequence[KeyRecord]
) -> list[str]:
    """The paths of accounts, or that of their operator where they are all of it or too many."""
    every = {account.id for account in records.beneath(operator.id) if account.has_jwt}
    is_all = len(accounts) > 1 and every <= {account.id for account in accounts}
    if is_all or len(accounts) > _IN_A_COMMAND:
        return [operator.path]
    return [account.path for account in accounts]


def _has_system_user(records: Records, operator: KeyRecord) -> bool:
    try:
        account = system_account(records, operator)
    except UsageError:
        return False
    return bool(signers(records, Kind.USER, account)) or any(
        user.has_seed and user.status == "active" for user in records.beneath(account.id)
    )


def changes(records: Records) -> dict[str, datetime]:
    """The times when accounts that are not proved on servers changed, by path."""
    return {records.get(one.account).path: one.changed for one in records.deliveries.unproved()}


def servers_to_push_to(records: Records, accounts: Sequence[KeyRecord]) -> list[str]:
    """The servers that accounts have to get to, by the names of profiles, as far as is known.

    Those that lack what changed, else those that have it, else where their operator is known;
    else the only profile, or the server that was tested last: none of another operator's.
    """
    profiles = records.servers.profiles()
    urls = {url for one in accounts for url in records.deliveries.unproved_servers(one.id)}
    urls = urls or {url for one in accounts for url in records.deliveries.servers(one.id)}
    operators = {records.get(one.parent).public for one in accounts if one.parent is not None}
    known_servers = records.deliveries.known_servers
    urls = urls or set(known_servers.of(*operators))
    if not urls and len(profiles) == 1 and not any(map(known_servers.at, profiles[0].urls)):
        return [profiles[0].name]
    # Of one operator: a server that has to do with one of them is there for the first as well.
    near = (records.results.server_to_offer(account.public) for account in accounts[:1])
    chosen = sorted(urls) or list(filter(None, near))
    names = {url: profile.name for profile in profiles for url in profile.urls}
    return list(dict.fromkeys(names.get(url, url) for url in chosen))


def open_line(records: Records) -> str:
    """Tell what is open of all keys, revocations first, and what to do; empty when nothing is.

    While no server is known, of accounts that revoke nobody just the next step on their way there.
    """
    unproved, waiting = [], []
    known = any_server_known(records)
    for delivery in records.deliveries.unproved():
        count = len(delivery.revoked)
        if not known and not count:
            waiting.append(records.get(delivery.account))
            continue
        revocations = f" ({count:,} revocation{'' if count == 1 else 's'})" if count else ""
        unproved.append((not count, f"{records.get(delivery.account).path}{revocations}"))
    unwritten = records.deliveries.unwritten()
    if waiting and not unproved:  # their next step is told, which writes them and their operators
        unwritten = [key for key in unwritten if records.get(key).kind is Kind.USER]
    sentences = []
    if unproved:
        paths = few([path for _, path in sorted(unproved)])
        sentences.append(f"Not proved on servers: {paths}. ‹push› pushes.")
    elif waiting:
        sentences.append(first_step(records, waiting))
    if unwritten:
        paths = ", ".join(records.get(key).path for key in unwritten[:_NAMED])
        more = f" and {len(unwritten) - _NAMED:,} more" if len(unwritten) > _NAMED else ""
        sentences.append(f"Not written since they changed: {paths}{more}. ‹export› writes.")
    return " ".join(sentences)
