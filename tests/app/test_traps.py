"""Ways in which a Textual app gives secrets away, each tried on ours; most with a control."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App
from textual.command import CommandPalette
from textual.geometry import Offset
from textual.widgets import Input, TextArea

from tests.app.hands import drawn, thread_at_work, type_text, until
from tests.app.inpty import SEED, START, in_pty, rest_of
from tests.app.test_main import make_empty
from tests.vault.support import made_once
from wallet.app.app import WalletApp
from wallet.app.screens.vault.create import CreateScreen
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.app.widgets.secrets.countdown import Countdown
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.app.widgets.secrets.secret_text import SecretText
from wallet.vault.file.container import KdfCost

PASSPHRASE = "my dog likes to eat cheese"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "keys" / "vault.nkw"
    made_once(place, make_empty)
    return place


# 1. Ctrl+C or Ctrl+X in a password Input copies the clear text to the clipboard.


@pytest.mark.parametrize("first_start", [True, False])
async def test_no_passphrase_is_ever_typed_into_a_field_that_can_copy_it(
    path: Path, first_start: bool
) -> None:
    app = WalletApp(path.with_name("none.nkw") if first_start else path)
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, "typed in secret")
        assert isinstance(app.screen, CreateScreen if first_start else UnlockScreen)
        assert app.screen.query(SecretInput)
        assert not app.screen.query(Input)
        assert not app.screen.query(TextArea)
        for key in ("ctrl+a", "shift+home", "ctrl+c", "ctrl+x", "ctrl+insert"):
            await pilot.press(key)
        assert app.clipboard == ""
        await pilot.press("ctrl+v")
        assert not app.screen.query(SecretInput).first().empty


# 2. An uncaught exception prints local variables, seeds among them.

CRASH = (
    START
    + """
from textual.app import App
from textual.widget import Widget

class Failing(Widget):
    def render(self):
        seed = sys.argv[2]
        raise RuntimeError(f"cannot draw {seed}")

class Crashing:
    def key_f9(self):
        seed = sys.argv[2]
        def fail():
            secret = sys.argv[2]
            try:
                raise KeyError(f"not {secret}")
            except KeyError as error:
                raise ValueError(f"cannot use {secret}") from error
        how = sys.argv[1]
        if how == "handler":
            fail()
        elif how == "timer":
            self.set_timer(0.01, fail)
        elif how == "worker":
            self.run_worker(fail, thread=True)
        elif how == "drawing":
            self.screen.mount(Failing())
        elif how == "input":
            self._driver.process_message = lambda message: fail()

class Plain(Crashing, App):
    def compose(self):
        from textual.widgets import Static
        yield Static("is locked")

class Wallet(Crashing, WalletApp):
    pass

app = Plain() if sys.argv[3] == "plain" else Wallet(Path(sys.argv[4]))
app.run()
sys.exit(app.return_code or 0)
"""
)


def crash(tmp_path: Path, how: str, kind: str, path: Path) -> tuple[str, int]:
    """What a crash prints, and its exit code."""
    script = tmp_path / "crash.py"
    script.write_text(CRASH, encoding="utf-8")
    with in_pty([str(script), how, SEED, kind, str(path)]) as child:
        child.expect_exact("is locked")
        child.send("\x1b[20~")
        if how == "input":
            child.send("x")
        return rest_of(child), child.exitstatus


@pytest.mark.parametrize("how", ["handler", "timer", "worker", "drawing", "input"])
def test_a_crash_prints_no_values_but_where_it_happened(
    tmp_path: Path, path: Path, how: str
) -> None:
    printed, status = crash(tmp_path, how, "wallet", path)
    assert SEED not in printed.replace("\r\n", "")
    assert SEED[:12] not in printed
    assert "cannot use" not in printed, "an exception's message may quote a secret"
    assert "had to close" in printed
    assert "crash.py:" in printed
    assert "Traceback" not in printed
    assert status == 70


def test_the_control_a_crash_of_a_plain_app_prints_the_seed(tmp_path: Path, path: Path) -> None:
    printed, _ = crash(tmp_path, "handler", "plain", path)
    assert SEED[:12] in printed


def test_a_crash_locks_the_vault(tmp_path: Path, path: Path) -> None:
    script = tmp_path / "locks.py"
    script.write_text(
        START
        + """
from wallet.vault.vault import Vault

class Wallet(WalletApp):
    def opened(self, vault):
        self.seen = vault
        raise RuntimeError("an error of the wallet's own")

app = Wallet(Path(sys.argv[1]), passphrase=Passphrase(sys.argv[2]))
app.run()
print("locked:", app.seen.locked)
""",
        encoding="utf-8",
    )
    with in_pty([str(script), str(path), PASSPHRASE]) as child:
        printed = rest_of(child)
    assert "RuntimeError" in printed
    assert "locked: True" in printed
    assert PASSPHRASE not in printed


# 3. TEXTUAL_LOG writes every key press; TEXTUAL_DEBUG writes keys.log.

TALKATIVE = {
    "TEXTUAL": "debug,devtools",
    "TEXTUAL_DEBUG": "1",
    "TEXTUAL_SCREENSHOT": "1",
    "TEXTUAL_SCREENSHOT_LOCATION": ".",
    "TEXTUAL_SHOW_RETURN": "1",
}
DIRECTLY = START + "WalletApp(Path(sys.argv[1])).run()"
PLAIN = """
import sys
from textual.app import App
from textual.widgets import Input, Static
class Plain(App):
    def compose(self):
        yield Input(password=True)
        yield Static("is locked")
