"""Account claims that servers refuse whole, one flaw each; and keys to make them with."""

from __future__ import annotations

from typing import Any

from tests.jwts import signed
from wallet.nats.nkeys import Kind, Seed

Json = Any

OPERATOR, ACCOUNT, OTHER, EXPORTER = (
    Seed.generate(kind) for kind in (Kind.OPERATOR, Kind.ACCOUNT, Kind.ACCOUNT, Kind.ACCOUNT)
)
USER = Seed.generate(Kind.USER)
FREE = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1)
LONG_AGO = 1_700_000_000


def activation(
    subject: str = "hay.>",
    *,
    kind: str = "stream",
    by: Seed = EXPORTER,
    of: Seed = ACCOUNT,
    owner: str | None = None,
    **standard: int,
) -> str:
    """The token that lets the account `of` import an export of `by`."""
    nats = {"subject": subject, "kind": kind, "type": "activation", "version": 2}
    if owner is not None:
        nats["issuer_account"] = owner
    said = {"sub": of.public.text, "iat": LONG_AGO, "name": "hay", **standard}
    return signed(by, {**said, "nats": nats})


def _import(**fields: Json) -> Json:
    given = {"name": "i", "subject": "hay.>", "account": EXPORTER.public.text, "type": "stream"}
    return {"imports": [{name: v for name, v in {**given, **fields}.items() if v is not None}]}


def _export(**fields: Json) -> Json:
    given = {"name": "x", "subject": "s.*", "type": "service"}
    return {"exports": [{name: v for name, v in {**given, **fields}.items() if v is not None}]}


def _exports(kind: str, *subjects: str) -> Json:
    return {"exports": [{"subject": subject, "type": kind} for subject in subjects]}


def _limits(**limits: Json) -> Json:
    return {"limits": {**FREE, "wildcards": True, **limits}}


def _mapping(*weighted: Json) -> Json:
    return {"mappings": {"hay": list(weighted)}}


def _services(*locals_: str) -> Json:
    given = {"account": EXPORTER.public.text, "type": "service"}
    return {"imports": [{**given, "subject": subject} for subject in locals_]}


def _scope(**fields: Json) -> Json:
    given = {"kind": "user_scope", "key": OTHER.public.text, "role": "r", "template": {}}
    return {"signing_keys": [{**given, **fields}]}


