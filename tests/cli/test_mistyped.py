"""What is mistyped on the command line is answered with what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

SEED = "SUAKYRHVIOREXV7EUZTBHUHL7NUMHPMAS7QMDU3GTIUWEI5LDNOXD43IZY"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["lsit"], "There is no command lsit. Did you mean list?"),
        (["--vault", "x", "lst"], "There is no command lst. Did you mean list?"),
        (["--vaul", "x", "list"], "There is no flag --vaul. Did you mean --vault?"),
        (["rm", "billing"], "Did you mean delete?"),
        (["add", "user"], "Did you mean new?"),
        (["help"], "Did you mean --help?"),
        (["new", "usr"], "There is no “usr”. Did you mean user?"),
        (["list", "--kind", "acount"], "Did you mean account?"),
        (["new", "user", "--undr", "acme"], "There is no flag --undr. Did you mean --under?"),
        (["test", "billing", "--sever=x"], "There is no flag --sever. Did you mean --server?"),
        (["export", "billing", "--as", "cred", "--to", "x"], "Did you mean creds?"),
        (["exports", "orders", "ad", "x"], "There is no change ad. Did you mean add?"),
        (["exports", "orders", "add", "x", "--servce"], "Did you mean --service?"),
    ],
)
def test_a_mistyped_word_is_answered_with_the_one_meant(
    run: Run, typed: list[str], meant: str
) -> None:
    done = run(*typed)
    assert (done.status, done.out) == (2, "")
    assert meant in done.err
    assert len(done.err.splitlines()) == 2, "no page of usage before it"


def test_what_is_near_nothing_is_no_guess(run: Run) -> None:
    done = run("frobnicate")
    assert "There is no command frobnicate.\n" in done.err
    assert "Did you mean" not in run("list", "--zzz").err


def test_the_help_that_an_error_points_to_is_there(run: Run) -> None:
    for typed in (["lsit"], ["new", "usr"], ["public", "a", "b"], ["may"]):
        _, _, pointer = run(*typed).err.partition("For what it takes: nkey-wallet ")
        assert run(*pointer.split()).status == 0


def test_a_seed_in_the_place_of_a_word_is_not_shown_again(run: Run) -> None:
    for typed in ([SEED], ["new", SEED], ["list", f"--{SEED}"], ["public", "a", SEED]):
        done = run(*typed)
        assert done.status == 2
        assert SEED not in done.err + done.out


def test_a_flag_of_a_command_may_not_stand_before_it(run: Run) -> None:
    assert "There is no flag --json" in run("--json", "list").err


def test_the_beginning_that_two_keys_share_names_both(vault: Run) -> None:
    for beginning in ("A", "a"):
        done = vault("public", beginning)
        assert (done.status, done.out) == (4, "")
        assert "2 public keys begin with A: " in done.err
        for record in vault("list", "--kind", "account", "--json").json():
            assert f"{record['path']} ({record['public'][:8]}…)" in done.err


def test_a_beginning_too_short_says_so_and_names_the_key(vault: Run) -> None:
    public = vault("public", "billing").out.strip()
    done = vault("public", public[:3])
    assert (done.status, done.out) == (4, "")
    assert "4 characters or more" in done.err
    assert "acme/orders/billing" in done.err
    assert vault("public", public[:4]).out.strip() == public


def test_a_name_with_braces_that_two_keys_have_is_shown_as_it_is(vault: Run) -> None:
    for account in ("acme/orders", "acme/metrics"):
        assert vault("new", "user", "{0}", "--under", account).status == 0
    done = vault("public", "{0}")
    assert done.status == 4
    assert "2 keys are called {0}: acme/orders/{0} (U" in done.err


def test_a_weak_passphrase_in_a_file_is_refused_with_the_name_of_the_file(
    run: Run, tmp_path: Path
) -> None:
    weak = tmp_path / "weak"
    weak.write_text("password1\n", encoding="utf-8")
    done = run("init", "--passphrase-file", str(weak))
    assert done.status == 2
    assert f"The passphrase in the file {weak} will not do." in done.err
    assert "write another there" in done.err
    assert "password1" not in done.err
    assert not (tmp_path / "keys").exists()


def test_a_filter_that_nothing_fits_says_so_and_what_may_have_been_meant(vault: Run) -> None:
    done = vault("list", "kind:usr")
    assert (done.status, done.out) == (0, "")
    assert done.err == "No key fits. There is no kind:usr. Did you mean user?\n"
    done = vault("list", "kind:signing")
    assert done.err == "No key fits. There is no kind:signing. Did you mean signing:?\n"
    assert "Did you mean expired: or expiring:?" in vault("list", "expird:").err
    assert vault("list", "nothing-like-it").err == "No key fits.\n"
    assert vault("list", "kind:us").err == ""
