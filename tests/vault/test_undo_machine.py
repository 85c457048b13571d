"""A machine that changes a real vault in any order, undoes and does again, here and elsewhere.

No key is lost of which the last word is not its deletion; nobody is let in whom a person revoked;
every JWT is one that a server takes from its signer.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.vault.test_undo import PASSPHRASE, Window
from wallet.errors import WalletError
from wallet.nats.claims.revocations import revoked_as
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.deployment.revocations import revoke
from wallet.tasks.keys.deletion import delete_each
from wallet.tasks.rotation import stages
from wallet.tasks.undo.steps import go_back, next_back
from wallet.vault.db.parts.rotations import Manner
from wallet.vault.file.container import KdfCost
from wallet.vault.records import Records
from wallet.vault.signing.authority import is_right
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

Step = Callable[[Issuing, Records], object]
place = st.integers(0, 30)
here = st.booleans()
LAST = 4  # changes that are undone at the end of a walk
OUTCOMES: Counter[str] = Counter()
"""How often going back came to its end, or was refused, over all walks of the machine."""


class UndoMachine(RuleBasedStateMachine):
    """`there` are the public keys that are to be in the vault, with their seeds."""

    @initialize()
    def begin(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        path = Path(self.directory.name) / "keys" / "vault.nkw"
        with Passphrase(PASSPHRASE) as passphrase:
            vault = Vault.create(path, passphrase, KdfCost.MINIMUM)
        self.window = Window(vault, path)
        self.revoked: dict[str, tuple[str, int]] = {}
        self.there: set[str] = set()
        for kind, under in (
            *((Kind.OPERATOR, None), (Kind.ACCOUNT, 1), (Kind.ACCOUNT, 1)),
            *((Kind.USER, 2), (Kind.USER, 2), (Kind.USER, 3)),
        ):
            self.add(kind, under)
        vault.keep_past()

    def teardown(self) -> None:
        if hasattr(self, "window"):
            if sys.exception() is None:
                self.go_to_the_beginning_and_on()
            self.window.vault.lock()
            self.directory.cleanup()

    def publics(self) -> set[str]:
        self.window.vault.refresh()
        return {key.public for key in self.window.records.all()}

    def change(self, step: Step, *, in_this: bool = True, goes: bool = False) -> None:
        """Make a change; `goes` where keys may go by it, and those that come are expected."""
        before = self.publics()
        try:
            if in_this:
                self.window.change(step)
            else:
                self.window.elsewhere(step)
        except (WalletError, IndexError, ZeroDivisionError):
            assert self.publics() == before
            return
        after = self.publics()
        self.there |= after - before
        if goes:
            self.there -= before - after

    def one(self, records: Records, number: int, *kinds: Kind) -> int:
        keys = [key for key in records.all() if not kinds or key.kind in kinds]
        return keys[number % len(keys)].id

    def add(self, kind: Kind, under: int | None, *, in_this: bool = True) -> None:
        def step(issuing: Issuing, _records: Records) -> None:
            with Seed.generate(kind) as seed:
                issuing.add(seed, under=under)

        self.change(step, in_this=in_this)

    @rule(number=place, in_this=here)
    def make(self, number: int, in_this: bool) -> None:
        accounts = [key.id for key in self.window.records.all(Kind.ACCOUNT) if not key.signing]
        self.add(Kind.USER, accounts[number % len(accounts)] if accounts else None, in_this=in_this)

    @rule(number=place, in_this=here)
    def make_signing_key(self, number: int, in_this: bool) -> None:
        def step(issuing: Issuing, records: Records) -> None:
            with Seed.generate(Kind.ACCOUNT) as seed:
                issuing.add_signing_key(self.one(records, number, Kind.ACCOUNT), seed)

        self.change(step, in_this=in_this)

    @rule(number=place, in_this=here)
    def delete(self, number: int, in_this: bool) -> None:
        def step(issuing: Issuing, records: Records) -> None:
            delete_each(issuing, [self.one(records, number)])

        self.change(step, in_this=in_this, goes=True)

    @rule(number=place, to=place, in_this=here)
    def move(self, number: int, to: int, in_this: bool) -> None:
        def step(issuing: Issuing, records: Records) -> None:
            issuing.move(self.one(records, number, Kind.USER), self.one(records, to, Kind.ACCOUNT))

        self.change(step, in_this=in_this)

    @rule(number=place, in_this=here, word=st.sampled_from(["a", "b", "c"]))
    def tag_note_and_rename(self, number: int, in_this: bool, word: str) -> None:
        def step(issuing: Issuing, records: Records) -> None:
            key = self.one(records, number)
            issuing.set_tags(key, [word])
            records.set_notes(key, word)
            issuing.rename(key, f"{word}-{number}")

        self.change(step, in_this=in_this)

    @rule(number=place, in_this=here)
    def restrict(self, number: int, in_this: bool) -> None:
        def step(issuing: Issuing, records: Records) -> None:
            key = self.one(records, number, Kind.USER)
            claims = issuing.claims(key)
            issuing.edit(key, {**claims, "pub": {"allow": [f"s{number}.>"]}})

        self.change(step, in_this=in_this)

    @rule(number=place, in_this=here)
    def revoke(self, number: int, in_this: bool) -> None:
        records = self.window.records
        users = [key for key in records.all(Kind.USER) if key.has_jwt and not key.revoked]
        if not users:
            return
        user = users[number % len(users)]
        claims = records.tokens.claims(user.id)
        account = records.get(user.parent or 0).public
        try:
            if in_this:
                revoke(self.window.vault, [user.public])
            else:
                self.window.elsewhere(lambda issuing, _records: issuing.revoking.revoke(user.id))
        except WalletError:
            return
        self.revoked[user.public] = account, (claims.issued if claims else 0) or 0

    @rule(number=place)
    def rotate(self, number: int) -> None:
        before = self.publics()
        try:
            key = self.window.records.get(self.one(self.window.records, number, Kind.USER))
            stages.begin(self.window.vault, key, Manner.PLANNED)
        except (WalletError, ZeroDivisionError):
            return
        self.there |= self.publics() - before

    def back(self, again: bool) -> None:
        before, vault = self.publics(), self.window.vault
        try:
            change = next_back(vault, again=again)
            was, left = (
                {state.public for state in states.values()}
                for states in (change.states_before(), change.states_after())
            )
            go_back(vault, change, again=again)
        except WalletError:
            OUTCOMES["refused"] += 1
            assert self.publics() == before
            return
        OUTCOMES["done again" if again else "undone"] += 1
        after = self.publics()
        assert before - after <= left - was  # only what the change itself had brought
        assert was <= after | (was & left)  # and all comes back that it took
        self.there = (self.there | (after - before)) - (before - after)

    def go_to_the_beginning_and_on(self) -> None:
        """End a walk: the last changes are undone, and done again."""
        past = self.window.vault.past
        assert past is not None
        for again in (False, True):
            for _ in range(LAST):
                if past.last_undone if again else past.last:
                    self.back(again=again)
            self.nothing_is_lost_and_nobody_is_let_in()

    @precondition(lambda self: self.window.vault.past.last)
    @rule()
    def undo(self) -> None:
        self.back(again=False)

    @precondition(lambda self: self.window.vault.past.last)
    @rule()
    def undo_once_more(self) -> None:
        self.back(again=False)

    @precondition(lambda self: self.window.vault.past.last_undone)
    @rule()
    def redo(self) -> None:
        self.back(again=True)

    @precondition(lambda self: self.window.vault.past.last)
    @rule()
    def lock(self) -> None:
        past = self.window.vault.past
        self.window.vault.lock()
        assert past is not None
        assert past.last is past.last_undone is None
        with Passphrase(PASSPHRASE) as passphrase:
            self.window.vault = Vault.unlock(self.window.path, passphrase)
        self.window.vault.keep_past()

    @invariant()
    def nothing_is_lost_and_nobody_is_let_in(self) -> None:
        if not hasattr(self, "window"):
            return
        assert self.publics() == self.there
        records = self.window.records
        assert not records.check_contents()
        for key in records.all():
            assert key.has_seed
            claims = records.tokens.claims(key.id)
            if claims is not None and not key.revoked:
                assert is_right(records, key, claims), key.path
        for public, (account, issued) in self.revoked.items():
            owner = records.by_public(account)
            said = records.tokens.claims(owner.id) if owner else None
            assert said is None or revoked_as(said.nats, public, issued) is not None
            user = records.by_public(public)
            assert user is None or owner is None or user.parent != owner.id or user.revoked


def test_whatever_is_undone_nothing_is_lost_and_nobody_is_let_in() -> None:
    for _ in range(10):  # once as a rule: by chance hardly anything of it can be undone
        run_state_machine_as_test(
            UndoMachine,
            settings=settings(
                max_examples=8,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        if OUTCOMES["undone"] >= 3 and OUTCOMES["done again"]:
            break
    assert OUTCOMES["undone"] >= 3, OUTCOMES
    assert OUTCOMES["done again"], OUTCOMES
