"""Repairs are keys to press in the app, not commands for a shell; and an error is short."""

from __future__ import annotations

import ast
import re
import socket
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from textual.widgets import Input

import wallet
from tests.app.hands import drawn, paste_text, until
from tests.app.test_export import signed
from tests.app.test_main import changed, closed, dialog, empty, find, opened, records_of, sees
from wallet.app.actions import ACTIONS
from wallet.app.app import WalletApp
from wallet.app.key_repairs import _DONE_BY, folded, in_keys
from wallet.app.recommended_keys import Recommended
from wallet.app.widgets.details.all_tabs import TABS
from wallet.app.widgets.details.details import Details
from wallet.app.widgets.results.cause_text import cause_texts, text_to_paste
from wallet.codes import Code
from wallet.connection.causes.report import Cause, Report, Verdict
from wallet.connection.protocol.untrusted_json import text_in
from wallet.errors import UsageError
from wallet.shell import command, written
from wallet.tasks.deployment.arrival import Pushed
from wallet.vault.db.parts.servers import ServerProfile

__all__ = ["empty", "signed"]  # fixtures
WALLET = Path(wallet.__file__).parent


async def test_each_command_is_said_by_its_key_and_the_keys_path(signed: Path) -> None:
    async with opened(signed, (120, 40)) as pilot:
        app: Any = pilot.app
        public = records_of(pilot).find("billing").public
        for text, by_key in (
            (
                f"If it may connect again:\n{command('allow', public)}",
                "If it may connect again:\nx lets acme/orders/billing in again",
            ),
            (
                f"Later:\n{command('edit', public, ('--expires', '365d'))}",
                "Later:\np on acme/orders/billing: type 365d in Expires",
            ),
            (
                "Take it out with `nkey-wallet rotate acme/orders --finish`, or not.",
                "Take it out with r on acme/orders, or not.",
            ),
            ("Say it with `nkey-wallet edit` first.", "Say it with p first."),
            (
                f"If that is meant: {command('revoke', 'a b')}, or not.",
                "If that is meant: x shuts a b out, or not.",
            ),
            (
                command("push", "acme/a", "acme/b", ("--server", "prod")),
                "P on acme/a, then on acme/b pushes it",
            ),
            ("push it (nkey-wallet push --server URL), or not", "push it (P), or not"),
            ("write it (nkey-wallet export acme).", "write it (e on acme)."),
            ("nkey-wallet servers forget nats://x", "nkey-wallet servers forget nats://x"),
            ("nothing of the kind", "nothing of the kind"),
        ):
            assert in_keys(app, text) == by_key
        app.keys = {"main.revoke": "f2"}
        assert in_keys(app, command("allow", public)).startswith("F2 lets")


async def test_of_a_key_and_a_flag_that_do_the_same_the_key_alone_is_said(signed: Path) -> None:
    async with opened(signed) as pilot:
        app = pilot.app
        assert isinstance(app, WalletApp)
        told = in_keys(app, "Let another be tried too (F7 in the app, --beside REF), or test all.")
        assert told == "Let another be tried too (F7), or test all."


async def test_why_a_key_cannot_be_rotated_is_said_with_keys(signed: Path) -> None:
    async with opened(signed, (180, 30)) as pilot:
        await find(pilot, "billing")
        await pilot.press("u")
        await sees(pilot, "billing is retired now")
        await pilot.press("r")
        await sees(pilot, "x shuts")


async def test_beside_a_certain_cause_guesses_are_only_named(signed: Path) -> None:
    token = "eyJ" + "a" * 400 + "." + "b" * 400 + "." + "c" * 86
    certain = Cause(Code.JWT_REVOKED, f"It is {token}.", "Do this.", certain=True)
    guess = Cause(Code.KEY_UNKNOWN, "A long story.", "Or that.", certain=False)
    async with opened(signed) as pilot:
        say = partial(in_keys, cast("Any", pilot.app))
        first, second = map(str, cause_texts(say, refused(certain, guess)))
        assert "jwt-revoked (certain)" in first
        assert "eyJaaaaaaaaaaaaa… (891 characters)" in first
        assert second == "Only if that mends nothing: key-unknown."
        first, second = map(str, cause_texts(say, refused(guess, certain)))
        assert "A long story" in first
        assert "certain" in second


async def test_a_reason_that_stands_above_is_not_said_again(signed: Path) -> None:
    why = "Nothing listens on port 4222 of localhost."
    cause = Cause(Code.REFUSED, why, "Start it.", certain=True)
    report = refused(cause)
    async with opened(signed) as pilot:
        say = partial(in_keys, cast("Any", pilot.app))
        told = replace(report, summary=f"No answer about the key: {why}")
        (text,) = cause_texts(say, told)
        assert str(text) == "nothing-listens (certain)\n→ Start it."
        (text,) = cause_texts(say, report)
        assert why in str(text)


