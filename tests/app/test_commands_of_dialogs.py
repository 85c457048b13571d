"""F4 in a dialog: the command that does the same, as the command line takes it."""

from __future__ import annotations

import shlex
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen
from textual.widgets import Button, Input, Select, Static, TextArea

from tests.app.hands import drawn, paste_text, type_text, until
from tests.app.test_main import Hands, changed, closed, dialog, filled_vault, find, opened, sees
from tests.app.test_main import empty as empty
from tests.vault.support import issue, made_once
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.exchange.export import FULL
from wallet.app.widgets.command_line import CommandLine
from wallet.cli import argument_parser
from wallet.cli.claims import flags
from wallet.nats.claims.form import fields_of, filled
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.recovery_code import RecoveryCode
from wallet.shell import command
from wallet.show.edit_command import edit_flags
from wallet.system import clipboard
from wallet.system.clipboard import Copied
from wallet.tasks.sharing.account_pairs import PairingWish, pair
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

HIGH = (120, 50)


@filled_vault
def two_accounts(records: Records) -> None:
    """acme with orders and metrics, and in orders billing and laptop, who is revoked."""
    issuing = Issuing(records)
    add = partial(issue, issuing)
    acme = add(Kind.OPERATOR, "acme")
    orders = add(Kind.ACCOUNT, "orders", acme)
    add(Kind.ACCOUNT, "metrics", acme)
    add(Kind.USER, "billing", orders)
    issuing.revoking.revoke(add(Kind.USER, "laptop", orders))


@pytest.fixture
def vault(two_accounts: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That vault, where commands look for it that name none."""
    monkeypatch.setenv("NKEY_WALLET_VAULT", str(two_accounts))
    return two_accounts


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were copied."""
    texts: list[str] = []

    def copy(text: str, write_terminal: object = None) -> Copied:
        texts.append(text)
        return Copied(True, "desktop", "")

    monkeypatch.setattr(clipboard, "copy_public", copy)
    return texts


async def command_of(pilot: Hands) -> str:
    """Press F4 and give what the dialog shows."""
    await pilot.press("f4")
    line = pilot.app.screen.query_one(CommandLine)
    await until(pilot, lambda: line.shown, "the command")
    return str(line.content)


def parsed(command: str) -> Namespace:
    """What the command line makes of a command. It leaves with an error for one that is none."""
    words = shlex.split(command)
    assert words[0] == "nkey-wallet"
    return argument_parser.build().parse_args(words[1:])


COMMANDS = (
    ("v", "billing", "nkey-wallet seed acme/orders/billing --yes"),
    ("d", "billing", "nkey-wallet delete acme/orders/billing --yes"),
    ("enter", "billing", "nkey-wallet show acme/orders/billing"),
    ("x", "billing", "nkey-wallet revoke acme/orders/billing"),
    ("x", "laptop", "nkey-wallet allow acme/orders/laptop"),
    ("r", "billing", "nkey-wallet rotate acme/orders/billing --as planned --yes"),
    ("y", "billing", "nkey-wallet public acme/orders/billing"),
    (
        *("e", "billing"),
        "nkey-wallet export acme/orders/billing --as creds --to billing.creds",
    ),
    ("e", "acme", "nkey-wallet config acme --for operator > acme.conf"),
    ("t", "billing", "nkey-wallet test acme/orders/billing --server nats://127.0.0.1:4222"),
    ("T", "orders", "nkey-wallet test acme/orders --server nats://127.0.0.1:4222"),
    ("P", "orders", "nkey-wallet push acme/orders --server nats://127.0.0.1:4222"),
    ("n", "orders", "nkey-wallet new user --under acme/orders"),
    ("C", "acme", "nkey-wallet config acme --for operator --rehearse"),
    ("H", "acme", "nkey-wallet health"),
)
"""A key, what it is pressed on, and the command of the dialog that it opens."""


@pytest.mark.parametrize("half", range(2))
async def test_a_dialog_shows_and_copies_the_command_that_does_the_same(
    half: int, vault: Path, copied: list[str]
) -> None:
    async with opened(vault, HIGH) as pilot:
        for key, on, command in COMMANDS[half::2]:
            copied.clear()
            await find(pilot, on)
            await pilot.press(key)
            await until(pilot, lambda: isinstance(pilot.app.screen, Dialog), f"the dialog of {key}")
            await until(pilot, lambda: pilot.app.focused is not None, "the focus")
            if key == "C":
                await sees(pilot, "Left empty")
            assert "F4 Its command" in drawn(pilot.app), command
            assert await command_of(pilot) == command
            await until(pilot, partial(copied.__eq__, [command]), f"the copy of {command}")
            parsed(command.partition(" > ")[0])
            await pilot.press("escape")
            await closed(pilot)


async def test_what_is_typed_stands_in_the_command_at_once_and_quoted(vault: Path) -> None:
    async with opened(vault, HIGH) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "n", "New key")
        await command_of(pilot)
        await type_text(pilot, "o'brien & $HOME")
        line = pilot.app.screen.query_one(CommandLine)
        await until(pilot, lambda: "brien" in str(line.content), "the name")
        arguments = parsed(str(line.content))
        assert (arguments.kind, arguments.name) == ("user", "o'brien & $HOME")
        assert arguments.under == "acme/orders"


