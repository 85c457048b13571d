"""The configuration language is read as nats-server reads it: by the digest that it tells."""

from __future__ import annotations

import contextlib
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.tools import count
from wallet.connection.rehearsal.rewriting import configuration_text
from wallet.errors import ConfigurationError, UsageError
from wallet.nats.config import parser
from wallet.nats.config.parser import Value
from wallet.system.disk import regular_files
from wallet.system.natsserver import find

# The server accepts any value here: a variable refers to it, and that setting is overridden.
AROUND = "\nport = $data\nport = 4222\n"


def digest(directory: Path, text: str) -> str | None:
    """What nats-server makes of a text; None when it refuses it."""
    path = directory / "digested.conf"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    done = subprocess.run(
        [find(), "-t", "-c", str(path)], capture_output=True, check=False, timeout=60
    )
    found = re.search(rb"sha256:[0-9a-f]{64}", done.stderr)
    return found[0].decode() if found and done.returncode == 0 else None


def agree(directory: Path, text: str) -> bool:
    """Whether nats-server takes a text; then what we read and write anew is the same to it."""
    wanted = digest(directory, text + AROUND)
    if wanted is None:
        return False
    path = directory / "read.conf"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    read = parser.read(path, regular_files.content)
    forget_uses(read)
    written = configuration_text.write(read).text
    assert digest(directory, written + AROUND) == wanted, written
    return True


def forget_uses(block: dict[str, Value]) -> None:
    """To the writer each is a setting then, and none is left out."""
    for value in block.values():
        value.used = False
        for inner in value.data if isinstance(value.data, list) else [value]:
            if isinstance(inner.data, dict):
                forget_uses(inner.data)


@pytest.mark.parametrize(
    "text",
    [
        "data = 1",
        "data {a: 1k, b: 2MB, c: 3Gb, d: -4, e: -1.5, f: 2KiB}",
        "data { a: 127.0.0.1:4222, b: 0.0.0.0, c: 10.0, d: 2024-01-31T00:00:00Z, e: 12ab, f: 1x }",
        'data: "a \\"quoted\\" \\\\ \\t \\n \\x41 \\xc3\\xa9 é 🗝 # no comment // nor this"',
        "data: 'single \"quotes\" \\ keep\na line end'",
        "data { a: bare\\x41word, b: un#hash, c: http://host/x, d: a'\n e: f }",
        "data (\n a block\n ) of text\n)\n",
        "data = [ 1, 2, 'three', [4, 5 ], { six: 6 } ]",
        "data = [\n 1 # one\n 2 // two\n\n 3 ]",
        "data = { \"quoted key\": 1, 'single': 2, dotted.key: 3, $x: 4 } # end",
        "data { yes: yes, No: No, on: ON, off: off, t: true, f: FALSE, n: none }",
        "data {\n a\n : 1\n b\n  2\n}",
        "data { a { b { c { d: [[[[ 1 ]]]]} } } }",
        "data: $2a$11$W2zko751KUvVy59mUTWmpOdWjpEm5qhcCZRd05GjI/sSOT.xtiHyG",
        "data { x: 1, y: { z: $x } }",
        "data { a: 1; b: 2; c: 3 }\n",
        "data: {a: 1,\n\n\n b: 2,}",
        "# only a comment first\n// and another\ndata: x // last",
        "data { a: 1\n,b: 2\n ;c 3 }",
        "data: ''",
        'data: ""',
        "data: []",
        "data: {}",
        "data {\u00a0a: 1\n\u2003b: 2 }",
        "\r\ndata {\r\n a: 1\r\n b: x\r\n}\r\n",
    ],
)
def test_what_is_written_anew_is_the_same_to_the_server(tmp_path: Path, text: str) -> None:
    assert agree(tmp_path, text), "the server refuses this example"


