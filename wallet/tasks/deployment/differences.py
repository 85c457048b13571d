"""A vault's accounts and those on running servers: which are meant, and how they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from wallet.connection.check.request import Server
from wallet.connection.deployment.comparison import WORST_FIRST, Comparison, State, compare
from wallet.connection.deployment.node_group import Copy
from wallet.connection.deployment.reached_servers import ReachedServers, reached
from wallet.errors import JwtError, StateRefusesError, UsageError
from wallet.exchange.configurations import in_use
from wallet.nats import jwt
from wallet.nats.claims.signing_keys import signing_keys
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.nats.validation.shapes import is_key
from wallet.tasks.deployment.system_user import system_users
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

MOST_BEFORE = 20  # operators, each in the place of the one before
AT_ONCE = 2000  # accounts looked at over one connection, which has two minutes


class SeveralOperatorsError(UsageError):
    """Nobody said whose accounts are meant, and there are several operators, of these `paths`."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(f"Name whose accounts are meant: {', '.join(paths[:10])}.")
        self.paths = paths


@dataclass(frozen=True, slots=True)
class ChosenAccounts:
    """The accounts that a person chose, of one operator; `whole` is whether it has no others."""

    operator: KeyRecord
    accounts: tuple[KeyRecord, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """The relation of one server's copy of an account to the vault's.

    `account` is the account's path in the vault, empty where it is not there, and `public` its
    public key; `server` is a name.
    """

    account: str
    public: str
    state: State
    server: str
    why: str = ""

    def to_json(self) -> dict[str, object]:
        """The account, server and state of its JWT there, as an object of `diff --json`."""
        return {
            "account": self.account,
            "public": self.public,
            "state": self.state.value,
            "server": self.server,
            "why": self.why,
        }


@dataclass(slots=True)
class Differences:
    """A row for each account at each server, the gravest first, and what is made of them.

    `silent` says why servers were not heard, by their names or addresses. `newer` are JWTs of the
    operator's accounts that a server has and the vault has not. `unlike` are those that are not
    later than the vault's, and revoke users that this does not, each with its account.
    """

    rows: list[Difference] = field(default_factory=list)
    silent: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    newer: list[str] = field(default_factory=list)
    unlike: list[tuple[KeyRecord, str]] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether every server was heard, and holds what the vault holds."""
        return not self.silent and all(row.state is State.SAME for row in self.rows)


def chosen_accounts(records: Records, refs: Sequence[str]) -> ChosenAccounts:
    """The accounts that a person chooses by naming them, users of theirs, or an operator for all.

    Without any `refs` all accounts of the only operator are chosen. Raises `UsageError` where they
    are not of one operator, or none has a JWT; and what `Records.find` raises.
    """
    accounts: dict[str, KeyRecord] = {}
    operators: dict[int, KeyRecord] = {}
    whole = False
    for record in [records.find(ref) for ref in refs] or _only_operator(records):
        if record.signing and record.parent is not None:
            record = records.get(record.parent)
        if record.kind is Kind.USER and record.parent is not None:
            record = records.get(record.parent)
        if record.kind is Kind.OPERATOR:
            whole = True
            operators[record.id] = record
            accounts |= {a.public: a for a in records.beneath(record.id) if a.has_jwt}
        elif record.kind is Kind.ACCOUNT and record.has_jwt and record.parent is not None:
            operators[record.parent] = records.get(record.parent)
            accounts[record.public] = record
        else:
            raise StateRefusesError(
                f"{record.path} has no JWT of an account, and nothing else is kept on servers."
            )
    if len(operators) != 1:
        raise UsageError("These belong to different operators. Name those of one at a time.")
    if not accounts:
        raise StateRefusesError("No account of this operator has a JWT.")
    return ChosenAccounts(next(iter(operators.values())), tuple(accounts.values()), whole)


def _only_operator(records: Records) -> list[KeyRecord]:
    operators = in_use(
        record for record in records.all(Kind.OPERATOR) if record.has_jwt and not record.signing
    )
    if not operators:
        raise StateRefusesError(
            "The vault holds no operator with a JWT, so nothing is to be brought to servers."
        )
    if len(operators) != 1:
        raise SeveralOperatorsError([operator.path for operator in operators])
    return operators


def signing_now(records: Records, operator: KeyRecord) -> frozenset[str]:
    """The keys that sign for an operator, as its own JWT says."""
    claims = records.tokens.claims(operator.id)
    return frozenset([operator.public, *(signing_keys(claims.nats) if claims else [])])


def trusted_keys(records: Records, operator: KeyRecord) -> frozenset[str]:
    """The public keys of an operator: those that sign, and those that did and are still here.

    The keys of operators whose place it took are among them: servers have JWTs that these signed.
    """
    trusted: set[str] = set()
    for key in (operator, *replaced_by(records, operator)):
        trusted |= signing_now(records, key)
        trusted |= {signing_key.public for signing_key in records.signing_keys(key.id)}
    return frozenset(trusted)


def replaced_by(records: Records, operator: KeyRecord) -> list[KeyRecord]:
    """The operators whose place this one took, the latest first."""
    replaced: list[KeyRecord] = []
    public = operator.public
    for _ in range(MOST_BEFORE):
        rotations = records.rotations.of_key(public)
        before = next((one.leaving for one in rotations if one.staying == public), None)
        key = None if before is None else records.by_public(before)
        if key is None or key in replaced:
            break
        replaced.append(key)
        public = key.public
    return replaced


def compared(ours: Claims | None, copy: Copy, trusted: frozenset[str], public: str) -> Comparison:
    """Compare the vault's JWT of the account `public` with a server's copy.

    Where the server may hold one of several, the gravest comparison counts. `trusted` are the
    public keys of the account's operator.
    """
    if copy.token is not None and copy.known:
        return compare(ours, copy.token, trusted, public)
    if copy.known:
        return Comparison(State.ONLY_HERE)
    possible = [compare(ours, token, trusted, public) for token in copy.perhaps]
    grave = [one for one in possible if one.state in {State.FOREIGN, State.UNLIKE}]
    if one := next(iter([*grave, *(p for p in possible if p.state is State.NEWER_THERE)]), None):
        return one
    return Comparison(State.UNKNOWN, "The server does not tell what it holds of this account.")


async def differences(
    vault: Vault,
    chosen: ChosenAccounts,
    servers: Sequence[Server],
    timeout: float,
    system_user: str | None = None,
) -> Differences:
    """Compare the accounts with the copies of these servers and of those that they are joined to.

    Nothing is changed. `timeout` is seconds for each connection and for an answer; `system_user`
    names the user of the vault to connect as. Raises `NotDeployedError` and what `system_users`
    raises.
    """
    result = Differences()
    trusted = trusted_keys(vault.records, chosen.operator)
    signers = signing_now(vault.records, chosen.operator)
    for start in range(0, len(chosen.accounts), AT_ONCE):
        accounts = chosen.accounts[start : start + AT_ONCE]
        with system_users(vault, chosen.operator, system_user, pushes=False) as users:
            async with reached(servers, users, timeout) as there:
                await _look(vault.records, there, accounts, trusted, result)
                if chosen.whole and start == 0:
                    await _look_beyond(vault.records, there, chosen, trusted, result)
                result.silent |= there.silent
                result.remarks += [text for text in there.remarks if text not in result.remarks]
    result.rows.sort(key=lambda row: (WORST_FIRST.index(row.state), row.account, row.server))
    # A key that is out may have leaked: what it signed is told of, and not taken over.
    result.newer = [token for token in dict.fromkeys(result.newer) if _signer_of(token) in signers]
    result.unlike = [
        pair for pair in dict.fromkeys(result.unlike) if _signer_of(pair[1]) in signers
    ]
    return result


def _signer_of(token: str) -> str:
    """The key that a JWT was signed by, its signature verified; empty for what is no JWT."""
    try:
        return jwt.decode(token).issuer.text
    except JwtError:
        return ""


async def _look(
    records: Records,
    there: ReachedServers,
    accounts: Sequence[KeyRecord],
    trusted: frozenset[str],
    result: Differences,
) -> None:
    """Add to `result` a row for each of the accounts at each server."""
    copies = await there.look([account.public for account in accounts])
    for account in accounts:
        ours = records.tokens.claims(account.id)
        for identifier, name in there.names.items():
            copy = copies[account.public].get(identifier, Copy(known=False))
            comparison = compared(ours, copy, trusted, account.public)
            state, why = comparison.state, comparison.why
            result.rows.append(Difference(account.path, account.public, state, name, why))
            if state is State.NEWER_THERE and copy.token:
                result.newer.append(copy.token)
            elif state is State.UNLIKE and comparison.says_more and copy.token:
                result.unlike.append((account, copy.token))


async def _look_beyond(
    records: Records,
    there: ReachedServers,
    chosen: ChosenAccounts,
    trusted: frozenset[str],
    result: Differences,
) -> None:
    """Add to `result` a row for each account that a server stores and is not among the chosen."""
    here = {account.public for account in chosen.accounts}
    stored = await there.lists()
    strange = sorted({public for publics in stored.values() for public in publics} - here)
    strange = [public for public in strange if is_key(public, Kind.ACCOUNT)][:AT_ONCE]
    if not strange:
        return
    copies = await there.look(strange)
    names = there.names
    for public in strange:
        record = records.by_public(public)
        path = record.path if record else ""
        ours = records.tokens.claims(record.id) if record and record.has_jwt else None
        for identifier, copy in copies[public].items():
            if identifier in stored and public in stored[identifier]:
                comparison = compared(ours, copy, trusted, public)
                state, why = comparison.state, comparison.why
                result.rows.append(Difference(path, public, state, names[identifier], why))
                if state is State.ONLY_THERE and copy.token:
                    result.newer.append(copy.token)
