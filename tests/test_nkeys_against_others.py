"""Our keys and those of `nk` (Go) and @nats-io/nkeys (JavaScript), in both directions.

For random keys of each kind all three agree on every character: 50 of them, and 1,000 with
`NKEY_WALLET_IN_FULL=1`. Asked of nk: the texts that it writes for 32 bytes of ours, which are
the same for both exactly when each reads the other's. Asked of JavaScript: keys of its own, and
everything that can be done with a key for 10, in full for 25 (it needs 5 ms for each
multiplication, ten times as long as all of nk).
"""

from __future__ import annotations

import json
import os
import subprocess
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.tools import count, node_modules, tool
from wallet.errors import KeyFormatError
from wallet.nats.nkeys import Kind, Seed, decode_public, generate_many, verify

pytestmark = pytest.mark.slow

COUNT = count(50, 1_000)
IN_FULL = count(10, 25)
kinds = pytest.mark.parametrize("kind", list(Kind))
signing_kinds = pytest.mark.parametrize("kind", [k for k in Kind if k is not Kind.CURVE])

# Reads {"ours": [...], "make": kind, "count": n}, writes what it finds of ours, and its own.
JAVASCRIPT = """
const nkeys = require("@nats-io/nkeys");
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const text = (bytes) => Buffer.from(bytes).toString("latin1");
const base64 = (bytes) => Buffer.from(bytes).toString("base64");
const curve = asked.make === "Curve";
const read = (seed) =>
  (curve ? nkeys.fromCurveSeed : nkeys.fromSeed)(new TextEncoder().encode(seed));
const ours = asked.ours.map((one) => {
  const pair = read(one.seed);
  const found = { public: pair.getPublicKey(), private: text(pair.getPrivateKey()) };
  const data = Buffer.from(one.data, "base64");
  if (curve) {
    found.opened = base64(pair.open(Buffer.from(one.sealed, "base64"), one.sender));
  } else {
    found.signature = base64(pair.sign(data));
    const key = nkeys.fromPublic(one.public);
    found.verified = key.verify(data, Buffer.from(one.signature, "base64"));
  }
  return found;
});
const theirs = [];
for (let i = 0; i < asked.count; i++) {
  const pair = nkeys["create" + asked.make]();
  const made = { seed: text(pair.getSeed()), public: pair.getPublicKey() };
  theirs.push(made);
  if (i >= asked.inFull) continue;
  const data = new TextEncoder().encode("message " + i);
  made.private = text(pair.getPrivateKey());
  if (curve) made.sealed = base64(pair.seal(data, asked.receiver));
  else made.signature = base64(pair.sign(data));
}
process.stdout.write(JSON.stringify({ ours, theirs }));
"""


def ask_javascript(question: dict[str, Any]) -> dict[str, Any]:
    modules = node_modules("@nats-io/nkeys")
    done = subprocess.run(
        [tool("node"), "-e", JAVASCRIPT],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        cwd=modules.parent,
        env={**os.environ, "NODE_PATH": str(modules)},
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@kinds
def test_javascript_reads_ours_and_we_read_its(kind: Kind) -> None:
    data = os.urandom(40)
    receiver, sender = Seed.generate(Kind.CURVE), Seed.generate(Kind.CURVE)
    asked: list[dict[str, str]] = []
    for seed in generate_many(kind, IN_FULL):
        one = {
            "seed": seed.encode().decode(),
            "public": seed.public.text,
            "data": b64encode(data).decode(),
        }
        if kind is Kind.CURVE:
            one["sender"] = sender.public.text
            one["sealed"] = b64encode(sender.seal(data, seed.public)).decode()
        else:
            one["signature"] = b64encode(seed.sign(data)).decode()
        asked.append(one)
    answer = ask_javascript(
        {
            "ours": asked,
            "make": kind.value.capitalize(),
            "count": COUNT,
            "inFull": IN_FULL,
            "receiver": receiver.public.text,
        }
    )
    assert len(answer["theirs"]) == COUNT
    for one, found in zip(asked, answer["ours"], strict=True):
        assert found["public"] == one["public"]
        if kind is Kind.CURVE:
            assert b64decode(found["opened"]) == data
        else:
            assert found["verified"] is True
            assert found["signature"] == one["signature"]
        with Seed.decode_private(found["private"], kind) as again:
            assert again.public.text == one["public"]
    for made in answer["theirs"]:
        with Seed.decode(made["seed"]) as seed:
            assert (seed.kind, seed.public) == (kind, decode_public(made["public"]))
            assert seed.encode() == made["seed"].encode()
    for number, made in enumerate(answer["theirs"][:IN_FULL]):
        message = f"message {number}".encode()
        public = decode_public(made["public"])
        with Seed.decode_private(made["private"], kind) as private:
            assert private.public == public
            if kind is Kind.CURVE:
                assert receiver.open(b64decode(made["sealed"]), public) == message
            else:
                assert verify(public, message, b64decode(made["signature"]))
                assert b64encode(private.sign(message)).decode() == made["signature"]


def nk(*arguments: str | Path) -> str:
    done = subprocess.run(
        [tool("nk"), *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout[-500:].replace("S", "s")
    return done.stdout


@kinds
def test_nk_writes_the_same_for_the_same_bytes(kind: Kind, tmp_path: Path) -> None:
    tool("nk")

    def agrees(number: int) -> bool:
        with Seed.generate(kind) as seed:
            entropy = tmp_path / str(number)
            entropy.write_bytes(seed.raw)
            theirs = nk("-gen", kind.value, "-e", entropy, "-pubout").split()
            entropy.unlink()
            return theirs == [seed.encode().decode(), seed.public.text]

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(agrees, range(COUNT)))


@kinds
def test_nk_makes_seeds_that_we_read(kind: Kind) -> None:
    for _ in range(20):
        text, public = nk("-gen", kind.value, "-pubout").split()
        with Seed.decode(text) as seed:
            assert (seed.kind, seed.public.text) == (kind, public)


@signing_kinds
def test_nk_verifies_our_signatures_and_we_verify_its(kind: Kind, tmp_path: Path) -> None:
    message, key, public = tmp_path / "message", tmp_path / "key.nk", tmp_path / "public"
    signature = tmp_path / "signature"
    for _ in range(20):
        message.write_bytes(os.urandom(200))
        with Seed.generate(kind) as seed:
            key.write_bytes(seed.encode())
            public.write_text(seed.public.text)
            ours = urlsafe_b64encode(seed.sign(message.read_bytes())).rstrip(b"=")
            signature.write_bytes(ours)
            assert "Verified OK" in nk("-verify", message, "-pubin", public, "-sigfile", signature)
            theirs = nk("-sign", message, "-inkey", key).strip()
            assert theirs == ours.decode()
            assert verify(seed.public, message.read_bytes(), urlsafe_b64decode(theirs + "=="))


def test_we_refuse_what_nk_takes_of_a_seeds_last_character(tmp_path: Path) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    with Seed.generate(Kind.USER) as seed:
        right = seed.encode().decode()
        place = alphabet.index(right[-1])
        other = right[:-1] + alphabet[place ^ 1]
        key = tmp_path / "key.nk"
        key.write_text(other)
        assert nk("-inkey", key, "-pubout").strip() == seed.public.text
    with pytest.raises(KeyFormatError) as caught:
        Seed.decode(other)
    assert caught.value.problem == "spare-bits"
