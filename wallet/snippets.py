"""Configuration text that names a key: what a person pastes. Pure; never holds a secret."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from typing import NamedTuple

from wallet.errors import UsageError
from wallet.nkeys import Kind, decode_public
from wallet.text import plain


class NamedKey(NamedTuple):
    """A public key and what a reader calls it: a name, a path, or nothing."""

    public: str
    label: str


def server_authorization(keys: Iterable[NamedKey]) -> str:
    """The `authorization` block of a nats-server configuration that lets these users in.

    Each key is a user's public key, 56 characters; its label, where it has one, follows as a
    comment. Raises `KeyFormatError` for what is not a public key and `UsageError` for one that
    is no user's: a server takes no other kind there.

    Source: nats-server's nkey authentication, `authorization { users: [ { nkey: U… } ] }`.
    """
    lines = []
    for key in keys:
        kind = decode_public(key.public).kind
        if kind is not Kind.USER:
            raise UsageError(
                f"{key.label} is a key of kind {kind.value}: a server's configuration lists user "
                "keys only. Choose a user, or an account to list the users in it."
            )
        comment = f"  # {plain(key.label, 500)}" if key.label else ""
        lines.append(f"    {{ nkey: {key.public} }}{comment}")
    if not lines:
        raise UsageError("There is no user key to put into the configuration. Make one first.")
    return "\n".join(["authorization {", "  users = [", *lines, "  ]", "}", ""])


DEFAULT_SERVER = "nats://127.0.0.1:4222"
CLIENTS = ("go", "python", "javascript", "rust", "nats-cli")


def client(language: str, key: NamedKey, server_url: str) -> str:
    """A whole program (or command) that connects as this user, its seed read from a file.

    `language` is one of `CLIENTS`; `server_url` goes into it as text. Raises `UsageError` for
    another language, and for a key that is no user's. The seed itself is never in it.
    """
    if language not in _PROGRAMS:
        raise UsageError(f"There is no snippet for {language}: choose from {', '.join(CLIENTS)}.")
    kind = decode_public(key.public).kind
    if kind is not Kind.USER:
        raise UsageError(
            f"{key.label} is a key of kind {kind.value}: only users connect. Choose a user key."
        )
    text = _PROGRAMS[language]
    label = plain(key.label, 500)  # in a comment, which no line end may leave
    for name, value in (
        ("@PUBLIC@", key.public),
        ("@LABEL@", label),
        ("@REF@", shlex.quote(label)),
        ("@URL@", shlex.quote(server_url) if language == "nats-cli" else json.dumps(server_url)),
    ):
        text = text.replace(name, value)
    return text


_PROGRAMS = {
    "go": """\
// Connects as @LABEL@ (@PUBLIC@).
// Needs github.com/nats-io/nats.go. The seed is in the file that NATS_SEED_FILE names:
//   umask 077; nkey-wallet seed @REF@ > user.nk; export NATS_SEED_FILE=user.nk
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/nats-io/nats.go"
)

func main() {
	nkey, err := nats.NkeyOptionFromSeed(os.Getenv("NATS_SEED_FILE"))
	if err != nil {
		log.Fatal(err)
	}
	nc, err := nats.Connect(@URL@, nkey)
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Drain()
	fmt.Println("connected to", nc.ConnectedServerName())
}
""",
    "python": """\
# Connects as @LABEL@ (@PUBLIC@).
# Needs: pip install 'nats-py[nkeys]'. The seed is in the file that NATS_SEED_FILE names:
#   umask 077; nkey-wallet seed @REF@ > user.nk; export NATS_SEED_FILE=user.nk
import asyncio
import os

import nats


async def main():
    nc = await nats.connect(
        @URL@,
        nkeys_seed=os.environ["NATS_SEED_FILE"],
        allow_reconnect=False,  # a refused key is an error at once, not two minutes of retries
    )
    print("connected to", nc.connected_url.netloc)
    await nc.drain()


asyncio.run(main())
""",
    "javascript": """\
// Connects as @LABEL@ (@PUBLIC@).
// Needs: npm install @nats-io/transport-node. The seed is in the file that NATS_SEED_FILE names:
//   umask 077; nkey-wallet seed @REF@ > user.nk; export NATS_SEED_FILE=user.nk
import { readFileSync } from "node:fs";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";

const seed = readFileSync(process.env.NATS_SEED_FILE, "utf8").trim();
const nc = await connect({
  servers: @URL@,
  authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
});
console.log("connected to", nc.getServer());
await nc.drain();
""",
    "rust": """\
// Connects as @LABEL@ (@PUBLIC@).
// Needs: cargo add async-nats tokio --features tokio/full. The seed is in the file that
// NATS_SEED_FILE names:
//   umask 077; nkey-wallet seed @REF@ > user.nk; export NATS_SEED_FILE=user.nk
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed = std::fs::read_to_string(std::env::var("NATS_SEED_FILE")?)?;
    let client = async_nats::ConnectOptions::with_nkey(seed.trim().to_owned())
        .connect(@URL@)
        .await?;
    println!("connected to {}", client.server_info().server_name);
    client.drain().await?;
    Ok(())
}
""",
    "nats-cli": """\
# Connects as @LABEL@ (@PUBLIC@).
# The seed is in the file user.nk:
#   umask 077; nkey-wallet seed @REF@ > user.nk
nats --server @URL@ --nkey user.nk rtt
""",
}
