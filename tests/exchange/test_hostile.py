"""Files that nobody honest makes: a clear sentence for each, and nothing half imported."""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.exchange.made import AT, Chain, payload
from tests.exchange.support import import_all, new_vault, plan_of
from tests.jwts import HEADER, encode, sign
from wallet.exchange.readers.material import Findings
from wallet.nats import jwt
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.key_record import is_plain
from wallet.vault.vault import Vault

SEED = b"SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
CHAIN = Chain()
OTHER = Chain("other")
DEEP = 10_000
HUGE = 200 << 20

Make = Callable[[Path], Path]


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """A vault that already knows CHAIN; no test here may change it."""
    with new_vault(tmp_path_factory.mktemp("hostile")) as vault:
        import_all(vault, CHAIN.everything())
        yield vault


def text(content: bytes | str, name: str = "x.nk") -> Make:
    def make(where: Path) -> Path:
        (where / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return where / name

    return make


def token(signer: Seed, claims: object, header: object = HEADER) -> Make:
    return text(sign(signer, claims, header), "x.jwt")


def sparse(name: str) -> Make:
    def make(where: Path) -> Path:
        with (where / name).open("wb") as file:
            file.truncate(HUGE)
        return where / name

    return make


def user_claims(**nats: object) -> dict[str, object]:
    return payload(OTHER.account, OTHER.user.public.text, "user", **nats)


def account_claims(**nats: object) -> dict[str, object]:
    return payload(OTHER.operator, OTHER.account.public.text, "account", **nats)


def changed(claims: dict[str, object], **fields: object) -> dict[str, object]:
    return {**claims, **fields}


def raw_payload(data: bytes) -> Make:
    """A JWT whose payload is these bytes, signed."""
    signed = f"{encode(HEADER)}.{encode(data)}"
    return text(f"{signed}.{encode(OTHER.account.sign(signed.encode()))}", "x.jwt")


def block(name: str, content: bytes) -> bytes:
    return b"-----BEGIN %s-----\n%s\n------END %s------\n" % (name.encode(), content, name.encode())


def creds(*parts: bytes) -> Make:
    return text(b"\n".join(parts), "x.creds")


JWT_BLOCK = block("NATS USER JWT", OTHER.user_jwt().encode())
SEED_BLOCK = block("USER NKEY SEED", bytes(OTHER.user.encode()))


def link_loop(where: Path) -> Path:
    (where / "a.nk").symlink_to("b.nk")
    (where / "b.nk").symlink_to("a.nk")
    return where / "a.nk"


def fifo(where: Path) -> Path:
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    os.mkfifo(where / "x.nk")
    return where / "x.nk"


def unix_socket(where: Path) -> Path:
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    here = os.getcwd()
    os.chdir(where)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("x.nk")
    finally:
        os.chdir(here)
    return where / "x.nk"


def directory_of(*makes: Make) -> Make:
    def make(where: Path) -> Path:
        inside = where / "inside"
        inside.mkdir()
        for each in makes:
            each(inside)
        return inside

    return make


def link_outside(where: Path) -> Path:
    (where / "secret.nk").write_bytes(SEED)
    inside = where / "inside"
    inside.mkdir()
    (inside / "mine.nk").symlink_to("../secret.nk")
    return inside


def linked_directory(where: Path) -> Path:
    (where / "other").mkdir()
    (where / "other" / "secret.nk").write_bytes(SEED)
    inside = where / "inside"
    inside.mkdir()
    (inside / "more.nk").symlink_to("../other")
    return inside


def too_deep(where: Path) -> Path:
    at = where / "deep"
    for number in range(40):
        at = at / f"d{number}"
    at.mkdir(parents=True)
    (at / "x.nk").write_bytes(SEED)
    return where / "deep"


def named_for_another(where: Path) -> Path:
    file = where / "keys" / f"{OTHER.user.public.text}.nk"
    file.parent.mkdir()
    file.write_bytes(SEED)
    return file.parent


def context(**fields: object) -> Make:
    return text(json.dumps(fields), "x.json")


def context_of_itself(where: Path) -> Path:
    return context(creds=str(where / "x.json"))(where)


def context_of_a_pipe(where: Path) -> Path:
    return context(nkey=str(fifo(where)))(where)


def conf(content: str) -> Make:
    return text(content, "x.conf")


CASES: dict[str, tuple[Make, str]] = {
    # seeds and keys
    "an empty file": (text(b""), "no NATS key"),
    "blanks alone": (text(b" \n\t\r\n"), "no NATS key"),
    "zero bytes": (text(bytes(58)), "no text"),
    "a seed in UTF-16, cut off": (text(SEED.decode().encode("utf-16")[:-1]), "no text"),
    "a seed in UTF-16 without a mark": (text(SEED.decode().encode("utf-16-le")), "no text"),
    "bytes of no encoding": (text(b"\xff\xfe\xfd\x80" * 20), "no NATS key"),
    "a truncated seed": (text(SEED[:50]), "58 characters"),
    "a seed one character short": (text(SEED[:-1]), "1 missing"),
    "a seed one character long": (text(SEED + b"A"), "1 too many"),
    "a mistyped seed": (text(SEED[:30] + b"A" + SEED[31:]), "checksum"),
    "a seed in small letters": (text(SEED.lower()), "capital letters"),
    "a seed of no kind": (
        text(b"SZAIB67JMUPS5OKP6BZNCFTIMHOTS6JIX2C53TLSNEROIRFBJLSK3NUOVY"),
        "kind",
    ),
    "a seed run together with another": (text(SEED + SEED), "58 characters"),
    "a private key": (
        text(
            b"PDC2WWLK67NUTFW7ZH5A7FOPZC32VXYZYWYNQMQ6RQWP2FEEF6KDVFOW7W7PHAXEGS3QMBNABEYMCZHB6K"
            b"4G2PAHSEZQKS4Q5JKTVVDCJORA"
        ),
        "private key",
    ),
    "an invented public key": (
        text(b"UDXU4RCVJ5K7MONFUQ2WFP3QZJWLQVZ3AQKJ7HNVQXKFZJQXQZQXQZQX"),
        "checksum",
    ),
    "a line of a megabyte": (text(b"A" * ((1 << 20) - 1)), "no NATS key"),
    "a hundred thousand lines": (text(b"x\n" * 150_000), "lines"),
    "a sparse .nk of 200 MB": (sparse("x.nk"), "larger than 1 MiB"),
    "a sparse .jwt of 200 MB": (sparse("x.jwt"), "larger than 1 MiB"),
    "a sparse .conf of 200 MB": (sparse("x.conf"), "larger"),
    # JWTs
    "a JWT of two parts": (text(OTHER.user_jwt().rsplit(".", 1)[0], "x.jwt"), "three parts"),
    "a JWT of four parts": (text(OTHER.user_jwt() + ".eyJ", "x.jwt"), "three parts"),
    "a truncated JWT": (text(OTHER.user_jwt()[:-20], "x.jwt"), "signature"),
    "a JWT with no base64": (text("eyJ$$$.eyJ.eyJ", "x.jwt"), "JWT"),
    "a JWT with a changed payload": (
        text(
            OTHER.user_jwt().replace(OTHER.user_jwt().split(".")[1], encode(user_claims())), "x.jwt"
        ),
        "signature is not",
    ),
    "a JWT signed by somebody else": (token(CHAIN.account, user_claims()), "signature is not"),
    "JSON 10,000 deep": (raw_payload(b'{"a":' * DEEP + b"1" + b"}" * DEEP), "not readable"),
    "lists 10,000 deep": (raw_payload(b"[" * DEEP + b"]" * DEEP), "not readable"),
    "a list for claims": (raw_payload(b"[1]"), "not an object"),
    "a claim twice": (raw_payload(b'{"sub":"a","sub":"b"}'), "twice"),
    "a claim in another case": (token(OTHER.account, changed(user_claims(), SUB="x")), "case"),
    "a number too large": (raw_payload(b'{"exp":1e999}'), "not readable"),
    "half a character": (raw_payload(b'{"name":"\\ud800"}'), "not readable"),
    "no algorithm": (token(OTHER.account, user_claims(), {"typ": "JWT", "alg": "none"}), "no NATS"),
    "another algorithm": (
        token(OTHER.account, user_claims(), {"typ": "JWT", "alg": "HS256"}),
        "no NATS",
    ),
    "a version of the future": (token(OTHER.account, user_claims(version=99)), "newer version"),
    "a JWT about nobody": (token(OTHER.account, changed(user_claims(), sub="")), "whom"),
    "a JWT about a path": (
        token(OTHER.account, changed(user_claims(), sub="../../etc/passwd")),
        "not the key of a user",
    ),
    "an expiry in words": (token(OTHER.account, changed(user_claims(), exp="never")), "exp"),
    "an operator signed by another": (
        token(OTHER.operator, payload(OTHER.operator, CHAIN.operator.public.text, "operator")),
        "not by the operator",
    ),
    "an account signed by another account": (
        token(OTHER.account, payload(OTHER.account, CHAIN.account.public.text, "account")),
        "another account",
    ),
    "a user signed by a user": (
        token(OTHER.user, payload(OTHER.user, OTHER.user.public.text, "user")),
        "cannot sign",
    ),
    "an activation": (
        token(OTHER.account, payload(OTHER.account, OTHER.account.public.text, "activation")),
        "names no key",
    ),
    "signing keys that are a number": (
        token(OTHER.operator, account_claims(signing_keys=5)),
        "a list",
    ),
    "a signing key that is itself": (
        token(OTHER.operator, account_claims(signing_keys=[OTHER.account.public.text])),
        "itself",
    ),
    "a signing key that is a number": (
        token(OTHER.operator, account_claims(signing_keys=[7])),
        "public key of an account",
    ),
    "revocations that are a list": (
        token(OTHER.operator, account_claims(revocations=[PUBLIC])),
        "an object",
    ),
    "limits in words": (token(OTHER.account, user_claims(subs="many")), "whole number"),
    "a subject with an escape": (
        token(OTHER.account, user_claims(pub={"allow": ["\x1b[2J"]})),
        "control characters",
    ),
    # creds
    "creds with two JWTs": (creds(JWT_BLOCK, JWT_BLOCK, SEED_BLOCK), "two JWTs"),
    "creds with two seeds": (creds(JWT_BLOCK, SEED_BLOCK, SEED_BLOCK), "two"),
    "creds twice in one file": (creds(OTHER.creds(), OTHER.creds()), "two"),
    "creds that were cut off": (text(OTHER.creds()[:-120], "x.creds"), "cut off"),
    "creds with another's seed": (
        creds(JWT_BLOCK, block("USER NKEY SEED", SEED)),
        "Put the JWT and the seed of the same user together",
    ),
    "creds of an account": (
        creds(
            block("NATS USER JWT", OTHER.account_jwt().encode()),
            block("USER NKEY SEED", bytes(OTHER.account.encode())),
        ),
        "a user's JWT",
    ),
    "ten thousand beginnings": (text(b"-----BEGIN A-----\n" * DEEP, "x.creds"), "cut off"),
    "a megabyte of dashes": (text(b"-" * (1 << 20), "x.creds"), "no NATS key"),
    "an empty block": (creds(block("NATS USER JWT", b"")), "JWT"),
    # files and directories
    "a loop of links": (link_loop, "symbolic link"),
    "a loop of links in a directory": (directory_of(link_loop), "symbolic link"),
    "a named pipe": (fifo, "a pipe"),
    "a named pipe in a directory": (directory_of(fifo), "a pipe"),
    "a socket": (unix_socket, "a socket"),
    "a device": (lambda _: Path("/dev/zero"), "a device"),
    "no such file": (lambda where: where / "missing.nk", "no such file"),
    "a NUL in a path": (lambda where: where / "a\0b.nk", "be called that"),
    "a path of 5,000 characters": (lambda where: where / ("a" * 5_000), "name too long"),
    "a link that leads outside": (link_outside, "not followed"),
    "a linked directory": (linked_directory, "not followed"),
    "directories without end": (too_deep, "directories deep"),
    "an empty directory": (directory_of(), "is in it"),
    "a file named for another key": (named_for_another, "named for one key"),
    "a directory with a huge file": (directory_of(sparse("x.creds")), "larger than 1 MiB"),
    # contexts
    "a context 10,000 deep": (
        text(b'{"url":"a","x":' + b"[" * DEEP + b"]" * DEEP + b"}", "x.json"),
        "no NATS key",
    ),
    "a context that leads to itself": (context_of_itself, "no NATS key"),
    "a context that leads to a pipe": (context_of_a_pipe, "a pipe"),
    "a context that leads to a device": (context(creds="/dev/zero"), "a device"),
    "a context with a trick in its profile": (context(nsc="nsc://a/../../b"), "names no user"),
    "a context with rubbish inline": (
        context(creds="data:;base64," + base64.b64encode(b"x" * 5000).decode()),
        "no NATS key",
    ),
    "a context with a seed where a JWT belongs": (context(user_jwt="eyJ.eyJ.eyJ"), "JWT"),
    # configurations
    "a configuration that does not end": (conf('accounts { A { users [ {nkey: "U'), "not end"),
    "a configuration that ends with a quote": (conf('accounts { A { users [ {nkey: "'), "no value"),
    "a configuration that includes itself": (
        conf("include x.conf\nauthorization { }"),
        "circle",
    ),
    "a configuration 10,000 deep": (conf("authorization " + "{a " * DEEP), "deep"),
    "a configuration with a seed in it": (
        conf(f"authorization {{ users [ {{ nkey: {SEED.decode()} }} ] }}"),
        "a seed",
    ),
    "a configuration with a key of another kind": (
        conf(f"authorization {{ users [ {{ nkey: {OTHER.account.public.text} }} ] }}"),
        "belongs",
    ),
    "a configuration without keys": (conf("accounts { A { users [] } }"), "No public key"),
    "a configuration whose operator is missing": (conf("operator: /no/where.jwt"), "no such file"),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_with_a_clear_sentence_and_nothing_goes_in(
    name: str, vault: Vault, tmp_path: Path
) -> None:
    make, said = CASES[name]
    plan = plan_of(vault, make(tmp_path))
    with plan.findings:
        assert not plan.items, [item.path for item in plan.items]
        assert plan.bad
        sentences = " ".join(f"{bad.path}: {bad.why}" for bad in plan.bad)
        assert said.casefold() in sentences.casefold()
        assert is_plain(sentences)
        assert SEED.decode() not in sentences


def test_all_of_it_in_one_directory_keeps_no_good_key_out(vault: Vault, tmp_path: Path) -> None:
    makes = [make for name, (make, _) in CASES.items() if "200 MB" not in name]
    for number, make in enumerate(makes):
        where = tmp_path / "all" / f"{number:03d}"
        where.mkdir(parents=True)
        make(where)
    with Seed.generate(Kind.USER) as good:
        (tmp_path / "all" / "500.nk").write_bytes(good.encode())
        plan = plan_of(vault, tmp_path / "all")
        with plan.findings:
            # The two that links lead to lie in this directory themselves.
            added = {item.candidate.public.text for item in plan.to_do}
            assert good.public.text in added
            assert added <= {good.public.text, PUBLIC}
            assert len(plan.bad) > 40


def test_a_walk_ends_at_its_bound_and_says_so(vault: Vault, tmp_path: Path) -> None:
    from wallet.exchange.readers.directory import walk

    for number in range(20):
        (tmp_path / f"{number}.nk").write_bytes(SEED)
    with Findings() as into:
        entries = [entry.name for entry in walk(tmp_path, into, max_entries=10)]
        assert len(entries) == 9
        assert "too much" in into.bad[0].why


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a/b", "a_b"),
        ("../../etc", ".._.._etc"),
        ("[red]x[/red]", "[red]x[_red]"),
        ("bell\x07\x1b[2J", "bell__[2J"),
        ("\u202eright to left", "_right to left"),
        ("two\nlines", "two_lines"),
        ("x" * 5_000, "x" * 120),
        (" \t ", "user-1"),
        (PUBLIC, "user-1"),
        (SEED.decode(), "user-1"),
    ],
    ids=["slash", "path", "markup", "escape", "bidi", "lines", "long", "blank", "key", "seed"],
)
def test_a_name_that_no_key_may_have_is_made_one(name: str, shown: str, tmp_path: Path) -> None:
    chain = Chain()
    token = sign(
        chain.account,
        changed(
            payload(chain.account, chain.user.public.text, "user", subs=-1, data=-1, payload=-1),
            name=name,
        ),
    )
    with new_vault(tmp_path) as vault:
        result = import_all(vault, token.encode())
        assert not result.bad
        user = vault.records.by_public(chain.user.public.text)
        assert user is not None
        assert user.name == shown
        assert vault.records.tokens.get(user.id) == token


