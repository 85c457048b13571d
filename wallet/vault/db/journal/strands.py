"""Strands of entries: what one machine wrote into the history, each entry bound to those before.

An entry's hash is made of its own fields and of the hash before it, and the strand keeps the last
one. So a changed byte, a cut, or two entries exchanged show. The oldest are folded together: they
go, and the hash of the last of them stays as the `anchor` that the next is bound to.

Whoever has the passphrase and makes every hash behind a change anew is not found out by this.
Pure: over values, no tables.
"""

from __future__ import annotations

from _blake2 import blake2b  # hashlib gives this very function, and loads all of OpenSSL for others
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from wallet.nats.base32 import ALPHABET

ID = 16
HASH = 32
BEFORE_STRANDS = bytes(ID)
"""The strand of what was noted before there were strands, in every vault."""

MOST_STRANDS = 256
"""Machines whose entries are all folded are forgotten beyond so many."""

_PERSON = b"nkw1 history"
_PERSON_OF_ALL = b"nkw1 strands"

# From the digits of base32 to those of a number written to the base of 32.
_DIGITS = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")


class JournalEntry(NamedTuple):
    """Something that happened at a time, in seconds since 1970, as the table keeps it.

    `number` is its place in its strand, from 1; `place` its time, or more where
    that is not behind all that the vault held when it was written, of this strand and of others: so
    strands are shown together in the order in which things were done. It is about the key
    `public`, or about many of them: `keys` are then their public keys, raw: 33 bytes each,
    the kind's and the key's. Where it is about a JWT, `jwt` says its issue time, who signed and
    when it ends, with blanks between.
    """

    number: int
    place: int
    at: int
    what: str
    public: str | None
    path: str
    detail: str
    by: str
    jwt: str
    keys: bytes


class Strand(NamedTuple):
    """The entries of one strand behind its `anchor`, which is the hash of entry `start`.

    `head` is the hash of the last. `folded` counts the entries that are gone, `until` is the place
    of the last of them.
    """

    id: bytes
    start: int
    anchor: bytes
    head: bytes
    folded: int
    until: int
    entries: tuple[JournalEntry, ...] = ()

    @property
    def last(self) -> int:
        """The number of the last entry, here or folded."""
        return self.entries[-1].number if self.entries else self.start

    @property
    def last_place(self) -> int:
        """The place of the last entry, here or folded."""
        return self.entries[-1].place if self.entries else self.until


def raw_of(public: str) -> bytes:
    """A public key as it stands in an entry about many; there may be ten thousand."""
    try:
        return int(public.translate(_DIGITS), 32).to_bytes(35, "big")[:33]
    except (ValueError, OverflowError):
        return bytes(34)  # none of them


def begun(strand_id: bytes) -> Strand:
    """A strand without an entry yet."""
    root = strand_id + bytes(HASH - ID)
    return Strand(strand_id, 0, root, root, 0, 0)


def bound(before: bytes, entry: JournalEntry) -> bytes:
    """The hash of an entry that follows the one with the hash `before`.

    BLAKE2b-256, person `nkw1 history`, of `before` and of each field: u32 length, bytes. Numbers
    are decimal digits; where there is no key, the length is 0xFFFFFFFF.
    """
    parts = [before]
    for value in entry:  # of every entry, at every save: most are text
        if isinstance(value, str):
            content = value.encode("utf-8", "surrogatepass")
        elif isinstance(value, bytes):
            content = value
        elif value is None:
            parts.append(b"\xff\xff\xff\xff")
            continue
        else:
            content = str(value).encode()
        parts += (len(content).to_bytes(4, "big"), content)
    return blake2b(b"".join(parts), digest_size=HASH, person=_PERSON).digest()


def hashes(strand: Strand) -> Iterator[bytes]:
    """The hash of each entry of a strand, in their order."""
    before = strand.anchor
    for entry in strand.entries:
        before = bound(before, entry)
        yield before


