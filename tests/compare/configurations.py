"""Texts in nats-server's configuration language, made from its grammar and from just beside it."""

from __future__ import annotations

import random

MAIN = "main.conf"
INCLUDED = ("a.conf", "b.conf", "c d.conf")
ENVIRONMENT = {
    "NUMBER": "4222",
    "TEXT": '"two words"',
    "BARE": "word",
    "EMPTY": "",
    "LIST": "[ 1, $NUMBER, $BARE ]",
    "MAP": "{ a: 1, b: [ true ] }",
    "PASS": "4e2abc",
    "LINES": "1\nx: 2",
    "BYTES": "\udcff\udcc3x",
    # The server does not take what refers to these.
    "UNIT": "1kbb",
    "CIRCLE": "$CIRCLE",
    "ROUND": "$ABOUT",
    "ABOUT": "$ROUND",
    "BROKEN": "[ 1",
}
GOOD_VARIABLES = (*list(ENVIRONMENT)[:9], "2a$11$W2zko")

# Of each kind, first what the server takes, then what it takes otherwise than it looks, or not.
NAMES = ("a", "b", "users", "Port", "x.y", "$x", "pk", "true", "12", "ÄÖ", "a#b", "-1", "İnclude")
ODD_NAMES = ("include", "}", "a{", "{", "]", ",x", ";", "a,b", "\ufeff", "(", "include:", "//x")
WORDS = (
    *(
        "word",
        "a.b.>",
        "http://h:1/p?q=1",
        "null",
        "none",
        "x=y",
        "é",
        "🗝",
        'q"q',
        "a#b",
        "K\u212a",
    ),
    *("true", "FALSE", "yes", "No", "on", "oFF", "yess", "true'", "'", "v\x0bt", "x\x85", "a(b)"),
    *(
        "\u00a0kept",
        "\u2003",
        "\ufeff",
        "yeſ",
        "bare\\x41",
        "\\x74rue",
        "\\t",
        "\\xc3\\xa9",
        "\\xff",
    ),
)
ODD_WORDS = ("in'side", "$", "$'x'", "a{b}", "\\", "\\x4", "\\q", "x\0", '"', "}", "]", "", "*/")
NUMBERS = (
    *("0", "1", "-1", "007", "4222", "9223372036854775807", "-9223372036854775808", "-0", "12ab"),
    *("1k", "1K", "2MB", "3Gib", "4t", "5PiB", "8e", "9EB", "-2k", "-2kx", "1kib1", "1x", "1k]b"),
    *("4e2abc", "4e2", "4E5", "3g4.y", "0K1abc", "5e7bcd", "1k'", "1k\\x41", "1'", "7\\n", "٣abc"),
    *(
        "1.5",
        "-1.5",
        "0.1",
        "123456789.987654321",
        "1.2.3",
        "127.0.0.1:4222",
        "-1.2.3",
        "1.2.3.4:-5",
    ),
    *(
        "2024-01-31T00:00:00Z",
        "1999-12-31T23:59:59Z",
        "1_000",
        "6:7",
        "1/2",
        "3#4",
        "1k٣",
        "1..2.3",
    ),
)
ODD_NUMBERS = (
    *(
        "9223372036854775808",
        "99999999999999999999kbb",
        "-9223372036854775809",
        "1kbb",
        "2GIB",
        "1bk",
    ),
    *("2024-02-30T00:00:00Z", "2024-01-31T23:59:60Z", "2024-01-31", "1-2", "2024-01-31T00:00:00Zx"),
    *(
        "٣",
        "1٣",
        "1٣k",
        ".5",
        "-",
        "-a",
        "-7x",
        "9" * 400 + ".5",
        "1.",
        "1.5k",
        "1]",
        "1..2",
        "1k]",
    ),
)
SEPARATORS = (" ", ": ", "=", " = ", ":\t", " :")
ODD_SEPARATORS = (
    "\n",
    ":\n",
    "=\n",
    "\u00a0",
    ":\u00a0",
    "",
    "::",
    "\0",
    "/",
    "\u2003=",
    ",",
    "\r\n:",
)
ENDS = (
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\r",
    ",\n",
    ", ",
    " \n",
    "\n\n",
    " # note\n",
    " // note\n",
    "\t#x\n",
)
ODD_ENDS = (
    ";",
    "; ",
    "/",
    " / ",
    ",,",
    ";;",
    "\0",
    "\t",
    "\x0b",
    "\u00a0",
    " /x",
    "} ",
    "]",
    "",
    "#\0",
)
GAPS = ("", " ", "\n", "# note\n", "// note\n", "\t\r")
ODD_GAPS = ("/", "#\0", "\0", "\u00a0", "#", ",", ";", "{", "/a")
ODD = (
    *"{}[]()'\"\\=:,;#/\n\r\t $-.0\0",
    "\x0b",
    "\u00a0",
    "//",
    "\\x4",
    "\n)",
    "\n)\n",
    "include ",
)


