"""nats-server's configuration language: what a text says, and what is refused. By hand, from what
nats-server 2.15.2 made of each; `tests.compare readings` compares generated ones."""

from __future__ import annotations

import os
import sys
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wallet.errors import ConfigurationError, UsageError
from wallet.nats.config import parser
from wallet.nats.config.parser import Doubt, Literal, Value
from wallet.system.disk import regular_files


def plain(data: object) -> object:
    """A value as plain Python: numbers and the like by what they are to the server."""
    if isinstance(data, Value):
        return plain(data.data)
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [plain(value) for value in data]
    return data.value if isinstance(data, Literal) else data


def read(directory: Path, text: str) -> object:
    path = directory / "server.conf"
    path.write_bytes(text.encode(errors="surrogateescape"))
    return plain(parser.read(path, regular_files.content, "server.conf"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # What begins like a number and is a text.
        ("a: 4e2abc, b: 4e2, c: 0K1", {"a": "4e2abc", "b": "4e2", "c": "0K1"}),
        ('a: ["3g4.x", 3g4.y ]', {"a": ["3g4.x", "3g4.y"]}),
        ("a: 12ab, b: 1x, c: 1k', d: -2kx", {"a": "12ab", "b": "1x", "c": "1k", "d": "-2kx"}),
        ("a: [1k], b: [ 1]\n ]", {"a": ["1k"], "b": ["1]"]}),
        ("a: 1\\x41, b: 1k\\x41", {"a": "1\\x41", "b": "1kA"}),
        ("a: 127.0.0.1:4222, b: -1.2.3", {"a": "127.0.0.1:4222", "b": "-1.2.3"}),
        # Numbers.
        ("a: 1k, b: 1kb, c: 2MiB, d: -3g", {"a": 1000, "b": 1024, "c": 2 << 20, "d": -3 * 10**9}),
        ("a: 9e, b: -1.5, c: 007", {"a": 9 * 10**18, "b": -1.5, "c": 7}),
        ("a: 10e", {"a": 10**19 - (1 << 64)}),  # goes round, as in Go
        ("a: 2024-02-29T01:02:03Z", {"a": datetime(2024, 2, 29, 1, 2, 3, tzinfo=UTC)}),
        # A unit that is none: the number goes, and the key names the block around.
        ("x { a: 1kbb }", {"a": {}}),
        ("x { a: 1kbb, b: 2 }", {"a": {"b": 2}}),
        ("x: [ 1kbb, 2 ]", {"x": [2]}),
        # Texts.
        ("a: true', b: True, c: yeſ", {"a": "true", "b": True, "c": "yeſ"}),
        ("a: null, b: none", {"a": "null", "b": "none"}),
        ("a:\u00a0b, c: d\u00a0", {"a": "\u00a0b", "c": "d\u00a0"}),
        ("a: \\x74rue, b: \\xc3\\xa9", {"a": "true", "b": "é"}),
        ("a: $2a$11$x", {"a": "$2a$11$x"}),
        ("a: (\n b\n)\n", {"a": "\n b\n"}),
        ("a: (\n b\n)", {"a": "\n b\n)"}),
        # The end of a text.
        ("a=", {"a": ""}),
        ("a: 1\n}", {"a": 1}),
        ("a: 1\n}\n}", {"a": 1, "}": ""}),
        ("{ a: 1 }", {"a": 1}),
        ("{ a: 1\n", {"a": 1}),
        ('a: 1\n"', {"a": 1}),
        ("a: [ '", {}),
        # Braces that are none.
        ("a.* b.{{wildcard(1)}}\n", {"a.*": "b.{{wildcard(1)"}),
        ("m {\n a b.{{w(1)}}\n}\n}\n", {"m": {"a": "b.{{w(1)"}, "}": ""}),
        ("x { a: }, b: 1", {"a": {}, "b": 1}),
        # A slash by itself, a zero byte.
        ("a: 1 / \n b: 2", {"a": 1, "b": 2}),
        ("a: 1\0b: 2", {"a": 1, "b": 2}),
        ("x { /a: 1 }", {"x": {"a": 1}}),
    ],
)  # fmt: skip
def test_a_text_is_read_as_the_server_reads_it(tmp_path: Path, text: str, wanted: object) -> None:
    assert read(tmp_path, text) == wanted


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\na", 2),
        ("a: 1\n}}", 2),
        ("a:\n 1", 1),
        ("a: .5", 1),
        ("a: 1\nb: 1.5k", 2),
        ("a: -x", 1),
        ("a: 2024-02-30T00:00:00Z", 1),
        ("a: 9223372036854775808", 1),
        ("a: 1 b: 2", 1),
        ("\n a { b: 1\n c: 2 } d: 3", 3),
        ("a { b: 1\n", 2),
        ("a: [ 1; 2 ]", 1),
        ("a: [ 1,, 2 ]", 1),
        ("a: \\q", 1),
        ("a: \\x4", 1),
        ("a: 'b", 1),
        ("= 1", 1),
        ("{ a: 1", 1),
        ("{ a: 1 } \n } b } c", 2),
        ("a: 1\n/ b", 2),
        ("a: ٣", 1),
        ("a {\n b: $NOT_SET_ANYWHERE }", 2),
        ("\ninclude", 2),
        ("a {\n include ''\n}", 2),
        ("include 'a\0b'", 1),
    ],
)
def test_what_the_server_refuses_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, text)
    assert (refused.value.file, refused.value.line) == ("server.conf", line)
    assert str(tmp_path) not in str(refused.value)


def test_an_include_that_is_missing_is_told_with_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, "include missing.conf")
    assert (refused.value.file, refused.value.line) == ("server.conf", 1)
    assert str(tmp_path / "missing.conf") in str(refused.value)