def digest_of_all(all_strands: Iterable[Strand]) -> bytes:
    """The digest of which strands there are and where each begins and ends, in whatever order.

    BLAKE2b-256, person `nkw1 strands`, of each by its id: id, anchor, head, and `start`, `folded`
    and `until` as u64.
    """
    digest = blake2b(digest_size=HASH, person=_PERSON_OF_ALL)
    for strand in sorted(all_strands, key=lambda one: one.id):
        digest.update(strand.id + strand.anchor + strand.head)
        for number in (strand.start, strand.folded, strand.until):
            digest.update(number.to_bytes(8, "big"))
    return digest.digest()


def is_whole(strand: Strand) -> bool:
    """Whether every entry is there, in its place, as it was written."""
    numbers = [entry.number for entry in strand.entries]
    head = strand.anchor
    for head in hashes(strand):  # noqa: B007 (the last counts)
        pass
    return head == strand.head and numbers == list(
        range(strand.start + 1, strand.start + 1 + len(numbers))
    )


def taken_as_it_is(strand: Strand) -> Strand:
    """A strand of what is there of a broken one, numbered anew, so that later damage shows."""
    entries = tuple(
        entry._replace(number=number)
        for number, entry in enumerate(strand.entries, strand.start + 1)
    )
    renumbered = strand._replace(entries=entries)
    return renumbered._replace(head=[strand.anchor, *hashes(renumbered)][-1])


def in_order(strands: Iterable[Strand]) -> list[tuple[Strand, JournalEntry]]:
    """Every entry with its strand, oldest first; each strand's in the order they were written."""
    pairs = [(strand, entry) for strand in strands for entry in strand.entries]
    return sorted(pairs, key=lambda pair: (pair[1].place, pair[0].id, pair[1].number))


def folded(strand: Strand, count: int) -> Strand:
    """A strand whose first `count` entries are folded into its anchor."""
    if count == 0:
        return strand
    first = strand.entries[:count]
    *_, anchor = hashes(strand._replace(entries=first))
    return strand._replace(
        start=first[-1].number,
        anchor=anchor,
        folded=strand.folded + count,
        until=first[-1].place,
        entries=strand.entries[count:],
    )


def without_the_forgotten(strands: Iterable[Strand]) -> dict[bytes, Strand]:
    """Strands by their ids, without those that are all folded where there are very many.

    What they counted is counted with the entries from before there were strands.
    """
    by_age = sorted(strands, key=lambda s: (bool(s.entries), s.last_place, s.id))
    empty = [strand for strand in by_age if not strand.entries and strand.id != BEFORE_STRANDS]
    forgotten = empty[: max(0, len(by_age) - MOST_STRANDS)]
    kept = {strand.id: strand for strand in by_age if strand not in forgotten}
    if forgotten:
        first = kept.get(BEFORE_STRANDS, begun(BEFORE_STRANDS))
        count = sum(strand.folded for strand in forgotten)
        kept[BEFORE_STRANDS] = first._replace(folded=first.folded + count)
    return kept


def united(own: Mapping[bytes, Strand], theirs: Mapping[bytes, Strand]) -> dict[bytes, Strand]:
    """The strands of two vaults together, by their ids: no entry of either is lost.

    Of a strand that both have the longer one counts. Where it goes on in two ways, for two machines
    wrote it (a directory was copied with the machine's id) or a vault was taken back to an older
    save, one goes on as it is, and the other becomes a strand of its own that begins there. Which
    depends on the entries alone: in whatever order vaults are united, the same is told, each entry
    once. Where some of them had folded what others had not, the strands may be called otherwise.
    """
    strands = dict(own)
    for strand in theirs.values():
        _add(strands, strand)
    return _without_copies(strands)


def _without_copies(strands: Mapping[bytes, Strand]) -> dict[bytes, Strand]:
    """Leave out of each strand what stands in another one too, and with it what has nothing else.

    A hash stands for an entry and all before it, so strands that share one are alike up to there,
    whatever they are called: they parted from a version that had folded what they are of. The one
    that begins first keeps what both have; of two that begin together, the longer one.
    """
    kept: dict[bytes, Strand] = {}
    entries_kept: set[bytes] = set()
    for strand in sorted(strands.values(), key=_order):
        numbered = _by_number(strand)
        shared = max((n for n, each in numbered.items() if each in entries_kept), default=-1)
        if shared < strand.last:
            kept[strand.id] = _behind_what_is_shared(strand, shared, numbered)
            entries_kept.update(each for n, each in numbered.items() if n > strand.start)
    return {each: kept[each] for each in strands if each in kept}