async def test_a_pasted_seed_never_stands_in_the_command(vault: Path) -> None:
    with Seed.generate(Kind.USER) as seed:
        text = seed.encode().decode()
    async with opened(vault, HIGH) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "n", "New key")
        pilot.app.screen.query_one("#pasted").focus()
        await pilot.pause()
        await paste_text(pilot, text)
        assert await command_of(pilot) == "nkey-wallet import --under acme/orders -- -"
        pilot.app.screen.query_one("#name", Input).value = text
        await pilot.pause()
        assert text[:12] not in str(pilot.app.screen.query_one(CommandLine).content)


@pytest.mark.parametrize("secret", ["a seed", "a damaged seed", "a code"])
@pytest.mark.parametrize("form", [("e", "acme", "#to"), ("R", "billing", "#name")])
async def test_a_secret_that_is_typed_into_a_field_is_in_no_command(
    vault: Path, copied: list[str], form: tuple[str, str, str], secret: str
) -> None:
    """It stood on the screen once more, and went to the clipboard, as what is public."""
    with Seed.generate(Kind.USER) as seed, RecoveryCode.generate() as code:
        text = (code.text() if secret == "a code" else seed.encode()).decode()
    text = text[:20] + text[21:] if secret == "a damaged seed" else text
    key, on, field = form
    async with opened(vault, HIGH) as pilot:
        await find(pilot, on)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, Dialog), "the dialog")
        pilot.app.screen.query_one(field, Input).value = text
        await pilot.pause()
        await pilot.press("f4")
        refused, veiled = "has no place in a", "'(a seed)'"
        said = partial(lambda app: refused in drawn(app) or veiled in drawn(app), pilot.app)
        await until(pilot, said, "a refusal, or a word in the seed's place")
        assert text[20:30] not in "".join(copied)


async def test_a_changed_form_becomes_the_flags_that_change_the_same(vault: Path) -> None:
    typed = {
        "allow-pub": "orders.>, status",
        "deny-sub": "orders.secret",
        "answers": "2 within 5s",
        "src": "10.0.0.0/8",
        "subs": "10",
        "hours": "08:00-18:00",
        "times-location": "Europe/Berlin",
        "expires": "90d",
        "tags": "prod, eu",
    }
    async with opened(vault, HIGH) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "p", "What billing may do")
        for name, text in typed.items():
            pilot.app.screen.query_one(f"#{name}", Input).value = text
        command = await command_of(pilot)
    with changed(vault) as records:
        billing = records.find("billing")
        arguments = parsed(command)
        nats = flags.wanted(arguments, Kind.USER, Issuing(records).claims(billing.id))
    texts = filled(fields_of(Kind.USER), nats)
    own = {"expires", "tags"}
    assert {name: texts[name] for name in typed if name not in own} == {
        name: text for name, text in typed.items() if name not in own
    }
    assert (arguments.expires, arguments.tags) == ("90d", "prod, eu")


