"""Keys in every block of a configuration, the names beside them, and bounds that a file lifts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.exchange.made import Chain
from tests.exchange.support import carry_out, import_all, new_vault, plan_of
from tests.tools import tool
from wallet.errors import UsageError
from wallet.exchange import leftovers
from wallet.exchange.plan.import_execution import apply
from wallet.exchange.plan.import_plan import Choice, Choices
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.sources import SourceReader
from wallet.nats.client_snippets import NamedKey
from wallet.nats.config import writer
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.vault import Vault

CHAIN = Chain()


def public(kind: Kind = Kind.USER) -> str:
    with Seed.generate(kind) as seed:
        return seed.public.text


A, B, C = public(), public(), public()
SEED = CHAIN.user.encode().decode()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return new_vault(tmp_path)


def read(tmp_path: Path, text: str, name: str = "s.conf") -> Findings:
    (tmp_path / name).write_text(text)
    into = Findings()
    SourceReader(into).path(tmp_path / name)
    return into


BLOCKS = {
    "a leaf node's user": (f"leafnodes {{ port: 7422, authorization {{ nkey: {A} }} }}", {A}),
    "by another name of the block": (f"leaf {{ authorization {{ NKEY: {A} }} }}", {A}),
    "a proxy": (f"proxies {{ trusted: [ {{ key: {A} }}, {{ public_key: {B} }} ] }}", {A, B}),
    "a seed of a leaf remote": (
        f'leafnodes {{ remotes: [ {{ url: "nats://a", seed: {SEED} }} ] }}',
        {CHAIN.user.public.text},
    ),
    "one by its other name": (
        f'leafnodes {{ remotes: [ {{ url: "nats://a", nkey: "{SEED}" }} ] }}',
        {CHAIN.user.public.text},
    ),
    "a user and a leaf node's": (
        f"authorization {{ users: [ {{ nkey: {A} }} ] }}\n"
        f"leafnodes {{ authorization {{ nkey: {B} }} }}",
        {A, B},
    ),
}


@pytest.mark.parametrize("case", BLOCKS)
def test_keys_of_every_block_are_found(tmp_path: Path, case: str) -> None:
    text, keys = BLOCKS[case]
    with read(tmp_path, text) as into:
        assert {found.public.text for found in into.mentions} == keys
        assert not into.bad
        assert not into.notes


def test_a_leaf_node_s_user_hangs_under_its_account(vault: Vault, tmp_path: Path) -> None:
    text = (
        "accounts { HERD { users: [ { user: calf, password: x } ] }, "
        f"BARN {{ users: [ {{ nkey: {B} }} ] }} }}\n"
        f"leafnodes {{ authorization {{ nkey: {A}, account: HERD }} }}"
    )
    (tmp_path / "s.conf").write_text(text)
    assert not import_all(vault, tmp_path / "s.conf").bad
    found = {record.public: record.path.partition("/")[0] for record in vault.records.all()}
    assert (found[A], found[B]) == ("HERD", "BARN")


def test_the_creds_of_a_leaf_remote_are_read(tmp_path: Path) -> None:
    (tmp_path / "leaf.creds").write_bytes(CHAIN.creds())
    text = 'leafnodes { remotes: [ { url: "nats://a", credentials: "leaf.creds" } ] }'
    with read(tmp_path, text) as into:
        (found,) = into.mentions
        assert found.claims is not None
        assert found.cell is not None


def test_a_seed_in_a_configuration_keeps_the_file_from_being_deleted(
    vault: Vault, tmp_path: Path
) -> None:

    (tmp_path / "s.conf").write_text(f"leafnodes {{ remotes: [ {{ seed: {SEED} }} ] }}")
    plan = plan_of(vault, tmp_path / "s.conf")
    with vault.change() as records:
        apply(records, plan)
    with plan.findings as findings:
        ((_, why),) = leftovers.withheld(vault.records, findings)
        assert "a server's configuration" in why


@pytest.mark.parametrize(
    "text",
    [
        f"# {{ nkey: {B} }}\n",
        f'server_tags: ["key:{B}"]\n',
        f"mqtt {{ no_auth_user: {B} }}\n",
        f"unheard_of {{ of: {B} }}\n",
        f'server_tags: ["key:{SEED}"]\n',
    ],
)
def test_what_looks_like_a_key_and_stands_elsewhere_is_told(tmp_path: Path, text: str) -> None:
    with read(tmp_path, f"{text}authorization {{ users: [ {{ nkey: {A} }} ] }}") as into:
        assert [found.public.text for found in into.mentions] == [A]
        (note,) = into.notes
        assert note.path.endswith("line 1")
        assert "not taken" in note.why


# --- includes -------------------------------------------------------------------------------


def test_users_that_stand_only_in_an_include_are_found(tmp_path: Path) -> None:
    (tmp_path / "users.conf").write_text(f"authorization {{ users = [ {{ nkey: {A} }} ] }}")
    with read(tmp_path, 'port: 4222\ninclude "users.conf"\n') as into:
        (found,) = into.mentions
        assert found.source.endswith("users.conf, line 1")
        assert not into.bad
    with read(tmp_path, "port: 4222\ninclude users.conf\n", "server") as into:
        assert [found.public.text for found in into.mentions] == [A]


def test_a_file_of_another_program_that_includes_is_passed_over_in_a_directory(
    tmp_path: Path,
) -> None:
    (tmp_path / "nginx.conf").write_text("include mime.types;\nworker 4;\n")
    (tmp_path / "x.nk").write_text(SEED)
    with Findings() as into:
        SourceReader(into).path(tmp_path)
        assert not into.bad


# --- names ----------------------------------------------------------------------------------

NAMED = {
    "as this wallet writes them": (f"{{ nkey: {A} }}  # hill/herd/bull", "bull"),
    "within a block of more lines": (f"{{ nkey: {A},  # bull\n permissions {{ }} }}", "bull"),
    "with two slashes": (f"{{ nkey: {A} }} // bull", "bull"),
    "in the line above": (f"# bull\n{{ nkey: {A} }}", "bull"),
    "of two words": (f"{{ nkey: {A} }}  # Eve's laptop", "Eve's laptop"),
    "in quotes": (f'{{ nkey: "{A}" }} # bull', "bull"),
    "a sentence": (f"{{ nkey: {A} }}  # this one is for the people of the barn", ""),
    "a setting that was": (f"# user: bull\n{{ nkey: {A} }}", ""),
    "none": (f"{{ nkey: {A} }}", ""),
    "a URL": (f'{{ nkey: {A}, url: "nats://bull" }}', ""),
}


@pytest.mark.parametrize("case", NAMED)
def test_names_are_taken_from_the_comments_beside_keys(tmp_path: Path, case: str) -> None:
    text, name = NAMED[case]
    with read(tmp_path, f"authorization {{\n users = [\n{text}\n ]\n}}\n") as into:
        assert [found.name for found in into.mentions] == [name]


def test_a_comment_beside_two_keys_names_none(tmp_path: Path) -> None:
    text = f"authorization {{ users = [\n{{ nkey: {A} }}, {{ nkey: {B} }} # bull\n] }}"
    with read(tmp_path, text) as into:
        assert [found.name for found in into.mentions] == ["", ""]


def test_our_own_configuration_gives_its_names_back(vault: Vault, tmp_path: Path) -> None:
    users = [
        writer.ConfiguredUser(NamedKey(key, f"hill/herd/{name}"), nats)
        for name, key, nats in (
            ("bull", A, {}),
            ("cow", B, {"pub": {"allow": ["a"]}, "allowed_connection_types": ["MQTT"]}),
            ("日本", C, {}),
        )
    ]
    text = writer.accounts([writer.ConfiguredAccount("herd", users)])
    (tmp_path / "s.conf").write_text(text, encoding="utf-8")
    import_all(vault, tmp_path / "s.conf")
    assert {record.path for record in vault.records.all(Kind.USER)} == {
        "herd/bull",
        "herd/cow",
        "herd/日本",
    }


# --- bounds ---------------------------------------------------------------------------------

BOUND = f'authorization {{ users = [ {{ nkey: {A}, permissions: {{ publish: "hay" }} }} ] }}'
FREE = f"authorization {{ users = [ {{ nkey: {A} }} ] }}"


@pytest.mark.parametrize(
    "free",
    [
        FREE,
        f"authorization {{ users = [ {{ nkey: {A}, permissions {{ }} }} ] }}",
        f"authorization {{ users = [ {{ nkey: {A}, permissions: {{ publish: [] }} }} ] }}",
    ],
)
def test_a_file_that_lifts_a_user_s_bounds_is_asked_about(
    vault: Vault, tmp_path: Path, free: str
) -> None:
    (tmp_path / "old.conf").write_text(BOUND)
    (tmp_path / "new.conf").write_text(free)
    import_all(vault, tmp_path / "old.conf")
    user = vault.records.by_public(A)
    assert user is not None
    plan = plan_of(vault, tmp_path / "new.conf")
    (conflict,) = plan.open_conflicts
    assert "everything" in conflict.sentence
    with pytest.raises(UsageError, match="not settled"):
        carry_out(vault, plan)
    for choice, left in ((Choice.KEEP, {"pub": {"allow": ["hay"]}}), (Choice.TAKE, {})):
        import_all(vault, tmp_path / "new.conf", choices=Choices(choice))
        assert vault.records.tokens.unsigned(user.id) == left
    # And what binds again is not lost either.
    import_all(vault, tmp_path / "old.conf")
    assert vault.records.tokens.unsigned(user.id) == {"pub": {"allow": ["hay"]}}


def test_of_two_files_the_one_that_binds_counts_and_it_is_told(
    vault: Vault, tmp_path: Path
) -> None:
    (tmp_path / "a.conf").write_text(FREE)
    (tmp_path / "b.conf").write_text(BOUND)
    plan = plan_of(vault, tmp_path / "a.conf", tmp_path / "b.conf")
    (item,) = plan.items
    assert item.candidate.unsigned == {"pub": {"allow": ["hay"]}}
    assert any("b.conf" in note for note in item.notes)


def test_the_same_bounds_are_no_conflict(vault: Vault, tmp_path: Path) -> None:
    for text in (BOUND, FREE.replace(A, B)):
        (tmp_path / "s.conf").write_text(text)
        import_all(vault, tmp_path / "s.conf")
        assert [item.what for item in plan_of(vault, tmp_path / "s.conf").items] == ["same"]


# --- as the server reads it -----------------------------------------------------------------


def is_taken_by_a_server(path: Path) -> bool:
    command = [tool("nats-server"), "-t", "-c", str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_mark_of_windows_hides_no_key_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.conf").write_text(f"\ufeff{FREE}", encoding="utf-8")
    with Findings() as into:
        SourceReader(into).path(tmp_path / "s.conf")
        assert [found.public.text for found in into.mentions] == [A]
        assert "byte-order mark" in into.notes[0].why
    judged = subprocess.run(
        [tool("nats-server"), "-t", "-c", str(tmp_path / "s.conf")],
        capture_output=True,
        check=False,
    )
    assert judged.returncode != 0


@pytest.mark.parametrize("case", [case for case in BLOCKS if "other name" not in case])
def test_these_are_configurations_that_a_server_takes(tmp_path: Path, case: str) -> None:
    (tmp_path / "s.conf").write_text(BLOCKS[case][0])
    judged = subprocess.run(
        [tool("nats-server"), "-t", "-c", str(tmp_path / "s.conf")],
        capture_output=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stderr


@pytest.mark.parametrize("absolute", [True, False])
def test_an_include_that_is_not_there_is_told_with_the_path_that_was_tried(
    tmp_path: Path, *, absolute: bool
) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "users.conf").write_text(FREE)
    wanted = str(tmp_path / "users.conf") if absolute else "users.conf"
    (tmp_path / "conf" / "s.conf").write_text(f'include "{wanted}"\n')
    with Findings() as into:
        SourceReader(into).path(tmp_path / "conf" / "s.conf")
        assert f"{tmp_path}/conf/{wanted.lstrip('/')}" in into.bad[0].why
        assert ("even an absolute path" in into.bad[0].why) is absolute
    assert not is_taken_by_a_server(tmp_path / "conf" / "s.conf")


def test_a_configuration_in_utf_16_is_refused_as_the_server_does(tmp_path: Path) -> None:
    (tmp_path / "s.conf").write_bytes(FREE.encode("utf-16"))
    with Findings() as into:
        SourceReader(into).path(tmp_path / "s.conf")
        assert not into.mentions
        assert "UTF-16" in into.bad[0].why
    assert not is_taken_by_a_server(tmp_path / "s.conf")
