"""Takes out an export, import or mapping of an account, and takes activations back."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input, Static

from wallet.app.screens.claims.shared_entry import ShareDialog, place_still
from wallet.app.widgets.forms.tick import Tick
from wallet.errors import UsageError
from wallet.nats.claims.content import few
from wallet.nats.claims.revocations import EVERYBODY
from wallet.nats.claims.shared_subjects import (
    EXPORTS,
    IMPORTS,
    Entry,
    entries,
    is_private,
    without_destination,
    without_entry,
    words,
)
from wallet.shell import command
from wallet.show.shared_subjects import safe
from wallet.tasks.sharing.account_links import ListedExport, ListedImport, account_key, is_of
from wallet.tasks.sharing.account_pairs import revoke_activations, unpair_places
from wallet.vault.key_record import KeyRecord
from wallet.vault.signing.activations import sign_shared
from wallet.vault.signing.issuance import Issuing
from wallet.vault.signing.present_claims import present_claims
from wallet.vault.vault import Vault


class _RemovalDialog(ShareDialog):
    """Asks before something that an account shares is removed."""

    STARTS_AT = "#cancel"

    def buttons(self) -> ComposeResult:
        yield Button("Remove", id="accept", variant="error", compact=True)
        yield Button("Keep", id="cancel", compact=True)


class RemoveEntryDialog(_RemovalDialog):
    """Asks before an export or import goes, and says what that means for the other account."""

    def __init__(
        self, vault: Vault, account: KeyRecord, listed: ListedExport | ListedImport
    ) -> None:
        super().__init__(vault, account)
        self.listed = listed
        self.exporter = _exporter_with_activations(vault, listed)

    def title_text(self) -> str:
        return f"Remove {safe(words(self.listed.entry), 100)}?"

    def fields(self) -> ComposeResult:
        yield Static(safe(self._consequence(), 600), classes="explain", markup=False)
        if self.exporter is not None:
            yield Tick("take the activation back too, in the exporter's JWT", True, id="revoke")

    def _consequence(self) -> str:
        if isinstance(self.listed, ListedExport):
            if self.listed.importers:
                return f"Once servers know, it reaches nobody: {few(self.listed.importers)} had it."
            return "No account in this wallet imports of it; others may."
        return (
            f"{self.account.path} imports it from {self.listed.exporter} no longer, once servers "
            "know."
        )

    def as_command(self) -> str:
        entry = self.listed.entry
        subject, path = str(entry.get("subject")), self.account.path
        if isinstance(self.listed, ListedExport):
            return command("exports", path, "remove", subject, (f"--{entry.get('type')}",))
        return command("imports", path, "remove", subject, ("--from", str(entry.get("account"))))

    def accept(self) -> None:
        entry = self.listed.entry
        name = EXPORTS if isinstance(self.listed, ListedExport) else IMPORTS
        exporter = self.exporter
        revoke = exporter is not None and self.query_one("#revoke", Tick).value

        def remove(issuing: Issuing, account: KeyRecord) -> None:
            nats = issuing.claims(account.id)
            place = place_still(nats, name, entry)
            if revoke and exporter is not None:
                unpair_places(issuing, exporter, account, [place])
            else:
                sign_shared(issuing, account, without_entry(nats, name, place), despite=True)

        self.change(remove)


def _exporter_with_activations(
    vault: Vault, listed: ListedExport | ListedImport
) -> KeyRecord | None:
    """The account in this vault that an import has its activation from."""
    if isinstance(listed, ListedExport) or not listed.entry.get("token"):
        return None
    exporter = vault.records.by_public(str(listed.entry.get("account")))
    if exporter is None or not exporter.has_jwt:
        return None
    nats = present_claims(vault.records, exporter.id)
    exports = [one for one in entries(nats, EXPORTS) if is_private(one)]
    return exporter if any(is_of(listed.entry, one) for one in exports) else None


class RemoveMappingDialog(_RemovalDialog):
    """Asks before messages are sent to a destination no longer."""

    def __init__(self, vault: Vault, account: KeyRecord, source: str, destination: Entry) -> None:
        super().__init__(vault, account)
        self.source, self.destination = source, str(destination.get("subject"))

    def title_text(self) -> str:
        return "Remove this mapping?"

    def fields(self) -> ComposeResult:
        text = f"Messages to {self.source} go to {self.destination} no longer, once servers know."
        yield Static(safe(text, 400), classes="explain", markup=False)

    def as_command(self) -> str:
        return command("mappings", self.account.path, "remove", self.source, self.destination)

    def accept(self) -> None:
        def remove(issuing: Issuing, account: KeyRecord) -> None:
            nats = without_destination(issuing.claims(account.id), self.source, self.destination)
            sign_shared(issuing, account, nats, despite=True)

        self.change(remove)


class RevokeActivationsDialog(ShareDialog):
    """Asks whose activations of an export count no more."""

    STARTS_AT = "#importer"
    ACCEPT_LABEL = "Take back"
    KEEPS_TEXT = True

    def __init__(self, vault: Vault, account: KeyRecord, listed: ListedExport) -> None:
        super().__init__(vault, account)
        self.listed = listed

    def title_text(self) -> str:
        return f"Take back activations of {safe(words(self.listed.entry), 100)}"

    def fields(self) -> ComposeResult:
        yield Static(
            "Of which account? Its path, any public key, or * for all. What was issued until now "
            "counts no more; the import stays, and gets nothing.",
            classes="explain",
            markup=False,
        )
        first = next(iter(self.listed.importers), "")
        yield Input(first, id="importer", suggester=SuggestFromList(self.listed.importers))

    def as_command(self) -> str:
        whom = self._typed()
        subject = str(self.listed.entry.get("subject"))
        return command("exports", self.account.path, "revoke", subject, whom)

    def _typed(self) -> str:
        """The person's word for whose. Raises `UsageError` for none."""
        typed = self.query_one("#importer", Input).value.strip()
        if not typed:  # a command that is copied would take them back from all
            raise UsageError("Of which account? Type its path, a public key, or * for all.")
        return typed

    def accept(self) -> None:
        typed, entry = self._typed(), self.listed.entry

        def revoke(issuing: Issuing, account: KeyRecord) -> None:
            place = place_still(issuing.claims(account.id), EXPORTS, entry)
            everybody = typed == EVERYBODY
            importer = typed if everybody else account_key(issuing.records, typed)[0]
            revoke_activations(issuing, account, place, importer)

        self.change(revoke)
