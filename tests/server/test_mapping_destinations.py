"""Where a mapping may send messages: judged as a real nats-server does."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from wallet.nats.nkeys import Kind
from wallet.nats.validation.claim_flaws import flaws
from wallet.system import natsserver

DESTINATIONS = [
    *("b", "b.$1", "b.$2", "b.$x", "b.$0", "b.*", "b.>"),
    *("b.{{wildcard(1)}}", "b.{{Wildcard(1)}}", "b.{{WILDCARD(1)}}", "b.{{wildcard(2)}}"),
    *("b.{{wildcard()}}", "b.{{wildcard(1,1)}}", "b.{{wildcard(x)}}", "b.{{wildcard(-1)}}"),
    *("b.{{foo(1)}}", "b.{{partition}}", "b.{{}}", "b.{{x}}y", "b.x{{foo(1)}}", "b.{{x{{foo(1)}}"),
    *("b.{{partition(3,1)}}", "b.{{partition(3)}}", "b.{{partition(3,2)}}", "b.{{partition(3,x)}}"),
    *("b.{{partition()}}", "b.{{partition(2147483648,1)}}", "b.{{partition(3,1,1)}}"),
    *("b.{{random(5)}}", "b.{{random()}}", "b.{{random(5,1)}}", "b.{{random(x)}}"),
    *("b.{{splitfromleft(1,2)}}", "b.{{SplitFromRight(1,2)}}", "b.{{splitFromLeft(1)}}"),
    *("b.{{slicefromleft(1,2)}}", "b.{{SliceFromRight(1,2)}}", "b.{{sliceFromLeft(2,2)}}"),
    *("b.{{split(1,-)}}", "b.{{split(1)}}", "b.{{split(1,-,-)}}", "b.{{split(x,-)}}"),
    *(
        "b.{{splitfromleft(1,2147483648)}}",
        "b.{{splitfromleft(1,2,3)}}",
        "b.{{slicefromleft(x,2)}}",
    ),
    *("b.{{left(1,2)}}", "b.{{right(1,2)}}", "b.{{random(5)}}{{partition(x)}}"),
    *("b.$1.{{wildcard(1)}}.{{split(1,-)}}", "{{wildcard(1)}}"),
]
SOURCES = ["a", "a.*", "a.*.*"]


def dropped_by_us(source: str, destination: str) -> bool:
    """Whether we say of a mapping that servers do not take it."""
    mapping = {"mappings": {source: [{"subject": destination, "weight": 100}]}}
    return any(flaw.path[0] == "mappings" for flaw in flaws(Kind.ACCOUNT, mapping))


def dropped_by_the_server(directory: Path, pairs: list[tuple[str, str]]) -> set[tuple[str, str]]:
    dropped = set()
    for pair in pairs:
        source, destination = pair
        path = directory / "server.conf"
        text = f"accounts {{ A {{ mappings {{ '{source}': '{destination}' }} }} }}\n"
        path.write_text(text, encoding="utf-8")
        ended = subprocess.run(
            [natsserver.find(), "-t", "-c", str(path)], capture_output=True, check=False, timeout=60
        )
        if ended.returncode:
            dropped.add(pair)
    return dropped


@pytest.mark.newer_server  # 2.9 knows fewer functions, and wants every wildcard used
@pytest.mark.usefixtures("program")
@pytest.mark.parametrize("source", SOURCES)
def test_a_mapping_that_servers_drop_is_told_and_no_other(tmp_path: Path, source: str) -> None:
    pairs = [(source, each) for each in DESTINATIONS]
    ours = {pair for pair in pairs if dropped_by_us(*pair)}
    theirs = dropped_by_the_server(tmp_path, pairs)
    assert sorted(ours - theirs) == []
    assert sorted(theirs - ours) == []
    assert 0 < len(theirs) < len(pairs)


@pytest.mark.parametrize("destination", ["{{partition(0,1)}}", "{{random(0)}}", "{{random(-2)}}"])
def test_a_choice_of_nothing_is_told(destination: str) -> None:
    told = flaws(
        Kind.ACCOUNT, {"mappings": {"a.*": [{"subject": f"b.{destination}", "weight": 100}]}}
    )
    (said,) = [str(flaw) for flaw in told if flaw.path[0] == "mappings"]
    assert said.startswith(f"mappings.a.*[0].subject: {destination} chooses among ")


def test_a_destination_full_of_functions_takes_no_longer_than_its_length() -> None:
    token = "{{wildcard(" * 50_000
    began = time.perf_counter()
    mapping = {"mappings": {"a.*": [{"subject": f"{token}}}}}", "weight": 100}]}}
    assert flaws(Kind.ACCOUNT, mapping)
    assert time.perf_counter() - began < 5
