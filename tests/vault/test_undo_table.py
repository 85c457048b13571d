"""What is undone, and done again, where something else was changed between, here or elsewhere.

Changes are made with others after them; what then stands is compared row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.vault.test_undo import Window, acme, opened
from wallet.errors import UsageError, WalletError
from wallet.nats import jwt
from wallet.nats.claims.revocations import revoked_as
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.keys.deletion import delete_each
from wallet.tasks.undo.key_values import said_by
from wallet.vault.file import newest_save
from wallet.vault.key_record import KeyRecord
from wallet.vault.key_rows import states
from wallet.vault.records import Records
from wallet.vault.signing.authority import is_right
from wallet.vault.signing.issuance import Issuing

__all__ = ["acme"]  # a fixture

BESIDE, IN_TURN = 7, 11
"""Every so many of the pairs run by default; with 1 all of the table does, for eight minutes."""

Step = Callable[[Issuing, Records], object]
Rows = dict[str, dict[str, Any]]


IDS = ("acme", "orders", "metrics", "billing", "reports", "till", "n1", "signer", "beta")


def the(records: Records, name: str) -> KeyRecord:
    """The key that was called so in the beginning."""
    return records.get(IDS.index(name) + 1)


def make(kind: Kind, name: str, under: str = "") -> Step:
    def step(issuing: Issuing, records: Records) -> None:
        with Seed.generate(kind) as seed:
            issuing.add(seed, name=name, under=the(records, under).id if under else None)

    return step


def make_signing_key(issuing: Issuing, records: Records) -> None:
    with Seed.generate(Kind.ACCOUNT) as seed:
        issuing.add_signing_key(the(records, "orders").id, seed, name="second")


def delete(*names: str) -> Step:
    return lambda issuing, records: delete_each(issuing, [the(records, n).id for n in names])


def of(method: str, value: object, *names: str) -> Step:
    """Change a field of keys: as the app does, by who signs too where that knows it."""

    def step(issuing: Issuing, records: Records) -> None:
        for name in names:
            getattr(issuing if hasattr(issuing, method) else records, method)(
                the(records, name).id, value
            )

    return step


def move(name: str, under: str) -> Step:
    return lambda issuing, records: issuing.move(the(records, name).id, the(records, under).id)


def say(name: str, change: Callable[[dict[str, Any]], object]) -> Step:
    def step(issuing: Issuing, records: Records) -> None:
        claims = issuing.claims(the(records, name).id)
        change(claims)
        issuing.edit(the(records, name).id, claims)

    return step


def limit(field: str) -> Step:
    return say("orders", lambda claims: claims["limits"].update({field: 5}))


def permit(field: str) -> Step:
    return say("billing", lambda claims: claims.update({field: {"allow": ["orders.>"]}}))


def share(subject: str) -> Step:
    def add(claims: dict[str, Any]) -> None:
        export = {"name": subject, "subject": subject, "type": "service"}
        claims["exports"] = [*(claims.get("exports") or []), export]

    return say("orders", add)


def map_subject(subject: str) -> Step:
    def add(claims: dict[str, Any]) -> None:
        target = [{"subject": "elsewhere", "weight": 100}]
        claims["mappings"] = {**(claims.get("mappings") or {}), subject: target}

    return say("orders", add)


def take_from_metrics(issuing: Issuing, records: Records) -> None:
    metrics, orders = the(records, "metrics"), the(records, "orders")
    claims = issuing.claims(orders.id)
    taken = {"name": "m", "subject": "m.>", "account": metrics.public, "type": "stream"}
    issuing.edit(orders.id, {**claims, "imports": [*(claims.get("imports") or []), taken]})


def revoke(name: str) -> Step:
    return lambda issuing, records: issuing.revoking.revoke(the(records, name).id)


def revoke_everybody(issuing: Issuing, records: Records) -> None:
    orders = the(records, "orders").id
    issuing.revoking.revoke_until(orders, {"*": issuing.revoking.latest_issue(orders) + 1})


ACTIONS: Mapping[str, Step] = {
    "make": make(Kind.USER, "new", "orders"),
    "make a signing key": make_signing_key,
    "delete": delete("billing"),
    "delete many": delete("billing", "reports", "n1"),
    "delete an account": delete("orders"),
    "delete a signing key": delete("signer"),
    "rename": of("rename", "payments", "billing"),
    "rename an account": of("rename", "trade", "orders"),
    "move": move("billing", "metrics"),
    "move an account": move("orders", "beta"),
    "tag": of("set_tags", ["eu"], "billing"),
    "tag many": of("set_tags", ["eu"], "billing", "orders", "n1"),
    "note": of("set_notes", "by the window", "billing"),
    "retire": of("set_status", "retired", "billing"),
    "retire many": of("set_status", "retired", "billing", "reports", "n1"),
    "permit": permit("pub"),
    "limit": limit("conn"),
    "export": share("orders.new"),
    "import": take_from_metrics,
    "map": map_subject("old.orders"),
}
BETWEEN: Mapping[str, Step] = {
    "a tag of it": of("set_tags", ["prod", "blue"], "billing"),
    "a note of it": of("set_notes", "elsewhere", "billing"),
    "its name": of("rename", "invoices", "billing"),
    "its place": move("billing", "metrics"),
    "its status": of("set_status", "retired", "billing"),
    "its rights": permit("sub"),
    "its deletion": delete("billing"),
    "its revocation": revoke("billing"),
    "a tag of its account": of("set_tags", ["blue"], "orders"),
    "a note of its account": of("set_notes", "elsewhere", "orders"),
    "its account's name": of("rename", "sales", "orders"),
    "its account's place": move("orders", "beta"),
    "its account's limits": limit("leaf"),
    "an export of its account": share("orders.other"),
    "a mapping of its account": map_subject("older.orders"),
    "another user": make(Kind.USER, "guest", "orders"),
    "another signing key": make_signing_key,
    "the deletion of another": delete("till"),
    "the revocation of another": revoke("till"),
    "the revocation of everybody": revoke_everybody,
    "a note of its operator": of("set_notes", "elsewhere", "acme"),
    "a note of the signing key": of("set_notes", "elsewhere", "signer"),
}
CONFLICTS: Mapping[str, set[str]] = {
    "make a signing key": set(),
    "rename": {"its name", "its deletion"},
    "rename an account": {"its account's name"},
    "move": {"its deletion", "its revocation"},
    "move an account": set(),
    "tag": {"its deletion"},
    "tag many": {"its deletion"},
    "note": {"a note of it", "its deletion"},
    "retire": {"its deletion"},
    "retire many": {"its deletion"},
    "permit": {"its deletion", "its revocation", "the revocation of everybody"},
}
"""The changes between that keep one from being undone: those of the very value that it touched."""


def row(window: Window, key: int) -> dict[str, Any]:
    """All values of a key, each by its name; who signs is checked, and not compared."""
    state = states(window.records, [key])[key]
    said = said_by(state.token) if state.token else {}
    values: dict[str, Any] = {f"tag {tag}": True for tag in state.tags.split()}
    for name, value in said.items():
        if name in ("limits", "mappings") and isinstance(value, dict):
            values |= {f"{name} {part}": one for part, one in value.items()}
        elif name in ("exports", "imports", "signing_keys"):
            values |= {f"{name} {one}": True for one in value or []}
        else:
            values[name] = value
    plain = ("parent", "name", "status", "notes", "cell", "unsigned")
    return values | {f"its {name}": getattr(state, name) for name in plain}


def rows(window: Window) -> Rows:
    window.vault.refresh()
    return {key.public: row(window, key.id) for key in window.records.all()}


def without(change: tuple[Rows, Rows], now: Rows, last: tuple[Rows, Rows]) -> Rows:
    """What is to stand once a change is undone, where `last` was the one after it."""
    before, _ = change
    was, left = last
    expected: Rows = {}
    for public in {*before, *now}:
        made_last = public in left and public not in was
        deleted_last = public in was and public not in left
        if deleted_last or (public not in before and not made_last):
            continue
        if made_last or public not in now:
            expected[public] = (now if made_last else before)[public]
            continue
        expected[public] = {}
        for name in {*before[public], *now[public]}:
            changed_last = was[public].get(name) != left[public].get(name)
            value = (now if changed_last else before)[public].get(name)
            if value is not None:
                expected[public][name] = value
    return expected


def compared(found: Rows) -> Rows:
    """Rows without the values that are None, which say the same as none."""
    return {
        public: {name: value for name, value in values.items() if value is not None}
        for public, values in found.items()
    }


def require_sound(window: Window) -> None:
    """Nothing is broken, and each JWT is one that a server takes from its signer."""
    records = window.records
    assert not records.check_contents()
    for key in records.all():
        claims = records.tokens.claims(key.id)
        if claims is not None and not key.revoked:
            assert is_right(records, key, jwt.decode(claims.token)), key.path


def shut_out(window: Window) -> dict[str, tuple[str, int | None]]:
    """Who is revoked, with its account and its JWT's time of issue."""
    records = window.records
    return {
        key.public: (records.get(key.parent or 0).public, claims.issued)
        for key in records.all(Kind.USER)
        if key.revoked and (claims := records.tokens.claims(key.id))
    }


