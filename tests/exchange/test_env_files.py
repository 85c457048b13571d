"""Variables as `.env` files hold them, and secrets as Kubernetes mounts them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.exchange.made import Chain
from tests.exchange.support import carry_out, new_vault, plan_of
from wallet.exchange.readers.formats import format_of
from wallet.exchange.readers.texts.source_text import SourceText
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.vault import Vault

CHAIN = Chain()
CREDS = CHAIN.creds().decode()
with Seed.generate(Kind.USER) as _seed, Seed.generate(Kind.ACCOUNT) as _account:
    ALONE, ALONE_PUBLIC = _seed.encode().decode(), _seed.public.text
    ACCOUNT, ACCOUNT_PUBLIC = _account.encode().decode(), _account.public.text
JWT = CHAIN.user_jwt()
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return new_vault(tmp_path)


def written(tmp_path: Path, text: str, name: str = ".env") -> Path:
    file = tmp_path / "given" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("how", ["file", "folder", "pasted", "another name"])
def test_the_keys_of_variables_come_in_by_their_names_and_the_rest_is_passed_over(
    vault: Vault, tmp_path: Path, how: str
) -> None:
    text = (
        "# the shop\n"
        "DB_PASSWORD=hunter2\n"
        f"export BILLING_SEED={ALONE}\n"
        "\n"
        f"SHOP_ACCOUNT='{ACCOUNT}'  # of the shop\r\n"
        "EMPTY=\n"
        'GREETING="two\nlines"\n'
    )
    file = written(tmp_path, text, "settings" if how == "another name" else ".env")
    given: dict[str, Path | str] = {"folder": file.parent, "pasted": text}
    plan = plan_of(vault, given.get(how, file))
    assert not plan.bad
    carry_out(vault, plan)
    held = {record.path: record.has_seed for record in vault.records.all()}
    assert held == {"BILLING_SEED": True, "SHOP_ACCOUNT": True}


@pytest.mark.parametrize(
    "value",
    [
        '"' + CREDS + '"',
        "'" + CREDS + "'",
        '"' + CREDS.replace("\n", "\\n") + '"',
        CREDS.replace("\n", "\\n"),
    ],
)
def test_creds_in_variables_come_in_several_in_one_file(
    vault: Vault, tmp_path: Path, value: str
) -> None:
    other = Chain().creds().decode().replace("\n", "\\n")
    file = written(tmp_path, f"FIRST={value}\nSECOND={other}\nDEBUG=1\n")
    plan = plan_of(vault, file)
    assert not plan.bad
    with plan.findings:
        users = [item for item in plan.items if item.candidate.public.kind is Kind.USER]
        assert [item.candidate.claims is not None for item in users] == [True, True]
        assert CHAIN.user.public.text in {item.candidate.public.text for item in users}


def test_a_seed_and_a_jwt_of_one_user_in_two_variables_are_one_key(
    vault: Vault, tmp_path: Path
) -> None:
    seed = CHAIN.user.encode().decode()
    plan = plan_of(vault, written(tmp_path, f"NATS_NKEY={seed}\nNATS_JWT={JWT}\n"))
    with plan.findings:
        (user,) = (item for item in plan.items if item.candidate.public.kind is Kind.USER)
        assert user.candidate.cell is not None
        assert user.candidate.claims is not None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"operator=eyJhbGciOiJlZDI1NTE5In0.eyJ4IjoxfQ.abc\nresolver=MEMORY\n{ALONE}\n", "x"),
        (f"A=1\n{ALONE}\n", ".env"),
        (f"{ALONE}=1\nB={ALONE}\n", ".env"),
        (f"A = {ALONE}\n", ".env"),
        (f"A={ALONE}\n", "server.conf"),
    ],
)
def test_what_is_not_all_variables_is_read_as_something_else_and_no_key_is_passed_over(
    vault: Vault, tmp_path: Path, text: str, name: str
) -> None:
    file = written(tmp_path, text, name)
    given = SourceText(bytearray(text.encode()), str(file), str(file))
    assert format_of(given).name != "variables, as in .env files"
    plan = plan_of(vault, file)
    with plan.findings:
        assert plan.items or plan.bad or plan.findings.notes
        assert ALONE not in str(plan.bad) + str(plan.findings.notes)


def test_a_file_of_variables_is_deleted_only_where_nothing_else_is_in_it(
    vault: Vault, tmp_path: Path
) -> None:
    whole = written(tmp_path, f"BILLING={ALONE}\n", "a.env")
    more = written(tmp_path, f"SHOP={ACCOUNT}\nDB_PASSWORD=hunter2\n", "b.env")
    plan = plan_of(vault, whole.parent)
    with plan.findings:
        by_name = {Path(file.path).name: file.contents.others for file in plan.findings.plain_files}
    assert by_name == {"a.env": [], "b.env": ["other variables"]}
    assert more.exists()


# --- secrets as Kubernetes mounts them ---------------------------------------------------------


def mounted(place: Path) -> Path:
    """A volume of a Secret: files behind two links, the real ones in a directory of its time."""
    real = place / "..2026_11_26_08_15_00.123"
    real.mkdir(parents=True)
    (real / "user.creds").write_text(CREDS, encoding="utf-8")
    (real / "shop").write_text(ACCOUNT, encoding="utf-8")
    (real / "ca.crt").write_text(CERTIFICATE, encoding="utf-8")
    (place / "..data").symlink_to(real.name)
    for name in ("user.creds", "shop", "ca.crt"):
        (place / name).symlink_to(f"..data/{name}")
    return place


def test_a_directory_of_secrets_as_kubernetes_mounts_it_comes_in_once(
    vault: Vault, tmp_path: Path
) -> None:
    plan = plan_of(vault, mounted(tmp_path / "secrets"))
    assert not plan.bad
    assert len(plan.findings.mentions) == len({each.public for each in plan.findings.mentions})
    carry_out(vault, plan)
    held = {record.public: record.name for record in vault.records.all() if record.has_seed}
    assert held.keys() == {CHAIN.user.public.text, ACCOUNT_PUBLIC}
    assert held[ACCOUNT_PUBLIC] == "shop"


@pytest.mark.parametrize("name", ["..data", "..2026_11_26_08_15_00.123", "user.creds"])
def test_a_part_of_it_can_be_named(vault: Vault, tmp_path: Path, name: str) -> None:
    plan = plan_of(vault, mounted(tmp_path / "secrets") / name)
    with plan.findings:
        assert not plan.bad
        assert CHAIN.user.public.text in {item.candidate.public.text for item in plan.items}


def test_links_that_lead_out_of_it_or_nowhere_are_still_refused(
    vault: Vault, tmp_path: Path
) -> None:
    place = mounted(tmp_path / "secrets")
    outside = tmp_path / "outside.nk"
    outside.write_text(ALONE, encoding="utf-8")
    (place / "out.nk").symlink_to(outside)
    (place / "gone.nk").symlink_to("..data/gone.nk")
    (place / "loop.nk").symlink_to("loop.nk")
    os.symlink(tmp_path, place / "up")
    plan = plan_of(vault, place)
    with plan.findings:
        assert {Path(bad.path).name for bad in plan.bad} == {"out.nk", "gone.nk", "loop.nk"}
        assert ALONE_PUBLIC not in {each.public.text for each in plan.findings.mentions}
