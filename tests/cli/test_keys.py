"""`new`, `list`, `show`, `public`, `seed` and `config`."""

from __future__ import annotations

import io
import re
import sys
from datetime import datetime

import pytest

from tests.cli.conftest import AtTerminal, Run
from wallet.nats.nkeys import Seed, decode_public

FIELDS = {
    *("public", "kind", "name", "path", "status", "created"),
    *("tags", "has_seed", "expires"),
}


def test_new_prints_the_path_and_the_public_key(vault: Run) -> None:
    done = vault("new", "user", "reports", "--under", "acme/orders")
    path, public = done.out.split()
    assert (done.status, path) == (0, "acme/orders/reports")
    assert decode_public(public).kind.value == "user"


@pytest.mark.parametrize("kind", ["operator", "account", "user", "server", "cluster", "curve"])
def test_every_kind_can_be_made_without_a_name(vault: Run, kind: str) -> None:
    made = vault("new", kind, "--json").json()
    assert [key["kind"] for key in made] == [kind]
    assert made[0]["name"]
    assert vault("public", made[0]["path"]).out.strip() == made[0]["public"]


def test_several_keys_are_made_at_once_with_numbered_names(vault: Run) -> None:
    done = vault("new", "user", "device", "--under", "acme/orders", "--count", "12", "--json")
    paths = [key["path"] for key in done.json()]
    assert paths == [f"acme/orders/device-{n}" for n in range(1, 13)]
    assert len({key["public"] for key in done.json()}) == 12


def test_a_failed_batch_leaves_nothing_behind(vault: Run) -> None:
    before = vault("list", "--json").json()
    done = vault("new", "user", "device", "--under", "acme/nowhere", "--count", "3")
    assert done.status == 4
    assert "acme/nowhere" in done.err
    assert vault("list", "--json").json() == before


@pytest.mark.parametrize("count", ["0", "-1", "100001"])
def test_a_count_out_of_range_is_refused(vault: Run, count: str) -> None:
    done = vault("new", "user", "--count", count)
    assert done.status == 2
    assert "1 to 100000" in done.err


def test_a_wished_for_prefix_is_found(vault: Run) -> None:
    done = vault("new", "user", "vanity", "--prefix", "cat", "--json")
    assert done.json()[0]["public"].startswith("UCAT")


@pytest.mark.parametrize(("prefix", "reason"), [("EVE", "A, B, C or D"), ("A1", "2 to 7")])
def test_an_impossible_prefix_is_refused_before_any_search(
    vault: Run, prefix: str, reason: str
) -> None:
    done = vault("new", "user", "--prefix", prefix)
    assert done.status == 2
    assert reason in done.err


def test_a_prefix_that_would_take_years_is_refused(vault: Run) -> None:
    done = vault("new", "user", "--prefix", "ABCDEFGH")
    assert done.status == 2
    assert "at most 7" in done.err


def test_list_json_has_the_fields_of_the_contract(vault: Run) -> None:
    listed = vault("list", "--json").json()
    assert [key["path"] for key in listed] == [
        "acme",
        "acme/metrics",
        "acme/orders",
        "acme/orders/billing",
        "n1",
    ]
    for key in listed:
        assert set(key) >= FIELDS
        assert datetime.fromisoformat(key["created"]).utcoffset() is not None
        assert key["created"].endswith("Z")
        assert (key["has_seed"], key["status"], key["tags"]) == (True, "active", [])


def test_list_can_show_one_kind(vault: Run) -> None:
    assert [key["name"] for key in vault("list", "--kind", "account", "--json").json()] == [
        "metrics",
        "orders",
    ]


def test_list_is_aligned_text_without_colour(vault: Run) -> None:
    lines = vault("list").out.splitlines()
    assert len(lines) == 5
    assert len({line.index(" ", 20) for line in lines}) <= 5
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize(("command", "named"), [("list", "⊘ revoked"), ("expiring", "◔ ")])
def test_a_state_has_its_colour_on_a_terminal(
    vault: Run,
    at_terminal: AtTerminal,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    named: str,
) -> None:
    pexpect = pytest.importorskip("pexpect")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert vault("new", "user", "till", "--under", "acme/orders", "--expires", "30h").status == 0
    assert vault("revoke", "billing").status == 0
    child = at_terminal(command)
    child.expect(pexpect.EOF)
    colour = {"⊘": 31, "◔": 33}[named[0]]
    assert f"  \x1b[{colour}m{named}" in child.before
    monkeypatch.setenv("NO_COLOR", "1")
    child = at_terminal(command)
    child.expect(pexpect.EOF)
    assert "\x1b" not in child.before