def _behind_what_is_shared(strand: Strand, shared: int, numbered: Mapping[int, bytes]) -> Strand:
    """A strand without its entries up to the number `shared`, which stand in another one."""
    if shared <= strand.start:
        return strand
    place = strand.entries[shared - strand.start - 1].place
    more_folded = max(0, strand.folded - strand.start)  # of strands that were forgotten
    return Strand(
        *(strand.id, shared, numbered[shared], strand.head, more_folded, place),
        _behind(strand, shared),
    )


def _order(strand: Strand) -> tuple[int, int, bool, bytes]:
    """The order of strands that hold the same: by where they begin, then the longer one first."""
    return strand.start, -strand.last, strand.anchor[:ID] != strand.id, strand.id


def of_keys(others: Iterable[Strand], publics: Container[str], now: int, most: int) -> Strand:
    """A strand of its own of the newest entries of others that are about these keys.

    For what may be anybody's: no time in it is later than `now`, and it goes on no other strand.
    """
    about = [entry for _, entry in in_order(others) if entry.public in publics and not entry.keys]
    entries: list[JournalEntry] = []
    for number, entry in enumerate(about[max(0, len(about) - most) :], 1):
        at = min(entry.at, now)
        place = max(at, entries[-1].place if entries else 0)
        entries.append(entry._replace(number=number, place=place, at=at))
    named = blake2b(repr(entries).encode(), digest_size=ID, person=_PERSON).digest()
    strand = begun(named)._replace(entries=tuple(entries))
    return strand._replace(head=[strand.anchor, *hashes(strand)][-1])


def _add(strands: dict[bytes, Strand], strand: Strand) -> None:
    """Put a strand among others, and what parts from the one of the same id as one of its own."""
    present = strands.get(strand.id)
    if present is None:
        strands[strand.id] = strand
        return
    strands[strand.id], parted = _joined(present, strand)
    if parted is not None:
        _add(strands, parted)


def _joined(one: Strand, other: Strand) -> tuple[Strand, Strand | None]:
    """Join two versions of a strand: what is theirs together, and what parts from it."""
    hashes_of_one, hashes_of_other = _by_number(one), _by_number(other)
    shared = [n for n, each in hashes_of_one.items() if hashes_of_other.get(n) == each]
    if not shared:  # parted where one of them is folded, or one ends before the other begins
        goes_on, parted = sorted((one, other), key=lambda s: (s.last, s.head), reverse=True)
        return goes_on, _named_anew(parted) if parted.entries else None
    fork = max(shared)
    longest = min((one, other), key=lambda s: (s.start, s.folded))  # less of it is folded
    both = [(_behind(each, fork), each.head) for each in (one, other)]
    both.sort(key=lambda tail: bound(hashes_of_one[fork], tail[0][0]) if tail[0] else b"\xff" * 33)
    (tail, head), (parted_tail, parted_head) = both
    before = tuple(entry for entry in longest.entries if entry.number <= fork)
    joined = longest._replace(entries=before + tail, head=head)
    if not parted_tail:
        return joined, None
    anchor = hashes_of_one[fork]
    place = before[-1].place if before else longest.until
    parted = Strand(one.id, fork, anchor, parted_head, 0, place, parted_tail)
    return joined, _named_anew(parted)


def _by_number(strand: Strand) -> dict[int, bytes]:
    """The hash of each entry by its number, the anchor's too."""
    return dict(enumerate([strand.anchor, *hashes(strand)], strand.start))


def _behind(strand: Strand, number: int) -> tuple[JournalEntry, ...]:
    return tuple(entry for entry in strand.entries if entry.number > number)


def _named_anew(strand: Strand) -> Strand:
    """Name a strand that parted from another by the hash of its first entry, or of its last."""
    by_first = bound(strand.anchor, strand.entries[0])[:ID]
    return strand._replace(id=by_first if by_first != strand.id else strand.head[:ID])
