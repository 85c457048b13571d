"""Keys as the files of other programs: `.nk`, `.creds`, JWTs, an nsc store, nats CLI contexts.

What is to be written is listed first, each file with its place and a way to make its contents,
so that it can be shown, asked about and stopped. A seed is opened when its own file is written
and wiped right after it.

Source: nsc's store and keystore layout (nats-io/nsc cmd/store); natscli's context files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from wallet import credentials, sodium
from wallet.errors import UsageError
from wallet.nkeys import Kind, decode_public
from wallet.snippets import DEFAULT_SERVER
from wallet.sodium import Bytes
from wallet.system import plainfiles
from wallet.vault import configuring
from wallet.vault.record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

FORMS = ("nk", "creds", "jwt", "public", "nsc", "context")
_ENDINGS = {"nk": ".nk", "creds": ".creds", "jwt": ".jwt", "public": ".pub", "context": ".json"}
_OF_USERS = {"creds", "context"}  # of an operator or account, the users beneath it
_UNSAFE = re.compile(r"[^\w .@+=,-]")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


@dataclass(frozen=True, slots=True)
class Item:
    """One file to write. `make` gives its contents, for the writer to wipe."""

    path: Path
    make: Callable[[], Bytes]
    secret: bool


def listed(
    vault: Vault, chosen: Iterable[KeyRecord], form: str, to: Path, server: str | None = None
) -> list[Item]:
    """The files that `chosen` become, `form` being one of `FORMS`.

    One key goes into the file `to`, or into `to` when that is a directory; several into files
    beneath `to`, in directories named as their parents. An nsc store is a directory always.
    Raises `UsageError` for a key that has no such form: it says which and why.
    """
    keys = list(chosen)
    if form not in FORMS:
        raise UsageError(f"There is no form {form!r}: choose from {', '.join(FORMS)}.")
    if not keys:
        raise UsageError("Which keys? Name one or more.")
    if form == "nsc":
        return list(_store(vault, keys, to))
    records = vault.records
    if form in _OF_USERS:
        keys = [user for key in keys for user in configuring.users_of(records, key)]
    unique = list({key.id: key for key in keys}.values())
    alone = len(unique) == 1
    items: list[Item] = []
    taken: set[str] = set()
    for key in unique:
        _need(key, form)
        path = to
        if not alone or to.is_dir():
            path = _free(to / _place(key, form, alone=alone), taken)
        items += _items(vault, key, form, path, server)
    return items


def write(
    items: list[Item],
    *,
    overwrite: bool = False,
    on_progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Path]:
    """Write the files, mode 0600; the paths of those written.

    Without `overwrite` it is looked first whether anything stands in the way of any. Raises
    `FileExistsAlreadyError` then, with nothing written, and what `plainfiles.write` raises.
    """
    if not overwrite:
        for item in items:
            if item.path.exists() or item.path.is_symlink():
                raise plainfiles.FileExistsAlreadyError(
                    f"There is something at {item.path} already. Nothing was written. Name another "
                    "place, or say that it may be written over."
                )
    written: list[Path] = []
    for number, item in enumerate(items, 1):
        if cancelled and cancelled():
            break
        data = item.make()
        try:
            plainfiles.write(item.path, data, overwrite=overwrite)
        finally:
            if isinstance(data, bytearray):
                sodium.wipe(data)
        written.append(item.path)
        if on_progress:
            on_progress(number)
    return written


def _need(key: KeyRecord, form: str) -> None:
    """Raise `UsageError` when this key has no such form."""
    if form in {"nk", "creds", "context"} and not key.has_seed:
        raise UsageError(f"The seed of {key.path} is not in this vault, so it has no {form} file.")
    if form in {"jwt", "creds"} and not key.has_jwt:
        raise UsageError(
            f"{key.path} has no JWT: no operator stands above it, or its signer's seed is not "
            "here. A server without an operator takes its nk file."
        )
    if form in _OF_USERS and key.kind is not Kind.USER:
        raise UsageError(f"{key.path} is a {key.role}; only users connect.")


def _items(vault: Vault, key: KeyRecord, form: str, path: Path, server: str | None) -> list[Item]:
    if form == "nk":
        return [Item(path, lambda: _seed(vault, key), secret=True)]
    if form == "creds":
        return [Item(path, lambda: _creds(vault, key), secret=True)]
    if form == "jwt":
        return [Item(path, lambda: _jwt(vault.records, key) + b"\n", secret=False)]
    if form == "public":
        return [Item(path, lambda: f"{key.public}\n".encode(), secret=False)]
    return _context(vault, key, path, server)


def _context(vault: Vault, key: KeyRecord, path: Path, server: str | None) -> list[Item]:
    """A context, and beside it the creds or nk file that it names."""
    form = "creds" if key.has_jwt else "nk"
    beside = path.with_suffix(_ENDINGS[form])
    url = server or next(iter(vault.records.servers()), DEFAULT_SERVER)
    names = {"creds": "", "nkey": ""}
    names["creds" if form == "creds" else "nkey"] = str(beside.absolute())
    text = {"description": key.path, "url": url, **names}
    data = (json.dumps(text, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
    return [*_items(vault, key, form, beside, server), Item(path, lambda: data, secret=False)]


# --- an nsc store ---------------------------------------------------------------------------


def _store(vault: Vault, chosen: list[KeyRecord], to: Path) -> Iterator[Item]:
    """The operators of `chosen`, whole, as `nsc --all-dirs TO` finds them."""
    records = vault.records
    operators: dict[int, KeyRecord] = {}
    for key in chosen:
        top = key
        while top.parent is not None:
            top = records.get(top.parent)
        if top.kind is not Kind.OPERATOR or not top.has_jwt:
            raise UsageError(
                f"{key.path} has no operator with a JWT above it, and nsc knows nothing else."
            )
        operators[top.id] = top
    for operator in operators.values():
        yield from _operator(vault, operator, to)


def _operator(vault: Vault, operator: KeyRecord, to: Path) -> Iterator[Item]:
    records = vault.records
    name = _name_in_jwt(records, operator)
    home = to / name
    about = {"managed": False, "name": name, "kind": "operator", "version": "1"}
    store = json.dumps(about, separators=(",", ":")).encode("utf-8")
    yield Item(home / ".nsc", lambda: store, secret=False)
    yield _jwt_item(records, operator, home / f"{name}.jwt")
    yield from _keys(vault, operator, to)
    for account in records.beneath(operator.id):
        if account.kind is not Kind.ACCOUNT or not account.has_jwt:
            continue
        called = _name_in_jwt(records, account)
        place = home / "accounts" / called
        yield _jwt_item(records, account, place / f"{called}.jwt")
        yield from _keys(vault, account, to)
        for user in records.beneath(account.id):
            if user.kind is Kind.USER and user.has_jwt:
                own = _name_in_jwt(records, user)
                yield _jwt_item(records, user, place / "users" / f"{own}.jwt")
                yield from _keys(vault, user, to)
                if user.has_seed:
                    creds = to / "creds" / name / called / f"{own}.creds"
                    yield Item(creds, _bound(_creds, vault, user), secret=True)


def _keys(vault: Vault, key: KeyRecord, to: Path) -> Iterator[Item]:
    """The seed of a key and of its signing keys, where they are here."""
    for one in [key, *vault.records.signing_keys(key.id)]:
        if one.has_seed:
            path = to / "keys" / one.public[0] / one.public[1:3] / f"{one.public}.nk"
            yield Item(path, _bound(_seed, vault, one), secret=True)


def _jwt_item(records: Records, key: KeyRecord, path: Path) -> Item:
    return Item(path, lambda: _jwt(records, key), secret=False)


def _bound(
    make: Callable[[Vault, KeyRecord], bytearray], vault: Vault, key: KeyRecord
) -> Callable[[], Bytes]:
    return lambda: make(vault, key)


def _name_in_jwt(records: Records, key: KeyRecord) -> str:
    """nsc finds a JWT by the name that it says, as the name of its file."""
    claims = records.claims(key.id)
    name = claims.name if claims and claims.name else key.name
    if name != _safe(name):
        raise UsageError(
            f"nsc would keep {key.path} in a file called {name!r}, and that is no safe name for "
            "one. Give it a plainer name first."
        )
    return name


# --- contents and names ---------------------------------------------------------------------


def _seed(vault: Vault, key: KeyRecord) -> bytearray:
    with vault.open_seed(decode_public(key.public)) as seed:
        return credentials.write_nk(seed)


def _creds(vault: Vault, key: KeyRecord) -> bytearray:
    token = vault.records.token(key.id)
    if token is None:  # another window took it away meanwhile
        raise UsageError(f"{key.path} has no JWT any more.")
    with vault.open_seed(decode_public(key.public)) as seed:
        return credentials.write_creds(token, seed)


def _jwt(records: Records, key: KeyRecord) -> bytes:
    token = records.token(key.id)
    if token is None:
        raise UsageError(f"{key.path} has no JWT any more.")
    return token.encode("ascii")


def _place(key: KeyRecord, form: str, *, alone: bool) -> Path:
    """The file's place beneath a directory: as the key's in the tree."""
    names = [key.name] if alone else key.path.split("/")
    parts = [_safe(name) for name in names]
    return Path(PurePosixPath(*parts[:-1], parts[-1] + _ENDINGS[form]))


def _safe(name: str) -> str:
    """A name that is one plain file name on every system, whoever chose it."""
    safe = _UNSAFE.sub("_", name).strip(" ").rstrip(".")
    safe = safe.lstrip(".") or "_"
    return f"_{safe}" if _RESERVED.fullmatch(safe) else safe


def _free(path: Path, taken: set[str]) -> Path:
    """No two of the files in one place, also where upper and lower case are the same."""
    found, number = path, 1
    while str(found).casefold() in taken:
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    taken.add(str(found).casefold())
    return found
