"""JWTs and creds against nsc (Go's library) and @nats-io/jwt (JavaScript)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.tools import node_modules, tool
from wallet.nats import jwt
from wallet.nats.creds import read_creds, write_creds
from wallet.nats.jwt_layout import unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind, Seed, decode_public

NOW = 1_800_000_000

# Uses every kind of field that nsc can write: escapes, limits, scopes, maps, permissions.
NSC_COMMANDS = [
    ["add", "operator", "--name", "O <&> é", "--sys"],
    ["edit", "operator", "--service-url", "nats://localhost:4222", "--tag", "b,a"],
    ["add", "account", "--name", "A"],
    ["edit", "account", "--js-disk-storage", "1G", "--conns", "5", "--description", "d <x>"],
    ["add", "export", "--subject", "svc.>", "--service", "--name", "svc"],
    ["add", "export", "--subject", "a.stream"],
    ["edit", "signing-key", "--sk", "generate", "--role", "r", "--allow-pub", "q.>"],
    ["add", "mapping", "--from", "x.*", "--to", "y.$1", "--weight", "50"],
    [
        *("add", "user", "--name", "u", "--allow-pub", "a.>,b", "--deny-sub", "c", "--bearer"),
        *("--allow-pub-response=5", "--response-ttl", "2s", "--source-network", "10.0.0.0/8"),
        *("--tag", "x", "--expiry", "1y"),
    ],
    ["edit", "user", "--name", "u", "--time", "08:00:00-18:00:00", "--locale", "UTC"],
    ["add", "user", "--name", "scoped", "-K", "r"],
    ["revocations", "add-user", "--name", "scoped"],
]


@pytest.fixture(scope="module")
def nsc_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of nsc's with one operator, two accounts and three users."""
    store = tmp_path_factory.mktemp("nsc")
    for command in NSC_COMMANDS:
        done = subprocess.run(
            [tool("nsc"), "-H", str(store), *command],
            capture_output=True,
            text=True,
            env={**os.environ, "HOME": str(store), "NSC_HOME": str(store)},
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, (command[:2], done.stderr[-500:])
    return store


def keys_of(store: Path) -> dict[str, str]:
    return {path.stem: path.read_text() for path in store.rglob("*.nk")}


def test_every_jwt_of_nscs_is_read_and_issued_again_byte_for_byte(nsc_store: Path) -> None:
    keys = keys_of(nsc_store)
    tokens = [path.read_text().strip() for path in sorted(nsc_store.rglob("*.jwt"))]
    assert len(tokens) == 6
    for token in tokens:
        read = jwt.decode(token)
        assert read.id == jwt.identifier(read.payload)
        # In any order: ours puts them into Go's.
        fields = dict(sorted(read.nats.items()))
        with Seed.decode(keys[read.issuer.text]) as signer:
            again = jwt.issue(
                signer,
                decode_public(read.subject),
                fields,
                issued=read.issued or 0,
                name=read.name,
                expires=read.expires,
                not_before=read.not_before,
                audience=read.audience,
            )
        assert again == token


def test_every_creds_file_of_nscs_is_read_and_written_again_byte_for_byte(nsc_store: Path) -> None:
    files = sorted(nsc_store.rglob("*.creds"))
    assert len(files) == 3
    for path in files:
        found = read_creds(path.read_bytes())
        with found.seed:
            assert found.seed.public.text == found.claims.subject
            same = write_creds(found.claims.token, found.seed) == path.read_bytes()
        assert same


JAVASCRIPT = """
const jwt = require("@nats-io/jwt"), nkeys = require("@nats-io/nkeys");
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
(async () => {
  const read = asked.ours.map((token) => jwt.decode(token));
  const creds = asked.creds && await jwt.parseCreds(new TextEncoder().encode(asked.creds));
  const o = nkeys.createOperator(), a = nkeys.createAccount(), u = nkeys.createUser();
  const theirs = [];
  for (const algorithm of ["ed25519", "ed25519-nkey"]) {
    theirs.push(await jwt.encodeOperator("O", o, { tags: ["é"] }, { algorithm }));
    const signed = { signer: o, algorithm };
    theirs.push(await jwt.encodeAccount("A", a, { limits: { subs: -1 } }, signed));
    theirs.push(await jwt.encodeUser("U", u, a, { bearer_token: true }, { algorithm, exp: 2e9 }));
  }
  const made = new TextDecoder().decode(jwt.fmtCreds(theirs[5], u));
  process.stdout.write(JSON.stringify({ read, user: creds && creds.uc.sub, theirs, made }));
})();
"""


def ask_javascript(question: dict[str, Any]) -> dict[str, Any]:
    modules = node_modules("@nats-io/jwt")
    done = subprocess.run(
        [tool("node"), "-e", JAVASCRIPT],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        cwd=modules.parent,
        env={**os.environ, "NODE_PATH": str(modules)},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-1000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_javascript_reads_our_jwts_and_creds_and_we_read_its() -> None:
    with (
        Seed.generate(Kind.OPERATOR) as operator,
        Seed.generate(Kind.ACCOUNT) as account,
        Seed.generate(Kind.USER) as user,
    ):
        ours = [
            jwt.issue(operator, operator.public, {}, issued=NOW, name="O"),
            jwt.issue(operator, account.public, unlimited_account(), issued=NOW, name="A"),
            jwt.issue(account, user.public, unlimited_user(), issued=NOW, name="U"),
        ]
        answer = ask_javascript({"ours": ours, "creds": write_creds(ours[2], user).decode()})
        assert answer["user"] == user.public.text
    assert answer["read"] == [jwt.parse(token).payload for token in ours]
    read = [jwt.decode(token) for token in answer["theirs"]]
    assert [(one.version, one.type) for one in read] == [
        (version, kind) for version in (1, 2) for kind in ("operator", "account", "user")
    ]
    assert read[5].expires == 2_000_000_000
    # It writes Latin-1 where UTF-8 belongs; Go's library reads the same character here.
    assert read[3].tags == ("\N{REPLACEMENT CHARACTER}",)
    made = read_creds(answer["made"])
    with made.seed:
        assert made.claims.token == answer["theirs"][5]