class _Text:
    """One text, made by a source of chance; of what is chosen, `wild` is the part that is odd."""

    def __init__(self, chance: random.Random, wild: float) -> None:
        self._chance, self._wild = chance, wild

    def _one(self, good: tuple[str, ...], odd: tuple[str, ...] = ()) -> str:
        return self._chance.choice(odd if odd and self._chance.random() < self._wild else good)

    def entries(self, depth: int, *, includes: bool = False) -> str:
        made = []
        for _ in range(self._chance.randrange(6) or 1):
            if includes and self._chance.random() < 0.15:
                made.append(self._include() + self._one(ENDS, ODD_ENDS))
            else:
                made.append(self._entry(depth))
        return self._one(GAPS, ODD_GAPS).join(made)

    def _entry(self, depth: int) -> str:
        key = self._one(NAMES, ODD_NAMES)
        if self._chance.random() < 0.2:
            quote = self._one(("'", '"'))
            key = f"{quote}{key}{self._one(('', ' ', chr(10), '#', '}'))}{quote}"
        separator, end = self._one(SEPARATORS, ODD_SEPARATORS), self._one(ENDS, ODD_ENDS)
        return f"{key}{separator}{self._value(depth)}{end}"

    def _include(self) -> str:
        name = self._one(INCLUDED[:2], ("missing.conf", "./a.conf", "/a.conf", "", ".", "a.conf\0"))
        name = self._one((name, f"'{name}'", f'"{name}"', f"{name}'", '"c d.conf"'))
        blank = self._one((" ", "  ", "\t"), ("\u00a0", ": ", "\n"))
        return f"{self._one(('include', 'Include', 'INCLUDE', 'İnclude'))}{blank}{name}"

    def _value(self, depth: int) -> str:
        kind = self._chance.randrange(8 if depth > 0 else 4)
        if kind == 0:
            return self._one(WORDS, ODD_WORDS)
        if kind == 1:
            return self._one(NUMBERS, ODD_NUMBERS)
        if kind == 2:
            return self._quoted()
        if kind == 3:
            return "$" + self._one(GOOD_VARIABLES, (*ENVIRONMENT, *NAMES, "NOWHERE"))
        if kind % 2:
            return f"{{{self._one((' ', chr(10), ''))}{self.entries(depth - 1, includes=True)}}}"
        elements = [
            self._value(depth - 1) + self._one(ENDS, ODD_ENDS)
            for _ in range(self._chance.randrange(4))
        ]
        gap = self._one((" ", "\n", ""), ODD_GAPS)
        return f"[{gap}{self._one(GAPS, ODD_GAPS).join(elements)}{gap}]"

    def _quoted(self) -> str:
        inner = "".join(self._chance.choices((*ODD[:-1], *WORDS), k=self._chance.randrange(4)))
        if self._chance.random() >= self._wild:
            inner = inner.replace("\0", "")
        kind = self._chance.randrange(4)
        if kind == 0:
            return f"'{inner.replace(chr(39), '')}'"
        if kind == 1:
            return '"' + inner.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if kind == 2 and self._chance.random() < 2 * self._wild:
            return f'"{inner}"'
        end = self._one(("\n)\n",), (")\n", "\n)", "\r\n)\r\n", "\n) \n", "\n)\0"))
        return f"({self._one((chr(10), '', ' '))}{inner}{end}"

    def altered(self, text: str) -> str:
        """With a few characters put in, taken out or doubled."""
        for _ in range(self._chance.choice((1, 1, 2, 4))):
            at = self._chance.randrange(len(text) + 1)
            put = self._one((self._one(ODD), "", text[at : at + 2] * 2))
            text = text[:at] + put + text[at + 1 :]
        return text


def generate(chance: random.Random) -> dict[str, bytes]:
    """The files of one configuration by their names; `MAIN` is the one to read."""
    files = {}
    wild = chance.choice((0.0, 0.0, 0.03, 0.1))
    for name in (*INCLUDED, MAIN):
        made = _Text(chance, wild)
        # One that is included includes none: they would go in a circle too often.
        text = made.entries(3 if name == MAIN else 1, includes=name == MAIN)
        if name == MAIN and chance.random() < 0.15:
            text = f"{{{text}}}"
        if wild and chance.random() < 0.3:
            text = made.altered(text)
        files[name] = text.encode(errors="surrogateescape")
        if chance.random() < wild:
            files[name] += bytes(chance.randrange(256) for _ in range(3))
    return files
