"""Each way of rotation for each kind of key: killed at every save, resumed by another process."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PASSPHRASE, Deploy, Once
from tests.cli.forks import Forks
from tests.cli.test_rotation import Wallet, export, key, let_in
from tests.cli.test_rotation import wallet as wallet
from wallet.nats.claims.shared_subjects import IMPORTS, entries
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.rotation.open_steps import open_steps
from wallet.vault.vault import Vault

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="kills by POSIX signals"),
]

# Where a key of the kind lies, and how it is made.
KINDS = {
    "user": "acme/orders/billing",
    "listed user": "plant/feeder",
    "role": "acme/orders/readers",
    "operator's signing key": "acme/oper",
    "account": "acme/orders",
    "system account": "acme/SYS",
    "operator": "acme",
    "server": "n1",
    "cluster": "c1",
    "curve": "x1",
}
HANDOVER = ("--as", "handover", "--to", "Zoë, ops")
WAYS: dict[str, list[tuple[str, ...]]] = {
    "planned": [("--as", "planned"), ("--finish",)],
    "undone": [("--as", "planned"), ("--undo",)],
    "undone late": [("--as", "planned"), ("--finish",), ("--undo",)],
    "leaked": [("--as", "leaked")],
    "handover": [HANDOVER, ("--finish",)],
    "lost": [("--as", "lost"), ("--finish",)],
}
LOST = ("account", "operator")
ROWS = [(way, kind) for kind in KINDS for way in WAYS if way != "lost" or kind in LOST]
OVER = {
    "planned, importers over": [("--as", "planned"), ("--importers",), ("--finish",)],
    "undone, importers over": [("--as", "planned"), ("--importers",), ("--undo",)],
}
WAYS |= OVER
ROWS += [(way, "account") for way in OVER]
EXITS = {"--finish": 1, "--importers": 0}  # of a step that was done before; 1 for the others


@pytest.fixture
def kinds(wallet: Wallet, once: Once) -> Wallet:
    """A vault with a key of each kind; no account's identity key signs users but of orders."""

    def make() -> None:
        wallet("init", "--cost", "light")
        wallet("new", "operator", "acme")
        wallet("new", "operator", "oper", "--under", "acme", "--signing")
        for account in ("SYS", "orders"):
            wallet("new", "account", account, "--under", "acme")
        wallet("edit", "acme", "--system-account", "SYS", "--strict")
        role = ("--signing", "--role", "reader", "--allow-pub", "orders.>")
        wallet("new", "account", "readers", "--under", "acme/orders", *role)
        wallet("new", "user", "billing", "--under", "acme/orders")
        wallet("new", "user", "report", "--under", "acme/orders", "--signer", "readers")
        wallet("new", "user", "watch", "--under", "acme/SYS")
        wallet("new", "account", "parts", "--under", "acme")
        wallet("pair", "acme/orders", "acme/parts", "orders.price", "--service", "--private")
        wallet("new", "account", "plant")
        for user in ("feeder", "reader"):
            wallet("new", "user", user, "--under", "plant")
        for kind, name in (("server", "n1"), ("cluster", "c1"), ("curve", "x1")):
            wallet("new", kind, name)

    once("kinds", make)
    return wallet


def state() -> Any:
    """What the vault says, each key by its path: those that are made anew differ each time."""
    path = Path(os.environ["NKEY_WALLET_VAULT"])
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        records = vault.records
        paths = {record.public: record.path for record in records.all()}
        keys = {}
        for record in records.all():
            claims = records.tokens.claims(record.id)
            signed = None if claims is None else paths[claims.issuer.text]
            shown = (record.kind, record.status, record.revoked, record.signing, record.has_seed)
            imported = [] if claims is None else entries(claims.nats, IMPORTS)
            exporters = [paths[one["account"]] for one in imported]
            keys[record.path] = (*shown, signed, exporters)
        rotations = [
            [
                *(paths[one.old], paths[one.new], one.manner, one.phase, one.recipient),
                *(step.code for step in open_steps(records, one)),
            ]
            for one in records.rotations.open()
        ]
    return keys, rotations


def killed(forks: Forks, moment: str, words: tuple[str, ...]) -> None:
    """Let another process do this, and kill it before or after it has saved."""
    done = forks.run(*words, killed=moment)
    assert done.returncode == -9, f"{words}: {done.output}{done.notes}"


def another_process(forks: Forks, words: tuple[str, ...], exits: int) -> None:
    """Let still another process do this, undisturbed."""
    done = forks.run(*words)
    assert done.returncode == exits, f"{words}: {done.output}{done.notes}"


