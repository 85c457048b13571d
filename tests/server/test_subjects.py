"""Which texts are subjects, as nats-server has it."""

from __future__ import annotations

import pytest

from tests.server.conftest import Serve
from wallet.nats.subjects import is_wild, subject_problem
from wallet.system.natsserver import ServerFailedError
from wallet.text import server_string

TEXTS = [
    *("a", "a.b", "*", ">", "a.*.b", "a.>", "*.>", "a*", "a>b", "a.b>", ">a", "ä.日本"),
    *("$SYS.REQ", "a\x01b", "\x7f", "a\u00a0b", "a\u2003b", "a\vb"),
    *("", ".", "a.", ".a", "a..b", ">.a", "a.>.b", "a b", " ", "a\tb", "a\nb", "a\rb", "a\fb"),
]


@pytest.mark.newer_server("2.9 takes a blank in a permission")
@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_what_is_a_subject_is_one_to_a_server(serve: Serve, text: str) -> None:
    user = f"{{ user: a, password: b, permissions: {{ publish: [{server_string(text)}] }} }}"
    try:
        serve(f"authorization {{ users = [ {user} ] }}")
        taken = True
    except ServerFailedError:
        taken = False
    assert (subject_problem(text) == "") is taken


def test_a_subject_with_wildcards_is_told_from_one_that_holds_their_signs() -> None:
    assert [text for text in TEXTS[:12] if is_wild(text)] == ["*", ">", "a.*.b", "a.>", "*.>"]
