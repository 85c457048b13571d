"""Where a configuration's JWTs are: in files, in a directory, or with others, who are not asked."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.server.operators import Acme
from tests.server.rehearsing import listens_here, recorded, temporary, told, write
from tests.server.test_rehearsal_isolation import Traps, nasty, traps
from tests.server.test_rehearsal_operator import BILLING, acme, certain, copy, vault
from wallet.errors import ConfigurationError
from wallet.nats import jwt
from wallet.tasks.connection.rehearsal import rehearse
from wallet.vault.vault import Vault

__all__ = ["acme", "temporary", "traps", "vault"]  # fixtures


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """A port where nobody is to come."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        made.listen()
        made.setblocking(False)
        yield made
        with pytest.raises(BlockingIOError):
            made.accept()


def taken(acme: Acme) -> list[tuple[str, str, str, str]]:
    return [(BILLING, "accepted", acme.account.public.text, "")]


def all_of(directory: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(directory)): file.read_bytes()
        for file in directory.rglob("*")
        if file.is_file()
    }


# --- the operator's file ----------------------------------------------------------------


@pytest.mark.parametrize("decorated", [False, True])
async def test_the_operators_file_is_read_beside_the_configuration_or_here(
    vault: Vault, acme: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decorated: bool
) -> None:
    token = acme.operator_jwt()
    if decorated:
        token = (
            f"-----BEGIN NATS OPERATOR JWT-----\n{token}\n------END NATS OPERATOR JWT------\n\n"
            "-----BEGIN OPERATOR NKEY SEED-----\nsecret-of-the-file\n"
            "------END OPERATOR NKEY SEED------\n"
        )
    write(tmp_path / "conf", token + "\n", "acme.jwt")
    text = acme.configuration(acme.account_jwt(), operator='"./acme.jwt"')
    path = write(tmp_path / "conf", text)
    written: list[str] = []

    def look(_done: int, _all: int) -> None:
        made = Path(tempfile.gettempdir()).rglob("*.conf")
        written.extend(file.read_text("utf-8") for file in made)

    assert told(await rehearse(path, vault, on_progress=look)) == taken(acme)
    assert written
    assert "secret-of-the-file" not in "".join(written)
    monkeypatch.chdir(tmp_path / "conf")
    assert told(await rehearse(text, vault)) == taken(acme)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "line 1: the operator's JWT is to be in ./acme.jwt, .*no such file"),
        ("", "line 1: there is no JWT in ./acme.jwt"),
        ("SOALONGSECRETTHATISNOTAJWT", "line 1: there is no JWT in ./acme.jwt"),
        ("eyJhbGciOiJub25lIn0.e30.", "line 1: .*operator"),
    ],
)
async def test_an_operators_file_without_a_jwt_is_told_and_not_shown(
    vault: Vault, acme: Acme, tmp_path: Path, content: str | None, said: str
) -> None:
    if content is not None:
        write(tmp_path, content, "acme.jwt")
    path = write(tmp_path, acme.configuration(operator='"./acme.jwt"'))
    with pytest.raises(ConfigurationError, match=said) as refused:
        await rehearse(path, vault)
    assert "SOALONG" not in str(refused.value)


