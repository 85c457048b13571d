"""The settings that a vault keeps for the app: after how long it locks, and its theme."""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import SystemCommand

from wallet.app.host import Host
from wallet.app.idle import DEFAULT_MINUTES
from wallet.vault.vault import Vault

IDLE_SETTING = "idle-minutes"
THEME_SETTING = "theme"
IDLE_CHOICES = (1, 5, 15, 60)
DAY_MINUTES = 24 * 60


class SettingsHost(Host):
    """The part of the app that takes its settings from the vault, and keeps them there."""

    vault: Vault | None

    def take_settings(self, vault: Vault) -> None:
        """Go by what the vault says from now on."""
        self.idle.minutes = _minutes(vault.records.settings.get(IDLE_SETTING, ""))
        theme = vault.records.settings.get(THEME_SETTING, "")
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

    def idle_commands(self) -> Iterator[SystemCommand]:
        """The palette's choices of how soon the wallet locks."""
        for minutes in IDLE_CHOICES:
            plural = "" if minutes == 1 else "s"
            yield SystemCommand(
                f"Lock after {minutes} minute{plural}",
                f"When nobody has touched a key for so long. Now: {self.idle.words}",
                lambda minutes=minutes: self._lock_after(minutes),
            )

    def _lock_after(self, minutes: int) -> None:
        self.idle.minutes = minutes
        self.keep_setting(IDLE_SETTING, str(minutes))


def _minutes(text: str) -> int:
    """Read the number of idle minutes that a vault keeps; the default where it makes no sense."""
    sensible = text.isascii() and text.isdigit() and len(text) <= len(str(DAY_MINUTES))
    return int(text) if sensible and 0 < int(text) <= DAY_MINUTES else DEFAULT_MINUTES
