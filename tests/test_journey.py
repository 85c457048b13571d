"""Whole journeys in a real terminal, as a person makes them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.terminal import terminal
from wallet.nats.client_snippets import NamedKey
from wallet.nats.config.writer import server_authorization
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.secrets.passphrase import Passphrase
from wallet.system.natsserver import LocalServer
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

PASSPHRASE = "seven brown otters paint"

pytestmark = pytest.mark.slow


def test_from_no_vault_to_an_accepted_key_at_80_by_24(tmp_path: Path) -> None:
    """Make the vault, a key, a server that knows it, and see it accepted."""
    vault = tmp_path / "v" / "vault.nkw"
    with terminal("--vault", str(vault)) as opened:
        opened.wait_for("assphrase")
        opened.type(PASSPHRASE)
        opened.press("Tab")
        opened.type(PASSPHRASE)
        opened.press("Enter")
        opened.wait_for("A recovery code?")
        opened.press("Escape")
        opened.wait_until_gone("A recovery code?")
        opened.wait_for("no keys here yet")
        opened.press("n")
        opened.wait_for("New key", "How many")
        opened.press("BTab")
        opened.press("Enter")
        opened.type("user")
        opened.press("Enter")
        opened.press("Tab")
        opened.type("billing")
        opened.press("Enter")
        screen = opened.wait_until_gone("How many")
        screen = opened.wait_for("billing", "U")
        with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(vault, passphrase) as other:
            public = other.records.find("billing").public
        assert decode_public(public).kind is Kind.USER
        directory = tmp_path / "server"
        directory.mkdir()
        server = LocalServer(directory, server_authorization([NamedKey(public, "billing")]))
        try:
            opened.press("t")
            opened.wait_for("Test billing")
            opened.press("C-u")
            opened.type(server.url)
            opened.press("Enter")
            screen = opened.wait_for("✓ ACCEPTED")
            assert "authenticate" in screen
        finally:
            server.stop()
        opened.press("Escape")
        opened.wait_until_gone("ACCEPTED")
        opened.press("q")
        assert "ended with 0" in opened.wait_until_left()


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """A vault with one user key in it."""
    path = tmp_path / "v" / "vault.nkw"
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.create(path, passphrase, KdfCost.MINIMUM) as made,
        made.change() as records,
        Seed.generate(Kind.USER) as seed,
    ):
        records.add(seed, name="billing")
    return path


def test_a_closed_terminal_locks_and_ends_the_wallet(vault: Path) -> None:
    with terminal("--vault", str(vault)) as opened:
        opened.wait_for("assphrase")
        opened.type(PASSPHRASE)
        opened.press("Enter")
        opened.wait_for("billing")
        pid = int(opened.tmux("list-panes", "-F", "#{pane_pid}").strip())
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(int(children[0]), 1)
        screen = opened.wait_until_left()
    assert "Traceback" not in screen


def test_after_leaving_the_terminal_is_as_it_was(vault: Path) -> None:
    with terminal("--vault", str(vault), columns=160, lines=50) as opened:
        opened.wait_for("assphrase")
        opened.type(PASSPHRASE)
        opened.press("Enter")
        opened.wait_for("billing")
        opened.press("q")
        screen = opened.wait_until_left()
    assert "ended with 0" in screen
    assert not re.search(r"[│┌╭]", screen)


def test_the_demo_needs_one_command_and_a_few_keys() -> None:
    with terminal("demo") as opened:
        opened.wait_for("acme", "Throwaway demo")
        opened.press("/")
        opened.type("laptop")
        opened.wait_for("1 found")
        opened.press("Enter")
        opened.press("t")
        opened.wait_for("Test acme/metrics/laptop")
        opened.press("Enter")
        opened.wait_for("? REFUSED, NOT PROVED WHY", "refusal-not-proved")
        opened.press("F7")  # another user of its account is taken: so it is for the revocation
        opened.wait_for("✓ REFUSED, AS IT SHOULD BE", "jwt-revoked (certain)")
        opened.press("Escape")
        opened.wait_until_gone("REFUSED")
        opened.press("q")
        assert "ended with 0" in opened.wait_until_left()
