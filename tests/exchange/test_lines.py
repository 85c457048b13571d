"""Keys wherever in a line they stand: all are taken, or the line says which were not."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exchange.made import Chain
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.sources import SourceReader
from wallet.nats.nkeys import Kind, Seed
from wallet.text import plain

CHAIN, OTHER = Chain(), Chain("other")
SEED, PUBLIC = CHAIN.user.encode().decode(), CHAIN.user.public.text
SEED2, PUBLIC2 = OTHER.user.encode().decode(), OTHER.user.public.text
CREDS = CHAIN.creds().decode()
TOKEN = CHAIN.user_jwt()
MISTYPED = SEED2[:20] + ("AA" if SEED2[20:22] != "AA" else "BB") + SEED2[22:]
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "data": {"till.creds": base64.b64encode(CREDS.encode()).decode()},
}


def read(text: str | bytes) -> Findings:
    into = Findings()
    SourceReader(into).text(bytearray(text.encode() if isinstance(text, str) else text))
    return into


def seeds_of(into: Findings) -> set[str]:
    return {found.public.text for found in into.mentions if found.cell is not None}


TEXTS: dict[str, tuple[str, set[str]]] = {
    "the public key and its seed": (f"{PUBLIC} {SEED}", {PUBLIC}),
    "the seed and its public key": (f"{SEED}\t{PUBLIC}", {PUBLIC}),
    "two seeds in a line": (f"{SEED} {SEED2}", {PUBLIC, PUBLIC2}),
    "two seeds with a comma": (f"{SEED},{SEED2}", {PUBLIC, PUBLIC2}),
    "a variable": (f"NATS_SEED={SEED}", {PUBLIC}),
    "a variable in quotes": (f"export NATS_SEED='{SEED}'", {PUBLIC}),
    "YAML": (f"seed: {SEED}", {PUBLIC}),
    "JSON": (json.dumps({"seed": SEED, "public": PUBLIC}), {PUBLIC}),
    "a list of JSON": (json.dumps([SEED, SEED2]), {PUBLIC, PUBLIC2}),
    "an address": (f"nats://{SEED}@host:4222", {PUBLIC}),
    "a table of CSV": (f'name,seed\n"till","{SEED}"\n', {PUBLIC}),
    "a JWT and its seed": (f"{TOKEN} {SEED}", {PUBLIC}),
    "creds folded to one line": (" ".join(CREDS.split()), {PUBLIC}),
    "creds with \\n": (CREDS.replace("\n", "\\n"), {PUBLIC}),
    "creds with \\r\\n": (CREDS.replace("\n", "\\r\\n"), {PUBLIC}),
    "creds in a variable": (f'NATS_CREDS="{CREDS}"', {PUBLIC}),
    "creds in a variable with \\n": ('NATS_CREDS="' + CREDS.replace("\n", "\\n") + '"', {PUBLIC}),
    "creds and a seed below": (f"{CREDS}\nspare {SEED2}\n", {PUBLIC, PUBLIC2}),
    "creds in JSON": (json.dumps({"x": CREDS}), {PUBLIC}),
    "creds in YAML": ("creds: |\n  " + CREDS.replace("\n", "\n  "), {PUBLIC}),
    "base64": (base64.b64encode(CREDS.encode()).decode(), {PUBLIC}),
    "base64 in lines": (base64.encodebytes(CREDS.encode()).decode(), {PUBLIC}),
    "base64 of a seed": (base64.b64encode(SEED.encode()).decode(), {PUBLIC}),
    "base64 for URLs, unpadded": (
        base64.urlsafe_b64encode(CREDS.encode()).decode().rstrip("="),
        {PUBLIC},
    ),
    "base64 of base64": (
        base64.b64encode(base64.b64encode(CREDS.encode())).decode(),
        {PUBLIC},
    ),
    "a Secret of Kubernetes in JSON": (json.dumps(SECRET), {PUBLIC}),
    "a Secret of Kubernetes in YAML": (
        f"kind: Secret\ndata:\n  till.creds: {SECRET['data']['till.creds']}\n",  # type: ignore[index]
        {PUBLIC},
    ),
    "two creds in a Secret": (
        f"a.creds: {base64.b64encode(CREDS.encode()).decode()}\n"
        f"b.creds: {base64.b64encode(OTHER.creds()).decode()}\n",
        {PUBLIC, PUBLIC2},
    ),
    "a context with the creds themselves": (
        json.dumps({"url": "nats://a", "creds": CREDS}),
        {PUBLIC},
    ),
    "a context with the seed for a file": (json.dumps({"url": "nats://a", "nkey": SEED}), {PUBLIC}),
    "a byte-order mark": (f"\ufeff{SEED}", {PUBLIC}),
    "creds with a byte-order mark": (f"\ufeff{CREDS}", {PUBLIC}),
    "a context with a byte-order mark": (
        "\ufeff" + json.dumps({"url": "nats://a", "user_seed": SEED}),
        {PUBLIC},
    ),
}


@pytest.mark.parametrize("case", TEXTS)
def test_every_seed_of_a_text_is_taken_however_it_is_folded(case: str) -> None:
    text, publics = TEXTS[case]
    with read(text) as into:
        assert seeds_of(into) == publics, [bad.why for bad in into.bad]
        if "creds" in case or case == "a JWT and its seed":
            assert any(found.claims is not None for found in into.mentions)


@pytest.mark.parametrize("case", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be-marked", "utf-8-sig"])
def test_the_same_text_as_windows_writes_it(case: str, encoding: str, tmp_path: Path) -> None:
    text, publics = TEXTS[case]
    text = text.removeprefix("\ufeff")
    marked = f"\ufeff{text}".encode("utf-16-be")
    path = tmp_path / "keys.txt"
    path.write_bytes(marked if encoding == "utf-16-be-marked" else text.encode(encoding))
    with Findings() as into:
        SourceReader(into).path(path)
        assert seeds_of(into) == publics


REFUSED = {
    "a seed beside a mistyped one": (f"{SEED} {MISTYPED}", {PUBLIC}, "checksum"),
    "a seed run together with a word": (f"key{SEED}", set(), "run together"),
    "a private key beside a seed": (
        f"{SEED} PDC2WWLK67NUTFW7ZH5A7FOPZC32VXYZYWYNQMQ6RQWP2FEEF6KDVFOW7W7PHAXEGS3QMBNABEYMCZHB6K"
        "4G2PAHSEZQKS4Q5JKTVVDCJORA",
        {PUBLIC},
        "private key",
    ),
    "a comment with a seed": (f"{SEED}\n# {SEED2}\n", {PUBLIC}, "comment"),
    "a public key and another's seed": (f"{PUBLIC2} {SEED}", {PUBLIC}, "of two keys"),
    "a context with a seed in a field of none": (
        json.dumps({"url": "nats://a", "user_seed": SEED, "description": f"was {SEED2}"}),
        {PUBLIC},
        "description",
    ),
    "a JWT of four parts": (f"{SEED} {TOKEN}.eyJ", {PUBLIC}, "three parts"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_taken_is_told(case: str) -> None:
    text, publics, said = REFUSED[case]
    with read(text) as into:
        assert seeds_of(into) == publics
        told = " ".join(f"{each.path} {each.why}" for each in [*into.bad, *into.notes])
        assert said in told
        for seed in (SEED, SEED2, MISTYPED):
            assert seed not in told


def test_names_stand_before_or_after_each_key_of_a_line() -> None:
    with read(f"till {SEED} corp/counter {SEED2}") as into:
        assert [found.name for found in into.mentions] == ["till", "counter"]
    with read(f"{SEED} till, {SEED2} counter") as into:
        assert [found.name for found in into.mentions] == ["till", "counter"]
    with read(f"{PUBLIC} {SEED} till") as into:
        assert {found.name for found in into.mentions} == {"", "till"}
    with read(f'export TILL="{SEED}"') as into:
        assert [found.name for found in into.mentions] == ["TILL"]
    with read(f"till.nk: {SEED}") as into:
        assert [found.name for found in into.mentions] == ["till"]


def test_a_seed_in_prose_that_a_directory_holds_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.nk").write_text(SEED)
    (tmp_path / "README.md").write_text(f"An example:\n{SEED2}\nis a seed.\n")
    (tmp_path / "secret.yaml").write_text(f"kind: Secret\n{TEXTS['base64'][0]}\n")
    with Findings() as into:
        SourceReader(into).path(tmp_path)
        assert seeds_of(into) == {PUBLIC}
        assert {Path(note.path).name for note in into.notes} == {"README.md", "secret.yaml"}


# --- any text whatever ----------------------------------------------------------------------

GOOD = {
    SEED: PUBLIC,
    SEED2: PUBLIC2,
    PUBLIC: PUBLIC,
    CHAIN.account.public.text: CHAIN.account.public.text,
    TOKEN: PUBLIC,
    OTHER.account_jwt(): OTHER.account.public.text,
}
with Seed.generate(Kind.CURVE) as _curve:
    GOOD[_curve.encode().decode()] = _curve.public.text
BETWEEN = st.sampled_from(
    [" ", "\n", ",", "=", ": ", '"', "\t", "\r\n", " a ", "|", "\\n", "# ", "/"]
)
PIECES = st.sampled_from([*GOOD, MISTYPED, "word", "-----BEGIN X-----", CREDS, "{", "\ufeff"])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(PIECES, BETWEEN), max_size=7))
def test_every_key_of_any_text_is_taken_or_told(parts: list[tuple[str, str]]) -> None:
    text = "".join(piece + between for piece, between in parts)
    with read(text) as into:
        taken = {found.public.text for found in into.mentions}
        told = bool(into.bad or into.notes)
        for piece, _ in parts:
            assert GOOD.get(piece, PUBLIC if piece == CREDS else "") in {*taken, ""} or told
        if MISTYPED in text:
            assert told
        for each in [*into.bad, *into.notes]:
            assert plain(each.why, 1000) == each.why
            assert SEED not in each.why + each.path


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_empty_lines_count_where_a_line_is_told_by_its_number(tmp_path: Path, end: str) -> None:
    file = tmp_path / "keys.txt"
    file.write_bytes(end.join(["", "# a word", "", CHAIN.user.public.text, "no key"]).encode())
    with Findings() as into:
        SourceReader(into).path(file)
        assert [mention.source for mention in into.mentions] == [f"{file}, line 4"]
        assert [bad.path for bad in into.bad] == [f"{file}, line 5"]
