"""Drafts of entries, made of changes of the tables: one for each thing done."""

from __future__ import annotations

import base64
import json
import sqlite3
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wallet.errors import JwtError
from wallet.nats import jwt
from wallet.nats.claims import content, jwt_differences
from wallet.nats.claims.revocations import EVERYBODY, revocations
from wallet.nats.nkeys import Kind
from wallet.text import plain
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.journal.triggers import Change, Touched
from wallet.when import exactly

_LONGEST_CHANGE = 3600  # seconds


class Draft(NamedTuple):
    """Something to be noted of the key `public`, `under` the path; None for the vault."""

    what: str
    public: str | None
    path: str
    detail: str = ""
    jwt: str = ""

    @property
    def under(self) -> str:
        """The path of what the key hangs beneath."""
        return self.path.rpartition("/")[0]


class _Key(NamedTuple):
    """A key that was touched, as it is now, with its JWT and what its tests say."""

    id: int
    public: str
    kind: str
    signing: int
    name: str
    above: str | None
    top: str | None
    status: str
    tags: str
    revoked: int
    has_seed: int
    token: str | None

    @property
    def path(self) -> str:
        return "/".join(name for name in (self.top, self.above, self.name) if name is not None)


_KEYS = """
SELECT k.id, k.public, k.kind, k.signing, k.name, p.name, g.name, k.status, k.tags, k.revoked,
    s.key IS NOT NULL, t.jwt
FROM (SELECT DISTINCT key FROM touched WHERE key IS NOT NULL) AS c JOIN keys AS k ON k.id = c.key
LEFT JOIN keys AS p ON p.id = k.parent LEFT JOIN keys AS g ON g.id = p.parent
LEFT JOIN seeds AS s ON s.key = k.id LEFT JOIN tokens AS t ON t.key = k.id
"""

Origin = tuple[What, str]