# What it is: the claims, what of the sentence says where and what, and whether only servers that
# know the field at all (newer than 2.9) refuse it.
ACCOUNTS: dict[str, tuple[dict[str, Json], str, bool]] = {
    "weights over 100": (
        _mapping({"subject": "loft", "weight": 80}, {"subject": "rack", "weight": 80}),
        "mappings.hay: the weights come to 160 %",
        False,
    ),
    "weights left out, which are 100 each": (
        _mapping({"subject": "loft"}, {"subject": "rack"}),
        "come to 200 %",
        False,
    ),
    "a weight over 100": (_mapping({"subject": "a", "weight": 101}), "mappings.hay[0]", False),
    "a weight beyond a byte": (_mapping({"subject": "a", "weight": 256}), "up to 255", False),
    "weights of a cluster": (
        _mapping(
            {"subject": "a", "weight": 60, "cluster": "east"},
            {"subject": "b", "weight": 60, "cluster": "east"},
        ),
        "120 % in the cluster east",
        True,
    ),
    "a mapping to nothing": (_mapping({"weight": 5}), "mappings.hay[0]: it does not say", False),
    "an export twice": (_exports("stream", "a", "a"), "exports[1]: the stream a is", False),
    "a service twice": (_exports("service", "a", "a"), "exports[1]: the service a is", False),
    "an export within another": (_exports("stream", "a.>", "a.b"), "exports[1]", False),
    "more exports than allowed": (
        {**_exports("stream", "a", "b"), **_limits(exports=1)},
        "limits.exports: the account has 2 exports, and this limit is 1",
        False,
    ),
    "more imports than allowed": ({**_import(), **_limits(imports=0)}, "limits.imports", False),
    "wildcards that are not allowed": (
        {**_exports("stream", "a.>"), **_limits(exports=5, wildcards=False)},
        "limits.wildcards",
        False,
    ),
    "an export without a type": (
        _export(type=None),
        "exports[0]: it does not say its “type”",
        False,
    ),
    "an export without a subject": (_export(subject=None), "which “subject”", False),
    "an export of another type": (_export(type="river"), "exports[0].type", False),
    "an answer of another type": (_export(response_type="Bogus"), "response_type", False),
    "an answer of a stream": (_export(type="stream", response_type="Stream"), "services", False),
    "latency of a stream": (
        _export(type="stream", service_latency={"sampling": 50, "results": "lat"}),
        "exports[0].service_latency",
        False,
    ),
    "latency sampled too much": (
        _export(service_latency={"sampling": 101, "results": "lat"}),
        "service_latency.sampling",
        False,
    ),
    "latency to a wildcard": (
        _export(service_latency={"sampling": 5, "results": "lat.*"}),
        "service_latency.results",
        False,
    ),
    "a threshold of a stream": (_export(type="stream", response_threshold=5), "threshold", False),
    "a threshold before it begins": (_export(response_threshold=-5), "negative", False),
    "a token position too large": (_export(account_token_position=5), "token_position", False),
    "a token position at a word": (_export(account_token_position=1), "the token 1 of s.*", False),
    "a negative token position": (_export(account_token_position=-1), "whole number", False),
    "traces of a stream": (_export(type="stream", allow_trace=True), "allow_trace", True),
    "an import without a type": (_import(type=None), "imports[0]: it does not say its", False),
    "an import without an account": (_import(account=None), "from which “account”", False),
    "an import without a subject": (_import(subject=None), "which “subject”", False),
    "a stream that shares": (_import(share=True), "imports[0].share", False),
    "a service twice imported": (_services("a", "a"), "imports[1]: another service", False),
    "a service within another": (_services("a.>", "a.b"), "imports[1]: another service", False),
    "a local subject that lacks a wildcard": (
        _import(subject="a.*.b", local_subject="c.d"),
        "imports[0].local_subject",
        False,
    ),
    "a local subject that ends otherwise": (_import(local_subject="x"), "both it and hay.>", False),
    "a local subject with a wildcard too many": (
        _import(subject="a", local_subject="b.$1"),
        "$1 stands for a *",
        False,
    ),
    "a local subject beside its older name": (
        _import(local_subject="l.>", to="k"),
        "imports[0].to",
        False,
    ),
    "a token that is none": (_import(token="nonsense"), "imports[0].token", False),
    "a token cut off": (_import(token=activation()[:-9]), "cannot be read", False),
    "a token for another account": (
        _import(token=activation(of=OTHER)),
        f"the activation is for the account {OTHER.public.text}",
        False,
    ),
    "a token for another subject": (_import(token=activation("oats.>")), "is for oats.>", False),
    "a token for a service": (_import(token=activation(kind="service")), "a service", False),
    "a token of another's": (_import(token=activation(by=OTHER)), f"{OTHER.public.text}'s", False),
    "a token of another's signing key": (
        _import(token=activation(by=OTHER, owner=ACCOUNT.public.text)),
        "imports[0].token",
        False,
    ),
    "a token that is an account": (
        _import(
            token=signed(
                OPERATOR,
                {
                    "sub": ACCOUNT.public.text,
                    "iat": LONG_AGO,
                    "nats": {"limits": FREE, "type": "account", "version": 2},
                },
            )
        ),
        "is no activation",
        False,
    ),
    "traces to a wildcard": ({"trace": {"dest": "a.>"}}, "trace.dest: 'a.>'", True),
    "traces to nowhere": ({"trace": {"sampling": 5}}, "trace.dest", True),
    "traces sampled too much": ({"trace": {"dest": "a", "sampling": 500}}, "trace.sampling", True),
    "unknown cluster traffic": ({"cluster_traffic": "nobody"}, "cluster_traffic", True),
    "a callout by no key": ({"authorization": {"auth_users": ["bob"]}}, "auth_users[0]", True),
    "a callout for nobody": (
        {"authorization": {"allowed_accounts": [OTHER.public.text]}},
        "auth_users",
        True,
    ),
    "a callout for all and one": (
        {
            "authorization": {
                "auth_users": [USER.public.text],
                "allowed_accounts": ["*", OTHER.public.text],
            }
        },
        "stands alone",
        True,
    ),
    "a callout with a key of another kind": (
        {"authorization": {"auth_users": [USER.public.text], "xkey": USER.public.text}},
        "authorization.xkey",
        True,
    ),
    "a tier without a name": (_limits(tiered_limits={"": {"disk_storage": 5}}), "a tier", False),
    "a URL that is none": ({"info_url": "http://a b"}, "info_url", False),
    "a URL without a host": ({"info_url": "https://"}, "info_url", False),
    "an endless description": ({"description": "x" * 8193}, "8,192 bytes", False),
    "a signing key of a user": ({"signing_keys": [USER.public.text]}, "signing_keys[0]", False),
    "a scope of no kind": (_scope(kind=None), "“kind”", False),
    "a scope of another kind": (_scope(kind="all"), "user_scope", False),
    "a default of no subject": (
        {"default_permissions": {"pub": {"allow": ["a..b"]}}},
        "default_permissions.pub.allow[0]",
        True,
    ),
    "a limit in words": (_limits(conn="many"), "limits.conn", False),
    "a limit and a half": (_limits(conn=1.5), "limits.conn", False),
    "limits that are a list": ({"limits": []}, "limits", False),
    "a revocation in words": ({"revocations": {"*": "now"}}, "revocations.*", False),
    "revocations that are a list": ({"revocations": ["*"]}, "revocations", False),
    "exports that are a text": ({"exports": "all"}, "exports", False),
    "an export that is null": ({"exports": [None]}, "null is not an object", False),
    "an import that is a text": ({"imports": ["all"]}, "imports[0]", False),
    "mappings that are a list": ({"mappings": []}, "mappings", False),
    "signing keys that are an object": ({"signing_keys": {}}, "signing_keys", False),
    "a template that is a text": (_scope(template="x"), "template", False),
    "a role that is a number": (_scope(role=5), "role", False),
    "authorization that is a text": ({"authorization": "x"}, "authorization", True),
    "tags that are numbers": ({"tags": [5]}, "tags", False),
}


def claims(name: str) -> dict[str, Json]:
    """The claims of that name, of an account without limits otherwise."""
    return {**_limits(), **ACCOUNTS[name][0]}
