"""Versions of one vault, changed apart at random, and their contents to compare. In memory."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.vault.support import box
from wallet.errors import WalletError
from wallet.nats import jwt
from wallet.nats.claims import shared_subjects, union
from wallet.nats.claims.revocations import EVERYBODY, export_place
from wallet.nats.claims.union import Side
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.copies.merge.execution import carry_out
from wallet.vault.copies.merge.fitting_names import stem_of
from wallet.vault.copies.merge.keys import plan_merge
from wallet.vault.copies.merge.plan import (
    DELETED,
    PLACE,
    RIGHTS,
    MergeChoices,
    MergeConflict,
    MergePlan,
)
from wallet.vault.copies.merge.tokens import claims_in, revocations_in
from wallet.vault.db.parts.merge import KeyState
from wallet.vault.db.parts.rotations import Manner, Phase
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.file.container import SeedBox
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

START = 1_700_000_000
States = dict[str, KeyState]


def states(records: Records) -> States:
    return {state.public: state for state in records.tokens.merges.states()}


def copy(records: Records, seeds: SeedBox) -> Records:
    return Records.load(records.database.serialize(), seeds, checked=False)


class World:
    """A vault that all versions come from, and the means to change one of them."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)
        self.box = box()
        self.pool = [self.seed(kind) for kind in (Kind.USER, Kind.ACCOUNT, Kind.OPERATOR) * 2]
        self.spare = [self.seed(Kind.USER) for _ in range(2)]
        self.base = Records.empty(self.box)
        self.clock = START
        self._build()

    def _build(self) -> None:
        issuing = Issuing(self.base, START)
        acme = self.add(issuing, Kind.OPERATOR, "acme")
        with self.seed(Kind.OPERATOR) as seed:
            issuing.add_signing_key(acme.id, seed, name="signer")
        for account in ("orders", "metrics"):
            record = self.add(issuing, Kind.ACCOUNT, account, acme)
            with self.seed(Kind.ACCOUNT) as seed:
                issuing.add_signing_key(record.id, seed, name="plain")
            for user in ("billing", "laptop", "sensor"):
                self.add(issuing, Kind.USER, user, record)
        alone = self.add(issuing, Kind.ACCOUNT, "alone")
        self.add(issuing, Kind.USER, "unsigned", alone)
        self.add(issuing, Kind.SERVER, "server")
        orders = self.base.find("acme/orders")
        for seed in self.spare:
            issuing.add_public(seed.public, under=orders.id)
        self.base.servers.set_profile(ServerProfile("prod", ("nats://one:4222",)))
        self.base.settings.set("idle-minutes", "5")
        issuing.revoking.revoke(self.base.find("acme/metrics/laptop").id)
        with self.base.database.change() as sql:
            sql.execute("UPDATE keys SET created = ?", (START,))

    def seed(self, kind: Kind) -> Seed:
        """A seed that is the same in every run."""
        return Seed.from_raw(kind, bytearray(self.random.randbytes(32)))

    def add(
        self, issuing: Issuing, kind: Kind, name: str, under: KeyRecord | None = None
    ) -> KeyRecord:
        with self.seed(kind) as seed:
            return issuing.add(seed, name=name, under=None if under is None else under.id)

    def apart(self, changes: int) -> Records:
        """A version of the vault with random changes."""
        records = copy(self.base, self.box)
        now = START + self.random.randrange(1, 50)
        for _ in range(changes):
            now += self.random.randrange(0, 20)
            change = self.random.choice(CHANGES)
            before = states(records)
            try:
                with records.together():
                    change(self, records, Issuing(records, now))
            except (WalletError, IndexError):
                continue
            self._set_times(records, before, now)
        return records

    def _set_times(self, records: Records, before: States, now: int) -> None:
        """Changes of names and notes are noted by the clock of SQLite; here they are of `now`."""
        for record in records.all():
            old = before.get(record.public)
            state = states(records)[record.public] if old is None else None
            named, noted = (now, now) if old is None else (old.named, old.noted)
            if old is not None:
                named = now if record.name != old.name else named
                noted = now if record.notes != old.notes else noted
            if state is not None or (old and (named, noted) != (old.named, old.noted)):
                records.tokens.merges.note_times(record.id, named, noted)
        with records.database.change() as sql:
            sql.execute("UPDATE keys SET created = ? WHERE created > ?", (now, START + 10**6))

    def some(self, records: Records, kind: Kind | None = None, **wanted: Any) -> KeyRecord:
        fitting = [
            record
            for record in records.all(kind)
            if all(getattr(record, name) == value for name, value in wanted.items())
        ]
        return self.random.choice(sorted(fitting, key=lambda record: record.public))


