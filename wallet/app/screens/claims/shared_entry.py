"""One export, import or mapping of an account: made, or changed."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.widgets import Static

from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.forms.form_lines import FormLines, line
from wallet.errors import UsageError
from wallet.nats.claims import form
from wallet.nats.claims.edit import whole
from wallet.nats.claims.export_form import EXPORT_FIELDS, IMPORT_FIELDS
from wallet.nats.claims.form import NO, YES
from wallet.nats.claims.shared_subjects import (
    EXPORTS,
    IMPORTS,
    SERVICE,
    STREAM,
    Entry,
    entries,
    with_destination,
    with_entry,
)
from wallet.shell import command
from wallet.show.shared_subjects import signed_anew
from wallet.tasks.sharing.account_links import Work, account_key, change_shared
from wallet.vault.key_record import KeyRecord
from wallet.vault.signing.activations import sign_shared
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

_SUBJECT = {
    EXPORTS: "may have wildcards: orders.>",
    IMPORTS: "as the exporter has it",
}
_OWN = (
    line("account", "From", "an account here, or the public key of any"),
    line("service", "Service", "answers requests; else a stream", flag=True),
    line("token", "Activation", "none; paste the one that a private export needs"),
)
_MAPPING = (
    line("source", "Sent to", "a subject; may have wildcards: orders.*", subjects=True),
    line("destination", "Goes to", "orders.v2.$1", subjects=True),
    line("weight", "Percent", "100"),
    line("cluster", "Only in the cluster", "all"),
)


class ShareDialog(Dialog[str]):
    """A dialog that changes what an account shares. Ends with the news: what has a new JWT."""

    def __init__(self, vault: Vault, account: KeyRecord) -> None:
        super().__init__()
        self.vault, self.account = vault, account

    def change(self, work: Work) -> None:
        """Do the work in a thread, as one change."""

        def job() -> str:
            issuing = change_shared(self.vault, self.account.public, work)
            self._not_signed = {**issuing.left, **issuing.told}
            return signed_anew(issuing.accounts.values())

        self.work(job, "signing…")


class EntryDialog(ShareDialog):
    """Makes or changes an export or import."""

    STARTS_AT = "#subject"
    ACCEPT_LABEL = "Sign"
    KEEPS_TEXT = True
    DEFAULT_CSS = """
    EntryDialog {
        #box { width: 90; }
    }
    """

    def __init__(
        self, vault: Vault, account: KeyRecord, name: str, entry: Entry | None = None
    ) -> None:
        """`name` is `exports` or `imports`; without an `entry` a new one is made."""
        super().__init__(vault, account)
        self.name_of_list, self.entry = name, entry
        self.edits = entry is not None
        self._lines = EXPORT_FIELDS if name == EXPORTS else IMPORT_FIELDS
        own = {
            "subject": "" if entry is None else str(entry.get("subject") or ""),
            "account": "" if entry is None else str(entry.get("account") or ""),
            "service": YES if entry is None or entry.get("type") == SERVICE else NO,
            "token": "" if entry is None else str(entry.get("token") or ""),
        }
        self._fields = [line("subject", "Subject", _SUBJECT[name], subjects=True)]
        self._fields += [field for field in _OWN if name == IMPORTS or field.id == "service"]
        self._opened = {**form.filled(self._lines, entry or {}), **own}

    def title_text(self) -> str:
        one = self.name_of_list.removesuffix("s")
        return f"{'An' if self.entry else 'Another'} {one} of {self.account.path}"

    def fields(self) -> ComposeResult:
        yield FormLines([*self._fields, *self._lines], self._opened)

    def as_command(self) -> str:
        texts = self._texts()
        opened = self._opened
        if not texts["subject"]:
            raise UsageError("Name the subject first: orders.eu.status, or news.>")
        flags: list[tuple[str, ...]] = []
        for field in self._lines:
            text = texts[field.id]
            if text == opened[field.id].strip():
                continue
            if field.id == "private":
                flags.append(("--private" if text == YES else "--public",))
            elif field.flag:
                flags.append((f"--{'' if text == YES else 'no-'}{field.id}",))
            else:
                flags.append((f"--{field.id}", text))
        if self.name_of_list == IMPORTS and texts["account"]:
            flags.insert(0, ("--from", texts["account"]))
        if texts.get("token", "") != opened["token"]:
            flags.append(("--activation", "-"))
        kind = "--service" if texts["service"] == YES else "--stream"
        subject, verb = texts["subject"], "add" if self.entry is None else "change"
        if self.entry is not None and subject != opened["subject"]:
            flags.append(("--subject", subject))
            subject = opened["subject"]
        return command(self.name_of_list, self.account.path, verb, subject, (kind,), *flags)

    def _texts(self) -> dict[str, str]:
        return {name: text.strip() for name, text in self.query_one(FormLines).typed().items()}

    def accept(self) -> None:
        texts = self._texts()
        name, before = self.name_of_list, self.entry

        def save(issuing: Issuing, account: KeyRecord) -> None:
            nats = issuing.claims(account.id)
            place = None if before is None else place_still(nats, name, before)
            one = self._typed_entry(issuing, texts)
            sign_shared(issuing, account, with_entry(nats, name, one, place))

        self.change(save)

    def _typed_entry(self, issuing: Issuing, texts: dict[str, str]) -> dict[str, Any]:
        """The export or import as it is typed; what was left as it was stays so."""
        new = self.entry is None
        one: dict[str, Any] = dict(self.entry or {})
        one["subject"] = texts["subject"]
        if new or texts["service"] != self._opened["service"]:
            one["type"] = SERVICE if texts["service"] == YES else STREAM
        if self.name_of_list == IMPORTS:
            if new or texts["account"] != self._opened["account"]:
                one["account"] = account_key(issuing.records, texts["account"])[0]
            one.pop("token", None)
            one |= {"token": texts["token"]} if texts["token"] else {}
        return form.changed(self._lines, one, texts)


def place_still(nats: Entry, name: str, entry: Entry) -> int:
    """Say where an entry stands that the person looked at. Raises `UsageError` where it is gone."""
    for place, one in enumerate(entries(nats, name)):
        if one == entry:
            return place
    raise UsageError("It was changed meanwhile. Nothing was saved: press Esc, and look again.")


class MappingDialog(ShareDialog):
    """Maps a subject to another, or gives a destination another weight."""

    ACCEPT_LABEL = "Sign"
    KEEPS_TEXT = True

    def __init__(
        self, vault: Vault, account: KeyRecord, source: str = "", destination: Entry | None = None
    ) -> None:
        super().__init__(vault, account)
        given = destination or {}
        self.edits = destination is not None
        self._opened = {
            "source": source,
            "destination": str(given.get("subject") or ""),
            "weight": str(given.get("weight") or ""),
            "cluster": str(given.get("cluster") or ""),
        }

    def title_text(self) -> str:
        return f"A mapping of {self.account.path}"

    def fields(self) -> ComposeResult:
        yield FormLines(_MAPPING, self._opened)
        yield Static(
            "Messages sent to the one go to the other, or that part of them. $1 is what stands "
            "for the first *.",
            classes="explain",
            markup=False,
        )

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#weight" if self._opened["source"] else "#source"))

    def as_command(self) -> str:
        texts = self._texts()
        verb = "change" if self._opened["destination"] else "add"
        flags = [("--weight", texts["weight"].removesuffix("%"))] if texts["weight"] else []
        flags += [("--cluster", texts["cluster"])] if texts["cluster"] else []
        names = texts["source"], texts["destination"]
        if not all(names):
            raise UsageError("Name the subject that is mapped, and the one in its place, first.")
        return command("mappings", self.account.path, verb, *names, *flags)

    def _texts(self) -> dict[str, str]:
        return {name: text.strip() for name, text in self.query_one(FormLines).typed().items()}

    def accept(self) -> None:
        texts = self._texts()
        weight = whole(texts["weight"].removesuffix("%")) if texts["weight"] else None
        if weight is not None and not 1 <= weight <= 100:
            raise UsageError("A part of a hundred is 1 to 100.")

        def save(issuing: Issuing, account: KeyRecord) -> None:
            names = (texts["source"], texts["destination"])
            nats = with_destination(issuing.claims(account.id), *names, weight, texts["cluster"])
            sign_shared(issuing, account, nats)

        self.change(save)
