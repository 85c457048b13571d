"""The JSON types of claims, and values that stand for themselves: subjects, keys, networks. Pure.

`null` is what Go takes for a field that is not there. Where a list holds one, it is an empty
text or an object without fields.

Source: encoding/json as nats-io/jwt v2.8 uses it; types.go, signingkeys.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from ipaddress import ip_network

from wallet.errors import KeyFormatError
from wallet.nats.jwt_layout import folded
from wallet.nats.nkeys import Kind, decode_public
from wallet.nats.subjects import subject_problem
from wallet.nats.validation.flaw import Effect, Json, Path, Review
from wallet.nats.validation.urls import parsed

Check = Callable[[Review, Path, Json], None]

SMALLEST, LARGEST = -(1 << 63), (1 << 63) - 1
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])([.,][0-9]+)?")
_ALWAYS = {"", "Local", "UTC"}  # zones that need no list
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,3}")
_VERSION = re.compile(r"(\+?[0-9]{1,18}\.\+?[0-9]{1,18}\.\+?[0-9]{1,18})?")
_TEMPLATE = re.compile(r"\{\{[^}]+\}\}")
_LONGEST_INFO = 8 * 1024  # bytes


# --- types ------------------------------------------------------------------------------------


def object_of(fields: Mapping[str, Check]) -> Check:
    """An object; what stands in it beside these fields is left as it is."""

    def checked(review: Review, path: Path, value: Json) -> None:
        if not isinstance(value, Mapping):
            review.mistyped(path, "an object, { … }", value)
            return
        for name, given in value.items():
            if name in fields:
                if given is not None:
                    fields[name](review, (*path, name), given)
            elif (read_as := folded(name)) in fields:
                wanted = f"spelled “{read_as}”, as servers read it"
                review.wrong((*path, name), wanted, name, Effect.MISTAKEN)

    return checked


def list_of(check_one: Check, *, null: Json = None) -> Check:
    """A list; `null` is what Go makes of one in it."""

    def checked(review: Review, path: Path, value: Json) -> None:
        if not isinstance(value, list):
            review.mistyped(path, "a list, [ … ]", value)
            return
        for at, item in enumerate(value):
            check_one(review, (*path, at), null if item is None else item)

    return checked


def texts(check_one: Check | None = None) -> Check:
    """A list of texts."""
    return list_of(check_one or text, null="")


def map_of(check_key: Check, check_one: Check) -> Check:
    """An object whose names are values themselves."""

    def checked(review: Review, path: Path, value: Json) -> None:
        if not isinstance(value, Mapping):
            review.mistyped(path, "an object, { … }", value)
            return
        for key, item in value.items():
            check_key(review, (*path, key), key)
            if item is not None:
                check_one(review, (*path, key), item)

    return checked


def text(review: Review, path: Path, value: Json) -> None:
    """A text."""
    if not isinstance(value, str):
        review.mistyped(path, "a text", value)


def flag(review: Review, path: Path, value: Json) -> None:
    """True or false."""
    if not isinstance(value, bool):
        review.mistyped(path, "true or false", value)


def whole(smallest: int = SMALLEST, largest: int = LARGEST) -> Check:
    """A whole number within what Go's type holds."""

    def checked(review: Review, path: Path, value: Json) -> None:
        if type(value) is not int or not smallest <= value <= largest:
            of = "" if smallest == SMALLEST else f" from {smallest} on"
            to = "" if largest == LARGEST else f" and up to {largest}"
            review.mistyped(path, f"a whole number{of}{to}", value)

    return checked


def meant(check: Check, smallest: int, wanted: str) -> Check:
    """A number that Go takes below `smallest` too, and nobody means."""

    def checked(review: Review, path: Path, value: Json) -> None:
        before = len(review.flaws)
        check(review, path, value)
        if len(review.flaws) == before and value < smallest:
            review.wrong(path, wanted, value, Effect.MISTAKEN)

    return checked