# --- changes -----------------------------------------------------------------------------------

Change = Callable[[World, Records, Issuing], object]


def add_user(world: World, records: Records, issuing: Issuing) -> None:
    name = world.random.choice(["billing", "laptop", "new", "other"])
    account = world.some(records, Kind.ACCOUNT, signing=False)
    with world.seed(Kind.USER) as seed:
        free = name if not any(u.name == name for u in records.beneath(account.id)) else None
        issuing.add(seed, name=free, under=account.id)


def add_account(world: World, records: Records, issuing: Issuing) -> None:
    operator = world.some(records, Kind.OPERATOR, signing=False)
    account = world.add(issuing, Kind.ACCOUNT, world.random.choice("abc"), operator)
    world.add(issuing, Kind.USER, "inside", account)


def add_signing_key(world: World, records: Records, issuing: Issuing) -> None:
    account = world.some(records, Kind.ACCOUNT, signing=False, has_jwt=True)
    scope = {"role": "reader"} if world.random.random() < 0.3 else None
    with world.seed(Kind.ACCOUNT) as seed:
        key = issuing.add_signing_key(account.id, seed, scope=scope)
    if scope is None:
        with world.seed(Kind.USER) as seed:
            issuing.add(seed, under=account.id, signer=key.public)


def add_operator_key(world: World, records: Records, issuing: Issuing) -> None:
    operator = world.some(records, Kind.OPERATOR, signing=False)
    with world.seed(Kind.OPERATOR) as seed:
        issuing.add_signing_key(operator.id, seed)


def add_of_pool(world: World, records: Records, issuing: Issuing) -> None:
    """The same key comes into two versions, under two names."""
    seed = world.random.choice(world.pool)
    name = world.random.choice(["pooled", "common", "billing"])
    records.add(seed, name=name, notes=world.random.choice(["", "from the pool", "of both"]))


def fill_in(world: World, records: Records, issuing: Issuing) -> None:
    records.add(world.random.choice(world.spare))


def rename(world: World, records: Records, issuing: Issuing) -> None:
    key = world.some(records)
    issuing.rename(key.id, world.random.choice(["alpha", "beta", "gamma", "billing", "new"]))


def note(world: World, records: Records, issuing: Issuing) -> None:
    records.set_notes(world.some(records).id, world.random.choice(["", "one", "two", "three"]))


def tag(world: World, records: Records, issuing: Issuing) -> None:
    key = world.some(records)
    word = world.random.choice(["prod", "edge", "test"])
    tags = [one for one in key.tags if one != word]
    issuing.set_tags(key.id, tags if word in key.tags else [*tags, word])


def retire(world: World, records: Records, issuing: Issuing) -> None:
    key = world.some(records)
    records.set_status(key.id, "active" if key.status == "retired" else "retired")


def permit(world: World, records: Records, issuing: Issuing) -> None:
    user = world.some(records, Kind.USER)
    subject = world.random.choice(["a.>", "b.>", "c.>"])
    nats = issuing.claims(user.id)
    issuing.edit(user.id, {**nats, "pub": {"allow": [subject]}})


def limit(world: World, records: Records, issuing: Issuing) -> None:
    account = world.some(records, Kind.ACCOUNT, signing=False, has_jwt=True)
    nats = issuing.claims(account.id)
    name = world.random.choice(["conn", "subs", "leaf"])
    limits = {**nats["limits"], name: world.random.randrange(1, 4)}
    issuing.edit(account.id, {**nats, "limits": limits})


