"""Planning a merge: two versions of a vault's keys, or the keys of two vaults, joined. Pure.

    plan = plan_merge(ours, theirs, base, MergeChoices(), are_kin=True)

Keys are the same by their public halves. With `base`, what both versions came from, whatever only
one of them changed is taken from that one, deletions too. Without it a key that only one has
stays. The plan is the same whichever of the two is called ours, but for the sides of conflicts
and the numbers behind names that two keys have; no clock alone decides anything that matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from wallet.nats.claims import union
from wallet.nats.claims.content import few
from wallet.nats.claims.union import Side
from wallet.vault.copies.merge.claims import ClaimsJoin
from wallet.vault.copies.merge.fitting_names import give_names, later, path_depth, path_of, stem_of
from wallet.vault.copies.merge.owners import OwnersJoin, States
from wallet.vault.copies.merge.plan import (
    DELETED,
    NEWCOMER,
    PLACE,
    RIGHTS,
    JoinedKey,
    MergeAction,
    MergeChoices,
    MergeConflict,
    MergeItem,
    MergePlan,
)
from wallet.vault.copies.merge.tokens import (
    claims_in,
    counts_for_servers,
    done_since,
    is_vouched_for,
    was_moved,
)
from wallet.vault.db.parts.merge import KeyState
from wallet.vault.key_record import TAGS

_ORDER = [MergeAction.CONFLICT, MergeAction.DELETE, MergeAction.KEEP, MergeAction.REVOKE]
_ORDER += [MergeAction.ADD, MergeAction.CHANGE, MergeAction.OPEN]
_KEPT = ("name", "named", "noted", "status", "created")
"""Whatever another vault says, a key that is here keeps these."""
_UNSIGNED = "it comes from another vault, and is signed with a later change: servers let it in then"


def plan_merge(
    ours: States,
    theirs: States,
    base: States | None,
    choices: MergeChoices,
    *,
    are_kin: bool,
) -> MergePlan:
    """Plan what joining `theirs` with `ours` does. `are_kin`: both are versions of one vault.

    Nothing is deleted without `base`. What is no kin may be anybody's file: only what is signed in
    it moves or revokes anything, no time that it names counts, and a key that is here keeps its
    name, notes and status.
    """
    if not are_kin:
        theirs = {
            public: replace(state, missing={}, removed={}, stands_since=None, origin=None)
            for public, state in theirs.items()
        }
    return _MergePlanner(ours, theirs, base if are_kin else None, choices, are_kin).plan()


@dataclass(frozen=True, slots=True)
class _Deletion:
    """A key that one side deleted: what was done to it on the other since, in words."""

    by: Side
    since: str


class _MergePlanner:
    def __init__(
        self,
        ours: States,
        theirs: States,
        base: States | None,
        choices: MergeChoices,
        are_kin: bool,  # noqa: FBT001 (one of five that the caller names)
    ) -> None:
        self._ours, self._theirs, self._base = ours, theirs, base
        self._choices, self._are_kin = choices, are_kin
        self._conflicts: list[MergeConflict] = []
        self._deletions: dict[str, _Deletion] = {}
        self._deletable: list[MergeConflict] = []
        self._items: list[MergeItem] = []
        self._paths: dict[str, str] = {}
        self._full_tags: list[str] = []
        self._newcomers: list[str] = []

    def plan(self) -> MergePlan:
        publics = sorted({*self._ours, *self._theirs})
        states = {public: self._joined(public) for public in publics}
        going = self._going(states)
        deleted = [public for public in publics if public in going and public in self._ours]
        gone = {public: states.pop(public) for public in going}
        states = give_names(states, self._ours)
        self._paths |= {public: path_of(public, states) for public in states}
        self._ask_about_deletions()
        owners = OwnersJoin(
            *(self._ours, self._theirs, self._base, states, gone, self._choose, self._are_kin)
        )
        keys = ClaimsJoin(owners).join()
        for public in deleted:
            self._tell(self._ours[public], MergeAction.DELETE, "deleted in the other file")
        for key in keys.values():
            self._tell_of(key, owners)
        lost = [each for key in keys.values() for each in self._lost(key, owners)]
        order = {action: number for number, action in enumerate(_ORDER)}
        items = sorted(self._items, key=lambda item: (order[item.action], item.path))
        return MergePlan(
            self._choices, keys, items, self._conflicts, self._deletable, deleted, lost
        )

    # --- which keys are there ------------------------------------------------------------

    def _going(self, states: States) -> set[str]:
        """The keys that are deleted: with all beneath them, or not at all."""
        self._note_deletions()
        going = {public for public, one in self._deletions.items() if self._goes(public, one)}
        for state in [state for public, state in states.items() if public not in going]:
            above = states.get(state.parent or "")
            while above is not None:  # whatever something hangs beneath stays
                going.discard(above.public)
                above = states.get(above.parent or "")
        # Whatever was deleted along with an owner that stays, and counts there, stays with it.
        order = sorted(going, key=lambda public: path_depth(public, states))
        for public in order:
            parent = states[public].parent or ""
            above_it = self._deletions.get(parent)
            if not above_it or parent in going or above_it.by is not self._deletions[public].by:
                continue
            if counts_for_servers(public, self._base or {}):
                going.discard(public)
        return going

    def _note_deletions(self) -> None:
        beneath: dict[str, list[KeyState]] = {}
        for before in (self._base or {}).values():
            beneath.setdefault(before.parent or "", []).append(before)
        for public, before in (self._base or {}).items():
            sides = [side for side in Side if public not in self._of(side)]
            if len(sides) == 1:
                other = Side.THEIRS if sides[0] is Side.OURS else Side.OURS
                since = done_since(self._of(other)[public], before)
                if any(was_moved(each, self._of(other)) for each in beneath.get(public, ())):
                    since = since or "what was beneath it was moved since"
                self._deletions[public] = _Deletion(sides[0], since)

    def _goes(self, public: str, deletion: _Deletion) -> bool:
        return not deletion.since or self._choices.of(public, DELETED) is deletion.by

    def _ask_about_deletions(self) -> None:
        """Ask about keys that one deleted and the other changed, or hung something beneath."""
        for public, deletion in self._deletions.items():
            state = self._ours.get(public) or self._theirs[public]
            chosen = self._choices.of(public, DELETED)
            stays = public in self._paths
            path = self._paths.setdefault(public, path_of(public, self._of_key(public)))
            if not deletion.since and not stays:
                continue
            words = {side: "deleted" if side is deletion.by else deletion.since for side in Side}
            if deletion.since:
                conflict = MergeConflict(public, path, DELETED, *(words[side] for side in Side))
                self._deletable.append(conflict)
            if stays:
                where = "here" if deletion.by is Side.OURS else "in the other file"
                why = deletion.since or "something beneath it stays"
                kept = " as you said" if chosen else ""
                self._tell(state, MergeAction.KEEP, f"deleted {where}; kept{kept}: {why}")

    def _of_key(self, public: str) -> States:
        return self._ours if public in self._ours else self._theirs

    # --- one key -------------------------------------------------------------------------

    def _joined(self, public: str) -> KeyState:
        """A key as both together have it, but for its JWT and the number behind its name."""
        ours, theirs = self._ours.get(public), self._theirs.get(public)
        self._paths.setdefault(public, path_of(public, self._of_key(public)))
        if ours is None or theirs is None:
            one = ours or theirs
            assert one is not None  # noqa: S101 (one of the two has it)
            if ours is None and not self._are_kin:
                one = self._newcomer(one)
            self._paths.pop(public)
            return one
        before = (self._base or {}).get(public)
        signing = ours.signing and theirs.signing
        if not self._are_kin:
            signing = ours.signing
        elif ours.signing is not theirs.signing:  # named as one later, unless it is used otherwise
            plain = theirs if ours.signing else ours
            signing = plain.token is None and not self._has_children(public)
        name, named = later(
            (ours.name, ours.named), (theirs.name, theirs.named), before.name if before else None
        )
        notes, noted = later(
            (ours.notes, ours.noted), (theirs.notes, theirs.noted), before.notes if before else None
        )
        joined = replace(
            ours,
            signing=signing,
            name=name,
            named=named,
            notes=notes,
            noted=noted,
            status=_changed(ours.status, theirs.status, before.status if before else None, max),
            created=min(ours.created, theirs.created),
            tags=self._tags(ours, theirs, before),
            has_seed=ours.has_seed or theirs.has_seed,
        )
        if not self._are_kin:
            kept = {name: getattr(ours, name) for name in _KEPT}
            joined = replace(joined, notes=ours.notes or theirs.notes, **kept)
        joined = replace(joined, parent=self._parent(joined, ours, theirs, before))
        joined = replace(joined, unsigned=self._rights(joined, ours, theirs, before))
        self._paths.pop(public)
        return joined

    def _newcomer(self, state: KeyState) -> KeyState:
        """Ask whether a stranger's key is to hang beneath one of ours, which did not sign it."""
        if is_vouched_for(state, self._ours):
            return state
        above = path_of(state.parent or "", self._ours)
        side = self._choose(state, NEWCOMER, "beneath nothing", f"beneath {above}")
        if side is Side.THEIRS:
            self._newcomers.append(state.public)
        return replace(state, parent=None, signing=False) if side is Side.OURS else state

    def _has_children(self, public: str) -> bool:
        return any(
            state.parent == public
            for states in (self._ours, self._theirs)
            for state in states.values()
        )

    def _tags(self, ours: KeyState, theirs: KeyState, before: KeyState | None) -> tuple[str, ...]:
        """The tags of both, without those that one of them took away since."""
        then = set(before.tags) if before else set()
        gone = then - (set(ours.tags) & set(theirs.tags))
        tags = sorted({*ours.tags, *theirs.tags} - gone)
        if set(tags) == set(ours.tags):
            return ours.tags
        if len(tags) > TAGS:
            self._full_tags.append(ours.public)
        if not self._are_kin:
            tags.sort(key=lambda tag: tag not in ours.tags)
        return tuple(tags[:TAGS])

    def _parent(
        self, state: KeyState, ours: KeyState, theirs: KeyState, before: KeyState | None
    ) -> str | None:
        """The key that it hangs beneath: asked where both moved it, each elsewhere."""
        places = {Side.OURS: ours, Side.THEIRS: theirs}
        if ours.signing is not theirs.signing and not self._are_kin:
            return ours.parent
        if ours.signing is not theirs.signing:
            return next(one for one in places.values() if one.signing is state.signing).parent
        if ours.parent == theirs.parent:
            return ours.parent
        if before is not None and before.parent in {ours.parent, theirs.parent}:
            return theirs.parent if before.parent == ours.parent else ours.parent
        if before is None and self._are_kin and None in {ours.parent, theirs.parent}:
            return ours.parent or theirs.parent
        paths = [path_of(one.parent or "", self._of(side)) for side, one in places.items()]
        words = [f"beneath {path}" if path else "beneath nothing" for path in paths]
        side = self._choose(state, PLACE, words[0], words[1])
        return places[side or Side.OURS].parent

    def _rights(
        self, state: KeyState, ours: KeyState, theirs: KeyState, before: KeyState | None
    ) -> Any:
        """The permissions of a user without a JWT, as who has none for it has them."""
        sides = [
            (one, side) for one, side in zip((ours, theirs), Side, strict=True) if not one.token
        ]
        if not sides:
            return {}
        (first, _), (last, _) = sides[0], sides[-1]
        then = None if before is None else before.unsigned
        if first.unsigned == last.unsigned or then == first.unsigned:
            return last.unsigned
        if then == last.unsigned:
            return first.unsigned
        words = [union.canonical(one.unsigned) for one in (ours, theirs)]
        side = self._choose(state, RIGHTS, words[0], words[1])
        return (theirs if side is Side.THEIRS else ours).unsigned

    def _choose(self, state: KeyState, what: str, ours: str, theirs: str) -> Side | None:
        """The side that was chosen; where none was, it is an open conflict."""
        side = self._choices.of(state.public, what)
        if side is None:
            path = self._paths.get(state.public, state.name)
            conflict = MergeConflict(state.public, path, what, ours, theirs)
            self._conflicts.append(conflict)
            item = MergeItem(state.public, path, MergeAction.CONFLICT, conflict.sentence)
            self._items.append(item)
        return side

    def _of(self, side: Side) -> States:
        return self._ours if side is Side.OURS else self._theirs

    # --- what is told --------------------------------------------------------------------

    def _tell(self, state: KeyState, action: MergeAction, why: str) -> None:
        path = self._paths.get(state.public) or state.name
        self._items.append(MergeItem(state.public, path, action, why))

    def _tell_of(self, key: JoinedKey, owners: OwnersJoin) -> None:
        state = key.state
        before = self._ours.get(state.public)
        if revoked := owners.newly_revoked.get(state.public):
            self._tell(state, MergeAction.REVOKE, f"revokes as the other file does: {few(revoked)}")
        for sentence in owners.open_points.get(state.public, ()):
            self._tell(state, MergeAction.OPEN, sentence)
        if state.public in self._newcomers:
            self._tell(state, MergeAction.OPEN, _UNSIGNED)
        if state.public in self._full_tags:
            self._tell(state, MergeAction.OPEN, f"both have more than {TAGS} tags together")
        if before is None:
            has = [
                word for word, there in (("seed", state.has_seed), ("JWT", state.token)) if there
            ]
            why = f"only in the other file, with {' and '.join(has) or 'its public half'}"
            self._tell(state, MergeAction.ADD, why)
        elif changes := list(_changes(key, before, self._of_parent)):
            self._tell(state, MergeAction.CHANGE, "; ".join(changes))

    def _lost(self, key: JoinedKey, owners: OwnersJoin) -> Iterator[tuple[str, str]]:
        """Names, notes and claims that one of the two has for a key, and that do not count."""
        state = key.state
        ours, theirs = self._ours.get(state.public), self._theirs.get(state.public)
        if ours is None or theirs is None or ours == theirs:
            return
        before = (self._base or {}).get(state.public)
        claims, then = claims_in(state), claims_in(before)
        counted = owners.final.get(state.public) or (union.pieces(claims) if claims else {})
        said_before = union.pieces(then) if then else {}
        for each in (ours, theirs):
            if each == before:
                continue
            if stem_of(each.name) != stem_of(state.name) and each.name != (before and before.name):
                yield state.public, f"It was also called {each.name}."
            if each.notes and each.notes not in (state.notes, before.notes if before else ""):
                yield state.public, f"Its other notes: {each.notes}"
            own = claims_in(each)
            parts = union.pieces(own) if own else {}
            names = [n for n in parts if parts[n] not in (counted.get(n), said_before.get(n))]
            if names:
                words = ", ".join(union.in_words(name, parts[name]) for name in names)
                yield state.public, f"Its other JWT said: {words}"

    def _of_parent(self, state: KeyState) -> str:
        return self._paths.get(state.parent or "", "nothing")


def _changes(key: JoinedKey, before: KeyState, parent: Callable[[KeyState], str]) -> Iterable[str]:
    """Tell in words how a key that is here changes."""
    state = key.state
    if state.has_seed and not before.has_seed:
        yield "its seed comes in"
    if state.name != before.name:
        yield f"called {state.name}, and {before.name} before"
    if state.parent != before.parent or state.signing is not before.signing:
        yield f"hangs beneath {parent(state)}"
    if state.status != before.status:
        yield state.status
    if set(state.tags) != set(before.tags):
        yield f"tags: {', '.join(state.tags) or 'none'}"
    if state.notes != before.notes:
        yield "notes from the other file"
    if state.unsigned != before.unsigned:
        yield "other permissions"
    if key.to_sign is not None:
        yield "its JWT is signed anew, with what both say"
    elif state.token != before.token:
        yield "another JWT" if state.token else "no JWT any more"


def _changed(ours: str, theirs: str, before: str | None, choose: Callable[[str, str], str]) -> str:
    """A value as the side has it that changed it; `choose` where that tells nothing."""
    if before in (ours, theirs):
        return theirs if before == ours else ours
    return choose(ours, theirs)
