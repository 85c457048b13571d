"""Subjects: which texts are one, with wildcards, and whether one of many stands for another. Pure.

With wildcards a search can branch at every token, and texts come from anybody: the steps of all
questions together are bounded by the length of the patterns and of what is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

ANY, REST = "*", ">"
WELL_KNOWN = (
    *("_INBOX.>", "$SYS.REQ.USER.INFO", "$SYS.REQ.SERVER.PING", "$SYS.REQ.SERVER.PING.VARZ"),
    *("$SYS.REQ.ACCOUNT.*.CONNZ", "$SYS.REQ.ACCOUNT.*.INFO", "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP"),
    *("$SYS.REQ.CLAIMS.LIST", "$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.CLAIMS.DELETE"),
    *("$SYS.ACCOUNT.*.CONNECT", "$SYS.ACCOUNT.*.DISCONNECT", "$SYS.SERVER.*.CLIENT.AUTH.ERR"),
    *("$SYS.SERVER.*.STATSZ", "$SYS.>", "$JS.API.>", "$JS.ACK.>", "$KV.>", "$O.>", "$SRV.>"),
)
"""Subjects of NATS's own, those that are typed most first.

Source: nats-server events.go and jetstream_api.go, nats.go micro.
"""
_BLANKS = frozenset(" \t\n\f\r")
_STEPS_A_TOKEN = 40  # what honest lists need is below 4

_Node = dict[str, "_Node"]
_END = ""  # here a pattern ends
_EMPTY = "\0"  # in the place of a token that is empty


def subject_problem(text: str) -> str:
    """Say why nats-server takes a text for no subject, in words; empty for a subject.

    Source: nats-server sublist.go, `IsValidSubject`.
    """
    tokens = text.split(".")
    if "" in tokens:
        return "a word has to stand before, between and after its dots"
    if not _BLANKS.isdisjoint(text):
        return "a subject has no blanks in it"
    return "“>” may stand at its end alone" if REST in tokens[:-1] else ""


def is_wild(subject: str) -> bool:
    """Whether a subject has wildcards."""
    tokens = subject.split(".")
    return ANY in tokens or tokens[-1] == REST


def overlap(one: str, other: str) -> bool:
    """Whether a message can have a subject that both stand for."""
    for mine, theirs in zip_longest(one.split("."), other.split(".")):
        if mine is None or theirs is None:
            return False
        if REST in (mine, theirs):
            return True
        if mine != theirs and ANY not in (mine, theirs):
            return False
    return True


class Patterns:
    """A set of subjects, with wildcards or without."""

    def __init__(self, subjects: Iterable[str] = ()) -> None:
        self._root: _Node = {}
        self._steps = 1_000  # that may still be taken
        for subject in subjects:
            self.add(subject)

    def add(self, subject: str) -> None:
        """Add a subject to those that are looked through."""
        node = self._root
        tokens = subject.split(".")
        for token in tokens:
            node = node.setdefault(token or _EMPTY, {})
        node[_END] = {}
        self._steps += _STEPS_A_TOKEN * len(tokens)

    def covers(self, subject: str, *, loosely: bool = False, others: bool = False) -> bool | None:
        """Whether one of them stands for all that `subject` stands for.

        `loosely` as Go's JWT library compares: `*` stands for a `>` too. With `others` only those
        count that are written otherwise. None when that would take more steps than all these
        texts are worth.
        """
        tokens = [token or _EMPTY for token in subject.split(".")]
        self._steps += _STEPS_A_TOKEN * len(tokens)
        waiting = [(self._root, 0, True)]
        while waiting:
            node, at, same = waiting.pop()
            self._steps -= 1
            if self._steps < 0:
                return None
            if at == len(tokens):
                if _END in node and not (others and same):
                    return True
                continue
            token = tokens[at]
            if token in node and token != ANY:
                waiting.append((node[token], at + 1, same))
            if ANY in node and (loosely or token != REST):
                waiting.append((node[ANY], at + 1, same and token == ANY))
            last = same and tokens[at:] == [REST]
            if REST in node and _END in node[REST] and not (others and last):
                return True
        return False