def export(world: World, records: Records, issuing: Issuing) -> None:
    account = world.some(records, Kind.ACCOUNT, signing=False, has_jwt=True)
    nats = issuing.claims(account.id)
    subject = world.random.choice(["x.>", "y.>"])
    every = shared_subjects.entries(nats, shared_subjects.EXPORTS)
    place = next((n for n, one in enumerate(every) if one.get("subject") == subject), None)
    entry: dict[str, Any] = {
        "name": world.random.choice("uvw"),
        "subject": subject,
        "type": "stream",
    }
    if place is not None and world.random.random() < 0.4:
        issuing.edit(
            account.id, shared_subjects.without_entry(nats, shared_subjects.EXPORTS, place)
        )
        return
    entry |= {"token_req": True}
    if place is not None:
        entry["revocations"] = every[place].get("revocations") or {}
    issuing.edit(
        account.id, shared_subjects.with_entry(nats, shared_subjects.EXPORTS, entry, place)
    )


def take_activation_back(world: World, records: Records, issuing: Issuing) -> None:
    account = world.some(records, Kind.ACCOUNT, signing=False, has_jwt=True)
    nats = issuing.claims(account.id)
    every = shared_subjects.entries(nats, shared_subjects.EXPORTS)
    place = world.random.randrange(len(every)) if every else 0
    importer = world.some(records, Kind.ACCOUNT, signing=False).public
    issuing.revoking.revoke_until(account.id, {importer: issuing.now}, export_place(every[place]))


def revoke(world: World, records: Records, issuing: Issuing) -> None:
    issuing.revoking.revoke(world.some(records, Kind.USER, has_jwt=True).id)


def revoke_everybody(world: World, records: Records, issuing: Issuing) -> None:
    account = world.some(records, Kind.ACCOUNT, signing=False, has_jwt=True)
    issuing.revoking.revoke_until(account.id, {EVERYBODY: issuing.now})


def allow(world: World, records: Records, issuing: Issuing) -> None:
    issuing.revoking.allow_again(world.some(records, Kind.USER, revoked=True).id)


def delete(world: World, records: Records, issuing: Issuing) -> None:
    kind = Kind.ACCOUNT if world.random.random() < 0.2 else Kind.USER
    issuing.delete(world.some(records, kind, signing=False).id)


def drop_signing_key(world: World, records: Records, issuing: Issuing) -> None:
    key = world.some(records, Kind.ACCOUNT, signing=True)
    if world.random.random() < 0.5:
        issuing.drop_signing_key(key.id)
    else:
        issuing.delete(key.id)


def move(world: World, records: Records, issuing: Issuing) -> None:
    user = world.some(records, Kind.USER)
    issuing.move(user.id, world.some(records, Kind.ACCOUNT, signing=False).id)


def test(world: World, records: Records, issuing: Issuing) -> None:
    at = datetime.fromtimestamp(issuing.now, UTC)
    server = world.random.choice(["nats://one:4222", "nats://two:4222"])
    records.results.add(world.some(records).public, server, True, "accepted", "It was.", at)
    records.servers.remember(server)


def name_server(world: World, records: Records, issuing: Issuing) -> None:
    name = world.random.choice(["prod", "test"])
    if world.random.random() < 0.3:
        records.servers.remove_profile(name)
    else:
        url = world.random.choice(["nats://one:4222", "nats://two:4222", "nats://three:4222"])
        records.servers.set_profile(ServerProfile(name, (url,)))


def choose_setting(world: World, records: Records, issuing: Issuing) -> None:
    records.settings.set("idle-minutes", str(world.random.randrange(1, 20)))


def rotate(world: World, records: Records, issuing: Issuing) -> None:
    rotations = records.rotations.open()
    if rotations and world.random.random() < 0.6:
        one = world.random.choice(rotations)
        if world.random.random() < 0.5:
            records.rotations.enter(one.id, Phase.OUT)
        else:
            records.rotations.close(one.id)
        return
    old, new = world.some(records, Kind.USER), world.some(records, Kind.USER)
    if old.public != new.public:
        records.rotations.begin(old.public, new.public, Manner.PLANNED, Phase.BOTH, old.name)


CHANGES: tuple[Change, ...] = (
    *(add_user, add_account, add_signing_key, add_operator_key, add_of_pool, fill_in),
    *(rename, note, tag, retire, permit, limit, export, take_activation_back),
    *(revoke, revoke, revoke_everybody, allow, delete, delete, drop_signing_key, move),
    *(test, name_server, choose_setting, rotate, permit, permit, limit, export),
)


