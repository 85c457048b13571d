"""Keys as the secrets of what runs programs: Kubernetes, systemd, Docker.

A user with a JWT gives its creds, any other key its seed. systemd-creds and `docker secret` take
that text as it is; Kubernetes takes a manifest in which it stands in base64.

Source: Kubernetes' Secret v1 (names: RFC 1123 subdomains); systemd-creds(1); docker secret create.
"""

from __future__ import annotations

import re

from wallet.exchange import file_forms
from wallet.nats.nkeys import Kind
from wallet.secrets import encoding, sodium
from wallet.shell import file_word
from wallet.vault.key_record import KeyRecord
from wallet.vault.vault import Vault

KUBERNETES, SYSTEMD, DOCKER = "kubernetes", "systemd", "docker"
FORMS = (KUBERNETES, SYSTEMD, DOCKER)
_LONGEST_NAME = 253
_LONGEST_OF_DOCKER = 64
_UNFIT = re.compile(r"[^a-z0-9]+")


def has_creds(key: KeyRecord) -> bool:
    """Whether a key's secret is its creds, and not its seed alone."""
    return key.kind is Kind.USER and key.has_jwt


def plain_secret(vault: Vault, key: KeyRecord) -> bytearray:
    """The creds or the seed of a key, for the caller to wipe."""
    return file_forms.creds_file(vault, key) if has_creds(key) else file_forms.seed_file(vault, key)


def manifest(vault: Vault, key: KeyRecord) -> bytearray:
    """A Secret of Kubernetes that holds the key's secret, for the caller to wipe."""
    head = (
        "apiVersion: v1\n"
        "kind: Secret\n"
        "metadata:\n"
        f'  name: "{name_of(key)}"\n'
        "type: Opaque\n"
        "data:\n"
        f"  {'user.creds' if has_creds(key) else 'seed.nk'}: "
    ).encode()
    secret = plain_secret(vault, key)
    try:
        coded = encoding.base64(secret)
    finally:
        sodium.wipe(secret)
    text = bytearray(len(head) + len(coded) + 1)  # never grows: that would leave copies behind
    text[:] = head + bytes(len(coded)) + b"\n"
    text[len(head) : -1] = coded
    sodium.wipe(coded)
    return text


def name_of(key: KeyRecord) -> str:
    """The name of a key's secret: its path in small letters, digits and dashes."""
    name = _UNFIT.sub("-", key.path.lower()).strip("-")
    return name[:_LONGEST_NAME].strip("-") or key.public.lower()


def how_to_use(form: str, key: KeyRecord) -> str:
    """The command that takes the text from a pipe."""
    name = file_word(name_of(key))
    if form == DOCKER and len(name) > _LONGEST_OF_DOCKER:  # told apart by the key where it is cut
        name = f"{name[: _LONGEST_OF_DOCKER - 9].strip('-')}-{key.public[-8:].lower()}"
    if form == KUBERNETES:
        return "kubectl apply -f -"
    if form == SYSTEMD:
        return f"systemd-creds encrypt --name={name} - {name}.cred"
    return f"docker secret create {name} -"
