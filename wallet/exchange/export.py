"""Keys as the files of other programs: `.nk`, `.creds`, JWTs, an nsc store, nats CLI contexts, and
the secrets of what runs programs.

What is to be written is listed first, each file with its place and a way to make its contents,
so that it can be shown, asked about and stopped. A seed is opened when its own file is written
and wiped right after it.

Source: nsc's store and keystore layout (nats-io/nsc cmd/store); natscli's context files.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from wallet.errors import StateRefusesError, UsageError, WalletError
from wallet.exchange import configurations, file_forms, nsc_export, runtime_secrets
from wallet.exchange.file_forms import ExportFile, Tell
from wallet.nats.client_snippets import DEFAULT_SERVER
from wallet.nats.jwt import WITH_JWT
from wallet.nats.nkeys import Kind
from wallet.secrets import sodium
from wallet.system.disk import plainfiles
from wallet.system.interruption import between_steps
from wallet.text import an
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

FORMS = ("nk", "creds", "jwt", "public", "nsc", "context", *runtime_secrets.FORMS)
_ENDINGS = {"nk": ".nk", "creds": ".creds", "jwt": ".jwt", "public": ".pub", "context": ".json"}
_ENDINGS |= {runtime_secrets.KUBERNETES: ".yaml", "systemd": ".secret", "docker": ".secret"}
_OF_USERS = {"creds", "context"}
_BENEATH = {*_OF_USERS, *runtime_secrets.FORMS}  # of an operator or account, the users beneath it
_SHOWN_TO_SERVERS = {*_BENEATH, "jwt"}
_REFUSED = {"revoked", "expired"}


def listed(
    vault: Vault,
    chosen: Iterable[KeyRecord],
    form: str,
    to: Path,
    server: str | None = None,
    tell: Tell = lambda _message: None,
    lack: Tell | None = None,
) -> list[ExportFile]:
    """The files that `chosen` become, `form` being one of `FORMS`.

    Of several keys, and of the users beneath an operator or account, those that cannot have the
    form are left out, and `lack` (without it `tell`) gets a sentence for each. Of those beneath,
    so are those whom servers refuse; `tell` gets a sentence for each of these, and for a key that
    was named and is refused by servers.

    One key goes into the file `to`, or into `to` when that is a directory; several into files
    beneath `to`, in directories named as their parents; contexts lie side by side, where the nats
    CLI looks for them. An nsc store is a directory always.
    Raises `UsageError` where no key has such a form: it says which and why.
    """
    keys = list(chosen)
    if form not in FORMS:
        raise UsageError(f"There is no form {form!r}: choose from {', '.join(FORMS)}.")
    if not keys:
        raise UsageError("Which keys? Name one or more.")
    if form == "nsc":
        return list(nsc_export.store(vault, keys, to, tell, lack or tell))
    records = vault.records
    if form in _BENEATH:
        keys = [user for key in keys for user in _users(records, key, form, tell, lack or tell)]
        if not keys:
            raise StateRefusesError(
                f"No user beneath that can have a {form} file. Nothing was written."
            )
    unique = _with_form({key.id: key for key in keys}.values(), form, lack or tell)
    for key in unique if form in _SHOWN_TO_SERVERS else ():
        if key.standing in _REFUSED:
            tell(f"{key.path} is {key.standing}: {_who_refuse(key)} it with this {form} file.")
    alone = len(unique) == 1
    items: list[ExportFile] = []
    taken: set[str] = set()
    names = Counter(key.name.casefold() for key in unique)
    for key in unique:
        path = to
        if not alone or os.path.isdir(to):
            named_alone = alone or (form == "context" and names[key.name.casefold()] == 1)
            path = _free(to / _place(key, form, alone=named_alone), taken)
        items += _items(vault, key, form, path, server)
    return items


def write(
    items: list[ExportFile],
    *,
    overwrite: bool = False,
    on_progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[ExportFile]:
    """Write the files, mode 0600; give those written, which are on the disk at the end.

    Without `overwrite` it is looked first whether anything stands in the way of any. Raises
    `FileExistsAlreadyError` then, with nothing written, and what `plainfiles.together` raises;
    where some are written by then, it says how many.
    """
    if not overwrite:
        check_free(items)
    written = 0
    try:
        with between_steps() as step, plainfiles.together(len(items)) as write_file:
            for item in items:
                step()
                if cancelled and cancelled():
                    break
                data = item.make()
                try:
                    write_file(item.place, data, overwrite=overwrite)
                finally:
                    if isinstance(data, bytearray):
                        sodium.wipe(data)
                written += 1
                if on_progress:
                    on_progress(written)
    except WalletError as error:
        if written:  # whoever handles it goes by its class, which stays
            error.args = (f"{error} {left_behind(written, len(items))}.",)
        raise
    return items[:written]


def left_behind(written: int, of: int) -> str:
    """Say what an export that was stopped has left, without a full stop."""
    each = (
        "was written before that, whole, and was"
        if written == 1
        else ("were written before that, each whole, and were")
    )
    return f"{written:,} of {of:,} files {each} left there"


def _with_form(keys: Iterable[KeyRecord], form: str, lack: Tell) -> list[KeyRecord]:
    """The keys that have this form; the others are told, unless there is no other key at all."""
    listed_keys = list(keys)
    reasons = {key.id: why for key in listed_keys if (why := _lacking(key, form))}
    if len(reasons) == len(listed_keys):
        raise next(iter(reasons.values()))
    for key in listed_keys:
        if key.id in reasons:
            lack(f"{key.path} is left out: {reasons[key.id]}")
    return [key for key in listed_keys if key.id not in reasons]


def _users(
    records: Records, key: KeyRecord, form: str, tell: Tell, lack: Tell
) -> Iterator[KeyRecord]:
    """The key itself; beneath an operator or account the users that can have the form."""
    for retired in _retired(records, key):
        tell(f"{retired.path} is left out: it is retired.")
    for user in configurations.users_of(records, key):
        if user is key or user.id == key.id:
            yield user
        elif user.standing in _REFUSED:
            tell(
                f"{user.path} is left out: it is {user.standing}, and {_who_refuse(user)} it. Name "
                "it, to have it all the same."
            )
        elif why := _lacking(user, form):
            lack(f"{user.path} is left out: {why}")
        else:
            yield user


def _who_refuse(key: KeyRecord) -> str:
    """Say who is known to refuse a key that is revoked or has expired."""
    open_still = key.revoked and key.unproved
    return "servers that have that revocation refuse" if open_still else "servers refuse"


def _retired(records: Records, key: KeyRecord) -> Iterator[KeyRecord]:
    """The accounts and users beneath a key that are retired, the topmost of each branch."""
    for child in records.beneath(key.id):
        if child.status != "active":
            yield child
        elif child.kind is Kind.ACCOUNT:
            yield from _retired(records, child)


def _lacking(key: KeyRecord, form: str) -> UsageError | None:
    """The error that says why a key cannot have a form; None when it can."""
    try:
        _need(key, form)
    except UsageError as error:
        return error
    return None


def check_free(items: Iterable[ExportFile]) -> None:
    """Raise `FileExistsAlreadyError` when anything stands where a file is to be written."""
    for path in in_the_way(items):
        raise plainfiles.FileExistsAlreadyError(
            f"There is something at {path} already. Nothing was written. Name another place."
        )


def in_the_way(items: Iterable[ExportFile]) -> Iterator[Path]:
    """The paths, of those that are to be written, at which something stands already."""
    is_there: dict[str, bool] = {}  # each directory is asked once
    for item in items:
        directory = os.path.dirname(item.place)
        if directory not in is_there:
            is_there[directory] = os.path.lexists(directory or os.curdir)
        if is_there[directory] and os.path.lexists(item.place):
            yield item.path


def _need(key: KeyRecord, form: str) -> None:
    """Raise `UsageError` when this key has no such form."""
    if form in {"nk", *_BENEATH} and not key.has_seed:
        raise StateRefusesError(
            f"The seed of {key.path} is not in this vault, so it has no {form} file."
        )
    if form in {"jwt", "creds"} and not key.has_jwt:
        refusal = StateRefusesError if key.kind in WITH_JWT else UsageError
        raise refusal(
            f"{key.path} has no JWT: no operator stands above it, or its signer's seed is not "
            "here. A server without an operator takes its nk file."
        )
    if form in _OF_USERS and key.kind is not Kind.USER:
        raise UsageError(f"{key.path} is {an(key.role)}; only users connect.")


def _items(
    vault: Vault, key: KeyRecord, form: str, path: Path, server: str | None
) -> list[ExportFile]:
    secret = {
        "nk": file_forms.seed_file,
        "creds": file_forms.creds_file,
        runtime_secrets.KUBERNETES: runtime_secrets.manifest,
        runtime_secrets.SYSTEMD: runtime_secrets.plain_secret,
        runtime_secrets.DOCKER: runtime_secrets.plain_secret,
    }.get(form)
    if secret is not None:
        make = partial(secret, vault, key)
        return [ExportFile(str(path), make, secret=True, of=key.public, about=key)]
    if form == "jwt":
        text = partial(file_forms.jwt_file, vault.records, key, end=b"\n")
        return [ExportFile(str(path), text, secret=False, about=key)]
    if form == "public":
        line = f"{key.public}\n".encode()
        return [ExportFile(str(path), lambda: line, secret=False, about=key)]
    return _context(vault, key, path, server)


def _context(vault: Vault, key: KeyRecord, path: Path, server: str | None) -> list[ExportFile]:
    """A context, and beside it the creds or nk file that it names."""
    form = "creds" if key.has_jwt else "nk"
    beside = path.with_suffix(_ENDINGS[form])
    records = vault.records
    url = server or records.results.server_to_name(key.public) or DEFAULT_SERVER
    names = {"creds": "", "nkey": ""}
    names["creds" if form == "creds" else "nkey"] = str(beside.absolute())
    text = {"description": key.path, "url": url, **names}
    data = (json.dumps(text, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
    return [
        *_items(vault, key, form, beside, server),
        ExportFile(str(path), lambda: data, secret=False),
    ]


# --- places ---------------------------------------------------------------------------------


def _place(key: KeyRecord, form: str, *, alone: bool) -> Path:
    """The file's place beneath a directory: as the key's in the tree."""
    names = [key.name] if alone else key.path.split("/")
    parts = [file_forms.safe_name(name) for name in names]
    if form == "context":  # which the nats CLI finds in one directory only, by a name without a /
        parts = ["-".join(parts)]
    return Path(PurePosixPath(*parts[:-1], parts[-1] + _ENDINGS[form]))


def _free(path: Path, taken: set[str]) -> Path:
    """No two of the files in one place, also where upper and lower case are the same."""
    free, number = path, 1
    while str(free).casefold() in taken:
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    taken.add(str(free).casefold())
    return free
