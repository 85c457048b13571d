"""Tests and pushes as proofs for rotations: that servers refuse what a rotation took out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from wallet.connection.causes.expectation import settle
from wallet.connection.causes.report import Report
from wallet.connection.causes.verdict import Wanted, wish_for
from wallet.nats.claims import content as fields
from wallet.nats.nkeys import Kind
from wallet.tasks.rotation.force import above, account_that_revokes, is_identity, is_out, is_signed
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.rotations import Phase, Rotation
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import is_system_account


def note_tests(records: Records, reports: Iterable[Report]) -> None:
    """Keep what tests say of keys that are out, and close each rotation of which all is proved.

    A proof is a refusal that was wanted, and that is known to be that of this key. Where it is let
    in its rotation is open, also one that was closed.
    """
    reports = list(reports)
    for report in reports:
        leaving = records.by_public(report.public)
        if report.ok and leaving is not None and is_out(records, leaving):
            records.rotations.note_let_in(report.public, report.url)
    for rotation in records.rotations.open():
        if rotation.phase is Phase.BOTH:
            continue
        leaving = records.by_public(rotation.leaving)
        told = [report for report in reports if report.public == rotation.leaving]
        if leaving is None or not told or not is_out(records, leaving):
            continue
        # Where servers go by JWTs, that it was retired too is no reason for them to refuse it.
        retired = leaving.status == "retired" and not is_signed(records, leaving)
        wish = wish_for(revoked=leaving.revoked, expires=leaving.expires, retired=retired)
        for report in told:
            # Judged by why it is out: from another address it might be refused for that alone.
            judged = settle(report, wish, report.proof)
            if wish.wanted is Wanted.REFUSED and judged.proof:
                records.rotations.note_test(rotation.id, report.url, refused=True)
        _close_if_all_is_proved(records, rotation)


def wait_for_push(records: Records) -> bool:
    """Whether what a push sees at servers would prove something."""
    return any(
        key is not None and (key.signing or is_identity(key) or _is_signed_out(records, rotation))
        for rotation in records.rotations.open()
        for key in [_one_of(records, rotation)]
    )


def users_to_try(records: Records) -> set[str]:
    """The revoked users, by public key, that rotations wait to see refused."""
    return {
        rotation.leaving
        for rotation in records.rotations.open()
        if _is_signed_out(records, rotation)
    }


def _is_signed_out(records: Records, rotation: Rotation) -> bool:
    """Whether what a rotation took out is a user whom its account's JWT revokes."""
    both = rotation.phase is Phase.BOTH
    return not both and account_that_revokes(records, rotation) is not None


@dataclass(frozen=True, slots=True)
class Configured:
    """The keys that servers' configurations name, public, by the servers' addresses.

    `operators` are all that any server there trusts, their signing keys too, and `system_accounts`
    the one of all there; None where not all told, or not the same.
    """

    operators: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    system_accounts: Mapping[str, str | None] = field(default_factory=dict)


def is_of_system_account(records: Records, rotation: Rotation) -> bool:
    """Whether the account that stays is the system account of its operator."""
    staying = records.by_public(rotation.staying)
    return staying is not None and is_system_account(records, staying)


SYSTEM_ACCOUNT_NAMED = "every known server names the new system account"
"""Noted in the history with the end of an old system account, where a push has seen that."""


def was_named_by_servers(records: Records, rotation: Rotation) -> bool:
    """Whether servers were seen to have the new system account as theirs before the old one went:
    nothing of that is to be deployed again."""
    return rotation.phase is Phase.OUT and any(
        event.public == rotation.leaving and SYSTEM_ACCOUNT_NAMED in event.detail
        for event in records.history.of_kind(What.ROTATION_OLD_OUT)
    )


def note_push(
    records: Records,
    urls: Mapping[str, Iterable[str]],
    refusals: Collection[tuple[str, str]],
    configured: Configured,
    begun_with: Collection[Rotation],
) -> None:
    """Keep what a push saw: of accounts, the addresses whose servers show their JWTs of now; by
    user and address, who was refused; and what the configurations of these servers name.

    Servers take nothing any more from a signing key that such a JWT names no longer, and let
    nobody into an account that such a JWT shuts; while both keys are in force it says that they
    know the new one. A user that it revokes has to be refused besides, where its seed is here. What
    is no more as the push has `begun_with` it, is not proved by it.
    """
    for rotation in records.rotations.open():
        key = _one_of(records, rotation)
        if key is None or rotation not in begun_with:
            continue
        both = rotation.phase is Phase.BOTH
        if key.kind is Kind.OPERATOR:
            proved = _trusting_as_wanted(rotation, configured.operators)
        elif _is_signed_out(records, rotation):
            holding = urls.get(account.public, ()) if (account := above(records, key)) else ()
            tries = key.public == rotation.leaving and key.has_seed  # one that was deleted cannot
            proved = [url for url in holding if not tries or (key.public, url) in refusals]
        else:
            proved = list(urls.get(_account_to_arrive(records, rotation, key), ()))
            if is_of_system_account(records, rotation):
                accounts = configured.system_accounts
                proved = [url for url in proved if accounts.get(url) == rotation.staying]
        goes_on = key.public == rotation.leaving and not is_out(records, key)
        # What shows the JWT by which the old key is in force again lets it in.
        refused = both or key.kind is Kind.OPERATOR or not goes_on
        for url in proved:
            records.rotations.note_test(rotation.id, url, refused=refused)
        # An account that is shut lives on: that it was removed, a person says.
        if not both and not goes_on and not (key.kind is Kind.ACCOUNT and not key.signing):
            _close_if_all_is_proved(records, rotation)


def close_proved(records: Records) -> None:
    """Close each rotation that waited only for a server that is expected no longer.

    An account that is shut lives on: that it was removed, a person says.
    """
    for rotation in records.rotations.open():
        leaving = records.by_public(rotation.leaving)
        if leaving is None or rotation.phase is Phase.BOTH or not is_out(records, leaving):
            continue
        if leaving.kind is not Kind.ACCOUNT or leaving.signing:
            _close_if_all_is_proved(records, rotation)


def _one_of(records: Records, rotation: Rotation) -> KeyRecord | None:
    """The key that goes; where it was deleted the one that stays."""
    return records.by_public(rotation.leaving) or records.by_public(rotation.staying)


def _account_to_arrive(records: Records, rotation: Rotation, key: KeyRecord) -> str:
    """The account whose JWT servers have to have, by public key; empty for none."""
    if key.kind is not Kind.ACCOUNT:
        return ""
    if key.signing:
        return records.get(key.parent).public if key.parent is not None else ""
    return rotation.staying if rotation.phase is Phase.BOTH else rotation.leaving


def _trusting_as_wanted(
    rotation: Rotation, trusting: Mapping[str, frozenset[str] | None]
) -> list[str]:
    """The addresses whose servers trust the new operator, and once it is out not the old one."""
    both = rotation.phase is Phase.BOTH
    return [
        url
        for url, trusted in trusting.items()
        if trusted is not None
        and rotation.staying in trusted
        and (both or rotation.leaving not in trusted)
    ]


def _close_if_all_is_proved(records: Records, rotation: Rotation) -> None:
    """Close a rotation where servers are proved and the key that stays is here: one that is missing
    from the vault is in use perhaps, and nothing else would tell of that."""
    if records.by_public(rotation.staying) and records.rotations.is_proved(rotation):
        records.rotations.close(rotation.id)
        detail = f"proved at {fields.few(records.rotations.proved(rotation.id))}"
        records.history.note(What.ROTATION_CLOSED, rotation.leaving, detail)
