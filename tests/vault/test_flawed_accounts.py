"""Accounts whose JWT came with a flaw from elsewhere: one revokes in them, and mends when asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests import flawed
from tests.jwts import signed
from tests.test_validation import LEFT_TO_A_PERSON
from tests.vault.support import box
from wallet.errors import UsageError
from wallet.nats import jwt
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.nats.validation.claim_flaws import refused
from wallet.nats.validation.flaw import About
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

NOW = 1_800_000_000
NAMES = sorted({*flawed.ACCOUNTS} - {"tags that are numbers"})  # that one is not even read


@pytest.fixture
def records() -> Records:
    made = Records.empty(box())
    issuing = Issuing(made, NOW)
    above: int | None = None
    for kind, name in ((Kind.OPERATOR, "hill"), (Kind.ACCOUNT, "barn"), (Kind.USER, "milk")):
        with Seed.generate(kind) as seed:
            above = issuing.add(seed, name=name, under=above).id
    return made


def given(records: Records, claims: dict[str, Any]) -> tuple[KeyRecord, KeyRecord]:
    """The account with a JWT of these claims, as another program signed it, and its user."""
    account, user = records.find("hill/barn"), records.find("hill/barn/milk")
    with records.open_seed(decode_public(records.find("hill").public)) as seed:
        nats = {**claims, "type": "account", "version": 2}
        said = {"sub": account.public, "iat": NOW - 50, "name": "barn", "nats": nats}
        records.tokens.set(account.id, signed(seed, said))
    return records.get(account.id), user


@pytest.mark.parametrize("name", NAMES)
def test_to_revoke_is_not_hindered_by_an_old_flaw_and_it_is_told(
    records: Records, name: str
) -> None:
    account, user = given(records, flawed.claims(name))
    before = records.tokens.claims(account.id)
    assert before
    issuing = Issuing(records, NOW)
    flaws = issuing.revoking.flaws_of_account(account.id)
    assert flaws
    assert issuing.revoking.revoke(user.id) == []
    after = jwt.decode(records.tokens.get(account.id) or "")
    assert after.nats["revocations"][user.public] == NOW
    assert "Every server refuses" in issuing.told["hill/barn"]
    assert name != "a revocation in words" or after.nats["revocations"]["*"] == NOW
    # Nothing was put right behind anybody's back, but what is empty and so not written.
    wrong = refused(Kind.ACCOUNT, after.nats, About(account.public, NOW))
    assert wrong or "revocation" in name or not before.nats.get(str(flaws[0].path[0]))


@pytest.mark.parametrize("name", NAMES)
def test_both_are_mended_in_one_change(records: Records, name: str) -> None:
    account, user = given(records, flawed.claims(name))
    issuing = Issuing(records, NOW)
    done = issuing.revoking.revoke(user.id, mend=True)
    after = jwt.decode(records.tokens.get(account.id) or "")
    assert after.nats["revocations"][user.public] == NOW
    wrong = refused(Kind.ACCOUNT, after.nats, About(account.public, NOW))
    assert wrong == [] or issuing.told["hill/barn"]
    assert bool(done) is (name not in LEFT_TO_A_PERSON)
    assert not (done and wrong)


def test_a_user_that_is_deleted_is_revoked_despite_a_flaw(records: Records) -> None:
    account, user = given(records, flawed.claims("an export twice"))
    issuing = Issuing(records, NOW)
    issuing.delete(user.id)
    claims = records.tokens.claims(account.id)
    assert claims
    assert user.public in claims.nats["revocations"]
    assert "exports[1]" in issuing.told["hill/barn"]


def test_anything_else_about_the_account_waits_until_the_flaw_is_mended(records: Records) -> None:
    account, _ = given(records, flawed.claims("exports that are a text"))
    issuing = Issuing(records, NOW)
    with pytest.raises(UsageError, match="exports: 'all' is not a list"):
        issuing.reissue(account.id)
    with pytest.raises(UsageError, match="exports: 'all' is not a list"):
        issuing.edit(account.id, {"limits": {}, "exports": "all"})


def test_an_account_that_imports_what_it_may_not_is_told_at_signing(records: Records) -> None:
    with Seed.generate(Kind.ACCOUNT) as seed:
        field = Issuing(records, NOW).add(seed, name="field", under=records.find("hill").id)
    barn = records.find("hill/barn")
    issuing = Issuing(records, NOW)
    one = {"subject": "hay.>", "account": field.public, "type": "stream"}
    issuing.edit(barn.id, {**issuing.claims(barn.id), "imports": [one]})
    assert "exports no stream hay.>" in issuing.told["hill/barn"]
