"""Keys that a real server lets in, and what "in" means there."""

from __future__ import annotations

import pytest

from tests.server.certificates import Authority
from tests.server.conftest import StartServer
from tests.server.expect import assert_presentable, codes, first_cause, stages
from tests.server.keys import Heard, WatchedKey
from tests.server.servers import version
from wallet.connection.report import Stage, StageResult, StageStarted, Verdict
from wallet.connection.target import TlsFiles
from wallet.nkeys import Kind

ALL_BUT_TLS = {
    "resolve": True,
    "connect": True,
    "info": True,
    "tls": None,
    "authenticate": True,
    "ping": True,
}


async def test_a_listed_key_is_accepted_on_a_plain_port(
    nats_server: StartServer, key: WatchedKey
) -> None:
    server = nats_server(
        f"server_name: n1\nauthorization {{ users = [ {{ nkey: {key} }} ] }}\nmax_payload: 8192"
    )
    report = await key.check(server.url)
    assert_presentable(report)
    assert report.verdict is Verdict.ACCEPTED
    assert report.causes == ()
    assert stages(report) == ALL_BUT_TLS
    assert report.rtt_ms is not None
    assert 0 < report.rtt_ms < 5000
    assert report.server["server_name"] == "n1"
    assert report.server["max_payload"] == 8192
    assert "n1" in report.summary
    assert (report.public, report.url) == (str(key), server.url)


async def test_the_server_says_that_it_took_this_key_and_into_which_account(
    nats_server: StartServer, key: WatchedKey
) -> None:
    server = nats_server(
        f"accounts {{ ORDERS {{ users = [ {{ nkey: {key}, permissions: "
        '{ publish: "orders.>", subscribe: ["orders.>", "_INBOX.>"] } } ] } }'
    )
    report = await key.check(server.url)
    assert report.verdict is Verdict.ACCEPTED
    if version() < (2, 10):
        assert report.identity is None
        return
    # It may not publish to $SYS.REQ.USER.INFO, so it cannot be told.
    assert report.identity is None or report.identity.user == str(key)
    if version() >= (2, 12):
        assert report.server["remote_account"] == "ORDERS"
    allowed = nats_server(f"accounts {{ ORDERS {{ users = [ {{ nkey: {key} }} ] }} }}")
    report = await key.check(allowed.url)
    assert report.identity is not None
    assert (report.identity.user, report.identity.account) == (str(key), "ORDERS")
    assert "ORDERS" in report.summary


async def test_a_key_that_may_do_nothing_is_still_an_accepted_key(
    nats_server: StartServer, key: WatchedKey
) -> None:
    server = nats_server(
        f"authorization {{ users = [ {{ nkey: {key}, permissions: "
        '{ publish: { deny: ">" }, subscribe: { deny: ">" } } } ] }'
    )
    report = await key.check(server.url)
    assert_presentable(report)
    assert report.verdict is Verdict.ACCEPTED


async def test_stages_are_told_as_they_happen_and_in_order(
    nats_server: StartServer, key: WatchedKey
) -> None:
    server = nats_server(f"authorization {{ users = [ {{ nkey: {key} }} ] }}")
    heard: Heard = []
    report = await key.check(server.url, heard=heard)
    ended = [event for event in heard if isinstance(event, StageResult)]
    begun = [event.stage for event in heard if isinstance(event, StageStarted)]
    assert ended == list(report.stages)
    assert begun == [stage for stage in Stage if stage is not Stage.TLS]
    for event in ended:
        if event.ok:
            assert event.ms is not None
            assert event.ms >= 0


async def test_a_key_that_was_added_is_accepted_after_the_reload(
    nats_server: StartServer, key: WatchedKey
) -> None:
    with WatchedKey() as other:
        server = nats_server(f"authorization {{ users = [ {{ nkey: {other} }} ] }}")
        assert (await key.check(server.url)).verdict is Verdict.REFUSED
        server.reload(f"authorization {{ users = [ {{ nkey: {other} }}, {{ nkey: {key} }} ] }}")
        assert (await key.check(server.url)).verdict is Verdict.ACCEPTED


async def test_a_server_that_checks_no_keys_is_no_success(
    nats_server: StartServer, key: WatchedKey
) -> None:
    server = nats_server("server_name: wide-open")
    report = await key.check(server.url)
    cause = first_cause(report)
    assert report.verdict is Verdict.UNCHECKED
    assert not report.ok
    assert codes(report) == [("accepted-without-check", True)]
    assert str(key) in cause.why
    assert "wide-open" in cause.why
    assert f"nkey: {key}" in cause.fix


async def test_a_fix_as_it_is_pasted_makes_the_server_take_the_key(
    nats_server: StartServer, key: WatchedKey
) -> None:
    server = nats_server()
    fix = first_cause(await key.check(server.url)).fix
    pasted = fix[fix.index("authorization {") :]
    server.reload(pasted)
    assert (await key.check(server.url)).verdict is Verdict.ACCEPTED