def uninterrupted(wallet: Wallet, words: tuple[str, ...], aside: Path) -> Any:
    """What this comes to in a copy of the vault, when nobody disturbs it."""
    here = Path(os.environ["NKEY_WALLET_VAULT"])
    shutil.copytree(here.parent, aside)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NKEY_WALLET_VAULT", str(aside / here.name))
        wallet(*words, exits=1 if "--finish" in words else 0)
        return state()


def lose_seed(ref: str) -> None:
    """Let only the public half of a key be here, with all that hangs on it."""
    path = Path(os.environ["NKEY_WALLET_VAULT"])
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.unlock(path, passphrase) as vault,
        vault.change() as records,
        records.database.change() as sql,
    ):
        sql.execute("DELETE FROM seeds WHERE key = ?", (records.find(ref).id,))


Check = Callable[[], None]


def users_creds(ref: str, resolver: str, old: str = "") -> Callable[..., Check]:
    """The creds of before are refused, those of after are not; `old` is what has the old key."""

    def look(wallet: Wallet, deploy: Deploy, tmp_path: Path) -> Check:
        before = export(wallet, ref, tmp_path / "before.creds")

        def check() -> None:
            after = export(wallet, ref, tmp_path / "after.creds")
            whole = ("config", "acme", "--for", "operator", "--resolver", resolver)
            server = deploy(wallet(*whole))
            if resolver == "full":
                wallet("push", "acme", "--server", server.url)
            assert let_in(server.url, after)
            assert not let_in(server.url, before)
            wallet("test", ref, "--server", server.url)
            if old:
                refused = ("--expect", "refused", "--beside", ref)
                wallet("test", old, "--server", server.url, *refused)

        return check

    return look


def listed_seed(wallet: Wallet, deploy: Deploy, tmp_path: Path) -> Check:
    before = export(wallet, "plant/feeder", tmp_path / "before.nk")

    def check() -> None:
        after = export(wallet, "plant/feeder", tmp_path / "after.nk")
        server = deploy(wallet("config", "plant", "--for", "server", "--accounts"))
        assert let_in(server.url, after)
        assert not let_in(server.url, before)
        refused = ("--expect", "refused", "--beside", "plant/feeder")
        wallet("test", "plant/feeder-old", "--server", server.url, *refused)
        wallet("test", "plant/feeder", "--server", server.url)

    return check


def signed_account(wallet: Wallet, deploy: Deploy, tmp_path: Path) -> Check:
    """What the old key signed is refused; users keep their creds."""
    by_old = wallet("jwt", "acme/orders").strip()
    creds = export(wallet, "acme/orders/billing", tmp_path / "billing.creds")

    def check() -> None:
        text, now = wallet("config", "acme", "--for", "operator"), wallet("jwt", "acme/orders")
        server = deploy(text)
        assert let_in(server.url, creds)
        wallet("test", "acme/orders/billing", "--server", server.url)
        assert not let_in(deploy(text.replace(now.strip(), by_old)).url, creds)

    return check


BILLING = "acme/orders/billing"
LOOKS: dict[str, Callable[[Wallet, Deploy, Path], Check]] = {
    "user": users_creds(BILLING, "memory", f"{BILLING}-old"),
    "listed user": listed_seed,
    "role": users_creds("acme/orders/report", "full"),
    "account": users_creds(BILLING, "full"),
    "system account": users_creds("acme/SYS/watch", "full"),
    "operator": signed_account,
    "operator's signing key": signed_account,
}


@pytest.mark.parametrize(("way", "kind"), ROWS, ids=[f"{kind}, {way}" for way, kind in ROWS])
def test_a_rotation_killed_at_every_save_comes_to_the_same_end(
    kinds: Wallet,
    forks: Forks,
    deploy: Deploy,
    tmp_path: Path,
    way: str,
    kind: str,
) -> None:
    ref = KINDS[kind]
    if way == "lost":
        lose_seed(ref)
    old = key(kinds, ref)["public"]
    look = None if way.startswith("undone") else LOOKS.get(kind)
    check = None if look is None else look(kinds, deploy, tmp_path)
    for number, flags in enumerate(WAYS[way]):
        words = ("rotate", ref, *flags, "--yes")
        before = state()
        killed(forks, "before", words)
        assert state() == before
        expected = uninterrupted(kinds, words, tmp_path / f"aside-{number}")
        killed(forks, "after", words)
        assert state() == expected
        # Whoever does not know that it was saved does it again, in another process, and changes
        # nothing. A leak is named by the key that leaked: by its name it would be the new one's.
        again = ("rotate", old, *words[2:]) if way == "leaked" else words
        another_process(forks, again, exits=EXITS.get(flags[0], 1))
        assert state() == expected
    stays = key(kinds, ref)["public"]
    assert (stays == old) is way.startswith("undone")
    if check is not None:
        check()
