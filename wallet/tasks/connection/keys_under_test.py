"""The keys of a vault as a check takes them: an account's users, their seeds, JWTs and wishes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wallet.chain import Chain
from wallet.chain.model import signing_keys
from wallet.connection.causes.expectation import KeyUnderTest
from wallet.connection.causes.verdict import Wish, wish_for
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind, PublicKey
from wallet.text import plain
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

if TYPE_CHECKING:
    from wallet.connection.check.request import Keyring

_NAMED = 10
Read = dict[str, Claims]  # JWTs that were read before, by their text


def chain_of(records: Records, record: KeyRecord, read: Read | None = None) -> Chain | None:
    """The JWTs of a user, its account and its operator, as far as they are there; None for none.

    The account is the one that the user's JWT names, a signing key standing for its owner;
    without a JWT the one it hangs beneath. `read` keeps what many users have in common from
    being read for each. Raises `LockedError`.
    """
    if record.kind is not Kind.USER:
        return None
    user = records.tokens.claims(record.id)
    read = {} if read is None else read
    account_key = (
        _parent(records, record) if user is None else _account(records, record, user, read)
    )
    account = _claims(records, account_key, read)
    if user is None and account is None:
        return None
    return Chain(user, account, _claims(records, _parent(records, account_key), read))


def chain_about(records: Records, record: KeyRecord) -> Chain | None:
    """The chain of any key: a user's as `chain_of` gives it, an account's own JWT with its
    operator's, or an operator's alone. None without a JWT."""
    if record.kind is Kind.USER:
        return chain_of(records, record)
    claims = records.tokens.claims(record.id)
    if claims is None:
        return None
    if record.kind is Kind.OPERATOR:
        return Chain(None, None, claims)
    return Chain(None, claims, _claims(records, _parent(records, record), {}))


def users_beneath(records: Records, record: KeyRecord) -> list[KeyRecord]:
    """The users of an account or operator that can be tested: in use, and with their seed."""
    return [
        user for user in _users_of(records, record) if user.has_seed and user.status == "active"
    ]


def left_out_beneath(records: Records, record: KeyRecord) -> list[KeyRecord]:
    """The users of an account or operator that `users_beneath` leaves out."""
    return [
        user
        for user in _users_of(records, record)
        if not (user.has_seed and user.status == "active")
    ]


def _users_of(records: Records, record: KeyRecord) -> Iterable[KeyRecord]:
    """The users beneath an account, or beneath all accounts of an operator."""
    if record.kind is Kind.ACCOUNT:
        return (key for key in records.beneath(record.id) if key.kind is Kind.USER)
    beneath = f"{record.path}/"
    return (user for user in records.all(Kind.USER) if user.path.startswith(beneath))


def left_out_words(left_out: Iterable[KeyRecord]) -> str:
    """Say how many users were left out, why, and who they are; empty for none."""
    kinds: dict[str, list[str]] = {}
    for user in left_out:
        why = "retired" if user.status == "retired" else "without a seed here"
        kinds.setdefault(why, []).append(plain(user.name, 40))
    groups = [
        f"{len(names):,} {why} ({', '.join(names[:_NAMED])}{', …' if len(names) > _NAMED else ''})"
        for why, names in sorted(kinds.items())
    ]
    return f"Left out: {', '.join(groups)}." if groups else ""


def wish_of(record: KeyRecord) -> Wish:
    """Tell what is wanted of a key, by what the vault knows of it."""
    return wish_for(
        revoked=record.revoked, expires=record.expires, retired=record.status == "retired"
    )


def key_under_test(record: KeyRecord, wish: Wish | None = None) -> KeyUnderTest:
    """The key as a test knows it; its `wish` where that is another than the vault's."""
    wish = wish_of(record) if wish is None else wish
    return KeyUnderTest(plain(record.path, 60), str(record.parent), wish)


def keyring_of(vault: Vault) -> Keyring:
    """Make what opens the seeds of a vault, and gives the JWTs of each key as `chain_of` does.

    What many users have in common is read once for the keyring.
    """
    from wallet.connection.check.request import Keyring  # what connects loads much

    read: Read = {}

    def chain(key: PublicKey) -> Chain | None:
        records = vault.records
        record = records.by_public(key.text)
        return chain_of(records, record, read) if record else None

    return Keyring(vault.open_seed, chain)


def _account(records: Records, record: KeyRecord, user: Claims, read: Read) -> KeyRecord | None:
    """The account that the JWT names, wherever the key itself hangs."""
    named = records.by_public(user.account) if user.account else None
    if named is not None:
        return _owner(records, named)
    above = _parent(records, record)
    claims = _claims(records, above, read)
    listed = claims is not None and user.issuer.text in signing_keys(claims)
    return above if listed else None


def _owner(records: Records, record: KeyRecord) -> KeyRecord | None:
    return _parent(records, record) if record.signing else record


def _parent(records: Records, record: KeyRecord | None) -> KeyRecord | None:
    if record is None or record.parent is None:
        return None
    return records.get(record.parent)


def _claims(records: Records, record: KeyRecord | None, read: Read) -> Claims | None:
    token = records.tokens.get(record.id) if record else None
    if record is None or token is None:
        return None
    if token not in read and (claims := records.tokens.claims(record.id)) is not None:
        read[token] = claims
    return read.get(token)
