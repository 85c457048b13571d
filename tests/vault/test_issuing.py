"""JWTs of the keys in a vault: made at once, made again at a change, never by accident."""

from __future__ import annotations

import time

import pytest

from tests.vault.support import box
from wallet.errors import UsageError
from wallet.nats import jwt
from wallet.nats.claims import content as fields
from wallet.nats.claims.signing_keys import scope_of, signing_keys
from wallet.nats.nkeys import Kind, Seed, decode_public, generate_many
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.tree.tree import Tree

NOW = 1_800_000_000


@pytest.fixture
def records() -> Records:
    return Records.empty(box())


def make(
    records: Records, kind: Kind, name: str, under: KeyRecord | None = None, **more: object
) -> KeyRecord:
    with Seed.generate(kind) as seed:
        under_id = None if under is None else under.id
        return Issuing(records, NOW).add(seed, name=name, under=under_id, **more)  # type: ignore[arg-type]


def chain(records: Records) -> tuple[KeyRecord, KeyRecord, KeyRecord]:
    acme = make(records, Kind.OPERATOR, "acme")
    orders = make(records, Kind.ACCOUNT, "orders", acme)
    return acme, orders, make(records, Kind.USER, "billing", orders)


def signing_key(
    records: Records, owner: KeyRecord, scope: dict[str, object] | None = None
) -> KeyRecord:
    with Seed.generate(owner.kind) as seed:
        return Issuing(records, NOW).add_signing_key(owner.id, seed, scope=scope)


def token(records: Records, key: KeyRecord) -> jwt.Claims:
    return jwt.decode(records.tokens.get(key.id) or "")


def test_a_new_key_under_an_operator_has_its_jwt_at_once(records: Records) -> None:
    acme, orders, billing = chain(records)
    assert acme.has_jwt
    assert token(records, acme).issuer.text == acme.public
    assert token(records, orders).issuer.text == acme.public
    user = token(records, billing)
    assert (user.issuer.text, user.name, user.issuer_account) == (orders.public, "billing", None)
    assert {user.nats[limit] for limit in ("subs", "data", "payload")} == {-1}
    assert set(token(records, orders).nats["limits"].values()) == {-1, True}


def test_keys_without_an_operator_have_no_jwt(records: Records) -> None:
    account = make(records, Kind.ACCOUNT, "alone")
    user = make(records, Kind.USER, "billing", account)
    assert not account.has_jwt
    assert not user.has_jwt
    assert not make(records, Kind.SERVER, "n1").has_jwt


def test_a_user_without_an_operator_keeps_what_a_configuration_can_say(records: Records) -> None:
    user = make(records, Kind.USER, "billing")
    may = {"pub": {"allow": ["orders.>"]}}
    assert Issuing(records, NOW).edit(user.id, may) is None
    assert Issuing(records, NOW).claims(user.id) == may
    with pytest.raises(UsageError, match=r"src, expiry"):
        Issuing(records, NOW).edit(user.id, {"src": ["10.0.0.0/8"]}, expires=NOW + 60)
    assert Issuing(records, NOW).claims(user.id) == may


def test_many_users_at_once_have_a_jwt_each(records: Records) -> None:
    _, orders, _ = chain(records)
    made = Issuing(records, NOW).add_many(
        generate_many(Kind.USER, 30), stem="device", under=orders.id, expires=NOW + 60
    )
    assert len(made) == 30
    for user in made:
        claims = token(records, user)
        assert (claims.name, claims.expires) == (user.name, NOW + 60)
        assert user.expires is not None
        assert user.expires.timestamp() == NOW + 60


def test_a_rename_stands_in_the_jwt_too(records: Records) -> None:
    _, orders, billing = chain(records)
    Issuing(records, NOW).rename(orders.id, "sales")
    assert token(records, orders).name == "sales"
    Issuing(records, NOW).rename(billing.id, "invoices")
    assert token(records, billing).name == "invoices"


def test_each_jwt_about_a_key_is_issued_later_than_the_one_before(records: Records) -> None:
    _, orders, _ = chain(records)
    for _ in range(3):
        before = token(records, orders).issued or 0
        Issuing(records, NOW).reissue(orders.id)
        assert (token(records, orders).issued or 0) > before


def test_a_signing_key_stands_in_its_owners_jwt_and_hangs_beneath_it(records: Records) -> None:
    acme, orders, _ = chain(records)
    for owner in (acme, orders):
        key = signing_key(records, owner)
        assert key.signing
        assert key.parent == owner.id
        assert signing_keys(token(records, owner).nats) == [key.public]
        assert not key.has_jwt