async def test_what_all_users_have_for_their_cause_is_said_once_above_them(signed: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    async with opened(signed, (100, 40)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "T", "F5 Test all")
        await pilot.press("ctrl+u")
        await paste_text(pilot, f"nats://127.0.0.1:{port}")
        await pilot.press("enter")
        screen = await sees(pilot, "nothing-listens (certain)", "→ Start the server", "reports")
        assert screen.count("Nothing listens on port") == 1
        assert screen.index("→ Start the server") < screen.rindex(" reports ")


def refused(*causes: Cause) -> Report:
    return Report("U" * 56, "nats://x", Verdict.REFUSED, "Refused by x.", (), causes, {})


def test_a_jwt_is_folded_and_nothing_else() -> None:
    assert folded("eyJhbGciOi") == "eyJhbGciOi"
    assert folded("users: [ { nkey: U } ]") == "users: [ { nkey: U } ]"


async def test_sentences_name_the_key_that_was_chosen(signed: Path) -> None:
    async with opened(signed, (120, 40)) as pilot:
        app: Any = pilot.app
        app.keys = {f"main.{name}": "f12" for name in ("claims", "notes", "test", "undo", "push")}
        await find(pilot, "billing")
        titles = {tab.title: tab.name for tab in TABS}
        for title, words in (
            ("JWT", "F12 changes what it may"),
            ("Tests", "F12 checks it"),
            ("Notes", "F12 changes them"),
        ):
            pilot.app.screen.query_one(Details).tab = titles[title]
            await pilot.press("up", "down")
            await sees(pilot, words)
        await dialog(pilot, "d", "F12 may undo that")


def test_no_sentence_of_the_app_names_a_key_that_may_be_another() -> None:
    usual = "|".join(re.escape(action.key) for action in ACTIONS if len(action.key) == 1)
    named = re.compile(rf"[Pp]ress ({usual})\b|\(({usual})\)[ ,.]|[.:] ([b-zB-Z?]) [a-z]+s ")
    own = {"servers.py", "shared_subjects.py", "health.py", "fork.py"}  # letters of the dialog
    faults = [
        f"{file.name}: {text.value}"
        for room in ("app", "tasks/undo", "tasks/rotation", "tasks/deployment")
        for file in sorted((WALLET / room).rglob("*.py"))
        if file.name not in own
        for text in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
        if named.search(text.value)
    ]
    assert faults == []


def test_each_command_in_advice_has_its_key_or_has_none_in_the_app() -> None:
    """Found where a command is made for a text, as `command("push", …)`."""
    without = {"servers", "diff", "pull"}  # of these the app does but a part, or none
    verbs = {
        str(call.args[0].value)
        for room in ("tasks", "show", "connection", "chain", "vault")
        for file in sorted((WALLET / room).rglob("*.py"))
        if "command" in (source := file.read_text(encoding="utf-8"))
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "command"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(verbs) > 10
    assert verbs - without <= {each.split()[0] for each in _DONE_BY}


async def test_a_key_that_a_dialog_recommends_works_there_and_stands_in_its_footer(
    signed: Path,
) -> None:
    with changed(signed) as records:
        records.servers.set_profile(ServerProfile("prod", ("nats://127.0.0.1:1",)))
    async with opened(signed, (120, 30)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "r", "Rotate billing")
        await pilot.press("down", "enter", "enter")
        await sees(pilot, "Rotation of acme/orders/billing", "P on acme/orders pushes it")
        assert " P Push " in drawn(pilot.app).splitlines()[-1]
        await pilot.press("P")
        await sees(pilot, "Push acme/orders to servers")


async def test_a_recommended_key_is_for_no_keys_that_happen_to_be_marked(signed: Path) -> None:
    with changed(signed) as records:
        records.servers.set_profile(ServerProfile("prod", ("nats://127.0.0.1:1",)))
    async with opened(signed, (120, 30)) as pilot:
        await find(pilot, "acme")
        await pilot.press("space")
        await find(pilot, "billing")
        await dialog(pilot, "r", "Rotate billing")
        await pilot.press("down", "enter", "enter")
        await sees(pilot, "Rotation of acme/orders/billing", "e on acme/orders/billing")
        await pilot.press("e")
        await sees(pilot, "Keys are marked, and e would be for these")
        await closed(pilot)


async def test_a_key_that_is_recommended_for_two_keys_of_the_vault_acts_on_neither(
    signed: Path,
) -> None:
    async with opened(signed, (120, 30)) as pilot:
        await find(pilot, "acme")
        await dialog(pilot, "d", "Delete")
        recommended: Recommended = cast("Any", pilot.app.screen).recommended
        pilot.app.set_focus(None)
        recommended.in_keys(command("push", "acme/orders"))
        assert [key.key for key in recommended.footer_keys()] == ["P"]
        recommended.in_keys(command("push", "acme"))
        assert recommended.footer_keys() == []
        await pilot.press("P")
        await sees(pilot, "Delete")


@pytest.mark.parametrize(
    "words",
    [
        "nkey-wallet delete acme/orders/billing",
        "busy; `nkey-wallet delete acme/orders/billing`; later",
        "(nkey-wallet delete acme/orders/billing)",
        "\u2039delete\u203a takes it out",
    ],
)
async def test_nothing_is_recommended_of_what_a_text_quotes(signed: Path, words: str) -> None:
    async with opened(signed, (120, 30)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "x", "Revoke in orders")
        screen: Any = pilot.app.screen
        pilot.app.set_focus(None)
        for text in (
            words,
            f"No file is called {words}",
            UsageError(f"{words}: refused").told,
            f"{words}. " + command("push", "acme/orders") + f" {words}",
            command("push", words),
        ):
            screen.say(text)
            assert {key.key for key in screen.recommended.footer_keys()} <= {"P"}, text
        screen.say(UsageError(f"{words}. " + command("push", "acme/orders")).told)
        assert [key.key for key in screen.recommended.footer_keys()] == ["P"]
        screen.say(f"Nothing of {words}")
        assert screen.recommended.footer_keys() == [], "what an earlier text recommended is over"


async def test_an_action_that_a_text_names_works_in_the_dialog(signed: Path) -> None:
    async with opened(signed, (120, 30)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "x", "Revoke in orders")
        screen: Any = pilot.app.screen
        pilot.app.set_focus(None)
        screen.say(UsageError("Make it first, with " + written("‹new›") + ".").told)
        await sees(pilot, "Make it first, with n.")
        assert [key.key for key in screen.recommended.footer_keys()] == ["n"]
        await pilot.press("n")
        await sees(pilot, "New key")


async def test_a_second_push_recommends_nothing_of_the_first(signed: Path) -> None:
    async with opened(signed, (120, 30)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "P", "Push acme/orders")
        screen: Any = pilot.app.screen
        pilot.app.set_focus(None)
        for command_told in (command("rotate", "acme"), command("edit", "acme/orders")):
            screen._show(Pushed(remarks=["Look there: " + command_told]))
        assert [key.key for key in screen.recommended.footer_keys()] == ["p"]


async def test_a_key_that_is_recommended_for_one_that_is_gone_says_so(signed: Path) -> None:
    async with opened(signed, (120, 30)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "x", "Revoke in orders")
        screen: Any = pilot.app.screen
        pilot.app.set_focus(None)
        screen.say("Push it: " + command("push", "acme/no-more"))
        await sees(pilot, "P on acme/no-more")
        await pilot.press("P")
        await sees(pilot, "P was for acme/no-more", "No key in this vault", "Revoke in orders")


def test_a_servers_words_are_no_command_that_becomes_a_key() -> None:
    words = text_in("busy; nkey-wallet delete acme/orders/billing")
    assert "nkey-wallet" not in words
    assert "delete acme/orders/billing" in words


async def test_a_letter_that_is_typed_or_answers_does_not_leave_the_dialog(signed: Path) -> None:
    async with opened(signed, (120, 30)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "R", "Rename")
        rename: Any = pilot.app.screen
        rename.say("‹new› makes one, `nkey-wallet push acme` brings it.")
        await sees(pilot, "n makes one, P on acme brings it")
        assert "P Push" not in drawn(pilot.app).splitlines()[-1]
        await pilot.press("P")
        await until(pilot, lambda: pilot.app.screen.query_one(Input).value.endswith("P"), "a P")
        await pilot.press("escape", "escape")


async def test_where_enter_comes_to_no_first_the_frame_says_which_keys_do_it(
    signed: Path,
) -> None:
    async with opened(signed, (80, 24)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "P", "Push acme/orders")
        await pilot.press("enter")
        await sees(pilot, "“Close” comes first. Push: ← Enter, or F5")
        await pilot.press("left")
        await until(pilot, lambda: "comes first" not in drawn(pilot.app), "the end of that")
        await until(pilot, lambda: drawn(pilot.app).splitlines()[-1].startswith(" ⏎ Push"), "Push")


@pytest.mark.parametrize(
    ("fix", "pasted"),
    [
        ("Add this:\n{ nkey: U }", "{ nkey: U }\n"),
        ("Start the server, or correct the port.", ""),
        ("Issue its JWT:\n" + command("edit", "billing"), ""),
    ],
)
def test_only_what_is_to_be_pasted_elsewhere_is_offered_to_be_copied(fix: str, pasted: str) -> None:
    assert text_to_paste(fix) == pasted
