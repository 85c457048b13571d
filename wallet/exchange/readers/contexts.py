"""The nats CLI's contexts: JSON files that say where a server is and where a user's key lies.

`creds`, `nkey`, `user_jwt` and `user_seed` hold paths or addresses: `file://`, `env://`,
`data:;base64,`, `nsc://`, `op://`. What takes another program to read (`op://`) is not read, and
said; nsc is not run either, its creds are looked up where it keeps them.

Source: nats-io/jsm.go, natscontext/context.go and its resolvers.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from wallet.exchange.readers import nsc_store
from wallet.exchange.readers.file_content import NotOpenedError, opened
from wallet.exchange.readers.jwt_contents import add_token
from wallet.exchange.readers.keys_in_text import read_text
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.texts import key_shapes
from wallet.exchange.readers.texts.source_text import SourceText
from wallet.exchange.readers.told_servers import add_servers
from wallet.nats.nkeys import Kind
from wallet.secrets import sodium
from wallet.text import plain

_TELLING = ("url", "creds", "nkey", "nsc", "user_jwt", "user_seed")
_SHOWN = 200
_OBJECT = re.compile(rb"\s*+\{")


def recognises(text: SourceText) -> bool:
    """Whether a text is a context."""
    return bool(_fields(text.content))


def read(text: SourceText, into: Findings) -> None:
    """Put the keys that a context names, and its servers, into `into`.

    What it says of itself goes to the notes of its user.
    """
    into.holds("the settings of a context")
    fields, before = _fields(text.content), len(into.mentions)
    _read_fields(fields, text.shown, into, text.stem)
    description = _text(fields, "description")
    for place in range(before, len(into.mentions)):
        if into.mentions[place].public.kind is Kind.USER:
            into.mentions[place] = replace(into.mentions[place], remark=description)


def _fields(content: bytearray) -> dict[str, Any]:
    """The fields of a context; empty for what is none."""
    if not _OBJECT.match(content):
        return {}
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(fields, dict) or not any(isinstance(fields.get(n), str) for n in _TELLING):
        return {}
    return fields


def _read_fields(fields: dict[str, Any], source: str, into: Findings, name: str) -> None:
    urls = filter(str.strip, _text(fields, "url").split(","))
    files = (_text(fields, "ca"), _text(fields, "cert"), _text(fields, "key"))
    add_servers(urls, source, into, name=name, files=files)
    for field in ("password", "token"):
        if _text(fields, field):
            into.holds(f"a {field}")
    _tell_the_rest(fields, source, into)
    for field in ("creds", "nkey"):
        if address := _text(fields, field):
            _follow_or_take(address, f"{source}, {field}", into, name)
    seed, token = _text(fields, "user_seed"), _text(fields, "user_jwt")
    if seed:
        _follow_or_take(seed, f"{source}, user_seed", into, name)
    if token:
        _follow_or_take(token, f"{source}, user_jwt", into, name)
    if profile := _text(fields, "nsc"):
        address = profile if "://" in profile else f"nsc://{profile}"
        _follow(address, f"{source}, nsc", into, name)


def _tell_the_rest(fields: dict[str, Any], source: str, into: Findings) -> None:
    """Say which of a context's other fields hold what looks like a key: they are not read."""
    for field, value in fields.items():
        if field in _TELLING and isinstance(value, str):
            continue
        written = bytearray(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        for run in key_shapes.runs(written):
            into.refuse(
                f"{source}, {field}", f"It holds {run.what}, which no context does: not taken."
            )
        sodium.wipe(written)


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def _follow_or_take(value: str, source: str, into: Findings, name: str) -> None:
    """A field may hold the seed, the JWT or the creds themselves in the place of an address."""
    given = bytearray(value.encode("utf-8", "replace"))
    itself = key_shapes.has_any(given)
    sodium.wipe(given)
    if "://" in value or value.startswith(("data:", "/", "~", ".")) or not itself:
        _follow(value, source, into, name)
    elif value.startswith("ey"):
        add_token(value, source, into, name=name)
    else:
        _take(bytearray(value.encode("utf-8", "replace")), source, into, name)


def _follow(address: str, source: str, into: Findings, name: str) -> None:
    """Read what an address stands for."""
    scheme = address.partition(":")[0].lower() if ":" in address else ""
    rest = address.partition(":")[2].removeprefix("//")
    if scheme == "env":
        value = os.environ.get(rest, "")
        if not value:
            into.refuse(source, f"The variable {plain(rest, _SHOWN)} is not set here.")
            return
        with into.elsewhere():
            _take(bytearray(value.encode("utf-8", "surrogateescape")), source, into, name)
    elif scheme == "data":
        _decode(address, source, into, name)
    elif scheme == "op":
        into.refuse(
            source,
            f"Its key lies in 1Password, at {plain(address, _SHOWN)}, which the wallet does not "
            "open. Have `op read` write it into `nkey-wallet import -`.",
        )
    elif scheme == "nsc":
        path = nsc_store.creds_of_profile(address)
        if path is None:
            into.refuse(source, "It names no user as nsc does: nsc://operator/account/user.")
        else:
            _open(path, source, into, name)
    elif "://" in address and scheme != "file":
        into.refuse(
            source, f"The wallet knows no addresses that begin with {plain(scheme, 20)}://."
        )
    else:
        path = Path(os.path.expandvars(rest if scheme == "file" else address))
        _open(_at_home(path), source, into, name)


def _at_home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:  # no such person, or no home
        return path


def _decode(address: str, source: str, into: Findings, name: str) -> None:
    head, comma, payload = address.partition(",")
    try:
        if not comma or "base64" not in head.split(";"):
            raise ValueError
        content = bytearray(base64.b64decode(payload, validate=True))
    except (ValueError, binascii.Error):
        into.refuse(source, "Its data: address holds no base64 text.")
        return
    _take(content, source, into, name)


def _take(content: bytearray, source: str, into: Findings, name: str) -> None:
    try:
        read_text(content, source, into, name=name)
    finally:
        sodium.wipe(content)


def _open(path: Path, source: str, into: Findings, name: str) -> None:
    try:
        with (
            opened(path) as file,
            into.watching(str(path), file),
        ):
            read_text(file.content, f"{source}: {path}", into, name=name)
    except NotOpenedError as error:
        into.refuse(f"{source}: {path}", str(error))