words = st.text("abcxyz01_-./*>$@é🗝\\\"'#;:,= \t{}[]()", max_size=8)
names = st.from_regex(r"[a-s][a-z0-9_.]{0,6}", fullmatch=True).filter(lambda name: name != "data")
scalars = st.one_of(
    st.integers(-(2**40), 2**40).map(str),
    st.tuples(
        st.integers(0, 999), st.sampled_from(["k", "K", "kb", "KiB", "m", "MB", "Gi", "t"])
    ).map(lambda pair: f"{pair[0]}{pair[1]}"),
    st.floats(-1000, 1000, allow_nan=False).map(lambda number: f"{number:.3f}"),
    st.sampled_from(["true", "no", "On", "127.0.0.1:4222", "2024-02-03T04:05:06Z", "$2a$1x"]),
    words.filter(lambda text: "'" not in text).map(lambda text: f"'{text}'"),
    words.map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    words,  # bare, and often wrong: then the server refuses it
    st.sampled_from(["(\n a ) b\n)\n", "bare\\x41", "x'", "1.2.3.4", "12h", "-7", "$q"]),
)
gaps = st.sampled_from([" ", "\n", "\t", ",", ", ", ";\n", " # note\n", "\n// note\n", "\r\n"])
separators = st.sampled_from([" ", ": ", "=", " = ", ":\t"])


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(names, separators, inner, gaps).map("".join)
    element = st.tuples(inner, gaps).map("".join)
    return st.one_of(
        st.lists(pair, max_size=4).map(lambda pairs: "{ " + "".join(pairs) + " }"),
        st.lists(element, max_size=4).map(lambda elements: "[ " + "".join(elements) + " ]"),
    )


@settings(
    max_examples=count(40, 150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(text=st.tuples(separators, st.recursive(scalars, blocks, max_leaves=8)).map("".join))
def test_any_text_that_the_server_takes_is_read_as_it_does(tmp_path: Path, text: str) -> None:
    assume(agree(tmp_path, f"data{text}"))


@settings(max_examples=500, deadline=None)
@given(text=st.text("ab {}[]()'\"\\=:,;#/\n$-1.xinclude", max_size=60))
def test_any_text_at_all_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.conf"
    path.write_text(text, encoding="utf-8")
    with contextlib.suppress(ConfigurationError):
        parser.read(path, regular_files.content)


def test_values_know_their_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "inner.conf").write_text("\nx: 1\n", encoding="utf-8")
    path = tmp_path / "outer.conf"
    path.write_text("a: (\n b\n)\nc: [\n 1\n 2 ]\ninclude inner.conf\nd: $x\n", encoding="utf-8")
    read = parser.read(path, regular_files.content, "outer.conf")
    elements = read["c"].data
    assert isinstance(elements, list)
    assert [(value.file, value.line) for value in (read["a"], *elements, read["x"])] == [
        ("outer.conf", 1),
        ("outer.conf", 5),
        ("outer.conf", 6),
        ("inner.conf", 2),
    ]
    assert (read["d"].data, read["d"].line, read["x"].used) == ("1", 8, True)


def test_a_variable_is_looked_for_outwards_and_then_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FROM_OUTSIDE", "[ 1, $INNER ]")
    monkeypatch.setenv("INNER", '"two words"')
    monkeypatch.setenv("LOOP", "$LOOP")
    path = tmp_path / "server.conf"
    path.write_text("x: 1\na { x: 2, b { y: $x, z: $FROM_OUTSIDE } }\n", encoding="utf-8")
    read = parser.read(path, regular_files.content)
    b = mapping(mapping(read["a"])["b"])
    assert (b["y"].data, [item.data for item in sequence(b["z"])]) == ("2", ["1", "two words"])
    for text, said in (("x: $LOOP", "itself"), ("x: $NOT_SET_ANYWHERE", "no variable")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=said):
            parser.read(path, regular_files.content)


def test_variables_that_double_a_text_without_end_are_stopped_at_once(tmp_path: Path) -> None:
    lines = ["v0: [ 1, 1 ]", *(f"v{n}: [ $v{n - 1}, $v{n - 1} ]" for n in range(1, 60))]
    path = tmp_path / "server.conf"
    path.write_text("\n".join([*lines, "authorization { users: $v59 }"]), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="too large") as refused:
        parser.read(path, regular_files.content)
    assert refused.value.endless
    assert refused.value.line < 30


def test_a_file_too_large_to_be_one_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parser, "MAX_SIZE", 30)
    large, small = tmp_path / "large.conf", tmp_path / "small.conf"
    large.write_text("# a comment of more than 30 characters\n", encoding="utf-8")
    small.write_text("include large.conf\n", encoding="utf-8")
    with pytest.raises(UsageError, match="larger than"):
        parser.read(large, regular_files.content)
    with pytest.raises(ConfigurationError, match="larger than"):
        parser.read(small, regular_files.content)


def mapping(value: Value) -> dict[str, Value]:
    assert isinstance(value.data, dict)
    return value.data


def sequence(value: Value) -> list[Value]:
    assert isinstance(value.data, list)
    return value.data
