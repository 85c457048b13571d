"""What `--claims` and the JSON editor take: whatever prints claims, understood whole or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.exchange.conftest import run_nsc
from tests.exchange.made import Chain
from wallet.errors import UsageError
from wallet.nats import jwt
from wallet.nats.claims import reader
from wallet.nats.creds import write_creds
from wallet.nats.nkeys import Kind

CHAIN = Chain()
LIMITED = {"conn": 10, "subs": -1, "data": -1, "payload": 1024, "imports": 3, "exports": -1}
ACCOUNT = CHAIN.account_jwt(limits=LIMITED, default_permissions={"pub": {"deny": ["x"]}})
USER = CHAIN.user_jwt(pub={"allow": ["a"]}, subs=3)


def payload(token: str) -> dict[str, Any]:
    return jwt.decode(token).payload


FORMS: dict[str, Callable[[str], str]] = {
    "the nats part": lambda token: json.dumps(payload(token)["nats"]),
    "the payload": lambda token: json.dumps(payload(token)),
    "jwt --json": lambda token: json.dumps({"jwt": token, "claims": payload(token), "words": []}),
    "edit --json": lambda token: json.dumps({"path": "x", "claims": payload(token)["nats"]}),
    "inspect --json": lambda token: json.dumps({"what": "JWT", "claims": payload(token)}),
    "the JWT": lambda token: token,
    "the JWT in a file": lambda token: f"\ufeff {token}\n",
    "the JWT between dashes": lambda token: (
        f"-----BEGIN NATS ACCOUNT JWT-----\n{token}\n------END NATS ACCOUNT JWT------\n"
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("token", "kind"), [(ACCOUNT, Kind.ACCOUNT), (USER, Kind.USER)])
def test_every_form_of_the_same_claims_says_the_same(form: str, token: str, kind: Kind) -> None:
    given = reader.read(FORMS[form](token), kind)
    said = payload(token)["nats"]
    assert given.nats == {name: said[name] for name in said if name not in {"type", "version"}}
    assert not given.unknown


def test_creds_say_what_their_user_may() -> None:
    text = bytes(write_creds(USER, CHAIN.user))
    assert reader.read(text, Kind.USER).nats["pub"] == {"allow": ["a"]}


def test_a_scope_gives_its_template() -> None:
    scope = {"kind": "user_scope", "key": "A", "role": "r", "template": {"subs": 4}}
    assert reader.read(json.dumps(scope), Kind.USER).nats == {"subs": 4}


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("", Kind.USER, "no JSON"),
        ("[1]", Kind.USER, "no JSON object"),
        ("{", Kind.USER, "line 1"),
        ("[" * 100_000, Kind.USER, "no JSON"),
        ('{"subs": 1, "subs": 2}', Kind.USER, "twice"),
        ('{"jwt": "x", "words": []}', Kind.USER, "No field of a key of kind user"),
        ('{"data": {"subs": 1}, "meta": 2}', Kind.OPERATOR, "No field of a key"),
        ('{"claims": {"kind": "account"}}', Kind.ACCOUNT, "No field of a key"),
        ('{"nats": {"colour": 1}}', Kind.USER, "colour"),
        ('{"nats": []}', Kind.USER, "No field of a key"),
        ('{"description": "x"}', Kind.ACCOUNT, "no limits"),
        (USER, Kind.ACCOUNT, "another kind"),
        (ACCOUNT, Kind.USER, "another kind"),
        (ACCOUNT[:-4] + "AAAA", Kind.ACCOUNT, "signature"),
        ("\x00", Kind.USER, "no JSON"),
        ("x" * (2 << 20), Kind.USER, "longer than 1 MiB"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, kind: Kind, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        reader.read(text, kind)


def test_fields_that_no_server_knows_are_named_with_their_place() -> None:
    given = reader.read(
        json.dumps({"limits": {"conn": 1, "conns": 2}, "exports": [{"subjet": "a"}], "x": 1}),
        Kind.ACCOUNT,
    )
    assert given.unknown == ("limits.conns", "exports[0].subjet", "x")


def test_what_jwt_json_prints_changes_nothing_when_it_is_given_back(
    vault: Run, tmp_path: Path
) -> None:
    vault("edit", "orders", "--limit", "conn=10", "--deny-pub", "x")
    vault("edit", "billing", "--allow-pub", "a", "--limit", "subs=5")
    for ref in ("acme", "orders", "billing"):
        before = vault("jwt", ref, "--json").json()
        (tmp_path / "c.json").write_text(json.dumps(before))
        (tmp_path / "c.jwt").write_text(before["jwt"])
        for file in ("c.json", "c.jwt"):
            done = vault("edit", ref, "--claims", str(tmp_path / file))
            assert (done.status, done.err) == (0, "")
            assert vault("jwt", ref, "--json").json()["claims"]["nats"] == before["claims"]["nats"]


def test_unknown_fields_are_told_and_what_is_not_understood_changes_nothing(
    vault: Run, tmp_path: Path
) -> None:
    file = tmp_path / "c.json"
    file.write_text(json.dumps({"pub": {"allow": ["z"], "alow": ["y"]}, "subs": 9}))
    done = vault("edit", "billing", "--claims", str(file))
    assert done.status == 0
    assert "pub.alow" in done.err
    before = vault("jwt", "billing").out
    file.write_text(json.dumps({"result": {"subs": 9}}))
    done = vault("edit", "billing", "--claims", str(file))
    assert done.status == 2
    assert vault("jwt", "billing").out == before


def test_what_a_user_without_a_jwt_may_do_is_shown_and_taken_again(
    vault: Run, tmp_path: Path
) -> None:
    vault("new", "user", "lone", "--allow-pub", "a.>", "--deny-sub", "b")
    assert vault("jwt", "lone").status == 1
    said = vault("jwt", "lone", "--json").json()
    assert said["jwt"] is None
    assert said["claims"]["nats"]["pub"] == {"allow": ["a.>"]}
    (tmp_path / "c.json").write_text(json.dumps(said))
    assert vault("edit", "lone", "--claims", str(tmp_path / "c.json")).status == 0
    assert vault("jwt", "lone", "--json").json() == said
    shown = vault("show", "lone").out
    assert "may publish to      a.>" in shown or "a.>" in shown
    assert "may not subscribe to" in shown
    assert vault("show", "lone", "--json").json()["claims"]["sub"] == {"deny": ["b"]}
    assert vault("jwt", "broker", "--json").status in {2, 4}  # no JWT, and nothing it may


def test_a_role_s_template_is_shown_and_taken_again(vault: Run, tmp_path: Path) -> None:
    vault(
        *("new", "account", "worker", "--under", "acme/orders", "--signing"),
        *("--role", "worker", "--allow-pub", "jobs.>"),
    )
    said = vault("jwt", "worker", "--json").json()
    assert said["claims"]["nats"]["pub"] == {"allow": ["jobs.>"]}
    (tmp_path / "c.json").write_text(json.dumps(said))
    assert vault("edit", "worker", "--claims", str(tmp_path / "c.json")).status == 0
    assert vault("jwt", "worker", "--json").json() == said


@pytest.mark.parametrize(
    ("given", "value"),
    [("1M", 10**6), ("1MiB", 1 << 20), ("2kb", 2000), ("3Gi", 3 << 30), ("unlimited", -1)],
)
def test_limits_in_bytes_have_units_as_nsc_reads_them(vault: Run, given: str, value: int) -> None:
    assert vault("edit", "orders", "--limit", f"mem_storage={given}").status == 0
    claims = vault("jwt", "orders", "--json").json()["claims"]["nats"]
    assert claims["limits"]["mem_storage"] == value
    assert vault("edit", "orders", "--limit", "mem_storage=1X").status == 2
    assert vault("edit", "orders", "--limit", f"conn={given}").status == (value != -1) * 2


def test_what_nsc_describes_is_taken(vault: Run, tmp_path: Path) -> None:
    home = tmp_path / "nsc"
    run_nsc(home, "add", "operator", "o")
    run_nsc(home, "add", "account", "a")
    run_nsc(home, "edit", "account", "a", "--conns", "7", "--js-mem-storage", "3M")
    run_nsc(home, "add", "user", "u", "--allow-pub", "q.>")
    for ref, what in (("orders", "account"), ("billing", "user")):
        for flag in ("--json", "--raw"):
            file = tmp_path / f"{what}{flag}"
            file.write_text(run_nsc(home, "describe", what, what[0], flag))
            done = vault("edit", ref, "--claims", str(file))
            assert done.status == 0, done.err
            nats = vault("jwt", ref, "--json").json()["claims"]["nats"]
            if what == "account":
                assert (nats["limits"]["conn"], nats["limits"]["mem_storage"]) == (7, 3_000_000)
            else:
                assert nats["pub"] == {"allow": ["q.>"]}


@pytest.mark.parametrize("how", [["--claims"], ["--free"], ["--free", "--limit", "conn=5"]])
def test_claims_from_before_a_revocation_let_nobody_in_again(
    vault: Run, tmp_path: Path, how: list[str]
) -> None:
    file = tmp_path / "orders.json"
    file.write_text(vault("jwt", "orders", "--json").out, encoding="utf-8")
    public = vault("public", "billing").out.strip()
    assert vault("revoke", "billing").status == 0
    done = vault("edit", "orders", *how, *([str(file)] if how == ["--claims"] else []))
    assert done.status == 0, done.err
    assert public in done.err
    (billing,) = [key for key in vault("list", "--json").json() if key["name"] == "billing"]
    assert billing["revoked"]


def test_limits_that_claims_leave_out_are_not_taken_for_none_unsaid(
    vault: Run, tmp_path: Path
) -> None:
    """A server reads what is left out as 0: the account would take no connection."""
    file = tmp_path / "orders.json"
    file.write_text('{"limits": {"mem_storage": 1000, "disk_storage": 1000}}', encoding="utf-8")
    before = vault("jwt", "orders").out
    done = vault("edit", "orders", "--claims", str(file))
    assert done.status == 2
    assert "conn" in done.err
    assert "subs" in done.err
    assert vault("jwt", "orders").out == before
    meant = [f"--limit={name}=0" for name in ("subs", "data", "payload", "imports", "exports")]
    done = vault(
        "edit", "orders", "--claims", str(file), *meant, "--limit=leaf=0", "--limit=conn=7"
    )
    assert done.status == 0, done.err
    assert vault("jwt", "orders", "--json").json()["claims"]["nats"]["limits"]["conn"] == 7


def test_a_field_beside_the_claims_is_named_too() -> None:
    given = reader.read(json.dumps({**payload(USER), "whatever": 1}), Kind.USER)
    assert given.unknown == ("whatever",)
    assert reader.read(json.dumps(payload(USER)), Kind.USER).unknown == ()


def test_in_words_a_key_in_brackets_has_its_path_in_the_same_brackets(vault: Run) -> None:
    public = vault("public", "acme/orders").out.strip()
    operator = vault("public", "acme").out.strip()
    words = vault("jwt", "acme/orders", "--words").out
    assert f"Account “orders” ({public}, acme/orders)." in words
    assert f"by {operator} (acme)," in words
