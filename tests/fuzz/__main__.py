"""`python -m tests.fuzz --seconds 600 configurations`: alter, read, keep what reaches new lines.

Each reader runs in a process of its own, whose memory is bounded; every input has a bounded time
of the processor. A fault is printed with its input in base64, and the command ends with 1;
`--again BASE64` reads that one input once more.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from base64 import b64decode
from importlib import import_module

from tests.fuzz.guided import Fuzz

READERS = (
    "configurations",
    "pasted",
    "stores",
    "inspected",
    "given_claims",
    "vault",
    *("keys", "chains", "monitors", "servers"),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("reader", nargs="*", choices=[[], *READERS], help="which; all of them")
    parser.add_argument("--seconds", type=float, default=60, help="for each reader")
    parser.add_argument("--inputs", type=int, help="so many for each reader, instead of a time")
    parser.add_argument("--seed", type=int, help="for the same alterations again")
    parser.add_argument("--again", metavar="BASE64", help="read one input once more")
    given = parser.parse_args()
    seed = random.randrange(1 << 32) if given.seed is None else given.seed
    readers = given.reader or list(READERS)
    if len(readers) > 1:
        options = ["--seconds", str(given.seconds), "--seed", str(seed)]
        options += [] if given.inputs is None else ["--inputs", str(given.inputs)]
        command = [sys.executable, "-m", "tests.fuzz", *options]
        return max(subprocess.run([*command, name], check=False).returncode for name in readers)
    fuzz = Fuzz(import_module(f"tests.fuzz.{readers[0]}"), random.Random(seed))
    began = time.monotonic()
    if given.again is not None:
        fault = fuzz.tried(b64decode(given.again))
    else:
        fault = fuzz.run(given.seconds, given.inputs)
    told = f"{fuzz.count} inputs in {time.monotonic() - began:.0f} s, {fuzz.lines} lines reached"
    print(f"{readers[0]}: {told}, seed {seed}")
    if fault:
        print(fault)
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
