"""The places of nsc: the keys and creds of a store lie beside it, not in it.

    nats/nsc/stores/<Operator>/<Operator>.jwt, .nsc, accounts/<A>/<A>.jwt, …/users/<U>.jwt
    nats/nsc/keys/keys/<letter>/<next two>/<PUBLIC>.nk
    nats/nsc/keys/creds/<Operator>/<A>/<U>.creds

Older versions kept the stores in `~/.nsc/nats/` and the keys in `~/.nkeys/`. Who belongs to whom
stands in the JWTs, so a store is read as any directory is; this module only finds the rest of it
when somebody names a store alone.

Source: nats-io/nsc, home/home.go, cmd/store/keys.go.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from pathlib import Path

MARK = ".nsc"  # the file that every operator's store has
SELECTION = "nsc.json"
NOT_THE_SELECTION = "Which operator and account nsc has selected stands here, and is not kept."
_NOT_MANAGED = "That others manage this operator, as nsc has it, is not kept."
_KEYS = ("../../keys", "..", "../../../.nkeys")


def not_kept(mark: bytes | bytearray) -> str:
    """Say of the contents of a store's `MARK` what the wallet does not keep; empty for nothing."""
    try:
        about = json.loads(mark)
    except (ValueError, RecursionError):
        return ""
    managed = isinstance(about, dict) and about.get("managed") is True
    return _NOT_MANAGED if managed else ""


def where_seeds_lie(publics: Collection[str]) -> str:
    """Say where nsc keeps the seeds of these keys, which neither lie in a store nor beside it.

    Where some are found on this machine, the directory to import as well is named.
    """
    keys = f"The seed{'s' * (len(publics) != 1)} of {len(publics):,} key{'s' * (len(publics) != 1)}"
    verb = "does" if len(publics) == 1 else "do"
    apart = f"{keys} in this store {verb} not come with it: nsc keeps seeds apart"
    home = _home_of_keys()
    here = sum(os.path.isfile(key_file(home, public)) for public in publics)
    if here:
        return f"{apart}, {here:,} of these in {home}. Import that as well."
    return (
        f"{apart}, in ~/.local/share/nats/nsc/keys of the machine where they were made, or where "
        "NKEYS_PATH said there. Import that as well, or what was copied of it."
    )


def key_directories(store: Path) -> list[Path]:
    """The directories that are there in which the keys of an operator's store may lie."""
    places = [Path(os.path.realpath(store / place)) for place in _KEYS]
    if named := os.environ.get("NKEYS_PATH"):
        places.append(Path(named))
    return [place for place in places if os.path.isdir(place / "keys")]


def key_file(keys: Path, public: str) -> Path:
    """The file in a directory of keys that holds the seed of a public key, when one does."""
    return keys / "keys" / public[0] / public[1:3] / f"{public}.nk"


def creds_directory(keys: Path, store: Path) -> Path:
    """The directory in which the creds of a store's users lie."""
    return keys / "creds" / store.name


def creds_of_profile(address: str) -> Path | None:
    """The creds that `nsc://operator/account/user` stands for; None for another text.

    nsc is not run: what a file says is not made into a command.
    """
    scheme, _, rest = address.partition("://")
    parts = rest.partition("?")[0].split("/")
    if scheme.lower() != "nsc" or len(parts) != 3:
        return None
    if any(part in {"", ".", ".."} or "\\" in part or "\0" in part for part in parts):
        return None
    operator, account, user = parts
    return _home_of_keys() / "creds" / operator / account / f"{user}.creds"


def _home_of_keys() -> Path:
    if named := os.environ.get("NKEYS_PATH"):
        return Path(named)
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    new, old = data / "nats" / "nsc" / "keys", home / ".nkeys"
    return old if old.is_dir() and not new.is_dir() else new


def known_places() -> list[Path]:
    """The directories that are there in which NATS' tools keep keys on this machine."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    places = [
        *(data / "nats" / "nsc", home / ".nsc", home / ".nkeys"),
        config / "nats" / "context",
    ]
    return [place for place in places if place.is_dir()]