def require_still_out(window: Window, out: Mapping[str, tuple[str, int | None]]) -> None:
    for public, (account, issued) in out.items():
        user, owner = window.records.by_public(public), window.records.by_public(account)
        claims = window.records.tokens.claims(owner.id) if owner else None
        assert claims is None or revoked_as(claims.nats, public, issued) is not None
        if user is not None and owner is not None and user.parent == owner.id:
            assert user.revoked


def change(window: Window, step: Step) -> None:
    with window.vault.change() as records:
        step(Issuing(records), records)


def elsewhere(window: Window, step: Step) -> None:
    window.elsewhere(step)


@pytest.fixture(scope="session")
def with_beta(acme: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the vault in which a second operator stands, made once."""
    place = tmp_path_factory.mktemp("beta")
    with newest_save.kept_in(place / "state"), opened(acme, place) as window:
        change(window, make(Kind.OPERATOR, "beta"))
        change(window, say("metrics", lambda claims: claims.update({"exports": [
            {"name": "m", "subject": "m.>", "type": "stream"}]})))  # fmt: skip
    return place / "keys"


@pytest.fixture
def two_operators(with_beta: Path, tmp_path: Path) -> Iterator[Window]:
    with opened(with_beta, tmp_path) as window:
        yield window


def pairs(every: int) -> list[tuple[str, str]]:
    """A share of all pairs in which each change stands, and every conflict."""
    return [
        (name, between)
        for number, name in enumerate(ACTIONS)
        for place, between in enumerate(BETWEEN)
        if (number + place) % every == 0 or between in CONFLICTS.get(name, ())
    ]


def stages_of(
    window: Window, name: str, change_again: Callable[[Window, Step], None], between: str
) -> tuple[Rows, Rows, Rows] | None:
    """The rows before the one change, after it, and after the other; None where that cannot be."""
    before = rows(window)
    change(window, ACTIONS[name])
    after = rows(window)
    try:
        change_again(window, BETWEEN[between])
    except WalletError:
        return None
    return before, after, rows(window)


@pytest.mark.parametrize(("name", "between"), pairs(BESIDE))
def test_a_change_is_undone_beside_what_another_process_changed(
    two_operators: Window, name: str, between: str
) -> None:
    window = two_operators
    if (stages := stages_of(window, name, elsewhere, between)) is None:
        return
    before, after, now = stages
    out = shut_out(window)
    if between in CONFLICTS.get(name, set()):
        with pytest.raises(UsageError, match=r"[Nn]othing was undone"):
            window.undo()
        assert rows(window) == now
        return
    window.undo()
    require_sound(window)
    require_still_out(window, out)
    assert compared(rows(window)) == compared(without((before, after), now, (after, now)))
    if name == "move" and the(window.records, "billing").revoked:
        with pytest.raises(UsageError, match="would let it in again"):
            window.redo()
        return
    window.redo()
    require_sound(window)
    require_still_out(window, out)
    assert compared(rows(window)) == compared(now)


@pytest.mark.parametrize(("name", "between"), pairs(IN_TURN))
def test_two_changes_of_a_window_are_undone_one_after_the_other(
    two_operators: Window, name: str, between: str
) -> None:
    window = two_operators
    if (stages := stages_of(window, name, change, between)) is None:
        return
    before, after, now = stages
    out = shut_out(window)
    if now == after:
        return  # nothing was left to be changed
    if "revocation" in between:
        with pytest.raises(UsageError, match="A revocation is not undone"):
            window.undo()
        if between in CONFLICTS.get(name, set()):
            with pytest.raises(UsageError, match=r"[Nn]othing was undone"):
                window.undo()
            return
    else:
        window.undo()
        assert compared(rows(window)) == compared(after)
        window.redo()
        assert compared(rows(window)) == compared(now)
        window.undo()
    window.undo()
    require_sound(window)
    require_still_out(window, out)
    assert compared(rows(window)) == compared(before)
