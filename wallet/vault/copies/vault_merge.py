"""Joining another file with an open vault: the plan, and then one change that carries it out.

The other file may be of another vault, have another passphrase, or come from somebody else. It is
looked through as an opening does; deletions in it count only where it proves to be a version of
this very vault.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from wallet.errors import StateRefusesError, VaultError
from wallet.nats.claims.content import few
from wallet.shell import command
from wallet.text import plain
from wallet.vault.copies.common_ancestor import common_ancestor, is_common, is_joined
from wallet.vault.copies.merge.execution import carry_out
from wallet.vault.copies.merge.fitting_names import fitting
from wallet.vault.copies.merge.keys import plan_merge
from wallet.vault.copies.merge.plan import MergeChoices, MergePlan
from wallet.vault.copies.merge.replaced_users import successors_of_revoked
from wallet.vault.copies.vault_copy import VaultCopy
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.merge import KeyState
from wallet.vault.records import Records
from wallet.vault.vault import Vault


@dataclass(slots=True)
class VaultMerge:
    """A file that is to be joined with a vault, `base`, what both came from, and the plan.

    `are_kin`: both are versions of one vault. `is_in`: the file holds nothing that is not in the
    vault already.
    """

    vault: Vault
    copy: VaultCopy
    base: VaultCopy | None
    are_kin: bool
    is_in: bool
    plan: MergePlan

    def nothing_new(self) -> str:
        """Say that a file that `is_in` brings nothing, and which of its keys were deleted."""
        here = {key.public for key in self.vault.records.all()}
        deleted = [plain(key.path) for key in self.copy.records.all() if key.public not in here]
        if not deleted:
            return f"{self.copy.path} holds nothing that {self.vault.path} lacks."
        restore = command("restore", str(self.copy.path))
        return (
            f"What {self.copy.path} holds has been in {self.vault.path} before. Deleted there "
            f"since: {few(deleted)}. Joining brings back nothing that was deleted: "
            f"`{restore}` puts the whole of that save in the vault's place."
        )

    @classmethod
    def of(
        cls,
        vault: Vault,
        copy: VaultCopy,
        base: VaultCopy | None = None,
        choices: MergeChoices | None = None,
    ) -> VaultMerge:
        """Look through the file, and plan. `base` may be given, else it is looked for.

        One that is not a save which both came from does not count: what one of them made since
        would be taken for deleted by the other.
        Both files stay the caller's to close, a base that was looked for is closed with the copy.
        Raises `ContentsDamagedError`.
        """
        copy.require_sound("joined")
        if base is not None and not is_common(vault, copy, base.save):
            base = None
        if base is None and copy.header.vault_id == vault.vault_id:
            base = common_ancestor(vault, copy)
        are_kin = _are_kin(vault, copy, base)
        base = base if are_kin else None
        chosen = choices or MergeChoices()
        plan = _plan(vault.records, copy.records, base, chosen, are_kin=are_kin)
        return cls(vault, copy, base, are_kin, is_joined(vault, copy.save), plan)

    def plan_again(self) -> None:
        """Plan with the choices made meanwhile, by the vault as it is now."""
        self.plan = _plan(
            *(self.vault.records, self.copy.records, self.base, self.plan.choices),
            are_kin=self.are_kin,
        )

    def carry_out(self) -> dict[str, str]:
        """Join the two in one change; operators and accounts that could not be signed, by path.

        Raises `UsageError` where the vault was changed meanwhile so that the plan is another, and
        what `Vault.change` raises; then nothing was changed.
        """
        copy = self.copy
        beside = copy.header.generation if self.are_kin else 0  # another's number may be any
        with self.vault.change(beside=beside) as records:
            return join(records, copy, self.base, self.plan, are_kin=self.are_kin)

    def close(self) -> None:
        """Let go of what both came from."""
        if self.base is not None:
            self.base.close()


def join(
    records: Records,
    copy: VaultCopy,
    base: VaultCopy | None,
    shown: MergePlan,
    *,
    are_kin: bool,
) -> dict[str, str]:
    """Join a file with the records of one change, as the plan that was shown says.

    Raises `UsageError` where these records have another plan by now.
    """
    plan = _plan(records, copy.records, base, shown.choices, are_kin=are_kin)
    if plan.items != shown.items:
        raise StateRefusesError(
            "The vault was changed meanwhile, so joining the two would do something else. Nothing "
            "was joined: look at it again."
        )
    from_base = None if base is None else base.records
    header = copy.header
    joined = (
        f"save {header.generation} of {'a version of this vault' if are_kin else 'another vault'}"
    )
    records.history.origin = What.MERGED, f"it came with {joined}"
    left = carry_out(records, copy.records, copy.seed_box, from_base, plan, are_kin=are_kin)
    past = copy.records.ancestors.saves() if are_kin else set()  # a stranger may claim any
    records.ancestors.join({*past, (header.generation, header.digest())})
    records.history.note(What.MERGED, detail=joined)
    return left


def _plan(
    records: Records,
    other: Records,
    base: VaultCopy | None,
    choices: MergeChoices,
    *,
    are_kin: bool,
) -> MergePlan:
    ours, theirs = states_of(records), states_of(other)
    before = None if base is None else states_of(base.records)
    plan = plan_merge(ours, theirs, before, choices, are_kin=are_kin)
    if are_kin:  # a stranger may claim any rotation
        plan.items += successors_of_revoked(plan, records, theirs)
        plan.items += successors_of_revoked(plan, other, ours)
    return plan


def states_of(records: Records) -> Mapping[str, KeyState]:
    """The keys of a version, by public key. Names, tags and notes from elsewhere are only text."""
    return {
        state.public: replace(state, **fitting(state.name, state.tags, state.notes))
        for state in records.tokens.merges.states()
    }


def _are_kin(vault: Vault, copy: VaultCopy, base: VaultCopy | None) -> bool:
    """Whether a file proves to be a version of the vault: by its keys, or by our seeds in it.

    The number of a vault stands in the open: whoever has seen a copy can give it to a file of
    their own, which must not delete or revoke anything here.
    """
    if copy.header.vault_id != vault.vault_id:
        return False
    if not copy.has_own_keys or _opens_with_our_keys(vault, copy):
        return True
    known = [state for state in states_of((base or vault).records).values() if state.has_seed]
    theirs = states_of(copy.records)
    shared = [state for state in known if (one := theirs.get(state.public)) and one.has_seed]
    return bool(shared) and 2 * len(shared) >= len(known)


def _opens_with_our_keys(vault: Vault, copy: VaultCopy) -> bool:
    with contextlib.suppress(VaultError), VaultCopy.of(vault, copy.path) as same:
        return same.save == copy.save
    return False
