"""Generated comparisons: `python -m tests.compare readings --count 2000 --seed 7`.

Each prints every difference with what it takes to see it again, and ends with 1 if there was one.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys

COMPARISONS = {
    "jwts": "JWTs, judged by us, by Go's own library (needs Go), and by a real server",
    "merges": "versions of a vault, joined in every order",
    "permissions": "what users may do, as we say and as a real server lets them",
    "readings": "configurations, read by us and by the server's own parser (needs Go)",
    "rehearsals": "rehearsals of configurations, and real servers started with them (needs Go)",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.compare", description=__doc__)
    parser.add_argument("what", choices=sorted(COMPARISONS), help="; ".join(COMPARISONS.values()))
    parser.add_argument("--count", type=int, default=2000, help="how many are generated")
    parser.add_argument("--seed", type=int, help="for the same ones again")
    parser.add_argument("--server", help="another version of nats-server, such as v2.14.3")
    given = parser.parse_args()
    seed = random.randrange(1 << 32) if given.seed is None else given.seed
    comparison = importlib.import_module(f"tests.compare.{given.what}")
    differences = comparison.compare(given.count, seed, given.server)
    for difference in differences:
        print(difference, end="\n\n")
    print(f"{given.what}: {given.count} compared with seed {seed}, {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