@pytest.mark.parametrize("kind", [Kind.OPERATOR, Kind.ACCOUNT, Kind.USER])
def test_each_line_of_the_form_has_a_flag_that_the_command_line_knows(kind: Kind) -> None:
    for field in fields_of(kind):
        for text in ("", "1"):
            told = edit_flags([field], {field.id: "before"}, {field.id: text})
            parsed(command("edit", "REF", *told))


@pytest.fixture
def sharing(vault: Path) -> Path:
    """The same, where metrics may ask orders for help."""
    return made_once(vault, share_help)


def share_help(vault: Path) -> None:
    with changed(vault) as records:
        wish = PairingWish("help", "service", private=True)
        orders, metrics = records.find("orders"), records.find("metrics")
        pair(Issuing(records), orders, metrics, wish)


COMMANDS_OF_SHARED: tuple[tuple[str, str, dict[str, str], str], ...] = (
    ("orders", "o", {"subject": "news.>"}, "exports acme/orders add 'news.>' --service"),
    ("orders", "m", {"source": "a", "destination": "b"}, "mappings acme/orders add a b"),
    ("orders", "d", {}, "exports acme/orders remove help --service"),
    ("orders", "x", {}, "exports acme/orders revoke help acme/metrics"),
    ("metrics", "enter", {"as": "aid"}, "imports acme/metrics change help"),
    (
        *("orders", "n", {"importer": "acme/metrics", "subject": "news", "local": "daily"}),
        "pair acme/orders acme/metrics news --service --private --as daily",
    ),
)
"""An account, a key in the list of what it shares, what is typed then, and the command."""


async def test_what_accounts_share_has_its_commands_too(sharing: Path) -> None:
    async with opened(sharing, HIGH) as pilot:
        for on, key, typed, command in COMMANDS_OF_SHARED:
            await find(pilot, on)
            await dialog(pilot, "s", f"What acme/{on} shares")
            assert await command_of(pilot) == (
                f"nkey-wallet exports acme/{on} && nkey-wallet imports acme/{on} && "
                f"nkey-wallet mappings acme/{on}"
            )
            lower = pilot.app.screen
            await pilot.press(key)
            await until(pilot, partial(is_above, pilot, lower), f"the dialog above, for {command}")
            await until(pilot, lambda: pilot.app.focused is not None, "the focus")
            for name, text in typed.items():
                field = pilot.app.screen.query(f"Input#{name}")
                if field:
                    field.first(Input).value = text
            await pilot.pause()
            told = await command_of(pilot)
            assert told.startswith(f"nkey-wallet {command}")
            parsed(told)
            await left(pilot)


def is_above(pilot: Hands, lower: Screen[Any]) -> bool:
    return pilot.app.screen is not lower


async def left(pilot: Hands) -> None:
    """Close all that is open, whatever is written in it."""
    while isinstance(pilot.app.screen, Dialog):
        await pilot.app.screen.dismiss(None)


async def test_where_nobody_is_named_no_command_is_copied_that_shuts_out_all(
    sharing: Path, copied: list[str]
) -> None:
    async with opened(sharing, HIGH) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "x", "Revoke in orders")
        await pilot.press("f4")
        await sees(pilot, "Whom?")
        await pilot.press("escape")
        await dialog(pilot, "s", "What acme/orders shares")
        await pilot.press("x")
        await sees(pilot, "Take back activations")
        pilot.app.screen.query_one("#importer", Input).value = ""
        for key in ("f4", "enter"):
            await pilot.press(key)
            await sees(pilot, "Of which account? Type")
        assert copied == []


async def test_everybody_issued_before_is_revoked_by_the_same_command(vault: Path) -> None:
    async with opened(vault, HIGH) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "x", "Revoke in orders")
        pilot.app.screen.query_one("#before", Input).value = "2h"
        pilot.app.screen.query_one("#whom", Input).value = "*"
        told = await command_of(pilot)
        assert told == "nkey-wallet revoke '*' --under acme/orders --before 2h"
        parsed(told)


