"""Candidates for an import, one for each key: what all files tell of it, put together.

The same key is found again and again: its seed in a `.nk`, once more in creds, its JWT in a
store, its name there too, its public half in its owner's JWT. Of several JWTs about one key the
one counts that its owner's key signed, and of those the newest. Who is whose signing key is
taken from the JWTs that count, never from a JWT that somebody else could have made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wallet.errors import UsageError
from wallet.exchange.readers.material import KeyMention
from wallet.nats.claims.revocations import revocations
from wallet.nats.claims.signing_keys import scope_of, signing_keys
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind, PublicKey, decode_public
from wallet.text import plain
from wallet.vault.key_record import NAME_LENGTH, KeyRecord, checked_name, checked_tags, is_plain
from wallet.vault.records import Records

_ROOM_FOR_A_NUMBER = 8
_TREE = (Kind.OPERATOR, Kind.ACCOUNT, Kind.USER)


@dataclass(slots=True)
class ImportCandidate:
    """A key that may go into the vault, and all that files tell of it.

    `name` is one that a key may have, or empty. `owner` is the public key of what it hangs
    beneath. `implied` says that no file is about it: those beneath it name it.
    """

    public: PublicKey
    sources: list[str] = field(default_factory=list)
    name: str = ""
    cell: bytes | None = field(default=None, repr=False)
    claims: Claims | None = field(default=None, repr=False)
    owner: str | None = None
    signing: bool = False
    unsigned: Mapping[str, Any] | None = field(default=None, repr=False)
    stand_in: bool = False
    implied: bool = False
    remark: str = ""
    notes: list[str] = field(default_factory=list)
    _mentions: list[KeyMention] = field(default_factory=list, repr=False)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of its JWT that a key in the vault may have."""
        fitting: list[str] = []
        for tag in self.claims.tags if self.claims else ():
            try:
                fitting = list(checked_tags([*fitting, tag]))
            except UsageError:
                continue
        return tuple(fitting)

    def revoked_notes(self, account: Claims | None) -> list[str]:
        """Say of a user without a JWT that the account which it comes to revokes it."""
        if self.claims or account is None or self.public.text not in revocations(account.nats):
            return []
        return ["Its account revokes it: it comes in as revoked, until it is allowed again."]


