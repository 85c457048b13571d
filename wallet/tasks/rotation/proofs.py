"""Tests and pushes as proofs for rotations: that servers refuse what a rotation took out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from wallet.connection.causes.expectation import settle
from wallet.connection.causes.report import Report
from wallet.connection.causes.verdict import Wanted, wish_for
from wallet.nats.claims import content as fields
from wallet.nats.nkeys import Kind
from wallet.tasks.rotation.force import is_out, is_signed
from wallet.vault.db.history import What
from wallet.vault.db.rotations import Phase, Rotation
from wallet.vault.records import Records


def note_tests(records: Records, reports: Iterable[Report]) -> None:
    """Keep what tests say of keys that are out, and close each rotation of which all is proved.

    A proof is a refusal that was wanted, and that is known to be that of this key.
    """
    reports = list(reports)
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
            if wish.wanted is Wanted.REFUSED and judged.as_wanted is True:
                records.rotations.note_test(rotation.id, report.url, refused=True)
            elif report.ok:
                records.rotations.note_test(rotation.id, report.url, refused=False)
        _close_if_all_is_proved(records, rotation)


def of_accounts(records: Records) -> set[str]:
    """The accounts whose arrival at servers would prove something, by public key."""
    keys = (records.by_public(rotation.leaving) for rotation in records.rotations.open())
    return {
        records.get(key.parent).public
        for key in keys
        if key is not None and key.parent is not None and key.signing and key.kind is Kind.ACCOUNT
    }


def note_push(records: Records, urls: Mapping[str, Iterable[str]], begun: datetime) -> None:
    """Keep that servers at these addresses show accounts' JWTs of now, by account.

    They take nothing any more from a signing key that such a JWT names no longer; while both
    keys are in force it says that they know the new one. What changed after the push had `begun`
    is not proved by it.
    """
    for rotation in records.rotations.open():
        key = records.by_public(rotation.leaving)
        if key is None or key.parent is None or not key.signing or rotation.changed > begun:
            continue
        for url in urls.get(records.get(key.parent).public, ()):
            records.rotations.note_test(rotation.id, url, refused=True)
        if rotation.phase is not Phase.BOTH and is_out(records, key):
            _close_if_all_is_proved(records, rotation)


def _close_if_all_is_proved(records: Records, rotation: Rotation) -> None:
    proved = records.rotations.proved(rotation.id)
    if proved and not set(records.rotations.servers(rotation)) - set(proved):
        records.rotations.close(rotation.id)
        detail = f"proved at {fields.few(proved)}"
        records.history.note(What.ROTATION_CLOSED, rotation.leaving, detail)