def test_a_user_of_a_scoped_signing_key_carries_no_limits(records: Records) -> None:
    _, orders, _ = chain(records)
    key = signing_key(records, orders, {"role": "reader", "template": {"sub": {"allow": ["a.>"]}}})
    scope = scope_of(token(records, orders).nats, key.public)
    assert scope is not None
    assert scope["template"]["subs"] == -1
    reader = make(records, Kind.USER, "reader", orders, signer=key.public)
    claims = token(records, reader)
    assert (claims.issuer.text, claims.issuer_account) == (key.public, orders.public)
    assert not [name for name in fields.SCOPED_FIELDS if claims.nats.get(name)]


def test_no_other_seed_comes_into_an_account_s_scopes_where_one_stood_before(
    records: Records,
) -> None:
    _, orders, _ = chain(records)
    texts = []
    for _ in range(2):
        with Seed.generate(Kind.USER) as seed:
            texts.append(seed.encode().decode())
    key = signing_key(records, orders, {"role": texts[0]})  # as an imported JWT may have it
    before = token(records, orders)
    with pytest.raises(UsageError, match="There is a seed in it"):
        Issuing(records, NOW).set_scope(key.id, {"role": texts[1]})
    assert token(records, orders) == before
    Issuing(records, NOW).set_scope(key.id, {"role": texts[0], "template": {"subs": 5}})
    scope = scope_of(token(records, orders).nats, key.public)
    assert scope is not None
    assert scope["template"]["subs"] == 5


def test_a_signing_key_that_becomes_scoped_or_plain_takes_its_users_along(records: Records) -> None:
    _, orders, _ = chain(records)
    key = signing_key(records, orders)
    user = make(records, Kind.USER, "reader", orders, signer=key.public)
    assert token(records, user).nats["subs"] == -1
    Issuing(records, NOW).set_scope(key.id, {"role": "reader"})
    assert "subs" not in token(records, user).nats
    Issuing(records, NOW).set_scope(key.id, None)
    assert token(records, user).nats["subs"] == -1


def test_what_a_deleted_signing_key_signed_is_signed_anew(records: Records) -> None:
    _, orders, _ = chain(records)
    key = signing_key(records, orders)
    user = make(records, Kind.USER, "reader", orders, signer=key.public)
    Issuing(records, NOW).delete(key.id)
    assert signing_keys(token(records, orders).nats) == []
    assert token(records, user).issuer.text == orders.public


def test_a_user_of_a_role_that_cannot_sign_is_not_signed_without_limits(records: Records) -> None:
    _, orders, _ = chain(records)
    scope: dict[str, object] = {"role": "reader", "template": {"pub": {"deny": [">"]}}}
    for way in ("seed elsewhere", "retired", "deleted"):
        key = signing_key(records, orders, scope)
        user = make(records, Kind.USER, way, orders, signer=key.public)
        before = records.tokens.get(user.id)
        issuing = Issuing(records, NOW)
        if way == "seed elsewhere":
            records.forget_seeds([key.public])
        elif way == "retired":
            records.set_status(key.id, "retired")
        else:
            issuing.delete(key.id)
        issuing.rename(user.id, f"{way}, renamed")
        assert "limits from the role" in issuing.left[records.get(user.id).path]
        assert records.tokens.get(user.id) == before
        # Limits of its own are another matter: somebody says what they are.
        issuing.edit(user.id, {**fields.starting(Kind.USER), "pub": {"deny": [">"]}})
        assert token(records, user).nats["pub"] == {"deny": [">"]}


def test_strict_signing_is_refused_to_an_operator_without_a_signing_key(records: Records) -> None:
    acme, _, _ = chain(records)
    with pytest.raises(UsageError, match="no signing key"):
        Issuing(records, NOW).edit(acme.id, {"strict_signing_key_usage": True})


def test_strict_signing_gives_every_account_a_signing_key(records: Records) -> None:
    acme, orders, billing = chain(records)
    system = make(records, Kind.ACCOUNT, "SYS", acme)
    operator_key = signing_key(records, acme)
    nats = Issuing(records, NOW).claims(acme.id)
    Issuing(records, NOW).edit(acme.id, {**nats, "strict_signing_key_usage": True})
    late = make(records, Kind.ACCOUNT, "late", acme)
    for account in (orders, system, late):
        assert token(records, account).issuer.text == operator_key.public
        (key,) = records.signing_keys(account.id)
        assert signing_keys(token(records, account).nats) == [key.public]
    (orders_key,) = records.signing_keys(orders.id)
    assert token(records, billing).issuer.text == orders_key.public
    user = make(records, Kind.USER, "new", late)
    assert token(records, user).issuer.text == records.signing_keys(late.id)[0].public