class InVault:
    """The keys that the vault has already, by public key; each is looked up once."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self._records: dict[str, KeyRecord | None] = {}
        self._claims: dict[str, Claims | None] = {}

    def record(self, public: str) -> KeyRecord | None:
        if public not in self._records:
            self._records[public] = self.records.by_public(public)
        return self._records[public]

    def claims(self, public: str) -> Claims | None:
        if public not in self._claims:
            record = self.record(public)
            self._claims[public] = self.records.tokens.claims(record.id) if record else None
        return self._claims[public]

    def owner(self, public: str) -> str | None:
        """The public key of what a key in the vault hangs beneath."""
        record = self.record(public)
        if record is None or record.parent is None:
            return None
        return self.records.get(record.parent).public


def merge(mentions: Iterable[KeyMention], vault: InVault) -> dict[str, ImportCandidate]:
    """The candidates by public key, in the order they were found."""
    return _Merger(mentions, vault).merged()


class _Merger:
    def __init__(self, mentions: Iterable[KeyMention], vault: InVault) -> None:
        self._vault = vault
        self._all: dict[str, ImportCandidate] = {}
        self._owners: dict[str, str] = {}  # of signing keys, by the JWTs that count
        for mention in mentions:
            key = mention.public.text
            self._all.setdefault(key, ImportCandidate(mention.public))._mentions.append(mention)

    def merged(self) -> dict[str, ImportCandidate]:
        for kind in _TREE:
            for candidate in list(self._all.values()):
                if candidate.public.kind is kind:
                    self._choose_token(candidate)
            if kind is not Kind.USER:
                self._note_signing_keys(kind)
        for candidate in list(self._all.values()):
            self._complete(candidate)
        for candidate in list(self._all.values()):
            self._add_missing_account(candidate)
        return {key: each for key, each in self._all.items() if not _is_nothing(each)}

    def _choose_token(self, candidate: ImportCandidate) -> None:
        tokens: dict[str, KeyMention] = {}
        for mention in candidate._mentions:
            if mention.claims is not None:
                tokens.setdefault(mention.claims.token, mention)
        if not tokens:
            return
        best = max(tokens.values(), key=self._rank)
        candidate.claims = best.claims
        for mention in tokens.values():
            if mention is not best:
                candidate.notes.append(
                    f"Of {len(tokens)} JWTs about it, the one in {plain(best.source)} counts."
                )
                break

    def _rank(self, mention: KeyMention) -> tuple[bool, int]:
        claims = mention.claims
        assert claims is not None  # noqa: S101 (only those with a JWT are ranked)
        return self._is_signed_by_owner(claims), claims.issued or 0

    def _is_signed_by_owner(self, claims: Claims) -> bool:
        if claims.type == "operator":
            return True
        if claims.type == "account":
            return self._operator_of(claims.issuer) is not None
        owner = claims.account or ""
        return self.signs(claims.issuer.text, owner)

    def signs(self, issuer: str, owner: str) -> bool:
        """Whether `issuer` is `owner`, or a signing key of it as far as is known."""
        return issuer == owner or self._signs_for(issuer) == owner

    def _signs_for(self, key: str) -> str | None:
        """Tell whose signing key it is. What the vault says counts before what files say."""
        record = self._vault.record(key)
        if record is not None and record.signing:
            return self._vault.owner(key)
        return self._owners.get(key)

    def _operator_of(self, issuer: PublicKey) -> str | None:
        """The operator that an account's issuer is, or signs for; None when it is not here."""
        if issuer.kind is not Kind.OPERATOR:
            return None  # the account itself: nobody has signed it yet
        if owner := self._signs_for(issuer.text):
            return owner
        here = self._all.get(issuer.text)
        comes_in = here is not None and not _is_only_named(here)
        return issuer.text if comes_in or self._vault.record(issuer.text) is not None else None

    def _note_signing_keys(self, kind: Kind) -> None:
        """Note which keys sign for which owners, by the JWTs that count."""
        for owner, candidate in self._all.items():
            if candidate.public.kind is not kind or candidate.claims is None:
                continue
            for key in signing_keys(candidate.claims.nats):
                other = self._all.get(key)
                if other is None or other.claims is not None:
                    continue
                first = self._owners.setdefault(key, owner)
                if first != owner:
                    other.notes.append("Two JWTs name it as their signing key.")

    def _complete(self, candidate: ImportCandidate) -> None:
        key = candidate.public.text
        mentions = candidate._mentions
        candidate.sources = list(dict.fromkeys(mention.source for mention in mentions))
        candidate.cell = next((f.cell for f in mentions if f.cell is not None), None)
        self._choose_permissions(candidate)
        candidate.stand_in = any(mention.stand_in for mention in mentions)
        candidate.remark = next(filter(None, (mention.remark for mention in mentions)), "")
        self._place(candidate, key)
        self._name(candidate)

    def _choose_permissions(self, candidate: ImportCandidate) -> None:
        """Choose a user's permissions; of two configurations, one that binds counts first."""
        given = [(f.unsigned, f.source) for f in candidate._mentions if f.unsigned is not None]
        if not given:
            return
        candidate.unsigned, source = next((each for each in given if each[0]), given[0])
        if any(unsigned != candidate.unsigned for unsigned, _ in given):
            candidate.notes.append(
                "It has other permissions in one place than in another: those in "
                f"{plain(source)} count."
            )

    def _place(self, candidate: ImportCandidate, key: str) -> None:
        claims = candidate.claims
        if key in self._owners:
            candidate.signing, candidate.owner = True, self._owners[key]
        elif claims is not None and claims.type == "account":
            candidate.owner = self._operator_of(claims.issuer)
            if candidate.owner is None and claims.issuer.kind is Kind.OPERATOR:
                candidate.notes.append(f"Its operator, {claims.issuer.short}, is not here.")
        elif claims is not None and claims.type == "user":
            account = claims.account or ""
            candidate.owner = self._signs_for(account) or account
        elif claims is None:
            parents = (f.parent for f in candidate._mentions if f.parent and not f.signing)
            candidate.owner = next(parents, None)

    def _name(self, candidate: ImportCandidate) -> None:
        owner = self._all.get(candidate.owner or "")
        names = [candidate.claims.name if candidate.claims else ""]
        names += [
            mention.name for mention in candidate._mentions if mention.signing == candidate.signing
        ]
        given = next(filter(None, names), "")
        if candidate.signing and owner is not None and owner.claims is not None:
            scope = scope_of(owner.claims.nats, candidate.public.text)
            given = str((scope or {}).get("role") or given)
        candidate.name = fitting_name(given)
        if given and candidate.name != given:
            shown = f"called {candidate.name}" if candidate.name else "given another"
            candidate.notes.append(f"No key may have the name “{plain(given, 60)}”: it is {shown}.")

    def _add_missing_account(self, candidate: ImportCandidate) -> None:
        """A user tells whose it is: its account goes in by its public half, until more is known."""
        owner = candidate.owner
        if owner is None or candidate.public.kind is not Kind.USER or owner in self._all:
            return
        if self._vault.record(owner) is None:
            account = ImportCandidate(
                decode_public(owner), list(candidate.sources[:1]), implied=True
            )
            account.notes.append("Only its users' JWTs tell of it.")
            self._all[owner] = account


def _is_only_named(candidate: ImportCandidate) -> bool:
    """Whether nothing is here of a key but that a JWT calls it its signing key."""
    return all(mention.signing for mention in candidate._mentions) and bool(candidate._mentions)


def _is_nothing(candidate: ImportCandidate) -> bool:
    """Whether it was only named by a JWT that does not count."""
    return not candidate.signing and candidate.cell is None and _is_only_named(candidate)


def fitting_name(given: str) -> str:
    """A name from outside, made one that a key may have; empty when nothing is left of it."""
    safe = given.strip()[: NAME_LENGTH * 2]
    if "/" in safe or not is_plain(safe):
        safe = "".join(c if is_plain(c) and c != "/" else "_" for c in safe)
    name = safe.strip()[: NAME_LENGTH - _ROOM_FOR_A_NUMBER].strip()
    try:
        return checked_name(name)
    except UsageError:
        return ""
