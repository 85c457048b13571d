"""The request for a check: a server, the wallet's keys, and how it is to be done. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wallet.chain import Chain
from wallet.connection.causes.evidence import Probe
from wallet.connection.protocol.monitoring import Monitor
from wallet.connection.protocol.target import Target, TlsFiles
from wallet.errors import UsageError
from wallet.nats.nkeys import PublicKey, Seed
from wallet.nats.subjects import is_wild, subject_problem
from wallet.text import plain

ROUND_TRIPS = 3
LONGEST = 1024  # characters of a subject
MOST = 100

SUBSCRIBE, PUBLISH = "subscribe", "publish"


@dataclass(frozen=True, slots=True)
class Server:
    """A server's address, the files that TLS is spoken with there, and its monitoring."""

    target: Target
    tls: TlsFiles | None = None
    monitor: Monitor | None = None


@dataclass(frozen=True, slots=True)
class Keyring:
    """The seeds and the chains of JWTs of the wallet's keys, asked for by public key.

    A seed is opened when a server asks for a signature, and wiped right after that.
    """

    open_seed: Callable[[PublicKey], Seed]
    chain_of: Callable[[PublicKey], Chain | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """The way of checking at each server. `timeout` is seconds for each check.

    The report's round trip is the median of `round_trips` PINGs. The subjects of `asks` are asked
    for after the check, within the same time once more. `probe` says whether a wrong signature is
    tried too.
    """

    timeout: float = 5.0
    round_trips: int = ROUND_TRIPS
    asks: tuple[Ask, ...] = ()
    probe: Probe = Probe.IN_DOUBT


@dataclass(frozen=True, slots=True)
class Ask:
    """A question about one subject: `action` is None for both, without publishing."""

    action: str | None
    subject: str

    @classmethod
    def parse(cls, text: str) -> Ask:
        """Read `SUBJECT`, `sub:SUBJECT` or `pub:SUBJECT`.

        Raises `UsageError` for what is no subject, and for publishing to a wildcard.
        """
        word, colon, rest = text.strip().partition(":")
        action = {"sub": SUBSCRIBE, "pub": PUBLISH}.get(word) if colon else None
        subject = rest if action else text.strip()
        if problem := _problem(subject):
            raise UsageError(f"“{plain(subject, 60)}” is no subject: {problem}.")
        if action is PUBLISH and is_wild(subject):
            raise UsageError(f"Nothing is published to a wildcard: {plain(subject, 60)}.")
        return cls(action, subject)

    @classmethod
    def parse_all(cls, texts: Iterable[str]) -> list[Ask]:
        """Read at most 100 questions. Raises `UsageError`."""
        asks = [cls.parse(text) for text in texts]
        if len(asks) > MOST:
            raise UsageError(f"At most {MOST} subjects are asked for at once.")
        return asks


def _problem(subject: str) -> str:
    if not subject or len(subject) > LONGEST:
        return f"it has 1 to {LONGEST} characters"
    if any(character.isspace() or not character.isprintable() for character in subject):
        return "a subject has no blanks and no control characters in it"
    return subject_problem(subject)
