"""The tab of what was done to a key, the newest first."""

from __future__ import annotations

from textual.content import Content

from wallet.shell import command
from wallet.show.issues import Issue, older_issues, with_issues
from wallet.show.named_keys import with_names
from wallet.text import plain
from wallet.vault.db.parts.history import Event
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.when import with_local

_MOST = 200  # shown of one key
_LONGEST = 600  # characters of a detail


def history(record: KeyRecord, records: Records) -> Content:
    """Show each note: when, what was done and by whom, and the details beneath it."""
    notes = list(with_issues(records.history.events(record.public)))
    lines = [_note(event, issue, records) for event, issue in notes[: -_MOST - 1 : -1]]
    if older := len(notes) - len(lines):
        how = command("history", record.path)
        lines.append(Content(f"{older:,} older ones are told by {how}."))
    elif records.history.folded()[0]:
        lines.append(Content("What was done before may be folded away: the vault keeps a part."))
    if revocable := older_issues(records, record):
        which = (
            "the older issue" if len(revocable) == 1 else f"one of {len(revocable):,} older issues"
        )
        lines.insert(0, Content(f"‹revoke› revokes {which} alone, by its time."))
    return Content("\n").join(lines) if lines else Content("Nothing is noted of it.")


def _note(event: Event, issue: Issue | None, records: Records) -> Content:
    what = event.what.replace("-", " ")
    of_issue = "" if issue is None else f", issue {issue.number}"
    at = with_local(event.at)
    line = Content.assemble(f"{at}  ", (f"{what}{of_issue}", "bold"), f"  {plain(event.by, 120)}")
    if not event.detail:
        return line
    return line.append(f"\n  {with_names(records, plain(event.detail, _LONGEST))}")