def test_a_value_that_older_servers_refuse_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "inner.conf").write_text("\npassword: 0e12ab\n", encoding="utf-8")
    path = tmp_path / "server.conf"
    path.write_text("a: 1k\nb: [\n 4e2abc\n 4e2\n]\ninclude inner.conf\n", encoding="utf-8")
    doubts: list[Doubt] = []
    parser.read(path, regular_files.content, "server.conf", doubts)
    assert [(doubt.file, doubt.line) for doubt in doubts] == [
        ("server.conf", 3),
        ("server.conf", 4),
        ("inner.conf", 2),
    ]
    assert "2.14.9" in parser.sentence(doubts)


# --- includes -------------------------------------------------------------------------------


def refused(directory: Path, text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as raised:
        read(directory, text)
    return raised.value


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices are files on POSIX only")
@pytest.mark.timeout(30)
def test_what_is_no_regular_file_is_neither_included_nor_handed_on(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        error = refused(tmp_path, f"include {name}")
        assert "not a regular file" in str(error)
        assert error.endless, name
    assert "directory" in str(refused(tmp_path, "include '.'"))
    (tmp_path / "link").symlink_to("link")
    assert "symbolic links" in str(refused(tmp_path, "include link"))


def test_includes_end_however_they_go_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_text("include b.conf", encoding="utf-8")
    (tmp_path / "b.conf").write_text("include ./x/../a.conf", encoding="utf-8")
    assert refused(tmp_path, "include a.conf").endless
    # Each file by another name, and no circle.
    for number in range(30):
        (tmp_path / f"x{number}.conf").write_text(f"include x{number + 1}.conf", encoding="utf-8")
    assert refused(tmp_path, "include x0.conf").endless


def test_includes_are_bounded_in_number_and_in_all_their_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.conf").write_text("a: 1 # a comment\n", encoding="utf-8")
    many = "include a.conf\n" * 12
    assert read(tmp_path, many) == {"a": 1}
    monkeypatch.setattr(parser, "MAX_SIZE", 300)
    assert "larger than" in str(refused(tmp_path, many))
    monkeypatch.setattr(parser, "MAX_SIZE", 30 << 20)
    monkeypatch.setattr(parser, "MAX_INCLUDES", 10)
    assert "too many files" in str(refused(tmp_path, many))


def test_a_file_that_cannot_be_a_path_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no path"):
        parser.read(tmp_path / "a\0b", regular_files.content)


# --- variables ------------------------------------------------------------------------------


def test_variables_of_the_environment_are_read_as_the_server_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "EMPTY": "",
        "LINES": "1\nx: 2",
        "HEX": "4e2abc",
        "UNIT": "1kbb",
        "NOTE": "#nothing",
    }.items():
        monkeypatch.setenv(name, value)
    assert read(tmp_path, "a: $EMPTY\nb: $LINES\nc: $HEX\nd: $NOTE") == {
        "a": "",
        "b": 1,
        "c": "4e2abc",
        "d": "#nothing",
    }
    assert "no value" in str(refused(tmp_path, "a: $UNIT"))


@pytest.mark.timeout(30)
@pytest.mark.parametrize("outside", [False, True])
def test_what_variables_double_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, outside: bool
) -> None:
    lines = [f"{'w' * 50}"] + [f"[ $v{n}, $v{n} ]" for n in range(60)]
    if outside:
        for number, value in enumerate(lines):
            monkeypatch.setenv(f"v{number}", value)
        text = "a: $v60"
    else:
        text = "\n".join(f"v{number}: {value}" for number, value in enumerate(lines))
    error = refused(tmp_path, text)
    assert error.endless
    assert "too large" in str(error)


def test_a_list_that_many_users_share_is_no_doubling(tmp_path: Path) -> None:
    users = "\n".join(f"{{ user: u{n}, permissions: $p }}" for n in range(2000))
    text = f"p {{ publish: [ {', '.join(f'a.b{n}' for n in range(50))} ] }}\nusers [\n{users}\n]"
    assert isinstance(read(tmp_path, text), dict)


# --- bounds ---------------------------------------------------------------------------------


@pytest.mark.timeout(60)
@pytest.mark.parametrize("part", ["# a comment\n", "//\n", "\n", " \t\r\n", "#"])
def test_memory_goes_with_the_size_of_a_text(tmp_path: Path, part: str) -> None:
    path = tmp_path / "server.conf"
    path.write_text(part * ((4 << 20) // len(part)), encoding="utf-8")
    tracemalloc.start()
    parser.read(path, regular_files.content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 24 << 20  # the bytes and the text, and no more for each comment


@pytest.mark.timeout(60)
@pytest.mark.parametrize("part", ["{", "a {", "{ a: [", "a: [ {"])
def test_blocks_however_deep_are_refused(tmp_path: Path, part: str) -> None:
    error = refused(tmp_path, part * 100_000)
    assert "deep" in str(error)
    assert error.endless


@pytest.mark.timeout(60)
def test_a_text_of_nothing_but_values_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parser, "MAX_VALUES", 1000)
    assert "1,000 values" in str(refused(tmp_path, "a: [ " + "1, " * 1001 + "]"))


@pytest.mark.timeout(60)
def test_the_lines_of_a_large_file_are_told_in_time_that_goes_with_its_size(
    tmp_path: Path,
) -> None:
    users = "".join("{ nkey: UA,\n x: [ 1 ]\n }\n" for _ in range(40_000))
    path = tmp_path / "server.conf"
    path.write_text(f"users: [\n{users}]", encoding="utf-8")
    listed = parser.read(path, regular_files.content)["users"].data
    assert isinstance(listed, list)
    assert listed[-1].line == 2 + 3 * 39_999
