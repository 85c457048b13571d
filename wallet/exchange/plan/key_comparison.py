"""Making a plan: comparing what was found with what a vault has, one key at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wallet.exchange.plan.candidates import ImportCandidate, InVault, merge
from wallet.exchange.plan.import_plan import Choice, Choices, Conflict, ImportPlan, PlannedKey, Step
from wallet.exchange.plan.lookalikes import odd_letter
from wallet.exchange.plan.taken_names import TakenNames
from wallet.exchange.readers.material import Findings
from wallet.nats.claims.jwt_order import later_jwt, says_the_same
from wallet.nats.claims.revocations import in_words, lacking
from wallet.nats.claims.signing_keys import signing_keys
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind, decode_public
from wallet.vault.db.parts.tokens import is_revoked
from wallet.vault.key_record import PARENTS, KeyRecord
from wallet.vault.records import Records


def make_plan(
    records: Records,
    findings: Findings,
    *,
    under: KeyRecord | None = None,
    choices: Choices | None = None,
) -> ImportPlan:
    """Plan what importing `findings` does; `under` is for keys that nothing else gives a place."""
    choices = choices or Choices()
    planner = _Planner(records, under, choices)
    items = planner.items(merge(findings.mentions, planner.vault).values())
    below = None if under is None else under.public
    return ImportPlan(findings, below, choices, items, records.contents, choices.copy())


def plan_again(records: Records, plan: ImportPlan) -> ImportPlan:
    """Plan the same import as it goes by the records of now, with the choices made meanwhile.

    Where neither has changed it is the plan itself.
    """
    if plan.planned_for is records.contents and plan.planned_with == plan.choices:
        return plan
    under = None if plan.under is None else records.by_public(plan.under)
    return make_plan(records, plan.findings, under=under, choices=plan.choices)


_ORDER = {Kind.OPERATOR: 0, Kind.ACCOUNT: 2, Kind.USER: 4}


def _order(candidate: ImportCandidate) -> tuple[int, str]:
    """Parents first; a signing key after its owner, and before whom it signed."""
    return _ORDER.get(candidate.public.kind, 5) + candidate.signing, candidate.name


class _Planner:
    def __init__(self, records: Records, under: KeyRecord | None, choices: Choices) -> None:
        self.vault = InVault(records)
        self._under = under
        self._choices = choices
        self._places = TakenNames(records)
        self._alias: dict[str, str] = {}
        self._items: dict[str, PlannedKey] = {}

    def items(self, candidates: Iterable[ImportCandidate]) -> list[PlannedKey]:
        for candidate in sorted(candidates, key=_order):
            item = self._item(candidate)
            if item is not None:
                self._items[candidate.public.text] = item
        return list(self._items.values())

    def _item(self, candidate: ImportCandidate) -> PlannedKey | None:
        record = self.vault.record(candidate.public.text)
        if candidate.stand_in and (account := self._account_called(candidate)) is not None:
            self._alias[candidate.public.text] = account
            return None
        item = PlannedKey(candidate, record, notes=list(candidate.notes))
        owner = self._alias.get(candidate.owner or "", candidate.owner)
        if record is not None:
            self._known(item, record, owner)
        else:
            self._new(item, owner)
        return item

    # --- keys that the vault does not have ----------------------------------------------

    def _new(self, item: PlannedKey, owner: str | None) -> None:
        candidate = item.candidate
        item.name, item.path = candidate.name, candidate.name
        parent = owner
        if owner is None and self._under is not None and not candidate.implied:
            if not self._hangs_under(item):
                return
            if self._fits_under(candidate):
                parent = self._under.public
        if (above := self._not_coming(parent)) is not None:
            item.left_out = above.left_out
            item.notes.append(f"It belongs under {above.path}.")
            return
        item.parent = parent
        if parent is not None:
            item.notes += candidate.revoked_notes(self._claims_of(parent))
        self._note_new_signer(item)
        if not item.resigned and not self._check_signer(item):
            return
        self._name_it(item)
        if item.conflict is None and not item.left_out:
            item.steps = [Step.ADD]

    def _not_coming(self, owner: str | None) -> PlannedKey | None:
        """The key that this one belongs under, where that is left out or waits for an answer."""
        above = self._items.get(owner or "")
        if above is None or above.record or above.what not in {"leave out", "ask", "wait"}:
            return None
        return above

    def _fits_under(self, candidate: ImportCandidate) -> bool:
        """Whether a key of which nothing says whose it is may hang where the person said."""
        under = self._under
        return (
            under is not None
            and not candidate.signing
            and not candidate.implied
            and (candidate.claims is None or _is_self_signed(candidate))
            and PARENTS.get(candidate.public.kind) is under.kind
        )

    def _note_new_signer(self, item: PlannedKey) -> None:
        """Plan a JWT by the operator that the person named for an account that signed its own."""
        under = self._under
        named = under is not None and under.kind is Kind.OPERATOR and item.parent == under.public
        if named and under is not None and _is_self_signed(item.candidate):
            item.resigned = True
            item.notes.append(f"Its JWT is by itself, and is signed anew by {under.path}.")

    def _hangs_under(self, item: PlannedKey) -> bool:
        """Ask about a key that cannot hang where the person said; whether to go on with it."""
        candidate, under = item.candidate, self._under
        assert under is not None  # noqa: S101 (asked only where it is)
        if self._fits_under(candidate) or candidate.signing:
            return True
        kind = candidate.public.kind
        why = (
            f"its JWT is not by {under.path}"
            if PARENTS.get(kind) is under.kind
            else f"a key of kind {kind} does not hang under {under.path}"
        )
        return self._settle(
            item, "under", f"It cannot go there: {why}.", (Choice.KEEP, Choice.TAKE), Choice.TAKE
        )

    def _check_signer(self, item: PlannedKey) -> bool:
        """Whether to go on: a new key in the name of one in the vault is signed by that one."""
        candidate, parent = item.candidate, item.parent
        if candidate.claims is None or parent is None or self._signed(candidate.claims, parent):
            return True
        difference = (
            f"Its JWT is signed by {candidate.claims.issuer.short}, which is no key of its "
            f"{PARENTS[candidate.public.kind]}: servers refuse it."
        )
        if self.vault.record(parent) is None:
            item.notes.append(difference)
            return True
        return self._settle(item, "signer", difference, (Choice.KEEP, Choice.TAKE), Choice.TAKE)

    def _signed(self, claims: Claims, owner: str) -> bool:
        """Whether a key of `owner` signed, as far as can be told."""
        if claims.issuer.text == owner:
            return True
        above = self._claims_of(owner)
        return above is None or claims.issuer.text in signing_keys(above.nats)

    def _claims_of(self, public: str) -> Claims | None:
        """The claims that a key will have once this plan is carried out."""
        item = self._items.get(public)
        if item is not None and {Step.ADD, Step.TOKEN} & set(item.steps):
            return item.candidate.claims
        return self.vault.claims(public)

    def _name_it(self, item: PlannedKey) -> None:
        candidate = item.candidate
        name, parent = candidate.name, item.parent
        if not name:
            stem = "signing" if candidate.signing else candidate.public.kind.value
            name = self._places.free(f"{stem}-1", parent)
        holder = self._places.holder(name, parent)
        if holder is not None and self.vault.record(holder) is not None:
            item.path = self._places.path(name, parent)
            difference = (
                f"Another key is already called {item.path}: {decode_public(holder).short}."
            )
            if not self._settle(item, "name", difference, (Choice.KEEP, Choice.BOTH), Choice.BOTH):
                return
        if holder is not None:
            free = self._places.free(name, parent)
            item.notes.append(f"Called {free}, for another key is called {name}.")
            name = free
        if other := self._places.lookalike(name, parent):
            item.notes.append(
                f"Its name looks like “{other}”, which is another key's, and is not the same: one "
                f"of them has {odd_letter(name, other)}. Rename it, unless you know it."
            )
        item.name, item.path = name, self._places.take(name, parent, candidate.public.text)

    def _account_called(self, candidate: ImportCandidate) -> str | None:
        """The account in the vault that an account with a name only already stands for."""
        under = self._under
        operator = under.public if under is not None and under.kind is Kind.OPERATOR else None
        holder = self._places.holder(candidate.name, operator)
        if holder is None:
            return None
        planned = self._items.get(holder)
        if planned is not None and planned.candidate.stand_in:
            return holder
        record = self.vault.record(holder)
        right = record is not None and record.kind is Kind.ACCOUNT and not record.signing
        return holder if right else None

    # --- keys that the vault has --------------------------------------------------------

    def _known(self, item: PlannedKey, record: KeyRecord, owner: str | None) -> None:
        candidate = item.candidate
        item.name, item.path = record.name, record.path
        item.parent = self.vault.owner(record.public)
        if candidate.cell is not None and not record.has_seed:
            item.steps.append(Step.SEED)
        if candidate.signing:
            self._known_signing(item, record, owner)
        elif record.signing:
            item.notes.append("It is a signing key here, and stays one.")
        else:
            self._known_place(item, record, owner)
        if item.conflict is not None:
            item.steps = []

    def _known_signing(self, item: PlannedKey, record: KeyRecord, owner: str | None) -> None:
        if record.signing and item.parent != owner:
            item.notes.append("Another JWT names it as its signing key. It stays where it is.")
        elif record.signing:
            return
        elif record.parent is None and owner and _is_bare(record, self.vault.claims(record.public)):
            item.steps.append(Step.SIGNING)
            item.parent = owner
            item.name = self._places.free(record.name, owner)
            item.path = self._places.take(item.name, owner, record.public)
        else:
            item.notes.append("A JWT names it as its signing key; here it is a key of its own.")

    def _known_place(self, item: PlannedKey, record: KeyRecord, owner: str | None) -> None:
        candidate = item.candidate
        if (above := self._not_coming(owner)) is not None:
            item.notes.append(f"It belongs under {above.path}, which does not come in.")
            return
        if owner is None and record.parent is None and self._fits_under(candidate):
            owner = self._under.public if self._under else None
        if owner is not None and record.parent is not None and owner != item.parent:
            difference = (
                f"Here it hangs under {self._places.path_of(item.parent)}, and the file says "
                + (f"it is {self._places.path_of(owner)}'s.")
            )
            if not self._settle(item, "place", difference, (Choice.KEEP, Choice.TAKE), Choice.TAKE):
                return
        if item.conflict is None and owner is not None and owner != item.parent:
            self._move(item, record, owner)
            self._note_new_signer(item)
        if item.resigned:
            self._token_to_be_resigned(item, record)
        else:
            self._known_token(item, record)

    def _token_to_be_resigned(self, item: PlannedKey, record: KeyRecord) -> None:
        """Take what a newer JWT of an account's own says, before the operator signs that."""
        new, old = item.candidate.claims, self.vault.claims(record.public)
        if new is not None and (old is None or later_jwt(new, old)):
            item.steps.insert(0, Step.TOKEN)

    def _move(self, item: PlannedKey, record: KeyRecord, owner: str) -> None:
        item.steps.append(Step.MOVE)
        item.parent = owner
        item.name = self._places.free(record.name, owner)
        item.path = self._places.take(item.name, owner, record.public)

    def _known_token(self, item: PlannedKey, record: KeyRecord) -> None:
        new, old = item.candidate.claims, self.vault.claims(record.public)
        if new is None:
            self._known_permissions(item, record, old)
            return
        if old is not None and new.token == old.token:
            return
        if Step.MOVE in item.steps and record.parent is not None:  # that was asked about
            item.steps.append(Step.TOKEN)
            return
        if old is None or _is_bare(record, old):
            item.steps.append(Step.TOKEN)
            return
        difference = self._against(item, record, old, new)
        if not difference and not later_jwt(new, old):
            return
        if difference and not self._settle(
            item, "jwt", difference, (Choice.KEEP, Choice.TAKE), Choice.TAKE
        ):
            return
        item.steps.append(Step.TOKEN)

    def _against(self, item: PlannedKey, record: KeyRecord, old: Claims, new: Claims) -> str:
        """Say why a JWT is not simply taken for the vault's; empty when it is, or need not."""
        if item.parent is not None and not self._signed(new, item.parent):
            return (
                f"Its JWT in the file is signed by {new.issuer.short}, which is no key of "
                f"{self._places.path_of(item.parent)}."
            )
        if not later_jwt(new, old):
            if says_the_same(new, old):
                return ""
            dropped = self._dropped(record, new)
            also = f" The one here revokes {dropped}; the file's does not." if dropped else ""
            return f"The JWT here is the newer one, and says something else than the file's.{also}"
        account = None if item.parent is None else self._claims_of(item.parent)
        if record.revoked and account is not None and not is_revoked(account, new):
            return "It is revoked here, and the JWT in the file would let it in again."
        if dropped := self._dropped(record, new):
            return (
                f"The JWT in the file is newer, and no longer revokes {dropped}; the one here does."
            )
        return ""

    def _dropped(self, record: KeyRecord, new: Claims) -> str:
        """Name whom an account revokes here and would not by this JWT; empty for nobody."""
        if record.kind is not Kind.ACCOUNT:
            return ""
        lost = in_words(lacking(new.nats, self.vault.records.tokens.revoked(record.id)))
        return lost[0] if len(lost) == 1 else f"{len(lost):,} users and activations" if lost else ""

    def _known_permissions(
        self, item: PlannedKey, record: KeyRecord, claims: Claims | None
    ) -> None:
        wanted = item.candidate.unsigned
        if wanted is None or claims is not None or record.kind is not Kind.USER:
            return
        has = _bounds(self.vault.records.tokens.unsigned(record.id))
        wanted = _bounds(wanted)
        if has == wanted:
            return
        difference = "The file gives it other permissions than it has here."
        if not wanted:
            difference = "The file lets it do everything, and here it is bounded."
        if has and not self._settle(
            item, "jwt", difference, (Choice.KEEP, Choice.TAKE), Choice.TAKE
        ):
            return
        item.steps.append(Step.PERMISSIONS)

    # --- what nobody but a person settles -----------------------------------------------

    def _settle(
        self,
        item: PlannedKey,
        what: str,
        difference: str,
        choices: tuple[Choice, ...],
        go_on: Choice,
    ) -> bool:
        """Whether what was chosen lets the import go on with this; asks where nothing was."""
        conflict = Conflict(item.candidate.public.text, item.path, what, difference, choices)
        chosen = self._choices.of(conflict)
        if chosen is None:
            item.conflict = conflict
            return False
        goes_on = chosen is go_on or (go_on is Choice.BOTH and chosen is Choice.TAKE)
        if item.record is None and what != "name":
            goes_on = goes_on or chosen is Choice.BOTH
        if not goes_on:
            item.notes.append(f"{difference} What is here stays.")
            item.left_out = item.record is None
        return goes_on


def _is_self_signed(candidate: ImportCandidate) -> bool:
    """Whether it is an account whose JWT no operator signed: another may, when a person says so."""
    claims = candidate.claims
    return (
        claims is not None
        and candidate.public.kind is Kind.ACCOUNT
        and claims.issuer.text == candidate.public.text
    )


def _is_bare(record: KeyRecord, claims: Claims | None) -> bool:
    """Whether a key has no JWT, or an operator only the empty one that its seed alone gave it."""
    if claims is None:
        return not record.children
    empty = set(claims.nats) <= {"type", "version"}
    return empty and record.kind is Kind.OPERATOR and not record.children


def _bounds(nats: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that bind; an empty one says what one left out does."""
    return {name: value for name, value in nats.items() if value}
