"""Byte-order marks: a text is what it is, however an editor of Windows wrote it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.conftest import PASSPHRASE, Run
from tests.exchange.made import Chain
from wallet.nats.creds import read_creds
from wallet.secrets import encoding
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.inspection import inspect
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

CHAIN = Chain()
CREDS = CHAIN.creds().decode()
ENCODINGS = ("utf-8-sig", "utf-16", "marked utf-16-be")


def written(text: str, how: str) -> bytes:
    return f"\ufeff{text}".encode("utf-16-be") if how == "marked utf-16-be" else text.encode(how)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(ENCODINGS))
def test_every_text_comes_back_from_every_encoding(text: str, how: str) -> None:
    assert encoding.utf8(written(text, how)) == text.encode()
    assert encoding.text(written(text, how)) == text


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_with_a_value_error(content: bytes) -> None:
    try:
        read = encoding.utf8(content)
    except ValueError:
        assert len(content) % 2
    else:
        assert read == content or content[:2] in {b"\xff\xfe", b"\xfe\xff", b"\xef\xbb"}


@pytest.mark.parametrize("how", ENCODINGS)
def test_creds_with_a_mark_are_read(how: str) -> None:
    found = read_creds(written(CREDS, how))
    with found.seed as seed:
        assert seed.public == CHAIN.user.public
        assert found.claims.name == "till"


@pytest.mark.parametrize("how", ENCODINGS)
@pytest.mark.parametrize(
    ("text", "what"),
    [
        (CREDS, "creds"),
        (CREDS.replace("\n", "\\n"), "creds"),
        (" ".join(CREDS.split()), "creds"),
        (CHAIN.user.encode().decode(), "seed"),
        (CHAIN.user.public.text, "public key"),
        (CHAIN.user_jwt(), "JWT"),
    ],
    ids=["creds", "creds with \\n", "creds in a line", "seed", "public key", "JWT"],
)
def test_inspect_knows_what_a_text_with_a_mark_is(text: str, what: str, how: str) -> None:
    found = inspect(written(text, how))
    assert found.what == what
    assert found.public == CHAIN.user.public.text
    assert not [problem for problem in found.problems if problem.code != "permissions-deny-all"]
    assert inspect(f"\ufeff{text}").what == what


@pytest.mark.parametrize("how", ENCODINGS)
def test_claims_with_a_mark_are_read(vault: Run, tmp_path: Path, how: str) -> None:
    file = tmp_path / "claims.json"
    file.write_bytes(written(json.dumps({"subs": 5, "data": -1, "payload": -1}), how))
    assert vault("edit", "billing", "--claims", str(file)).status == 0
    assert vault("jwt", "billing", "--json").json()["claims"]["nats"]["subs"] == 5


@pytest.mark.parametrize("how", ENCODINGS)
def test_a_mark_is_no_part_of_the_passphrase_in_a_file(
    vault: Run, tmp_path: Path, how: str
) -> None:
    marked = tmp_path / "marked"
    marked.write_bytes(written(PASSPHRASE + "\r\n", how))
    assert vault("list", "--passphrase-file", str(marked)).status == 0
    other = tmp_path / "other.nkw"
    made = vault("init", "--vault", str(other), "--passphrase-file", str(marked), "--cost", "light")
    assert made.status == 0
    assert vault("list", "--vault", str(other)).status == 0


def test_a_vault_made_when_the_mark_counted_still_opens_and_it_is_told(
    vault: Run, tmp_path: Path
) -> None:
    path, marked = tmp_path / "earlier.nkw", tmp_path / "marked"
    marked.write_bytes(written(PASSPHRASE, "utf-8-sig"))
    with Passphrase(f"\ufeff{PASSPHRASE}") as passphrase:
        Vault.create(path, passphrase, KdfCost.MINIMUM).lock()
    opened = vault("list", "--vault", str(path), "--passphrase-file", str(marked))
    assert opened.status == 0
    assert "byte-order mark" in opened.err
    wrong = tmp_path / "wrong"
    wrong.write_bytes(written("quite another one", "utf-8-sig"))
    refused = vault("list", "--vault", str(path), "--passphrase-file", str(wrong))
    assert refused.status == 3


def test_the_passphrase_of_a_copy_made_when_the_mark_counted_is_found_too(
    vault: Run, tmp_path: Path
) -> None:
    copy, marked = tmp_path / "copy.nkw", tmp_path / "marked"
    marked.write_bytes(written(PASSPHRASE, "utf-8-sig"))
    with Passphrase(f"\ufeff{PASSPHRASE}") as passphrase:
        Vault.create(copy, passphrase, KdfCost.MINIMUM).lock()
    for command in (
        ("check", str(copy), "--file-passphrase-file", str(marked)),
        ("check", str(copy), "--passphrase-file", str(marked)),
        (
            *("restore", str(copy), "--yes", "--vault", str(tmp_path / "new.nkw")),
            *("--file-passphrase-file", str(marked)),
        ),
    ):
        done = vault(*command)
        assert (done.status, "byte-order mark" in done.err) == (0, True), (command, done.err)