def test_a_file_name_with_control_characters_is_shown_without_them(
    vault: Vault, tmp_path: Path
) -> None:
    (tmp_path / "\x1b[2Jx\n.nk").write_bytes(b"nothing")
    plan = plan_of(vault, tmp_path)
    with plan.findings:
        assert is_plain(plan.bad[0].path)
        assert "\x1b" not in plan.bad[0].path


def test_a_seed_in_the_name_of_a_file_is_not_repeated(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / f"{SEED.decode()}.nk").write_bytes(b"nothing")
    plan = plan_of(vault, tmp_path)
    with plan.findings:
        assert SEED.decode() not in plan.bad[0].path


# --- what has a right signature, and is a lie all the same -----------------------------------


def test_an_account_cannot_be_taken_over_by_another_operator(vault: Vault) -> None:
    stolen = jwt.issue(
        OTHER.operator, CHAIN.account.public, {"limits": {}}, issued=AT + 1000, name="sales"
    )
    plan = plan_of(vault, b"\n".join([OTHER.operator_jwt().encode(), stolen.encode()]))
    with plan.findings:
        assert [conflict.what for conflict in plan.open_conflicts] == ["place"]


def test_a_user_whose_signer_its_account_does_not_name_is_asked_about(vault: Vault) -> None:
    with Seed.generate(Kind.USER) as user:
        said = {"issuer_account": CHAIN.account.public.text, "subs": -1, "data": -1, "payload": -1}
        forged = jwt.issue(OTHER.account_sk, user.public, said, issued=AT, name="spy")
        plan = plan_of(vault, forged.encode())
        with plan.findings:
            assert [conflict.what for conflict in plan.open_conflicts] == ["signer"]


def test_another_accounts_jwt_cannot_claim_a_signing_key_of_the_vault(vault: Vault) -> None:
    claim = OTHER.account_jwt(signing_keys=[CHAIN.account_sk.public.text])
    plan = plan_of(vault, b"\n".join([OTHER.operator_jwt().encode(), claim.encode()]))
    with plan.findings:
        key = CHAIN.account_sk.public.text
        (item,) = [item for item in plan.items if item.candidate.public.text == key]
        assert item.steps == []
        assert "stays where it is" in item.notes[-1]


def test_a_self_signed_jwt_of_an_account_does_not_replace_its_operators(vault: Vault) -> None:
    own = CHAIN.account_jwt(signer=CHAIN.account, at=1000)
    plan = plan_of(vault, own.encode())
    with plan.findings:
        assert [conflict.what for conflict in plan.open_conflicts] == ["jwt"]
