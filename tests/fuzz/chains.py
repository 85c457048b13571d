"""What a JWT says that somebody signed, as user, account or operator of a chain."""

from __future__ import annotations

import json
from pathlib import Path

from tests.chain.makers import ACCOUNT, NOW, OPERATOR, USER, chain
from tests.fuzz.material import is_safe
from tests.jwts import signed
from wallet.chain import Chain, accounts, grants, objections, scopes, users, words
from wallet.chain.permission import Use, permission
from wallet.errors import WalletError
from wallet.nats import jwt
from wallet.nats.claims import content
from wallet.nats.jwt_layout import unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind, Seed
from wallet.nats.validation import claim_flaws

SOURCES = (jwt, content, accounts, grants, scopes, users, words, claim_flaws)
CHAIN = chain()
PLACES = (("user", ACCOUNT), ("account", OPERATOR), ("operator", OPERATOR))


USES = (Use("$JS.API.INFO", publish=True), Use("a.>", publish=False, queue="q"))


def read(data: bytes, place: Path) -> None:
    """Whatever a sound signature is over: described, judged and validated in safe words."""
    try:
        payload = json.loads(data)
        if not isinstance(payload, dict):
            return
        tokens = [(what, signed(signer, payload)) for what, signer in PLACES]
    except (ValueError, RecursionError):
        return
    for what, token in tokens:
        try:
            said = jwt.decode(token)
        except WalletError as error:
            is_safe(str(error))
            continue
        parts = {"user": CHAIN.user, "account": CHAIN.account, "operator": CHAIN.operator}
        tried = Chain(**{**parts, what: said})
        for line in words.describe(tried, NOW):
            is_safe(line)
        for use in USES:
            answer = permission(tried, use, NOW)
            for text in (answer.rule, answer.why, *answer.conditions):
                is_safe(text)
        for objection in objections(tried, now=NOW, address="127.0.0.1"):
            is_safe(objection.why)
            is_safe(objection.fix.replace("\n", " "))
        for flaw in claim_flaws.flaws(Kind(what), said.nats):
            is_safe(str(flaw))


def payload(kind: str, signer: Seed, subject: Seed, nats: dict[str, object]) -> bytes:
    return json.dumps(
        {
            "jti": "X",
            "iat": NOW,
            "iss": signer.public.text,
            "name": "any",
            "sub": subject.public.text,
            "exp": NOW + 60,
            "nats": {**nats, "type": kind, "version": 2, "tags": ["a:b"]},
        }
    ).encode()


_USER = {
    **unlimited_user(),
    "pub": {"allow": ["a.*"], "deny": ["a.b"]},
    "resp": {"max": 1, "ttl": 5},
    "src": ["10.0.0.0/8"],
    "times": [{"start": "08:00:00", "end": "18:00:00"}],
    "times_location": "UTC",
    "allowed_connection_types": ["MQTT"],
}
_ACCOUNT = {
    **unlimited_account(),
    "signing_keys": [
        ACCOUNT.public.text,
        {"kind": "user_scope", "key": ACCOUNT.public.text, "role": "r", "template": _USER},
    ],
    "revocations": {"*": 1, USER.public.text: NOW},
    "exports": [{"name": "e", "subject": "e.>", "type": "service", "token_req": True}],
    "imports": [{"name": "i", "subject": "e.>", "account": ACCOUNT.public.text, "type": "stream"}],
    "mappings": {"m": [{"subject": "n", "weight": 50}]},
    "default_permissions": {"pub": {"allow": ["d"]}},
    "authorization": {"auth_users": [USER.public.text]},
    "trace": {"dest": "t", "sampling": 50},
}
_OPERATOR = {
    "signing_keys": [OPERATOR.public.text],
    "account_server_url": "nats://127.0.0.1:4222",
    "operator_service_urls": ["tls://a.example:4222"],
    "system_account": ACCOUNT.public.text,
    "assert_server_version": "2.9.0",
    "strict_signing_key_usage": True,
}
_PAYLOADS = (
    payload("user", ACCOUNT, USER, _USER),
    payload("account", OPERATOR, ACCOUNT, _ACCOUNT),
    payload("operator", OPERATOR, OPERATOR, _OPERATOR),
)
SEEDS = [
    payload("user", ACCOUNT, USER, _USER),
    payload("account", OPERATOR, ACCOUNT, _ACCOUNT),
    payload("operator", OPERATOR, OPERATOR, _OPERATOR),
]
WORDS = (
    *(
        b"null",
        b"true",
        b"-1",
        b"1e400",
        b'""',
        b"[]",
        b"{}",
        b'"\\u001b[2J"',
        b'"\\u0000"',
        b"[[[[",
    ),
    *(
        b'"allow":',
        b'"deny":',
        b'"resp":',
        b'"times":',
        b'"src":',
        b'"signing_keys":',
        b'"*"',
        b">",
    ),
    *(b'"revocations":', b'"exports":', b'"imports":', b'"mappings":', b'"limits":', b'"tags":'),
    *(b'"{{tag(a)}}"', b'"template":', b'"default_permissions":', b'"authorization":', b'"trace":'),
)
