"""Lets one account of the vault import what another exports."""

from __future__ import annotations

import time
from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from wallet import when
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.forms.completed_input import Subjects
from wallet.app.widgets.forms.form_lines import FormLines, line
from wallet.app.widgets.text_if_any import TextIfAny
from wallet.errors import UsageError, WalletError
from wallet.nats.claims.form import NO, YES
from wallet.nats.claims.shared_subjects import (
    EXPORTS,
    SERVICE,
    STREAM,
    entries,
    exports_of,
    is_private,
)
from wallet.nats.claims.shared_subjects import words as entry_words
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.show.shared_subjects import safe, signed_anew
from wallet.tasks.sharing.account_pairs import PairingWish, pair, unclear
from wallet.vault.key_record import KeyRecord
from wallet.vault.signing.issuance import Issuing
from wallet.vault.signing.present_claims import present_claims
from wallet.vault.vault import Vault

_SUGGESTED = 1000
_FIELDS = (
    line("exporter", "The account", "that exports; its path"),
    line("importer", "shares with", "who imports; → completes its path"),
    line("subject", "the subject", "of its exports, or another: orders.eu.status", subjects=True),
    line("service", "as a service", "that answers requests; else a stream of messages", flag=True),
    line("private", "privately", "only with an activation, which is made", flag=True),
    line("local", "known there as", "the same subject; or theirs.status"),
    line("expires", "The activation ends", "never; or 90d, 2027-01-31"),
)
_OF_NEW_EXPORTS = ("service", "private")


class PairDialog(Dialog[str]):
    """The dialog ends with the news: which accounts have new JWTs."""

    TITLE_TEXT = "Share a subject with another account"
    ACCEPT_LABEL = "Share"
    KEEPS_TEXT = True
    DEFAULT_CSS = """
    PairDialog {
        #form .-hidden { display: none; }
    }
    """

    def __init__(self, vault: Vault, account: KeyRecord, subject: str = "") -> None:
        """`account` is offered as the one that exports `subject`."""
        super().__init__()
        self.vault = vault
        self._texts = dict.fromkeys((field.id for field in _FIELDS), "") | {
            "exporter": account.path,
            "subject": subject,
            "service": YES,
            "private": YES,
        }

    def fields(self) -> ComposeResult:
        yield FormLines(_FIELDS, self._texts)
        yield TextIfAny(id="export", classes="explain")

    def on_mount(self) -> None:
        paths = []
        for account in self.vault.records.all(Kind.ACCOUNT):
            if not account.signing:
                paths.append(account.path)
            if len(paths) == _SUGGESTED:
                break
        for name in ("exporter", "importer"):
            self.query_one(f"#{name}", Input).suggester = SuggestFromList(paths)
        self._look()
        self.set_focus(self.query_one("#importer"))

    @on(Input.Changed)
    def _look(self) -> None:
        """Say what is exported already, and ask only for what is unclear."""
        subject = self._typed("subject")
        try:
            exporter = self.vault.records.find(self._typed("exporter"))
            nats = present_claims(self.vault.records, exporter.id)
        except WalletError:
            nats = {}
        subjects = [str(one.get("subject")) for one in entries(nats, EXPORTS)]
        self.query_one("#subject", Input).suggester = Subjects(subjects)
        exports = exports_of(nats, subject) if subject else []
        missing = unclear(nats, PairingWish(subject)) if subject else []
        to_be_asked = {"service": "kind" in missing, "private": "private" in missing}
        for name in _OF_NEW_EXPORTS:
            of_line = self.query_one(f"#{name}").parent
            if of_line is not None:
                of_line.set_class(not to_be_asked[name], "-hidden")
        if exports:
            words = ", ".join(
                f"{entry_words(one)} ({'private' if is_private(one) else 'public'})"
                for one in exports
            )
            text = f"Exported already: {words}."
        elif subjects:
            text = f"It exports {', '.join(subjects)}; → completes one. Another is exported anew."
        else:
            text = "It exports nothing yet: the subject is exported now."
        self.query_one("#export", Static).update(safe(text, 400))

    def _typed(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def as_command(self) -> str:
        texts = {name: text.strip() for name, text in self.query_one(FormLines).typed().items()}
        _require_named(texts)
        flags: list[tuple[str, ...]] = []
        if self._asked("service"):
            flags.append(("--service" if texts["service"] == YES else "--stream",))
        if self._asked("private"):
            flags.append(("--private" if texts["private"] != NO else "--public",))
        flags += [("--as", texts["local"])] if texts["local"] else []
        flags += [("--expires", texts["expires"])] if texts["expires"] else []
        return command("pair", texts["exporter"], texts["importer"], texts["subject"], *flags)

    def _asked(self, name: str) -> bool:
        """Whether a line of a new export is shown."""
        of_line = self.query_one(f"#{name}").parent
        return of_line is not None and not of_line.has_class("-hidden")

    def accept(self) -> None:
        texts = self.query_one(FormLines).typed()
        expires = when.moment(texts["expires"], int(time.time()))
        kind = SERVICE if texts["service"] == YES else STREAM
        subject, local = texts["subject"].strip(), texts["local"].strip()
        _require_named(texts)

        def job() -> str:
            with self.vault.change() as records:
                issuing = Issuing(records)
                exporter = records.find(texts["exporter"].strip())
                importer = records.find(texts["importer"].strip())
                missing = unclear(issuing.claims(exporter.id), PairingWish(subject))
                wish = PairingWish(
                    subject,
                    kind if "kind" in missing else "",
                    texts["private"] != NO if "private" in missing else None,
                    local,
                    expires,
                )
                pair(issuing, exporter, importer, wish)
            self._not_signed = {**issuing.left, **issuing.told}
            return signed_anew(issuing.accounts.values())

        self.work(job, "signing…")


def _require_named(texts: Mapping[str, str]) -> None:
    """Raise `UsageError` while an account or the subject is not typed."""
    if not (texts["exporter"].strip() and texts["importer"].strip()):
        raise UsageError("Name both accounts by their paths: operator/account.")
    if not texts["subject"].strip():
        raise UsageError("Name the subject that is shared: orders.eu.status, or news.>")
