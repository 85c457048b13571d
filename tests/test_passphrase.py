"""What a passphrase is, what a new one must be, and those that the wallet makes."""

from __future__ import annotations

import copy
import hashlib
import pickle
import time
from collections import Counter
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.errors import PassphraseRefusedError
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.generator import generate
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.rules import check_new, judge

WORDS = resources.files("wallet").joinpath("data/words.txt")
# Of eff_large_wordlist.txt, its dice numbers cut off; diceware and xkcdpass ship the same words.
WORDS_SHA256 = "6d557f0693958fb5e650b68b5bee585eb82cf4da32965505c789e924743bc522"


def test_the_word_list_is_the_one_published() -> None:
    words = WORDS.read_bytes()
    assert hashlib.sha256(words).hexdigest() == WORDS_SHA256
    assert len(set(words.split())) == 6**5


def test_a_generated_passphrase_is_six_words_of_the_list_and_strong() -> None:
    words = set(WORDS.read_text(encoding="ascii").split())
    for count in (6, 7):
        with generate(count) as passphrase:
            chosen = passphrase.raw.decode().split(" ")
            assert len(chosen) == count
            assert set(chosen) <= words
            assert check_new(passphrase).score == 4


def test_generated_passphrases_differ_and_use_the_whole_list() -> None:
    first_words = Counter()  # type: Counter[bytes]
    for _ in range(2000):
        with generate(1) as passphrase:
            first_words[bytes(passphrase.raw)] += 1
    assert len(first_words) > 1500  # about 1,765 by chance
    assert max(first_words.values()) < 10


@pytest.mark.parametrize("form", [str, str.encode, lambda text: bytearray(text.encode())])
def test_text_and_its_bytes_give_the_same_passphrase(form: object) -> None:
    text = "zwölf große Boxkämpfer"
    with Passphrase(form(text)) as passphrase:  # type: ignore[operator]
        assert passphrase.raw.decode() == text


def test_however_a_keyboard_composes_letters_it_is_the_same_passphrase() -> None:
    for one, other in (("caf\u00e9", "cafe\u0301"), ("ﬁle", "file"), ("\uff21\uff22", "AB")):
        with Passphrase(one) as a, Passphrase(other.encode()) as b:
            assert a.matches(b)


def test_another_passphrase_does_not_match() -> None:
    with Passphrase("one of them") as a, Passphrase("another one") as b:
        assert not a.matches(b)


@pytest.mark.parametrize(
    "impossible",
    ["", "two\nlines", "a\ttab", "nul\0", "\x7f", "next\u0085line", "line\u2028separator",
     b"\xff\xfe", "\ud800", "x" * 1025, "ö" * 513, "\ufdfa" * 60],
)  # fmt: skip
def test_what_cannot_be_a_passphrase_is_refused(impossible: str | bytes) -> None:
    with pytest.raises(PassphraseRefusedError) as refused:
        Passphrase(impossible)
    if impossible:
        shown = impossible if isinstance(impossible, str) else repr(impossible)
        assert shown not in str(refused.value)


def test_the_longest_passphrase_is_taken() -> None:
    with Passphrase("ö" * 512) as passphrase:
        assert len(passphrase.raw) == 1024


def test_wiping_overwrites_the_buffer_that_was_handed_out() -> None:
    passphrase = Passphrase("a passphrase to forget")
    raw = passphrase.raw
    with passphrase:
        pass
    assert raw == bytes(22)
    assert passphrase.raw == b""


def test_the_callers_buffer_is_not_the_passphrases_own() -> None:
    given_bytes = bytearray(b"typed by somebody")
    passphrase = Passphrase(given_bytes)
    given_bytes[:] = bytes(len(given_bytes))
    assert passphrase.raw == b"typed by somebody"
    other = passphrase.copy()
    passphrase.wipe()
    assert other.raw == b"typed by somebody"


def test_a_passphrase_does_not_show_or_store_itself() -> None:
    passphrase = Passphrase("never to be shown")
    assert repr(passphrase) == "Passphrase(…)"
    for attempt in (str, format, pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            attempt(passphrase)
    with pytest.raises(TypeError):
        f"{passphrase}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("fourteen chars", "1 more"),
        ("ääääääääää", "5 more"),
        ("aaaaaaaaaaaaaaaaaaaa", "repeats"),
        ("abababababababab", "repeats"),
        ("hello world hello world", "repeats"),
        ("Correct Horse Battery Staple", "list of known"),
        ("correct-horse-battery-staple", "list of known"),
        ("password1234567", "first that anybody"),
        ("Password2024!!!!", "first that anybody"),
        ("qwertyuiopasdfghjkl", "first that anybody"),
        ("123456789012345678", "first that anybody"),
        ("nats-operator-2024", "first that anybody"),
        ("my nkey wallet vault", "first that anybody"),
        ("a new letter \u0378 here somewhere", "does not know"),
    ],
)
def test_a_weak_new_passphrase_is_refused_with_its_reason(text: str, reason: str) -> None:
    with Passphrase(text) as passphrase, pytest.raises(PassphraseRefusedError) as refused:
        check_new(passphrase)
    assert reason in str(refused.value)
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("a passphrase for these tests", 1),
        ("my dog likes cheese", 2),
        ("my dog likes to eat cheese", 3),
        ("kX9#fQ2!mZ7$pL4%wB6", 3),
        ("gravel unpaid tulip remote shelf kinetic", 4),
    ],
)
def test_strength_grows_with_what_a_guesser_must_try(text: str, score: int) -> None:
    with Passphrase(text) as passphrase:
        strength = check_new(passphrase)
    assert strength.score == score
    assert bool(strength.hint) == (score < 3)


