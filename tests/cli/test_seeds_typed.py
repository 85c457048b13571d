"""A seed that is typed as any word of any command, whole or damaged, is told and kept nowhere."""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from wallet.cli import argument_parser
from wallet.cli.argument_parser import CommandParser
from wallet.cli.commands import COMMANDS
from wallet.nats.nkeys import Kind, Seed

FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "small": str.lower,
    "without its last character": lambda text: text[:-1],
    "with one less inside": lambda text: text[:20] + text[21:],
    "with one more": lambda text: text[:30] + "Q" + text[30:],
    "mistyped": lambda text: text[:20] + ("B" if text[20] == "A" else "A") + text[21:],
    "with blanks": lambda text: " ".join(text[at : at + 8] for at in range(0, 58, 8)),
    "as a directory": lambda text: f"{text}/x",
    "as a server": lambda text: f"nats://{text[:-1]}:4222",
    "within a word": lambda text: f"of-{text}",
    "in groups far apart": lambda text: "----".join(text[at : at + 8] for at in range(0, 58, 8)),
    "in full-width letters": lambda text: "".join(chr(ord(one) + 0xFEE0) for one in text),
    "as if it were a JWT": lambda text: f"eyJx.{text}.y",
    "damaged, as if it were a JWT": lambda text: f"eyJx.{text[:-1]}.y",
    "without its first eight": lambda text: text[8:],
    "with an O read as 0": lambda text: text.replace("O", "0", 1),
}
SHOWS_NO_ONE = {"inspect"}  # its words are what it is about
WORDS = {
    "REF": "acme/orders/billing",
    "ACCOUNT": "acme/orders",
    "EXPORTER": "acme/orders",
    "IMPORTER": "acme/metrics",
    "SUBJECT": "orders.new",
}


def parsers_of(name: str) -> Iterator[tuple[list[str], argparse.ArgumentParser]]:
    """The parser of a command, and those of the verbs behind it, with the words before each."""
    (group,) = (
        action
        for action in argument_parser.build()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    command = group.choices[name]
    assert isinstance(command, CommandParser)
    command.declare()
    yield [name], command
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for verb, below in action.choices.items():
                if isinstance(below, CommandParser):
                    below.declare()
                before = [WORDS.get(str(one.metavar), "x") for one in _positional(command)]
                yield [name, *before, verb], below


def _positional(of: argparse.ArgumentParser) -> list[argparse.Action]:
    return [
        action
        for action in of._actions
        if not action.option_strings and not isinstance(action, argparse._SubParsersAction)
    ]


def lines(name: str, seed: str) -> Iterator[list[str]]:
    """Each command line with the seed where one argument is, the others as they should be."""
    for before, of in parsers_of(name):
        positional = _positional(of)
        usual = [
            str(next(iter(one.choices))) if one.choices else WORDS.get(str(one.metavar), "word")
            for one in positional
            if one.nargs not in {"?", "*"}
        ]
        for at, _ in enumerate(positional):
            words = [*usual[:at], *["word"] * (at - len(usual[:at])), seed, *usual[at + 1 :]]
            yield [*before, *words]
        yield [*before, *usual, *["word"] * (len(positional) - len(usual)), seed]
        for action in of._actions:
            if action.option_strings and action.nargs != 0:
                flag = action.option_strings[-1]
                yield [*before, *usual, f"{flag}={seed}"]
                yield [*before, *usual, flag, seed]
        yield [*before, *usual, f"--{seed}"]


def holds(text: str, seed: str) -> bool:
    """Whether a text has the seed somewhere, or most of it, however it is divided."""
    bare = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text))).upper()
    return any(seed[at : at + 16] in bare for at in range(0, len(seed) - 16, 4))


def everything(directory: Path) -> Iterator[str]:
    """The names and the contents of all files beneath a directory."""
    for path in directory.rglob("*"):
        yield path.name
        if path.is_file():
            yield path.read_bytes().decode("latin-1")


