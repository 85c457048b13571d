"""A user of the system account: made for two minutes and a few subjects, or one that is held."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from wallet.chain import Chain
from wallet.connection.deployment import answers
from wallet.connection.deployment.reached_servers import SystemUser
from wallet.errors import StateRefusesError
from wallet.nats import jwt
from wallet.nats.claims.revocations import after_revocations
from wallet.nats.jwt_layout import unlimited_user
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.tasks.connection.keys_under_test import chain_about, chain_of, users_beneath
from wallet.tasks.deployment.system_account import system_account
from wallet.vault.db.parts.rotations import Phase
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import signers
from wallet.vault.vault import Vault

SHORT = 120  # seconds
# Where the clock of a server is far ahead, the short one has expired there before it was made.
# Its seed is gone with the command: what is left of it opens nothing.
LASTING = 366 * 24 * 3600

_READS = (
    answers.ROLL_CALL,
    answers.VARIABLES,
    answers.LIST,
    answers.lookup_of("*"),
    answers.info_of_account("*"),
    answers.connections_of("*"),
)


@contextmanager
def system_users(
    vault: Vault, operator: KeyRecord, named: str | None = None, *, pushes: bool
) -> Iterator[Sequence[SystemUser]]:
    """The users of an operator's system account to try one after the other.

    They are made here, and their seeds wiped at the end; where nobody here signs users of that
    account, or one is `named`, it is one of the vault. `pushes`: whether it may change anything.
    Raises `UsageError` where there is none, and what `Vault.open_seed` raises.
    """
    records = vault.records
    account = system_account(records, operator)
    if named is not None:
        yield [_held(vault, _user(records, account, named))]
        return
    accounts = [account, *_replaced_by(records, account)]
    able = [one for one in accounts if _signer(records, one) is not None]
    if not able:
        users = [user for one in accounts for user in _usable(records, one)]
        if not users:
            raise StateRefusesError(
                f"Nobody here can connect to the system account {account.path}: its seed is not "
                "here, nor that of a signing key without a role or of one of its users. Bring one "
                "of them in."
            )
        yield [_held(vault, user) for user in users[:1]]
        return
    with Seed.generate(Kind.USER) as seed:
        yield [
            _made(vault, seed, one, lasts, pushes=pushes)
            for lasts in (SHORT, LASTING)
            for one in able
        ]


def _replaced_by(records: Records, account: KeyRecord) -> list[KeyRecord]:
    """The accounts whose place one took: servers have the older one as their system account until
    their configuration names the other and they are restarted."""
    rotations = records.rotations.of_key(account.public)
    before = [one.leaving for one in rotations if one.phase is not Phase.BOTH]
    before += [one.old for one in rotations if one.phase is Phase.BOTH]
    replaced = [records.by_public(public) for public in before if public != account.public]
    return [one for one in replaced if one is not None and one.has_jwt]


def _signer(records: Records, account: KeyRecord) -> KeyRecord | None:
    able = [signer for signer in signers(records, Kind.USER, account) if not signer.scoped]
    return able[0].record if able else None


def _usable(records: Records, account: KeyRecord) -> list[KeyRecord]:
    return [user for user in users_beneath(records, account) if not user.revoked]


def _made(vault: Vault, seed: Seed, account: KeyRecord, lasts: int, *, pushes: bool) -> SystemUser:
    """A user of the system account that lasts so many seconds, with the subjects that it needs."""
    signer = _signer(vault.records, account)
    if signer is None:
        raise AssertionError("only accounts that can sign are asked")
    chain = chain_about(vault.records, account) or Chain()
    # A clock that stands still years ago is known by what was issued since.
    now = max(int(time.time()), (chain.account.issued or 0) if chain.account else 0)
    if chain.account:
        now = max(now, after_revocations(chain.account.nats, seed.public.text))
    inbox = f"_INBOX.{secrets.token_hex(11)}"
    subjects = [*_READS, *([answers.UPDATE] if pushes else [])]
    nats = {
        **unlimited_user(),
        "pub": {"allow": subjects},
        "sub": {"allow": [f"{inbox}.>"]},
        **({"issuer_account": account.public} if signer.signing else {}),
    }
    with vault.open_seed(signer.public) as signing:
        token = jwt.issue(
            signing,
            seed.public,
            nats,
            issued=now,
            name="nkey-wallet, for one command",
            expires=now + lasts,
        )
    user = Chain(jwt.parse(token), chain.account, chain.operator)
    copy = partial(Seed.from_raw, seed.kind, seed.raw)
    return SystemUser(seed.public, copy, user, inbox, lasting=lasts == LASTING)


def _user(records: Records, account: KeyRecord, ref: str) -> KeyRecord:
    user = records.find(ref)
    if user.kind is not Kind.USER or user.parent != account.id or not user.has_seed:
        raise StateRefusesError(
            f"{user.path} is no user of the system account {account.path} with its seed here."
        )
    return user


def _held(vault: Vault, user: KeyRecord) -> SystemUser:
    public = decode_public(user.public)
    chain = chain_of(vault.records, user) or Chain()
    inbox = f"_INBOX.{secrets.token_hex(11)}"
    return SystemUser(public, partial(vault.open_seed, public), chain, inbox)