Plain().run()
"""


def files_with_keys(directory: Path) -> list[str]:
    """The files that hold what was typed, as text or as one key press after another."""
    found = []
    for file in directory.rglob("*"):
        if file.is_file() and file.suffix not in {".py", ".nkw"}:
            text = file.read_text(encoding="utf-8", errors="replace")
            if "sesame" in text or "key='s'" in text or "Key(" in text:
                found.append(file.name)
    return found


def use_with_logs(program: list[str], directory: Path) -> list[str]:
    place = directory / "cwd"
    place.mkdir()
    variables = {**TALKATIVE, "TEXTUAL_LOG": str(place / "textual.log")}
    if "plain.py" in program[0]:
        variables.pop("TEXTUAL_SCREENSHOT")  # which would end it
        variables.pop("TEXTUAL")  # needs textual-dev, which is not installed
    with in_pty(program, environment=variables, directory=place) as child:
        child.expect_exact("is locked")
        for character in "sesame":
            child.send(character)
        child.send("\x11")  # Ctrl+Q
        rest_of(child)
    return files_with_keys(directory)


def test_no_variable_makes_the_wallet_write_down_keys(tmp_path: Path, path: Path) -> None:
    assert use_with_logs(["-m", "wallet", "--vault", str(path)], tmp_path) == []
    assert list((tmp_path / "cwd").iterdir()) == []


def test_nor_the_app_when_it_is_started_in_another_way(tmp_path: Path, path: Path) -> None:
    script = tmp_path / "directly.py"
    script.write_text(DIRECTLY, encoding="utf-8")
    assert use_with_logs([str(script), str(path)], tmp_path) == []
    assert list((tmp_path / "cwd").iterdir()) == []


def test_the_control_a_plain_app_writes_keys_down(tmp_path: Path) -> None:
    script = tmp_path / "plain.py"
    script.write_text(PLAIN, encoding="utf-8")
    assert "textual.log" in use_with_logs([str(script)], tmp_path)


# 4. The palette's Screenshot writes whatever is shown.


async def test_the_palette_saves_no_screenshot(path: Path, empty_home: Path) -> None:
    def saved() -> list[Path]:
        return list(empty_home.rglob("*.svg"))

    (empty_home / "Downloads").mkdir()
    plain: App[None] = App()
    async with plain.run_test() as pilot:
        titles = {command.title for command in plain.get_system_commands(plain.screen)}
        assert "Screenshot" in titles, "the control: Textual offers it"
        await plain.run_action("app.screenshot")
        await until(pilot, saved, "the control: Textual's file")
        saved()[0].unlink()
    app = WalletApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert "Theme" in titles
        assert "Screenshot" not in titles
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette), "the palette")
        await type_text(pilot, "screenshot")
        await until(pilot, lambda: "No matches found" in drawn(app), "the search's end")
        assert "Save an SVG" not in drawn(app)
        await app.run_action("app.screenshot")
        await until(pilot, lambda: not thread_at_work(), "the end of all that may write")
    assert not saved()


# 5. Text selection works on any widget that allows it.


async def test_what_is_secret_on_the_screen_cannot_be_selected(tmp_path: Path) -> None:
    app = WalletApp(tmp_path / "none.nkw", cost=KdfCost.MINIMUM)
    copied: list[str] = []
    app.copy_to_clipboard = copied.append  # type: ignore[method-assign, assignment]
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+g")
        await pilot.pause()
        secret = app.screen.query_one(SecretText)
        words = secret._secret.decode().split()
        assert words[2] in drawn(app)
        await pilot.mouse_down(SecretText, Offset(0, 0))
        await pilot.hover(SecretText, Offset(60, 0))
        await pilot.mouse_up(SecretText, Offset(60, 0))
        assert not app.screen.get_selected_text()
        # From the line above to the line below, across it.
        await pilot.mouse_down("#forgetting", Offset(3, 0))
        await pilot.hover("#hints", Offset(30, 0))
        await pilot.mouse_up("#hints", Offset(30, 0))
        selected = app.screen.get_selected_text() or ""
        assert "Forget it" in selected or "only way in" in selected, "the control: others can be"
        assert not [word for word in words if word in selected.split()]
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert not [text for text in copied for word in words if word in text.split()]


@pytest.mark.parametrize("widget", [SecretInput(), SecretText(), Countdown("Seed")])
def test_secret_widgets_allow_no_selection(widget: SecretInput | SecretText | Countdown) -> None:
    assert widget.ALLOW_SELECT is False
