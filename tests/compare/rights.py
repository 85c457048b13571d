"""Permissions and subjects, made by a source of chance."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

Json = Any

WORDS = ("a", "b", "c", "a", "b", "orders", "A", "*a", "a>", "$x", "é")
QUEUES = ("q", "q.r", "*", "q.*", ">", "r")
TEMPLATES = (
    *("{{name()}}", "{{subject()}}", "{{account-name()}}", "{{account-subject()}}"),
    *(
        "{{tag(t)}}",
        "{{tag(u)}}",
        "{{tag(none)}}",
        "{{account-tag(t)}}",
        "{{Name()}}",
        "{{ name() }}",
    ),
    *("x{{tag(t)}}", "{{tag(t)}}-{{tag(u)}}", "{{TAG(T)}}", "{{what()}}"),
)
USER_NAMES = ("joe", "a", "b", "b.c", "joe", "a b", "*", "", ">")
TAGS = ("t:a", "t:b", "t:b.c", "u:c", "u:a", "t:*", "other", "t:", "u:x y", "T:B", "tt:a")
TRIED_QUEUE = ("", "", "", "q", "r", "q.r", "q.s")
INBOX, INFO = "_INBOX.>", "$SYS.REQ.USER.INFO"


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that is tried."""

    publish: bool
    subject: str
    queue: str = ""

    @property
    def is_wild(self) -> bool:
        return bool({"*", ">"} & set(self.subject.split(".")))


def asked(chance: random.Random) -> list[Asked]:
    """Twenty subjects: each subscribed to, and published to where it has no wildcard."""
    found: dict[Asked, None] = {}
    for _ in range(20):
        subject = _pattern(chance, WORDS, wild=0.15)
        heard = Asked(publish=False, subject=subject, queue=chance.choice(TRIED_QUEUE))
        found[heard] = None
        if not heard.is_wild:
            found[Asked(publish=True, subject=subject)] = None
    return list(found)


def _pattern(chance: random.Random, words: tuple[str, ...], wild: float) -> str:
    length = chance.choice((1, 2, 2, 3))
    tokens = ["*" if chance.random() < wild else chance.choice(words) for _ in range(length)]
    if chance.random() < wild:
        tokens[-1] = ">"
    return ".".join(tokens)


def _patterns(chance: random.Random, words: tuple[str, ...], *, queues: bool) -> list[str]:
    found = []
    for _ in range(chance.choice((1, 1, 2, 4))):
        pattern = _pattern(chance, words, wild=0.35)
        queue = f" {chance.choice(QUEUES)}" if queues and chance.random() < 0.3 else ""
        found.append(pattern + queue)
    return found


def fields(chance: random.Random, *, templates: bool = False) -> dict[str, Json]:
    """What the `nats` fields of a user's JWT say of subjects."""
    words = WORDS[:6] + TEMPLATES if templates else WORDS
    found: dict[str, Json] = {}
    for name in ("pub", "sub"):
        rule = {}
        for part, likely in (("allow", 0.6), ("deny", 0.4)):
            if chance.random() < likely:
                rule[part] = _patterns(chance, words, queues=name == "sub")
            elif chance.random() < 0.15:
                rule[part] = []
        if rule.get("allow") and chance.random() < 0.5:  # to be told what it may do
            rule["allow"].append(INFO if name == "pub" else INBOX)
        if rule or chance.random() < 0.1:
            found[name] = rule
    if chance.random() < 0.25:
        found["resp"] = {
            "max": chance.choice((0, 1, 2, 5, -1)),
            "ttl": chance.choice((0, -1, 60 * 10**9)),
        }
    return found


def tags(chance: random.Random) -> list[str]:
    return chance.sample(TAGS, chance.choice((0, 1, 2, 4)))


def written(chance: random.Random) -> str:
    """The same as somebody may write it into a configuration."""
    said, made = fields(chance), []
    for name, words in (
        ("pub", ("publish", "pub", "PUB", "import")),
        ("sub", ("subscribe", "sub")),
    ):
        rule = said.get(name)
        if rule is None:
            continue
        if set(rule) == {"allow"} and chance.random() < 0.5:
            value = _list(chance, rule["allow"])
        else:
            parts = ", ".join(f"{part}: {_list(chance, given)}" for part, given in rule.items())
            value = f"{{ {parts} }}"
        made.append(f"{chance.choice(words)}: {value}")
    if "resp" in said:
        most, times = said["resp"]["max"], chance.choice(("", "", "ttl: '1m'", "expires: '0s'"))
        block = f"{{ max_msgs: {most}\n{times} }}"
        made.append(f"allow_responses: {chance.choice((block, block, 'true', 'false', '{}'))}")
    chance.shuffle(made)
    return "{ " + "\n".join(made) + " }"


def _list(chance: random.Random, subjects: list[str]) -> str:
    if len(subjects) == 1 and chance.random() < 0.5:
        return json.dumps(subjects[0], ensure_ascii=False)
    return json.dumps(subjects, ensure_ascii=False).replace("]", " ]")
