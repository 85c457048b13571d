"""A configuration with an operator is rehearsed: users by their JWTs, accounts as it has them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.operators import Acme
from tests.server.rehearsing import temporary, told, write
from tests.vault.support import make
from wallet.connection.causes.report import Cause, Verdict
from wallet.connection.rehearsal.rehearsal_report import Rehearsal
from wallet.errors import ConfigurationError
from wallet.exchange.configurations import whole
from wallet.nats import jwt
from wallet.nats.config.names import names_of
from wallet.nats.jwt_layout import unlimited_user
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.connection.rehearsal import rehearse
from wallet.vault.vault import Vault

__all__ = ["temporary"]  # a fixture

BILLING = "acme/orders/billing"
HOUR = 3600


@pytest.fixture
def acme() -> Iterator[Acme]:
    made = Acme()
    yield made
    made.wipe()


@pytest.fixture
def vault(acme: Acme, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """A vault with acme, its account orders and the user billing, each with its JWT."""
    path = tmp_path_factory.mktemp("vault") / "vault.nkw"
    with make(path) as made:
        with made.change() as records:
            operator = records.add(copy(acme.operator), name="acme")
            records.tokens.set(operator.id, acme.operator_jwt())
            account = records.add(copy(acme.account), name="orders", under=operator.id)
            records.tokens.set(account.id, acme.account_jwt())
            user = records.add(copy(acme.user), name="billing", under=account.id)
            records.tokens.set(user.id, acme.user_jwt())
        yield made


def copy(seed: Seed) -> Seed:
    return Seed.from_raw(seed.kind, seed.raw)


def hold(vault: Vault, path: str, token: str) -> None:
    with vault.change() as records:
        records.tokens.set(records.find(path).id, token)


def only_cause(found: Rehearsal, path: str = BILLING) -> Cause:
    """The cause of the one row there is, which is no success."""
    (row,) = found.rows
    assert row.path == path
    assert row.verdict is Verdict.REFUSED
    assert row.cause
    assert not found.ok
    return row.cause


def certain(found: Rehearsal, code: str) -> str:
    cause = only_cause(found)
    assert (cause.code, cause.certain) == (code, True)
    assert "127.0.0.1" not in cause.why or code == "jwt-source"
    return cause.why


# --- what is right ----------------------------------------------------------------------


@pytest.mark.usefixtures("program")
async def test_users_are_let_in_by_their_jwts_and_their_accounts_are_named(
    vault: Vault, acme: Acme
) -> None:
    with vault.change() as records, Seed.generate(Kind.USER) as elsewhere:
        account = records.find("acme/orders")
        half = records.add_public(elsewhere.public, name="half", under=account.id)
        with Seed.generate(Kind.USER) as seed:
            records.add(seed, name="stranger")
    found = await rehearse(acme.configuration(acme.account_jwt()), vault)
    assert told(found) == [(BILLING, "accepted", acme.account.public.text, "")]
    assert found.ok
    assert [(row.account_name, row.listed) for row in found.rows] == [("orders", True)]
    assert found.not_held == (half.public,)
    assert found.unknown.verdict is Verdict.REFUSED
    assert (found.flaws, found.instead, found.left_out) == ((), "", ())


@pytest.mark.parametrize("longest", ["", "max_control_line: 65536"])
async def test_a_long_jwt_is_let_in_where_the_server_takes_such_lines(
    vault: Vault, acme: Acme, longest: str
) -> None:
    subjects = [f"a.subject.of.many.{number}" for number in range(200)]
    hold(vault, BILLING, acme.user_jwt(pub={"allow": subjects}))
    found = await rehearse(f"{longest}\n{acme.configuration(acme.account_jwt())}", vault)
    assert found.ok is bool(longest)


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        (setting, name)
        for setting in ("operator", "trusted_keys", "resolver", "system_account")
        for name in names_of(setting)
    ],
)
async def test_a_user_is_let_in_by_whichever_name_a_setting_stands(
    vault: Vault, acme: Acme, setting: str, name: str
) -> None:
    text = acme.configuration(acme.account_jwt())
    if setting == "trusted_keys":
        text = re.sub("operator: .*", f"{name}: [ {acme.operator.public} ]", text)
    else:
        text = re.sub(f"^{setting}:", f"{name}:", text, flags=re.MULTILINE)
    assert re.search(f"^{name}: ", text, re.MULTILINE)
    found = await rehearse(text, vault)
    assert told(found) == [(BILLING, "accepted", acme.account.public.text, "")]


@pytest.mark.usefixtures("program")
async def test_what_the_wallet_makes_for_its_operator_lets_its_users_in(vault: Vault) -> None:
    with vault.change() as records:
        operator = records.find("acme").id
        with Seed.generate(Kind.OPERATOR) as seed:
            other = records.add(seed, name="other")
        assert other.id != operator
        claims = records.tokens.claims(operator)
        assert claims
        system = {key: value for key, value in claims.nats.items() if key != "system_account"}
        with records.open_seed(claims.issuer) as seed:
            token = jwt.issue(seed, seed.public, system, issued=int(time.time()), name="acme")
        records.tokens.set(operator, token)
    text = whole(vault.records, vault.records.find(BILLING))
    assert "resolver_preload" in text
    found = await rehearse(text, vault)
    assert [(row.path, row.verdict.value) for row in found.rows] == [(BILLING, "accepted")]


async def test_limits_of_jetstream_do_not_shut_out_where_none_runs(
    vault: Vault, acme: Acme
) -> None:
    limits = {"mem_storage": -1, "disk_storage": 1 << 30, "streams": 5, "consumer": 5}
    found = await rehearse(acme.configuration(acme.account_jwt(limits=limits)), vault)
    assert found.ok


# --- what is wrong with the accounts ----------------------------------------------------


@pytest.mark.usefixtures("program")
async def test_an_account_that_is_missing_is_named_with_the_line_that_mends_it(
    vault: Vault, acme: Acme, tmp_path: Path
) -> None:
    path = write(tmp_path, acme.configuration())
    found = await rehearse(path, vault)
    assert f"{path} has no JWT of the account “orders” ({acme.account.public})" in certain(
        found, "jwt-account-unknown"
    )
    assert found.rows[0].listed is False
    line = only_cause(found).fix.splitlines()[1]
    begins = "resolver_preload: {\n"
    path.write_text(path.read_text().replace(begins, f"{begins}{line}\n"))
    assert (await rehearse(path, vault)).ok


@pytest.mark.usefixtures("program")
async def test_an_older_jwt_of_the_account_without_the_signing_key_is_found_by_its_line(
    vault: Vault, acme: Acme, tmp_path: Path
) -> None:
    hold(vault, "acme/orders", acme.account_jwt(signing_keys=[acme.signer.public.text]))
    hold(vault, BILLING, acme.user_jwt(by=acme.signer))
    path = write(tmp_path, f"# first\n{acme.configuration(acme.account_jwt(issued=acme.now - 60))}")
    found = await rehearse(path, vault)
    why = certain(found, "jwt-issuer")
    assert acme.signer.public.text in why
    assert "does not list that key among its signing keys" in why
    newer = write(tmp_path, acme.configuration(vault.records.tokens.get(orders(vault)) or ""))
    assert (await rehearse(newer, vault)).ok


def orders(vault: Vault) -> int:
    return vault.records.find("acme/orders").id


async def test_an_account_that_expired_is_told_of_the_user_and_of_the_configuration(
    vault: Vault, acme: Acme, tmp_path: Path
) -> None:
    old = acme.account_jwt(times={"expires": acme.now - HOUR})
    path = write(tmp_path, acme.configuration(old))
    found = await rehearse(path, vault)
    line = next(
        number
        for number, text in enumerate(path.read_text().splitlines(), 1)
        if text.strip().startswith(acme.account.public.text)
    )
    assert f"({path} line {line})" in certain(found, "account-expired")
    (flaw,) = found.flaws
    assert (flaw.code, flaw.file, flaw.line) == ("account-expired", str(path), line)
    assert not flaw.fatal


async def test_an_account_behind_the_key_of_another_is_found(
    vault: Vault, acme: Acme, tmp_path: Path
) -> None:
    with Seed.generate(Kind.ACCOUNT) as other:
        right = acme.configuration(acme.account_jwt())
        wrong = right.replace(f"  {acme.account.public}:", f"  {other.public}:")
        found = await rehearse(write(tmp_path, wrong), vault)
        assert "has no JWT of the account" in certain(found, "jwt-account-unknown")
        (flaw,) = found.flaws
        assert flaw.code == "jwt-account-unknown"
        assert f"Behind the key {other.public} stands the JWT of the account “orders”" in flaw.why
        swapped = wrong.replace(acme.account_jwt(), acme.account_jwt(of=other))
        more = f"resolver_preload: {{\n{acme.account.public}: {acme.account_jwt(of=other)}"
        both = swapped.replace("resolver_preload: {", more)
        found = await rehearse(write(tmp_path, both), vault)
        assert "Behind the key" in certain(found, "jwt-account-unknown")


@pytest.mark.usefixtures("program")
async def test_a_configuration_of_another_operator_is_told_by_both_keys(
    vault: Vault, acme: Acme, tmp_path: Path
) -> None:
    other = Acme()
    text = other.configuration(acme.account_jwt())
    found = await rehearse(write(tmp_path, text), vault)
    why = certain(found, "jwt-issuer")
    assert acme.operator.public.text in why
    assert other.operator.public.text in why
    assert [flaw.code for flaw in found.flaws] == ["jwt-issuer"]


async def test_an_account_that_takes_no_connection_is_full(vault: Vault, acme: Acme) -> None:
    text = acme.configuration(acme.account_jwt(limits={"conn": 0}))
    found = await rehearse(text, vault)
    assert [(row.verdict, row.cause and row.cause.code) for row in found.rows] == [
        (Verdict.REFUSED, "account-full")
    ]
    assert "account-full" in [flaw.code for flaw in found.flaws]


async def test_an_account_that_asks_a_service_of_its_own_is_told_from_a_wrong_one(
    vault: Vault, acme: Acme
) -> None:
    with Seed.generate(Kind.USER) as asked:
        token = acme.account_jwt(authorization={"auth_users": [asked.public.text]})
        found = await rehearse(acme.configuration(token), vault)
    assert "service of its own" in certain(found, "auth-callout")


async def test_pinned_accounts_leave_the_others_out_as_the_servers_log_says(
    vault: Vault, acme: Acme
) -> None:
    text = acme.configuration(acme.account_jwt())
    text += f"resolver_pinned_accounts: [{acme.system.public}]\n"
    found = await rehearse(text, vault)
    assert "not listed as operator pinned account" in certain(found, "jwt-refused")


# --- what is wrong with the users -------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "times", "nats"),
    [
        ("jwt-expired", {"expires": -HOUR}, {}),
        ("jwt-not-yet", {"not_before": HOUR}, {}),
        ("jwt-source", {}, {"src": ["10.0.0.0/8"]}),
        ("jwt-connection-type", {}, {"allowed_connection_types": ["MQTT"]}),
        ("jwt-claims", {}, {"pub": {"allow": ["a..b"]}}),
    ],
)
async def test_what_is_wrong_with_a_users_jwt_is_certain(
    vault: Vault, acme: Acme, code: str, times: dict[str, int], nats: dict[str, Any]
) -> None:
    moments = {name: acme.now + seconds for name, seconds in times.items()}
    hold(vault, BILLING, acme.user_jwt(times=moments, **nats))
    found = await rehearse(acme.configuration(acme.account_jwt()), vault)
    why = certain(found, code)
    if code == "jwt-source":
        assert "comes from this machine" in why
        assert "/32" not in only_cause(found).fix


async def test_a_user_that_the_configurations_account_revokes_is_refused_by_its_date(
    vault: Vault, acme: Acme
) -> None:
    revoking = acme.account_jwt(revocations={acme.user.public.text: acme.now})
    why = certain(await rehearse(acme.configuration(revoking), vault), "jwt-revoked")
    assert acme.user.public.text in why


async def test_a_key_without_a_jwt_is_told_so(vault: Vault, acme: Acme) -> None:
    with vault.change() as records, Seed.generate(Kind.USER) as seed:
        alone = records.add(seed, name="alone")
    found = await rehearse(acme.configuration(acme.account_jwt()), vault, [alone])
    cause = only_cause(found, "alone")
    assert (cause.code, cause.certain) == ("jwt-missing", True)
    assert "trusts the operator “acme”" in cause.why


async def test_a_key_of_the_wrong_kind_is_told_so(vault: Vault, acme: Acme) -> None:
    account = vault.records.find("acme/orders")
    found = await rehearse(acme.configuration(acme.account_jwt()), vault, [account])
    assert only_cause(found, "acme/orders").code == "key-wrong-kind"


async def test_where_who_shows_nothing_is_let_in_the_unknown_key_shows_it(
    vault: Vault, acme: Acme
) -> None:
    with Seed.generate(Kind.USER) as guest:
        nats = {**unlimited_user(), "bearer_token": True}
        sentinel = jwt.issue(acme.account, guest.public, nats, issued=acme.now, name="guest")
    text = acme.configuration(acme.account_jwt()) + f"default_sentinel: {sentinel}\n"
    found = await rehearse(text, vault)
    assert told(found) == [(BILLING, "accepted", acme.account.public.text, "")]
    assert found.unknown.verdict is not Verdict.REFUSED


# --- what nats-server itself refuses ----------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ACCOUNT", "USER", r"line {account}: .*invalid account JWT"),
        ("OPERATOR", "ACCOUNT", "line 1: .*not operator claim"),
        ("MEMORY", "{ type: full }", "line 3: .*no “dir”"),
        ("MEMORY", "{ type: full, dir: 5 }", "line 3: “dir”"),
        ("MEMORY", "{ type: fast, dir: x }", "line 3: .*resolver"),
        ("MEMORY", "URL(http://127.0.0.1:1/x)", "takes no resolver_preload"),
        ("MEMORY", "MEMORY\naccount_resolver: MEM", "line 4: there are two resolvers"),
        ("MEMORY", "MEMORY\nauthorization { users [ { nkey: PUBLIC } ] }", "do not allow users"),
        ("MEMORY", "MEMORY\naccounts { A {} }", "do not allow Accounts"),
        ("resolver: MEMORY", "", "line 1: .*needs a resolver"),
        ("  SYSTEM:", "  # ", "account missing"),
    ],
)
async def test_what_the_server_refuses_is_told_with_its_line(
    vault: Vault, acme: Acme, tmp_path: Path, old: str, new: str, said: str
) -> None:
    words = {
        "ACCOUNT": acme.account_jwt(),
        "OPERATOR": acme.operator_jwt(),
        "USER": acme.user_jwt(),
        "PUBLIC": acme.user.public.text,
        "SYSTEM": acme.system.public.text,
    }
    # All at once: a JWT that was put in may hold one of the words by chance.
    old, new = (re.sub("|".join(words), lambda m: words[m[0]], text) for text in (old, new))
    right = acme.configuration(words["ACCOUNT"])
    assert old in right
    account = next(n for n, line in enumerate(right.splitlines(), 1) if words["ACCOUNT"] in line)
    with pytest.raises(ConfigurationError, match=said.format(account=account)):
        await rehearse(write(tmp_path, right.replace(old, new)), vault)
