"""`export`, `jwt`, and `config` for servers with an operator or with accounts."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import AtTerminal, Run
from wallet.nats import creds, jwt
from wallet.system.natsserver import LocalServer

pexpect = pytest.importorskip("pexpect")


def test_creds_go_into_a_file_and_the_seed_nowhere_else(vault: Run, tmp_path: Path) -> None:
    to = tmp_path / "billing.creds"
    done = vault("export", "billing", "--as", "creds", "--to", str(to))
    assert done.status == 0, done.err
    assert done.out == f"{to}\n"
    assert "unencrypted" in done.err
    assert to.stat().st_mode & 0o777 == 0o600
    found = creds.read_creds(to.read_bytes())
    with found.seed as seed:
        assert seed.public.text == vault("public", "billing").out.strip()
        assert seed.encode().decode() not in done.out + done.err


def test_a_file_that_is_there_is_written_over_with_force_only(vault: Run, tmp_path: Path) -> None:
    to = tmp_path / "billing.nk"
    to.write_text("mine")
    done = vault("export", "billing", "--as", "nk", "--to", str(to))
    assert done.status == 2
    assert str(to) in done.err
    assert "--force" in done.err
    assert to.read_text() == "mine"
    forced = vault("export", "billing", "--as", "nk", "--to", str(to), "--force")
    assert forced.status == 0
    assert "It holds a seed, unencrypted" in forced.err
    assert to.read_text().startswith("SU")


def test_an_account_gives_the_creds_of_all_its_users(vault: Run, tmp_path: Path) -> None:
    vault("new", "user", "dev", "--under", "acme/orders", "--count", "2")
    done = vault("export", "acme", "--as", "creds", "--to", str(tmp_path / "out"))
    assert done.status == 0, done.err
    beneath = tmp_path / "out/acme/orders"
    assert sorted(os.listdir(beneath)) == ["billing.creds", "dev-1.creds", "dev-2.creds"]
    assert "3 of them hold seeds" in done.err


@pytest.mark.parametrize(
    ("place", "cause"),
    [
        ("file/billing.creds", "file is no directory"),
        ("file/a/b/billing.creds", "file is no directory"),
        (f"{'n' * 300}.creds", "longer than the file system allows"),
        (f"{'n' * 300}/billing.creds", "longer than the file system allows"),
    ],
)
@pytest.mark.parametrize("command", ["export", "backup", "init"])
def test_a_place_where_no_file_can_be_is_refused_for_its_cause(
    vault: Run, tmp_path: Path, command: str, place: str, cause: str
) -> None:
    (tmp_path / "file").write_text("mine")
    to = str(tmp_path / place)
    calls = {
        "export": ("export", "billing", "--as", "creds", "--to", to),
        "backup": ("backup", to),
        "init": ("init", "--vault", to),
    }
    done = vault(*calls[command])
    assert done.status == 3, done.err
    assert cause in done.err
    assert "already" not in done.err
    assert "no vault" not in done.err
    assert (tmp_path / "file").read_text() == "mine"


def test_keys_without_such_a_file_say_why(vault: Run, tmp_path: Path) -> None:
    for ref, form, said in (
        ("n1", "creds", "no JWT"),
        ("n1", "nsc", "no operator"),
        ("n1", "jwt", "no JWT"),
    ):
        done = vault("export", ref, "--as", form, "--to", str(tmp_path / "out"))
        assert done.status == 2
        assert said in done.err
    assert not (tmp_path / "out").exists()
    assert vault("export", "nobody", "--as", "nk", "--to", str(tmp_path / "out")).status == 4


def test_a_jwt_stands_alone_on_the_output_and_as_claims_with_json(vault: Run) -> None:
    token = vault("jwt", "billing").out
    assert token.count("\n") == 1
    claims = jwt.decode(token.strip())
    assert claims.name == "billing"
    said = vault("jwt", "billing", "--json").json()
    assert said["jwt"] == token.strip()
    assert said["claims"]["sub"] == claims.payload["sub"]
    assert said["words"]
    assert vault("jwt", "n1").status == 2


def test_a_context_names_the_file_beside_it(vault: Run, tmp_path: Path) -> None:
    to = tmp_path / "mine.json"
    done = vault(
        *("export", "billing", "--as", "context", "--to", str(to)),
        *("--server", "nats://example.org:4222"),
    )
    assert done.status == 0, done.err
    said = json.loads(to.read_text())
    assert said["url"] == "nats://example.org:4222"
    assert Path(said["creds"]).read_text().startswith("-----BEGIN NATS USER JWT-----")


@pytest.mark.parametrize("resolver", ["memory", "full"])
def test_a_server_starts_with_the_operators_configuration(
    vault: Run, tmp_path: Path, resolver: str
) -> None:
    assert vault("new", "account", "SYS", "--under", "acme").status == 0
    if resolver == "full":
        refused = vault("config", "acme", "--for", "operator", "--resolver", "full")
        assert refused.status == 1
        assert "nkey-wallet new account SYS --under OPERATOR" in refused.err
        assert "nkey-wallet edit OPERATOR --system-account SYS" in refused.err
        public = vault("public", "SYS").out.strip()
        assert vault("edit", "acme", "--system-account", public).status == 0
    made = vault("config", "--for", "operator", "--resolver", resolver)
    assert made.status == 0, made.err
    directory = tmp_path / "server"
    directory.mkdir()
    # The directory of the full resolver is relative to where the server runs.
    text = made.out.replace('"./jwt"', f'"{directory / "jwt"}"')
    running = LocalServer(directory, text)
    try:
        tested = vault("test", "billing", "--server", running.url)
        assert tested.status == 0, tested.out + tested.err
    finally:
        running.stop()


def test_the_lines_of_an_account_bring_a_running_server_up_to_date(vault: Run) -> None:
    lines = vault("config", "orders", "--for", "account").out
    public = vault("public", "orders").out.strip()
    token = vault("jwt", "orders").out.strip()
    assert f"{public}: {token}" in lines
    assert lines.startswith("resolver_preload")
    assert vault("config", "--for", "account").status == 2


def test_accounts_without_an_operator_stand_by_name_with_their_users(
    vault: Run, tmp_path: Path
) -> None:
    assert vault("new", "account", 'a "b" {#}').status == 0
    assert vault("new", "user", "till", "--under", 'a "b" {#}').status == 0
    made = vault("config", 'a "b" {#}', "--for", "account")
    assert made.status == 0, made.err
    assert made.out == vault("config", 'a "b" {#}', "--for", "server", "--accounts").out
    directory = tmp_path / "server"
    directory.mkdir()
    running = LocalServer(directory, made.out)
    try:
        tested = vault("test", "till", "--server", running.url, "--json")
        assert tested.status == 0, tested.out + tested.err
    finally:
        running.stop()
    mixed = vault("config", 'a "b" {#}', "orders", "--for", "account")
    assert mixed.status == 2
    assert "Name them apart" in mixed.err


@pytest.mark.parametrize(("answer", "status", "begins"), [("n", 2, "mine"), ("y", 0, "SU")])
def test_on_a_terminal_it_asks_before_it_writes_over_a_file(
    vault: Run, tmp_path: Path, at_terminal: AtTerminal, answer: str, status: int, begins: str
) -> None:
    assert vault("list").status == 0  # the vault and its passphrase are named by the environment
    to = tmp_path / "billing.nk"
    to.write_text("mine")
    command = ("export", "billing", "--as", "nk", "--to", str(to))
    child = at_terminal(*command, dimensions=(24, 200))
    child.expect("Write over .*billing.nk?")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == status
    assert to.read_text().startswith(begins)


def test_users_whom_no_account_holds_are_not_dropped_without_a_word(vault: Run) -> None:
    vault("new", "user", "loose")
    vault("new", "user", "loose-too")
    refused = vault("config", "--for", "server", "--accounts")
    assert (refused.status, refused.out) == (1, "")
    assert "loose, loose-too" in refused.err
    assert "shut out" in refused.err
    named = vault("config", "acme/orders", "--for", "server", "--accounts")
    assert named.status == 0


@pytest.mark.parametrize("form", ["nk", "creds", "jwt", "public"])
def test_a_dash_is_standard_output(
    vault: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = vault("export", "billing", "--as", form, "--to", "-")
    assert done.status == 0, done.err
    assert not (tmp_path / "-").exists()
    vault("export", "billing", "--as", form, "--to", str(tmp_path / "file"))
    assert done.out.encode() == (tmp_path / "file").read_bytes()


def test_several_files_have_no_place_on_standard_output(
    vault: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    vault("new", "user", "dev", "--under", "acme/orders")
    for ref, form in (("acme", "nsc"), ("billing", "context"), ("orders", "creds")):
        done = vault("export", ref, "--as", form, "--to", "-")
        assert (done.status, done.out) == (2, "")
        assert "name a directory" in done.err
    assert not (tmp_path / "-").exists()


def test_list_tells_scripts_that_a_user_is_expired_or_revoked(vault: Run) -> None:
    for name in ("late", "gone", "away"):
        vault("new", "user", name, "--under", "acme/orders")
    vault("edit", "late", "--expires", "2020-01-01")
    vault("revoke", "gone")
    vault("retire", "away")
    status = {key["name"]: key["status"] for key in vault("list", "--json").json()}
    assert (status["late"], status["gone"], status["billing"]) == ("expired", "revoked", "active")
    assert status["away"] in {"active", "retired"}
    assert vault("show", "late", "--json").json()["status"] == "expired"
