"""Tabs with all that is known about the selected key. They follow the cursor."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static, TabbedContent, TabPane

from wallet.app.widgets.permissions import PermissionsBody
from wallet.chain import Chain, describe, objections
from wallet.connection.causes.verdict import Wanted
from wallet.errors import LockedError, NoSuchKeyError
from wallet.nats.jwt import WITH_JWT
from wallet.nats.nkeys import Kind
from wallet.show import verdicts
from wallet.show.marks import words_of
from wallet.tasks.keys_under_test import chain_about, wish_of
from wallet.text import plain
from wallet.vault.key_record import KeyRecord, TestResult
from wallet.vault.records import Records
from wallet.when import to_the_minute

USES = {
    Kind.OPERATOR: "Runs servers and signs accounts. Keep its seed offline where you can.",
    Kind.ACCOUNT: "A tenant: signs users, and keeps their subjects apart from others'.",
    Kind.USER: "Connects to a server. Put the public key into the server's configuration.",
    Kind.SERVER: "Names a server.",
    Kind.CLUSTER: "Names a cluster.",
    Kind.CURVE: "Seals and opens messages (xkey); it signs nothing.",
}
USE_OF_JWT = "Connects to servers that trust its operator, with its creds: e writes them."


class Details(VerticalScroll, can_focus=False):
    """Tabs about one key; `show` fills them."""

    DEFAULT_CSS = """
    Details {
        padding: 0 1;
        #headline { height: auto; padding: 0 0 1 0; }
        TabPane { padding: 1 0 0 0; }
        TabbedContent { height: auto; }
    }
    """

    _shown: tuple[KeyRecord, Records] | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="headline")
        with TabbedContent():
            for name, title in (
                ("public", "Public key"),
                ("seed", "Seed"),
                ("jwt", "JWT"),
                ("notes", "Notes"),
                ("tests", "Tests"),
            ):
                with TabPane(title, id=name):
                    yield Static("", id=f"{name}-text")
            with TabPane("Permissions", id="permissions"):
                yield PermissionsBody()

    def show(self, record: KeyRecord | None, records: Records) -> None:
        """Fill the tabs, or say what to press where nothing is selected."""
        self.query_one(TabbedContent).display = record is not None
        if record is None:
            self.border_title = ""
            empty = records.count() == 0
            self._fill("headline", _EMPTY if empty else Content("A group: → unfolds, ← folds it."))
            return
        results = records.results.of_key(record.public)
        self._shown = record, records
        self.border_title = Content(plain(record.name, 60))
        self._fill("headline", headline(record, results))
        self._fill("public-text", _public(record))
        self._fill("seed-text", _seed(record))
        self._fill_open_tab()
        self._fill("notes-text", _notes(record))
        self._fill("tests-text", _tests(results))

    def ask_about_subject(self) -> None:
        """Open the tab that answers for subjects, with the focus in its field."""
        self.query_one(TabbedContent).active = "permissions"
        self._fill_open_tab()
        self.query_one(PermissionsBody).ask()

    def on_tabbed_content_tab_activated(self) -> None:
        self._fill_open_tab()

    def _fill_open_tab(self) -> None:
        """Fill what may be long, and only while its tab is open: the cursor does not wait."""
        if self._shown is None:
            return
        tab = self.query_one(TabbedContent).active
        with suppress(LockedError, NoSuchKeyError):
            if tab == "jwt":
                self._fill("jwt-text", of_jwt(*self._shown))
            elif tab == "permissions":
                self.query_one(PermissionsBody).show(*self._shown)

    def _fill(self, name: str, content: Content) -> None:
        self.query_one(f"#{name}", Static).update(content)


_EMPTY = Content.assemble(
    "There are no keys here yet.\n\nPress ", ("n", "bold"), " to make one: an operator first, or a"
    " user that stands alone. ", ("i", "bold"), " brings in those you have. ", ("?", "bold"),
    " shows all keys.",
)  # fmt: skip


def headline(record: KeyRecord, results: list[TestResult]) -> Content:
    """Say of a key in a line or two what it is, how old, and how its last test went."""
    what = record.role if record.signing else f"{record.kind.value} key"
    parts = [what.capitalize(), f"made {ago(record.created)}"]
    if record.standing:
        parts.insert(1, record.standing)
    if results:
        last = results[0]
        # Of a key that is to be refused, neither answer is good or bad without its proof.
        wanted = wish_of(record).wanted is Wanted.TAKEN
        how = verdicts.of_remembered(last) if wanted else last.verdict
        parts.append(f"last test {how} {ago(last.at)}")
    return Content("\n").join([Content(" · ".join(parts)), *map(Content, words_of(record))])


def _public(record: KeyRecord) -> Content:
    return Content.assemble(
        (record.public, "bold"),
        "\n\n",
        (USE_OF_JWT if record.kind is Kind.USER and record.has_jwt else USES[record.kind], "dim"),
        "\n\n",
        ("c", "bold"), " copies it, ", ("y", "bold"), " as configuration or code",
        *((", ", ("t", "bold"), " tests it") if record.kind is Kind.USER else ()),
        ".",
    )  # fmt: skip


def _seed(record: KeyRecord) -> Content:
    if record.has_seed:
        return Content.assemble(
            "In the vault, sealed. It is opened for a signature, or when you ask.\n\n",
            ("v", "bold"),
            " shows it for some seconds.",
        )
    return Content.assemble(
        "Not in this vault: only the public key is.\n\n",
        ("n", "bold"),
        " and the pasted seed fill it in.",
    )


def of_jwt(record: KeyRecord, records: Records) -> Content:
    if record.signing and record.parent is not None:
        owner = plain(records.get(record.parent).name, 60)
        changes = Content.assemble(("p", "bold"), " gives it a role, or changes that.")
        what = f"It signs for {owner}, and stands in the JWT of that."
        return Content("\n\n").join(
            [Content(what), changes] if record.kind is Kind.ACCOUNT else [Content(what)]
        )
    if record.kind not in WITH_JWT:
        return Content(f"A {record.kind.value} key has none.")
    keys = Content.assemble(
        ("p", "bold"), " changes what it may, ", ("y", "bold"), " copies, ", ("e", "bold"),
        " exports it.",
    )  # fmt: skip
    links = chain_about(records, record) if record.has_jwt else None
    if links is None:
        return Content.assemble(
            "None: no operator stands above it, so a server's configuration says what it may. ",
            keys,
        )
    now = time.time()
    lines = [Content(plain(line, 500)) for line in describe(_own(record, links), now)]
    wrong = [Content(f"! {plain(o.why, 500)}") for o in objections(links, now=now)]
    return Content("\n").join([*wrong, *lines, Content(""), keys])


def _own(record: KeyRecord, links: Chain) -> Chain:
    """Keep of a chain what this key's own JWT says: an operator's stands with the operator."""
    if record.kind is Kind.ACCOUNT:
        return replace(links, operator=None)
    return links


def _notes(record: KeyRecord) -> Content:
    tags = " ".join(f"#{plain(tag, 64)}" for tag in record.tags) or "no tags"
    notes = "\n".join(plain(line, 1000) for line in record.notes.splitlines()) or "No notes."
    return Content.assemble((tags, "bold"), "\n\n", notes, "\n\n", ("a", "bold"), " changes them.")


def _tests(results: list[TestResult]) -> Content:
    if not results:
        return Content.assemble("Not tested yet. ", ("t", "bold"), " checks it against a server.")
    return Content("\n").join(_test(result) for result in results)


def _test(result: TestResult) -> Content:
    verdict = f"{verdicts.of_remembered(result)} {result.verdict:<9}"
    line = f"{verdict} {plain(result.server_url, 60)}  {ago(result.at)}"
    return Content(f"{line}\n  {plain(result.summary, 300)}")


def everything(record: KeyRecord, results: list[TestResult]) -> Content:
    """Give all there is to know of a key, one line after the other."""
    pairs: Iterable[tuple[str, str]] = (
        ("Public key", record.public),
        ("Kind", f"{record.kind.value}. {USES[record.kind]}"),
        ("Path", plain(record.path, 500)),
        ("Status", record.standing or record.status),
        *(("Open", words) for words in words_of(record)),
        ("Seed", "in the vault, sealed" if record.has_seed else "not in this vault"),
        ("Made", f"{to_the_minute(record.created)}, {ago(record.created)}"),
        ("Expires", to_the_minute(record.expires) if record.expires else "never"),
        ("Beneath it", f"{record.children:,}" if record.children else "nothing"),
        ("Tags", " ".join(plain(tag, 64) for tag in record.tags) or "none"),
    )
    lines = [Content.assemble((f"{name:<12}", "bold"), value) for name, value in pairs]
    notes = [Content(plain(line, 1000)) for line in record.notes.splitlines()]
    return Content("\n").join([*lines, Content(""), *notes, Content(""), _tests(results)])


def ago(moment: datetime) -> str:
    """Say how long ago a moment is, in the largest unit that fits: `3 days ago`."""
    seconds = max(0, int((datetime.now(UTC) - moment).total_seconds()))
    for unit, length in (("year", 31_557_600), ("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
