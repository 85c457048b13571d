"""Claims that servers refuse or leave something out of: what the commands say, and real servers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import flawed
from tests.cli.conftest import Run
from tests.jwts import signed
from wallet.nats.nkeys import Kind, Seed


def _file(tmp_path: Path, claims: dict[str, Any]) -> str:
    path = tmp_path / "claims.json"
    path.write_text(json.dumps(claims), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    "name",
    [
        *("weights over 100", "an export twice", "a token for another account"),
        *("traces to a wildcard", "latency of a stream", "exports that are a text"),
    ],
)
def test_edit_refuses_what_every_server_would_refuse(vault: Run, tmp_path: Path, name: str) -> None:
    before = vault("jwt", "acme/orders").out
    done = vault("edit", "acme/orders", "--claims", _file(tmp_path, flawed.claims(name)))
    assert done.status == 2
    assert flawed.ACCOUNTS[name][1] in done.err
    assert vault("jwt", "acme/orders").out == before


def _imported(vault: Run, tmp_path: Path, claims: dict[str, Any]) -> str:
    """An operator “hill” with the account “barn”, as another program signed it, and a user."""
    operator, account = Seed.generate(Kind.OPERATOR), Seed.generate(Kind.ACCOUNT)
    lines = [operator.encode().decode(), account.encode().decode()]
    for key, nats, kind, name in (
        (operator, {}, "operator", "hill"),
        (account, claims, "account", "barn"),
    ):
        said = {"sub": key.public.text, "iat": flawed.LONG_AGO, "name": name}
        lines.append(signed(operator, {**said, "nats": {**nats, "type": kind, "version": 2}}))
    path = tmp_path / "keys.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    done = vault("import", str(path))
    assert done.status == 0, done.err
    assert vault("new", "user", "milk", "--under", "hill/barn").status == 0
    return done.out + done.err


def test_an_imported_flaw_is_told_and_a_rehearsal_names_it_and_no_other_cause(
    vault: Run, tmp_path: Path
) -> None:
    noted = _imported(vault, tmp_path, flawed.claims("weights over 100"))
    assert "mappings.hay: the weights come to 160 %" in noted
    conf = tmp_path / "server.conf"
    conf.write_text(vault("config", "hill", "--for", "operator").out, encoding="utf-8")
    tried = vault("test", "--config", str(conf), "milk", "--json")
    assert tried.status == 1
    (row,) = tried.json()["rows"]
    assert (row["verdict"], row["cause"]["code"]) == ("refused", "jwt-account-unknown")
    assert row["cause"]["certain"] is True
    assert "160 %" in row["cause"]["why"]
    assert "Put that right" in row["cause"]["fix"]


def test_revoke_goes_through_names_the_flaw_and_mends_it_when_told(
    vault: Run, tmp_path: Path
) -> None:
    _imported(vault, tmp_path, flawed.claims("weights over 100"))
    done = vault("revoke", "milk")
    assert done.status == 0
    assert "160 %" in done.err
    assert "--mend" in done.err
    again = vault("revoke", "milk", "--mend")
    assert again.status == 0
    assert "Mended in the account's JWT: mappings.hay" in again.err
    claims = vault("edit", "hill/barn", "--json").json()["claims"]
    assert "mappings" not in claims or claims["mappings"] == {}
    assert claims["revocations"]


def test_an_expired_activation_is_told_by_edit_and_inspect(vault: Run, tmp_path: Path) -> None:
    key = vault("public", "acme/orders").out.strip()
    token = signed(
        flawed.EXPORTER,
        {
            "sub": key,
            "iat": flawed.LONG_AGO,
            "exp": flawed.LONG_AGO + 5,
            "nats": {"subject": "hay.>", "kind": "stream", "type": "activation", "version": 2},
        },
    )
    one = {"subject": "hay.>", "account": flawed.EXPORTER.public.text, "type": "stream"}
    claims = {"limits": flawed.FREE, "imports": [{**one, "token": token}]}
    done = vault("edit", "acme/orders", "--claims", _file(tmp_path, claims))
    assert done.status == 0
    said = "the activation expired on 2023-11-14 22:13:25 UTC: since then the import of hay.>"
    assert said in done.err
    account = vault("jwt", "acme/orders").out.strip()
    assert said in vault("inspect", account).out
    conf = tmp_path / "server.conf"
    conf.write_text(vault("config", "acme", "--for", "operator").out, encoding="utf-8")
    assert said in vault("test", "--config", str(conf), "billing").out