class Drafting:
    """The drafts of what one save changes."""

    def __init__(
        self,
        sql: sqlite3.Connection,
        origin: Origin,
        origins: Mapping[str, Origin],
        at: int,
        *,
        watched: bool,
    ) -> None:
        """`origin` says how keys that are new come here, and in detail, and `origins` how single
        ones do, by their public keys; `at` is now.

        Where the tables are watched, what was touched is asked for here, before it is taken.
        """
        self._sql = sql
        self._origin = origin
        self._origins = origins
        self._at = at
        self._keys = {row[0]: _Key._make(row) for row in sql.execute(_KEYS)} if watched else {}
        self._deleted: dict[int, tuple[str, int | None]] = {}
        self._signed: dict[str, list[str]] = {}
        self._signers: dict[str, tuple[str, bool]] = {}
        self._revoked: dict[str, str] = {}

    def drafts(self, touched: Sequence[Touched]) -> list[Draft]:
        """All that is to be noted, in the order in which it was done first."""
        by_key: dict[int, dict[Change, list[Touched]]] = {}
        order: list[int | Touched] = []
        for each in touched:
            if each.key is None:
                order.append(each)
                continue
            if each.key not in by_key:
                order.append(each.key)
            by_key.setdefault(each.key, {}).setdefault(each.change, []).append(each)
            if each.change is Change.DELETED:
                parent = each.after if isinstance(each.after, int) else None
                names = by_key[each.key].get(Change.NAME)  # joining vaults renames before
                self._deleted[each.key] = (str(names[0].before if names else each.before), parent)
        drafts: list[Draft] = []
        for one in order:
            if isinstance(one, Touched):
                path = "" if one.public is None else self._path_of_public(one.public)
                drafts.append(Draft(str(one.before), one.public, path, str(one.after)))
            else:
                drafts += self._of_key(one, by_key[one])
        signed = [self._of_signer(signer, paths) for signer, paths in self._signed.items()]
        return [*self._with_revoked(drafts), *signed]

    def _of_key(self, key_id: int, changes: dict[Change, list[Touched]]) -> Iterator[Draft]:
        key = self._keys.get(key_id)
        if key is None:
            if (gone := changes.get(Change.DELETED)) and Change.MADE not in changes:
                seed = "its seed went too" if Change.SEED_GONE in changes else ""
                yield Draft(What.DELETED.value, gone[-1].public, self._path(key_id), seed)
            return
        if Change.MADE in changes:
            yield self._of_new(key)
        else:
            for change, notes_on in _NOTES_ON.items():
                if change in changes:
                    before, after = changes[change][0].before, changes[change][-1].after
                    for what, detail in notes_on(self, key, before, after):
                        yield Draft(what.value, key.public, key.path, detail)
            if Change.JWT in changes:
                yield from self._of_token(key, changes[Change.JWT][0].before)
        if self._origin[0] in {What.MERGED, What.UNDONE}:
            return  # its tests were noted where they were made
        for test in changes.get(Change.TEST, ()):
            yield Draft(What.TESTED.value, key.public, key.path, f"{test.after} at {test.before}")

    def _of_new(self, key: _Key) -> Draft:
        origin, detail = self._origins.get(key.public, self._origin)
        words = [detail, "" if key.has_seed else "its public half alone"]
        facts = ""
        if key.token is not None and (read := _facts(key.token)):
            facts, signer, ends = read
            words.append(f"{self._signing(key, signer)}{ends}")
        text = "; ".join(filter(None, words))
        return Draft(origin.value, key.public, key.path, text, facts)

    def _of_token(self, key: _Key, before: object) -> Iterator[Draft]:
        """Notes on what a JWT in the place of another says; nothing where it is that one again."""
        if key.token == before:
            return
        if key.token is None:
            yield Draft(What.JWT_DROPPED.value, key.public, key.path)
        elif read := _facts(key.token):
            facts, signer, ends = read
            signed_now = self._signer(signer)[1] and self._is_recent(facts)
            words = [f"{self._signing(key, signer)}{ends}"]
            if not signed_now and key.public in self._origins:
                words.insert(0, self._origins[key.public][1])
            if before is not None:
                words += self._differences(key, str(before))
            what = What.ISSUED if signed_now else What.JWT_TAKEN
            yield Draft(what.value, key.public, key.path, "; ".join(words), facts)

    def _is_recent(self, facts: str) -> bool:
        """Whether a JWT was issued by this change, and not elsewhere before."""
        issued = facts.partition(" ")[0]
        return issued.isdigit() and int(issued) > self._at - _LONGEST_CHANGE

    def _differences(self, key: _Key, before: str) -> list[str]:
        try:
            was, now = jwt.parse(before), jwt.parse(key.token or "")
        except JwtError:
            return []
        if key.kind == Kind.ACCOUNT.value:
            then = revocations(was.nats)
            for who, at in revocations(now.nats).items():
                if at > then.get(who, -1):
                    self._revoked[key.public if who == EVERYBODY else who] = (
                        f"{'everybody, ' * (who == EVERYBODY)}what was issued until "
                        f"{exactly(at)}, by {key.path}"
                    )
        return jwt_differences.changes(Kind(key.kind), was, now) or ["it says the same"]

    def _with_revoked(self, drafts: Iterable[Draft]) -> Iterator[Draft]:
        """Drafts with whom accounts revoke otherwise than before, also where that user is not here,
        or was signed anew since.
        """
        noted = set()
        for one in drafts:
            if one.what == What.REVOKED.value and one.public in self._revoked:
                noted.add(one.public)
                yield one._replace(detail=self._revoked[one.public])
            else:
                yield one
        for who, detail in self._revoked.items():
            if who not in noted and len(who) == 56:
                yield Draft(What.REVOKED.value, who, self._path_of_public(who), detail)

    def _signing(self, key: _Key, signer: str) -> str:
        path, here = self._signer(signer)
        if here and signer != key.public:
            self._signed.setdefault(signer, []).append(key.path)
        return f"signed by {path or signer}"

    def _signer(self, public: str) -> tuple[str, bool]:
        """The path of a signer, and whether its seed is here."""
        if public not in self._signers:
            question = "SELECT 1 FROM seeds JOIN keys ON keys.id = seeds.key WHERE public = ?"
            has_seed = self._sql.execute(question, (public,)).fetchone() is not None
            self._signers[public] = (self._path_of_public(public), has_seed)
        return self._signers[public]

    def _of_signer(self, signer: str, paths: Sequence[str]) -> Draft:
        count = "1 JWT" if len(paths) == 1 else f"{len(paths):,} JWTs"
        path = self._signer(signer)[0]
        return Draft(What.SIGNED.value, signer, path, f"{count}: {content.few(paths)}")

    def _path_of_public(self, public: str) -> str:
        row = self._sql.execute("SELECT id FROM keys WHERE public = ?", (public,)).fetchone()
        return "" if row is None else self._path(row[0])

    def _path(self, key_id: int | None) -> str:
        """The path of a key, also of one that this save deletes."""
        names: list[str] = []
        while key_id is not None and len(names) < 4:
            row = (
                self._deleted.get(key_id)
                or self._sql.execute(
                    "SELECT name, parent FROM keys WHERE id = ?", (key_id,)
                ).fetchone()
            )
            if row is None:
                break
            name, key_id = row
            names.append(name)
        return "/".join(reversed(names))

    def of_parent(self, _key: _Key, before: object, _after: object) -> _Notes:
        """A move, from where to where."""
        place = self._path(before) if isinstance(before, int) else ""
        yield What.MOVED, f"it was under {place}" if place else "it stood alone"

    def of_name(self, key: _Key, before: object, _after: object) -> _Notes:
        if before != key.name:
            yield What.RENAMED, f"it was {plain(str(before), 128)}"

    def of_status(self, key: _Key, before: object, _after: object) -> _Notes:
        if before != key.status:
            yield (What.RETIRED if key.status == "retired" else What.IN_USE_AGAIN), ""

    def of_tags(self, key: _Key, before: object, _after: object) -> _Notes:
        was, now = str(before).split(), key.tags.split()
        words = [f"+{tag}" for tag in now if tag not in was]
        words += [f"−{tag}" for tag in was if tag not in now]
        if words:
            yield What.TAGGED, " ".join(words)

    def of_notes(self, _key: _Key, _before: object, _after: object) -> _Notes:
        yield What.NOTES_CHANGED, ""

    def of_revoked(self, key: _Key, before: object, _after: object) -> _Notes:
        if bool(before) is not bool(key.revoked):
            yield (What.REVOKED if key.revoked else What.ALLOWED), ""

    def of_seed(self, key: _Key, _before: object, _after: object) -> _Notes:
        yield What.SEED_ADDED, self._origins.get(key.public, self._origin)[1]

    def of_seed_gone(self, key: _Key, _before: object, _after: object) -> _Notes:
        if not key.has_seed:
            yield What.SEED_FORGOTTEN, "its public half stays"

    def of_rights(self, key: _Key, before: object, _after: object) -> _Notes:
        """A note that what a user without a JWT may do was changed, unless a JWT took its place."""
        row = self._sql.execute("SELECT nats FROM unsigned WHERE key = ?", (key.id,)).fetchone()
        now = None if row is None else row[0]
        if key.token is None and now != before:
            yield What.PERMISSIONS_SET, "; ".join(_rights(before, now))


