"""The settings that a vault keeps for the app: taken from it when it opens, and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.app.preferences.keymap import KeymapHost
from wallet.app.preferences.themes import ThemeHost

if TYPE_CHECKING:
    from wallet.vault.vault import Vault

THEME_SETTING = "theme"


class SettingsHost(ThemeHost, KeymapHost):
    """The part of the app that takes its settings from the vault, and keeps them there."""

    vault: Vault | None
    _picked = ""  # a theme, while no vault was open

    def take_settings(self, vault: Vault) -> None:
        """Go by what the vault says from now on."""
        from wallet.tasks.settings import CLIPBOARD, CONFIRM, LOCK

        settings = vault.records.settings
        self.idle.minutes = LOCK.number(settings)
        if seconds := CLIPBOARD.kept(settings):
            self.secret_seconds = int(seconds)
        self.asks_more = CONFIRM.value(settings) == "more"
        self.take_keys(vault)
        theme = settings.get(THEME_SETTING, "")
        picked, self._picked = self._picked, ""
        if picked:
            self.keep_theme()
        elif theme in self.available_themes:
            self.theme = theme

    def keep_theme(self) -> None:
        """Note a theme that was chosen, and save it if the vault is open and has another."""
        self.note_theme()
        vault = self.vault
        if vault is None or vault.locked:
            self._picked = self.theme
            return
        if vault.records.settings.get(THEME_SETTING, "") != self.theme:
            self.keep_setting(THEME_SETTING, self.theme)

    def keep_setting(self, name: str, value: str) -> None:
        vault = self.vault
        if vault is None or vault.only_looking:
            return

        def save() -> None:
            with vault.change(minor=True) as records:
                records.settings.set(name, value)

        self.in_background(save)