async def test_being_let_in_as_no_auth_user_is_no_success(
    nats_server: StartServer, key: WatchedKey
) -> None:
    with WatchedKey() as known:
        server = nats_server(
            f"""server_name: n7
            accounts {{
              GUESTS {{ users = [ {{ user: guest, password: guest }} ] }}
              REAL {{ users = [ {{ nkey: {known} }} ] }}
            }}
            no_auth_user: guest"""
        )
        taken = await known.check(server.url)
        report = await key.check(server.url)
    if version() < (2, 10):
        assert codes(taken) == [("accepted-as-other", False)]
        return
    assert taken.verdict is Verdict.ACCEPTED
    assert_presentable(report)
    if report.verdict is Verdict.REFUSED:
        # This version does not fall back to no_auth_user once a key was shown.
        assert codes(report)[0] == ("key-unknown", False)
        return
    assert report.verdict is Verdict.UNCHECKED
    cause = first_cause(report)
    assert codes(report)[0] == ("accepted-as-other", True)
    assert "guest" in cause.why
    assert "GUESTS" in cause.why
    assert str(key) in cause.why


async def test_an_account_key_let_in_as_no_auth_user_is_told_apart(
    nats_server: StartServer, key: WatchedKey
) -> None:
    server = nats_server(
        f"""accounts {{
          GUESTS {{ users = [ {{ user: guest, password: guest }}, {{ nkey: {key} }} ] }}
        }}
        no_auth_user: guest"""
    )
    with WatchedKey(Kind.ACCOUNT) as account:
        report = await account.check(server.url)
    assert_presentable(report)
    assert not report.ok
    assert {"key-wrong-kind", "accepted-as-other"} & {cause.code for cause in report.causes}


async def test_a_listed_key_is_accepted_on_a_tls_port(
    nats_server: StartServer, key: WatchedKey, authority: Authority
) -> None:
    pair = authority.issue("accepted-tls")
    server = nats_server(pair.block() + f"\nauthorization {{ users = [ {{ nkey: {key} }} ] }}")
    report = await key.check(server.tls_url, tls=TlsFiles(ca=authority.ca))
    assert_presentable(report)
    assert report.verdict is Verdict.ACCEPTED
    assert stages(report) == {**ALL_BUT_TLS, "tls": True}
    tls = report.stages[3]
    assert "TLSv1.3" in tls.detail
    assert "accepted-tls" in tls.detail
    assert str(pair.until.year) in tls.detail
    assert report.causes == ()


async def test_plain_is_changed_to_tls_where_the_server_asks_for_it(
    nats_server: StartServer, key: WatchedKey, authority: Authority
) -> None:
    server = nats_server(
        authority.issue("upgraded").block()
        + f"\nauthorization {{ users = [ {{ nkey: {key} }} ] }}"
    )
    report = await key.check(f"nats://localhost:{server.port}", tls=TlsFiles(ca=authority.ca))
    assert report.verdict is Verdict.ACCEPTED
    assert stages(report)["tls"] is True
    assert codes(report) == [("tls-required", True)]
    assert f"tls://localhost:{server.port}" in first_cause(report).fix


async def test_tls_is_used_where_it_is_offered_and_asked_for(
    nats_server: StartServer, key: WatchedKey, authority: Authority
) -> None:
    server = nats_server(
        "allow_non_tls: true\n"
        + authority.issue("offered").block()
        + f"\nauthorization {{ users = [ {{ nkey: {key} }} ] }}"
    )
    plain = await key.check(f"nats://localhost:{server.port}", tls=TlsFiles(ca=authority.ca))
    secure = await key.check(server.tls_url, tls=TlsFiles(ca=authority.ca))
    assert stages(plain)["tls"] is None
    assert stages(secure)["tls"] is True
    assert plain.ok
    assert secure.ok


async def test_a_client_certificate_is_shown_where_it_is_wanted(
    nats_server: StartServer, key: WatchedKey, authority: Authority
) -> None:
    server = nats_server(
        authority.issue("mutual").block(f'ca_file: "{authority.ca}"', "verify: true")
        + f"\nauthorization {{ users = [ {{ nkey: {key} }} ] }}"
    )
    own = authority.issue("client")
    report = await key.check(
        server.tls_url, tls=TlsFiles(ca=authority.ca, cert=own.cert, key=own.key)
    )
    assert_presentable(report)
    assert report.verdict is Verdict.ACCEPTED


async def test_a_server_that_wants_tls_first_is_served_by_tls(
    nats_server: StartServer, key: WatchedKey, authority: Authority
) -> None:
    if version() < (2, 10, 5):
        pytest.skip("handshake_first came with 2.10.5")
    server = nats_server(
        authority.issue("first").block("handshake_first: true")
        + f"\nauthorization {{ users = [ {{ nkey: {key} }} ] }}"
    )
    report = await key.check(server.tls_url, tls=TlsFiles(ca=authority.ca), timeout=5)
    assert_presentable(report)
    assert report.verdict is Verdict.ACCEPTED
    assert stages(report)["tls"] is True
