"""The client programs that are offered to paste, run against a real server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.gomodules import caches
from tests.tools import node_modules, tool
from wallet.errors import UsageError
from wallet.nats import jwt
from wallet.nats.client_snippets import CLIENTS, NamedKey, client
from wallet.nats.config.writer import SignedAccount, server_authorization
from wallet.nats.config.writer import operator as operator_config
from wallet.nats.creds import write_creds
from wallet.nats.jwt_layout import unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind, Seed
from wallet.system.natsserver import LocalServer


class Pasted(NamedTuple):
    """A directory with the user's file in it, and a server that knows the user."""

    place: Path
    server: LocalServer
    key: NamedKey
    creds: bool

    def program(self, language: str) -> str:
        return client(language, self.key, self.server.url, creds=self.creds)


@pytest.fixture(params=["a seed", "creds"])
def pasted(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Pasted]:
    """By a seed in `NAME.nk`, or by creds in `NAME.creds` where the server has an operator."""
    creds = request.param == "creds"
    directory = tmp_path / "server"
    directory.mkdir()
    with Seed.generate(Kind.USER) as seed:
        key = NamedKey(seed.public.text, "acme/orders/it's $HOME")
        if creds:
            configuration, token = _operator_knowing(seed)
            (tmp_path / "it_s__HOME.creds").write_bytes(write_creds(token, seed))
        else:
            configuration = server_authorization([key])
            (tmp_path / "it_s__HOME.nk").write_bytes(seed.encode() + b"\n")
    server = LocalServer(directory, configuration)
    yield Pasted(tmp_path, server, key, creds)
    server.stop()


def _operator_knowing(user: Seed) -> tuple[str, str]:
    """The configuration of a server with an operator, and the user's JWT."""
    now = int(time.time())
    with Seed.generate(Kind.OPERATOR) as operator, Seed.generate(Kind.ACCOUNT) as account:
        public = account.public
        of_account = jwt.issue(operator, public, unlimited_account(), issued=now, name="orders")
        token = jwt.issue(account, user.public, unlimited_user(), issued=now, name="billing")
        own = jwt.issue(operator, operator.public, {}, issued=now, name="acme")
    signed = SignedAccount(NamedKey(public.text, "orders"), of_account)
    return operator_config([own], None, [signed], "memory"), token


def run(place: Path, *command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=place,
        env={
            **os.environ,
            "NATS_SEED_FILE": "it_s__HOME.nk",
            "NATS_CREDS_FILE": "it_s__HOME.creds",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_the_python_program_connects(pasted: Pasted) -> None:
    place = pasted.place
    (place / "client.py").write_text(pasted.program("python"), encoding="utf-8")
    assert "connected to" in run(place, sys.executable, "client.py")


def test_the_javascript_program_connects(pasted: Pasted) -> None:
    place = pasted.place
    (place / "node_modules").symlink_to(node_modules("@nats-io/transport-node").resolve())
    (place / "client.mjs").write_text(pasted.program("javascript"), encoding="utf-8")
    assert "connected to" in run(place, tool("node"), "client.mjs")


@pytest.mark.slow
def test_the_go_program_connects(pasted: Pasted) -> None:
    place = pasted.place
    module = Path(os.environ.get("NKEY_WALLET_TOOLS", "no such place")) / "go.mod"
    if not module.exists():
        pytest.skip("the Go module with nats.go is not installed here")
    shutil.copy(module, place / "go.mod")
    (place / "main.go").write_text(pasted.program("go"), encoding="utf-8")
    told = run(place, tool("go"), "run", "-mod=mod", ".", **caches(), GOFLAGS="")
    assert "connected to" in told


def test_the_nats_command_connects(pasted: Pasted) -> None:
    place = pasted.place
    tool("nats")
    (place / "client.sh").write_text(pasted.program("nats-cli"), encoding="utf-8")
    tools = Path(tool("nats")).parent
    told = run(place, "sh", "client.sh", PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
    assert pasted.server.url in told


@pytest.mark.parametrize("creds", [False, True])
@pytest.mark.parametrize("language", CLIENTS)
def test_no_program_holds_a_seed_and_each_names_the_key(language: str, creds: bool) -> None:
    with Seed.generate(Kind.USER) as seed:
        text = client(language, NamedKey(seed.public.text, "billing"), "nats://h:4222", creds=creds)
        assert seed.encode().decode() not in text
        assert seed.public.text in text
    assert "nats://h:4222" in text
    assert "@" not in text.replace("@nats-io", "")


def test_a_name_that_would_end_a_comment_stays_within_it() -> None:
    with Seed.generate(Kind.USER) as seed:
        key = NamedKey(seed.public.text, "a\nimport evil\u2028evil()\r*/")
        for language in CLIENTS:
            text = client(language, key, 'nats://h"; evil()', creds=True)
            text = f"{client(language, key, 'nats://h')}\n{text}"
            assert not any(line.startswith(("import evil", "evil")) for line in text.splitlines())
        assert server_authorization([key]).count("\n") == 5


def test_a_program_for_a_key_that_cannot_connect_is_refused() -> None:
    with Seed.generate(Kind.ACCOUNT) as seed, pytest.raises(UsageError, match="only users"):
        client("go", NamedKey(seed.public.text, "orders"), "nats://h")


def test_a_language_that_is_not_there_is_refused() -> None:
    with Seed.generate(Kind.USER) as seed, pytest.raises(UsageError, match="choose from"):
        client("cobol", NamedKey(seed.public.text, "me"), "nats://h")
