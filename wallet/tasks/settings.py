"""The settings of a vault: how each is called, what it may be, and what it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wallet.errors import UsageError
from wallet.vault.db.parts.settings import Settings
from wallet.vault.tree.sibling_order import Order


@dataclass(frozen=True, slots=True)
class Numbers:
    """Whole numbers of a unit; `offered` are those that many people take."""

    least: int
    most: int
    unit: str
    offered: tuple[int, ...]

    def words(self, number: str) -> str:
        """A number as it is shown: `5 minutes`."""
        return f"{int(number):,} {self.unit}{'' if number == '1' else 's'}"

    def __contains__(self, text: str) -> bool:
        is_number = text.isascii() and text.isdigit() and len(text) <= len(str(self.most))
        return is_number and self.least <= int(text) <= self.most


@dataclass(frozen=True, slots=True)
class VaultSetting:
    """A setting, kept as a text; `values` are numbers, or the words of each value there is."""

    name: str
    label: str
    help: str
    usual: str
    values: Numbers | Mapping[str, str]

    def kept(self, settings: Settings) -> str:
        """The value that a vault keeps; empty where it keeps none, or none that makes sense."""
        value = settings.get(self.name, "")
        return value if value in self.values else ""

    def value(self, settings: Settings) -> str:
        """The value that holds for a vault."""
        return self.kept(settings) or self.usual

    def number(self, settings: Settings) -> int:
        """The number that holds for a vault."""
        return int(self.value(settings))

    def words(self, settings: Settings) -> str:
        """The value that holds for a vault, as it is shown."""
        return self.words_of(self.value(settings))

    def words_of(self, value: str) -> str:
        """A value as it is shown."""
        return self.values.words(value) if isinstance(self.values, Numbers) else self.values[value]

    def read(self, text: str) -> str:
        """Take what was typed or chosen. Raises `UsageError`."""
        if text in self.values:
            return text
        if isinstance(self.values, Numbers):
            bounds = f"a whole number from {self.values.least} to {self.values.most:,}"
        else:
            bounds = f"one of {', '.join(self.values)}"
        raise UsageError(f"{self.label}: {bounds}.")


LOCK = VaultSetting(
    "idle-minutes",
    "Lock after",
    "The wallet locks when nobody has touched a key for so long.",
    "5",
    Numbers(1, 24 * 60, "minute", (1, 5, 15, 60)),
)
CLIPBOARD = VaultSetting(
    "clipboard-seconds",
    "Clear secrets after",
    "A copied seed, creds or passphrase leaves the clipboard after so long, and at the lock.",
    "20",
    Numbers(5, 600, "second", (10, 20, 60)),
)
CONFIRM = VaultSetting(
    "confirmations",
    "Ask before",
    "Deleting, revoking, revealing, restoring and pushing are always asked about.",
    "usual",
    {"usual": "what costs something", "more": "leaving, too"},
)
OLD_KEYS = VaultSetting(
    "old-key-days",
    "A key is old after",
    "Health advises to rotate a key that has not been rotated for so long.",
    "90",
    Numbers(1, 36_500, "day", (30, 90, 365)),
)
ORDER = VaultSetting(
    "tree-order",
    "Order of keys",
    "Keys beside each other stand in this order; what they hang beneath stays.",
    Order.NAME.value,
    {
        Order.NAME.value: "by name",
        Order.AGE.value: "the oldest first",
        Order.EXPIRY.value: "the next to expire first",
        Order.TEST.value: "longest not tested first",
    },
)
SETTINGS = (LOCK, CLIPBOARD, CONFIRM, OLD_KEYS, ORDER)
