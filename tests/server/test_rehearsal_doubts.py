"""What a rehearsal says of values that nats-server reads otherwise from version to version."""

from __future__ import annotations

from pathlib import Path

from tests.server.rehearsing import public, temporary, told, vault, write
from wallet.tasks.connection.rehearsal import rehearse
from wallet.vault.vault import Vault

__all__ = ["temporary", "vault"]  # fixtures


async def test_a_password_like_a_power_of_ten_is_a_text_and_told_of(
    vault: Vault, tmp_path: Path
) -> None:
    path = write(
        tmp_path,
        "authorization { users: [\n"
        f"  {{ user: calf, password: 4e2abc }}, {{ nkey: {public(vault, 'one')} }} ] }}\n",
    )
    found = await rehearse(path, vault)
    assert told(found) == [("one", "accepted", "$G", "")]
    assert found.ok
    (flaw,) = found.flaws
    assert (flaw.code, flaw.fatal, flaw.line) == ("older-servers", False, 2)
    assert "2.14.9" in flaw.why
    assert "4e2abc" not in repr(found)
