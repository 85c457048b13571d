"""The first tab: the facts about a key in short, and the key in full for a dialog."""

from __future__ import annotations

from textual.content import Content

from wallet.app.widgets.details.fact_table import Fact, FactTable
from wallet.app.widgets.details.notes import notes
from wallet.app.widgets.details.test_results import remembered_tests
from wallet.app.widgets.details.whole_jwt import jwt_in_words
from wallet.nats.nkeys import Kind
from wallet.show.key_facts import key_facts, named
from wallet.show.states.key_states import own_state
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.when import with_local


def summary(record: KeyRecord, records: Records) -> FactTable:
    """Show the facts about a key, a label beside each."""
    return FactTable(_facts(record, records))


def _facts(record: KeyRecord, records: Records) -> list[Fact]:
    state = own_state(record)
    facts = [("State", Content.styled(state, "bold"))] if state else []
    for label, text in key_facts(records, record):
        bold = label == "Public key"
        facts.append((label, Content.styled(text, "bold") if bold else Content(text)))
    return facts


def everything(record: KeyRecord, records: Records) -> list[Content | FactTable]:
    """Give all there is to know of a key, part after part."""
    table = FactTable(
        [
            ("Path", Content(named(record.path))),
            *_facts(record, records),
            ("Made", Content(with_local(record.created))),
            *([] if record.children else [("Beneath it", Content("nothing"))]),
        ]
    )
    parts: list[Content | FactTable] = [table, notes(record, records)]
    if record.kind is Kind.USER:
        parts.append(remembered_tests(record, records))
    return [*parts, jwt_in_words(record, records)]
