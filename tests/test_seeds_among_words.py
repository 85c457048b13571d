"""Seeds among typed words are told, however a person divides or damages them; no name is one."""

from __future__ import annotations

import base64
import json
import random
import string
import uuid
from collections.abc import Callable, Iterator, Sequence

import pytest

from wallet.nats.nkeys import Kind, Seed
from wallet.nats.seeds_among_words import are_a_secret, hold_a_code, hold_something_like_one, is_jwt
from wallet.nats.whole_seeds import hold_a_seed
from wallet.secrets.recovery_code import RecoveryCode

MANY = 200
Form = Callable[[str], Sequence[str]]


def seeds() -> Iterator[str]:
    """The same ones each time: by chance, some would be missed now and then beyond any share."""
    by_number = random.Random(20261127)
    for number in range(MANY):
        raw = bytearray(by_number.randbytes(32))
        with Seed.from_raw(list(Kind)[number % len(Kind)], raw) as seed:
            yield seed.encode().decode()


def groups(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def grouped(between: str, size: int) -> Form:
    return lambda text: [between.join(groups(text, size))]


def wide(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) for one in text)


def anyhow(text: str) -> list[str]:
    dice, words = random.Random(text), []
    while text:
        size = dice.randint(2, 12)
        words.append(text[:size])
        text = text[size:]
    return words


WHOLE: dict[str, Form] = {
    "as it is": lambda text: [text],
    "small": lambda text: [text.lower()],
    "in quotes": lambda text: [f'"{text}"'],
    "in Markdown": lambda text: [f"**`{text}`**"],
    "in wrapped lines": grouped("\\\n    ", 30),
    "in quoted lines": grouped("\n> ", 16),
    "with four dashes": grouped("----", 8),
    "with dots": grouped("......", 8),
    "as a path": grouped("/", 8),
    "one by one, with what is not seen between": grouped("\u200b", 1),
    "with soft hyphens": grouped("\u00ad", 10),
    "behind a mark of order": lambda text: [f"\ufeff{text}"],
    "in full-width letters": lambda text: [wide(text)],
    "in small full-width letters": lambda text: [wide(text.lower())],
    "as if it were a JWT": lambda text: [f"eyJx.{text}.y"],
    "with more before": lambda text: [f"seed{text}"],
    "with more behind": lambda text: [f"{text}end"],
    "in words": lambda text: groups(text, 8),
    "in words of one character": list,
    "in words in quotes": lambda text: [f'"{one}"' for one in groups(text, 8)],
    "in words with dashes between": lambda text: " - ".join(groups(text, 8)).split(),
    "in words of any length": anyhow,
    "in a sentence": lambda text: ["it", "is", *groups(text, 10), "keep", "it"],
    "with an O read as 0, an I as 1": lambda text: [text.replace("O", "0").replace("I", "1")],
}
DAMAGED: dict[str, tuple[Form, float]] = {
    "without its last": (lambda text: [text[:-1]], 0.03),
    "without its last eight": (lambda text: [text[:-8]], 0.03),
    "without its first": (lambda text: [text[1:]], 0.03),
    "without its first eight": (lambda text: [text[8:]], 0.08),
    "without one inside": (lambda text: [text[:20] + text[21:]], 0.03),
    "with one more": (lambda text: [text[:30] + "Q" + text[30:]], 0.03),
    "mistyped": (lambda text: [text[:20] + "0" + text[21:]], 0.03),
    "without its first eight, in words": (lambda text: groups(text[8:], 10), 0.08),
    "without its first eight, with dashes": (lambda text: ["-".join(groups(text[8:], 10))], 0.08),
    "without its last eight, with more dashes": (
        lambda text: ["----".join(groups(text[:-8], 8))],
        0.04,
    ),
    "without its last, in full-width letters": (lambda text: [wide(text[:-1])], 0.03),
    "without its last, as if it were a JWT": (lambda text: [f"eyJx.{text[:-1]}.y"], 0.03),
    "mistyped, in words of any length": (lambda text: anyhow(text[:20] + "B" + text[21:]), 0.06),
}


@pytest.mark.parametrize("form", WHOLE)
def test_a_whole_seed_is_told_always(form: str) -> None:
    assert [seed for seed in seeds() if not hold_a_seed(WHOLE[form](seed))] == []


@pytest.mark.parametrize("form", DAMAGED)
def test_a_damaged_seed_is_told_nearly_always(form: str) -> None:
    damage, share = DAMAGED[form]
    missed = sum(not are_a_secret(damage(seed)) for seed in seeds())
    assert missed <= share * MANY


def test_a_private_key_is_told_always() -> None:
    private = (
        "PDC2WWLK67NUTFW7ZH5A7FOPZC32VXYZYWYNQMQ6RQWP2FEEF6KDVFOW7W7PHAXEGS3QMBNABEYMCZHB6K4G2PAHS"
        "EZQKS4Q5JKTVVDCJORA"
    )
    for text in (private, private.lower(), "----".join(groups(private, 12))):
        assert hold_a_seed([text])


@pytest.mark.parametrize(
    "form",
    [
        str,
        str.lower,
        lambda text: text.replace("-", " "),
        lambda text: text.replace("-", ""),
        lambda text: text[:-1],
        lambda text: text[:9] + text[10:],
        lambda text: text[:9] + "7" + text[9:],
        lambda text: text[6:],
    ],
)
def test_a_recovery_code_is_told_also_with_a_mistake(form: Callable[[str], str]) -> None:
    for _ in range(MANY):
        with RecoveryCode.generate() as code:
            assert hold_a_code(form(code.text().decode()).split(" "))


