"""Configurations of servers, made by varying real ones over every setting that there is.

The real ones are nats-server's own, of its tests, in Go's module cache: whole files, and those that
stand in the text of its tests. Settings come from the one list of them, values by what each takes,
right ones and wrong ones.
"""

from __future__ import annotations

import copy
import random
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests import gomodules
from wallet.connection.rehearsal.rewriting import configuration_text
from wallet.errors import WalletError
from wallet.nats.config import parser
from wallet.nats.config.names import Block, Form, Setting, every_setting, settings
from wallet.nats.config.parser import Literal, Value
from wallet.system.disk import regular_files

Tree = dict[str, Value]

_IN_TEST = re.compile(r"(?:createConfFile\(t, \[\]byte\(|:?= ?)`([^`]*)`")
_TOP = "listen accounts authorization cluster leafnodes jetstream gateway websocket mqtt tls"
_HASH = "$2a$11$W2zko751KUvVy59mUTWmpOdWjpEm5qhcCZRd05GjI/sSOT.xtiHyG"
_FLAGS = ("true", "false", "yes", '"true"', "5")
_ADDRESSES = """nats://127.0.0.1:1 nats://u:p@127.0.0.1:7 nats://v:p@127.0.0.1:7 nats://t@127.0.0.1:8
ws://127.0.0.1:2 tls://127.0.0.1:3 nats://127.0.0.1 nats://[::1]:4 http://127.0.0.1:5
nats://127.0.0.1:x nats-route://127.0.0.1:6"""
_GOOD_TLS = {
    "cert_file": ("server-cert.pem", "srva-cert.pem"),
    "key_file": ("server-key.pem", "srva-key.pem"),
    "ca_file": ("ca.pem",),
}
_VALUES: dict[Form, tuple[str, ...]] = {
    Form.PORT: ("-1", "0", "4555", "6555", "70000", "-2", '"4222"', "4222"),
    Form.HOST: ("127.0.0.1", "0.0.0.0", "localhost", '""', "5"),
    Form.LISTEN: ("127.0.0.1:-1", "0.0.0.0:4556", "4557", "-1", "localhost:0", "x", "a:b:c"),
    Form.ADVERTISE: ("127.0.0.1:5", "host.invalid", "bad:x", '""'),
    Form.URL: (*(f'"{url}"' for url in _ADDRESSES.split()), "5"),
    Form.FILE: ("./none.pem", '""', "5"),
    Form.OUTPUT: ("./made-file", "5", '""'),
    Form.DIRECTORY: ("./made-directory", "5", '""'),
    Form.SECRET: ("pass-a", "pass-b", '""', "5", f'"{_HASH}"', "true"),
    Form.SEED: (
        "SUAJVNE3BYTSLJF5PLPKINACXRTOHCA6SL4TL4RKFTVZR2TLQW4OIPO4VE",
        "SUAJVNE3BYTSLJF5PLPKINACXRTOHCA6SL4TL4RKFTVZR2TLQW4OIPO4VA",
        "SAABLE",
        "5",
    ),
    Form.FLAG: _FLAGS,
    Form.NUMBER: ("1", "3", "0", "-1", "1000000", '"3"', "1.5"),
    Form.NUMBER_OR_PERCENT: ("50", '"50%"', "101", "-1"),
    Form.SIZE: ("1024", "1MB", '"1M"', "0", "-1", "99GB", "x"),
    Form.DURATION: ('"2s"', '"40s"', '"0s"', '"-1s"', '"2h"', "5", '"1x"', "1.5"),
    Form.SECONDS: ("1", '"2s"', "0.5", '"x"', "70"),
    Form.USER: ("guest", "one", "nobody", '""', "5"),
    Form.ACCOUNT: ("A", "SYS", "$G", "GONE", '""', "5"),
    Form.SUBJECT: ("foo", "foo.>", "foo.*", ">", "foo..bar", '""', "5"),
    Form.NAME: ("north", "south", "abc", '"two words"', '""', "a.b", "5"),
    Form.TEXT: ("2.9.0", "abc", '""', "5"),
}
_WORDS = {
    "write_timeout": ("default", "close", "retry", "x"),
    "cipher": ("aes", "chacha", "x"),
    "mode": ("s2_fast", "off", "s2_auto", "accept", "always", "never", "x"),
    "type": ("full", "cache", "mem", "local", "none", "x"),
    "response": ("single", "stream", "x"),
    "cluster_traffic": ("system", "owner", "x"),
    "allowed_connection_types": ("STANDARD", "WEBSOCKET", "MQTT", "LEAFNODE", "x"),
    "handshake_first": ("true", "false", "auto", '"300ms"', "x"),
    "min_version": ("1.2", "1.3", "9", "2.9.0", "2.7.0"),
}
_LIKE = {
    Form.URLS: Form.URL,
    Form.DURATIONS: Form.DURATION,
    Form.USERS: Form.USER,
    Form.ACCOUNTS: Form.ACCOUNT,
    Form.SUBJECTS: Form.SUBJECT,
    Form.TEXTS: Form.TEXT,
    Form.WORD: Form.TEXT,
    Form.WORDS: Form.TEXT,
    Form.TEXTS_BY_NAME: Form.TEXT,
    Form.SECRETS_BY_NAME: Form.SECRET,
}
_LISTS = {form for form in Form if form.endswith("s") and form is not Form.SECONDS}
# Whole blocks, so that what is set within them has something to be about.
_BLOCKS = """
jetstream { max_mem: 1M, max_file: 1M }
jetstream: enabled
server_name: north
cluster { name: north, port: -1 }
cluster { name: north, listen: "127.0.0.1:6333", routes: ["nats://127.0.0.1:9"] }
gateway { name: north, port: -1, gateways: [ { name: south, url: "nats://127.0.0.1:9" } ] }
leafnodes { port: -1 }
leafnodes { port: -1, authorization { user: leaf, password: l, account: A } }
leafnodes { remotes: [ { url: "nats://127.0.0.1:9", account: A } ] }
leafnodes { remotes: [ { url: "nats://a:b@127.0.0.1:9" }, { url: "nats://c:d@127.0.0.1:9" } ] }
websocket { port: -1, no_tls: true }
websocket { port: 8555, no_tls: true, no_auth_user: guest }
mqtt { port: -1 }
http: 8556
http_port: -1
system_account: SYS
no_auth_user: guest
lame_duck_duration: "60s"
max_payload: 1MB
resolver: MEMORY
proxies { trusted: [ { key: UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4 } ] }
ocsp_cache: false
pid_file: "./made.pid"
server_tags: [ "a:b", "c" ]
accounts { A { jetstream: enabled, users: [ { nkey: ONE } ] }, SYS {} }
accounts { A { users: [ { nkey: ONE }, { user: guest, password: g } ] }, SYS {} }
accounts { A { users: [ { nkey: ONE } ] }, B { users: [ { nkey: TWO } ] }, SYS {} }
authorization { users: [ { nkey: ONE }, { nkey: TWO, permissions: { publish: "a.>" } } ] }
authorization { users: [ { nkey: ONE, allowed_connection_types: [WEBSOCKET] } ] }
authorization { user: a, password: b }
authorization { token: t }
"""


