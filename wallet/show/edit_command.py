"""Flags of `edit` that say what was typed into the form of a key's claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from wallet.nats.claims.form import UNLIMITED_WORD, YES, Field

Flag = tuple[str, ...]

FLAGS = {
    "src": "source",
    "hours": "hours",
    "times-location": "time-zone",
    "allowed-connection-types": "connection-type",
    "info-url": "info-url",
    "description": "description",
    "tiers": "tiers",
    "trace": "trace",
    "account-server-url": "account-server",
    "operator-service-urls": "service-urls",
    "assert-server-version": "oldest-server",
    **{name: name for name in ("allow-pub", "deny-pub", "allow-sub", "deny-sub")},
}
"""The flag of `edit` for each line of the form that has one of its own; `--limit` gives numbers."""
TICKS = {
    "bearer-token": "bearer",
    "disallow-bearer": "disallow-bearer",
    "strict-signing-key-usage": "strict",
}
"""The flags of lines that say yes or no, of which each has another with `no-` before it."""


def edit_flags(
    fields: Sequence[Field], before: Mapping[str, str], after: Mapping[str, str]
) -> list[Flag]:
    """The flags that say of these lines what was changed: `before` and `after` are their texts."""
    return [
        flag
        for field in fields
        if (text := after[field.id].strip()) != before[field.id].strip()
        for flag in _of(field, text)
    ]


def _of(field: Field, text: str) -> Iterator[Flag]:
    if field.id in TICKS:
        yield (f"--{'' if text == YES else 'no-'}{TICKS[field.id]}",)
    elif field.id in FLAGS:
        yield f"--{FLAGS[field.id]}", text
    elif field.id == "answers":
        number, _, within = text.partition(" within ")
        yield "--responses", number.strip() or "none"
        if within.strip():
            yield "--response-time", within.strip()
    else:
        nothing = UNLIMITED_WORD if field.hint == UNLIMITED_WORD else "0"
        yield "--limit", f"{field.id.replace('-', '_')}={text or nothing}"
