"""Client programs that connect as a key: what a person pastes. Pure; never holds a secret.

A user without a JWT connects with its seed, one with a JWT with its creds. Both are read from a
file that a variable names; the line that makes the file stands in the program.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import NamedTuple

from wallet.errors import UsageError
from wallet.nats.nkeys import Kind, decode_public
from wallet.shell import file_stem
from wallet.text import plain


class NamedKey(NamedTuple):
    """A public key and what a reader calls it: a name, a path, or nothing."""

    public: str
    label: str


DEFAULT_SERVER = "nats://127.0.0.1:4222"
CLIENTS = ("go", "python", "javascript", "rust", "nats-cli")


def client(language: str, key: NamedKey, server_url: str, *, creds: bool = False) -> str:
    """A whole program (or command) that connects as this user, its secret read from a file.

    `language` is one of `CLIENTS`; `server_url` goes into it as text. With `creds` the file is a
    `.creds` file, else one with the seed. Raises `UsageError` for another language, and for a
    key that is no user's.
    """
    if language not in _PROGRAMS:
        raise UsageError(f"There is no snippet for {language}: choose from {', '.join(CLIENTS)}.")
    kind = decode_public(key.public).kind
    if kind is not Kind.USER:
        raise UsageError(
            f"{key.label} is a key of kind {kind.value}: only users connect. Choose a user key."
        )
    secret = _CREDS if creds else _SEED
    label = plain(key.label, 500)  # in a comment, which no line end may leave
    text = _PROGRAMS[language]
    for name, value in (
        ("@CONNECT@", secret.connect[language]),
        ("@NEEDS@", secret.needs.get(language, "")),
        ("@MAKE@", secret.make),
        ("@EXPORT@", f"export {secret.variable}=@FILE@"),
        ("@WHAT@", secret.what),
        ("@VARIABLE@", secret.variable),
    ):
        text = text.replace(name, value)
    given = {
        "@PUBLIC@": key.public,
        "@LABEL@": label,
        "@FILE@": f"{file_stem(label.rpartition('/')[2], 'user')}{secret.ending}",
        # What a shell or the command line would take for something else than a name.
        "@REF@": key.public if label != key.label or label.startswith("-") else shlex.quote(label),
        "@URL@": shlex.quote(server_url) if language == "nats-cli" else json.dumps(server_url),
    }
    # All at once: a name may hold what looks like another one's place.
    return re.sub("|".join(given), lambda place: given[place[0]], text)


class _Secret(NamedTuple):
    """A way for a program to come by what it proves its user with."""

    what: str
    ending: str
    variable: str
    make: str
    connect: dict[str, str]
    needs: dict[str, str]


_SEED = _Secret(
    what="The seed is in the file",
    ending=".nk",
    variable="NATS_SEED_FILE",
    make="umask 077; nkey-wallet seed @REF@ > @FILE@",
    connect={
        "go": """\
	nkey, err := nats.NkeyOptionFromSeed(os.Getenv("NATS_SEED_FILE"))
	if err != nil {
		log.Fatal(err)
	}
	nc, err := nats.Connect(@URL@, nkey)""",
        "python": 'nkeys_seed=os.environ["NATS_SEED_FILE"]',
        "javascript": """\
const seed = readFileSync(process.env.NATS_SEED_FILE, "utf8").trim();
const authenticator = nkeyAuthenticator(new TextEncoder().encode(seed));""",
        "rust": """\
    let seed = std::fs::read_to_string(std::env::var("NATS_SEED_FILE")?)?;
    let client = async_nats::ConnectOptions::with_nkey(seed.trim().to_owned())""",
        "nats-cli": "--nkey @FILE@",
    },
    needs={"javascript": "nkeyAuthenticator"},
)

_CREDS = _Secret(
    what="JWT and seed are in the file",
    ending=".creds",
    variable="NATS_CREDS_FILE",
    make="nkey-wallet export @REF@ --as creds --to @FILE@",
    connect={
        "go": """\
	nc, err := nats.Connect(@URL@, nats.UserCredentials(os.Getenv("NATS_CREDS_FILE")))""",
        "python": 'user_credentials=os.environ["NATS_CREDS_FILE"]',
        "javascript": """\
const creds = readFileSync(process.env.NATS_CREDS_FILE);
const authenticator = credsAuthenticator(creds);""",
        "rust": """\
    let file = std::env::var("NATS_CREDS_FILE")?;
    let client = async_nats::ConnectOptions::with_credentials_file(file)
        .await?""",
        "nats-cli": "--creds @FILE@",
    },
    needs={"javascript": "credsAuthenticator"},
)

_PROGRAMS = {
    "go": """\
// Connects as @LABEL@ (@PUBLIC@).
// Needs github.com/nats-io/nats.go. @WHAT@ that @VARIABLE@ names:
//   @MAKE@; @EXPORT@
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/nats-io/nats.go"
)

func main() {
@CONNECT@
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Drain()
	fmt.Println("connected to", nc.ConnectedServerName())
}
""",
    "python": """\
# Connects as @LABEL@ (@PUBLIC@).
# Needs: pip install 'nats-py[nkeys]'. @WHAT@ that @VARIABLE@ names:
#   @MAKE@; @EXPORT@
import asyncio
import os

import nats


async def main():
    nc = await nats.connect(
        @URL@,
        @CONNECT@,
        allow_reconnect=False,  # a refused key is an error at once, not two minutes of retries
    )
    print("connected to", nc.connected_url.netloc)
    await nc.drain()


asyncio.run(main())
""",
    "javascript": """\
// Connects as @LABEL@ (@PUBLIC@).
// Needs: npm install @nats-io/transport-node. @WHAT@ that @VARIABLE@ names:
//   @MAKE@; @EXPORT@
import { readFileSync } from "node:fs";
import { connect, @NEEDS@ } from "@nats-io/transport-node";

@CONNECT@
const nc = await connect({ servers: @URL@, authenticator });
console.log("connected to", nc.getServer());
await nc.drain();
""",
    "rust": """\
// Connects as @LABEL@ (@PUBLIC@).
// Needs: cargo add async-nats tokio --features tokio/full. @WHAT@ that
// @VARIABLE@ names:
//   @MAKE@; @EXPORT@
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
@CONNECT@
        .connect(@URL@)
        .await?;
    println!("connected to {}", client.server_info().server_name);
    client.drain().await?;
    Ok(())
}
""",
    "nats-cli": """\
# Connects as @LABEL@ (@PUBLIC@).
# @WHAT@ @FILE@:
#   @MAKE@
nats --server @URL@ @CONNECT@ rtt
""",
}