@dataclass(frozen=True, slots=True)
class Bases:
    """Real configurations, as they are read, and the directories that they lie in."""

    trees: list[tuple[Path, str, Tree]]
    blocks: list[Tree]


def bases(directory: Path, users: list[str]) -> Bases:
    """Copy the real ones into `directory`, and read them. Skips a test where Go is missing.

    `users` are the public keys that stand for ONE and TWO.
    """
    source = gomodules.source(gomodules.NATS_SERVER)
    found: list[tuple[Path, str, Tree]] = []
    for part in ("server", "test"):
        root = directory / part
        shutil.copytree(source / part / "configs", root / "configs", copy_function=shutil.copyfile)
        for path in sorted(root.rglob("*.conf")):
            found += _read(path, root, str(path.relative_to(directory)))
        for path in sorted((source / part).glob("*_test.go")):
            texts = _IN_TEST.findall(path.read_text(encoding="utf-8"))
            for number, text in enumerate(texts):
                if any(f"{word} " in text or f"{word}:" in text for word in _TOP.split()):
                    inner = root / "inline.conf"
                    inner.write_text(re.sub(r"%[dsqv]", "-1", text), encoding="utf-8")
                    found += _read(inner, root, f"{path.name} {number}")
    root = directory / "server"
    blocks = []
    for line in _BLOCKS.strip().splitlines():
        written = line.replace("ONE", users[0]).replace("TWO", users[1])
        (root / "block.conf").write_text(written, encoding="utf-8")
        blocks += [tree for _, _, tree in _read(root / "block.conf", root, line)]
    return Bases(found, blocks)


def _read(path: Path, root: Path, name: str) -> list[tuple[Path, str, Tree]]:
    try:
        tree = parser.read(path, regular_files.content)
        configuration_text.write(tree)
    except (WalletError, RecursionError):
        return []
    return [(root, name, tree)]


