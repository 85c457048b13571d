"""Carrying a plan out, on the records of one change: see `import_plan`.

A key that cannot go in is reported and leaves nothing behind; the rest go in. Whoever wants all
or nothing raises when `Result.bad` is not empty, which ends the change with nothing saved; so
does whatever the progress callback raises.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from wallet.errors import StateRefusesError, UsageError, WalletError
from wallet.exchange.plan.import_plan import ImportPlan, PlannedKey, Step
from wallet.exchange.plan.key_comparison import plan_again
from wallet.exchange.readers.material import Bad, Findings
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.signing.users_with_jwts import UsersWithJwts

Progress = Callable[[int, int], None]
"""Called with how many keys are done, and of how many. What it raises undoes all."""


_MEANWHILE = {
    "add": "added, for it was taken out of the vault meanwhile, from elsewhere",
    "change": "changed and not added, for it was put in meanwhile, from elsewhere",
    "same": "nothing to do any more: it was put in meanwhile, from elsewhere",
    "leave out": "left out, for the vault was changed meanwhile, from elsewhere",
}
_MOST_NAMED = 100  # servers of one name


@dataclass(slots=True)
class Result:
    """The outcome of an import. `left` names keys whose JWT could not be made, with the reason, or
    is one that not all servers take; `meanwhile` those with which it went otherwise than planned,
    for the vault was changed since, and how."""

    added: list[KeyRecord] = field(default_factory=list)
    changed: list[KeyRecord] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    meanwhile: dict[str, str] = field(default_factory=dict)
    servers: int = 0


def apply(records: Records, plan: ImportPlan, progress: Progress | None = None) -> Result:
    """Do what a plan says. `records` are those of a change; the plan may be of an earlier state.

    Raises `UsageError` when there is a conflict about which nothing was chosen, also when it
    arose only meanwhile.
    """
    if plan.under is not None and records.by_public(plan.under) is None:
        raise StateRefusesError("What the keys were to hang under is no longer in the vault.")
    shown, plan = plan, plan_again(records, plan)
    if plan.open_conflicts:
        first = plan.open_conflicts[0]
        raise UsageError(
            f"Nothing was imported: it is not settled what to do about {first.path}. "
            f"{first.sentence} There are {len(plan.open_conflicts):,} such conflicts."
        )
    result = _Applying(records, plan).run(progress or (lambda _done, _of: None))
    result.meanwhile = _changed_meanwhile(shown, plan)
    return result


def _changed_meanwhile(shown: ImportPlan, plan: ImportPlan) -> dict[str, str]:
    """Say of each key for which a plan has another word than the one that was shown, why."""
    if plan is shown:
        return {}
    settled = {"add", "change", "same"}
    before = {item.candidate.public: item.what for item in shown.items if item.what in settled}
    return {
        item.path: _MEANWHILE[item.what]
        for item in plan.items
        if before.get(item.candidate.public, item.what) != item.what and item.what in _MEANWHILE
    }


class _Applying:
    def __init__(self, records: Records, plan: ImportPlan) -> None:
        self._records, self._plan = records, plan
        self._findings: Findings = plan.findings
        self._issuing = Issuing(records)
        self._result = Result()
        self._now_signed: list[int] = []  # accounts that had no JWT before, and have users
        self._users = UsersWithJwts(records)
        self._waiting: list[PlannedKey] = []  # those that `_users` has taken
        self._account_ids: dict[str, int] = {}  # of their accounts

    def run(self, progress: Progress) -> Result:
        to_do = self._plan.to_do
        for done, item in enumerate(to_do):
            progress(done, len(to_do))
            came_from = f"from {item.where}" if item.where else ""
            self._records.history.origins[item.candidate.public.text] = What.IMPORTED, came_from
            if self._waits(item):
                continue
            self._insert_waiting()
            self._carry_out(item)
        self._insert_waiting()
        progress(len(to_do), len(to_do))
        self._sign_users()
        for server in self._findings.servers:
            self._records.servers.remember(server)
        self._result.servers = len(self._findings.servers)
        for profile in self._findings.profiles:
            self._add_profile(profile)
        self._result.left = {**self._issuing.told, **self._issuing.left}
        return self._result

    def _carry_out(self, item: PlannedKey) -> None:
        try:
            with self._records.together():
                record = self._do(item)
        except WalletError as error:
            self._result.bad.append(Bad(item.path, str(error)))
            return
        new = Step.ADD in item.steps
        (self._result.added if new else self._result.changed).append(record)

    def _waits(self, item: PlannedKey) -> bool:
        """Whether a new key is a user that can be put in together with others like it."""
        candidate = item.candidate
        if candidate.claims is None or candidate.cell is None or candidate.signing:
            return False
        if item.steps != [Step.ADD] or item.parent is None or item.resigned:
            return False
        if self._users.full:
            self._insert_waiting()
        under = self._account_ids.get(item.parent)
        if under is None:
            account = self._records.by_public(item.parent)
            if account is None:
                return False
            under = self._account_ids[item.parent] = account.id
        with self._findings.open(candidate.cell, candidate.public) as seed:
            taken = self._users.take(
                seed, candidate.claims, name=item.name, under=under, notes=candidate.remark
            )
        if taken:
            self._waiting.append(item)
        return taken

    def _insert_waiting(self) -> None:
        """Insert the users that wait; one by one where they cannot go in together."""
        waiting, self._waiting = self._waiting, []
        self._account_ids.clear()
        try:
            self._result.added += self._users.insert()
        except WalletError:
            for item in waiting:
                self._carry_out(item)

    def _add_profile(self, profile: ServerProfile) -> None:
        """Keep a server by its name, or with a number behind it where another is called so."""
        names = [profile.name, *(f"{profile.name}-{number}" for number in range(2, _MOST_NAMED))]
        for name in names:
            kept = self._records.servers.profile(name)
            if kept is None:
                with suppress(UsageError):
                    self._records.servers.set_profile(replace(profile, name=name))
                return
            if replace(kept, name=profile.name) == profile:
                return

    def _do(self, item: PlannedKey) -> KeyRecord:
        if Step.ADD in item.steps:
            return self._add(item)
        record = self._records.by_public(item.candidate.public.text)
        if record is None:
            raise StateRefusesError("It is no longer in the vault.")
        for step in item.steps:
            self._change(step, item, record)
        return self._records.get(self._id(item.candidate.public.text))

    # --- a key that is new --------------------------------------------------------------

    def _add(self, item: PlannedKey) -> KeyRecord:
        candidate = item.candidate
        if candidate.cell is None:
            record = self._put_public(item)
        else:
            with self._findings.open(candidate.cell, candidate.public) as seed:
                record = self._put(item, seed)
        if candidate.claims is not None:
            self._records.tokens.set(record.id, candidate.claims.token)
        if candidate.tags:
            self._records.set_tags(record.id, candidate.tags)
        if candidate.remark:
            with suppress(UsageError):  # it is no more than a remark
                self._records.set_notes(record.id, candidate.remark)
        if item.resigned:
            self._hang(self._issuing, record, item)
        return self._records.get(record.id)

    def _put(self, item: PlannedKey, seed: Seed) -> KeyRecord:
        candidate, under = item.candidate, self._under(item)
        if item.resigned:  # it stands alone until its JWT is there, which the move signs anew
            return self._records.add(seed, name=_own_name(item))
        if candidate.claims is not None or candidate.signing:
            return self._records.add(seed, name=item.name, under=under, signing=candidate.signing)
        return self._issuing.add(seed, name=item.name, under=under, nats=candidate.unsigned or None)

    def _put_public(self, item: PlannedKey) -> KeyRecord:
        candidate, under = item.candidate, self._under(item)
        if item.resigned:
            return self._records.add_public(candidate.public, name=_own_name(item))
        if candidate.claims is not None or candidate.signing:
            return self._records.add_public(
                candidate.public, name=item.name, under=under, signing=candidate.signing
            )
        record = self._issuing.add_public(candidate.public, name=item.name, under=under)
        if candidate.unsigned:
            self._issuing.edit(record.id, dict(candidate.unsigned))
        return record

    def _under(self, item: PlannedKey) -> int | None:
        return None if item.parent is None else self._id(item.parent)

    def _id(self, public: str) -> int:
        record = self._records.by_public(public)
        if record is None:
            raise StateRefusesError("What it belongs under could not be imported.")
        return record.id

    # --- a key that is here -------------------------------------------------------------

    def _change(self, step: Step, item: PlannedKey, record: KeyRecord) -> None:
        records, candidate = self._records, item.candidate
        if step is Step.SEED:
            assert candidate.cell is not None  # noqa: S101 (the plan has no such step without)
            with self._findings.open(candidate.cell, candidate.public) as seed:
                # Without a JWT from the file, the seed may be what was missing to make one.
                (records if Step.TOKEN in item.steps else self._issuing).add(seed)
        elif step is Step.MOVE:
            self._move(item, record)
        elif step is Step.SIGNING:
            self._make_signing(item, record)
        elif step is Step.TOKEN and candidate.claims is not None:
            if record.kind is Kind.ACCOUNT and not record.has_jwt and record.children:
                self._now_signed.append(record.id)
            records.tokens.set(record.id, candidate.claims.token)
        elif step is Step.PERMISSIONS:
            self._issuing.edit(record.id, dict(candidate.unsigned or {}))

    def _move(self, item: PlannedKey, record: KeyRecord) -> None:
        """Hang it elsewhere; a JWT that came with it says the rest, else one is made."""
        by_itself = item.candidate.claims is not None and not item.resigned
        self._hang(self._records if by_itself else self._issuing, record, item)

    def _hang(self, change: Records | Issuing, record: KeyRecord, item: PlannedKey) -> None:
        renamed = item.name != record.name
        if renamed:  # free at both places
            self._records.rename(record.id, _own_name(item))
        change.move(record.id, self._under(item))
        if renamed:
            change.rename(record.id, item.name)

    def _make_signing(self, item: PlannedKey, record: KeyRecord) -> None:
        """A key that stood alone signs for another: it is put there, for it cannot be moved."""
        records, public = self._records, decode_public(record.public)
        seed = records.open_seed(public) if records.sealed(record.public) else None
        try:
            records.delete(record.id)
            under = self._under(item)
            if seed is None:
                signing_key = records.add_public(public, name=item.name, under=under, signing=True)
            else:
                signing_key = records.add(seed, name=item.name, under=under, signing=True)
        finally:
            if seed is not None:
                seed.wipe()
        records.set_tags(signing_key.id, record.tags)
        records.set_notes(signing_key.id, record.notes)

    def _sign_users(self) -> None:
        """Users of an account that has a JWT now need one too."""
        for account in self._now_signed:
            for user in self._records.beneath(account):
                if user.has_jwt:
                    continue
                try:
                    self._issuing.reissue(user.id)
                except WalletError as error:
                    self._issuing.left[user.path] = str(error)


def _own_name(item: PlannedKey) -> str:
    """A name that no other key has anywhere."""
    return f"{item.name[:90]} {item.candidate.public.text[:16]}"
