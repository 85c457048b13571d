"""Messages that a key signs or seals, as the texts that nk and the nats CLI write and read.

Source: nats-io/nkeys nk/main.go, natscli cli/auth_nkey_command.go.
"""

from __future__ import annotations

import base64
import binascii
import re

from wallet.errors import KeyFormatError
from wallet.nats import base64url

SIGNATURE_BYTES = 64
_SIGNATURE_TEXT = 86  # characters
SEALED_BEGINNING = b"xkv1"
_BASE64URL = re.compile(rb"[A-Za-z0-9_-]+")
_NONCE = 15  # characters: 11 bytes in base64. Source: nats-server server/nkey.go
_SIGNED = 2  # parts of a JWT, of version 1 the second alone. Source: nats-io/jwt v2/decoder.go


def write_signature(signature: bytes) -> str:
    """A signature (64 bytes) as 86 characters of base64url, without padding."""
    return base64url.encode(signature)


def read_signature(text: bytes) -> bytes:
    """The signature (64 bytes) in a text of base64, of either alphabet, padded or not.

    White space around it is allowed. Raises `KeyFormatError`: `alphabet`, `length`, or `spare-bits`
    where the last character is another than such a signature ends in.
    """
    compact = text.strip().rstrip(b"=").translate(bytes.maketrans(b"+/", b"-_"))
    if not _BASE64URL.fullmatch(compact):
        raise KeyFormatError("alphabet", "That is no signature: one is written in base64.")
    if len(compact) != _SIGNATURE_TEXT:
        raise KeyFormatError(
            "length",
            f"That is no signature: one has {SIGNATURE_BYTES} bytes, {_SIGNATURE_TEXT} characters "
            "of base64.",
        )
    try:
        return base64url.decode(compact.decode())
    except ValueError:
        raise KeyFormatError(
            "spare-bits", "Its last character is not the one it was written with."
        ) from None


def write_sealed(sealed: bytes) -> str:
    """A sealed message as one line of base64."""
    return base64.b64encode(sealed).decode()


def read_sealed(data: bytes) -> bytes:
    """The bytes of a sealed message, which `data` is itself or holds in base64.

    Raises `KeyFormatError` (`alphabet`) when it is neither.
    """
    if data.startswith(SEALED_BEGINNING):
        return data
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except binascii.Error:
        raise KeyFormatError(
            "alphabet", "That is no sealed message: neither its bytes nor their base64."
        ) from None


def other_meaning(message: bytes) -> str:
    """Say what a signature over `message` is good for elsewhere in NATS; empty where for nothing.

    A server takes whoever signed its nonce for the owner of the key, and a JWT is what an operator
    or account signed. Neither says what it is, so that a message can be made to be one.
    """
    if len(message) == _NONCE and _BASE64URL.fullmatch(message):
        return (
            "It looks like the nonce of a server: whoever has the signature can connect there as "
            "this key."
        )
    if len(parts := message.split(b".")) <= _SIGNED and all(map(_is_json_object, parts)):
        return (
            "It is the text of a JWT: with the signature it is one that this key issued, of which "
            "the vault knows nothing and which it cannot revoke by name."
        )
    return ""


def _is_json_object(part: bytes) -> bool:
    """Whether a server may read a part as an object: it passes over lines' ends within base64.

    Only the first character is looked at, for Go takes objects that Python's JSON does not.
    """
    text = part.translate(None, b"\r\n")
    if not _BASE64URL.fullmatch(text):
        return False
    try:
        decoded = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return False
    return decoded.lstrip().startswith(b"{")
