"""An account's mappings: where servers send messages in the place of their subject. Pure.

Called for claims whose types are right. Source: nats-io/jwt v2.8, account_claims.go; nats-server
accounts.go, AddWeightedMappings; sublist.go, ValidateMapping; subject_transform.go.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from wallet.nats.validation.account_rules import Nats
from wallet.nats.validation.flaw import LONGEST_SHOWN, Effect, Path, Review
from wallet.text import without_seeds

NUMBER = re.compile(r"[+-]?[0-9]{1,18}")  # as Go reads the 1 of $1
_COMMA = re.compile(r",[\t\n\f\r ]*")
_END = re.compile(r"(.*)\)\s*+\}\}", re.ASCII)
_LARGEST = (1 << 31) - 1


class _Function(NamedTuple):
    """A function that may stand in a destination between {{ and }}: `{{split(1,-)}}`.

    `example` is how to write it; `arguments` are the kinds of them: `*` the place of a wildcard
    of the source, `n` a number, `t` a text. After the first, `more` wildcards may follow.
    """

    begin: re.Pattern[str]
    example: str
    arguments: str
    more: bool = False
    of_wildcards: bool = True

    def arguments_in(self, token: str) -> str | None:
        """Give what stands between its brackets; None where a token is not about this function."""
        begin = self.begin.search(token)
        end = _END.match(token, begin.end()) if begin else None
        return end[1] if end else None


def _function(name: str, *rest: str, more: bool = False, of_wildcards: bool = True) -> _Function:
    """A function by its name, of which each word may begin with a small letter or a capital."""
    words = re.findall("[A-Z][a-z]*", name)
    spelled = "".join(f"[{word[0]}{word[0].lower()}]{word[1:]}" for word in words)
    begin = re.compile(rf"\{{\{{\s*+{spelled}\s*+\(", re.ASCII)
    example, arguments = rest
    return _Function(begin, f"{{{{{name.lower()}({example})}}}}", arguments, more, of_wildcards)


# In the order that the server looks for them.
_FUNCTIONS = (
    _function("Wildcard", "1", "*"),
    _function("Partition", "3,1", "n", more=True, of_wildcards=False),
    _function("SplitFromLeft", "1,2", "*n"),
    _function("SplitFromRight", "1,2", "*n"),
    _function("SliceFromLeft", "1,2", "*n"),
    _function("SliceFromRight", "1,2", "*n"),
    _function("Right", "1,2", "*n"),
    _function("Left", "1,2", "*n"),
    _function("Split", "1,-", "*t"),
    _function("Random", "5", "n", of_wildcards=False),
)


def mappings(review: Review, nats: Nats) -> None:
    """Judge where messages are sent instead, in parts of a hundred."""
    for source, listed in (nats.get("mappings") or {}).items():
        path: Path = ("mappings", source)
        sums: Counter[str] = Counter()
        subjects: Counter[str] = Counter()
        for at, one in enumerate(listed or []):
            if one is None or one.get("subject") is None:
                review.add((*path, at), "it does not say to which “subject”")
                continue
            weight = one.get("weight") or 100
            if weight > 100:
                review.wrong((*path, at, "weight"), "a percentage up to 100", weight)
            sums[one.get("cluster") or ""] += weight
            subjects[one["subject"]] += 1
            if problem := destination_problem(source, one["subject"]):
                review.add((*path, at, "subject"), problem, Effect.MISTAKEN)
        for cluster, total in sums.items():
            if total > 100:
                among = f" in the cluster {cluster}" if cluster else ""
                review.add(path, f"the weights come to {total} %{among}, and 100 is the most")
        for subject, times in subjects.items():
            if times > 1:
                what = f"{subject} stands there twice: servers drop the whole mapping"
                review.add(path, what, Effect.MISTAKEN)


def destination_problem(source: str, destination: str) -> str | None:
    """Say why servers drop a mapping, and a full resolver the JWT with it."""
    tokens, wild = destination.split("."), source.split(".").count("*")
    if "*" in tokens:
        return f"{destination} has a *: write $1, $2 … for those of {source}"
    if (tokens[-1] == ">") is not (source.split(".")[-1] == ">"):
        return f"{source} and {destination} must both end in >, or neither"
    is_wild_source = wild > 0 or tokens[-1] == ">"
    for token in tokens:
        number = token[1:] if token.startswith("$") else ""
        if NUMBER.fullmatch(number):
            places: list[int] | None = [int(number)]
        elif len(token) > 4 and token.startswith("{{") and token.endswith("}}"):
            problem, places = _call_of(token, is_wild_source=is_wild_source)
            if problem:
                return problem
        else:
            continue
        if places is not None and (not is_wild_source or max(places, default=0) > wild):
            return f"{_cut(token)} stands for a * that {source} does not have"
    return None


def _call_of(token: str, *, is_wild_source: bool) -> tuple[str, list[int] | None]:
    """Judge a function and its arguments: what is wrong, and the wildcards of the source that it
    stands for, None where it needs none."""
    for function in _FUNCTIONS:
        if (given := function.arguments_in(token)) is not None:
            break
    else:
        return f"{_cut(token)} is no function that servers know in a mapping", None
    arguments = _COMMA.split(given)
    kinds = function.arguments
    if function.more:
        kinds += "*" * (len(arguments) - 1)
    right = len(arguments) == len(kinds) and all(map(_is_right, kinds, arguments))
    if not right:
        return f"{_cut(token)} is to be written as in {function.example}", None
    numbers = [int(one) for kind, one in zip(kinds, arguments, strict=True) if kind == "n" and one]
    if not function.of_wildcards and numbers[0] < 1:
        what = f"{_cut(token)} chooses among {numbers[0]}: say among how many, from 1 on"
        if function.more:
            what += ". Over 0, a server before 2.12 ends, with all accounts on it"
        return what, None
    places = [int(one) for kind, one in zip(kinds, arguments, strict=True) if kind == "*"]
    return "", places if function.of_wildcards or (places and is_wild_source) else None


def _cut(token: str) -> str:
    return without_seeds(token, LONGEST_SHOWN)


def _is_right(kind: str, argument: str) -> bool:
    if kind == "t":
        return " " not in argument and "." not in argument
    number = argument.strip(" ")
    return bool(NUMBER.fullmatch(number)) and (kind == "*" or int(number) <= _LARGEST)
