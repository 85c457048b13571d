"""`list FILTER`, `--sort`, and `expiring`: which keys, in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Once, Run


@pytest.fixture
def several(vault: Run, once: Once) -> Run:
    """Beside `billing`: users that are tagged, revoked, and soon to expire."""

    def make() -> None:
        for name, *flags in (
            ("zeta", "--expires", "3d"),
            ("alpha", "--expires", "90d"),
            ("shut", "--expires", "2d"),
        ):
            assert vault("new", "user", name, "--under", "acme/orders", *flags).status == 0
        assert vault("tag", "zeta", "alpha", "--add", "prod").status == 0
        assert vault("revoke", "shut").status == 0

    once("several", make)
    return vault


def names(vault: Run, *arguments: str) -> list[str]:
    return [record["name"] for record in vault("list", *arguments, "--json").json()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["tag:prod"], ["alpha", "zeta"]),
        (["kind:user tag:prod", "alp"], ["alpha"]),
        (["revoked:"], ["shut"]),
        (["expiring:"], ["shut", "zeta"]),
        (["kind:account"], ["metrics", "orders"]),
        (["nothing-like-that"], []),
        (["state:revoked"], ["shut"]),
        (["state:expiring", "kind:user"], ["shut", "zeta"]),
        (["state:not-proved"], ["metrics", "orders", "shut"]),
        (["state:refused"], []),
        (["state:untested"], ["alpha", "billing", "shut", "zeta"]),
        (["kind:nothing"], []),
    ],
)
def test_the_words_of_the_app_s_filter_choose(
    several: Run, words: list[str], expected: list[str]
) -> None:
    assert sorted(names(several, *words)) == expected


def test_a_filter_of_blanks_leaves_everything(several: Run) -> None:
    assert names(several, " ") == names(several)


@pytest.mark.parametrize("unfinished", ["tag:", "kind:", "status:", "no:", "state:", "state:re"])
def test_a_word_that_is_not_typed_to_its_end_is_an_error_and_not_all_keys(
    vault: Run, unfinished: str
) -> None:
    done = vault("list", "billing", unfinished)
    assert (done.status, done.out) == (2, "")
    assert "kind:user" in done.err


def test_what_is_above_a_match_is_not_listed(several: Run) -> None:
    assert names(several, "billing") == ["billing"]


def test_keys_stand_in_the_order_that_is_asked_for(several: Run) -> None:
    assert names(several, "--kind", "user", "--sort", "name") == [
        "alpha", "billing", "shut", "zeta",
    ]  # fmt: skip
    by_expiry = names(several, "--kind", "user", "--sort", "expiry")
    assert by_expiry == ["shut", "zeta", "alpha", "billing"]
    ages = [record["created"] for record in several("list", "--sort", "age", "--json").json()]
    assert ages == sorted(ages)


def test_what_expires_soon_is_told_with_1_and_nothing_with_0(several: Run) -> None:
    done = several("expiring")
    assert done.status == 1
    assert "zeta" in done.out
    assert "shut" not in done.out, "it is revoked"
    assert "alpha" not in done.out
    both = several("expiring", "--within", "100d", "--json")
    assert [record["name"] for record in both.json()] == ["zeta", "alpha"]
    ends = datetime.fromisoformat(both.json()[0]["expires"])
    assert timedelta(days=2) < ends - datetime.now(UTC) <= timedelta(days=3)
    none = several("expiring", "--within", "1h")
    assert (none.status, none.out) == (0, "")
    assert several("expiring", "--within", "0d").status == 2


def test_what_has_ended_is_counted_and_named_on_demand(several: Run) -> None:
    assert several("edit", "zeta", "--expires", "2026-01-01").status == 0
    done = several("expiring")
    assert (done.status, done.out) == (0, "")
    assert "1 has ended already: nkey-wallet expiring --ended names them." in done.err
    named = several("expiring", "--ended", "--json")
    assert named.status == 1
    assert [(record["name"], record["status"]) for record in named.json()] == [("zeta", "expired")]
    several("retire", "zeta")
    assert several("expiring", "--ended").status == 0


def test_short_lived_users_are_counted_where_they_are_left_out(vault: Run) -> None:
    assert vault("creds", "billing", "--for", "15m").status == 0
    done = vault("expiring")
    assert (done.status, done.out) == (0, "")
    assert "1 is short-lived, and meant to end soon: nkey-wallet list tag:short-lived" in done.err
    assert vault("expiring", "--within", "5m").err == ""
    assert "short-lived" in vault("expiring", "--help").out


def test_an_activation_that_ends_is_named_with_what_it_lets_in(vault: Run) -> None:
    done = vault(
        *("pair", "acme/metrics", "acme/orders", "metrics.ask", "--service"),
        *("--private", "--expires", "5d"),
    )
    assert done.status == 0, done
    told = vault("expiring", "--json")
    assert told.status == 1
    (row,) = told.json()
    assert (row["kind"], row["path"]) == ("activation", "acme/orders")
    assert (row["subject"], row["exporter"]) == ("metrics.ask", "acme/metrics")
    assert "metrics.ask of acme/metrics" in vault("expiring").out
    assert vault("expiring", "--within", "1d").status == 0


def test_names_are_ordered_as_people_count(vault: Run) -> None:
    for name in ("user10", "user2", "User1"):
        vault("new", "user", name, "--under", "acme/orders")
    assert names(vault, "user", "--kind", "user", "--sort", "name") == ["User1", "user2", "user10"]


@pytest.mark.parametrize("place", ["before", "behind"])
def test_a_name_with_a_dash_is_taken_behind_two_dashes(vault: Run, place: str) -> None:
    under = ("--under", "acme/orders")
    words = ("--", "user", "--dash") if place == "before" else ("--", "--dash")
    kind = () if place == "before" else ("user",)
    assert vault("new", *kind, *under, *words).status == 0
    (listed,) = vault("list", "--json", "--", "--dash").json()
    assert listed["name"] == "--dash"
    assert vault("list", "--dash").status == 2
    assert vault("list", "--kind user").status == 2
    assert vault("new", "user", *under, "late").status == 0
    assert names(vault, "late") == ["late"]
    refused = vault("new", "user", *under, "--unknown")
    assert (refused.status, "--unknown" in refused.err) == (2, True)


def test_a_key_that_is_retired_beside_something_graver_is_shown_as_both(several: Run) -> None:
    assert several("retire", "shut", "alpha").status == 0
    assert "⊘ revoked, retired" in several("show", "shut").out
    assert "⊘ revoked –" in several("list", "shut").out
    assert "– retired\n" in several("list", "alpha").out
    assert several("retire", "shut", "--undo").status == 0
    assert "retired" not in several("show", "shut").out
