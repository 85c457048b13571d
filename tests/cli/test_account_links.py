"""`exports`, `imports`, `mappings`, `pair` and `unpair`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PASSPHRASE, Run
from tests.terminal import terminal
from wallet.nats import jwt
from wallet.nats.jwt_layout import unlimited_account
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.secrets.passphrase import Passphrase
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

Json = Any


def done(vault: Run, *arguments: str) -> str:
    outcome = vault(*arguments)
    assert outcome.status == 0, outcome
    return outcome.err


def refused(vault: Run, *arguments: str, status: int = 2) -> str:
    before = vault("jwt", "orders").out, vault("jwt", "metrics").out
    outcome = vault(*arguments)
    assert outcome.status == status, outcome
    assert (vault("jwt", "orders").out, vault("jwt", "metrics").out) == before
    return outcome.err


def exports(vault: Run, account: str = "orders") -> list[Json]:
    return list(vault("exports", account, "--json").json())


def imports(vault: Run, account: str = "metrics") -> list[Json]:
    return list(vault("imports", account, "--json").json())


def claims(vault: Run, account: str) -> dict[str, Json]:
    return dict(vault("jwt", account, "--json").json()["claims"]["nats"])


def public(vault: Run, ref: str) -> str:
    return vault("public", ref).out.strip()


def paired(vault: Run, subject: str = "orders.status") -> None:
    done(vault, "pair", "orders", "metrics", subject, "--service", "--private")


def test_an_export_is_added_changed_and_removed(vault: Run) -> None:
    words = done(
        vault,
        *("exports", "orders", "add", "orders.*.status", "--service", "--private"),
        *("--response-time", "1.5s", "--latency", "lat.orders 10%", "--response-type", "stream"),
        *("--info-url", "https://example.com", "--description", "of an order", "--allow-trace"),
    )
    assert "acme/orders has a new JWT" in words
    assert "nkey-wallet push acme/orders" in words
    (export,) = claims(vault, "orders")["exports"]
    assert export == {
        "subject": "orders.*.status",
        "type": "service",
        "token_req": True,
        "response_type": "Stream",
        "response_threshold": 1_500_000_000,
        "service_latency": {"sampling": 10, "results": "lat.orders"},
        "allow_trace": True,
        "description": "of an order",
        "info_url": "https://example.com",
    }
    assert "answers within 1500ms; latency told to lat.orders 10%" in vault("exports", "orders").out
    done(
        vault,
        *("exports", "orders", "change", "orders.*.status", "--public", "--latency", ""),
        *("--response-time", "", "--no-allow-trace", "--subject", "orders.status"),
    )
    (export,) = claims(vault, "orders")["exports"]
    assert export.keys() == {"subject", "type", "response_type", "description", "info_url"}
    assert export["subject"] == "orders.status"
    changed = vault("exports", "orders", "remove", "orders.status", "--json").json()
    assert changed["exports"] == []
    assert [account["path"] for account in changed["changed"]] == ["acme/orders"]
    assert "exports" not in claims(vault, "orders")


def test_what_servers_would_not_take_is_refused_with_the_reason(vault: Run) -> None:
    done(vault, "exports", "orders", "add", "orders.>", "--stream")
    for words, reason in (
        (["orders.new"], "--stream (messages) or --service"),
        (["orders.new", "--stream"], "by a wider subject"),
        (["orders.>", "--stream"], "is exported already"),
        (["a..b", "--stream"], "is not a subject"),
        (["a b", "--service"], "is not a subject"),
        (["a.*", "--service", "--token-position", "1"], "is no *"),
        (["a", "--stream", "--response-type", "stream"], "not answered"),
        (["a", "--service", "--response-type", "often"], "--response-type: 'often'"),
        (["a", "--service", "--response-time", "soon"], "--response-time: 'soon'"),
        (["a", "--service", "--latency", "lat.*"], "without wildcards"),
        (["a", "--service", "--latency", "lat 900%"], "--latency: '900%'"),
        (["a", "--service", "--info-url", "nowhere"], "https://"),
    ):
        assert reason in refused(vault, "exports", "orders", "add", *words)
    assert "orders.>" in refused(vault, "exports", "orders", "remove", "nothing", status=1)
    assert "user" in refused(vault, "exports", "billing")
    assert refused(vault, "exports", "nobody", status=4)


def test_a_subject_that_begins_with_dashes_is_given_behind_two(vault: Run) -> None:
    done(vault, "exports", "orders", "add", "--service", "--", "--odd")
    assert [export["subject"] for export in exports(vault)] == ["--odd"]
    done(vault, "exports", "orders", "remove", "--", "--odd")
    assert exports(vault) == []


def test_one_of_two_with_the_same_subject_is_named_by_its_number_or_kind(vault: Run) -> None:
    done(vault, "exports", "orders", "add", "orders", "--service")
    done(vault, "exports", "orders", "add", "orders", "--stream")
    assert "1 or 2" in refused(vault, "exports", "orders", "remove", "orders")
    done(vault, "exports", "orders", "remove", "orders", "--stream")
    assert [export["type"] for export in exports(vault)] == ["service"]
    done(vault, "exports", "orders", "remove", "1")
    assert exports(vault) == []


def test_pairing_makes_export_activation_and_import_and_names_what_is_to_be_pushed(
    vault: Run,
) -> None:
    words = done(
        vault,
        *("pair", "orders", "metrics", "orders.*.status", "--service", "--private"),
        *("--as", "status.$1", "--expires", "30d"),
    )
    assert "acme/orders and acme/metrics have new JWTs" in words
    assert "nkey-wallet push acme/orders acme/metrics" in words
    (export,) = exports(vault)
    assert (export["token_req"], export["importers"]) == (True, ["acme/metrics"])
    (one,) = imports(vault)
    assert (one["local_subject"], one["exporter"]) == ("status.$1", "acme/orders")
    assert one["problem"] == ""
    token = jwt.decode(one["token"])
    assert token.issuer.text == public(vault, "orders")
    assert token.subject == public(vault, "metrics")
    assert token.nats == {
        "subject": "orders.*.status",
        "kind": "service",
        "type": "activation",
        "version": 2,
    }
    assert abs((token.expires or 0) - time.time() - 30 * 86_400) < 60
    words = done(vault, "pair", "orders", "metrics", "orders.*.status")
    assert "acme/metrics has a new JWT" in words
    assert [one["activation_expires"] for one in imports(vault)] == [None]


def test_pairing_needs_what_is_unclear_to_be_said(vault: Run) -> None:
    reason = refused(vault, "pair", "orders", "metrics", "orders.status")
    assert "--stream or --service and --private or --public" in reason
    assert "SUBJECT" in refused(vault, "pair", "orders", "metrics")
    assert "--private or --public" in refused(
        vault, "pair", "orders", "metrics", "orders.status", "--service"
    )
    assert "another account" in refused(
        vault, "pair", "orders", "orders", "orders.status", "--service", "--public"
    )
    done(vault, "exports", "orders", "add", "a", "--service")
    done(vault, "exports", "orders", "add", "a", "--stream")
    assert "--stream or --service" in refused(vault, "pair", "orders", "metrics", "a")
    reason = refused(vault, "pair", "orders", "metrics", "a", "--service", "--private", status=1)
    assert "exports acme/orders change a --private" in reason
    reason = refused(
        vault, "pair", "orders", "metrics", "a", "--service", "--expires", "1d", status=1
    )
    assert "no activation that could expire" in reason


def test_an_import_of_the_own_key_is_filled_in(vault: Run) -> None:
    done(vault, "exports", "orders", "add", "own.*", "--service", "--token-position", "2")
    done(vault, "pair", "orders", "metrics", "own.*", "--as", "mine")
    (one,) = imports(vault)
    assert one["subject"] == f"own.{public(vault, 'metrics')}"
    assert "token" not in one
    words = done(vault, "imports", "metrics", "change", one["subject"], "--as", "ours")
    assert "does not come about" not in words
    words = done(
        vault,
        *("imports", "metrics", "add", "own.x", "--service", "--from", "orders", "--as", "x"),
    )
    assert "with its own public key" in words


def test_unpairing_takes_the_activation_back_and_keeps_what_else_is_imported(vault: Run) -> None:
    done(vault, "exports", "orders", "add", "orders.*", "--service", "--private")
    done(vault, "pair", "orders", "metrics", "orders.eu")
    done(vault, "pair", "orders", "metrics", "orders.us")
    copies = {one["subject"]: jwt.decode(one["token"]).issued or 0 for one in imports(vault)}
    outcome = vault("unpair", "orders", "metrics", "orders.eu", "--json")
    assert outcome.status == 0, outcome
    told = outcome.json()
    assert [account["path"] for account in told["changed"]] == ["acme/orders", "acme/metrics"]
    until = told["revoked_until"]
    assert until >= max(copies.values())
    assert exports(vault)[0]["revocations"] == {public(vault, "metrics"): until}
    (left,) = imports(vault)
    assert (left["subject"], left["problem"]) == ("orders.us", "")
    assert (jwt.decode(left["token"]).issued or 0) > until
    done(vault, "unpair", "orders", "metrics")
    assert imports(vault) == []
    assert "imports nothing like that" in refused(vault, "unpair", "orders", "metrics", status=1)


def test_unpairing_a_public_export_says_that_anybody_can_import_it_again(vault: Run) -> None:
    done(vault, "pair", "orders", "metrics", "news.>", "--stream", "--public")
    outcome = vault("unpair", "orders", "metrics", "news.>")
    assert "can import it again" in outcome.out
    assert imports(vault) == []


def test_an_activation_is_revoked_for_one_or_for_all_and_allowed_again(vault: Run) -> None:
    paired(vault)
    words = done(vault, "exports", "orders", "revoke", "orders.status", "*")
    assert "for every account that were issued until" in words
    assert "acme/metrics, import of service orders.status" in words
    assert "takes back" in imports(vault)[0]["problem"]
    assert "activations taken back: all until" in vault("exports", "orders").out
    words = done(vault, "exports", "orders", "allow", "orders.status", "*")
    assert "acme/metrics: a new activation, issued after the revocation" in words
    assert imports(vault)[0]["problem"] == ""
    assert list(exports(vault)[0]["revocations"]) == ["*"]
    assert "no activation of that account" in refused(
        vault, "exports", "orders", "allow", "orders.status", "metrics", status=1
    )
    done(vault, "exports", "orders", "revoke", "orders.status", "metrics")
    assert "acme/metrics until" in vault("exports", "orders").out
    paired_again = done(vault, "pair", "orders", "metrics", "orders.status")
    assert "does not come about" not in paired_again
    assert imports(vault)[0]["problem"] == ""
    words = done(
        vault, "exports", "orders", "revoke", "orders.status", "metrics", "--before", "2026-01-01"
    )
    assert imports(vault)[0]["problem"] == "", words
    assert "has passed" in refused(
        vault, "exports", "orders", "revoke", "orders.status", "metrics", "--before", "1d"
    )
    done(vault, "exports", "orders", "add", "news", "--stream")
    assert "change news --private" in refused(
        vault, "exports", "orders", "revoke", "news", "metrics", status=1
    )


def test_an_activation_for_a_foreign_account_goes_to_a_file_and_into_an_import(
    vault: Run, tmp_path: Path
) -> None:
    done(vault, "exports", "orders", "add", "orders.*", "--service", "--private")
    with Seed.generate(Kind.ACCOUNT) as seed:
        foreign = seed.public.text
    before = vault("jwt", "orders").out
    outcome = vault("exports", "orders", "activate", "orders.*", foreign, "--only", "orders.eu")
    assert jwt.decode(outcome.out.strip()).subject == foreign
    assert vault("jwt", "orders").out == before
    file = tmp_path / "activation.jwt"
    done(vault, "exports", "orders", "activate", "orders.*", "metrics", "--to", str(file))
    assert vault("exports", "orders", "activate", "orders.*", "metrics", "--to", str(file)).status
    framed = f"-----BEGIN NATS ACTIVATION JWT-----\n{file.read_text()}------END NATS ACT\n"
    file.write_text(framed)
    words = done(
        vault,
        *("imports", "metrics", "add", "orders.eu", "--from", public(vault, "orders")),
        *("--activation", str(file)),
    )
    assert "does not come about" not in words
    assert imports(vault)[0]["type"] == "service"
    assert "within" in refused(
        vault, "exports", "orders", "activate", "orders.*", "metrics", "--only", "x"
    )
    assert "Name it" in refused(vault, "exports", "orders", "activate", "orders.*", "*")
    file.write_text(vault("jwt", "orders").out)
    reason = refused(
        vault,
        *("imports", "metrics", "add", "orders.us", "--from", "orders", "--activation", str(file)),
    )
    assert "no activation" in reason


def test_an_import_of_a_foreign_account_is_taken_by_its_public_key(vault: Run) -> None:
    with Seed.generate(Kind.ACCOUNT) as seed:
        foreign = seed.public.text
    assert "--stream (messages)" in refused(
        vault, "imports", "metrics", "add", "jobs.>", "--from", foreign
    )
    done(vault, "imports", "metrics", "add", "jobs.>", "--from", foreign, "--stream", "--as", "j.>")
    (one,) = imports(vault)
    assert (one["exporter"], one["problem"]) == (foreign, "")
    assert "already" in refused(
        vault, "imports", "metrics", "add", "jobs.>", "--from", foreign, "--stream", status=1
    )
    done(vault, "imports", "metrics", "change", "jobs.>", "--as", "", "--name", "jobs")
    assert "local_subject" not in imports(vault)[0]
    assert refused(
        vault, "imports", "metrics", "add", "x", "--from", foreign[:-1], "--stream", status=4
    )
    assert "no account's" in refused(
        vault, "imports", "metrics", "add", "x", "--from", "billing", "--stream"
    )
    done(vault, "imports", "metrics", "remove", "jobs.>", "--from", foreign)
    assert imports(vault) == []


def test_without_the_exporters_seed_a_public_export_is_paired_and_a_private_one_is_not(
    vault: Run, tmp_path: Path
) -> None:
    with Passphrase(PASSPHRASE) as passphrase, Seed.generate(Kind.ACCOUNT) as seed:
        metrics = decode_public(public(vault, "metrics"))
        activation = jwt.issue_activation(
            seed, metrics, "service", "closed", issued=int(time.time())
        )
        unlocked = Vault.unlock(tmp_path / "keys" / "vault.nkw", passphrase)
        with unlocked, unlocked.change() as records:
            acme = records.find("acme")
            theirs = Issuing(records).add_public(seed.public, name="theirs", under=acme.id)
            told = Issuing(records)
            told.edit(
                theirs.id,
                {
                    **told.claims(theirs.id),
                    "exports": [
                        {"subject": "open", "type": "service"},
                        {"subject": "closed", "type": "service", "token_req": True},
                    ],
                },
            )
    done(vault, "pair", "theirs", "metrics", "open")
    reason = refused(vault, "pair", "theirs", "metrics", "closed", status=1)
    assert "cannot be signed here" in reason
    assert "--activation FILE" in reason
    done(vault, "unpair", "theirs", "metrics", "open")
    assert imports(vault) == []
    file = tmp_path / "activation.jwt"
    file.write_text(activation)
    words = done(
        vault, "imports", "metrics", "add", "closed", "--from", "theirs", "--activation", str(file)
    )
    assert "does not come about" not in words
    done(vault, "unpair", "theirs", "metrics", "closed")
    assert imports(vault) == []
    assert "revocations" in exports(vault, "theirs")[0]  # its operator is here, and signs that


def test_an_import_goes_too_where_nobody_here_can_take_its_activation_back(
    vault: Run, tmp_path: Path
) -> None:
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Seed.generate(Kind.OPERATOR) as operator,
        Seed.generate(Kind.ACCOUNT) as account,
    ):
        metrics = decode_public(public(vault, "metrics"))
        now = int(time.time())
        activation = jwt.issue_activation(account, metrics, "stream", "news", issued=now)
        export = {"subject": "news", "type": "stream", "token_req": True}
        unlocked = Vault.unlock(tmp_path / "keys" / "vault.nkw", passphrase)
        with unlocked, unlocked.change() as records:
            far = records.add_public(operator.public, name="far")
            records.tokens.set(far.id, jwt.issue(operator, operator.public, {}, issued=now))
            theirs = records.add_public(account.public, name="theirs", under=far.id)
            nats = {**unlimited_account(), "exports": [export]}
            records.tokens.set(theirs.id, jwt.issue(operator, account.public, nats, issued=now))
    file = tmp_path / "activation.jwt"
    file.write_text(activation)
    done(vault, "imports", "metrics", "add", "news", "--from", "theirs", "--activation", str(file))
    outcome = vault("unpair", "theirs", "metrics", "news")
    assert outcome.status == 0, outcome
    assert "is not taken back: a copy of it counts on" in outcome.err
    assert "can import it again" not in outcome.out
    assert imports(vault) == []


def test_an_expired_activation_is_told_and_renewed(vault: Run, tmp_path: Path) -> None:
    paired(vault)
    file = tmp_path / "nats.json"
    with Passphrase(PASSPHRASE) as passphrase:
        unlocked = Vault.unlock(tmp_path / "keys" / "vault.nkw", passphrase)
        with unlocked, unlocked.open_seed(decode_public(public(vault, "orders"))) as seed:
            metrics = decode_public(public(vault, "metrics"))
            old = jwt.issue_activation(
                seed, metrics, "service", "orders.status", issued=1_700_000_000, expires=1_700_000_9
            )
    nats = claims(vault, "metrics")
    nats["imports"][0]["token"] = old
    file.write_text(json.dumps(nats))
    assert "expired on" in done(vault, "edit", "metrics", "--claims", str(file))
    assert "! the activation expired on" in vault("imports", "metrics").out
    assert "expired already" in refused(
        vault, "pair", "orders", "metrics", "orders.status", "--expires", "2020-01-01"
    )
    done(vault, "pair", "orders", "metrics", "orders.status")
    assert imports(vault)[0]["problem"] == ""


@pytest.fixture
def flawed(vault: Run, tmp_path: Path) -> Run:
    """The vault, with an account of elsewhere that exports and imports what nobody takes."""
    with Passphrase(PASSPHRASE) as passphrase:
        unlocked = Vault.unlock(tmp_path / "keys" / "vault.nkw", passphrase)
        with unlocked, unlocked.change() as records:
            acme, orders = records.find("acme"), records.find("orders")
            own = records.tokens.claims(orders.id)
            nats = {
                **(own.nats if own else {}),
                "exports": [
                    {"subject": "a", "type": "service"},
                    {"subject": "a", "type": "service"},
                    {"subject": "b", "type": "neither"},
                    {"type": "stream"},
                    {"subject": ["c"], "type": {"a": 1}, "service_latency": 3, "revocations": "x"},
                    None,
                ],
                "imports": [{"subject": "x.>", "type": "stream"}],
                "mappings": {"m": [{"subject": "n", "weight": 90}, {"subject": "o", "weight": 90}]},
            }
            with records.open_seed(decode_public(acme.public)) as seed:
                token = jwt.issue(
                    seed, decode_public(orders.public), nats, issued=int(time.time()), name="orders"
                )
            records.tokens.set(orders.id, token)
    return vault


def test_an_old_flawed_account_is_listed_and_mended_entry_by_entry(flawed: Run) -> None:
    assert len(exports(flawed)) == 6
    reason = refused(flawed, "pair", "orders", "metrics", "z", "--service", "--public")
    assert "exports[" in reason
    done(flawed, "exports", "orders", "remove", "3")
    done(flawed, "exports", "orders", "remove", "2")
    assert "neither" in flawed("exports", "orders").out
    assert "! it does not say from which" in flawed("imports", "orders").out
    assert "by its number" in refused(flawed, "exports", "orders", "remove", "a")
    assert "refuses the whole JWT" in done(flawed, "exports", "orders", "remove", "b")
    refused(flawed, "exports", "orders", "add", "c", "--service")
    done(flawed, "exports", "orders", "remove", "1")  # the one without a subject is the first
    done(flawed, "exports", "orders", "remove", "2")
    done(flawed, "imports", "orders", "remove", "x.>")
    assert "refuses" not in done(flawed, "mappings", "orders", "remove", "m", "o")
    done(flawed, "exports", "orders", "add", "c", "--service")
    assert [export["subject"] for export in exports(flawed)] == ["a", "c"]


def test_mappings_are_weighted_by_cluster(vault: Run) -> None:
    done(vault, "mappings", "orders", "add", "a.*", "b.$1", "--weight", "60")
    assert "120 %" in refused(vault, "mappings", "orders", "add", "a.*", "c.$1", "--weight", "60")
    done(vault, "mappings", "orders", "add", "a.*", "c.$1", "--weight", "40")
    done(vault, "mappings", "orders", "add", "a.*", "d.$1", "--cluster", "eu")
    assert "`change`" in refused(vault, "mappings", "orders", "add", "a.*", "b.$1", status=1)
    assert "`add`" in refused(vault, "mappings", "orders", "change", "a.*", "z.$1", status=1)
    done(vault, "mappings", "orders", "change", "a.*", "b.$1", "--weight", "50")
    weights = {
        one["subject"]: (one.get("weight"), one.get("cluster"))
        for one in claims(vault, "orders")["mappings"]["a.*"]
    }
    assert weights == {"b.$1": (50, None), "c.$1": (40, None), "d.$1": (None, "eu")}
    assert "in the cluster eu" in vault("mappings", "orders").out
    assert "does not have" in refused(vault, "mappings", "orders", "add", "a", "b.$1")
    assert "1 to 100" in refused(vault, "mappings", "orders", "add", "q", "r", "--weight", "0")
    assert "but to" in refused(vault, "mappings", "orders", "remove", "a.*", "nowhere", status=1)
    done(vault, "mappings", "orders", "remove", "a.*", "d.$1")
    left = vault("mappings", "orders", "remove", "a.*", "--json").json()["mappings"]
    assert left == []


def test_accounts_of_different_operators_are_paired_with_a_word_on_servers(vault: Run) -> None:
    assert vault("new", "operator", "other").status == 0
    assert vault("new", "account", "far", "--under", "other").status == 0
    words = done(vault, "pair", "orders", "far", "news", "--stream", "--public")
    assert "only on servers that trust both" in words


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal as POSIX has them")
def test_on_a_terminal_the_wizard_asks_what_is_unclear(vault: Run) -> None:
    done(vault, "exports", "orders", "add", "news.>", "--stream")
    keys = {name: os.environ[name] for name in ("NKEY_WALLET_VAULT", "NKEY_WALLET_PASSPHRASE_FILE")}
    with terminal("pair", "orders", "metrics", environment=keys) as shown:
        shown.wait_for("news.>", "Number of the export, or another subject:")
        shown.type("jobs")
        shown.press("Enter")
        shown.wait_for("Is jobs a service, which answers, or a stream of messages?")
        shown.type("s")
        shown.press("Enter")  # which of the two?
        shown.type("se")
        shown.press("Enter")
        shown.wait_for("Is jobs private, only with the activation that is made, or public?")
        shown.type("pr")
        shown.press("Enter")
        shown.wait_for("imports service jobs from acme/orders, with an activation.", "with 0")
    assert [one["subject"] for one in imports(vault)] == ["jobs"]


def test_an_activation_of_a_signing_key_that_is_rotated_out_is_signed_anew(vault: Run) -> None:
    done(vault, "new", "operator", "s", "--signing", "--under", "acme")
    done(vault, "edit", "acme", "--strict")
    (signer,) = [key for key in vault("list", "--json").json() if "orders/signing" in key["path"]]
    paired(vault)
    assert jwt.decode(imports(vault)[0]["token"]).issuer.text == signer["public"]
    done(vault, "rotate", signer["public"], "--as", "leaked", "--yes")
    (one,) = imports(vault)
    assert jwt.decode(one["token"]).issuer.text != signer["public"]
    assert one["problem"] == ""


def test_an_activation_that_was_taken_back_is_not_signed_anew_in_a_rotation(vault: Run) -> None:
    done(vault, "new", "operator", "s", "--signing", "--under", "acme")
    done(vault, "edit", "acme", "--strict")
    (signer,) = [key for key in vault("list", "--json").json() if "orders/signing" in key["path"]]
    paired(vault)
    done(vault, "exports", "orders", "revoke", "orders.status", "*")
    before = imports(vault)[0]["token"]
    done(vault, "rotate", signer["public"], "--as", "leaked", "--yes")
    assert imports(vault)[0]["token"] == before


def test_an_activation_of_a_signing_key_that_is_deleted_is_signed_anew_or_told(vault: Run) -> None:
    done(vault, "new", "operator", "s", "--signing", "--under", "acme")
    done(vault, "edit", "acme", "--strict")
    paired(vault)
    first = jwt.decode(imports(vault)[0]["token"]).issuer.text
    done(vault, "new", "account", "second", "--signing", "--under", "acme/orders")
    done(vault, "delete", first, "--yes")
    second = jwt.decode(imports(vault)[0]["token"]).issuer.text
    assert second == public(vault, "acme/orders/second")
    words = done(vault, "delete", second, "--yes")
    assert "acme/metrics: its activation is of a key that is out" in words


def test_an_import_stays_where_unpairing_would_end_another_for_good(
    vault: Run, tmp_path: Path
) -> None:
    with Passphrase(PASSPHRASE) as passphrase, Seed.generate(Kind.ACCOUNT) as seed:
        metrics = decode_public(public(vault, "metrics"))
        tokens = [
            jwt.issue_activation(seed, metrics, "service", subject, issued=int(time.time()))
            for subject in ("x.a", "x.b")
        ]
        unlocked = Vault.unlock(tmp_path / "keys" / "vault.nkw", passphrase)
        with unlocked, unlocked.change() as records:
            acme = records.find("acme")
            theirs = Issuing(records).add_public(seed.public, name="theirs", under=acme.id)
            issuing = Issuing(records)
            export = {"subject": "x.*", "type": "service", "token_req": True}
            issuing.edit(theirs.id, {**issuing.claims(theirs.id), "exports": [export]})
    for subject, token in zip(("x.a", "x.b"), tokens, strict=True):
        file = tmp_path / f"{subject}.jwt"
        file.write_text(token)
        done(
            vault,
            "imports",
            "metrics",
            "add",
            subject,
            "--from",
            "theirs",
            "--activation",
            str(file),
        )
    reason = refused(vault, "unpair", "theirs", "metrics", "x.a", status=1)
    assert "service x.b would lose its activation too" in reason
    assert "nkey-wallet imports acme/metrics remove" in reason
    done(vault, "imports", "metrics", "remove", "x.a")
    assert [one["subject"] for one in imports(vault)] == ["x.b"]


def test_an_import_whose_activation_is_taken_back_is_no_way_to_a_subject(vault: Run) -> None:
    paired(vault)
    done(vault, "new", "user", "asker", "--under", "acme/metrics")
    assert vault("may", "asker", "orders.status").status == 0
    assert "import-idle" not in vault("health", "--json").out
    done(vault, "exports", "orders", "revoke", "orders.status", "metrics")
    outcome = vault("may", "asker", "orders.status", "--json")
    assert outcome.status == 1
    assert outcome.json()["may"] is None
    assert "takes back activations" in outcome.json()["why"]
    assert vault("may", "asker", "orders.status", "--sub").status == 0
    assert vault("may", "asker", "elsewhere").status == 0
    health = vault("health", "--json")
    assert health.status == 1
    assert "import-idle" in health.out
    done(vault, "exports", "orders", "allow", "orders.status", "metrics")
    assert vault("may", "asker", "orders.status").status == 0
    assert "import-idle" not in vault("health", "--json").out


@pytest.mark.parametrize("account", ["orders", "orders-old"])
def test_what_either_account_of_a_rotation_takes_back_stays_taken_back(
    vault: Run, account: str
) -> None:
    done(vault, "pair", "acme/orders", "acme/metrics", "help", "--service", "--private")
    done(vault, "rotate", "acme/orders", "--as", "planned", "--yes")
    done(vault, "exports", account, "revoke", "help", "metrics")
    for name in ("orders", "orders-old"):
        (export,) = exports(vault, name)
        assert len(export["revocations"]) == 1, name
    done(vault, "rotate", "acme/orders", "--importers", "--yes")
    assert "the import does not come about" in vault("imports", "metrics").out
