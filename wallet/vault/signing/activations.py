"""Changes of what accounts share, with the activations and JWTs that they need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wallet.errors import StateRefusesError, UsageError
from wallet.nats import jwt
from wallet.nats.claims.revocations import after_revocations, export_place
from wallet.nats.claims.shared_subjects import EXPORTS, entries
from wallet.nats.nkeys import Kind, decode_public
from wallet.nats.validation.claim_flaws import flaws
from wallet.nats.validation.flaw import Flaw
from wallet.text import an
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.rotations import Phase
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import has_operator, signers
from wallet.when import exactly

if TYPE_CHECKING:
    from wallet.vault.signing.issuance import Issuing

Json = Any


def sharing_account(records: Records, record: KeyRecord) -> KeyRecord:
    """The account that is meant; raises `UsageError` for a key that can share nothing."""
    if record.kind is not Kind.ACCOUNT or record.signing:
        raise UsageError(f"{record.path} is {an(record.role)} key. Accounts export and import.")
    if not record.has_jwt and not has_operator(records, record):
        raise StateRefusesError(
            f"{record.path} has no operator, so it has no JWT that could say what it shares. "
            "Put it under one."
        )
    return record


def sign_shared(
    issuing: Issuing, account: KeyRecord, nats: Mapping[str, Json], *, despite: bool = False
) -> None:
    """Sign what an account says from now on; nothing where it says that already.

    With `despite` servers may refuse the claims for something else, which `told` has then: so
    that what is wrong can be removed. Raises `UsageError` where it is not to be signed.
    """
    if nats == issuing.claims(account.id):
        return
    if despite:
        issuing.signing.say(account, nats, despite=True)
    else:
        issuing.edit(account.id, nats)


def flaws_of(issuing: Issuing, account: KeyRecord) -> list[Flaw]:
    """Everything that is wrong with what an account says, as far as this vault knows."""
    return flaws(Kind.ACCOUNT, issuing.claims(account.id), issuing.signing.about(account))


def make_activation(
    issuing: Issuing,
    exporter: KeyRecord,
    importer: str,
    export: Mapping[str, Json],
    subject: str,
    expires: int | None = None,
) -> str:
    """An activation for the account `importer`, a public key, of a private export's `subject`.

    It is signed by the exporting account, or a signing key of it without a role, and issued
    later than what was taken back; the account's history has a note of it. `expires` is seconds
    since 1970. Raises `UsageError` where no seed is here that could sign.
    """
    able = [one for one in signers(issuing.records, Kind.USER, exporter) if not one.scoped]
    if not able:
        raise StateRefusesError(
            f"The activation cannot be signed here: neither the seed of {exporter.path} nor "
            "that of one of its signing keys without a role is in this wallet and in use. "
            "Let its owner make one, and bring it in (with the import in the app, imports … add "
            "--activation FILE)."
        )
    if expires is not None and expires <= issuing.now:
        raise UsageError("That activation would be expired already. Give it a later end.")
    signer = able[0].record
    with issuing.records.open_seed(decode_public(signer.public)) as seed:
        token = jwt.issue_activation(
            seed,
            decode_public(importer),
            str(export.get("type")),
            subject,
            issued=max(issuing.now, after_revocations(export, importer)),
            expires=expires,
            issuer_account=exporter.public if signer.signing else None,
        )
    known = issuing.records.by_public(importer)
    words = [
        f"{export.get('type')} {subject} for {importer if known is None else known.path}",
        f"signed by {signer.path}",
        *([] if expires is None else [f"ends {exactly(expires)}"]),
    ]
    issuing.records.history.note(What.ACTIVATION_MADE, exporter.public, ", ".join(words))
    return token


def revoke_in_export(
    issuing: Issuing, exporter: KeyRecord, place: int, importer: str, until: int
) -> None:
    """Take back, in the export in this place, the activations that `importer` (or `*`) was
    given up to `until`, seconds since 1970. A revocation that reaches further stays.

    So are those of accounts whose place the importer took: they are in force beside it, or may
    come back. An account that is to take the exporter's place takes them back too.
    """
    revoked = export_place(entries(issuing.claims(exporter.id), EXPORTS)[place])
    whom = dict.fromkeys([importer, *predecessors(issuing.records, importer)], until)
    issuing.revoking.revoke_until(exporter.id, whom, revoked)
    for new in map(issuing.records.by_public, successors(issuing.records, exporter.public)):
        if new is not None:
            issuing.revoking.revoke_until(new.id, whom, revoked)


def successors(records: Records, account: str) -> list[str]:
    """The accounts, by public key, that are to take the place of one, and do not yet."""
    rotations = records.rotations.of_key(account)
    return [one.new for one in rotations if one.old == account and one.phase is Phase.BOTH]


def predecessors(records: Records, account: str) -> list[str]:
    """The accounts, by public key, whose place one took in rotations that were not undone."""
    passed, left = list[str](), [account]
    while left:
        rotations = records.rotations.of_key(new := left.pop())
        for rotation in rotations:
            is_before = rotation.new == new and rotation.phase is not Phase.UNDONE
            if is_before and rotation.old not in passed:
                passed.append(rotation.old)
                left.append(rotation.old)
    return passed
