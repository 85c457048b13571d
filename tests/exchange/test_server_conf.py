"""Keys that a nats-server's configuration names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.made import Chain
from tests.exchange.support import import_all, new_vault, plan_of
from wallet.exchange.plan.import_plan import Choice, Choices
from wallet.nats.config.names import every_setting
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return new_vault(tmp_path)


def user() -> str:
    with Seed.generate(Kind.USER) as seed:
        return seed.public.text


A, B, C = user(), user(), user()
NKEYS = f"""
port: 4222
authorization {{
  default_permissions {{ subscribe: "public.>" }}
  USERS: [
    {{ nkey: {A}, permissions {{
        publish {{ allow: ["a.>", "b"], deny: "a.x" }}
        subscribe: "c"
        allow_responses {{ max: 5, expires: "1m30s" }}
    }} }}
    {{ NKEY: {B}, allowed_connection_types: [standard, websocket] }}
    {{ user: joe, password: secret }}
  ]
}}
"""


def test_users_of_an_authorization_block_bring_their_permissions(
    vault: Vault, tmp_path: Path
) -> None:
    (tmp_path / "x.conf").write_text(NKEYS)
    result = import_all(vault, tmp_path / "x.conf")
    assert not result.bad
    records = vault.records
    assert {record.public for record in records.all()} == {A, B}
    first, second = (records.by_public(key) for key in (A, B))
    assert first is not None
    assert second is not None
    assert records.tokens.unsigned(first.id) == {
        "pub": {"allow": ["a.>", "b"], "deny": ["a.x"]},
        "sub": {"allow": ["c"]},
        "resp": {"max": 5, "ttl": 90 * 10**9},
    }
    assert records.tokens.unsigned(second.id) == {
        "sub": {"allow": ["public.>"]},
        "allowed_connection_types": ["STANDARD", "WEBSOCKET"],
    }


def test_users_hang_under_an_account_key_made_for_the_account_of_their_block(
    vault: Vault, tmp_path: Path
) -> None:
    text = f"accounts {{ Sales {{ users [ {{nkey: {A}}} ] }}, SYS {{ users [ {{user: a}} ] }} }}"
    (tmp_path / "x.conf").write_text(text)
    import_all(vault, tmp_path / "x.conf")
    assert {record.path.rpartition("/")[0] for record in vault.records.all(Kind.USER)} == {"Sales"}
    assert [record.path for record in vault.records.all(Kind.ACCOUNT)] == ["Sales"]
    # The next time, and for another server of the cluster, it is the same account.
    (tmp_path / "y.conf").write_text(text.replace(A, B))
    import_all(vault, tmp_path / "y.conf")
    assert vault.records.count(Kind.ACCOUNT) == 1
    assert vault.records.count(Kind.USER) == 2
    assert {item.what for item in plan_of(vault, tmp_path / "x.conf").items} == {"same"}


def test_an_account_with_a_key_of_its_own_is_that_account(vault: Vault, tmp_path: Path) -> None:
    with Seed.generate(Kind.ACCOUNT) as account:
        public = account.public.text
    (tmp_path / "x.conf").write_text(
        f"accounts {{ Sales {{ nkey: {public}, users [ {{nkey: {A}}} ] }} }}"
    )
    import_all(vault, tmp_path / "x.conf")
    assert vault.records.find("Sales").public == public
    assert vault.records.by_public(A) is not None


def test_an_operator_configuration_with_preload_gives_operator_and_accounts(
    vault: Vault, tmp_path: Path
) -> None:
    chain = Chain()
    (tmp_path / "operator.jwt").write_text(chain.operator_jwt())
    (tmp_path / "x.conf").write_text(
        "operator: './operator.jwt'\nresolver: MEMORY\n"
        f"resolver_preload {{ {chain.account.public.text}: {chain.account_jwt()} }}\n"
    )
    result = import_all(vault, tmp_path / "x.conf")
    assert not result.bad
    assert {record.path for record in vault.records.all() if record.has_jwt} == {
        "corp",
        "corp/sales",
    }


@pytest.mark.parametrize("name", every_setting()["operator"].names)
def test_an_operator_is_found_by_every_name_that_the_server_knows(
    vault: Vault, tmp_path: Path, name: str
) -> None:
    (tmp_path / "corp.jwt").write_text(Chain().operator_jwt())
    (tmp_path / "x.conf").write_text(f"{name.upper()}: corp.jwt\nauthorization {{ users: [] }}\n")
    result = import_all(vault, tmp_path / "x.conf")
    assert not result.bad
    assert vault.records.count(Kind.OPERATOR) > 0


def test_two_operators_by_two_names_are_both_found(vault: Vault, tmp_path: Path) -> None:
    first, second = Chain(), Chain()
    (tmp_path / "first.jwt").write_text(first.operator_jwt())
    (tmp_path / "second.jwt").write_text(second.operator_jwt())
    (tmp_path / "x.conf").write_text("operator: first.jwt\nroots: [ second.jwt ]\n")
    import_all(vault, tmp_path / "x.conf")
    operators = {first.operator.public.text, second.operator.public.text}
    assert operators <= {record.public for record in vault.records.all()}


@pytest.mark.parametrize("name", every_setting()["trusted_keys"].names)
def test_trusted_keys_are_found_by_every_name_that_the_server_knows(
    vault: Vault, tmp_path: Path, name: str
) -> None:
    with Seed.generate(Kind.OPERATOR) as seed:
        public = seed.public.text
    (tmp_path / "x.conf").write_text(f"{name}: [ {public} ]\n")
    import_all(vault, tmp_path / "x.conf")
    assert [record.public for record in vault.records.all()] == [public]


def test_includes_are_followed_for_a_file_that_was_named_and_not_in_a_walk(
    vault: Vault, tmp_path: Path
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "users.inc").write_text(f"users = [ {{nkey: {A}}} ]")
    (inside / "x.conf").write_text("authorization {\n  include ../users.inc\n}")
    walked = plan_of(vault, inside)
    assert not walked.items
    assert "includes other files" in walked.bad[0].why
    assert [item.candidate.public.text for item in plan_of(vault, inside / "x.conf").items] == [A]


def test_other_programs_configurations_are_passed_over(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text("server { listen 80; }")
    (tmp_path / "x.nk").write_text(C)
    plan = plan_of(vault, tmp_path)
    assert not plan.bad
    assert len(plan.items) == 1


def test_trusted_keys_and_a_callouts_keys_are_found(vault: Vault, tmp_path: Path) -> None:
    chain = Chain()
    with Seed.generate(Kind.CURVE) as curve:
        xkey = curve.public.text
    (tmp_path / "x.conf").write_text(
        f"trusted_keys: [{chain.operator.public.text}]\n"
        f"authorization {{ auth_callout {{ issuer: {chain.account.public.text}, xkey: {xkey} }} }}"
    )
    import_all(vault, tmp_path / "x.conf")
    kinds = {record.public: record.kind for record in vault.records.all()}
    assert kinds == {
        chain.operator.public.text: Kind.OPERATOR,
        chain.account.public.text: Kind.ACCOUNT,
        xkey: Kind.CURVE,
    }


@pytest.mark.parametrize("choice", [Choice.KEEP, Choice.TAKE])
def test_other_permissions_than_here_are_asked_about(
    vault: Vault, tmp_path: Path, choice: Choice
) -> None:
    conf = tmp_path / "x.conf"

    def allowing(subject: str) -> Path:
        said = f"{{ nkey: {A}, permissions {{ publish: {subject} }} }}"
        conf.write_text(f"authorization {{ users [ {said} ] }}")
        return conf

    import_all(vault, A)
    import_all(vault, allowing("a"))  # it had none: they are filled in
    user = vault.records.find(A).id
    assert vault.records.tokens.unsigned(user) == {"pub": {"allow": ["a"]}}
    assert {item.what for item in plan_of(vault, conf).items} == {"same"}
    (conflict,) = plan_of(vault, allowing("b")).open_conflicts
    assert "other permissions" in conflict.sentence
    import_all(vault, conf, choices=Choices(choice))
    kept = "b" if choice is Choice.TAKE else "a"
    assert vault.records.tokens.unsigned(user) == {"pub": {"allow": [kept]}}


@pytest.mark.parametrize(
    ("said", "resp"),
    [
        ("true", {"max": 1, "ttl": 120 * 10**9}),
        ("false", None),
        ("{ max: 0 }", {"max": 1, "ttl": 120 * 10**9}),
        ("yes", {"max": 1, "ttl": 120 * 10**9}),
        ("{}", {"max": 1, "ttl": 120 * 10**9}),
        ("{ max_msgs: -5, ttl: '-1s' }", {"max": -1, "ttl": -1}),
        ("{ max: 1k }", {"max": 1000, "ttl": 120 * 10**9}),
        ("{ expires: 500ms }", {"max": 1, "ttl": 5 * 10**8}),
        ("{ expires: '.5s' }", {"max": 1, "ttl": 5 * 10**8}),
        ("{ expires: +1s }", {"max": 1, "ttl": 10**9}),
        ("{ expires: 1μs }", {"max": 1, "ttl": 1000}),
        ("{ expires: 1m30s }", {"max": 1, "ttl": 90 * 10**9}),
    ],
)
def test_responses_mean_what_the_server_takes_them_for(
    vault: Vault, tmp_path: Path, said: str, resp: dict[str, int] | None
) -> None:
    (tmp_path / "x.conf").write_text(
        f"authorization {{ users [ {{ nkey: {A}, permission {{ allow_responses: {said} }} }} ] }}"
    )
    import_all(vault, tmp_path / "x.conf")
    assert vault.records.tokens.unsigned(vault.records.find(A).id).get("resp") == resp


@pytest.mark.parametrize(
    "said",
    [
        "{ allow_responses: 5 }",
        "{ allow_responses: 'yes' }",
        "{ allow_responses: { ttl: soon } }",
        "{ allow_responses: { ttl: 2m } }",  # a number of two millions
        "{ allow_responses: { max: '5' } }",
        "{ allow_responses: { max: true } }",
        "{ publish: 5 }",
        "{ publish: [ a, 1k ] }",
        "{ subscribe: { deny: [ true ] } }",
        "all",
    ],
)
def test_permissions_that_no_server_takes_are_refused_with_their_line(
    vault: Vault, tmp_path: Path, said: str
) -> None:
    (tmp_path / "x.conf").write_text(
        f"authorization {{ users [\n{{ nkey: {A}, permissions: {said} }}\n{{ nkey: {B} }} ] }}"
    )
    plan = plan_of(vault, tmp_path / "x.conf")
    with plan.findings:
        assert [found.public.text for found in plan.findings.mentions] == [B]
        assert "line 2" in plan.bad[0].path
        assert "No server takes" in plan.bad[0].why


def test_a_value_that_older_servers_refuse_is_told(vault: Vault, tmp_path: Path) -> None:
    rights = "permissions: { publish: ['3g4.x', 3g4.y] }"
    (tmp_path / "x.conf").write_text(f"authorization {{ users [\n{{ nkey: {A}, {rights} }}]}}")
    with plan_of(vault, tmp_path / "x.conf").findings as findings:
        assert "2.14.9" in findings.notes[0].why
    import_all(vault, tmp_path / "x.conf")
    unsigned = vault.records.tokens.unsigned(vault.records.find(A).id)
    assert unsigned == {"pub": {"allow": ["3g4.x", "3g4.y"]}}


def test_a_user_whose_permissions_no_server_takes_keeps_no_other_out(
    vault: Vault, tmp_path: Path
) -> None:
    (tmp_path / "x.conf").write_text(
        f"authorization {{ users [ {{ nkey: {A}, permissions {{ publish: 'a b' }} }},"
        f" {{ nkey: {B} }}, {{ nkey: {C}, permissions {{ subscribe: 'a q' }} }} ] }}"
    )
    result = import_all(vault, tmp_path / "x.conf")
    assert "subject" in result.bad[0].why
    assert {record.public for record in vault.records.all()} == {B, C}


def test_an_include_that_is_no_path_loses_no_file_beside_it(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "bad.conf").write_bytes(b"include 'a\0b'\nauthorization { users: [] }\n")
    (tmp_path / "good.conf").write_text(f"authorization {{ users [ {{ nkey: {A} }} ] }}")
    plan = plan_of(vault, tmp_path / "bad.conf", tmp_path / "good.conf")
    with plan.findings:
        assert [found.public.text for found in plan.findings.mentions] == [A]
        assert "line 1" in plan.bad[0].why
