"""The tab of a key's JWT: what it says, and what a server objects to in it."""

from __future__ import annotations

import time

from textual.content import Content

from wallet.app.widgets.details.fact_table import FactTable
from wallet.chain import objections, own_words
from wallet.nats.jwt import WITH_JWT
from wallet.nats.nkeys import Kind
from wallet.show.named_keys import by_names
from wallet.show.statements import as_facts
from wallet.tasks.connection.keys_under_test import chain_about
from wallet.text import an, plain
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


def jwt_in_words(record: KeyRecord, records: Records) -> Content | FactTable:
    """Show objections first, then what the key's own JWT says, a label beside each statement."""
    if record.signing and record.parent is not None:
        owner = plain(records.get(record.parent).name, 60)
        changes = Content("‹claims› gives it a role, or changes that.")
        what = f"It signs for {owner}, and stands in the JWT of that."
        return Content("\n\n").join(
            [Content(what), changes] if record.kind is Kind.ACCOUNT else [Content(what)]
        )
    if record.kind not in WITH_JWT:
        return Content(f"{an(record.kind.value).capitalize()} key has none.")
    keys = Content("‹claims› changes what it may, ‹copy_as› copies, ‹export› exports it.")
    links = chain_about(records, record) if record.has_jwt else None
    if links is None:
        return Content.assemble(
            "None: no operator stands above it, so a server's configuration says what it may. ",
            keys,
        )
    now = time.time()
    wrong = [f"! {one.why}" for one in objections(links, now=now)]
    told = own_words(links, record.kind, now)
    lines = [by_names(records, plain(line, 500)) for line in (*wrong, *told)]
    facts = [(label, Content(text)) for label, text in as_facts(lines)]
    return FactTable([*facts, ("Keys", keys)])