async def test_the_vaults_pages_have_theirs(vault: Path) -> None:
    async with opened(vault, HIGH) as pilot:
        for button, command in (
            ("passphrase", "passphrase"),
            ("check", "check"),
            ("backups", "backups"),
            ("recovery", "recovery"),
            ("key-file", "passphrase --no-key-file"),
            ("merge", "merge FILE"),
        ):
            await dialog(pilot, "V", "The vault")
            lower = pilot.app.screen
            lower.query_one(f"#{button}", Button).press()
            await until(pilot, partial(is_above, pilot, lower), f"the page {button}")
            await until(pilot, lambda: pilot.app.screen.query(CommandLine), "the page's fields")
            told = await command_of(pilot)
            assert told == f"nkey-wallet {command}"
            parsed(told)
            await left(pilot)


async def test_a_servers_profile_has_its_command(vault: Path) -> None:
    with changed(vault) as records:
        records.servers.set_profile(ServerProfile("prod", ("tls://n1:4222",)))
    async with opened(vault, HIGH) as pilot:
        await dialog(pilot, "S", "Servers")
        assert await command_of(pilot) == "nkey-wallet servers"
        await pilot.press("enter")
        await sees(pilot, "Server prod")
        pilot.app.screen.query_one("#name", Input).value = "live"
        told = await command_of(pilot)
        remove, _, add = told.partition(" && ")
        assert remove == "nkey-wallet servers remove prod"
        assert add == "nkey-wallet servers add live --url tls://n1:4222"
        parsed(remove)
        parsed(add)


@pytest.mark.parametrize("key", ["t", "P"])
async def test_a_password_in_a_servers_address_stands_in_no_command(
    key: str, vault: Path, copied: list[str]
) -> None:
    async with opened(vault, HIGH) as pilot:
        await find(pilot, {"t": "billing", "P": "orders"}[key])
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, Dialog), "the dialog")
        field = pilot.app.screen.query_one("#server", Input)
        field.value = "nats://admin:hunter2@n1:4222"
        await pilot.press("f4")
        await sees(pilot, "address has a name or password in it")
        assert not pilot.app.screen.query_one(CommandLine).shown
        assert copied == []
        field.value = "nats://n1:4222"
        await command_of(pilot)
        field.value = "nats://admin:hunter2@n1:4222"
        await pilot.pause()
        assert "hunter2" not in str(pilot.app.screen.query_one(CommandLine).content)


async def test_a_note_too_long_for_a_word_has_no_command_that_would_cut_it(vault: Path) -> None:
    async with opened(vault, HIGH) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "a", "billing")
        pilot.app.screen.query_one(TextArea).text = "x" * 5000
        await pilot.press("f4")
        await sees(pilot, "A command takes a note of one line, 4,000 at most.")


async def test_a_home_is_written_out_in_what_a_shell_reads_in_quotes(vault: Path) -> None:
    async with opened(vault, HIGH) as pilot:
        await find(pilot, "acme")
        await dialog(pilot, "e", "Export")
        form = pilot.app.screen.query_one("#form", Select)
        form.value = next(value for _, value in form._options if value == FULL)
        pilot.app.screen.query_one("#to", Input).value = "~/auth.conf"
        told = await command_of(pilot)
        assert told.endswith(f"> {Path.home()}/auth.conf")


async def test_what_is_not_typed_yet_is_asked_for_and_no_command_copied(
    sharing: Path, copied: list[str]
) -> None:
    async with opened(sharing, HIGH) as pilot:
        await find(pilot, "orders")
        for key, told in (("n", "Name both accounts"), ("o", "subject"), ("m", "subject")):
            await dialog(pilot, "s", "What acme/orders shares")
            lower = pilot.app.screen
            await pilot.press(key)
            await until(pilot, partial(is_above, pilot, lower), f"the dialog above, of {key}")
            await until(pilot, lambda: pilot.app.focused is not None, "the focus")
            await pilot.press("f4")
            problem = pilot.app.screen.query_one("#problem", Static)
            await until(pilot, partial(says, problem, told), f"“{told}”, of {key}")
            assert copied == []
            await left(pilot)


def says(line: Static, text: str) -> bool:
    return text in str(line.content)