# --- merging -----------------------------------------------------------------------------------


def chosen(conflict: MergeConflict, ours: States, theirs: States) -> Side:
    """A person who prefers the same of two values, whichever side it stands on."""
    return max(Side, key=lambda side: _value(conflict, ours if side is Side.OURS else theirs))


def _value(conflict: MergeConflict, side: Mapping[str, KeyState]) -> str:
    state = side[conflict.public]
    claims = claims_in(state)
    if conflict.what == PLACE:
        return state.parent or ""
    if conflict.what == RIGHTS:
        return union.content(claims) if claims else union.canonical(state.unsigned)
    parts = union.pieces(claims) if claims else {}
    values = {" ".join(name): value for name, value in parts.items()}
    value = values.get(conflict.what)
    return "" if value is None else union.canonical(value)


def planned(ours: Records, theirs: Records, base: Records | None, *, are_kin: bool) -> MergePlan:
    """A plan with every conflict settled by `chosen`."""
    choices = MergeChoices()
    mine, other = states(ours), states(theirs)
    before = None if base is None else states(base)
    for _ in range(5):
        plan = plan_merge(mine, other, before, choices, are_kin=are_kin)
        if not plan.conflicts:
            return plan
        for conflict in plan.conflicts:
            assert conflict.what != DELETED
            choices.choose(conflict, chosen(conflict, mine, other))
    raise AssertionError(plan.conflicts)


def merged(
    world: World, ours: Records, theirs: Records, base: Records | None, *, are_kin: bool = True
) -> Records:
    """Both joined, as new records."""
    joined = copy(ours, world.box)
    plan = planned(ours, theirs, base, are_kin=are_kin)
    left = carry_out(joined, theirs, world.box, base, plan, are_kin=are_kin, now=START + 10_000)
    assert not left, left
    return joined


# --- contents ----------------------------------------------------------------------------------


def contents(records: Records) -> dict[str, Any]:
    """All that two vaults have in common whatever order they were joined in."""
    now = states(records)
    with records.database.question() as sql:
        tests = sql.execute(
            "SELECT k.public, t.at, t.server, t.ok, t.verdict FROM tests AS t "
            "JOIN keys AS k ON k.id = t.key"
        ).fetchall()
        rotations = sql.execute("SELECT old, new, phase, manner, name, closed FROM rotations")
        return {
            "keys": {public: _key(state, now) for public, state in now.items()},
            "tests": sorted(tests),
            "profiles": sorted(
                (stem_of(name), urls)
                for name, urls in sql.execute("SELECT name, urls FROM profiles")
            ),
            "addresses": sorted(sql.execute("SELECT url FROM servers").fetchall()),
            "known": sorted(sql.execute("SELECT owner, server FROM known_servers").fetchall()),
            "settings": sorted(sql.execute("SELECT name, value FROM settings").fetchall()),
            "rotations": sorted(rotations.fetchall()),
            "revoked": sorted(sql.execute("SELECT public FROM keys WHERE revoked = 1").fetchall()),
        }


def _key(state: KeyState, every: States) -> tuple[object, ...]:
    claims = claims_in(state)
    return (
        *(state.kind, state.parent, state.signing, stem_of(state.name), state.status),
        *(sorted(state.tags), state.notes, state.has_seed, state.created),
        union.canonical(state.unsigned),
        union.content(claims) if claims else None,
        sorted(in_force(revocations_in(state)).items()),
    )


def in_force(revoked: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Revocations without those of one user that everybody's reaches as far as."""
    return {
        (export, who): at
        for (export, who), at in revoked.items()
        if who == EVERYBODY or at > revoked.get((export, EVERYBODY), -1)
    }


def revoked_users(records: Records) -> set[tuple[str, str]]:
    """The users that are shut out, each with its account."""
    now = states(records)
    return {
        (record.public, now[record.public].parent or "")
        for record in records.all(Kind.USER)
        if record.revoked
    }


def token_of(records: Records, public: str) -> str | None:
    record = records.by_public(public)
    return None if record is None else records.tokens.get(record.id)


def issued(token: str) -> int:
    return jwt.parse(token).issued or 0
