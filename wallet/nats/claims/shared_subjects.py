"""An account's exports, imports and mappings: found, added, changed and removed one by one. Pure.

Functions take the `nats` fields of an account, or one export, and give new ones; the given are
left as they are. Accounts from elsewhere may hold anything: what is no entry is passed over, and
can be removed by its number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wallet.errors import StateRefusesError, UsageError
from wallet.nats.claims.content import few
from wallet.nats.jwt_layout import in_order
from wallet.nats.subjects import Patterns

Json = Any
Entry = Mapping[str, Json]
EXPORTS, IMPORTS = "exports", "imports"
STREAM, SERVICE = "stream", "service"
_NOTHING: Entry = {}


def entries(nats: Entry, name: str) -> list[Entry]:
    """The exports or imports of an account, in their places; an empty one for what is none."""
    return [one if isinstance(one, Mapping) else _NOTHING for one in _list(nats, name)]


def words(entry: Entry) -> str:
    """An export or import in two words: `service orders.>`."""
    return f"{entry.get('type') or 'entry'} {entry.get('subject') or 'without a subject'}"


def place_of(nats: Entry, name: str, wanted: str, kind: str = "", account: str = "") -> int:
    """The place of the export or import that a person means by its subject, or by its number
    from 1 on; of this kind, and from this account, where they are given.

    Raises `UsageError` where none fits, or more than one.
    """
    every = list(enumerate(entries(nats, name)))
    fitting = [
        place
        for place, one in every
        if one.get("subject") == wanted
        and kind in ("", one.get("type"))
        and account in ("", one.get("account"))
    ]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and wanted.isdecimal() and 0 < int(wanted[:9]) <= len(every):
        return int(wanted) - 1
    if fitting:
        numbers = " or ".join(str(place + 1) for place in fitting)
        raise UsageError(
            f"More than one of the {name} has the subject {wanted}. Say which by its number in "
            f"the list: {numbers}."
        )
    subjects = few([words(one) for _, one in every]) or "there are none"
    raise StateRefusesError(
        f"None of the {name} fits {kind or 'the subject'} {wanted}: {subjects}."
    )


def with_entry(nats: Entry, name: str, entry: Entry, place: int | None = None) -> dict[str, Json]:
    """The claims with one more export or import, in the order that a JWT has them; or with this
    one in the place of another.

    Raises `UsageError` for one more import of what is imported already: servers leave it out.
    """
    every = _list(nats, name)
    if place is None:
        same = [one for one in entries(nats, IMPORTS) if _is_same_import(one, entry)]
        if name == IMPORTS and same:
            raise StateRefusesError(
                f"It imports {words(entry)} from there already. Change that, or remove it first."
            )
        every.append(dict(entry))
    else:
        every[place] = dict(entry)
    sortable = all(isinstance(one, Mapping) for one in every)
    laid_out = in_order("account", {name: every})[name] if sortable else every
    return {**nats, name: laid_out}


def _is_same_import(one: Entry, other: Entry) -> bool:
    return all(one.get(field) == other.get(field) for field in ("account", "type", "subject"))


def without_entry(nats: Entry, name: str, place: int) -> dict[str, Json]:
    """The claims without the export or import in this place."""
    every = _list(nats, name)
    del every[place]
    return {**nats, name: every}


def exports_of(nats: Entry, subject: str, kind: str = "") -> list[Entry]:
    """The exports, of this kind where one is given, that all of a subject lies within."""
    return [
        one
        for one in entries(nats, EXPORTS)
        if kind in ("", one.get("type"))
        and isinstance(one.get("subject"), str)
        and Patterns([one["subject"]]).covers(subject)
    ]


def is_private(export: Entry) -> bool:
    """Whether only accounts with an activation may import it.

    Where an account's own key stands in the subject, servers go by that alone.
    """
    return export.get("token_req") is True and not export.get("account_token_position")


# --- mappings ----------------------------------------------------------------------------------


def mappings(nats: Entry) -> dict[str, list[Entry]]:
    """Say where an account's messages go instead, by the subject that they are sent to."""
    given = nats.get("mappings")
    return {
        source: [one for one in to if isinstance(one, Mapping)] if isinstance(to, list) else []
        for source, to in (given.items() if isinstance(given, Mapping) else ())
    }


def with_destination(
    nats: Entry, source: str, destination: str, weight: int | None, cluster: str
) -> dict[str, Json]:
    """The claims with one more destination of a mapping, or another weight for one that it has.

    `weight` is a part of a hundred, None for all; `cluster` the one that it holds in, or empty.
    """
    new: dict[str, Json] = {"subject": destination}
    new |= {} if weight is None else {"weight": weight}
    new |= {"cluster": cluster} if cluster else {}
    every = dict(mappings(nats))
    others = [
        one
        for one in every.get(source, [])
        if (one.get("subject"), one.get("cluster") or "") != (destination, cluster)
    ]
    return {**nats, "mappings": {**every, source: [*others, new]}}


def without_destination(nats: Entry, source: str, destination: str | None) -> dict[str, Json]:
    """The claims without a destination of a mapping, in whatever cluster, or without all of them.

    Raises `UsageError` where it is not there.
    """
    given = nats.get("mappings")
    every = dict(given) if isinstance(given, Mapping) else {}
    if source not in every:
        raise StateRefusesError(
            f"{source} is not mapped: {few(list(every)) or 'there are no mappings'}."
        )
    to = mappings(nats)[source]
    left = [one for one in to if destination is not None and one.get("subject") != destination]
    if destination is not None and len(left) == len(to):
        there = few([str(one.get("subject")) for one in to])
        raise StateRefusesError(f"{source} is not mapped to {destination}, but to {there}.")
    every.pop(source)
    return {**nats, "mappings": {**every, source: left} if left else every}


def _list(nats: Entry, name: str) -> list[Json]:
    listed = nats.get(name)
    return list(listed) if isinstance(listed, list) else []