@given(st.text(max_size=200))
def test_judging_what_is_typed_never_fails(text: str) -> None:
    raw = bytearray(text.encode("utf-8", "ignore"))
    before = bytes(raw)
    strength = judge(raw)
    assert 0 <= strength.score <= 4
    assert raw == before


@given(st.text(min_size=1, max_size=100))
def test_a_passphrase_survives_being_read_back(text: str) -> None:
    try:
        once = Passphrase(text)
    except PassphraseRefusedError:
        return
    with once, Passphrase(bytes(once.raw)) as twice:
        assert once.matches(twice)


@pytest.mark.parametrize(
    "text",
    [
        # Keyboards: rows, columns and rounds, of several countries.
        "йцукенгшщзхъфыва", "фывапролджэячсмит", "ячсмитьбюйцукен", "1q2w3e4r5t6y7u8i",
        "qazwsxedcrfvtgb", "1qaz2wsx3edc4rfv", "!QAZ@WSX#EDC$RFV", "q1w2e3r4t5y6u7i8",
        "asdfghjkl;'zxcvbn", "azertyuiopqsdfghj", "qwertzuiopasdfghj", "ςερτυθιοπασδφγ",
        "0987654321qwertyuiop", "QwErTyUiOpAsDfGhJk", "zaqxswcdevfrbgtnhy",
        # Words with signs and digits for letters, and what follows them.
        "P@ssword123456!", "P455w0rd12345678", "Adm1n1strat0r2024", "!!!Welcome12345",
        "Passwort!2025!2026", "summer2024winter2025!", "i10vey0u12345678",
        # Words and pieces again.
        "horse table horse table", "horse9horse9horse9x", "abc123abc123abc12",
        "1111222233334444", "2024202520262027", "20242025202620272028", "hellohellohello1",
        "1a2b3c4d5e6f7g8h", "a1b2c3d4e5f6g7h8", "aabbccddeeffgghh", "112233445566778899",
        "25.12.1999 01.01.2000", "1999-12-25/2000-01-01",
        "aaaaaaaabbbbbbbb", "letmein123letmein", "qwerty!@#$%^qwerty", "poiuytrewqlkjhgf",
        # Numbers, sentences and keys that everybody knows.
        "3.14159265358979323846", "14159265358979323846", "2.718281828459045235",
        "1618033988749894848", "2718281828459045235", "112358132134558914",
        "to be or not to be that is", "It was a bright cold day in April",
        "IHaveADreamThatOneDay", "Tobeornottobe,thatis?", "the lord is my shepherd",
        "We Will We Will Rock You!", "correct horse battery staple 7 times",
        "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4",
        "udxu4rcsjnzoiqhznwxhxordprtgnjahahfrgzneejcpqtt2m7nlcnf4",
    ],
)  # fmt: skip
def test_what_people_think_of_first_is_refused(text: str) -> None:
    with Passphrase(text) as passphrase, pytest.raises(PassphraseRefusedError) as refused:
        check_new(passphrase)
    assert text not in str(refused.value)


@pytest.mark.parametrize("text", ["ﷺ", "ﷺﷺ", "㎨㎯㎭㏔", "﷽", "ﷺ horse", "Ⅷ Ⅻ ㋿ ﷺ"])
def test_a_character_counts_as_one_whatever_it_becomes(text: str) -> None:
    with Passphrase(text) as passphrase:
        for each in (passphrase, passphrase.copy()):
            with pytest.raises(PassphraseRefusedError, match="more"):
                check_new(each)


def test_what_is_called_weak_now_is_a_passphrase_still() -> None:
    """Only a new one is judged: an old vault has to open."""
    for text in ("ﷺ", "1q2w3e4r5t6y7u8i", "P@ssword123456!"):
        with Passphrase(text) as passphrase:
            assert passphrase.raw


@pytest.mark.parametrize(
    "text",
    ["acme-production-billing", "ACME / production / billing", "bought in the shop at Ghent",
     "in the shop at Ghent", "UAF4KJZQ3PVUDXNH6", "nats.example.org:4222"],
)  # fmt: skip
def test_a_text_of_the_vault_itself_is_no_passphrase(text: str) -> None:
    known = [
        "acme",
        "production",
        "billing",
        "We bought it in the shop at Ghent, in May.",
        "tls://nats.example.org:4222",
        "UAF4KJZQ3PVUDXNH6RCSJNZOIQHZNWXHXORDPRTGN",
    ]
    with Passphrase(text) as passphrase, pytest.raises(PassphraseRefusedError):
        check_new(passphrase, known)


def test_a_public_key_of_each_kind_is_no_passphrase() -> None:
    for kind in Kind:
        with Seed.generate(kind) as seed, Passphrase(seed.public.text) as passphrase:
            assert judge(passphrase.raw).score == 0


def test_passphrases_that_the_wallet_makes_are_strong_always() -> None:
    for _ in range(60):
        with generate() as passphrase:
            assert check_new(passphrase).score >= 3


@pytest.mark.parametrize("text", ["x7" * 512, "ab1!" * 250, "q" * 1024, "ö1" * 300, "йцукен" * 85])
def test_judging_a_long_passphrase_takes_bounded_work(text: str) -> None:
    raw = bytearray(text.encode()[:1024].decode(errors="ignore").encode())
    judge(raw)
    began = time.perf_counter()
    judge(raw)
    assert time.perf_counter() - began < 10  # a hang guard: it takes a fraction of a second