def test_show_tells_everything_but_the_seed(vault: Run) -> None:
    done = vault("show", "billing")
    public = vault("public", "billing").out.strip()
    assert public in done.out
    assert "acme/orders/billing" in done.out
    assert not re.search(r"\bS[OAUNCX][A-Z2-7]{56}", done.out)
    assert vault("show", "billing", "--json").json()["notes"] == ""


def test_show_tells_how_a_user_connects_what_it_may_and_who_signed_it(vault: Run) -> None:
    assert vault("new", "user", "till", "--under", "acme/orders", "--allow-pub", "a.>").status == 0
    told = re.sub(" +", " ", vault("show", "till").out)
    assert "connects with its creds, under acme ▸ orders" in told
    assert "publishes a.>\nsubscribes everything" in told
    assert "signed by acme ▸ orders, just now" in told


@pytest.mark.parametrize("form", ["whole", "beginning", "path", "name"])
def test_a_key_is_named_by_key_beginning_path_or_name(vault: Run, form: str) -> None:
    public = vault("public", "billing").out.strip()
    ref = {"whole": public, "beginning": public[:8], "path": "acme/orders/billing"}.get(
        form, "billing"
    )
    assert vault("public", ref).out == public + "\n"


def test_a_name_that_two_keys_have_is_refused_with_both_paths(vault: Run) -> None:
    vault("new", "user", "billing", "--under", "acme/metrics")
    done = vault("public", "billing")
    assert done.status == 4
    assert "acme/orders/billing" in done.err
    assert "acme/metrics/billing" in done.err


def test_seed_needs_yes_in_a_script(vault: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    done = vault("seed", "billing")
    assert (done.status, done.out) == (2, "")
    assert "--yes" in done.err


def test_seed_prints_the_seed_alone(vault: Run) -> None:
    text = vault("seed", "billing", "--yes").out
    with Seed.decode(text.strip()) as seed:
        assert seed.public.text == vault("public", "billing").out.strip()
    assert re.fullmatch(r"SU[A-Z2-7]{56}\n", text)


def test_config_lists_the_users_named_and_those_of_accounts(vault: Run) -> None:
    vault("new", "user", "reports", "--under", "acme/orders")
    whole = vault("config", "--for", "server").out
    account = vault("config", "orders", "--for", "server").out
    one = vault("config", "billing", "--for", "server").out
    assert whole == account
    assert whole.count("nkey: U") == 2
    assert one.count("nkey: U") == 1
    assert "# acme/orders/billing" in one


def test_config_says_when_users_of_several_accounts_share_one(vault: Run) -> None:
    assert "--accounts" not in vault("config", "--for", "server").err
    vault("new", "account", "metrics", "--under", "acme")
    vault("new", "user", "grafana", "--under", "acme/metrics")
    for named in ([], ["billing", "grafana"], ["acme"]):
        done = vault("config", *named, "--for", "server")
        assert done.status == 0
        assert "2 accounts" in done.err
        assert "--accounts" in done.err
        assert "--accounts" not in done.out
    assert "--accounts" not in vault("config", "orders", "--for", "server").err
    assert "2 accounts" not in vault("config", "--for", "server", "--accounts").err


def test_config_refuses_a_key_that_cannot_connect(vault: Run) -> None:
    done = vault("config", "n1", "--for", "server")
    assert (done.status, done.out) == (2, "")
    assert "user keys only" in done.err


def test_config_writes_a_program_for_one_user(vault: Run) -> None:
    done = vault("config", "billing", "--for", "python", "--server", "nats://example.org:4222")
    assert done.status == 0
    assert "nats://example.org:4222" in done.out
    assert vault("public", "billing").out.strip() in done.out
    assert vault("config", "--for", "python").status == 2


def test_ctrl_c_gives_up_a_long_search_and_makes_nothing(vault: Run) -> None:
    pexpect = pytest.importorskip("pexpect")
    before = vault("list").out
    child = pexpect.spawn(
        sys.executable,
        ["-m", "wallet", "new", "user", "x", "--prefix", "ABCDEFG"],
        encoding="utf-8",
        timeout=60,
        dimensions=(24, 200),
    )
    child.expect(r"UABCDEFG…: [\d,]+ of about 4,294,967,296 tries, [\d,]+ a second, \d+ \w+ more")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert vault("list").out == before


@pytest.mark.parametrize("many", [[], ["--count", "2"]])
def test_an_end_that_nothing_could_hold_is_refused_and_no_key_is_made(
    vault: Run, many: list[str]
) -> None:
    """A user without an operator has no JWT: it was made, and its end dropped without a word."""
    done = vault("new", "user", "web", "--expires", "90d", *many)
    assert done.status == 1
    assert "that cannot say: expiry" in done.err
    assert "web" not in vault("list").out
    assert vault("new", "user", "web", *many).status == 0
