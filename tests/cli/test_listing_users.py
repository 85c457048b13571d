"""`config --for server`: what a list of public keys lets in, beside what the JWTs say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Run
from wallet.system.natsserver import LocalServer

Start = Callable[[str], LocalServer]


def test_the_users_of_a_role_are_listed_with_what_the_role_lets_them_do(
    vault: Run, start: Start
) -> None:
    vault("new", "account", "ro", "--signing", "--under", "acme/orders", "--role", "ro",
          "--allow-sub", "orders.{{name()}}", "--deny-pub", ">")  # fmt: skip
    vault("new", "user", "viewer", "--under", "acme/orders", "--signer", "ro")
    running = start(vault("config", "viewer", "--for", "server").out)
    for wanted, subject in ((0, "sub:orders.viewer"), (1, "sub:orders.all"), (1, "pub:orders.x")):
        done = vault("test", "viewer", "--server", running.url, "--may", subject)
        assert done.status == wanted, done.out + done.err


def test_the_defaults_of_an_account_are_listed_with_its_users(vault: Run) -> None:
    done = vault("edit", "acme/orders", "--allow-pub", "only.this")
    assert done.status == 0, done.err
    assert 'allow: ["only.this"]' in vault("config", "billing", "--for", "server").out


def test_a_revoked_user_is_listed_only_where_it_is_named_and_with_a_word(vault: Run) -> None:
    vault("new", "user", "reports", "--under", "acme/orders")
    assert vault("revoke", "billing").status == 0
    public = vault("public", "billing").out.strip()
    for refs in ([], ["acme/orders"], ["acme/orders", "--accounts"]):
        done = vault("config", *refs, "--for", "server")
        assert public not in done.out
        said = "acme/orders/billing is left out: it is revoked."
        assert said in done.err
        assert f"# {said}\n" in done.out
    done = vault("config", "billing", "--for", "server")
    assert public in done.out
    assert "acme/orders/billing is revoked, and this lets it in" in done.err


def test_where_all_are_revoked_nothing_is_written(vault: Run) -> None:
    assert vault("revoke", "billing").status == 0
    done = vault("config", "acme/orders", "--for", "server")
    assert (done.status, done.out) == (1, "")
    assert "billing is left out: it is revoked" in done.err


def test_a_list_of_an_operators_users_is_not_taken_for_that_operators_configuration(
    vault: Run,
) -> None:
    done = vault("config", "acme", "--for", "server")
    assert (done.status, "operator:" in done.out) == (0, False)
    assert "trusts no operator" in done.err
    advised = done.err[done.err.index("nkey-wallet config") :].split()
    assert vault(*advised[1:]).out.startswith("operator:")
    assert "trusts no operator" not in vault("config", "acme/orders", "--for", "server").err


def test_bounds_that_a_list_cannot_say_are_told(vault: Run) -> None:
    assert vault("config", "billing", "--for", "server").err == ""
    vault("edit", "billing", "--expires", "90d")
    done = vault("config", "billing", "--for", "server")
    assert "do not hold for acme/orders/billing" in done.err
    assert "do not hold for acme/orders/billing" in done.out.splitlines()[0]


def test_keys_keep_their_names_on_the_way_back_in(vault: Run, tmp_path: Path) -> None:
    vault("edit", "billing", "--expires", "90d")
    listed = tmp_path / "auth.conf"
    listed.write_text(vault("config", "billing", "--for", "server").out)
    other = str(tmp_path / "other.nkw")
    assert vault("init", "--vault", other, "--cost", "light").status == 0
    assert vault("import", str(listed), "--vault", other).status == 0
    assert vault("list", "--vault", other).out.split()[0] == "billing"


def test_a_server_that_checks_nobody_is_not_told_to_list_a_user_of_an_operator(
    vault: Run, start: Start
) -> None:
    vault("revoke", "billing")
    done = vault("test", "billing", "--server", start("").url)
    assert "nkey-wallet config acme --for operator" in done.out
    assert "nkey: U" not in done.out
