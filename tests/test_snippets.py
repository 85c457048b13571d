"""Configuration text to paste."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.tools import tool
from wallet.errors import KeyFormatError, UsageError
from wallet.nats.client_snippets import CLIENTS, NamedKey, client
from wallet.nats.config.writer import server_authorization
from wallet.nats.nkeys import Kind, Seed


def new_public(kind: Kind) -> str:
    with Seed.generate(kind) as seed:
        return seed.public.text


def test_a_server_accepts_the_authorization_block_as_pasted(tmp_path: Path) -> None:
    keys = [NamedKey(new_public(Kind.USER), f"acme/orders/user “{n}” #") for n in range(3)]
    config = tmp_path / "server.conf"
    config.write_text(server_authorization(keys), encoding="utf-8")
    done = subprocess.run(
        [tool("nats-server"), "-t", "-c", str(config)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(key.public in config.read_text(encoding="utf-8") for key in keys)


def test_an_account_key_is_refused_in_an_authorization_block() -> None:
    with pytest.raises(UsageError, match="user keys only"):
        server_authorization([NamedKey(new_public(Kind.ACCOUNT), "orders")])


def test_a_mistyped_key_never_reaches_a_configuration() -> None:
    public = new_public(Kind.USER)
    other = "A" if public[20] != "A" else "B"
    with pytest.raises(KeyFormatError):
        server_authorization([NamedKey(public[:20] + other + public[21:], "typo")])


def test_an_empty_authorization_block_is_refused_as_it_would_lock_everyone_out() -> None:
    with pytest.raises(UsageError, match="no user key"):
        server_authorization([])


@pytest.mark.parametrize("language", CLIENTS)
@pytest.mark.parametrize("label", ["@URL@", "a/@FILE@ @REF@", "@PUBLIC@@LABEL@", "@CONNECT@"])
def test_a_name_that_looks_like_a_place_of_ours_stays_a_name(language: str, label: str) -> None:
    with Seed.generate(Kind.USER) as seed:
        key = NamedKey(seed.public.text, label)
        plain = client(language, NamedKey(seed.public.text, "NAME"), "nats://h:4222")
    made = client(language, key, "nats://h:4222")
    assert f"Connects as {label} ({key.public})" in made
    lines = zip(made.splitlines(), plain.splitlines(), strict=True)
    assert all(line == right for line, right in lines if "NAME" not in right)


@pytest.mark.parametrize("label", ["-rf", "--vault=x", "-", "two\nlines", "a\x1b[2J"])
def test_a_name_that_is_no_word_of_a_command_is_not_put_into_one(label: str) -> None:
    with Seed.generate(Kind.USER) as seed:
        made = client("go", NamedKey(seed.public.text, label), "nats://h:4222")
    assert f"nkey-wallet seed {seed.public} >" in made
