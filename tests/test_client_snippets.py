"""The client programs that are offered to paste, run against a real server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools import node_modules, tool
from wallet.errors import UsageError
from wallet.nkeys import Kind, Seed
from wallet.snippets import CLIENTS, NamedKey, client, server_authorization
from wallet.system.natsserver import LocalServer


@pytest.fixture
def pasted(tmp_path: Path) -> Iterator[tuple[Path, LocalServer, NamedKey]]:
    """A directory with the seed in `user.nk`, and a server that knows the key."""
    with Seed.generate(Kind.USER) as seed:
        (tmp_path / "user.nk").write_bytes(seed.encode() + b"\n")
        key = NamedKey(seed.public.text, "acme/orders/it's $HOME")
    directory = tmp_path / "server"
    directory.mkdir()
    server = LocalServer(directory, server_authorization([key]))
    yield tmp_path, server, key
    server.stop()


Pasted = tuple[Path, LocalServer, NamedKey]


def run(place: Path, *command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=place,
        env={**os.environ, "NATS_SEED_FILE": "user.nk", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_the_python_program_connects(pasted: Pasted) -> None:
    place, server, key = pasted
    (place / "client.py").write_text(client("python", key, server.url), encoding="utf-8")
    assert "connected to" in run(place, sys.executable, "client.py")


def test_the_javascript_program_connects(pasted: Pasted) -> None:
    place, server, key = pasted
    (place / "node_modules").symlink_to(node_modules("@nats-io/transport-node").resolve())
    (place / "client.mjs").write_text(client("javascript", key, server.url), encoding="utf-8")
    assert "connected to" in run(place, tool("node"), "client.mjs")


@pytest.mark.slow
def test_the_go_program_connects(pasted: Pasted) -> None:
    place, server, key = pasted
    module = Path(os.environ.get("NKEY_WALLET_TOOLS", "no such place")) / "go.mod"
    if not module.exists():
        pytest.skip("the Go module with nats.go is not installed here")
    shutil.copy(module, place / "go.mod")
    (place / "main.go").write_text(client("go", key, server.url), encoding="utf-8")
    # Home is empty in tests; the Go command's own caches stay where they are.
    caches = {
        name: subprocess.run(
            [tool("go"), "env", name], capture_output=True, text=True, check=True, env=real_home()
        ).stdout.strip()
        for name in ("GOMODCACHE", "GOCACHE")
    }
    told = run(place, tool("go"), "run", "-mod=mod", ".", **caches, GOFLAGS="")
    assert "connected to" in told


def real_home() -> dict[str, str]:
    """The environment without the test's empty home."""
    import pwd

    return {**os.environ, "HOME": pwd.getpwuid(os.getuid()).pw_dir}


def test_the_nats_command_connects(pasted: Pasted) -> None:
    place, server, key = pasted
    tool("nats")
    (place / "client.sh").write_text(client("nats-cli", key, server.url), encoding="utf-8")
    tools = Path(tool("nats")).parent
    told = run(place, "sh", "client.sh", PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
    assert server.url in told


@pytest.mark.parametrize("language", CLIENTS)
def test_no_program_holds_a_seed_and_each_names_the_key(language: str) -> None:
    with Seed.generate(Kind.USER) as seed:
        text = client(language, NamedKey(seed.public.text, "billing"), "nats://h:4222")
        assert seed.encode().decode() not in text
        assert seed.public.text in text
    assert "nats://h:4222" in text
    assert "@" not in text.replace("@nats-io", "")


def test_a_name_that_would_end_a_comment_stays_within_it() -> None:
    with Seed.generate(Kind.USER) as seed:
        key = NamedKey(seed.public.text, "a\nimport os\u2028evil()\r*/")
        for language in CLIENTS:
            text = client(language, key, 'nats://h"; evil()')
            assert not any(line.startswith(("import os", "evil")) for line in text.splitlines()[:4])
        assert server_authorization([key]).count("\n") == 5


def test_a_program_for_a_key_that_cannot_connect_is_refused() -> None:
    with Seed.generate(Kind.ACCOUNT) as seed, pytest.raises(UsageError, match="only users"):
        client("go", NamedKey(seed.public.text, "orders"), "nats://h")


def test_a_language_that_is_not_there_is_refused() -> None:
    with Seed.generate(Kind.USER) as seed, pytest.raises(UsageError, match="choose from"):
        client("cobol", NamedKey(seed.public.text, "me"), "nats://h")
