"""Our keys in `nk` and `@nats-io/nkeys`, and theirs in ours."""

from __future__ import annotations

import base64
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.tools import node_modules, tool
from wallet.nkeys import Kind, Seed, decode_public, generate_many, verify

COUNT = 1000
DATA = b"what is signed"
SIGNING = [kind for kind in Kind if kind is not Kind.CURVE]

JAVASCRIPT = """
import { readFileSync } from "node:fs";
import * as nkeys from "@nats-io/nkeys";
const text = new TextEncoder(), plain = new TextDecoder();
const asked = JSON.parse(readFileSync(0, "utf8"));
const make = {
  operator: nkeys.createOperator, account: nkeys.createAccount, user: nkeys.createUser,
  server: nkeys.createServer, cluster: nkeys.createCluster, curve: nkeys.createCurve,
};
const data = text.encode(asked.data);
const of = (pair) => ({
  seed: plain.decode(pair.getSeed()),
  public: pair.getPublicKey(),
  signature: null,
});
const signed = (pair, curve) => ({
  ...of(pair),
  signature: curve ? null : Buffer.from(pair.sign(data)).toString("base64"),
});
const read = {}, made = {};
for (const [kind, seeds] of Object.entries(asked.seeds)) {
  const curve = kind === "curve";
  const from = curve ? nkeys.fromCurveSeed : nkeys.fromSeed;
  // Signing in JavaScript takes longest: every tenth key signs, and every tenth is made there.
  read[kind] = seeds.map((seed, n) => (n % 10 ? of : signed)(from(text.encode(seed)), curve));
  made[kind] = seeds.filter((_, n) => n % 10 == 0).map(() => signed(make[kind](), curve));
}
console.log(JSON.stringify({ read, made }));
"""


@pytest.mark.slow
def test_javascript_and_we_agree_on_a_thousand_keys_of_each_kind(tmp_path: Path) -> None:
    modules = node_modules("@nats-io/nkeys")
    (tmp_path / "node_modules").symlink_to(modules.resolve())
    (tmp_path / "agree.mjs").write_text(JAVASCRIPT, encoding="utf-8")
    ours = {
        kind.value: [
            (seed.encode().decode(), seed.public.text) for seed in generate_many(kind, COUNT)
        ]
        for kind in Kind
    }
    asked = {
        "data": DATA.decode(),
        "seeds": {kind: [seed for seed, _ in pairs] for kind, pairs in ours.items()},
    }
    done = subprocess.run(
        [tool("node"), "agree.mjs"],
        input=json.dumps(asked),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    answer = json.loads(done.stdout)
    for kind, pairs in ours.items():
        assert [(each["seed"], each["public"]) for each in answer["read"][kind]] == pairs
        assert len(answer["made"][kind]) == COUNT // 10
        for each in answer["read"][kind] + answer["made"][kind]:
            with Seed.decode(each["seed"]) as seed:
                assert seed.public.text == each["public"]
            if each["signature"]:
                signature = base64.b64decode(each["signature"])
                assert verify(decode_public(each["public"]), DATA, signature)


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(Kind))
def test_nk_and_we_agree_on_a_thousand_keys(kind: Kind, tmp_path: Path) -> None:
    """nk reads one file at a time: ours in one direction, its own in the other."""
    nk = tool("nk")
    ours = []
    for number, seed in enumerate(generate_many(kind, COUNT)):
        path = tmp_path / f"{number}.nk"
        path.write_bytes(seed.encode())
        ours.append((path, seed.public.text))

    def public_of(path: Path) -> str:
        done = subprocess.run(
            [nk, "-inkey", str(path), "-pubout"], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def made(_: int) -> tuple[str, str]:
        done = subprocess.run(
            [nk, "-gen", kind.value, "-pubout"], capture_output=True, text=True, check=True
        )
        seed, public = done.stdout.split()
        return seed, public

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(public_of, [path for path, _ in ours])) == [key for _, key in ours]
        for text, public in pool.map(made, range(COUNT)):
            with Seed.decode(text) as seed:
                assert seed.public.text == public


@pytest.mark.parametrize("kind", SIGNING)
def test_nk_verifies_what_we_sign_and_we_what_nk_signs(kind: Kind, tmp_path: Path) -> None:
    nk = tool("nk")
    data, signature = tmp_path / "data", tmp_path / "signature"
    data.write_bytes(DATA)
    for number in range(5):
        key, public = tmp_path / f"{number}.nk", tmp_path / f"{number}.pub"
        with Seed.generate(kind) as seed:
            key.write_bytes(seed.encode())
            public.write_text(seed.public.text)
            ours = seed.sign(DATA)
            known = seed.public
        theirs = subprocess.run(
            [nk, "-sign", str(data), "-inkey", str(key)], capture_output=True, text=True, check=True
        ).stdout.strip()
        assert base64.urlsafe_b64decode(theirs + "=" * (-len(theirs) % 4)) == ours
        assert verify(known, DATA, ours)
        signature.write_bytes(base64.urlsafe_b64encode(ours).rstrip(b"="))
        done = subprocess.run(
            [nk, "-verify", str(data), "-sigfile", str(signature), "-pubin", str(public)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
