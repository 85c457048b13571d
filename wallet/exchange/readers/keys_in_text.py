"""Reading `.nk`, `.creds`, a JWT, seeds and public keys in lines, from a file or a paste. Pure.

    read_text(content, "billing.nk", into)

reads a buffer, which stays the caller's to wipe, and puts what is in it into `Findings`: keys,
or the sentence why there is none. It never raises for what a text holds, no sentence repeats
what could be a secret, and whatever looks like a key or JWT is taken or told.
"""

from __future__ import annotations

import re

from wallet.errors import CredentialsError, JwtError, KeyFormatError
from wallet.exchange.readers.file_content import TOO_LARGE
from wallet.exchange.readers.jwt_contents import add_token
from wallet.exchange.readers.material import Findings, KeyMention, SealedSeed
from wallet.exchange.readers.texts import key_shapes, labels, line_folding
from wallet.exchange.readers.texts.key_shapes import KeyRun, RunKind
from wallet.exchange.readers.texts.ledger import Ledger
from wallet.exchange.readers.texts.source_text import TELLING, SourceText
from wallet.nats import creds, jwt
from wallet.nats.nkeys import PUBLIC_LENGTH, Seed, decode_public
from wallet.secrets import sodium

MAX_SIZE = creds.MAX_SIZE
MOST_LINES = 100_000
MOST_BAD_LINES = 20

_SHORTEST = 40  # characters of a key that was cut off
_LINE = re.compile(rb"([^\r\n]*+)(?:\r\n|\r|\n|\Z)")
_NOTHING = "There is no NATS key, JWT or creds text in it."
_NO_TEXT = "It is no text."
_GLUED = (
    "A seed stands in this line, run together with other letters, and was not taken. Put a blank "
    "around it."
)
_PRIVATE_KEY = (
    "This is a private key, P…, which does not say what kind of key it is. Give the seed, S…, in "
    "its place."
)


def recognises(_text: SourceText) -> bool:
    """Whether a text may hold keys: any may."""
    return True


def read(text: SourceText, into: Findings) -> None:
    """Put the keys in a text into `into`."""
    name = "" if text.named_for_a_key else text.stem
    required = text.named or text.suffix in TELLING
    read_text(text.content, text.shown, into, name=name, required=required)


def read_text(
    content: bytearray,
    source: str,
    into: Findings,
    *,
    name: str = "",
    required: bool = True,
    layers: int = line_folding.MOST_LAYERS,
) -> None:
    """Put the keys in `content` into `into`; `name` is for a key that has none of its own.

    Unless `required`, a text that is not made for keys is passed over, and only the seeds in it
    are told. `layers` is how often what is found may be base64 of a text once more.
    """
    if len(content) > MAX_SIZE:
        why = TOO_LARGE
    elif _read_as_written(content, source, into, name, layers):
        return
    elif (text := line_folding.laid_out(content)) is None:
        why = _NO_TEXT
    else:
        try:
            why = _Text(text, source, into, name, layers, required=required).read()
            if why and not required:
                _tell_passed_over(text, source, into)
        finally:
            sodium.wipe(text)
    if why and required:
        into.refuse(source, why)
    elif why:
        into.passed_over += 1


def _read_as_written(
    content: bytearray, source: str, into: Findings, name: str, layers: int
) -> bool:
    """Read a file that is no more than one key, JWT or creds, as nsc writes it; whether it is."""
    text = _Text(content, source, into, name, layers, required=True)
    if run := key_shapes.lone(content):
        text.read_run(run, source, name)
    elif blocks := creds.written_blocks(content):
        if not text.read_creds(blocks):
            into.holds("other text")
    else:
        return False
    return True


def _tell_passed_over(text: bytearray, source: str, into: Findings) -> None:
    """Say of a text that is not read, for it is not made for keys, how many seeds are in it."""
    seeds = key_shapes.seeds(text)
    for _place, inner in line_folding.layers(text, 0, len(text)):
        seeds += key_shapes.seeds(inner)
        sodium.wipe(inner)
    if seeds:
        many = "1 seed stands" if seeds == 1 else f"{seeds:,} seeds stand"
        into.note(source, f"{many} in it among other text. Name the file itself to import that.")


