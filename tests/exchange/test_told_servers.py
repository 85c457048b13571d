"""Servers, TLS files and descriptions that contexts and stores of nsc bring along."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.exchange.made import Chain
from tests.exchange.support import import_all, new_vault, plan_of
from tests.tools import tool
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return new_vault(tmp_path)


def context(tmp_path: Path, name: str, **fields: object) -> Path:
    """A context of a user whose seed stands in it."""
    with Seed.generate(Kind.USER) as seed:
        text = {"user_seed": seed.encode().decode(), **fields}
    place = tmp_path / "nats" / "context" / f"{name}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(text), encoding="utf-8")
    return place


def test_a_context_brings_a_server_by_its_name_with_its_tls_files_and_its_description(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CERTS", str(tmp_path / "certs"))
    file = context(
        tmp_path,
        "prod eu",
        description="the shop's own\nsecond line",
        url="tls://a.example:4222, b.example:4333",
        ca="~/ca.pem",
        cert="$CERTS/client.pem",
        key="relative.pem",
    )
    import_all(vault, file)
    assert vault.records.servers.profiles() == [
        ServerProfile(
            "prod-eu",
            ("tls://a.example:4222", "nats://b.example:4333"),
            str(tmp_path / "ca.pem"),
            str(tmp_path / "certs" / "client.pem"),
            str(Path("relative.pem").absolute()),
        )
    ]
    (user,) = vault.records.all(Kind.USER)
    assert user.notes == "the shop's own\nsecond line"
    import_all(vault, file)  # once more changes nothing
    assert len(vault.records.servers.profiles()) == 1


def test_a_server_that_is_called_so_already_stays_and_the_other_gets_a_number(
    vault: Vault, tmp_path: Path
) -> None:
    own = ServerProfile("prod", ("nats://mine:4222",))
    with vault.change() as records:
        records.servers.set_profile(own)
    file = context(tmp_path, "prod", url="nats://other:4222")
    for _ in range(2):
        import_all(vault, file)
    assert vault.records.servers.profiles() == [
        own,
        ServerProfile("prod-2", ("nats://other:4222",)),
    ]


def test_a_note_that_a_person_wrote_stays(vault: Vault, tmp_path: Path) -> None:
    file = context(tmp_path, "prod", url="nats://a", description="theirs")
    import_all(vault, file)
    (user,) = vault.records.all(Kind.USER)
    with vault.change() as records:
        records.set_notes(user.id, "mine")
    import_all(vault, file)
    assert vault.records.get(user.id).notes == "mine"


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "nats://a", "ca": "\x1b[31m"},
        {"url": "nats://a", "ca": "x" * 5000},
        {"url": "nats://a", "ca": ["no", "text"]},
        {"url": "nats://a", "key": "SEED"},
        {"url": "nats://a", "description": "SEED"},
        {"url": "nats://a", "description": "\x1b[31m"},
        {"url": "nats://SEED:4222"},
        {"url": "http://a,ws://b,,  ,nats://a"},
        {"url": ",".join(f"nats://h{number}" for number in range(200))},
        {"url": "nats://a", "ca": "~nobody-is-called-so/ca.pem"},
        {"url": "nats://a", "ca": "a\0b"},
    ],
)
def test_hostile_fields_of_a_context_keep_no_key_out_and_no_seed_goes_into_a_server(
    vault: Vault, tmp_path: Path, fields: dict[str, object]
) -> None:
    with Seed.generate(Kind.USER) as seed:
        text = seed.encode().decode()
        given = {
            name: value.replace("SEED", text) if isinstance(value, str) else value
            for name, value in fields.items()
        }
    plan = plan_of(vault, context(tmp_path, "prod", **given))
    said = str(plan.findings.notes) + str(plan.bad) + str(plan.findings.profiles)
    assert text not in said
    assert "\x1b" not in said
    plan.findings.wipe()
    import_all(vault, context(tmp_path, "prod", **given))
    assert vault.records.count(Kind.USER) >= 1
    profiles = vault.records.servers.profiles()
    assert all(len(profile.urls) <= 64 for profile in profiles)
    assert text not in str(profiles) + str([user.notes for user in vault.records.all()])


def test_a_name_that_no_server_can_have_leaves_the_key_and_the_address(
    vault: Vault, tmp_path: Path
) -> None:
    import_all(vault, context(tmp_path, "…", url="nats://a:4222"))
    assert vault.records.servers.profiles() == []
    assert vault.records.servers.recent() == ["nats://a:4222"]


def test_the_contexts_that_the_nats_command_saves_bring_their_servers(
    vault: Vault, tmp_path: Path
) -> None:
    with Seed.generate(Kind.USER) as seed:
        (tmp_path / "u.nk").write_bytes(seed.encode())
    (tmp_path / "ca.pem").touch()
    home = tmp_path / "config"
    flags = [
        *("--server", "nats://one.example:4222,nats://two.example:4222"),
        *("--nkey", str(tmp_path / "u.nk"), "--tlsca", str(tmp_path / "ca.pem")),
        *("--description", "saved by nats"),
    ]
    subprocess.run(
        [tool("nats"), "context", "save", "shop", *flags],
        check=True, capture_output=True, timeout=60,
        env={**os.environ, "XDG_CONFIG_HOME": str(home), "HOME": str(tmp_path)},
    )  # fmt: skip
    import_all(vault, home / "nats" / "context")
    (profile,) = vault.records.servers.profiles()
    assert profile.name == "shop"
    assert profile.urls == ("nats://one.example:4222", "nats://two.example:4222")
    assert profile.ca == str(tmp_path / "ca.pem")
    (user,) = vault.records.all(Kind.USER)
    assert user.notes == "saved by nats"


@pytest.mark.parametrize(
    ("urls", "kept"),
    [
        (["nats://a.example:4222", "tls://b.example:4222"], ["corp"]),
        ([], []),
        (["ws://a.example"], []),
    ],
)
def test_the_operator_of_an_nsc_store_tells_its_servers(
    vault: Vault, tmp_path: Path, urls: list[str], kept: list[str]
) -> None:
    chain = Chain()
    store = tmp_path / "stores" / "corp"
    store.mkdir(parents=True)
    (store / ".nsc").write_text("{}")
    (store / "corp.jwt").write_text(chain.operator_jwt(operator_service_urls=urls))
    import_all(vault, tmp_path / "stores")
    profiles = vault.records.servers.profiles()
    assert [profile.name for profile in profiles] == kept
    assert all(list(profile.urls) == urls for profile in profiles)
