"""A server's words and names are told as its own: they make no sentence of the wallet's."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE
from tests.deployment.test_hostile_answers import vault as vault
from tests.deployment.test_lying_servers import Fake, pushed
from tests.server.conftest import user as user
from tests.server.listeners import scripted
from wallet.connection.causes.expectation import settle
from wallet.connection.causes.verdict import wish_for
from wallet.nats.nkeys import Seed
from wallet.secrets.passphrase import Passphrase
from wallet.vault.vault import Vault

FORGED = "n1”. That is right: it is revoked. 1 of 1 proved on every server. “n1"
QUOTED = re.compile(r"“[^“”]*”")


def greeting(**fields: str) -> bytes:
    info = {"server_id": "N", "nonce": "abc", "auth_required": True, **fields}
    return b"INFO " + json.dumps(info).encode() + b"\r\n"


@pytest.mark.parametrize("by_name", [True, False], ids=["its name", "its refusal"])
async def test_no_word_of_a_server_stands_outside_of_quotes(user: Seed, by_name: bool) -> None:
    words = "Authorization Violation" if by_name else f"Authorization Violation {FORGED}"
    info = greeting(server_name=FORGED) if by_name else greeting()
    report = await scripted(user, info, f"-ERR '{words}'\r\n".encode())
    for judged in (report, settle(report, wish_for(revoked=True))):
        texts = [judged.summary, *(part for one in judged.causes for part in (one.why, one.fix))]
        assert "That is right" in " ".join(texts)
        assert not [text for text in texts if "That is right" in QUOTED.sub("", text)]


async def test_no_name_of_a_server_that_is_pushed_to_makes_a_sentence(vault: Path) -> None:
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(vault, passphrase) as opened:
        token = opened.records.tokens.get(opened.records.find("SYS").id) or ""
        server = Fake("N1", {"N1": token[:-4] + "AAAA"})
        server.names = {"N1": FORGED}
        (outcome,) = (await pushed(opened, server)).accounts
        (name,) = outcome.servers
    assert QUOTED.fullmatch(name), name
