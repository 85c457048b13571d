"""Taking in what running servers hold and the vault does not: as an import, and revocations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wallet.connection.deployment.comparison import not_revoked
from wallet.errors import JwtError
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.sources import SourceReader
from wallet.nats import jwt
from wallet.nats.claims.content import revocations
from wallet.nats.jwt import Claims
from wallet.tasks.deployment import Differences
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

SOURCE = "the servers"


@dataclass(frozen=True, slots=True)
class UnknownRevocations:
    """Whom a server's copy of an account revokes, and the vault's does not."""

    account: KeyRecord
    users: tuple[str, ...]
    copy: Claims

    def to_json(self) -> dict[str, object]:
        """As `pull --json` prints it."""
        return {
            "public": self.account.public,
            "path": self.account.path,
            "users": list(self.users),
        }


def read_newer(found: Differences, findings: Findings) -> None:
    """Hand the later JWTs to an import."""
    reader = SourceReader(findings)
    for token in found.newer:
        reader.text(bytearray(token, "ascii", "replace"), SOURCE)


def unknown_revocations(records: Records, found: Differences) -> list[UnknownRevocations]:
    """The revocations that only servers know of, in copies that are not the later ones."""
    return list(_unknown(records, found))


def take_revocations(records: Records, unknown: list[UnknownRevocations]) -> None:
    """Revoke here too whom servers revoke; for the records of one change. Raises `UsageError`."""
    issuing = Issuing(records)
    for one in unknown:
        after = one.copy.issued or 0
        issuing.revoke_as_well(one.account.id, revocations(one.copy.nats), after=after)


def _unknown(records: Records, found: Differences) -> Iterator[UnknownRevocations]:
    for account, token in found.unlike:
        ours = records.tokens.claims(account.id)
        try:
            theirs = jwt.decode(token)
        except JwtError:
            continue
        if ours is None or theirs.subject != account.public:
            continue
        if users := not_revoked(ours, theirs):
            yield UnknownRevocations(account, tuple(users), theirs)