class _Text:
    """A text laid out in lines, and the file it is from."""

    def __init__(
        self,
        content: bytearray,
        source: str,
        into: Findings,
        name: str,
        layers: int,
        *,
        required: bool,
    ) -> None:
        self._content, self._source, self._into, self._name = content, source, into, name
        self._layers, self._required = layers, required
        self._ledger = Ledger(content)

    def read(self) -> str:
        """Read all of it; a sentence when there is nothing."""
        decorated = creds.looks_like_creds(self._content)
        why = self._read_blocks() if decorated else self._read_lines()
        if not why and self._ledger.has_more():
            self._into.holds("other text")
        return why

    # --- what stands between lines of dashes --------------------------------------------

    def _read_blocks(self) -> str:
        content, into = self._content, self._into
        try:
            blocks = creds.find_blocks(content)
        except CredentialsError as error:
            into.refuse(self._source, str(error))
            return ""
        inside = [place for place in (blocks.token, blocks.seed) if place is not None]
        if len(inside) == 2:
            if self.read_creds(blocks):
                for place in inside:
                    self._ledger.take(place)
        elif blocks.token is not None:
            self._add_token(blocks.token, self._source, self._name)
        elif blocks.seed is not None:
            self._add_seed(blocks.seed, self._source, self._name)
        taken = self._read_around(inside)
        return "" if inside or taken else _NOTHING

    def read_creds(self, blocks: creds.Blocks) -> bool:
        """Take a user's JWT and seed; whether they were not refused."""
        try:
            token, place = creds.both_parts(blocks)
            claims = self._into.decode(bytes(self._content[token]))
            sealed = self._seal(place)
            creds.require_pair(claims, sealed.public)
        except (CredentialsError, JwtError, KeyFormatError) as error:
            self._into.refuse(self._source, str(error), "creds that could not be read")
            return False
        self._into.add_seed(sealed, self._source, name=claims.name, claims=claims)
        return True

    def _seal(self, place: slice) -> SealedSeed:
        """Seal the seed at a place. Raises `KeyFormatError`."""
        part = self._content[place]
        try:
            return self._into.seal_text(part)
        finally:
            sodium.wipe(part)

    def _read_around(self, inside: list[slice]) -> bool:
        """Read the lines with keys in them that stand outside of the blocks."""
        any_key = False
        for number, start, end in self._lines():
            # No key is so short, and there may be very many lines.
            if end - start < _SHORTEST or any(
                start < place.stop and place.start < end for place in inside
            ):
                continue
            any_key = self._read_line(start, end, f"{self._source}, line {number}", "") or any_key
        return any_key

    # --- a key or more a line -----------------------------------------------------------

    def _lines(self) -> list[tuple[int, int, int]]:
        """The lines that are not empty: the number of each in the text, its beginning, its end."""
        lines = enumerate(_LINE.finditer(self._content), 1)  # no copy of a line is made
        return [(at, *line.span(1)) for at, line in lines if line.start(1) < line.end(1)]

    def _read_lines(self) -> str:
        """Read the keys of each line: seeds, public keys, JWTs, a name before or after each."""
        content, into = self._content, self._into
        lines = [line for line in self._lines() if not _begins(content, *line[1:], b"")]
        if len(lines) > MOST_LINES:
            return f"It has more than {MOST_LINES:,} lines."
        rest = [line for line in lines if not _begins(content, *line[1:], b"#")]
        keys = sum(self._holds_key(*line[1:]) for line in rest)
        if not keys:
            return "" if self._read_whole() else self._no_key(lines, len(rest))
        if keys < len(rest) and not self._required:
            return _NOTHING  # prose with a key in it, or some other tool's file
        bad = 0
        for number, start, end in lines:
            where = self._source if len(lines) == 1 else f"{self._source}, line {number}"
            if _begins(content, start, end, b"#"):
                self._tell_comment(start, end, where)
            elif not self._read_line(start, end, where, self._name if len(rest) == 1 else ""):
                bad += 1
                if bad <= MOST_BAD_LINES:
                    into.refuse(where, "There is no NATS key or JWT in this line.", "")
        if bad > MOST_BAD_LINES:
            into.refuse(self._source, f"{bad - MOST_BAD_LINES:,} more of its lines hold no key.")
        return ""

    def _holds_key(self, start: int, end: int) -> bool:
        return speaks_of_keys(self._content, start, end, self._layers)

    def _read_line(self, start: int, end: int, where: str, name: str) -> bool:
        """Take all that looks like a key or JWT in a line; whether there was any."""
        content = self._content
        runs = list(key_shapes.runs(content, start, end))
        if not runs:
            return self._read_layers(start, end, where, name)
        places = [run.place for run in runs]
        taken = []
        for run, label in zip(runs, labels.beside(content, start, end, places), strict=True):
            public = self.read_run(run, where, label.name if label else name)
            taken.append(public)
            if label and public:
                self._into.held_name(public, label.text)
                self._ledger.take(labels.layout(content, label, start, end))
        what = {run.what for run in runs}
        if what == {RunKind.SEED, RunKind.PUBLIC} and len(runs) == 2 and len(set(taken)) == 2:
            self._into.note(where, "The seed and the public key in this line are of two keys.")
        edges = [start, *(edge for place in places for edge in (place.start, place.stop)), end]
        for gap in range(0, len(edges), 2):
            self._read_layers(edges[gap], edges[gap + 1], where, name)
        return True

    def _read_layers(self, start: int, end: int, where: str, name: str) -> bool:
        """Read what stands in a line as base64; whether there was anything of NATS' in it."""
        content, read = self._content, False
        for place, inner in line_folding.layers(content, start, end):
            try:
                if not speaks_of_keys(inner, 0, len(inner), self._layers):
                    continue
                read = True
                if not self._layers:
                    self._into.refuse(where, "It is base64 of base64 of base64: not read.")
                    continue
                label = next(labels.beside(content, start, end, [place]), None)
                given = label.name if label else name
                self._into_layer(inner, f"{where}, base64", given)
                self._ledger.take(place)
            finally:
                sodium.wipe(inner)
        if not read and key_shapes.glued(content, start, end):
            self._into.refuse(where, _GLUED, "a seed that was not taken")
            return True
        return read

    def _read_whole(self) -> bool:
        """Read the whole as base64; whether that gave anything."""
        inner = line_folding.whole_layer(self._content)
        if inner is None:
            return False
        try:
            if not self._layers or not speaks_of_keys(inner, 0, len(inner), self._layers):
                return False
            self._into_layer(inner, f"{self._source}, base64", self._name)
            self._ledger.take(slice(0, len(self._content)))
        finally:
            sodium.wipe(inner)
        return True

    def _into_layer(self, inner: bytearray, source: str, name: str) -> None:
        read_text(inner, source, self._into, name=name, layers=self._layers - 1)

    def _no_key(self, lines: list[tuple[int, int, int]], many: int) -> str:
        """A single line may be a key that was mistyped; many are some other file."""
        for _number, start, end in lines:
            if _begins(self._content, start, end, b"#"):
                self._tell_comment(start, end, self._source)
        why = _mistyped(self._content) if many == 1 else ""
        if why:
            self._into.refuse(self._source, why)
            return ""
        return _NOTHING

    def _tell_comment(self, start: int, end: int, where: str) -> None:
        for run in key_shapes.runs(self._content, start, end):
            self._into.note(where, f"This line is a comment: {run.what} in it was not taken.")

    # --- one key or JWT -----------------------------------------------------------------

    def read_run(self, run: KeyRun, where: str, name: str) -> str | None:
        """The public key that what looks like a key or JWT is about; None when it is refused.

        Either way the file's ledger has it: what is refused is told by name, not as other text.
        """
        self._ledger.take(run.place)
        if run.what is RunKind.TOKEN:
            return self._add_token(run.place, where, name)
        if run.what is RunKind.SEED:
            return self._add_seed(run.place, where, name)
        if run.what is RunKind.PRIVATE:
            self._into.refuse(where, _PRIVATE_KEY, "a private key")
            return None
        try:
            public = decode_public(self._content[run.place].decode("ascii"))
        except KeyFormatError as error:
            self._into.refuse(where, str(error), "a public key that could not be read")
            return None
        self._into.add(KeyMention(public, where, name))
        self._into.held_public(public)
        return public.text

    def _add_token(self, place: slice, where: str, name: str) -> str | None:
        claims = add_token(bytes(self._content[place]), where, self._into, name=name)
        if claims is None:
            return None
        self._ledger.take(place)
        return claims.subject

    def _add_seed(self, place: slice, where: str, name: str) -> str | None:
        try:
            sealed = self._seal(place)
        except KeyFormatError as error:
            self._into.refuse(where, str(error), "a seed that could not be read")
            return None
        self._into.add_seed(sealed, where, name=name)
        self._ledger.take(place)
        return sealed.public.text


