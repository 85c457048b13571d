"""The settings that a vault keeps for the app: taken from it when it opens, and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.app.preferences.keymap import KeymapHost

if TYPE_CHECKING:
    from wallet.vault.vault import Vault

THEME_SETTING = "theme"


class SettingsHost(KeymapHost):
    """The part of the app that takes its settings from the vault, and keeps them there."""

    vault: Vault | None

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
        if theme in self.available_themes:
            self.theme = theme

    def keep_theme(self) -> None:
        """Save a theme that was chosen, if the vault is open and has another."""
        vault = self.vault
        if vault is None or vault.locked:
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
