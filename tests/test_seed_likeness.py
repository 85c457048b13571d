"""Seeds and recovery codes are told from notes, whole or damaged, and no ordinary note is one."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from wallet.app.lock.half_typed import is_secret
from wallet.connection.protocol.target import Target
from wallet.errors import UsageError
from wallet.nats.nkeys import Kind, Seed
from wallet.nats.seed_likeness import looks_like_seed
from wallet.secrets.recovery_code import RecoveryCode

MANY = 600
MISSED = 12  # of these: by chance a seed may come like a word, never more than two of a hundred
ROOT = Path(__file__).parents[1]
Form = Callable[[str], str]


def grouped(text: str, size: int, between: str = " ") -> str:
    return between.join(text[at : at + size] for at in range(0, len(text), size))


def anyhow(text: str) -> str:
    """A text in groups of any length."""
    dice, groups = random.Random(text), []
    while text:
        size = dice.randint(2, 12)
        groups.append(text[:size])
        text = text[size:]
    return " ".join(groups)


SEEDS: dict[str, Form] = {
    "as it is": str,
    "small": str.lower,
    "without its first character": lambda text: text[1:],
    "without its last": lambda text: text[:-1],
    "with one less inside": lambda text: text[:20] + text[21:],
    "with one more": lambda text: text + "A",
    "with one more before": lambda text: "X" + text,
    "mistyped": lambda text: text[:20] + "0" + text[21:],
    "in a sentence": lambda text: f"the seed is {text}, keep it",
    "within a word": lambda text: f"seed{text}end",
    "in an assignment": lambda text: f"SEED={text};",
    "in pairs": lambda text: grouped(text, 2),
    "one by one": lambda text: " ".join(text),
    "in fours": lambda text: grouped(text, 4),
    "in small fours": lambda text: grouped(text.lower(), 4),
    "in fives with dashes": lambda text: grouped(text, 5, "-"),
    "in eights": lambda text: grouped(text, 8),
    "with what is not seen between": lambda text: grouped(text, 10, "\u200b"),
    "in quoted lines": lambda text: grouped(text, 16, "\n> "),
    "in two lines": lambda text: grouped(text, 29, "\n"),
    "in short fours in a sentence": lambda text: f"ask about {grouped(text[:-1], 4)} on monday",
    "in groups of any length": anyhow,
    "short, small, in groups of any length": lambda text: anyhow(text[:-1].lower()),
}
CODES: dict[str, Form] = {
    "as it is": str,
    "small": str.lower,
    "in one piece": lambda text: text.replace("-", ""),
    "with blanks": lambda text: text.replace("-", " "),
    "with one less": lambda text: text[:-1],
    "with one more": lambda text: text + "7",
    "without a group": lambda text: text[6:],
    "one by one": lambda text: " ".join(text.replace("-", "")),
    "in a sentence": lambda text: f"it is {text.replace('-', ' ').lower()}, I think",
}


@pytest.mark.parametrize("form", SEEDS)
def test_seeds_are_recognised(form: str) -> None:
    missed = 0
    for number in range(MANY):
        with Seed.generate(list(Kind)[number % len(Kind)]) as seed:
            missed += not looks_like_seed(SEEDS[form](seed.encode().decode()))
    assert missed <= MISSED


@pytest.mark.parametrize("form", CODES)
def test_recovery_codes_are_recognised(form: str) -> None:
    missed = 0
    for _ in range(MANY):
        with RecoveryCode.generate() as code:
            missed += not looks_like_seed(CODES[form](code.text().decode()))
    assert missed <= MISSED


def test_public_keys_and_addresses_with_them_are_kept() -> None:
    for number in range(MANY):
        with Seed.generate(list(Kind)[number % len(Kind)]) as seed:
            key = str(seed.public)
        for text in (
            key,
            key.lower(),
            f"the account is {key}, and not {key}",
            f"{key},{key}",
            f"{key[:12]}…",
            f"https://nats.example.com:8222/connz?acc={key}&subs=1",
            f"$SYS.REQ.ACCOUNT.{key}.CLAIMS.LOOKUP",
            f'{{"sub": "{key}", "nats": {{"type": "user"}}}}',
        ):
            assert not is_secret(text), text


def test_no_secret_is_seen_across_two_public_keys() -> None:
    """One pair in some 200,000 holds, by chance, one with the right check characters."""
    key = "ADPFMYS5PFGCKIAXOAL3R6WPDR4L7YSE4ZR5K6KCJLPARDQGCCFY4YPB"
    assert not looks_like_seed(f"{key},{key}")
    with Seed.generate(Kind.USER) as seed:
        assert looks_like_seed(f"{key},{seed.encode().decode()}")


def test_prose_is_kept() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "wallet").rglob("*.md")]
    paragraphs = [
        paragraph for page in pages for paragraph in re.split(r"\n\s*\n", page.read_text("utf-8"))
    ]
    assert len(paragraphs) > 100
    assert [one for one in paragraphs if looks_like_seed(one)] == []


@pytest.mark.parametrize(
    "text",
    [
        "rotate on 27 March 2027 at 09:30, ask ops@example.com, ticket OPS-4412",
        "so use 4222 for clients, 6222 for routes, 7422 for leaf nodes, 8222 and 7777 for scrapes",
        "https://grafana.example.com/d/k3J9dKw/nats?orgId=1&from=now-6h&to=now&var-host=srv3",
        "nats://10.0.4.11:4222,nats://10.0.4.12:4222,nats://10.0.4.13:4222",
        "nats-7d9f8b6c5d-x2k4q and nats-7d9f8b6c5d-b8tzl of the statefulset",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:6",
        "550e8400-e29b-41d4-a716-446655440000 2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "SuperLongNameOfTheSubscriptionServiceInProduction2",
        "Nächste Woche prüfen: der Schlüssel läuft am 3. ab, sonst sind alle Dienste ausgesperrt",
        "orders.> billing.*.created _INBOX.> $JS.API.STREAM.NAMES sub:events pub:x.y.z",
        "a b c d e f g, as they say in the song",
    ],
)
def test_notes_of_every_day_are_kept(text: str) -> None:
    assert not is_secret(text)


def test_an_address_with_a_password_is_none_to_keep() -> None:
    assert is_secret("nats://me:hunter2@nats.example.com")
    assert is_secret("tls://token@nats.example.com:4222")
    assert is_secret("me:hunter2@nats.example.com")
    assert is_secret("token@nats.example.com:4222")
    assert not is_secret("nats://nats.example.com:4222/@")
    assert not is_secret("ask: ops@example.com, or mailto:ops@example.com")


def test_texts_of_many_characters_take_no_time_worth_speaking_of() -> None:
    assert not looks_like_seed("s a word or two, so it goes on " * 3_000)
    assert not looks_like_seed("ab12 " * 20_000)


@pytest.mark.parametrize("form", ["as it is", "small", "without its last", "with one more"])
def test_a_damaged_seed_is_no_address_to_ask_name_servers_of(form: str) -> None:
    taken: list[Target] = []
    for _ in range(100):
        with Seed.generate(Kind.USER) as seed:
            text = SEEDS[form](seed.encode().decode())
        for address in (text, f"nats://{text}:4222", f"tls://{text}.example"):
            with suppress(UsageError):
                taken.append(Target.parse(address))
    assert len(taken) <= 6  # by chance a seed may come like a word
    for address in ("nats://nats-7d9f8b6c5d-x2k4q.nats.svc.cluster.local:4222", "[fe80::1]", "n1"):
        assert Target.parse(address)