async def test_what_is_no_file_does_not_stop_it(vault: Vault, acme: Acme, tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    os.mkfifo(tmp_path / "pipe")
    for named in ("./pipe", ".", "./" + "x" * 5000, "a\\x00b"):
        path = write(tmp_path, acme.configuration(operator=f'"{named}"'))
        with pytest.raises(ConfigurationError, match="line 1"):
            await rehearse(path, vault)


async def test_several_operators_are_each_taken_for_their_accounts(
    vault: Vault, acme: Acme, tmp_path: Path
) -> None:
    other = Acme()
    write(tmp_path, acme.operator_jwt(), "acme.jwt")
    listed = f"[{other.operator_jwt(system_account=acme.system.public.text)}, './acme.jwt']"
    path = write(tmp_path, acme.configuration(acme.account_jwt(), operator=listed))
    assert told(await rehearse(path, vault)) == taken(acme)


async def test_keys_that_are_trusted_without_a_jwt_are_enough(
    vault: Vault, acme: Acme, tmp_path: Path
) -> None:
    text = acme.configuration(acme.account_jwt()).replace("operator: ", "# ")
    trusted = f"trusted: [{acme.operator.public}]\n{text}"
    assert told(await rehearse(trusted, vault)) == taken(acme)
    other = trusted.replace(str(acme.operator.public), str(Acme().operator.public))
    without = "\n".join(line for line in other.splitlines() if "system_account" not in line)
    found = await rehearse(without, vault)
    assert acme.operator.public.text in certain(found, "jwt-issuer")


# --- a directory ------------------------------------------------------------------------


def in_directory(acme: Acme, directory: str, kind: str = "full", preload: str = "") -> str:
    return (
        f"operator: {acme.operator_jwt()}\nsystem_account: {acme.system.public}\n"
        f'resolver {{ type: {kind}, dir: "{directory}", allow_delete: false }}\n'
        f"resolver_preload: {{ {acme.system.public}: {acme.account_jwt(of=acme.system)}\n"
        f"{preload}\n}}\n"
    )


async def test_the_accounts_of_a_directory_are_copied_and_the_originals_left_alone(
    vault: Vault, acme: Acme, tmp_path: Path
) -> None:
    file = write(tmp_path / "jwt", acme.account_jwt(), f"{acme.account.public}.jwt")
    write(tmp_path / "jwt", "another's secret", "seed.nk")
    before = all_of(tmp_path / "jwt")
    os.chmod(file, 0o400)
    for directory in (str(tmp_path / "jwt"), "./jwt"):
        found = await rehearse(write(tmp_path, in_directory(acme, directory)), vault)
        assert told(found) == taken(acme)
        assert all_of(tmp_path / "jwt") == before
        assert (found.instead, found.left_out) == ("", ())


async def test_of_a_directory_and_a_preload_the_newer_jwt_holds(
    vault: Vault, acme: Acme, tmp_path: Path
) -> None:
    newer = acme.account_jwt(issued=acme.now, revocations={acme.user.public.text: acme.now})
    older = acme.account_jwt(issued=acme.now - 100)
    for kept, preloaded in ((newer, older), (older, newer)):
        write(tmp_path / "jwt", kept, f"{acme.account.public}.jwt")
        text = in_directory(acme, "./jwt", preload=f"{acme.account.public}: {preloaded}")
        found = await rehearse(write(tmp_path, text), vault)
        assert acme.user.public.text in certain(found, "jwt-revoked")


async def test_a_directory_that_is_not_there_is_not_made_and_lacks_the_account(
    vault: Vault, acme: Acme, tmp_path: Path
) -> None:
    found = await rehearse(write(tmp_path, in_directory(acme, "./jwt")), vault)
    assert "other servers could still give it" in certain(found, "jwt-account-unknown")
    assert not (tmp_path / "jwt").exists()


async def test_a_directory_that_is_a_file_is_told(vault: Vault, acme: Acme, tmp_path: Path) -> None:
    write(tmp_path, "text", "jwt")
    with pytest.raises(ConfigurationError, match=r"line 3: the resolver's directory .*cannot be"):
        await rehearse(write(tmp_path, in_directory(acme, "./jwt")), vault)


async def test_damaged_files_of_a_directory_are_told_as_such(
    vault: Vault, acme: Acme, tmp_path: Path
) -> None:
    good = acme.account_jwt()
    write(tmp_path / "jwt", good[:-9] + "AAAAAAAAA", f"{acme.account.public}.jwt")
    found = await rehearse(write(tmp_path, in_directory(acme, "./jwt")), vault)
    assert not found.ok
    assert [flaw.code for flaw in found.flaws] == ["jwt-signature"]
    certain(found, "jwt-signature")


async def test_with_an_operator_nothing_outside_is_opened_dialled_or_made_either(
    vault: Vault, acme: Acme, tmp_path: Path, traps: Traps, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside, elsewhere = tmp_path / "outside", tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    write(outside / "jwt", acme.account_jwt(), f"{acme.account.public}.jwt")
    asking = acme.operator_jwt(account_server_url=f"http://127.0.0.1:{traps.tcp()}/jwt/v1")
    text = in_directory(acme, f"{outside}/jwt").replace(acme.operator_jwt(), asking)
    with_another = ("resolver {", "account_resolver")
    lines = nasty(outside, traps, text, str(acme.account.public)).splitlines()
    nasty_one = [
        line for line in lines if not line.startswith(with_another) or acme_s(line, outside)
    ]
    path = write(tmp_path, "\n".join(nasty_one))
    before = all_of(tmp_path)
    listening: list[list[int]] = []

    def look(_done: int, _all: int) -> None:
        listening.append(listens_here())

    found = await rehearse(path, vault, on_progress=look)
    assert told(found) == taken(acme)
    assert traps.touched() == []
    assert all_of(tmp_path) == before
    assert list(elsewhere.iterdir()) == []
    assert {"syslog", "ocsp"} <= set(found.left_out)
    assert found.not_started == ""
    if sys.platform == "linux":
        assert [len(ports) for ports in listening] == [1, 1], "its own port and no other"


def acme_s(line: str, outside: Path) -> bool:
    """The resolver that is meant, of those in that configuration."""
    return f'dir: "{outside}/jwt", allow_delete' in line


async def test_no_seed_that_stands_where_a_jwt_should_is_written_anywhere(
    vault: Vault, acme: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = [
        seed.encode().decode() for seed in (acme.account, acme.operator, acme.user, acme.system)
    ]
    written = recorded(monkeypatch)
    for text in (
        acme.configuration().replace("}\n", f"{acme.account.public}: {seeds[0]}\n}}\n"),
        acme.configuration(operator=seeds[1]),
        acme.configuration() + f"default_sentinel: {seeds[2]}\n",
        acme.configuration() + f"resolver_pinned_accounts: [{seeds[3]}]\n",
    ):
        with pytest.raises(ConfigurationError) as refused:
            await rehearse(write(tmp_path, text), vault)
        assert not any(seed in str(refused.value) for seed in seeds)
    assert written
    assert not any(seed in "".join(written) for seed in seeds)


# --- others, who are not asked ----------------------------------------------------------


async def test_a_url_for_accounts_is_not_asked_and_the_wallets_own_stand_in(
    vault: Vault, acme: Acme, trap: socket.socket
) -> None:
    with vault.change() as records:
        system = records.add(copy(acme.system), name="SYS", under=records.find("acme").id)
        records.tokens.set(system.id, acme.account_jwt(of=acme.system))
    url = f"http://127.0.0.1:{trap.getsockname()[1]}/jwt/v1/accounts/"
    with_password = url.replace("//", "//me:secret@")
    text = f"operator: {acme.operator_jwt()}\nresolver: URL({with_password})\n"
    found = await rehearse(text, vault)
    assert told(found) == taken(acme)
    assert f"those of this wallet: {url} was not asked" in found.instead
    asking = acme.operator_jwt(account_server_url=url.removesuffix("/accounts/"))
    found = await rehearse(f"operator: {asking}\n", vault)
    assert told(found) == taken(acme)
    assert "was not asked" in found.instead


@pytest.mark.parametrize("form", ["see URL({})", "url({}) too", "xURL ({})", 'URL( "{}" )', "URL"])
@pytest.mark.parametrize("operator", [True, False])
async def test_a_url_is_not_asked_wherever_it_stands_in_the_setting(
    vault: Vault, acme: Acme, traps: Traps, form: str, operator: bool
) -> None:
    url = f"http://127.0.0.1:{traps.tcp()}/jwt/v1/accounts/"
    text = f"resolver: '{form.format(url)}'\n"
    if operator:
        text += f"operator: {acme.operator_jwt()}\n"
    with suppress(ConfigurationError):
        await rehearse(text, vault)
    assert traps.touched() == []


async def test_without_a_resolver_the_server_says_that_it_needs_one(
    vault: Vault, acme: Acme
) -> None:
    with pytest.raises(ConfigurationError, match=r"line 1: .*needs a resolver"):
        await rehearse(f"operator: {acme.operator_jwt()}\n", vault)


async def test_what_a_cache_lacks_the_wallet_gives(
    vault: Vault, acme: Acme, tmp_path: Path
) -> None:
    text = in_directory(acme, "./jwt", "cache").replace(", allow_delete: false", "")
    found = await rehearse(write(tmp_path, text), vault)
    assert told(found) == taken(acme)
    assert "no other server was asked" in found.instead


async def test_a_server_that_trusts_nobody_here_lists_no_key_of_the_wallet(
    vault: Vault, acme: Acme
) -> None:
    other = Acme()
    found = await rehearse(other.configuration(), vault)
    assert found.rows == ()
    assert not found.ok
    assert jwt.parse(acme.user_jwt()).subject not in found.not_held
