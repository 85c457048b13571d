"""The configurations that the keys in a vault make: gathered here, written by `config.writer`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wallet.chain import grants
from wallet.chain.model import Chain
from wallet.chain.order import granted
from wallet.chain.scopes import ScopeError
from wallet.errors import StateRefusesError, UsageError
from wallet.nats.client_snippets import NamedKey
from wallet.nats.config import writer
from wallet.nats.config.writer import ConfiguredAccount, ConfiguredUser, SignedAccount
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.text import an, plain
from wallet.vault.db.parts.rotations import Phase
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import has_operator
from wallet.vault.signing.closure import is_shut

Tell = Callable[[str], None]
_TO_BE_REFUSED = {"revoked", "expired"}
_MOST_NAMED = 5


def users_of(records: Records, chosen: KeyRecord) -> list[KeyRecord]:
    """The key itself; for an operator or account, the active users beneath it."""
    if chosen.kind not in {Kind.OPERATOR, Kind.ACCOUNT}:
        return [chosen]
    users = []
    for child in records.beneath(chosen.id):
        if child.kind is Kind.USER:
            users += [child] if child.status == "active" else []
        elif child.status == "active":
            users += users_of(records, child)
    return users


def authorization(
    records: Records, chosen: Iterable[KeyRecord] | None = None, tell: Tell = lambda _: None
) -> str:
    """The `authorization` block with the users among and beneath `chosen`, once each; None: all.

    Those that are to be refused stand in it only where they were named themselves. `tell` takes a
    sentence for whom it leaves out, or lets in or do more than their JWTs say; the text has them
    too. Raises `UsageError`.
    """
    if chosen is None:
        named, gathered = [], [one for one in records.all(Kind.USER) if one.status == "active"]
    else:
        named = list(chosen)
        gathered = [user for one in named for user in users_of(records, one)]
    notes = _Notes({one.id for one in named})
    unique = notes.let_in({user.id: user for user in gathered}.values())
    listed = [notes.checked(user, _configured(records, user)) for user in unique]
    if notes.out and not listed:
        raise StateRefusesError(" ".join(notes.sentences()))
    return _noted(writer.authorization(listed), notes, tell)


def accounts(records: Records, chosen: Iterable[KeyRecord], tell: Tell = lambda _: None) -> str:
    """The `accounts` block with these accounts, and those beneath these operators.

    Raises `UsageError` for any other key: only accounts stand in that block. `tell` as above.
    """
    unique = {account.id: account for one in chosen for account in _accounts_of(records, one)}
    notes = _Notes(set())
    listed = [
        ConfiguredAccount(
            account.name,
            [
                notes.checked(user, _configured(records, user))
                for user in notes.let_in(users_of(records, account))
            ],
        )
        for account in unique.values()
    ]
    return _noted(writer.accounts(listed), notes, tell)


def all_accounts(records: Records) -> list[KeyRecord]:
    """The accounts in use. Raises `UsageError` where that leaves out users: they would be shut
    out."""
    loose = [
        user.path
        for user in records.all(Kind.USER)
        if user.status == "active" and user.parent is None
    ]
    if loose:
        more = f" and {len(loose) - _MOST_NAMED:,} more" if len(loose) > _MOST_NAMED else ""
        raise StateRefusesError(
            f"No account is above {', '.join(loose[:_MOST_NAMED])}{more}: an accounts block would "
            f"leave out, and so shut out, {len(loose):,} of the users. Move them beneath an "
            "account, or name the accounts that are meant."
        )
    return [
        account
        for account in records.all(Kind.ACCOUNT)
        if account.status == "active" and not account.signing
    ]


def operator(records: Records, chosen: KeyRecord, resolver: str = "memory") -> str:
    """The configuration of a server that trusts this operator, and beside it one whose place it
    is taking while both are in force. Raises `UsageError`."""
    claims = records.tokens.claims(chosen.id)
    token = records.tokens.get(chosen.id)
    if chosen.kind is not Kind.OPERATOR or chosen.signing:
        raise UsageError(f"{chosen.path} is no operator; name the operator that servers trust.")
    if claims is None or token is None:
        raise StateRefusesError(
            f"{chosen.path} has no JWT, for its seed was not here to sign one. Bring in its seed, "
            "or its JWT."
        )
    system = claims.nats.get("system_account")
    signed = _signed(records, _accounts_of(records, chosen))
    if not signed:
        raise StateRefusesError(
            f"{chosen.path} has no accounts with a JWT yet. Make one: `nkey-wallet new`."
        )
    leaving = [
        key
        for one in records.rotations.of_key(chosen.public)
        if one.phase is Phase.BOTH and one.new == chosen.public
        if (key := records.by_public(one.old)) is not None
    ]
    trusted = [token, *filter(None, (records.tokens.get(key.id) for key in leaving))]
    return writer.operator(trusted, str(system) if system else None, signed, resolver)


def whole(records: Records, chosen: KeyRecord) -> str:
    """The configuration of a server that lets in a user, or the users beneath an account or
    operator: with the operator above them, where one has a JWT. Raises `UsageError`."""
    top = chosen
    while top.parent is not None:
        top = records.get(top.parent)
    if top.kind is Kind.OPERATOR and top.has_jwt:
        return operator(records, top)
    return authorization(records, [chosen])


def account(records: Records, chosen: Iterable[KeyRecord], tell: Tell = lambda _: None) -> str:
    """Write these accounts for a server: their JWTs, or without an operator their users.

    Raises `UsageError` when some have an operator and others have none.
    """
    listed = [one for key in chosen for one in _accounts_of(records, key)]
    ruled = {has_operator(records, one) for one in listed}
    if len(ruled) > 1:
        raise UsageError(
            "Some of these accounts have an operator and some have none, and no server takes both. "
            "Name them apart."
        )
    if ruled == {True}:
        return writer.preload(_signed(records, listed))
    return accounts(records, listed, tell)


def in_use(operators: Iterable[KeyRecord]) -> list[KeyRecord]:
    """Give the operators that are neither retired nor being rotated out; all where none is left."""
    known = list(operators)
    return [one for one in known if one.status == "active" and not one.rotating] or known


def the_operator(records: Records) -> KeyRecord:
    """The only operator in the vault. Raises `UsageError` when there is none or there are more."""
    operators = in_use(one for one in records.all(Kind.OPERATOR) if not one.signing)
    if not operators:
        raise StateRefusesError("There is no operator here yet.")
    if len(operators) != 1:
        names = ", ".join(one.path for one in operators[:5])
        raise UsageError(
            f"Which operator? There are {names}. Name one: "
            + command("config", operators[0].path, ("--for", "operator"))
        )
    return operators[0]


def _accounts_of(records: Records, chosen: KeyRecord) -> list[KeyRecord]:
    if chosen.kind is Kind.OPERATOR and not chosen.signing:
        return [
            child
            for child in records.beneath(chosen.id)
            if child.kind is Kind.ACCOUNT
            and (child.status == "active" or _is_to_be_shut(records, child))
        ]
    if chosen.kind is Kind.ACCOUNT and not chosen.signing:
        return [chosen]
    raise UsageError(f"{chosen.path} is {an(chosen.role)}; name accounts, or an operator.")


def _is_to_be_shut(records: Records, account: KeyRecord) -> bool:
    """Whether servers are to hear of an account that it lets nobody in: it was rotated out, and
    nobody said yet that it was removed."""
    return is_shut(records, account) and any(
        one.leaving == account.public and one.phase is not Phase.BOTH and not one.closed
        for one in records.rotations.of_key(account.public)
    )


def _signed(records: Records, listed: Iterable[KeyRecord]) -> list[SignedAccount]:
    signed = []
    for one in listed:
        token = records.tokens.get(one.id)
        if token is not None:
            signed.append(SignedAccount(NamedKey(one.public, one.path), token))
    return signed


def _configured(records: Records, user: KeyRecord) -> ConfiguredUser:
    claims = records.tokens.claims(user.id)
    nats = records.tokens.unsigned(user.id) if claims is None else _granted(records, user, claims)
    return ConfiguredUser(NamedKey(user.public, user.path), nats)


def _granted(records: Records, user: KeyRecord, claims: Claims) -> Mapping[str, Any]:
    """Read what a user may do, where its role or its account's defaults say it in its place."""
    account = None if user.parent is None else records.tokens.claims(user.parent)
    chain = Chain(claims, account)
    if account is None or not (chain.scope or account.nats.get("default_permissions")):
        return claims.nats
    try:
        return grants.fields(granted(chain))
    except (ScopeError, grants.MisreadError) as error:
        raise StateRefusesError(
            f"What {user.path} may do is not known: {error}. Mend its role, or leave it out."
        ) from error


