"""Chains of trust by keys alone: from an empty wallet to a running server, and back out of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Input, Tabs, TextArea

from tests.app.hands import drawn, paste_text, released, tap, type_text, until
from tests.app.test_main import (
    Hands,
    changed,
    closed,
    dialog,
    filled_vault,
    find,
    goto,
    make_empty,
    opened,
    records_of,
    sees,
)
from tests.jwts import signed
from tests.server.test_issued_jwts import client, is_let_in
from tests.vault.support import made_once
from wallet.app.screens.claims.claims import ClaimsDialog
from wallet.app.screens.exchange.export import ExportDialog
from wallet.nats import jwt
from wallet.nats.claims.signing_keys import scope_of
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.system.natsserver import LocalServer
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return made_once(tmp_path / "keys" / "vault.nkw", make_empty)


@filled_vault
def path(records: Records) -> None:
    """acme/orders with billing, and a user alone."""
    issuing = Issuing(records)
    parent = None
    for kind, name in (
        (Kind.OPERATOR, "acme"), (Kind.ACCOUNT, "orders"), (Kind.USER, "billing")
    ):  # fmt: skip
        with Seed.generate(kind) as seed:
            parent = issuing.add(seed, name=name, under=parent.id if parent else None)
    with Seed.generate(Kind.USER) as seed:
        issuing.add(seed, name="laptop")


async def make(pilot: Hands, name: str, kind_steps: int | None = None) -> KeyRecord:
    """n, a name, and Enter; `kind_steps` downwards from the top of the kinds to choose another."""
    await dialog(pilot, "n", "New key")
    if kind_steps is not None:
        await pilot.press("shift+tab", "enter", "home", *["down"] * kind_steps, "enter", "tab")
        await until(pilot, lambda: getattr(pilot.app.focused, "id", "") == "name", "the name")
    await type_text(pilot, name)
    await pilot.press("ctrl+s")
    await closed(pilot)
    await until(pilot, lambda: name in drawn(pilot.app), name)
    found: KeyRecord = next(r for r in records_of(pilot).all() if r.name == name)
    return found


async def fill(pilot: Hands, **texts: str) -> None:
    """Fill fields of the dialog, each reached by Tab."""
    for name, text in texts.items():
        wanted = name.replace("_", "-")
        await goto(pilot, wanted)
        for key in ("end", "ctrl+u"):
            tap(pilot, key)
        await paste_text(pilot, text)
        await until(pilot, partial(_holds, pilot, wanted, text), name)


def _holds(pilot: Hands, name: str, text: str) -> bool:
    return _value(pilot, name) == text


def _value(pilot: Hands, name: str) -> str:
    return pilot.app.screen.query_one(f"#{name}", Input).value


async def accept(pilot: Hands) -> None:
    await pilot.press("ctrl+s")
    await closed(pilot)


async def export(pilot: Hands, to: Path) -> None:
    await dialog(pilot, "e", "Export")
    assert isinstance(pilot.app.screen, ExportDialog)
    await fill(pilot, to=str(to))
    if to.exists():
        await goto(pilot, "overwrite")
        await pilot.press("space")
    await accept(pilot)


@pytest.mark.slow
async def test_from_an_empty_wallet_to_a_server_that_shuts_a_revoked_user_out(
    empty: Path, tmp_path: Path
) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    async with opened(empty, (100, 40)) as pilot:
        await make(pilot, "acme")
        await make(pilot, "SYS")
        await find(pilot, "acme")
        await dialog(pilot, "p", "What the JWT of acme says")
        await fill(pilot, system_account="SYS")
        await accept(pilot)
        await make(pilot, "orders")
        signing = await make(pilot, "sk", 3)
        await find(pilot, "orders")
        await make(pilot, "writer")
        await dialog(pilot, "p", "What writer may do")
        await fill(pilot, allow_pub="orders.new", allow_sub="_INBOX.>")
        await accept(pilot)
        await find(pilot, "orders")
        await make(pilot, "reader")
        await dialog(pilot, "p", "What reader may do")
        await fill(pilot, signer="sk", deny_pub=">", allow_sub="orders.>")
        await accept(pilot)
        assert records_of(pilot).tokens.claims(records_of(pilot).find("reader").id).issuer.text == (  # type: ignore[union-attr, unused-ignore]
            signing.public
        )

        files = {name: tmp_path / f"{name}.creds" for name in ("writer", "reader")}
        for name, file in files.items():
            await find(pilot, name)
            await export(pilot, file)
            assert file.stat().st_mode & 0o777 == 0o600
        configuration = tmp_path / "nats.conf"
        await find(pilot, "acme")
        await export(pilot, configuration)
        directory = tmp_path / "server"
        directory.mkdir()
        first = f'pid_file: "{tmp_path / "pid"}"\n'
        server = LocalServer(directory, first + configuration.read_text())
        try:
            heard: list[str] = []
            async with (
                client(server.url, files["writer"], heard) as writer,
                client(server.url, files["reader"], heard) as reader,
            ):
                arrived = await reader.subscribe("orders.>")
                await reader.flush()
                await writer.publish("orders.new", b"one")
                await writer.publish("orders.gone", b"two")
                await writer.flush()
                assert (await arrived.next_msg(timeout=10)).data == b"one"
                async with asyncio.timeout(10):  # the client tells of it by a task of its own
                    while not heard:
                        await asyncio.sleep(0.01)
            assert 'publish to "orders.gone"' in " ".join(heard).lower()

            await find(pilot, "writer")
            await dialog(pilot, "x", "Revoke writer?")
            await pilot.press("left", "enter")
            await closed(pilot)
            await sees(pilot, "revoked")
            await find(pilot, "acme")
            await export(pilot, configuration)
            config = directory / "server.conf"
            begins = config.read_text().splitlines()[:3]
            config.write_text("\n".join([*begins, first + configuration.read_text()]))
            os.kill(int((tmp_path / "pid").read_text()), signal.SIGHUP)
            for _ in range(200):
                if not await is_let_in(server.url, files["writer"]):
                    break
                await asyncio.sleep(0.05)
            assert not await is_let_in(server.url, files["writer"])
            assert await is_let_in(server.url, files["reader"])
        finally:
            server.stop()


async def test_the_json_of_what_a_key_may_do_is_edited_and_checked(path: Path) -> None:
    async with opened(path, (100, 40)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "p", "What billing may do")
        screen = pilot.app.screen
        assert isinstance(screen, ClaimsDialog)
        await fill(pilot, subs="7")
        await _press_button(pilot, "switch")
        area = screen.query_one("#json", TextArea)
        await until(pilot, lambda: '"subs": 7' in area.text, "the JSON")
        good = area.text
        for text, said in (
            ("{", "holds no JSON, from line 1"),
            ("[1]", "no JSON object"),
            ('{"subs": "many"}', "whole number"),
            ('{"words": [], "lines": 3}', "No field of a key of kind user"),
            (
                '{"subs": 1, "subjects": 2}',
                "No server knows this field, and reads over it: subjects",
            ),
            ('{"pub": {"allow": ["a b"]}}', "is not a subject"),
        ):
            area.text = text
            await pilot.press("ctrl+s")
            await sees(pilot, said)
        area.text = good.replace('"subs": 7', '"subs": 9, "later": {"x": 1}')
        await _press_button(pilot, "switch")
        await sees(pilot, "reads over it: later")
        await _press_button(pilot, "switch")
        await until(pilot, lambda: _value(pilot, "subs") == "9", "the form")
        await accept(pilot)
        claims = records_of(pilot).tokens.claims(records_of(pilot).find("billing").id)
        assert claims is not None
        assert (claims.nats["subs"], claims.nats["later"]) == (9, {"x": 1})


async def test_what_another_window_changed_meanwhile_is_not_written_over(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "p", "What billing may do")
        await fill(pilot, expires="90d")
        with changed(path) as records:
            billing = records.find("billing")
            Issuing(records).edit(billing.id, {"pub": {"allow": ["theirs"]}})
        await pilot.press("ctrl+s")
        await sees(pilot, "changed meanwhile")
        await pilot.press("escape")
        await closed(pilot)


async def test_a_field_that_cannot_be_read_keeps_the_dialog_and_what_was_typed(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "p", "What billing may do")
        for field, text, said in (
            ("expires", "soon", "is no time"),
            ("signer", "nobody", "answers to"),
            ("allow_pub", "a..b", "subject"),
        ):
            await fill(pilot, **{field: text})
            await pilot.press("ctrl+s")
            await sees(pilot, said)
            await fill(pilot, **{field: ""})
        await fill(pilot, expires="2w")
        await accept(pilot)
        await sees(pilot, "13 d left")


async def test_a_role_is_given_to_a_signing_key_and_shown_to_its_users(path: Path) -> None:
    async with opened(path, (100, 30)) as pilot:
        await find(pilot, "orders")
        await make(pilot, "sk", 3)
        await dialog(pilot, "p", "Without a role")
        await fill(pilot, deny_pub=">")
        await pilot.press("ctrl+s")
        await sees(pilot, "give the role a name")
        await fill(pilot, role="reader")
        await accept(pilot)
        await find(pilot, "billing")
        await dialog(pilot, "p", "What billing may do")
        await fill(pilot, signer="sk")
        await accept(pilot)
        await dialog(pilot, "p", "the role reader")
        await pilot.press("escape")
        await closed(pilot)
        account = records_of(pilot).tokens.claims(records_of(pilot).find("orders").id)
        assert account is not None
        key = records_of(pilot).find("sk")
        assert (scope_of(account.nats, key.public) or {})["role"] == "reader"


async def test_a_user_without_an_operator_says_what_a_configuration_can(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "laptop")
        await dialog(pilot, "p", "goes into")
        assert not pilot.app.screen.query("#expires")
        await fill(pilot, allow_pub="orders.>")
        await accept(pilot)
        assert Issuing(records_of(pilot)).claims(records_of(pilot).find("laptop").id) == {
            "pub": {"allow": ["orders.>"]}
        }
        await dialog(pilot, "y", "Copy laptop as…")
        await pilot.press("down")
        await sees(pilot, 'publish { allow: ["orders.>"] }')


async def test_the_details_say_of_a_user_how_it_connects_with_a_jwt_and_without(path: Path) -> None:
    async with opened(path, (160, 50)) as pilot:
        await find(pilot, "billing")
        screen = await sees(pilot, "with its creds, under acme ▸ orders")
        assert "configuration lists" not in screen
        await find(pilot, "laptop")
        await sees(pilot, "where a server's configuration lists its public key")


async def test_a_revoked_user_is_seen_at_a_glance_and_allowed_again(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "x", "Revoke billing?", "reload the server")
        await pilot.press("left", "enter")
        await closed(pilot)
        await sees(pilot, "revoked")
        before = records_of(pilot).tokens.get(records_of(pilot).find("billing").id)
        await dialog(pilot, "x", "Allow billing?", "stay shut out")
        await pilot.press("enter")
        await closed(pilot)
        await until(pilot, lambda: "revoked" not in drawn(pilot.app), "the end of it")
        after = records_of(pilot).tokens.get(records_of(pilot).find("billing").id)
        assert before is not None
        assert after is not None
        assert (jwt.decode(after).issued or 0) > (jwt.decode(before).issued or 0)


@pytest.mark.parametrize("mend", [False, True])
async def test_a_flaw_of_an_imported_account_does_not_hinder_a_revocation(
    path: Path, mend: bool
) -> None:
    with changed(path) as records:
        account, operator = records.find("acme/orders"), records.find("acme")
        claims = records.tokens.claims(account.id)
        assert claims is not None
        twice = [{"subject": "a", "type": "stream"}] * 2
        with records.open_seed(decode_public(operator.public)) as seed:
            nats = {**claims.nats, "exports": twice}
            records.tokens.set(account.id, signed(seed, {**claims.payload, "nats": nats}))
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "x", "Revoke billing?", "exports[1]", "refuses")
        if mend:
            await _press_button(pilot, "mend")
        await _press_button(pilot, "accept")
        await closed(pilot)
        records = records_of(pilot)
        claims = records.tokens.claims(records.find("acme/orders").id)
        assert claims is not None
        assert len(claims.nats["exports"]) == (1 if mend else 2)
        assert records.find("billing").public in claims.nats["revocations"]


async def test_keys_without_a_jwt_say_why_they_cannot_be_changed_or_revoked(path: Path) -> None:
    with changed(path) as records:
        for kind, name in ((Kind.SERVER, "n1"), (Kind.ACCOUNT, "alone")):
            with Seed.generate(kind) as seed:
                records.add(seed, name=name)
    async with opened(path, (100, 30)) as pilot:
        for name, key, said in (
            ("n1", "p", "has no JWT"),
            ("alone", "p", "has no operator"),
            ("laptop", "x", "no JWT that could be revoked"),
            ("acme", "x", "Users are revoked"),
        ):
            await find(pilot, name)
            await pilot.press(key)
            await sees(pilot, said)


async def test_the_jwt_is_shown_in_words(path: Path) -> None:
    async with opened(path, (120, 40)) as pilot:
        await find(pilot, "billing")
        pilot.app.screen.query_one(Tabs).active = "jwt"
        await sees(pilot, "User acme/orders/billing", "Expires     never", "p changes what it may")
        await find(pilot, "laptop")
        await sees(pilot, "None: no operator stands above it")


async def test_an_export_never_writes_over_a_file_unasked(path: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.creds"
    there.write_text("mine")
    async with opened(path, (100, 30)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "e", "Export billing")
        await fill(pilot, to=str(there))
        await pilot.press("ctrl+s")
        await sees(pilot, "box above to write over")
        assert there.read_text() == "mine"
        await fill(pilot, to="")
        await pilot.press("ctrl+s")
        await sees(pilot, "Where to?")
        await pilot.press("escape")
        await closed(pilot)


async def _press_button(pilot: Hands, name: str) -> None:
    await released(pilot)
    pilot.app.screen.query_one(f"#{name}").focus()
    await pilot.press("enter")


async def test_an_accounts_tiers_traces_and_tags_are_typed_into_its_form(path: Path) -> None:
    async with opened(path, (100, 40)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "p", "What orders may do", "Tags")
        for field, text in (
            ("tags", "prod, region:eu"),
            ("info-url", "https://example.com"),
            ("tiers", "R1 disk_storage=1GiB; R3 disk_storage=1MiB streams=2"),
            ("answers", "1 within 5s"),
            ("trace", "traces.orders 10%"),
        ):
            await goto(pilot, field)
            await type_text(pilot, text)
        await pilot.press("enter")
        await closed(pilot)
        records = records_of(pilot)
        orders = records.find("orders")
        claims = records.tokens.claims(orders.id)
        assert claims is not None
        assert orders.tags == claims.tags == ("prod", "region:eu")
        assert claims.nats["limits"]["tiered_limits"] == {
            "R1": {"disk_storage": 1 << 30},
            "R3": {"disk_storage": 1 << 20, "streams": 2},
        }
        assert claims.nats["default_permissions"]["resp"] == {"max": 1, "ttl": 5_000_000_000}
        assert claims.nats["trace"] == {"dest": "traces.orders", "sampling": 10}
        assert claims.nats["info_url"] == "https://example.com"