def one_of(choices: Iterable[str], effect: Effect = Effect.REFUSED) -> Check:
    """Check that a value is one of these texts; `effect` is what another text comes to."""
    texts = tuple(choices)

    def checked(review: Review, path: Path, value: Json) -> None:
        if not isinstance(value, str):
            review.mistyped(path, f"one of {', '.join(filter(None, texts))}", value)
        elif value not in texts:
            review.wrong(path, f"one of {', '.join(filter(None, texts))}", value, effect)

    return checked


def key(kind: Kind, effect: Effect = Effect.REFUSED, *, besides: tuple[str, ...] = ("",)) -> Check:
    """A public key of this kind, or one of the texts `besides`."""
    wanted = f"the public key of a{'n' if kind.value[0] in 'ao' else ''} {kind.value}"

    def checked(review: Review, path: Path, value: Json) -> None:
        if not isinstance(value, str):
            review.mistyped(path, wanted, value)
        elif value not in besides and not is_key(value, kind):
            review.wrong(path, wanted, value, effect)

    return checked


def is_key(value: str, kind: Kind) -> bool:
    """Whether a text is a public key of this kind."""
    try:
        return decode_public(value).kind is kind
    except KeyFormatError:
        return False


def _text_that(is_right: Callable[[str], bool], wanted: str) -> Check:
    def checked(review: Review, path: Path, value: Json) -> None:
        if not isinstance(value, str):
            review.mistyped(path, wanted, value)
        elif not is_right(value):
            review.wrong(path, wanted, value)

    return checked


# --- values -----------------------------------------------------------------------------------


def effect_of_subject(value: str) -> Effect | None:
    """Say how servers take claims with this subject, without a queue: None for a right one.

    Go's JWT library refuses less than a server does. A control character is allowed, and nobody
    means it. Source: nats-io/jwt types.go, `Subject.Validate`.
    """
    if not all(value.split(".")) or " " in value:
        return Effect.REFUSED
    if subject_problem(value) or any(ord(character) < 32 for character in value):
        return Effect.MISTAKEN
    return None


def subject(review: Review, path: Path, value: Json) -> None:
    """A subject."""
    _subject(review, path, value, queue=False)


def subject_and_queue(review: Review, path: Path, value: Json) -> None:
    """A subject, and behind a blank the name of a queue."""
    _subject(review, path, value, queue=True)


def templated(check: Check) -> Check:
    """Let a check pass over `{{name()}}` and the like in a text, which servers fill in."""

    def checked(review: Review, path: Path, value: Json) -> None:
        filled = _TEMPLATE.sub("x", value) if isinstance(value, str) else value
        check(review, path, filled)

    return checked


def _subject(review: Review, path: Path, value: Json, *, queue: bool) -> None:
    wanted = "a subject such as orders.*.new or orders.>"
    if not isinstance(value, str):
        review.mistyped(path, wanted, value)
        return
    parts = value.split(" ") if queue else [value]
    effects = {effect_of_subject(part) for part in parts}
    if len(parts) > 2 or Effect.REFUSED in effects:
        review.wrong(path, f"{wanted}, without blanks", value)
    elif Effect.MISTAKEN in effects:
        review.wrong(path, wanted, value, Effect.MISTAKEN)


def network(review: Review, path: Path, value: Json) -> None:
    """A network as Go's `ParseCIDR` reads it."""
    _text_that(is_network, "a network such as 10.1.0.0/16 (one address: 10.1.2.3/32)")(
        review, path, value
    )


def is_network(value: str) -> bool:
    """Whether a text is an address with the length of a network behind it."""
    address, slash, length = value.partition("/")
    try:
        ip_network(value, strict=False)
    except ValueError:
        return False
    return bool(slash) and length.isascii() and length.isdigit() and "%" not in address


