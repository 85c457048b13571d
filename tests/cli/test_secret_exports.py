"""`export` as the secrets of what runs programs, of many keys at once, and as contexts."""

from __future__ import annotations

import base64
import json
import os
import random
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from tests.cli.conftest import Run, Start
from tests.cli.test_health_command import BILLING, ORDERS, opened
from tests.tools import tool
from wallet.exchange import runtime_secrets
from wallet.nats import creds
from wallet.nats.nkeys import Seed
from wallet.secrets import encoding

pytestmark = pytest.mark.usefixtures("empty_home")


def documents(text: str) -> list[dict[str, str]]:
    """The lines of each manifest, by their names."""
    return [
        dict(line.strip().split(": ", 1) for line in part.splitlines() if ": " in line)
        for part in text.split("---\n")
    ]


def test_base64_of_a_buffer_is_that_of_the_library() -> None:
    for length in (*range(12), 500):
        content = random.Random(length).randbytes(length)
        assert encoding.base64(bytearray(content)) == base64.b64encode(content)


def test_a_user_becomes_a_secret_of_kubernetes_with_its_creds(vault: Run, tmp_path: Path) -> None:
    done = vault("export", BILLING, "--as", "kubernetes", "--to", "-", "--yes")
    assert done.status == 0, done.err
    (one,) = documents(done.out)
    assert (one["apiVersion"], one["kind"], one["type"]) == ("v1", "Secret", "Opaque")
    assert one["name"] == '"acme-orders-billing"'
    content = base64.b64decode(one["user.creds"], validate=True)
    assert content.decode() == vault("creds", BILLING, "--yes").out
    file = tmp_path / "secret.yaml"
    assert vault("export", BILLING, "--as", "kubernetes", "--to", str(file)).status == 0
    assert file.read_text() == done.out
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_account_becomes_a_manifest_of_all_its_users_for_one_pipe(vault: Run) -> None:
    assert vault("new", "user", "dev", "--under", ORDERS, "--count", "2").status == 0
    done = vault("export", ORDERS, "--as", "kubernetes", "--to", "-", "--yes")
    assert done.status == 0
    names = [one["name"] for one in documents(done.out)]
    assert names == ['"acme-orders-billing"', '"acme-orders-dev-1"', '"acme-orders-dev-2"']


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl here")
def test_kubectl_reads_the_manifest(vault: Run, tmp_path: Path) -> None:
    assert vault("new", "user", "true").status == 0
    (tmp_path / "k").mkdir()
    (tmp_path / "k" / "kustomization.yaml").write_text("resources: [secret.yaml]\n")
    for ref, name, entry in (
        (BILLING, "acme-orders-billing", "user.creds"),
        ("true", '"true"', "seed.nk"),
    ):
        text = vault("export", ref, "--as", "kubernetes", "--to", "-", "--yes").out
        (tmp_path / "k" / "secret.yaml").write_text(text)
        done = subprocess.run(
            ["kubectl", "kustomize", str(tmp_path / "k")],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert f"name: {name}\n" in done.stdout
        assert f"{entry}: " in done.stdout


@pytest.mark.parametrize("form", ["systemd", "docker"])
def test_systemd_and_docker_get_the_secret_as_it_is(vault: Run, form: str) -> None:
    done = vault("export", BILLING, "--as", form, "--to", "-", "--yes")
    assert done.status == 0
    with creds.read_creds(done.out.encode()).seed as seed:
        assert seed.public.text == vault("public", BILLING).out.strip()
    with Seed.decode(vault("export", "n1", "--as", form, "--to", "-", "--yes").out) as seed:
        assert seed.public.text == vault("public", "n1").out.strip()


@pytest.mark.skipif(shutil.which("systemd-creds") is None, reason="no systemd-creds here")
def test_systemd_creds_seals_what_is_piped_into_it_and_gives_it_back(
    vault: Run, tmp_path: Path
) -> None:
    text = vault("export", BILLING, "--as", "systemd", "--to", "-", "--yes").out
    sealed = str(tmp_path / "billing.cred")
    seal = [
        "--with-key=tpm2-absent",
        "encrypt",
        "--name=billing",
        "-",
        sealed,
    ]  # no key of this machine
    given = text
    for arguments in (seal, ["decrypt", "--name=billing", sealed, "-"]):
        done = subprocess.run(
            ["systemd-creds", *arguments],
            input=given, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        if arguments is seal and done.returncode:
            pytest.skip("this systemd-creds seals with a key of the machine only")
        assert done.returncode == 0, done.stderr
        given = ""
    assert done.stdout == text


class StandIn(BaseHTTPRequestHandler):
    """As much of Docker's daemon as its client asks when it makes a secret."""

    protocol_version = "HTTP/1.1"
    secrets: ClassVar[dict[str, bytes]] = {}

    def do_HEAD(self) -> None:
        self._answer(200, {})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.secrets[asked["Name"]] = base64.b64decode(asked["Data"])
        self._answer(201, {"ID": "made"})

    def _answer(self, status: int, content: dict[str, str]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.40")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker here")
def test_docker_takes_what_is_piped_into_the_command_that_is_told(
    vault: Run, tmp_path: Path
) -> None:
    long = "a-service-with-a-name-that-says-everything-and-so-is-too-long-here"
    assert vault("new", "user", long, "--under", ORDERS).status == 0
    with HTTPServer(("127.0.0.1", 0), StandIn) as daemon:
        threading.Thread(target=daemon.serve_forever, daemon=True).start()
        for ref in (BILLING, f"{ORDERS}/{long}"):
            told = vault("export", ref, "--as", "docker", "--to", "-", "--yes")
            with opened(tmp_path) as wallet:
                key = wallet.records.find(ref)
                how = runtime_secrets.how_to_use("docker", key).split()
            assert how[:3] == ["docker", "secret", "create"]
            assert re.fullmatch("[a-z0-9][a-z0-9-]{0,62}[a-z0-9]", how[3])
            done = subprocess.run(
                how, input=told.out, capture_output=True, text=True, timeout=60, check=False,
                env={**os.environ, "DOCKER_HOST": f"tcp://127.0.0.1:{daemon.server_port}"},
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            assert StandIn.secrets[how[3]].decode() == told.out
        daemon.shutdown()


@pytest.mark.parametrize("form", ["kubernetes", "systemd", "docker"])
def test_a_secret_is_printed_without_asking_only_with_yes(vault: Run, form: str) -> None:
    done = vault("export", BILLING, "--as", form, "--to", "-")
    assert (done.status, done.out) == (2, "")
    assert "--yes" in done.err


def test_one_user_without_a_seed_does_not_stop_the_others(vault: Run, tmp_path: Path) -> None:
    from wallet.nats.nkeys import Kind

    assert vault("new", "user", "dev", "--under", ORDERS, "--count", "40").status == 0
    with opened(tmp_path) as wallet, wallet.change() as records, Seed.generate(Kind.USER) as seed:
        records.add_public(seed.public, name="seedless", under=records.find(ORDERS).id)
    for form, number in (("creds", 41), ("nk", 41), ("kubernetes", 41), ("context", 82)):
        to = tmp_path / form
        refs = [f"{ORDERS}/dev-{n}" for n in range(1, 41)] + [BILLING, f"{ORDERS}/seedless"]
        for named in (refs, [ORDERS]) if form != "nk" else (refs,):
            done = vault("export", *named, "--as", form, "--to", str(to), "--force")
            assert done.status == 1
            assert f"{ORDERS}/seedless is left out" in done.err
            assert "Left out: 1. The others were written." in done.err
            assert sum(file.is_file() for file in to.rglob("*")) == number
    alone = vault("export", f"{ORDERS}/seedless", "--as", "creds", "--to", str(tmp_path / "x"))
    assert alone.status == 1
    assert not (tmp_path / "x").exists()


def test_a_key_without_an_operator_does_not_stop_a_store_of_nsc(vault: Run, tmp_path: Path) -> None:
    done = vault("export", "acme", "n1", "--as", "nsc", "--to", str(tmp_path / "store"))
    assert done.status == 1
    assert "n1 has no operator with a JWT above it" in done.err
    assert (tmp_path / "store" / "acme" / "acme.jwt").is_file()


def test_what_an_account_leaves_out_because_servers_refuse_it_is_no_failure(
    vault: Run, tmp_path: Path
) -> None:
    assert vault("new", "user", "laptop", "--under", ORDERS).status == 0
    assert vault("revoke", "laptop").status == 0
    done = vault("export", ORDERS, "--as", "creds", "--to", str(tmp_path / "out"))
    assert done.status == 0
    assert "laptop is left out: it is revoked" in done.err


def test_the_nats_command_finds_the_contexts_of_several_keys_by_their_names(
    vault: Run, tmp_path: Path, empty_home: Path, start: Start
) -> None:
    assert vault("new", "user", "billing", "--under", "acme/metrics").status == 0
    assert vault("new", "user", "grafana", "--under", "acme/metrics").status == 0
    server = start(vault("config", "--for", "operator").out)
    contexts = tmp_path / "config" / "nats" / "context"
    done = vault(
        *("export", "acme", "--as", "context", "--to", str(contexts), "--server", server.url)
    )
    assert done.status == 0, done.err
    environment = os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path)}

    def nats(*arguments: str) -> str:
        run = subprocess.run(
            [tool("nats"), *arguments],
            capture_output=True, text=True, env=environment, timeout=60, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        return run.stdout

    names = ["acme-metrics-billing", "acme-orders-billing", "grafana"]
    assert sorted(nats("context", "ls", "--names").split()) == names
    for name in names:
        assert server.url in nats("--context", name, "rtt")
