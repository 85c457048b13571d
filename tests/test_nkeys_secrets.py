"""What a seed does, and that it is never shown, copied or left behind."""

from __future__ import annotations

import copy
import pickle

import pytest

from wallet.errors import KeyFormatError, UsageError
from wallet.nats.nkeys import Kind, PublicKey, Seed, generate_many, verify

TEXT = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
SIGNING_KINDS = [kind for kind in Kind if kind is not Kind.CURVE]


@pytest.mark.parametrize("kind", SIGNING_KINDS)
def test_a_signature_is_only_that_keys_over_that_message(kind: Kind) -> None:
    with Seed.generate(kind) as seed, Seed.generate(kind) as other:
        signature = seed.sign(b"nonce")
        assert len(signature) == 64
        assert verify(seed.public, b"nonce", signature)
        assert not verify(seed.public, b"Nonce", signature)
        assert not verify(other.public, b"nonce", signature)
        assert not verify(seed.public, b"nonce", signature[:-1])
        assert not verify(seed.public, b"nonce", b"")


def test_a_curve_key_neither_signs_nor_verifies() -> None:
    with Seed.generate(Kind.CURVE) as seed:
        with pytest.raises(UsageError):
            seed.sign(b"nonce")
        assert not verify(seed.public, b"nonce", bytes(64))


def test_what_is_sealed_opens_for_its_receiver_and_no_one_else() -> None:
    with (
        Seed.generate(Kind.CURVE) as sender,
        Seed.generate(Kind.CURVE) as receiver,
        Seed.generate(Kind.CURVE) as stranger,
    ):
        sealed = sender.seal(b"message", receiver.public)
        assert sealed.startswith(b"xkv1")
        assert len(sealed) == 4 + 24 + 16 + len(b"message")
        assert receiver.open(sealed, sender.public) == b"message"
        assert sealed != sender.seal(b"message", receiver.public)
        for opener, claimed in ((stranger, sender), (receiver, stranger)):
            with pytest.raises(KeyFormatError) as caught:
                opener.open(sealed, claimed.public)
            assert caught.value.problem == "checksum"


@pytest.mark.parametrize("cut", [0, 3, 4, 27, 28, 43])
def test_a_sealed_message_cut_short_is_refused(cut: int) -> None:
    with Seed.generate(Kind.CURVE) as seed:
        sealed = seed.seal(b"", seed.public)
        with pytest.raises(KeyFormatError):
            seed.open(sealed[:cut], seed.public)


def test_an_empty_message_can_be_sealed() -> None:
    with Seed.generate(Kind.CURVE) as seed:
        assert seed.open(seed.seal(b"", seed.public), seed.public) == b""


def test_only_curve_keys_seal_and_open() -> None:
    with Seed.generate(Kind.CURVE) as curve, Seed.generate(Kind.USER) as user:
        for sealer, receiver in ((curve, user), (user, curve)):
            with pytest.raises(UsageError):
                sealer.seal(b"", receiver.public)
            with pytest.raises(UsageError):
                sealer.open(b"xkv1" + bytes(60), receiver.public)


# Secrets stay secret.


def test_a_seed_refuses_to_be_shown_formatted_copied_or_stored() -> None:
    with Seed.decode(TEXT) as seed:
        for show in (str, lambda s: f"{s}", lambda s: f"{s:>60}", lambda s: "%s" % s):  # noqa: UP031
            with pytest.raises(TypeError):
                show(seed)
        for take in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError):
                take(seed)
        assert repr(seed) == "Seed(U…)"
        assert not hasattr(seed, "__dict__")


def test_leaving_the_context_overwrites_the_seed() -> None:
    with Seed.decode(TEXT) as seed:
        raw = seed.raw
        assert any(raw)
        assert seed.public.text == PUBLIC
    assert raw == bytes(32)
    assert seed.public.text == PUBLIC


def test_from_raw_copies_and_the_original_survives_the_wipe() -> None:
    original = bytearray(b"\x07" * 32)
    with Seed.from_raw(Kind.USER, original) as seed:
        assert seed.raw is not original
    assert original == b"\x07" * 32


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_raw_bytes_of_a_wrong_length_are_a_mistake_of_the_caller(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Seed.from_raw(Kind.USER, bytes(length))
    with pytest.raises(ValueError, match="32 bytes"):
        PublicKey.from_raw(Kind.USER, bytes(length))


def test_many_new_seeds_are_all_different_and_wiped_in_turn() -> None:
    seen: set[str] = set()
    buffers: list[bytearray] = []
    for seed in generate_many(Kind.USER, 50):
        assert all(buffer == bytes(32) for buffer in buffers)
        seen.add(seed.public.text)
        buffers.append(seed.raw)
    assert len(seen) == 50
    assert all(buffer == bytes(32) for buffer in buffers)
