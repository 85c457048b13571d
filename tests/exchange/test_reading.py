"""What the readers find in files and texts as people have them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from wallet import jwt
from wallet.credentials import write_creds
from wallet.exchange.found import Findings
from wallet.exchange.reading import Reading
from wallet.jwt_layout import unlimited_user
from wallet.nkeys import Kind, Seed

SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"


def read(*texts: str | bytes) -> Findings:
    into = Findings()
    for text in texts:
        Reading(into).text(bytearray(text.encode() if isinstance(text, str) else text))
    return into


def creds(name: str = "billing") -> tuple[bytes, str]:
    with Seed.generate(Kind.ACCOUNT) as account, Seed.decode(SEED) as user:
        token = jwt.issue(account, user.public, unlimited_user(), issued=1_700_000_000, name=name)
        return bytes(write_creds(token, user)), token


@pytest.mark.parametrize(
    "text",
    [SEED, f"{SEED}\n", f"  {SEED}\r\n", f"billing {SEED}", f"# mine\n\n{SEED}\n"],
    ids=["alone", "line end", "blanks", "with a name", "with a comment"],
)
def test_a_pasted_seed_is_found(text: str) -> None:
    with read(text) as into:
        (found,) = into.founds
        assert found.public.text == PUBLIC
        assert found.cell is not None
        with into.open(found.cell, found.public) as seed:
            assert seed.encode() == SEED.encode()
        assert not into.bad


def test_several_keys_in_lines_keep_their_names() -> None:
    other = "UD466L6EBCM3YY5HEGHJANNTN4LSKTSUXTH7RILHCKEQMQHTBNLHJJXT"
    with read(f"acme/orders/billing  {PUBLIC}\n{other} laptop\n") as into:
        assert [(found.public.text, found.name) for found in into.founds] == [
            (PUBLIC, "billing"),
            (other, "laptop"),
        ]


def test_a_seed_and_its_public_key_in_one_file_are_one_key() -> None:
    with read(f"{SEED}\n{PUBLIC}\n") as into:
        assert {found.public.text for found in into.founds} == {PUBLIC}


def test_creds_give_the_user_its_jwt_its_name_and_its_account() -> None:
    text, token = creds()
    with read(text) as into:
        (found,) = into.founds
        assert found.name == "billing"
        assert found.claims is not None
        assert found.claims.token == token
        assert found.parent == found.claims.issuer.text


def test_a_wiped_reading_opens_no_seed_any_more() -> None:
    into = read(SEED)
    into.wipe()
    found = into.founds[0]
    assert found.cell is not None
    with pytest.raises(Exception, match="locked"):
        into.open(found.cell, found.public)


def test_a_context_leads_to_its_creds_and_its_server(tmp_path: Path) -> None:
    text, _ = creds()
    (tmp_path / "b.creds").write_bytes(text)
    context = tmp_path / "context" / "prod.json"
    context.parent.mkdir()
    context.write_text(
        json.dumps({"url": "tls://a.example:4443, b.example", "creds": str(tmp_path / "b.creds")})
    )
    with Findings() as into:
        Reading(into).path(context)
        assert [found.public.text for found in into.founds] == [PUBLIC]
        assert into.servers == ["tls://a.example:4443", "nats://b.example:4222"]
        assert [Path(file.path) for file in into.plain_files] == [tmp_path / "b.creds"]
        assert not into.bad


@pytest.mark.parametrize("address", ["env://A_KEY", "data:;base64,", "user_seed"])
def test_a_context_gives_a_key_without_a_file(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", SEED)
    fields = {"nkey": address}
    if address.startswith("data:"):
        fields = {"nkey": address + base64.b64encode(SEED.encode()).decode()}
    elif address == "user_seed":
        fields = {"user_seed": SEED}
    with read(json.dumps(fields)) as into:
        assert [found.public.text for found in into.founds] == [PUBLIC]


def test_a_context_leads_to_creds_where_nsc_keeps_them(empty_home: Path) -> None:
    text, _ = creds()
    place = empty_home / ".local/share/nats/nsc/keys/creds/acme/orders/billing.creds"
    place.parent.mkdir(parents=True)
    place.write_bytes(text)
    with read(json.dumps({"nsc": "nsc://acme/orders/billing"})) as into:
        assert [found.public.text for found in into.founds] == [PUBLIC]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"creds": "op://vault/item/field"}, "1Password"),
        ({"nkey": "env://NOT_THERE"}, "NOT_THERE is not set"),
        ({"nkey": "s3://bucket/key"}, "no addresses that begin with s3"),
        ({"nsc": "nsc://acme/../../etc"}, "names no user"),
        ({"nkey": "data:;base64,????"}, "no base64"),
        ({"nkey": "/nowhere/at/all.nk"}, "no such file"),
    ],
)
def test_what_a_context_names_and_nobody_can_read_is_said(
    fields: dict[str, str], said: str
) -> None:
    with read(json.dumps(fields)) as into:
        assert not into.founds
        assert said in into.bad[0].why
