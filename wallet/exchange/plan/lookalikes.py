"""Names that look like others and are not: letters of another script, characters unseen. Pure.

Not Unicode's whole list of confusables: Cyrillic, Greek and a few Latin letters that are drawn
as plain Latin ones, wide and narrow forms, joiners, fillers, and accents composed in two ways.
"""

from __future__ import annotations

import unicodedata

from wallet.text import INVISIBLE

_LATIN = "AaBCcEeHhIiJjKkMmOoPpQqSsTWwXxYyZdlNuvxyaijkopvgaiyBEHt"
_TWINS = dict(
    zip(
        "АаВСсЕеНһІіЈјКкМмОоРрԚԛЅѕТԜԝХхУуΖԁӏΝυѵχγαιϳκορνɡɑıҮΒΕΗт",
        _LATIN,
        strict=True,
    )
)
_TWINS |= dict(zip("ΑΙΚΜΟΡΤΥΧϹϲвн", "AIKMOPTYXCcbh", strict=True))
_TABLE = str.maketrans(_TWINS) | dict.fromkeys(map(ord, INVISIBLE))


def skeleton(name: str) -> str:
    """Reduce a name to its look: two names that are drawn alike have the same skeleton."""
    # Twice: some letters have a twin, and a normal form that has none.
    drawn = unicodedata.normalize("NFKC", name.translate(_TABLE))
    return drawn.translate(_TABLE).casefold()


def looks_alike(one: str, other: str) -> bool:
    """Whether two different names are drawn alike; those that differ in case only do not."""
    return one.casefold() != other.casefold() and skeleton(one) == skeleton(other)


def odd_letter(name: str, other: str) -> str:
    """The first letter in which a name differs from one that it looks like, by Unicode's name."""
    for mine, theirs in zip(name, other, strict=False):
        if mine.casefold() != theirs.casefold():
            odd = theirs if mine.isascii() else mine
            return unicodedata.name(odd, f"U+{ord(odd):04X}")
    longer = max(name, other, key=len)[min(len(name), len(other)) :]
    return unicodedata.name(longer[0], f"U+{ord(longer[0]):04X}")