_Notes = Iterator[tuple[What, str]]

_NOTES_ON: dict[Change, Callable[[Drafting, _Key, object, object], _Notes]] = {
    Change.SEED: Drafting.of_seed,
    Change.SEED_GONE: Drafting.of_seed_gone,
    Change.NAME: Drafting.of_name,
    Change.PARENT: Drafting.of_parent,
    Change.STATUS: Drafting.of_status,
    Change.TAGS: Drafting.of_tags,
    Change.NOTES: Drafting.of_notes,
    Change.MAY: Drafting.of_rights,
    Change.REVOKED: Drafting.of_revoked,
}


def _rights(before: object, after: object) -> list[str]:
    def read(text: object) -> dict[str, object]:
        try:
            rights = json.loads(str(text)) if text is not None else {}
        except ValueError:
            return {}
        return rights if isinstance(rights, dict) else {}

    return jwt_differences.of_fields(Kind.USER, read(before), read(after))


def _facts(token: str) -> tuple[str, str, str] | None:
    """The facts that an entry keeps of a JWT, who signed it, and its end in words; or None.

    There may be ten thousand: only what is needed is read.
    """
    try:
        part = token.split(".")[1]
        payload = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        signer, issued, ends = payload["iss"], payload.get("iat"), payload.get("exp")
    except (LookupError, ValueError, TypeError, AttributeError, Base64Error, RecursionError):
        return None
    times = [one if type(one) is int and one >= 0 else None for one in (issued, ends)]
    if not isinstance(signer, str) or len(signer) != 56:
        return None
    facts = f"{'-' if times[0] is None else times[0]} {signer} {times[1] or '-'}"
    return facts[:128], signer, f", ends {exactly(times[1])}" if times[1] else ""
