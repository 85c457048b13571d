"""The settings that a vault keeps for the app: taken from it when it opens, and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.app.preferences.keymap import take_keys
from wallet.app.preferences.themes import note_theme

if TYPE_CHECKING:
    from wallet.app.host import Host
    from wallet.vault.vault import Vault

THEME_SETTING = "theme"


class Preferences:
    """The part of the app that takes its settings from the vault, and keeps them there."""

    def __init__(self, app: Host) -> None:
        self._app = app
        self._picked = ""  # a theme, while no vault was open

    def take(self, vault: Vault) -> None:
        """Go by what the vault says from now on."""
        from wallet.tasks.settings import CLIPBOARD, CONFIRM, LOCK

        app, settings = self._app, vault.records.settings
        app.idle.minutes = LOCK.number(settings)
        if seconds := CLIPBOARD.kept(settings):
            app.secret_seconds = int(seconds)
        app.asks_more = CONFIRM.value(settings) == "more"
        take_keys(app, vault)
        theme = settings.get(THEME_SETTING, "")
        picked, self._picked = self._picked, ""
        if picked:
            self.keep_theme()
        elif theme in app.available_themes:
            app.theme = theme

    def keep_theme(self) -> None:
        """Note a theme that was chosen, and save it if the vault is open and has another."""
        app, vault = self._app, self._app.vault
        note_theme(app)
        if vault is None or vault.locked:
            self._picked = app.theme
            return
        if vault.records.settings.get(THEME_SETTING, "") != app.theme:
            self.keep(THEME_SETTING, app.theme)

    def keep(self, name: str, value: str) -> None:
        """Save a setting in the vault, in a thread."""
        vault = self._app.vault
        if vault is None or vault.only_looking:
            return

        def save() -> None:
            with vault.change(minor=True) as records:
                records.settings.set(name, value)

        self._app.in_background(save, "A setting was not kept: the wallet locked first.")