def test_strict_signing_leaves_an_account_the_signing_keys_that_it_has(records: Records) -> None:
    acme, orders, billing = chain(records)
    other = make(records, Kind.ACCOUNT, "other", acme)
    signing_key(records, acme)
    plain = signing_key(records, orders)
    scoped = signing_key(records, other, {"role": "reader"})
    nats = Issuing(records, NOW).claims(acme.id)
    Issuing(records, NOW).edit(acme.id, {**nats, "strict_signing_key_usage": True})
    assert [key.public for key in records.signing_keys(orders.id)] == [plain.public]
    assert token(records, billing).issuer.text == plain.public
    # One that gives its users their limits cannot sign the others.
    (added,) = (key for key in records.signing_keys(other.id) if key.public != scoped.public)
    assert scope_of(token(records, other).nats, added.public) is None
    user = make(records, Kind.USER, "new", other)
    assert token(records, user).issuer.text == added.public


def test_a_revoked_user_is_marked_and_not_let_in_again_by_accident(records: Records) -> None:
    _, orders, billing = chain(records)
    Issuing(records, NOW).revoking.revoke(billing.id)
    assert records.get(billing.id).revoked
    assert Tree(records).rows(0, 9)[2].key == records.get(billing.id)
    before = records.tokens.get(billing.id)
    with pytest.raises(UsageError, match="let it in again"):
        Issuing(records, NOW + 9).edit(billing.id, {})
    issuing = Issuing(records, NOW + 9)
    issuing.rename(billing.id, "invoices")
    assert list(issuing.left) == ["acme/orders/invoices"]
    Issuing(records, NOW + 9).reissue(orders.id)
    assert records.tokens.get(billing.id) == before
    assert records.get(billing.id).revoked


def test_a_jwt_issued_in_the_same_second_is_revoked_all_the_same(records: Records) -> None:
    _, orders, billing = chain(records)
    for _ in range(5):
        Issuing(records, NOW).reissue(billing.id)
    Issuing(records, NOW).revoking.revoke(billing.id)
    revoked = token(records, orders).nats["revocations"][billing.public]
    assert revoked >= (token(records, billing).issued or 0) > NOW


def test_a_user_allowed_again_has_a_jwt_issued_after_the_revocation(records: Records) -> None:
    _, orders, billing = chain(records)
    issuing = Issuing(records, NOW)
    issuing.revoking.revoke(billing.id)
    nats = issuing.claims(orders.id)
    issuing.edit(orders.id, {**nats, "revocations": {**nats["revocations"], "*": NOW + 50}})
    issuing.revoking.allow_again(billing.id)
    assert not records.get(billing.id).revoked
    assert (token(records, billing).issued or 0) > NOW + 50
    assert token(records, orders).nats["revocations"][billing.public] >= NOW


def test_a_deleted_user_is_revoked_for_whoever_has_a_copy_of_its_jwt(records: Records) -> None:
    _, orders, billing = chain(records)
    Issuing(records, NOW).delete(billing.id)
    assert list(token(records, orders).nats["revocations"]) == [billing.public]


def test_the_system_account_stands_in_the_operators_jwt_until_it_goes(records: Records) -> None:
    acme, orders, _ = chain(records)
    Issuing(records, NOW).set_system_account(orders.id)
    assert token(records, acme).nats["system_account"] == orders.public
    Issuing(records, NOW).delete(orders.id)
    assert "system_account" not in token(records, acme).nats


def test_a_moved_user_has_a_jwt_of_its_new_account(records: Records) -> None:
    acme, _, billing = chain(records)
    other = make(records, Kind.ACCOUNT, "other", acme)
    Issuing(records, NOW).move(billing.id, other.id)
    assert token(records, billing).issuer.text == other.public


def test_a_moved_user_is_revoked_in_the_account_it_leaves(records: Records) -> None:
    acme, orders, billing = chain(records)
    other = make(records, Kind.ACCOUNT, "other", acme)
    issuing = Issuing(records, NOW)
    issuing.move(billing.id, other.id)
    assert list(token(records, orders).nats["revocations"]) == [billing.public]
    assert "acme/orders" in issuing.told["acme/other/billing"]
    assert not records.get(billing.id).revoked
    Issuing(records, NOW).move(billing.id, orders.id)
    assert not records.get(billing.id).revoked
    assert list(token(records, other).nats["revocations"]) == [billing.public]


@pytest.mark.parametrize("to", ["other", None])
def test_a_revoked_user_does_not_come_in_again_by_a_move(records: Records, to: str | None) -> None:
    acme, orders, billing = chain(records)
    other = make(records, Kind.ACCOUNT, "other", acme)
    Issuing(records, NOW).revoking.revoke(billing.id)
    before = token(records, billing).token
    with pytest.raises(UsageError, match="revoked"):
        Issuing(records, NOW).move(billing.id, other.id if to else None)
    assert records.get(billing.id).parent == orders.id
    assert token(records, billing).token == before


