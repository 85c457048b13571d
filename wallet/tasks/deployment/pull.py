"""Taking JWTs and revocations that running servers have and the vault lacks into the vault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.connection.deployment.comparison import not_revoked
from wallet.errors import JwtError
from wallet.nats import jwt
from wallet.nats.claims.revocations import (
    Revocations,
    all_revocations,
    united,
    without_place,
)
from wallet.nats.jwt import Claims
from wallet.tasks.deployment.differences import Differences
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

if TYPE_CHECKING:
    from wallet.exchange.readers.material import Findings

SOURCE = "the servers"


@dataclass(frozen=True, slots=True)
class UnknownRevocations:
    """The users, and activations in words, that a server's `copy` of an account revokes, and the
    vault's JWT does not."""

    account: KeyRecord
    users: tuple[str, ...]
    copy: Claims

    def to_json(self) -> dict[str, object]:
        """The account and the public keys that it revokes on servers alone, for `pull --json`."""
        return {
            "public": self.account.public,
            "path": self.account.path,
            "users": list(self.users),
        }


def read_newer(differences: Differences, findings: Findings) -> None:
    """Read JWTs that are newer at servers as an import reads a file, adding to `findings`."""
    from wallet.exchange.readers.sources import SourceReader  # with every format; a push reads none

    reader = SourceReader(findings)
    for token in differences.newer:
        reader.text(bytearray(token, "ascii", "replace"), SOURCE)


def unknown_revocations(records: Records, differences: Differences) -> list[UnknownRevocations]:
    """The revocations that only servers know of, in copies that are not the later ones."""
    return list(_unknown(records, differences))


def take_revocations(records: Records, unknown: list[UnknownRevocations]) -> None:
    """Revoke in the vault, too, the users that servers revoke; within a change of it.

    Raises `UsageError`.
    """
    from wallet.vault.signing.issuance import Issuing  # for the few pulls that find such

    issuing = Issuing(records)
    for one in unknown:
        after = one.copy.issued or 0
        issuing.revoking.revoke_as_well(one.account.id, all_revocations(one.copy.nats), after=after)


def note_removed_exports(vault: Vault, copies: Mapping[int, Iterable[str]]) -> None:
    """Note what accounts, by id, revoke by the copies of servers in exports that they have no more.

    A push takes that from the servers, and would let in whom it shut out once the account exports
    such a subject again. Raises what `Vault.change` raises, where there is something to note.
    """
    unknown: dict[str, Revocations] = {}
    for account, tokens in copies.items():
        ours = vault.records.tokens.claims(account)
        for token in tokens:
            try:
                theirs = jwt.decode(token)
            except JwtError:
                continue
            if ours is None or theirs.subject != ours.subject or theirs.token == ours.token:
                continue
            gone = without_place(ours.nats, all_revocations(theirs.nats))
            known = vault.records.tokens.revoked(account)
            if gone and united(known, gone) != known:
                unknown[ours.subject] = united(unknown.get(ours.subject, {}), gone)
    if unknown:
        with vault.change(minor=True) as records:
            for public, revoked in unknown.items():
                records.tokens.removed_exports.note(public, revoked)


def _unknown(records: Records, differences: Differences) -> Iterator[UnknownRevocations]:
    for account, token in differences.unlike:
        ours = records.tokens.claims(account.id)
        try:
            theirs = jwt.decode(token)
        except JwtError:
            continue
        if ours is None or theirs.subject != account.public:
            continue
        if users := not_revoked(ours, theirs):
            yield UnknownRevocations(account, tuple(users), theirs)
