"""`may`: what a user may do in the end, without a server."""

from __future__ import annotations

from tests.cli.conftest import Run


def test_may_says_yes_with_0_and_no_with_1_and_which_rule(vault: Run) -> None:
    assert vault("edit", "billing", "--allow-pub", "orders.>", "--deny-sub", "x").status == 0
    yes = vault("may", "billing", "orders.new")
    assert yes.status == 0
    assert "✓ acme/orders/billing may publish to orders.new." in yes.out
    no = vault("may", "billing", "other", "--json")
    assert no.status == 1
    assert no.json()["may"] is False
    assert no.json()["rule"] == "own: pub.allow"
    assert set(no.json()) >= {"may", "rule", "why"}
    for flag in ("--sub", "--subscribe"):
        assert vault("may", "billing", "x", flag, "--json").json()["rule"] == "own: sub.deny x"
    assert vault("may", "billing", "y", "--queue", "workers").status == 0


def test_a_revoked_user_may_nothing(vault: Run) -> None:
    assert vault("may", "billing", "a", "--pub").status == 0
    assert vault("revoke", "billing").status == 0
    answer = vault("may", "billing", "a", "--json")
    assert (answer.status, answer.json()["rule"]) == (1, "jwt-revoked")
    assert ", acme/orders) revokes its JWTs" in vault("may", "billing", "a").out


def test_a_user_of_a_role_is_told_by_its_role(vault: Run) -> None:
    role = ("new", "account", "worker", "--signing", "--under", "acme/orders")
    assert vault(*role, "--role", "worker", "--allow-pub", "jobs.{{name()}}").status == 0
    user = ("new", "user", "joe", "--under", "acme/orders", "--signer", "worker")
    assert vault(*user).status == 0
    answer = vault("may", "joe", "jobs.joe", "--json").json()
    assert (answer["may"], answer["rule"]) == (True, "role: pub.allow jobs.joe")


def test_a_user_without_a_jwt_is_told_as_a_list_would_have_it(vault: Run) -> None:
    assert vault("new", "user", "listed").status == 0
    assert vault("edit", "listed", "--deny-pub", "a.>").status == 0
    assert vault("may", "listed", "a.b", "--json").json()["rule"] == "own: pub.deny a.>"
    assert vault("may", "listed", "b").status == 0


def test_what_nobody_can_be_asked_about_is_refused_with_2(vault: Run) -> None:
    for arguments in (
        ("acme/orders", "a"),
        ("billing", "a..b"),
        ("billing", "a b"),
        ("billing", "a.*"),
        ("billing", "a", "--pub", "--sub"),
    ):
        assert vault("may", *arguments).status == 2, arguments
    assert vault("may", "nobody-here", "a").status == 4


def test_without_a_subject_all_that_the_user_may_is_told(vault: Run) -> None:
    assert vault("edit", "billing", "--allow-pub", "orders.>").status == 0
    told = vault("may", "billing")
    assert told.status == 0
    assert "Publish: orders.>." in told.out
    assert "With all users of its account:" in told.out
    assert "Publish: orders.>." in vault("may", "billing", "--json").json()["rights"]
    assert vault("may", "billing", "--sub").status == 2


def test_a_jwt_is_told_in_words_with_what_servers_object_to(vault: Run) -> None:
    told = vault("jwt", "billing", "--words").out
    assert ", acme/orders/billing) of the account" in told
    assert "Does not expire." in told
    assert "✗" not in told
    assert vault("revoke", "billing").status == 0
    assert told.splitlines()[0] != vault("jwt", "billing", "--words").out.splitlines()[0]
    assert vault("jwt", "billing", "--words").out.startswith("✗ In its JWT of ")
