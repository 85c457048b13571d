"""`creds`: a user's own, and those of a user that lasts for minutes and whose seed nobody keeps."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE, Run
from wallet.nats import jwt
from wallet.nats.creds import read_creds
from wallet.nats.jwt_layout import unlimited_user
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.secrets.passphrase import Passphrase
from wallet.system.natsserver import LocalServer
from wallet.vault.records import Records
from wallet.vault.vault import Vault

Start = Callable[[str], LocalServer]


def listed(vault: Run) -> list[dict[str, object]]:
    records = vault("list", "--json").json()
    assert isinstance(records, list)
    return records


def test_without_a_time_they_are_those_of_the_user(vault: Run) -> None:
    done = vault("creds", "billing")
    assert done.status == 0, done.err
    with read_creds(done.out).seed as seed:
        assert seed.public.text == vault("public", "billing").out.strip()


def test_a_short_lived_user_may_the_same_and_its_seed_is_not_kept(
    vault: Run, tmp_path: Path
) -> None:
    vault("edit", "billing", "--allow-pub", "orders.>", "--deny-sub", "secret")
    vault("tag", "billing", "--add", "prod")
    before = vault("jwt", "billing").out
    to = tmp_path / "short.creds"
    done = vault("creds", "billing", "--for", "15m", "--to", str(to))
    assert done.status == 0, done.err
    (short,) = [record for record in listed(vault) if "-short-" in str(record["name"])]
    assert short["has_seed"] is False
    assert short["expires"] is not None
    assert vault("jwt", "billing").out == before
    found = read_creds(to.read_bytes())
    with found.seed as seed:
        assert seed.public.text == short["public"]
        assert seed.encode() not in (done.out + done.err).encode()
    assert found.claims.nats["pub"] == {"allow": ["orders.>"]}
    assert found.claims.nats["sub"] == {"deny": ["secret"]}
    assert found.claims.name == "billing"
    assert (found.claims.expires or 0) - (found.claims.issued or 0) == 900


@pytest.mark.parametrize("words", ["revoke billing", "edit billing --expires 2020-01-01"])
def test_creds_and_export_say_alike_that_servers_refuse_them(
    vault: Run, words: str, tmp_path: Path
) -> None:
    assert vault(*words.split()).status == 0
    to = ("--to", str(tmp_path / "billing.creds"))
    refused = vault("creds", "billing", *to)
    assert refused.status == 1
    who = "servers that have that revocation" if "revoke" in words else "servers"
    assert f"{who} refuse them" in refused.err
    assert "nkey-wallet export acme/orders/billing --as creds --to FILE" in refused.err
    written = vault("export", "billing", "--as", "creds", *to)
    assert written.status == 0
    assert f"{who} refuse it with this creds file" in written.err


def test_it_never_lasts_longer_than_the_user_itself(vault: Run) -> None:
    vault("edit", "billing", "--expires", "5m")
    end = listed(vault)[-2]["expires"]
    short = read_creds(vault("creds", "billing", "--for", "1h").out)
    short.seed.wipe()
    assert time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(short.claims.expires)) == end


@pytest.mark.parametrize("command", ["retire", "revoke"])
@pytest.mark.parametrize("flags", [[], ["--for", "15m"]])
def test_none_are_given_out_of_a_user_that_is_out(
    vault: Run, command: str, flags: list[str]
) -> None:
    vault(command, "billing")
    count = len(listed(vault))
    done = vault("creds", "billing", *flags)
    assert (done.status, done.out) == (1, "")
    assert command[:5] in done.err
    assert len(listed(vault)) == count


def test_one_that_has_ended_gives_none(vault: Run) -> None:
    vault("edit", "billing", "--expires", "1s")
    time.sleep(1.2)
    done = vault("creds", "billing", "--for", "15m")
    assert (done.status, done.out) == (1, "")
    assert "expired" in done.err


def test_a_file_that_is_there_stays_and_no_user_is_made(vault: Run, tmp_path: Path) -> None:
    to = tmp_path / "short.creds"
    to.write_text("mine")
    assert vault("creds", "billing", "--for", "15m", "--to", str(to)).status == 2
    assert to.read_text() == "mine"
    assert not [record for record in listed(vault) if "-short-" in str(record["name"])]


def test_nobody_is_warned_that_it_ends_and_a_tag_finds_it(vault: Run) -> None:
    vault("creds", "billing", "--for", "15m")
    assert vault("expiring").status == 0
    (short,) = vault("list", "tag:short-lived", "--json").json()
    assert vault("revoke", short["public"]).status == 0
    assert vault("list", "revoked:", "--json").json()[0]["public"] == short["public"]


@pytest.mark.parametrize("given", ["0s", "soon"])
def test_a_time_that_is_none_is_refused(vault: Run, given: str) -> None:
    assert vault("creds", "billing", "--for", given).status == 2


def test_a_short_lived_user_of_a_role_has_the_role(vault: Run) -> None:
    vault("new", "account", "ro", "--signing", "--under", "acme/orders", "--role", "ro",
          "--allow-sub", "orders.{{name()}}")  # fmt: skip
    vault("new", "user", "viewer", "--under", "acme/orders", "--signer", "ro")
    short = read_creds(vault("creds", "viewer", "--for", "15m").out)
    short.seed.wipe()
    assert short.claims.issuer.text == vault("public", "ro").out.strip()
    assert short.claims.account == vault("public", "acme/orders").out.strip()
    assert short.claims.name == "viewer"
    assert "subs" not in short.claims.nats


def test_a_server_takes_it_until_its_time_and_not_after(
    vault: Run, start: Start, tmp_path: Path
) -> None:
    server = start(vault("config", "acme", "--for", "operator").out)
    to = tmp_path / "short.creds"
    other = str(tmp_path / "other.nkw")
    assert vault("init", "--vault", other, "--cost", "light").status == 0
    # As long as a busy machine may need for what is done before it ends.
    assert vault("creds", "billing", "--for", "8s", "--to", str(to)).status == 0
    ends = time.time() + 8
    assert vault("import", str(to), "--vault", other).status == 0
    name = vault("list", "--json", "--vault", other).json()[-1]["public"]

    def tested() -> dict[str, object]:
        done = vault("test", name, "--server", server.url, "--json", "--vault", other)
        answer = json.loads(done.out)
        assert isinstance(answer, dict)
        return answer

    assert tested()["ok"] is True
    time.sleep(max(0, ends + 0.5 - time.time()))
    refused = tested()
    assert refused["ok"] is False
    assert "jwt-expired" in json.dumps(refused["causes"])


def ended_short_lived(records: Records, name: str, ago: int, signed: int | None = None) -> str:
    """A short-lived user of orders that ended so many seconds ago; its public key."""
    now, account = int(time.time()), records.find("acme/orders")
    with Seed.generate(Kind.USER) as seed:
        user = records.add_public(seed.public, name=name, under=account.id, tags=["short-lived"])
        with records.open_seed(decode_public(account.public)) as signing:
            issued = now - ago - 60 if signed is None else signed
            token = jwt.issue(
                *(signing, seed.public, unlimited_user()), issued=issued, name=name,
                expires=now - ago,
            )  # fmt: skip
        records.tokens.set(user.id, token)
        return seed.public.text


def test_those_that_ended_are_taken_out_with_the_next_and_nothing_is_revoked(vault: Run) -> None:
    day = 24 * 3600
    with opened_vault() as opened, opened.change() as records:
        ended_short_lived(records, "old", 2 * day)
        ended_short_lived(records, "just-ended", day // 2)
        ended_short_lived(records, "signed-anew", 2 * day, signed=int(time.time()) + 100)
    before = vault("jwt", "acme/orders").out
    done = vault("creds", "billing", "--for", "15m")
    assert "Taken out of the vault: 1 short-lived user that ended" in done.err
    names = {str(record["name"]) for record in listed(vault)}
    assert names >= {"just-ended", "signed-anew"}
    assert "old" not in names
    assert vault("jwt", "acme/orders").out == before


def test_to_delete_one_that_ended_revokes_nothing_and_one_that_may_last_is_revoked(
    vault: Run,
) -> None:
    day = 24 * 3600
    with opened_vault() as opened, opened.change() as records:
        ended_short_lived(records, "old", 2 * day)
        recent = ended_short_lived(records, "just-ended", day // 2)
    before = vault("jwt", "acme/orders").out
    told = vault("delete", "old", "--yes").err
    assert "revokes it" not in told
    assert vault("jwt", "acme/orders").out == before
    assert "revokes it" in vault("delete", "just-ended", "--yes").err
    claims = vault("jwt", "acme/orders", "--json").json()["claims"]
    assert set(claims["nats"]["revocations"]) == {recent}


def opened_vault() -> Vault:
    with Passphrase(PASSPHRASE) as passphrase:
        return Vault.unlock(Path(os.environ["NKEY_WALLET_VAULT"]), passphrase)
