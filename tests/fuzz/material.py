"""What the readers of keys begin with, and what must be true of all that they say."""

from __future__ import annotations

import base64
import json

from tests.exchange.made import Chain
from wallet.exchange.readers.material import Findings
from wallet.nats import jwt
from wallet.nats.nkeys import decode_public
from wallet.vault.key_record import is_plain

CHAIN, OTHER = Chain(), Chain("other")
SEED, SEED2 = bytes(CHAIN.user.encode()), bytes(OTHER.user.encode())
SEEDS = [
    bytes(seed.encode())
    for chain in (CHAIN, OTHER)
    for seed in (chain.user, chain.account, chain.operator, chain.account_sk, chain.operator_sk)
]
SEED_TEXTS = [seed.decode() for seed in SEEDS]
CREDS = CHAIN.creds()
USER, ACCOUNT, OPERATOR = CHAIN.user_jwt(), CHAIN.account_jwt(), CHAIN.operator_jwt()
PUBLIC = CHAIN.user.public.text.encode()
WORDS = (
    *(SEED, SEED2, PUBLIC, USER.encode(), ACCOUNT.encode(), CREDS, base64.b64encode(CREDS)),
    *(b"-----BEGIN NATS USER JWT-----", b"------END NATS USER JWT------", b"-----BEGIN "),
    *(b"-----BEGIN USER NKEY SEED-----", b"------END USER NKEY SEED------", SEED.lower()),
    *(
        b'"creds":',
        b'"user_seed":',
        b'"nkey":',
        b'"url":',
        b"env://HOME",
        b"data:;base64,",
        b"nsc://",
    ),
    *(b"authorization", b"accounts", b"users", b"nkey:", b"permissions", b"include ", b"leafnodes"),
    *(b"remotes", b"resolver_preload", b"operator:", b"$HOME", b"allow_responses", b"trusted"),
)


TEXTS = [
    *(SEED, PUBLIC + b" " + SEED, b"till " + SEED + b"\n# " + SEED2, CHAIN.everything(), CREDS),
    *(b" ".join(CREDS.split()), CREDS.replace(b"\n", b"\\n"), base64.encodebytes(CREDS)),
    *(b"\xef\xbb\xbf" + CREDS, CREDS.decode().encode("utf-16"), SEED + SEED2, USER.encode()),
    b"kind: Secret\ndata:\n  till.creds: " + base64.b64encode(CREDS),
    json.dumps({"url": "nats://a", "user_seed": SEED.decode(), "user_jwt": USER}).encode(),
    json.dumps({"url": "tls://a:1,b", "creds": CREDS.decode(), "nsc": "nsc://a/b/c"}).encode(),
    json.dumps({"data": {"till.creds": base64.b64encode(CREDS).decode()}}).encode(),
]

CLAIMS = [
    *(USER.encode(), ACCOUNT.encode(), OPERATOR.encode()),
    json.dumps(jwt.decode(ACCOUNT).payload).encode(),
    json.dumps({"jwt": USER, "claims": jwt.decode(USER).payload, "words": []}).encode(),
    json.dumps({"limits": {"conn": 1}, "exports": [{"subject": "a", "x": 1}]}).encode(),
]


def holds_together(into: Findings) -> None:
    """What was found is what keys and JWTs are; what is said is plain and holds no seed."""
    for found in into.mentions:
        assert decode_public(found.public.text) == found.public
        if found.cell is not None:
            with into.open(found.cell, found.public) as seed:
                assert seed.public == found.public
        if found.claims is not None:
            assert jwt.decode(found.claims.token).subject == found.public.text
    for said in [*into.bad, *into.notes]:
        assert said.why
        is_safe(said.why)
        is_safe(said.path)


def is_safe(text: str) -> None:
    assert is_plain(text), repr(text)
    assert not any(seed in text for seed in SEED_TEXTS), text
