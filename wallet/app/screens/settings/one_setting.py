"""Changing one setting: from a list of what it may be, or by typing a number."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from wallet.app.screens.dialog import Dialog
from wallet.tasks.settings import Numbers, VaultSetting
from wallet.vault.vault import Vault


class SettingDialog(Dialog[str]):
    """Ends with the value that is kept in the vault from now on."""

    NO_COMMAND = "it is about the app itself"
    ACCEPT_LABEL = "Keep"
    DEFAULT_CSS = """
    SettingDialog OptionList { height: auto; max-height: 12; }
    """

    def __init__(self, vault: Vault, setting: VaultSetting) -> None:
        super().__init__()
        self.vault, self.setting = vault, setting
        self._now = setting.value(vault.records.settings)

    def title_text(self) -> str:
        return self.setting.label

    def fields(self) -> ComposeResult:
        setting = self.setting
        values = setting.values
        yield Static(setting.help, classes="explain", markup=False)
        if isinstance(values, Numbers):
            offered = ", ".join(map(str, values.offered))
            bounds = f"{values.least} to {values.most:,}; many take {offered}"
            label = f"How many {values.unit}s: {bounds}"
            yield Static(label, classes="field-label", markup=False)
            yield Input(self._now, id="value")
        else:
            options = OptionList(*(Option(words, value) for value, words in values.items()))
            options.highlighted = list(values).index(self._now)
            yield options

    def on_mount(self) -> None:
        self.set_focus(self.query_one("OptionList, Input"))

    @on(OptionList.OptionSelected)
    def _entered(self) -> None:
        self.action_accept()

    def accept(self) -> None:
        value = self.setting.read(self._chosen())

        def job() -> str:
            with self.vault.change(minor=True) as records:
                records.settings.set(self.setting.name, value)
            return value

        self.work(job)

    def _chosen(self) -> str:
        for field in self.query("#value").results(Input):
            return field.value.strip()
        option = self.query_one(OptionList).highlighted_option
        return str(option.id) if option is not None else ""
