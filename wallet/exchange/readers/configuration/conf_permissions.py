"""The permissions of a user in a nats-server's configuration, as the fields of a JWT. Pure.

Source: nats-io/nats-server, server/opts.go, parseUserPermissions.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from wallet.nats.config.parser import Literal, Value, block_of
from wallet.when import nanoseconds

_PERMISSIONS = "authorization.users[].permissions"
_TWO_MINUTES = 120 * 10**9


class PermissionsRefusedError(Exception):
    """The server does not take a permission; the message says what of it, and `value` where."""

    def __init__(self, value: Value, what: str) -> None:
        super().__init__(f"No server takes these permissions: {what}.")
        self.value = value


def permissions(value: Value | None) -> dict[str, Any]:
    """Translate a `permissions` block into the `nats` fields of a user's JWT.

    None says nothing. Raises `PermissionsRefusedError`.
    """
    if value is not None and not isinstance(value.data, dict):
        raise PermissionsRefusedError(value, "they are no block")
    block = block_of(value, _PERMISSIONS)
    fields: dict[str, Any] = {}
    for field, name in (("pub", "publish"), ("sub", "subscribe")):
        value_of_name = block.get(name)
        if value_of_name is not None and (subjects := _subjects(value_of_name)):
            fields[field] = subjects
    answers = block.get("allow_responses")
    if answers is not None and (resp := _responses(answers)):
        fields["resp"] = resp
    return fields


def _subjects(value: Value) -> dict[str, list[str]]:
    """A subject, a list of them, or what is allowed and what is denied."""
    parts = {"allow": value}
    if isinstance(value.data, dict):
        parts = block_of(value, f"{_PERMISSIONS}.publish")
    subjects_by_effect: dict[str, list[str]] = {}
    for name in ("allow", "deny"):
        # In a configuration, unlike in a JWT, an empty list says nothing.
        if name in parts and (subjects := [_subject(each) for each in _each(parts[name])]):
            subjects_by_effect[name] = subjects
    return subjects_by_effect


def _subject(value: Value) -> str:
    if isinstance(value.data, Literal) or not isinstance(value.data, str):
        raise PermissionsRefusedError(
            value, "a subject is to be a text, in quotes where it looks otherwise"
        )
    return value.data


def _responses(value: Value) -> dict[str, int]:
    """Read how many answers are allowed, and for how many nanoseconds; empty where none are.

    Numbers that are left out are the server's own: one answer, two minutes.
    """
    flag = value.data.value if isinstance(value.data, Literal) else None
    if flag is False:
        return {}
    if flag is not True and not isinstance(value.data, dict):
        raise PermissionsRefusedError(value, "allow_responses is to be true, false or a block")
    block = block_of(value, f"{_PERMISSIONS}.allow_responses")
    most, span = block.get("max"), block.get("expires")
    # Below zero, whatever the number, means without end.
    return {"max": max(_whole(most), -1) or 1, "ttl": max(_duration(span), -1) or _TWO_MINUTES}


def _whole(value: Value | None) -> int:
    if value is None:
        return 0
    number = value.data.value if isinstance(value.data, Literal) else None
    if isinstance(number, bool) or not isinstance(number, int):
        raise PermissionsRefusedError(
            value, "how many answers there may be is to be a whole number"
        )
    return number


def _duration(value: Value | None) -> int:
    if value is None:
        return 0
    if not isinstance(value.data, Literal) and isinstance(value.data, str):
        with suppress(ValueError):
            return nanoseconds(value.data)
    raise PermissionsRefusedError(value, 'until when answers may come is to be a text such as "2m"')


def _each(value: Value) -> list[Value]:
    return value.data if isinstance(value.data, list) else [value]