def networks(review: Review, path: Path, value: Json) -> None:
    """A list of networks, or as older tools wrote it, one text with commas."""
    if isinstance(value, str):
        value = [part.strip().lower() for part in value.split(",") if part.strip()]
    texts(network)(review, path, value)


def is_clock(value: str) -> bool:
    """Whether a text is a time of day as Go reads it."""
    return _CLOCK.fullmatch(value) is not None


def clock(review: Review, path: Path, value: Json) -> None:
    """A time of day."""
    _text_that(is_clock, "a time of day such as 08:30:00")(review, path, value)


def span(review: Review, path: Path, value: Json) -> None:
    """The beginning and the end of a window of time."""
    before = len(review.flaws)
    object_of({"start": clock, "end": clock})(review, path, {} if value is None else value)
    if len(review.flaws) == before and not (value and value.get("start") and value.get("end")):
        review.wrong(path, 'a span such as { "start": "08:00:00", "end": "18:00:00" }', value)


def zone(review: Review, path: Path, value: Json) -> None:
    """The name of a time zone, of those that are known here."""
    if isinstance(value, str) and value not in _ALWAYS and not has_zones():
        review.add(
            path,
            "it cannot be checked: this machine has no list of time zones. "
            "`pip install tzdata` brings one",
        )
        return
    _text_that(is_zone, "the name of a time zone such as Europe/Berlin")(review, path, value)


def is_zone(value: str) -> bool:
    """Whether Go finds a time zone by this name. Without a list of zones here, it may."""
    if value in _ALWAYS:
        return True
    if not _ZONE.fullmatch(value):
        return False
    from zoneinfo import ZoneInfo  # few JWTs name a zone

    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        return not has_zones()
    return True


@cache
def has_zones() -> bool:
    """Whether this machine has a list of time zones. Asked once: that opens each of its files."""
    from zoneinfo import available_timezones

    return bool(available_timezones())


def description(review: Review, path: Path, value: Json) -> None:
    """A text of at most 8 KiB."""
    text(review, path, value)
    if isinstance(value, str) and len(value.encode()) > _LONGEST_INFO:
        review.add(path, f"it is longer than {_LONGEST_INFO:,} bytes")


def info_url(review: Review, path: Path, value: Json) -> None:
    """A URL to read more at."""
    description(review, path, value)
    if not isinstance(value, str) or not value:
        return
    url = parsed(value)
    if url is None or not url.scheme or not url.host:
        review.wrong(path, "a URL that begins with https:// or the like and names a host", value)


def account_server(review: Review, path: Path, value: Json) -> None:
    """The URL that tools push accounts to."""
    schemes = ("nats", "tls", "ws", "wss", "http", "https")
    wanted = f"a URL that begins with {', '.join(f'{name}://' for name in schemes)}"
    if not isinstance(value, str):
        review.mistyped(path, wanted, value)
    elif value:
        url = parsed(value)
        if url is None or not url.scheme:
            review.wrong(path, wanted, value)
        elif url.scheme not in schemes or not url.host:
            review.wrong(path, wanted, value, Effect.MISTAKEN)


def service_url(review: Review, path: Path, value: Json) -> None:
    """The URL of a server to connect to."""
    schemes = ("nats", "tls", "ws", "wss")
    wanted = f"a URL that begins with {', '.join(f'{name}://' for name in schemes)} and a host"
    if not isinstance(value, str):
        review.mistyped(path, wanted, value)
    elif value:
        url = parsed(value)
        if url is None or url.scheme not in schemes or url.user or url.path:
            review.wrong(path, f"{wanted}, without a name, a password or a path", value)
        elif not url.host:
            review.wrong(path, wanted, value, Effect.MISTAKEN)


def version(review: Review, path: Path, value: Json) -> None:
    """The oldest server that will do."""
    wanted = "a version of nats-server such as 2.10.0"
    _text_that(lambda text: _VERSION.fullmatch(text) is not None, wanted)(review, path, value)
