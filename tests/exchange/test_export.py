"""Keys as the files of other programs, read back by those programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange.support import import_all, new_vault
from tests.tools import tool
from tests.vault.support import make, opened_once
from wallet.errors import UsageError, VaultError
from wallet.exchange import configurations
from wallet.exchange.export import listed, write
from wallet.exchange.file_forms import ExportFile
from wallet.nats import creds, jwt
from wallet.nats.nkeys import Kind, Seed
from wallet.system.disk import plainfiles
from wallet.system.natsserver import LocalServer
from wallet.vault.key_record import KeyRecord
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """acme/orders with a scoped signing key, billing and a reader; a user and a server alone."""
    with opened_once(tmp_path / "vault.nkw", _make) as opened:
        yield opened


def _make(path: Path) -> None:
    with make(path) as made:
        acme = add(made, Kind.OPERATOR, "acme")
        orders = add(made, Kind.ACCOUNT, "orders", acme)
        with made.change() as records, Seed.generate(Kind.ACCOUNT) as seed:
            scope = {"role": "reader", "template": {"pub": {"deny": [">"]}}}
            key = Issuing(records).add_signing_key(orders.id, seed, name="sk", scope=scope)
        add(made, Kind.USER, "billing", orders)
        add(made, Kind.USER, "reader", orders, signer=key.public)
        add(made, Kind.USER, "laptop")
        add(made, Kind.SERVER, "n1")


def add(
    vault: Vault,
    kind: Kind,
    name: str,
    under: KeyRecord | None = None,
    signer: str | None = None,
) -> KeyRecord:
    with vault.change() as records, Seed.generate(kind) as seed:
        under_id = under.id if under else None
        return Issuing(records).add(seed, name=name, under=under_id, signer=signer)


def places(written: list[ExportFile]) -> list[Path]:
    return [item.path for item in written]


def exported(vault: Vault, ref: str, form: str, to: Path) -> list[Path]:
    return places(write(listed(vault, [vault.records.find(ref)], form, to)))


def test_one_key_goes_into_the_file_that_is_named(vault: Vault, tmp_path: Path) -> None:
    billing = vault.records.find("billing")
    (nk,) = exported(vault, "billing", "nk", tmp_path / "b.nk")
    with Seed.decode(nk.read_bytes()) as seed:
        assert seed.public.text == billing.public
    (path,) = exported(vault, "billing", "creds", tmp_path / "b.creds")
    read = creds.read_creds(path.read_bytes())
    assert read.claims.subject == billing.public
    read.seed.wipe()
    (token,) = exported(vault, "orders", "jwt", tmp_path / "o.jwt")
    assert jwt.decode(token.read_text()).name == "orders"
    (public,) = exported(vault, "n1", "public", tmp_path / "n1")
    assert public.read_text().strip() == vault.records.find("n1").public


def test_every_file_is_for_its_owner_only_and_every_new_directory_too(
    vault: Vault, tmp_path: Path
) -> None:
    before = os.umask(0)
    try:
        written = exported(vault, "acme", "creds", tmp_path / "out" / "deep")
    finally:
        os.umask(before)
    assert sorted(str(path.relative_to(tmp_path)) for path in written) == [
        "out/deep/acme/orders/billing.creds",
        "out/deep/acme/orders/reader.creds",
    ]
    for path in [*written, *(tmp_path / "out").rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)


def test_a_directory_that_is_there_takes_a_file_by_the_keys_name(
    vault: Vault, tmp_path: Path
) -> None:
    (path,) = exported(vault, "billing", "creds", tmp_path)
    assert path == tmp_path / "billing.creds"


def test_nothing_is_written_when_anything_stands_in_the_way(vault: Vault, tmp_path: Path) -> None:
    there = tmp_path / "out/acme/orders/reader.creds"
    there.parent.mkdir(parents=True)
    there.symlink_to(tmp_path / "nowhere")
    with pytest.raises(plainfiles.FileExistsAlreadyError, match="Nothing was written"):
        exported(vault, "acme", "creds", tmp_path / "out")
    assert list((tmp_path / "out").rglob("*.creds")) == [there]


def test_a_file_is_written_over_in_one_step_and_a_link_is_not_followed(
    vault: Vault, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    link = tmp_path / "b.creds"
    link.symlink_to(victim)
    items = listed(vault, [vault.records.find("billing")], "creds", link)
    write(items, overwrite=True)
    assert victim.read_text() == "mine"
    assert not link.is_symlink()
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_that_cannot_be_written_to_its_end_is_not_left_there(
    vault: Vault, tmp_path: Path, overwrite: bool
) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    (item,) = listed(vault, [vault.records.find("billing")], "creds", tmp_path / "out" / "b")
    import resource  # not on Windows

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(VaultError):
            write([item], overwrite=overwrite)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((tmp_path / "out").iterdir()) == []


def test_keys_without_such_a_form_say_why(vault: Vault, tmp_path: Path) -> None:
    with Seed.generate(Kind.USER) as seed, vault.change() as records:
        records.add_public(seed.public, name="elsewhere")
    for ref, form, said in (
        ("laptop", "jwt", "no operator"),
        ("laptop", "creds", "no operator"),
        ("laptop", "nsc", "no operator"),
        ("elsewhere", "nk", "not in this vault"),
        ("n1", "creds", "no JWT"),
        ("n1", "context", "only users connect"),
    ):
        with pytest.raises(UsageError, match=said):
            listed(vault, [vault.records.find(ref)], form, tmp_path / "x")
    with pytest.raises(UsageError, match="choose from"):
        listed(vault, [vault.records.find("n1")], "pdf", tmp_path)
    with pytest.raises(UsageError, match="Which keys"):
        listed(vault, [], "nk", tmp_path)


@pytest.mark.parametrize(
    "name", ["..", ".hidden", "a b", "con", "NUL.txt", "x" * 120, "é:*?", "-rf", "a\\b", "…"]
)
def test_no_name_of_a_key_leads_out_of_the_directory(
    vault: Vault, tmp_path: Path, name: str
) -> None:
    alone = add(vault, Kind.USER, name)
    orders = add(vault, Kind.ACCOUNT, name, vault.records.find("acme"))
    user = add(vault, Kind.USER, name, orders)
    out = tmp_path / "out"
    written = places(write(listed(vault, [alone, user], "nk", out)))
    assert len(written) == 2
    for path in written:
        assert out in path.resolve().parents
        assert not path.name.startswith(".")


def test_names_that_differ_in_case_only_go_into_files_of_their_own(
    vault: Vault, tmp_path: Path
) -> None:
    keys = [add(vault, Kind.USER, name) for name in ("same", "Same", "SAME")]
    written = places(write(listed(vault, keys, "nk", tmp_path / "out")))
    assert len({str(path).casefold() for path in written}) == 3


def test_many_files_are_counted_and_can_be_stopped(vault: Vault, tmp_path: Path) -> None:
    keys = [add(vault, Kind.USER, f"u{n}") for n in range(8)]
    heard: list[int] = []
    items = listed(vault, keys, "nk", tmp_path / "out")
    written = places(write(items, on_progress=heard.append, cancelled=lambda: len(heard) == 5))
    assert heard == [1, 2, 3, 4, 5]
    assert len(written) == 5


def nsc(home: Path, *words: str) -> str:
    done = subprocess.run(
        [tool("nsc"), "--all-dirs", str(home), *words],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(home), "NSC_HOME": str(home)},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-800:]
    return done.stdout + done.stderr


def test_nsc_works_with_the_store_and_finds_nothing_to_complain_about(
    vault: Vault, tmp_path: Path
) -> None:
    home = tmp_path / "store"
    exported(vault, "acme", "nsc", home)
    validated = nsc(home, "validate", "--all-accounts")
    assert validated.count("No issues found") == 2
    assert vault.records.find("acme").public in nsc(home, "describe", "operator")
    assert "reader" in nsc(home, "describe", "account", "-n", "orders")
    user = nsc(home, "describe", "user", "-a", "orders", "-n", "billing")
    assert vault.records.find("billing").public in user
    nsc(home, "add", "user", "-a", "orders", "-n", "made-by-nsc")
    nsc(home, "add", "user", "-a", "orders", "-n", "scoped-by-nsc", "-K", "reader")
    assert "made-by-nsc" in nsc(home, "list", "users", "-a", "orders")


def test_a_name_that_nsc_cannot_keep_in_a_file_is_refused_before_anything_is_written(
    vault: Vault, tmp_path: Path
) -> None:
    with vault.change() as records:
        Issuing(records).rename(records.find("billing").id, "..")
    with pytest.raises(UsageError, match="plainer name"):
        listed(vault, [vault.records.find("acme")], "nsc", tmp_path / "store")


@pytest.mark.parametrize("ref", ["billing", "laptop"])
def test_the_nats_command_connects_with_the_context(vault: Vault, tmp_path: Path, ref: str) -> None:
    record = vault.records.find(ref)
    directory = tmp_path / "server"
    directory.mkdir()
    text = (
        configurations.operator(vault.records, vault.records.find("acme"))
        if record.has_jwt
        else configurations.authorization(vault.records, [record])
    )
    server = LocalServer(directory, text)
    try:
        home = tmp_path / "home"
        contexts = home / "nats/context"
        contexts.mkdir(parents=True)
        write(listed(vault, [record], "context", contexts / "mine.json", server.url))
        assert json.loads((contexts / "mine.json").read_text())["url"] == server.url
        done = subprocess.run(
            [tool("nats"), "--context", "mine", "rtt"],
            capture_output=True,
            text=True,
            env={**os.environ, "XDG_CONFIG_HOME": str(home), "HOME": str(home)},
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert server.url in done.stdout
    finally:
        server.stop()


# --- what is left out, and what is told ------------------------------------------------------


def told(vault: Vault, ref: str, form: str, to: Path) -> tuple[list[str], list[str]]:
    """The files that would be written, and what is said."""
    said: list[str] = []
    items = listed(vault, [vault.records.find(ref)], form, to, tell=said.append)
    return [item.path.name for item in items], said


@pytest.fixture
def crowd(vault: Vault) -> Vault:
    """Users of orders that no server takes, or that have no creds."""
    orders = vault.records.find("orders")
    for name in ("gone", "late", "away"):
        add(vault, Kind.USER, name, orders)
    with vault.change() as records, Seed.generate(Kind.USER) as seed:
        issuing = Issuing(records)
        issuing.revoking.revoke(records.find("gone").id)
        issuing.edit(records.find("late").id, {}, expires=1_600_000_000)
        records.set_status(records.find("away").id, "retired")
        records.add_public(seed.public, name="seedless", under=orders.id)
    return vault


@pytest.mark.parametrize("form", ["creds", "context"])
@pytest.mark.parametrize("ref", ["orders", "acme"])
def test_of_an_account_those_are_left_out_that_no_server_takes_and_the_others_are_written(
    crowd: Vault, tmp_path: Path, form: str, ref: str
) -> None:
    files, said = told(crowd, ref, form, tmp_path / "out")
    names = {name.partition(".")[0] for name in files}
    assert names == {"billing", "reader"}
    reasons = {"gone": "revoked", "late": "expired", "seedless": "seed", "away": "retired"}
    for name, why in reasons.items():
        assert any(f"/{name} is left out" in line and why in line for line in said)


@pytest.mark.parametrize(("ref", "why"), [("gone", "revoked"), ("late", "expired")])
@pytest.mark.parametrize("form", ["creds", "context", "jwt"])
def test_a_user_that_was_named_is_written_and_it_is_told_that_servers_refuse_it(
    crowd: Vault, tmp_path: Path, ref: str, why: str, form: str
) -> None:
    files, said = told(crowd, ref, form, tmp_path / "x")
    assert files
    assert any(why in line and "refuse" in line for line in said)
    assert not told(crowd, "billing", form, tmp_path / "x")[1]


def test_an_account_of_which_nobody_is_left_says_so(vault: Vault, tmp_path: Path) -> None:
    add(vault, Kind.ACCOUNT, "empty", vault.records.find("acme"))
    with pytest.raises(UsageError, match="No user"):
        told(vault, "empty", "creds", tmp_path / "out")


def test_a_store_of_nsc_holds_the_curve_keys_that_its_accounts_name_and_the_rest_is_told(
    vault: Vault, tmp_path: Path
) -> None:
    named, other, third = (add(vault, Kind.CURVE, name) for name in ("named", "other", "third"))
    with vault.change() as records:
        orders = records.find("orders")
        issuing = Issuing(records)
        service = records.find("billing").public
        authorization = {"auth_users": [service], "xkey": named.public}
        nats = {**issuing.claims(orders.id), "authorization": authorization}
        issuing.edit(orders.id, nats)
        with Seed.generate(Kind.USER) as seed:
            records.add_public(seed.public, name="mute", under=orders.id)
    files, said = told(vault, "acme", "nsc", tmp_path / "store")
    assert f"{named.public}.nk" in files
    assert f"{other.public}.nk" not in files
    assert any("other, third" in line for line in said)
    assert any("mute is left out" in line for line in said)
    chosen = [vault.records.find("acme"), other, third]
    written = places(write(listed(vault, chosen, "nsc", tmp_path / "store")))
    place = tmp_path / "store" / "keys" / "X" / other.public[1:3] / f"{other.public}.nk"
    assert place in written
    with vault.open_seed(other.public) as seed:
        assert place.read_bytes() == seed.encode()
    keys = nsc(tmp_path / "store", "list", "keys", "--all")
    assert named.public in keys


def test_curve_keys_of_a_store_come_back_with_the_name_of_their_account(
    vault: Vault, tmp_path: Path
) -> None:
    named = add(vault, Kind.CURVE, "whatever")
    with vault.change() as records:
        orders, issuing = records.find("orders"), Issuing(records)
        authorization = {"auth_users": [records.find("billing").public], "xkey": named.public}
        issuing.edit(orders.id, {**issuing.claims(orders.id), "authorization": authorization})
    write(listed(vault, [vault.records.find("acme")], "nsc", tmp_path / "store"))
    other = new_vault(tmp_path / "other")
    assert not import_all(other, tmp_path / "store").bad
    record = other.records.by_public(named.public)
    assert record is not None
    assert (record.name, record.has_seed) == ("orders xkey", True)