class _Notes:
    """Notes of what a server that only lists keys does otherwise than their JWTs say."""

    def __init__(self, named: set[int]) -> None:
        self._named = named
        self.out: list[KeyRecord] = []
        self._let_in: list[KeyRecord] = []
        self._unsaid: list[KeyRecord] = []

    def let_in(self, users: Iterable[KeyRecord]) -> list[KeyRecord]:
        """The users to list: without those that are to be refused, unless they were named."""
        listed = []
        for user in users:
            if user.standing not in _TO_BE_REFUSED:
                listed.append(user)
            elif user.id in self._named:
                listed.append(user)
                self._let_in.append(user)
            else:
                self.out.append(user)
        return listed

    def checked(self, user: KeyRecord, listed: ConfiguredUser) -> ConfiguredUser:
        """Pass on a user, noted when it has bounds that no configuration can give it."""
        if user.expires is not None or writer.unsaid(listed.nats):
            self._unsaid.append(user)
        return listed

    def sentences(self) -> list[str]:
        """Say in a sentence each how the list of keys differs from what the vault means."""
        sentences = [f"{one.path} is left out: it is {one.standing}." for one in self.out]
        sentences += [
            f"{one.path} is {one.standing}, and this lets it in: a list of keys knows no {noun}."
            for one in self._let_in
            for noun in ["expiry" if one.standing == "expired" else "revocation"]
        ]
        if self._unsaid:
            names = ", ".join(one.path for one in self._unsaid[:_MOST_NAMED])
            if (more := len(self._unsaid) - _MOST_NAMED) > 0:
                names += f" and {more:,} more"
            sentences.append(
                "A list of keys cannot say when a user expires, from where and when it may "
                f"connect, and its limits: here these do not hold for {names}."
            )
        return sentences


def _noted(text: str, notes: _Notes, tell: Tell) -> str:
    """The text below the notes, which are told too."""
    sentences = notes.sentences()
    for sentence in sentences:
        tell(sentence)
    return "".join(f"# {plain(sentence, 2000)}\n" for sentence in sentences) + text