def test_a_user_that_leaves_its_account_to_stand_alone_may_come_back(records: Records) -> None:
    _, orders, billing = chain(records)
    Issuing(records, NOW).move(billing.id, None)
    assert not records.get(billing.id).revoked
    Issuing(records, NOW + 5).move(billing.id, orders.id)
    assert not records.get(billing.id).revoked


def test_an_account_that_revokes_somebody_does_not_lose_that_by_a_move(records: Records) -> None:
    acme, orders, billing = chain(records)
    Issuing(records, NOW).revoking.revoke(billing.id)
    with pytest.raises(UsageError, match="revokes"):
        Issuing(records, NOW).move(orders.id, None)
    assert records.get(orders.id).parent == acme.id
    assert records.get(billing.id).revoked


def test_an_account_that_leaves_its_operator_keeps_its_users_permissions(records: Records) -> None:
    _, orders, billing = chain(records)
    issuing = Issuing(records, NOW)
    may = {"pub": {"allow": ["orders.>"]}}
    issuing.edit(billing.id, {**issuing.claims(billing.id), **may})
    issuing.move(orders.id, None)
    assert not records.get(orders.id).has_jwt
    assert not records.get(billing.id).has_jwt
    assert issuing.claims(billing.id) == may
    operator = make(records, Kind.OPERATOR, "beta")
    issuing.move(orders.id, operator.id)
    assert token(records, orders).issuer.text == operator.public
    assert token(records, billing).nats["pub"] == may["pub"]


def test_an_operator_whose_seed_arrives_later_signs_what_waits_for_it(records: Records) -> None:
    with Seed.generate(Kind.OPERATOR) as seed:
        acme = records.add_public(seed.public, name="acme")
        issuing = Issuing(records, NOW)
        with Seed.generate(Kind.ACCOUNT) as account_seed:
            orders = issuing.add(account_seed, name="orders", under=acme.id)
        assert not orders.has_jwt
        assert "acme/orders" in issuing.left
        Issuing(records, NOW).add(seed)
    assert records.get(acme.id).has_jwt
    assert token(records, orders).issuer.text == acme.public


def test_fields_of_later_versions_survive_a_change(records: Records) -> None:
    _, _, billing = chain(records)
    issuing = Issuing(records, NOW)
    issuing.edit(billing.id, {**issuing.claims(billing.id), "from_the_future": {"a": [1]}})
    issuing.rename(billing.id, "invoices")
    assert token(records, billing).nats["from_the_future"] == {"a": [1]}


def test_a_limit_left_out_of_a_users_claims_is_put_in_as_unlimited(records: Records) -> None:
    _, _, billing = chain(records)
    Issuing(records, NOW).edit(billing.id, {"pub": {"allow": ["a"]}})
    assert token(records, billing).nats["subs"] == -1


def test_a_jwt_is_kept_only_for_the_key_it_is_about(records: Records) -> None:
    _, orders, billing = chain(records)
    other = make(records, Kind.USER, "other", orders)
    with pytest.raises(UsageError, match="is about"):
        records.tokens.set(billing.id, records.tokens.get(other.id))


def test_what_expires_soon_or_was_revoked_is_found_by_the_filter(records: Records) -> None:

    now = int(time.time())
    _, orders, billing = chain(records)
    gone = make(records, Kind.USER, "gone", orders, expires=now - 5)
    soon = make(records, Kind.USER, "soon", orders, expires=now + 24 * 3600)
    make(records, Kind.USER, "later", orders, expires=now + 90 * 24 * 3600)
    key = signing_key(records, orders)
    alone = make(records, Kind.USER, "alone")
    Issuing(records).revoking.revoke(billing.id)
    tree = Tree(records)

    def found(text: str) -> list[str]:
        tree.filter(text)
        rows = tree.rows(0, 50)
        inner = [row.key for row in rows if row.key and not row.foldable]
        assert tree.matches_known == len(inner)
        return [record.name for record in inner]

    assert found("expired:") == [gone.name]
    assert found("expiring:") == [soon.name]
    assert found("revoked:") == [billing.name]
    assert found("signing:") == [key.name]
    assert found("no:jwt kind:user") == [alone.name]
    assert found("expired: revoked:") == []
    assert found("expired: gone") == [gone.name]


def test_a_key_that_cannot_sign_says_so(records: Records) -> None:
    _, orders, _ = chain(records)
    stranger = decode_public(make(records, Kind.ACCOUNT, "stranger").public)
    with pytest.raises(UsageError, match="cannot sign this user"):
        make(records, Kind.USER, "x", orders, signer=stranger.text)
