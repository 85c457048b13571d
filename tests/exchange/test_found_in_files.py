"""What the readers find in files and texts as people have them."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path

import pytest

from wallet.exchange.readers import directory, file_content
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.nsc_store import known_places
from wallet.exchange.readers.sources import SourceReader
from wallet.nats import jwt
from wallet.nats.creds import write_creds
from wallet.nats.jwt_layout import unlimited_user
from wallet.nats.nkeys import Kind, Seed
from wallet.system.disk import regular_files

SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"


def read(*texts: str | bytes) -> Findings:
    into = Findings()
    for text in texts:
        SourceReader(into).text(bytearray(text.encode() if isinstance(text, str) else text))
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
        (found,) = into.mentions
        assert found.public.text == PUBLIC
        assert found.cell is not None
        with into.open(found.cell, found.public) as seed:
            assert seed.encode() == SEED.encode()
        assert not into.bad


def test_several_keys_in_lines_keep_their_names() -> None:
    other = "UD466L6EBCM3YY5HEGHJANNTN4LSKTSUXTH7RILHCKEQMQHTBNLHJJXT"
    with read(f"acme/orders/billing  {PUBLIC}\n{other} laptop\n") as into:
        assert [(found.public.text, found.name) for found in into.mentions] == [
            (PUBLIC, "billing"),
            (other, "laptop"),
        ]


def test_a_seed_and_its_public_key_in_one_file_are_one_key() -> None:
    with read(f"{SEED}\n{PUBLIC}\n") as into:
        assert {found.public.text for found in into.mentions} == {PUBLIC}


def test_creds_give_the_user_its_jwt_its_name_and_its_account() -> None:
    text, token = creds()
    with read(text) as into:
        (found,) = into.mentions
        assert found.name == "billing"
        assert found.claims is not None
        assert found.claims.token == token
        assert found.parent == found.claims.issuer.text


def test_a_wiped_reading_opens_no_seed_any_more() -> None:
    into = read(SEED)
    into.wipe()
    found = into.mentions[0]
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
        SourceReader(into).path(context)
        assert [found.public.text for found in into.mentions] == [PUBLIC]
        assert list(into.servers) == ["tls://a.example:4443", "nats://b.example:4222"]
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
        assert [found.public.text for found in into.mentions] == [PUBLIC]


def test_a_context_leads_to_creds_where_nsc_keeps_them(empty_home: Path) -> None:
    text, _ = creds()
    place = empty_home / ".local/share/nats/nsc/keys/creds/acme/orders/billing.creds"
    place.parent.mkdir(parents=True)
    place.write_bytes(text)
    with read(json.dumps({"nsc": "nsc://acme/orders/billing"})) as into:
        assert [found.public.text for found in into.mentions] == [PUBLIC]


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
        assert not into.mentions
        assert said in into.bad[0].why


def tree_of_files(where: Path) -> Path:
    """Keys in directories, a link that leads nowhere, a pipe, and what is no key."""
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    (where / "a" / ".hidden").mkdir(parents=True)
    (where / "a" / "one.nk").write_text(SEED)
    (where / "a" / ".hidden" / "two.nk").write_text(
        "SUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRBU"
    )
    (where / "README.md").write_text(f"An example:\n{SEED}\nis a seed.\n")
    (where / "picture.png").write_bytes(b"\x89PNG\0")
    (where / "link.txt").symlink_to("nowhere")
    os.mkfifo(where / "pipe.jwt")
    return where


@pytest.mark.parametrize("by_descriptor", [True, False], ids=["descriptors", "paths"])
def test_a_directory_is_gone_through_whatever_the_system_offers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_descriptor: bool
) -> None:
    monkeypatch.setattr(directory, "_BY_DESCRIPTOR", by_descriptor)
    with Findings() as into:
        SourceReader(into).path(tree_of_files(tmp_path))
        assert [found.name for found in into.mentions] == ["two", "one"]
        assert [bad.path for bad in into.bad] == [str(tmp_path / "pipe.jwt")]
        assert into.passed_over == 3


def test_what_may_not_be_read_is_reported(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    (tmp_path / "x.nk").write_text(SEED)
    (tmp_path / "x.nk").chmod(0o000)
    with Findings() as into:
        SourceReader(into).path(tmp_path)
        refused = {Path(bad.path).name for bad in into.bad}
    # Root may read everything.
    assert refused == (set() if os.geteuid() == 0 else {"closed", "x.nk"})
    assert len(into.mentions) == (1 if os.geteuid() == 0 else 0)


def test_the_progress_counts_files_and_may_end_the_reading(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.nk").write_text(SEED)

    def stop(read: int) -> None:
        if read == 3:
            raise KeyboardInterrupt

    with Findings() as into, pytest.raises(KeyboardInterrupt):
        SourceReader(into, stop).path(tmp_path)
    assert into.read == 3


def test_a_file_that_grows_while_it_is_read_is_read_whole_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.nk"
    path.write_text(SEED)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        # As if it had been of 10 bytes when it was looked at.
        assert regular_files.read_whole(descriptor, 10, 1000) == SEED.encode()
        with pytest.raises(regular_files.TooLargeError, match="larger"):
            regular_files.read_whole(descriptor, 10, 20)
    finally:
        os.close(descriptor)


def test_what_is_read_is_wiped_when_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "x.nk"
    path.write_text(SEED)
    with file_content.opened(path) as file:
        content = file.content
        assert content == SEED.encode()
    assert not any(content)


def test_places_of_natss_tools_are_known_where_they_are(empty_home: Path) -> None:
    assert known_places() == []
    for place in (".local/share/nats/nsc", ".config/nats/context", ".nkeys"):
        (empty_home / place).mkdir(parents=True)
    assert known_places() == [
        empty_home / ".local/share/nats/nsc",
        empty_home / ".nkeys",
        empty_home / ".config/nats/context",
    ]


def test_nkeys_path_names_where_nsc_keeps_its_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NKEYS_PATH", str(tmp_path))
    text, _ = creds()
    place = tmp_path / "creds/acme/orders/billing.creds"
    place.parent.mkdir(parents=True)
    place.write_bytes(text)
    with read(json.dumps({"creds": "nsc://acme/orders/billing"})) as into:
        assert [found.public.text for found in into.mentions] == [PUBLIC]


def test_a_decorated_seed_or_jwt_alone_is_found() -> None:
    _, token = creds()
    seed = f"-----BEGIN USER NKEY SEED-----\n{SEED}\n------END USER NKEY SEED------\n"
    of_jwt = f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n"
    with read(seed) as into:
        assert into.mentions[0].cell is not None
    with read(of_jwt) as into:
        assert into.mentions[0].claims is not None
        assert into.mentions[0].cell is None
    with read("-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n") as into:
        assert "no NATS key" in into.bad[0].why


@pytest.mark.parametrize("by_descriptor", [True, False], ids=["descriptors", "paths"])
def test_a_directory_that_went_away_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_descriptor: bool
) -> None:
    monkeypatch.setattr(directory, "_BY_DESCRIPTOR", by_descriptor)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.nk").write_text(SEED)
    with Findings() as into:
        assert list(directory.walk(tmp_path / "missing", into)) == []
        assert "cannot be gone through" in into.bad[0].why
        entries = directory.walk(tmp_path, into)
        assert next(entries).path == str(tmp_path / "a" / "x.nk")
        (tmp_path / "b" / "x.nk").unlink()
        (tmp_path / "b").rmdir()
        assert list(entries) == []
        assert into.bad[-1].path == str(tmp_path / "b")
