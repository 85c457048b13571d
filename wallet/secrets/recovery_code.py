"""The recovery code: 128 random bits on paper, which open a vault when its passphrase is lost.

As text it is 35 characters of Crockford's base32, in seven groups of five:

    7YQ0K-3M8RD-…

Each group is four characters of the code and one that checks them, so that a mistake is told
with its group: in GF(32), reduced by x⁵ + x² + 1, 2·a + 4·b + 8·c + 16·d + check is the group's
number, 1 to 7. So one wrong character, two that changed places and two groups that changed
places are always noticed. The seven fours are 140 bits: the 16 bytes of the code, and the first
12 bits of BLAKE2b-256 of these, person `nkw1 code`.

Small letters, an O for a 0, an I or L for a 1, and any blanks or dashes are taken as they are
meant. No `str` of a code is ever made here.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator

from wallet.errors import MistypedCodeError
from wallet.secrets import sodium
from wallet.secrets.buffers import SecretBuffer

CODE = 16
GROUPS, GROUP = 7, 5
CHARACTERS = GROUPS * GROUP
LONGEST = 1024
"""Bytes of a text that is looked at as a code, with all that stands between its characters."""

_ALPHABET = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = {0x4F: 0, 0x49: 1, 0x4C: 1}  # O, I, L
_PERSON = b"nkw1 code"
_SUM = 2  # bytes beside the code; of the second, the last four bits are not written
_POLYNOMIAL = 0b100101
_FOREIGN = 0xFF  # stands for a character that is in no code
_BETWEEN = frozenset(b" \t\r\n\v\f-._:,'\"")


class RecoveryCode(SecretBuffer):
    """A recovery code, its 16 bytes in a buffer of its own."""

    __slots__ = ()

    @classmethod
    def generate(cls) -> RecoveryCode:
        """Make a new code, by chance."""
        return cls(sodium.random_secret(CODE))

    @classmethod
    def read(cls, text: bytes | bytearray) -> RecoveryCode:
        """Read a code from its text in UTF-8, which stays the caller's to wipe.

        Raises `MistypedCodeError`, with the groups in which a mistake is, as far as that shows.
        """
        typed = bytearray(LONGEST)  # made beforehand: one that grows leaves copies behind
        packed = bytearray(CODE + _SUM)
        try:
            _check_lengths(_take(text, typed))
            wrong = tuple(number for number in range(1, GROUPS + 1) if not _fits(typed, number))
            if wrong:
                raise MistypedCodeError(f"{_named(wrong)} of the code {_HOLDS}", groups=wrong)
            _pack(typed, packed)
            code = cls(bytearray(memoryview(packed)[:CODE]))
            if not sodium.same(_check_sum(code.raw), packed[CODE:]):
                code.wipe()
                raise MistypedCodeError(f"The code {_HOLDS}")
            return code
        finally:
            sodium.wipe(typed, packed)

    def text(self) -> bytearray:
        """The code as text, in groups with dashes between them, for the caller to wipe."""
        packed = self.raw + _check_sum(self.raw)
        text = bytearray(b"-" * (CHARACTERS + GROUPS - 1))
        for group in range(GROUPS):
            check = group + 1
            for weight in range(1, GROUP):
                value = _five_bits(packed, 5 * (4 * group + weight - 1))
                check ^= _times(value, weight)
                text[6 * group + weight - 1] = _ALPHABET[value]
            text[6 * group + GROUP - 1] = _ALPHABET[check]
        sodium.wipe(packed)
        return text

    def matches(self, other: RecoveryCode) -> bool:
        """Whether both are the same, in a time that does not depend on where they differ."""
        return sodium.same(self.raw, other.raw)

    def copy(self) -> RecoveryCode:
        """Another buffer with the same code, to be wiped by whoever asked for it."""
        return RecoveryCode(bytearray(self.raw))


def complete_groups(text: bytes | bytearray) -> tuple[list[bool], int]:
    """Judge a code that is being typed: whether each group of five so far fits its check, and how
    many characters stand of the next.

    More than seven groups are not looked at. `text` stays the caller's to wipe.
    """
    typed = bytearray(LONGEST)
    try:
        count = sum(_take(text, typed))
        complete = min(count // GROUP, GROUPS)
        begun = 0 if complete == GROUPS else count % GROUP
        return [_fits(typed, number) for number in range(1, complete + 1)], begun
    finally:
        sodium.wipe(typed)


def like_a_code(characters: str) -> bool:
    """Whether letters and digits hold a code, or one with a mistake in it: six of its groups fit.

    One character that is missing or too many shifts those behind it.
    """
    values = bytearray(_value(ord(one)) or 0 for one in characters if ord(one) < _FOREIGN)
    numbers = [_number(values[at : at + GROUP]) for at in range(len(values) - GROUP + 1)]

    def fit(start: int, shift: int, shifted_from: int) -> int:
        """The groups of a code that begins there that fit, some of them shifted."""
        places = (start + GROUP * at + shift * (at >= shifted_from) for at in range(GROUPS))
        return sum(
            0 <= at < len(numbers) and numbers[at] == number for number, at in enumerate(places, 1)
        )

    # Of each place where a code may begin, how many groups stand where they would, or beside that.
    near = Counter(
        at - GROUP * (number - 1) + shift
        for at, number in enumerate(numbers)
        if 1 <= number <= GROUPS
        for shift in (-1, 0, 1)
    )
    return any(
        fit(start, shift, shifted_from) >= GROUPS - 1
        for start, groups in near.items()
        if groups >= GROUPS - 1
        for shift in (-1, 0, 1)
        for shifted_from in range(1, GROUPS)
    )


def _number(group: bytearray) -> int:
    """The number of the group that five values are by their check; above 7 of none."""
    if _FOREIGN in group:
        return _FOREIGN
    *values, check = group
    for times, value in zip(_TIMES, values, strict=True):
        check ^= times[value]
    return check


_HOLDS = (
    "holds a mistake: a character that is another, or two that changed places. Look at it again, "
    "letter by letter."
)


def _named(groups: tuple[int, ...]) -> str:
    """Name groups at the beginning of a sentence, as what one verb in the singular is about."""
    if len(groups) == 1:
        return f"Group {groups[0]}"
    return f"Each of the groups {', '.join(map(str, groups[:-1]))} and {groups[-1]}"


def _check_lengths(runs: list[int]) -> None:
    """Raise `MistypedCodeError` for another number of characters, with the group if it shows.

    `runs` are how many characters stand between two blanks or dashes each.
    """
    if sum(runs) == CHARACTERS:
        return
    wrong = tuple(number for number, length in enumerate(runs, 1) if length != GROUP)
    if len(runs) == GROUPS and wrong:
        raise MistypedCodeError(
            f"{_named(wrong)} of the code has another number of characters than five.",
            groups=wrong,
        )
    raise MistypedCodeError(
        f"A recovery code has {CHARACTERS} letters and digits, in seven groups of five. This has "
        f"{sum(runs):,}."
    )


def _fits(typed: bytearray, number: int) -> bool:
    """Whether the group of that number holds characters of a code that fit their check."""
    with memoryview(typed)[GROUP * (number - 1) : GROUP * number] as group:
        *values, check = group
    if _FOREIGN in values or check == _FOREIGN:
        return False
    for weight, value in enumerate(values, 1):
        check ^= _times(value, weight)
    return check == number


def _times(value: int, power: int) -> int:
    """Multiply by 2 to a power, in GF(32)."""
    for _ in range(power):
        value <<= 1
        if value & 32:
            value ^= _POLYNOMIAL
    return value


# For what is searched among a command's words: a code that is read looks nothing up by its values.
_TIMES = [bytes(_times(value, weight) for value in range(32)) for weight in range(1, GROUP)]


def _five_bits(packed: bytearray, at: int) -> int:
    """The five bits of a buffer that begin at a bit."""
    first = packed[at >> 3] << 8
    if (at >> 3) + 1 < len(packed):
        first |= packed[(at >> 3) + 1]
    return first >> (11 - (at & 7)) & 31


def _pack(typed: bytearray, packed: bytearray) -> None:
    """Put the values of the characters, without those that check, into bytes."""
    bit = 0
    for place in range(CHARACTERS):
        if place % GROUP == GROUP - 1:
            continue
        value = typed[place]
        shifted = value << (11 - (bit & 7))
        packed[bit >> 3] |= shifted >> 8
        if shifted & 0xFF:
            packed[(bit >> 3) + 1] |= shifted & 0xFF
        bit += 5


def _check_sum(code: bytearray) -> bytearray:
    check_sum = sodium.blake2b(code, person=_PERSON)[:_SUM]
    check_sum[1] &= 0xF0
    return check_sum


def _take(text: bytes | bytearray, typed: bytearray) -> list[int]:
    """Fill `typed` with the values of the characters; the lengths of the pieces of the text.

    Blanks and dashes divide it. What is in no code stands as `_FOREIGN`.
    """
    runs, length = [0], 0
    for value in _values(text):
        if value is not None:
            typed[length] = value
            length += 1
            runs[-1] += 1
        elif runs[-1]:
            runs.append(0)
    return runs if runs[-1] else runs[:-1]


def _values(text: bytes | bytearray) -> Iterator[int | None]:
    """The value of each character; None for what only stands between."""
    at, end = 0, min(len(text), LONGEST)
    while at < end:
        first = text[at]
        size = 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
        yield _value(first) if size == 1 else _foreign_value(text, at, size)
        at += size


def _value(byte: int) -> int | None:
    if byte in _BETWEEN:
        return None
    upper = byte - 0x20 if 0x61 <= byte <= 0x7A else byte
    if upper in _MEANT:
        return _MEANT[upper]
    return _ALPHABET.find(upper) if upper in _ALPHABET else _FOREIGN


def _foreign_value(text: bytes | bytearray, at: int, size: int) -> int | None:
    """The value of a character beyond ASCII: long dashes, wide digits, as phones write them."""
    with memoryview(text) as view, view[at : at + size] as one:
        character = bytes(one).decode("utf-8", "replace")
    category = unicodedata.category(character[0])
    if category in {"Zs", "Zl", "Zp", "Pd", "Cf"} or character == "\N{MINUS SIGN}":
        return None
    plain = unicodedata.normalize("NFKC", character)
    return _value(ord(plain)) if len(plain) == 1 and plain.isascii() else _FOREIGN