@pytest.fixture(scope="module")
def seed() -> str:
    """A seed of the three in a thousand that come nearly as words do; it was made for this."""
    return "SUAFWMTW7FL3SELDUNX5TRAL4JLHKTDWYWEYUEA4RR4EPNRSM2RR3LIUDQ"


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_a_seed_among_the_words_of_a_command_is_told_nowhere(
    vault: Run, name: str, seed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for change in FORMS.values():
        _try(vault, lines(name, change(seed)), seed, only_refused=name not in SHOWS_NO_ONE)
    for kept in (["history", "--json"], ["list", "--json"], ["servers", "--json"]):
        assert not holds(vault(*kept).out, seed)
    assert not any(holds(text, seed) for text in everything(tmp_path))


def _try(run: Run, typed: Iterator[Sequence[str]], seed: str, *, only_refused: bool) -> None:
    for words in typed:
        done = run(*words)
        place = [word if not holds(word, seed) else "SEED" for word in words]
        assert not holds(done.out + done.err, seed), place
        assert done.status == 2 or not only_refused, place


def test_a_seed_that_was_divided_by_blanks_is_told_nowhere(vault: Run, seed: str) -> None:
    for size in (4, 8, 10):
        pieces = [seed[at : at + size] for at in range(0, 58, size)]
        for before in (["may", "billing"], ["show"], ["note", "billing"], ["new", "user"], []):
            for typed in (pieces, [f'"{one}"' for one in pieces], " - ".join(pieces).split()):
                done = vault(*before, *typed)
                assert done.status == 2
                assert not any(piece in done.out + done.err for piece in pieces), before


def test_inspect_takes_one_text_and_no_seed_elsewhere(
    vault: Run, seed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for change in FORMS.values():
        typed = change(seed)
        for words in (
            [typed, "inspect"],
            [typed, "inspect", "x"],
            ["--vault", typed, "inspect", "x"],
            ["inspect", "--vault", typed, "x"],
        ):
            done = vault(*words)
            place = [word if not holds(word, seed) else "SEED" for word in words]
            assert not holds(done.out + done.err, seed), place
            assert done.status == 2, place
    for words in (["--vault", "v", "inspect", seed], ["inspect", "--json", seed]):
        assert vault(*words).status != 2


def test_the_search_would_see_one() -> None:
    with Seed.generate(Kind.USER) as new:
        text = new.encode().decode()
    for change in FORMS.values():
        assert holds(f"It is “{change(text)}”.", text)


def test_names_keys_and_signatures_of_every_day_are_no_seeds(vault: Run, tmp_path: Path) -> None:
    """A mistyped public key is one, and so is a directory with a name that comes as by chance."""
    public = vault("public", "billing").out.strip()
    mistyped = public[:30] + ("A" if public[30] != "A" else "B") + public[31:]
    assert vault("show", mistyped).status == 4
    assert vault("show", mistyped[:-1]).status == 4
    odd = tmp_path / "sxq6csfxvn7zz2k4jwt5q3xv7b"
    odd.mkdir()
    assert vault("creds", "billing", "--to", str(odd / "billing.creds")).status == 0
    message = tmp_path / "message"
    message.write_text("hello")
    signatures: list[str] = []
    while len(signatures) < 20 or not any(one.startswith("-") for one in signatures):
        message.write_text(message.read_text() + "!")
        signature = vault("sign", "billing", str(message)).out.strip()
        signatures.append(signature)
        if len(signatures) <= 20 or signature.startswith("-"):
            assert vault("verify", "billing", str(message), signature).status == 0
    many = [f"dev{number:02}" for number in range(12)]
    assert vault("retire", *many).status == 4


def test_a_name_that_looks_like_a_seed_is_taken_where_a_person_says_so(vault: Run) -> None:
    name = "sua" + "ky5rh7vi2orexv7euztb3huhl7num4hpma"
    refused = vault("new", "user", name)
    assert refused.status == 2
    assert "--no-seed" in refused.err
    assert name not in refused.err
    assert vault("new", "user", name, "--no-seed").status == 0
    assert vault("--no-seed", "show", name).status == 0


def test_a_whole_seed_is_no_name_whatever_a_person_says(vault: Run, seed: str) -> None:
    for typed in (seed, seed.lower(), "----".join(seed[at : at + 8] for at in range(0, 58, 8))):
        refused = vault("new", "user", typed, "--no-seed")
        assert refused.status == 2
        assert "--no-seed" not in refused.err
        assert not holds(refused.out + refused.err, seed)