# --- names ----------------------------------------------------------------------------------------

SMALL, CAPITALS = string.ascii_lowercase, string.ascii_uppercase
BASE32 = CAPITALS + "234567"
POD = "bcdfghjklmnpqrstvwxz2456789"  # of which Kubernetes makes the ends of names
WORDS = [
    "orders",
    "billing",
    "acme",
    "metrics",
    "prod",
    "staging",
    "test",
    "user",
    "admin",
    "backup",
    "worker",
    "gateway",
    "payment",
    "east",
    "west",
    "central",
    "service",
    "account",
    "deploy",
    "nightly",
    "report",
    "sync",
    "mirror",
    "events",
    "audit",
    "login",
    "search",
    "cache",
    "queue",
    "data",
    "alpha",
    "bravo",
    "external",
    "legacy",
    "edge",
    "iot",
    "device",
    "sensor",
    "plant",
    "line",
    "robot",
    "fleet",
    "mobile",
    "web",
    "cron",
    "batch",
    "sauna",
    "oauth",
    "saas",
    "sonar",
    "san",
    "snap",
    "soap",
    "snag",
    "success",
    "subscription",
]
dice = random.Random(11)


def chance(alphabet: str, size: int) -> str:
    return "".join(dice.choice(alphabet) for _ in range(size))


def word() -> str:
    return dice.choice(WORDS)


def of_a_jwt(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


NAMES: dict[str, Callable[[], Sequence[str]]] = {
    "paths": lambda: [f"{word()}/{word()}/{word()}{dice.randint(1, 99)}"],
    "pods": lambda: [f"{word()}-{word()}-{chance(POD, 10)}-{chance(POD, 5)}"],
    "long pods": lambda: [
        "-".join(
            ["sa", word(), "k8s", chance("0123456789abcdef", 6), chance(POD, 5), chance(POD, 5)]
        )
    ],
    "pods of service accounts": lambda: [
        f"{dice.choice(['so', 'sa', 'su', 'sn'])}-{word()}-{chance(POD, 9)}-{chance(POD, 5)}"
    ],
    "hosts": lambda: [f"{word()}-{dice.randint(0, 9)}.{word()}.{word()}.svc.cluster.local"],
    "UUIDs": lambda: [f"{word()}-{uuid.UUID(int=dice.getrandbits(128))}"],
    "hashes": lambda: [chance("0123456789abcdef", 64)],
    "ULIDs": lambda: [f"01{chance('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 24)}"],
    "tickets in one word": lambda: [
        " ".join(
            f"{chance(CAPITALS, dice.randint(3, 5))}-{dice.randint(1, 9999)}" for _ in range(6)
        )
    ],
    "tickets": lambda: [
        f"{chance(CAPITALS, dice.randint(3, 5))}-{dice.randint(1, 9999)}" for _ in range(8)
    ],
    "devices": lambda: [f"{word()}{dice.randint(22, 77)}" for _ in range(15)],
    "addresses of onion services": lambda: [f"nats://{chance(BASE32.lower(), 55)}d.onion:4222"],
    "mistyped public keys": lambda: [f"U{chance('ABCD', 1)}{chance(BASE32, 54)}" for _ in range(3)],
    "beginnings of public keys": lambda: [f"U{chance('ABCD', 1)}{chance(BASE32, 40)}"],
    "JWTs": lambda: [
        ".".join(
            [
                of_a_jwt({"typ": "JWT", "alg": "ed25519-nkey"}),
                of_a_jwt({"jti": chance(BASE32, 52), "iss": f"A{chance(BASE32, 55)}"}),
                chance(string.ascii_letters + string.digits, 86),
            ]
        )
    ],
    "words in one": lambda: ["".join(word() for _ in range(dice.randint(2, 9)))],
    "many words": lambda: [word() for _ in range(dice.randint(2, 30))],
    "keys of licences": lambda: ["-".join(chance("BCDFGHJKMPQRTVWXY2346789", 5) for _ in range(5))],
    "names with chance in them": lambda: [f"{word()}-{chance(SMALL + string.digits, 20)}"],
    "24 characters by chance": lambda: [chance(SMALL + string.digits, 24)],
}


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_is_no_seed(kind: str) -> None:
    names = [NAMES[kind]() for _ in range(MANY)]
    refused = [one for one in names if hold_a_seed(one) or hold_something_like_one(one)]
    assert len(refused) <= MANY // 100, refused
    assert not any(map(hold_a_code, names))


def test_what_was_refused_once_is_taken() -> None:
    for typed in (
        ["sa-prod-k8s-7f4b9c-xkq2v-zzt8j-deployment"],
        ["ticket JIRA-4412 QWX-77 KJZ-9 BXQ-11 VKZ-20"],
        ["ticket", "JIRA-4412", "QWX-77", "KJZ-9", "BXQ-11", "VKZ-20"],
    ):
        assert not are_a_secret(typed)


def test_a_jwt_is_told_by_what_it_holds() -> None:
    assert is_jwt(NAMES["JWTs"]()[0])
    for typed in ("eyJx.y.z", f"eyJx.{chance(BASE32, 58)}.{chance(BASE32, 86)}", "eyJhIjoxfQ..x"):
        assert not is_jwt(typed)
