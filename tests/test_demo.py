"""The demo: what it offers, and that nothing of it stays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from wallet.connection.causes.report import Verdict
from wallet.connection.check.attempt import check
from wallet.connection.check.request import Server
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import decode_public
from wallet.system.natsserver import ServerFailedError
from wallet.tasks import demo
from wallet.tasks.connection.keys_under_test import keyring_of
from wallet.vault.vault import Vault

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary directory of the test's own, so that other demos are left alone."""
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return place


@pytest.mark.parametrize(
    ("user", "verdict"),
    [
        ("billing", Verdict.ACCEPTED),
        ("reports", Verdict.ACCEPTED),
        ("grafana", Verdict.ACCEPTED),
        ("laptop", Verdict.REFUSED),
        ("old-batch", Verdict.REFUSED),
        ("sensor", Verdict.REFUSED),
    ],
)
async def test_the_demo_server_takes_some_keys_and_refuses_others(
    user: str, verdict: Verdict
) -> None:
    with (
        demo.running() as running,
        running.passphrase() as passphrase,
        Vault.unlock(running.path, passphrase) as vault,
    ):
        record = vault.records.find(user)
        report = await check(
            Server(Target.parse(running.server_url)),
            decode_public(record.public),
            keyring_of(vault),
        )
    assert report.verdict is verdict


def test_the_demo_server_takes_what_is_pushed(tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text(demo.PASSPHRASE)
    secret.chmod(0o600)
    with demo.running() as running:

        def wallet(*words: str) -> int:
            ways = ["--vault", str(running.path), "--passphrase-file", str(secret)]
            program = [sys.executable, "-m", "wallet", *words, *ways]
            return subprocess.run(program, check=False, capture_output=True).returncode

        at = ["--server", running.server_url]
        assert wallet("test", "billing", *at) == 0
        time.sleep(1.1)  # what is issued in the second of a revocation is not revoked
        assert wallet("revoke", "billing") == 0
        assert wallet("push", *at) == 0
        assert wallet("test", "billing", *at, "--expect", "refused", "--beside", "reports") == 0


def test_leaving_the_demo_removes_everything(scratch: Path, empty_home: Path) -> None:
    with (
        demo.running() as running,
        running.passphrase() as passphrase,
        Vault.unlock(running.path, passphrase) as vault,
    ):
        with vault.change() as records:
            records.servers.remember(running.server_url)
        assert list(scratch.iterdir())
        assert list(empty_home.iterdir()) == [], "nothing outside, so nothing is left by a kill"
    assert list(scratch.iterdir()) == []
    assert list(empty_home.iterdir()) == []


def test_a_server_that_does_not_start_leaves_nothing_either(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "_make_vault", lambda *_: "nonsense {")
    with pytest.raises(ServerFailedError, match=r"did not start.*[Pp]arse error"), demo.running():
        pass
    assert list(scratch.iterdir()) == []


def test_a_killed_demo_leaves_no_server_and_its_directory_goes_at_the_next_start(
    scratch: Path,
) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    script = (
        "import time\nfrom wallet.tasks import demo\n"
        "with demo.running() as running:\n"
        "    print(running.server_url, flush=True)\n    time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=os.environ
    ) as killed:
        assert killed.stdout is not None
        url = killed.stdout.readline().strip()
        assert re.fullmatch(r"nats://127\.0\.0\.1:\d+", url)
        with demo.running() as other:
            assert other.path.exists()
        assert len(list(scratch.iterdir())) == 1, "a running demo is left alone"
        killed.send_signal(signal.SIGKILL)
    port = url.rsplit(":", 1)[1]
    deadline = time.monotonic() + 15
    while _listens(int(port)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _listens(int(port))
    assert all(left.name.startswith(demo.PREFIX) for left in scratch.iterdir())
    demo.remove_leftovers()
    assert list(scratch.iterdir()) == []


def test_a_link_planted_under_the_demos_name_is_not_followed(scratch: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("kept")
    (scratch / f"{demo.PREFIX}x").symlink_to(precious)
    demo.remove_leftovers()
    assert (precious / "file").read_text() == "kept"


@pytest.mark.parametrize("name", ["notes", "abcdefgh", "12345678"])
@pytest.mark.parametrize("mark", [None, b"", b"mine", demo.MARK + b"and mine"])
def test_a_directory_that_no_demo_made_is_left_alone(
    scratch: Path, name: str, mark: bytes | None
) -> None:
    mine = scratch / f"{demo.PREFIX}{name}"
    mine.mkdir()
    (mine / "file").write_text("kept")
    if mark is not None:
        (mine / demo.IN_USE).write_bytes(mark)
    demo.remove_leftovers()
    assert (mine / "file").read_text() == "kept"


def test_a_demos_mark_under_another_name_is_left_alone(scratch: Path) -> None:
    mine = scratch / f"{demo.PREFIX}of-mine"
    mine.mkdir()
    (mine / demo.IN_USE).write_bytes(demo.MARK)
    assert demo.remove_leftovers() == []


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0