def speaks_of_keys(content: bytearray, start: int, end: int, layers: int) -> bool:
    """Whether what looks like a key or JWT stands there, or in what is base64 there."""
    if next(key_shapes.runs(content, start, end), None) or key_shapes.glued(content, start, end):
        return True
    speaks = False
    for _place, inner in line_folding.layers(content, start, end) if layers else ():
        speaks = speaks or speaks_of_keys(inner, 0, len(inner), layers - 1)
        sodium.wipe(inner)
    return speaks


def _begins(content: bytearray, start: int, end: int, sign: bytes) -> bool:
    """Whether a line's first letter is this sign; with none, whether it has no letter."""
    while start < end and content[start] in b" \t\v\f":
        start += 1
    return content.startswith(sign, start, end) if sign else start == end


def _mistyped(content: bytearray) -> str:
    """Say why a line that looks much like a key is none; empty when it looks like nothing."""
    text = content.strip()
    try:
        if text[:3] == b"eyJ" or (text.count(b".") == 2 and text[:2] == b"ey"):
            jwt.decode(bytes(text))
        elif len(text) > 70 or len(text) < 40 or not text.isalnum():
            return ""
        elif text[:1] in b"Ss":
            Seed.decode(text).wipe()
        elif len(text) <= PUBLIC_LENGTH + 4:
            decode_public(text.decode("ascii", "replace"))
    except (JwtError, KeyFormatError) as error:
        return str(error)
    finally:
        sodium.wipe(text)
    return ""