@dataclass(frozen=True, slots=True)
class Variation:
    """One configuration: the directory it belongs in, what it was made of, and its text."""

    root: Path
    of: str
    text: str


def variation(found: Bases, number: int, seed: int, users: list[str]) -> Variation:
    """The same for the same number and seed."""
    chance = random.Random(f"{seed}:{number}")
    root, name, real = chance.choice(found.trees)
    tree: Tree = copy.deepcopy(real) if chance.random() < 0.6 else {}
    of = name if tree else "nothing"
    for _ in range(chance.choice((0, 0, 1, 1, 2)) + (not tree)):
        _merge(tree, copy.deepcopy(chance.choice(found.blocks)))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        path = chance.choice(_paths())
        _set(chance, tree, settings(), path, users)
        of += f" + {'.'.join(one.names[0] for one in path)}"
    if tree and chance.random() < 0.15:
        gone = chance.choice(list(tree))
        del tree[gone]
        of += f" - {gone}"
    return Variation(root, of, configuration_text.write(tree).text)


def _merge(tree: Tree, other: Tree) -> None:
    for key, value in other.items():
        there = tree.get(key)
        if there and isinstance(there.data, dict) and isinstance(value.data, dict):
            _merge(there.data, value.data)
        else:
            tree[key] = value


_ALL_PATHS: list[list[Setting]] = []


def _paths() -> list[list[Setting]]:
    """Every setting with a value of its own, by the settings that it is within."""
    if not _ALL_PATHS:
        _within(settings(), [])
        leaves = {path[-1].path for path in _ALL_PATHS}
        assert leaves >= {path for path, one in every_setting().items() if one.inside is None}
    return _ALL_PATHS


def _within(block: Block, above: list[Setting]) -> None:
    for setting in block:
        if setting.inside is not None:
            _within(setting.inside, [*above, setting])
        else:
            _ALL_PATHS.append([*above, setting])


def _set(
    chance: random.Random, tree: Tree, block: Block, path: list[Setting], users: list[str]
) -> None:
    setting, *below = path
    own = setting is block.own_names
    key = chance.choice(("A", "SYS", "B")) if own else chance.choice(setting.names)
    if not own and chance.random() < 0.8:  # where it stands already, in whatever spelling
        key = next((name for name in tree if block.find(name) is setting), key)
    if not below:
        tree[key] = _value(chance, setting, users)
        return
    inside = setting.inside
    assert inside is not None
    there = tree.get(key)
    if setting.form is Form.BLOCKS:
        listed = there.data if there and isinstance(there.data, list) else []
        if not listed or not isinstance(listed[-1].data, dict):
            listed = [*listed, Value({}, "made", 1)]
        inner = listed[-1].data
        tree[key] = Value(listed, "made", 1)
    else:
        inner = there.data if there and isinstance(there.data, dict) else {}
        tree[key] = Value(inner, "made", 1)
    assert isinstance(inner, dict)
    _set(chance, inner, inside, below, users)


def _value(chance: random.Random, setting: Setting, users: list[str]) -> Value:
    name = setting.names[0]
    form = _LIKE.get(setting.form, setting.form)
    if name in _GOOD_TLS and chance.random() < 0.7:
        file = chance.choice(_GOOD_TLS[name])
        return Value(f"./configs/certs/{file}", "made", 1)
    if name in _WORDS and chance.random() < 0.9:
        values: tuple[str, ...] = _WORDS[name]
    elif setting.form.endswith(("-key", "-keys")):
        values = (*users, "UABC", "ADECCNBUEBWZ727OMBFSN7OMK2FPYRM52TJS25TFQWYS76NPOJBN3KU4")
    else:
        values = _VALUES.get(form, ("x", "5"))
    if chance.random() < 0.8:  # the first ones are mostly right
        values = values[:3]
    if setting.form in {Form.TEXTS_BY_NAME, Form.SECRETS_BY_NAME}:
        return Value({"k": _scalar(chance.choice(values))}, "made", 1)
    if setting.form in _LISTS and chance.random() < 0.7:
        chosen = [_scalar(chance.choice(values)) for _ in range(chance.choice((1, 1, 2)))]
        return Value(chosen, "made", 1)
    return _scalar(chance.choice(values))


def _scalar(text: str) -> Value:
    if text.startswith('"'):
        return Value(text.strip('"'), "made", 1)
    literal = re.fullmatch(r"-?\d+(?:\.\d+)?(?:[KMG]B?)?|true|false|yes", text)
    return Value(Literal(text) if literal else text, "made", 1)
