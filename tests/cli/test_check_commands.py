"""`test` and `inspect`."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, Start
from tests.cli.test_health_command import opened
from tests.server.listeners import logged_port
from wallet.nats.nkeys import Kind, Seed
from wallet.system.natsserver import LocalServer
from wallet.tasks.connection.server_sights import went_by_jwts

STAGES = ["resolve", "connect", "info", "tls", "authenticate", "ping"]


@pytest.fixture
def server(vault: Run, tmp_path: Path) -> Iterator[LocalServer]:
    """A nats-server that knows acme/orders/billing and nobody else."""
    directory = tmp_path / "server"
    directory.mkdir()
    running = LocalServer(directory, vault("config", "billing", "--for", "server").out)
    yield running
    running.stop()


def test_a_key_that_the_server_knows_passes(vault: Run, server: LocalServer) -> None:
    done = vault("test", "billing", "--server", server.url, "--json")
    report = done.json()
    assert done.status == 0, done.out
    assert report["ok"] is True
    assert [stage["name"] for stage in report["stages"]] == STAGES
    assert report["public"] == vault("public", "billing").out.strip()
    assert report["server"]["version"]
    assert report["rtt_ms"] > 0
    # The vault holds JWTs for what hangs beneath an operator, and this server goes by keys.
    assert [(cause["code"], cause["certain"]) for cause in report["causes"]] == [
        ("jwt-not-used", True)
    ]


def test_with_creds_only_the_answer_is_enough_and_no_round_trips_are_measured(
    vault: Run, server: LocalServer
) -> None:
    done = vault("test", "billing", "--server", server.url, "--creds-only", "--json")
    report = done.json()
    assert (done.status, report["ok"], report["rtt_ms"]) == (0, True, None)


def test_a_key_that_the_server_does_not_know_fails_with_its_cause(
    vault: Run, server: LocalServer
) -> None:
    vault("new", "user", "stranger")
    done = vault("test", "stranger", "--server", server.url, "--json")
    report = done.json()
    assert (done.status, report["ok"]) == (1, False)
    assert report["causes"][0]["code"] == "key-unknown"
    assert set(report["causes"][0]) == {"code", "certain", "why", "fix"}


def test_where_a_user_was_taken_by_its_jwt_before_a_bare_key_lacks_that_first_of_all(
    vault: Run, start: Start
) -> None:
    vault("new", "user", "stranger")
    url = start(vault("config", "acme", "--for", "operator").out).url

    def causes() -> list[dict[str, Any]]:
        found = vault("test", "stranger", "--server", url, "--json").json()["causes"]
        return [cause for cause in found if cause["code"] != "auth-callout"]

    assert [cause["code"] for cause in causes()] == ["key-unknown", "jwt-missing"]
    assert vault("test", "billing", "--server", url).status == 0
    first, second = causes()
    assert (first["code"], first["certain"]) == ("jwt-missing", False)
    assert "took acme/orders/billing by its JWT on" in first["why"]
    assert first["fix"].startswith("Put this user under one of that operator's accounts")
    assert second["code"] == "key-unknown"
    assert second["fix"].startswith("Only then:")
    assert "authorization {" not in str(first) + str(second)
    both = ["--server", url, "--server", url.replace("127.0.0.1", "localhost")]
    for report in vault("test", "stranger", *both, "--json").json():
        first_of_it = report["causes"][0]["code"]
        assert first_of_it == ("jwt-missing" if report["url"] == url else "key-unknown")


def test_where_an_account_was_pushed_to_before_a_bare_key_lacks_its_jwt_first_of_all(
    vault: Run, server: LocalServer, tmp_path: Path
) -> None:
    vault("new", "user", "stranger")
    with opened(tmp_path) as wallet, wallet.change() as records:
        records.deliveries.note_seen(records.find("acme/orders").id, {server.url: True})
    report = vault("test", "stranger", "--server", server.url, "--json").json()
    first = report["causes"][0]
    assert first["code"] == "jwt-missing"
    assert "to hold an account's JWT: so it runs with an operator" in first["why"]


def test_a_list_that_took_a_bare_key_is_taken_for_a_list_whatever_was_there_before(
    vault: Run, server: LocalServer, tmp_path: Path
) -> None:
    vault("new", "user", "stranger")
    with opened(tmp_path) as wallet, wallet.change() as records:
        orders, billing = records.find("acme/orders"), records.find("acme/orders/billing")
        words = f"Accepted by {server.url} as this key in account {orders.public}."
        then = datetime.now(UTC) - timedelta(minutes=1)
        records.results.add(billing.public, server.url, True, "accepted", words, then)
        assert records.results.last_by_jwt(server.url) is not None
        bare, later = records.find("stranger").public, then + timedelta(seconds=30)
        records.results.add(bare, server.url, True, "accepted", "Accepted.", later)
        assert records.results.last_by_jwt(server.url) is None
        records.deliveries.note_seen(orders.id, {server.url: True})
        assert went_by_jwts(records, server.url), "it is another again"
        later = datetime.now(UTC) + timedelta(minutes=1)
        records.results.add(bare, server.url, True, "accepted", "Accepted.", later)
        assert went_by_jwts(records, server.url) == ""


def test_a_server_of_passwords_is_told_what_starts_beside_a_key(vault: Run, start: Start) -> None:
    vault("new", "user", "stranger")
    url = start("authorization { user: bob, password: secret }\n").url
    cause = vault("test", "stranger", "--server", url, "--json").json()["causes"][0]
    assert cause["code"] == "no-nkey-auth"
    assert "nor can `user` and `password` outside of `users`" in cause["fix"]
    block = cause["fix"].partition("\n")[2]
    moved = block.replace("# { user: …, password: … }", "{ user: bob, password: secret } # ")
    assert vault("test", "stranger", "--server", start(moved).url).status == 0
    cause = vault("test", "billing", "--server", url, "--json").json()["causes"][0]
    assert "let it trust the operator" in cause["fix"]
    assert "nkey-wallet config acme --for operator" in cause["fix"]


def test_a_server_that_lets_anyone_in_is_no_success(vault: Run, tmp_path: Path) -> None:
    open_server = LocalServer(tmp_path, "")
    try:
        done = vault("test", "billing", "--server", open_server.url, "--json")
    finally:
        open_server.stop()
    report = done.json()
    assert (done.status, report["ok"]) == (1, False)
    assert [cause["code"] for cause in report["causes"]] == ["accepted-without-check"]
    assert report["causes"][0]["certain"] is True


def test_for_people_the_stages_the_verdict_and_the_fix_are_shown(
    vault: Run, server: LocalServer
) -> None:
    vault("new", "user", "stranger")
    accepted = vault("test", "billing", "--server", server.url)
    refused = vault("test", "stranger", "--server", server.url)
    assert [line.split()[1] for line in accepted.out.splitlines()[:6]] == STAGES
    assert "key-unknown" in refused.out
    assert "→" in refused.out


def test_of_a_revoked_user_it_is_shown_up_to_when_that_is(vault: Run) -> None:
    assert "revoked" not in vault("show", "billing").out
    vault("revoke", "billing")
    shown = vault("show", "billing").out
    assert re.search(r"revoked +up to 20\d\d-.* UTC, just now: no JWT issued", shown), shown
    time.sleep(1.1)
    assert vault("revoke", "*", "--under", "acme/orders").status == 0
    claims = vault("show", "acme/orders", "--json").json()["claims"]
    until = datetime.fromtimestamp(claims["revocations"]["*"], UTC).strftime("%Y-%m-%d %H:%M")
    shown = vault("show", "billing").out
    assert re.search(rf"revoked +up to {until}.*, with all of its account", shown), shown


def test_a_test_is_remembered_with_the_key(vault: Run, server: LocalServer) -> None:
    vault("test", "billing", "--server", server.url)
    remembered = vault("show", "billing", "--json").json()["tests"]
    assert [(test["server"], test["ok"]) for test in remembered] == [(server.url, True)]


@pytest.mark.parametrize("url", ["http://localhost", "nats://", "nats://h:99999", "nats://h:x"])
def test_an_address_that_is_none_is_refused_before_the_vault_is_opened(
    vault: Run, url: str
) -> None:
    done = vault("test", "billing", "--server", url)
    assert done.status == 2


@pytest.mark.parametrize("seconds", ["0", "-1", "301"])
def test_a_timeout_out_of_range_is_refused(vault: Run, seconds: str) -> None:
    done = vault("test", "billing", "--server", "nats://127.0.0.1:1", "--timeout", seconds)
    assert done.status == 2


def test_inspect_needs_no_vault_and_tells_kind_and_public_key(run: Run) -> None:
    with Seed.generate(Kind.ACCOUNT) as seed:
        public = seed.public.text
    done = run("inspect", public, "--json")
    found = done.json()
    assert done.status == 0
    assert set(found) >= {"what", "kind", "public", "valid", "problems", "claims"}
    assert (found["kind"], found["public"], found["valid"]) == ("account", public, True)


def test_inspect_says_what_to_change_in_a_mistyped_key(run: Run) -> None:
    with Seed.generate(Kind.USER) as seed:
        public = seed.public.text
    swapped = public[:30] + ("A" if public[30] != "A" else "B") + public[31:]
    done = run("inspect", swapped, "--json")
    assert done.status == 1
    assert public in str(done.json()["problems"])


def test_a_file_named_to_inspect_is_told_how_to_be_given(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "my billing.creds"
    file.write_text("anything")
    done = run("inspect", str(file))
    assert done.status == 1
    assert f"nkey-wallet inspect < '{file}'" in done.err
    assert run("inspect", str(tmp_path / "none")).err == ""


def test_on_a_terminal_inspect_says_that_it_waits() -> None:
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(sys.executable, ["-m", "wallet", "inspect"], timeout=60)
    child.expect("Paste, then press Ctrl")
    child.sendline("hello")
    child.sendeof()
    child.expect("no NATS key")
    child.close()


def test_a_seed_given_to_inspect_is_never_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with Seed.generate(Kind.USER) as seed:
        secret, public = seed.encode().decode(), seed.public.text
    stdin = io.TextIOWrapper(io.BytesIO(secret.encode() + b"\n"))
    monkeypatch.setattr(sys, "stdin", stdin)
    piped = run("inspect")
    argument = run("inspect", secret)
    for done in (piped, argument):
        assert done.status == 0
        assert public in done.out
        assert secret not in done.out + done.err
    assert "history" in argument.err
    assert "history" not in piped.err


def test_inspect_refuses_more_than_a_mebibyte(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"A" * ((1 << 20) + 1))))
    done = run("inspect", "-")
    assert done.status == 2
    assert "1 MiB" in done.err


def test_a_claim_that_no_json_can_say_is_refused(run: Run) -> None:
    with Seed.generate(Kind.USER) as seed:
        public = seed.public.text
    header = base64.urlsafe_b64encode(b'{"typ":"JWT","alg":"ed25519-nkey"}').rstrip(b"=")
    claims = base64.urlsafe_b64encode(f'{{"iss":"{public}","exp":1e999}}'.encode()).rstrip(b"=")
    done = run("inspect", f"{header.decode()}.{claims.decode()}.AAAA", "--json")
    assert done.status == 1
    assert "Infinity" not in done.out


def test_a_check_mark_that_the_output_cannot_spell_is_no_reason_to_fail(
    vault: Run, server: LocalServer, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wallet", "test", "billing", "--server", server.url],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Accepted" in done.stdout


def test_experiments_say_that_only_this_key_is_the_reason(vault: Run, server: LocalServer) -> None:
    vault("new", "user", "stranger")
    vault("test", "billing", "--server", server.url)
    done = vault("test", "stranger", "--server", server.url, "--experiment", "--json")
    report = done.json()
    assert done.status == 1
    assert [cause["code"] for cause in report["causes"]] == ["key-unknown", "auth-callout"]
    (experiment,) = report["experiments"]
    assert experiment["code"] == "known-good-key"
    assert "acme/orders/billing" in experiment["why"]


def test_experiments_are_told_to_people_with_what_stands_after_them(
    vault: Run, server: LocalServer
) -> None:
    vault("new", "user", "stranger")
    refused = vault("test", "stranger", "--server", server.url, "--experiment")
    assert "Experiment no-credentials:" in refused.out
    assert "Experiment unknown-key:" in refused.out
    assert refused.out.index("As it stands now") > refused.out.index("unknown-key:")
    accepted = vault("test", "billing", "--server", server.url, "--experiment")
    assert accepted.status == 0
    assert "No experiment would tell more" in accepted.out


def test_subjects_that_a_key_may_not_use_end_with_one(vault: Run, tmp_path: Path) -> None:
    public = vault("public", "billing").out.strip()
    server = LocalServer(
        tmp_path,
        f"authorization {{ users = [ {{ nkey: {public}, permissions: {{ "
        'publish: ["a", "$SYS.REQ.USER.INFO"], subscribe: ["a", "_INBOX.>"] } } ] }',
    )
    try:
        may = vault("test", "billing", "--server", server.url, "--may", "a", "--json")
        may_not = vault("test", "billing", "--server", server.url, "--may", "a", "--may", "pub:b")
    finally:
        server.stop()
    report = may.json()
    assert (may.status, report["ok"]) == (0, True)
    assert [(one["action"], one["allowed"]) for one in report["may"]] == [
        ("subscribe", True),
        ("publish", True),
    ]
    assert sorted(report["identity"]["permissions"]["subscribe"]["allow"]) == ["_INBOX.>", "a"]
    assert may_not.status == 1
    assert "✓ subscribe  a" in may_not.out
    assert "✗ publish    b" in may_not.out
    assert public in may_not.out
    assert '"_INBOX.>"' in may_not.out
    assert vault("test", "billing", "--server", server.url, "--may", "pub:>").status == 2


def test_several_servers_give_an_array_and_a_table_with_the_refused_first(
    vault: Run, server: LocalServer, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = LocalServer(
        tmp_path / "other",
        "authorization { users = [ { nkey: U } ] }".replace(
            "{ nkey: U }", "{ user: a, password: b }"
        ),
    )
    try:
        done = vault("test", "billing", "--server", f"{server.url},{other.url}", "--json")
        table = vault("test", "billing", "--server", server.url, "--server", other.url)
    finally:
        other.stop()
    assert done.status == table.status == 1
    assert [(one["url"], one["verdict"]) for one in done.json()] == [
        (other.url, "refused"),
        (server.url, "accepted"),
    ]
    assert "1 of 2 accepted" in table.out
    assert "no-nkey-auth (certain)" in table.out
    remembered = vault("show", "billing", "--json").json()["tests"]
    assert len(remembered) == 4


def test_an_account_stands_for_its_users(vault: Run, server: LocalServer) -> None:
    (alone,) = vault("test", "orders", "--server", server.url, "--json").json()
    assert alone["public"] == vault("public", "billing").out.strip()
    vault("new", "user", "late", "--under", "acme/orders", "--count", "7")
    done = vault("test", "acme", "--server", server.url, "--at-once", "2", "--json")
    assert done.status == 1
    assert [one["ok"] for one in done.json()] == [False] * 7 + [True]
    table = vault("test", "orders", "--server", server.url)
    assert "2 more are not as wanted" in table.out


def test_a_reason_that_several_keys_share_is_told_once(vault: Run) -> None:
    vault("new", "user", "other", "--under", "acme/orders")
    table = vault("test", "orders", "--server", "nats://127.0.0.1:1")
    assert table.out.count("nothing-listens (certain)") == 1
    assert "And 1 more for the same reason." in table.out


def test_what_goes_with_one_key_and_one_server_alone_is_refused_for_more(
    vault: Run, server: LocalServer
) -> None:
    for more in (
        ["acme", "--experiment"],
        ["billing", "--cluster", "--experiment"],
        ["billing", "--at-once", "0"],
        [],
    ):
        done = vault("test", *more, "--server", server.url)
        assert done.status == 2, more
        assert done.err
    nobody = vault("test", "metrics", "--server", server.url)
    assert nobody.status == 1
    assert "acme/metrics has no users" in nobody.err


def test_a_server_that_is_alone_is_the_whole_cluster(vault: Run, server: LocalServer) -> None:
    done = vault("test", "billing", "--server", server.url, "--cluster", "--json")
    assert done.status == 0
    assert [one["ok"] for one in done.json()] == [True]


def test_the_monitoring_of_a_server_proves_what_its_refusal_does_not(
    vault: Run, tmp_path: Path
) -> None:
    vault("new", "user", "stranger")
    allowed = vault("config", "billing", "--for", "server").out
    server = LocalServer(tmp_path, f'{allowed}\nhttp: "127.0.0.1:-1"\n')
    try:
        port = logged_port(server, "http monitor on")
        told = ["--server", server.url, "--monitor", f"http://127.0.0.1:{port}"]
        refused = vault("test", "stranger", *told, "--json")
        shown = vault("test", "billing", *told)
        wrong = vault("test", "billing", "--server", server.url, "--monitor", "nats://h")
        several = vault("test", "billing", *told, "--server", "nats://127.0.0.1:1")
    finally:
        server.stop()
    report = refused.json()
    assert [cause["code"] for cause in report["causes"]] == ["key-unknown", "auth-callout"]
    assert report["monitor"]["max_connections"] == 65536
    assert report["monitor"]["operators"] == []
    assert shown.status == 0
    assert "of 65536" in shown.out
    assert (wrong.status, several.status) == (2, 2)
