"""Growth with the number of keys, drawn: `python -m tests.bench.growth screenshots/growth.svg`.

The vaults hold one operator, its accounts and their users, without seeds and JWTs, so that many are
made in a moment; the derivation is the least costly one.
"""

from __future__ import annotations

import asyncio
import math
import os
import sys
import tempfile
from pathlib import Path

from tests.bench.commands import run, spent
from tests.bench.nsc_store import TEXT, empty
from tests.bench.tree import measure
from tests.vault.many import Cells
from wallet.nats.nkeys import Kind, PublicKey
from wallet.secrets.passphrase import Passphrase
from wallet.vault.backups.older_saves import Why
from wallet.vault.db import rows
from wallet.vault.db.journal.kinds import What
from wallet.vault.records import Records
from wallet.vault.vault import Vault

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
USERS_EACH = 100
PAINTED = {"open": "the tree opened", "filter, one matches": "a filter that few match"}
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 70, 50, 250, 50
COLOURS = ("#4c9be8", "#e8a33d", "#5cb85c", "#d9534f", "#9b6fd6", "#7f8c8d")


def main(to: Path, sizes: tuple[int, ...] = SIZES) -> None:
    """Measure each size once, tell it, and draw all of it."""
    seconds: dict[str, list[float]] = {}
    for size in sizes:
        for name, taken in _measured(size).items():
            seconds.setdefault(name, []).append(taken)
            print(f"{size:>9,} keys: {name:<32}{taken:9.3f} s")
    to.write_text(_drawn(sizes, seconds), encoding="utf-8")


def _measured(size: int) -> dict[str, float]:
    """Seconds of the processor for what people do with a vault of this size."""
    image = _image(size)
    taken = {}
    with tempfile.TemporaryDirectory() as directory, Passphrase(TEXT) as passphrase:
        path = empty(Path(directory, "vault"))
        with Vault.unlock(path, passphrase) as vault:
            vault.replace(lambda _, box: Records.load(image, box), What.RESTORED, "", Why.RESTORE)
            vault.check_contents()
        run(path, "show", "acme")  # once for the caches
        taken["list, the command"] = spent(run, path, "list").worked
        taken["a note kept, the command"] = spent(run, path, "note", "acme", "measured").worked
        taken["one key shown, the command"] = spent(run, path, "show", "acme").worked
    painted = asyncio.run(measure(image, 1))
    return taken | {words: painted[name].worked for name, words in PAINTED.items()}


def _image(size: int) -> bytes:
    """Public keys as real ones, `USERS_EACH` users in an account."""
    records = Records.empty(Cells())
    operator = records.add_public(_public(Kind.OPERATOR), name="acme")
    left = size - 1
    while left > 0:
        account = records.add_public(
            _public(Kind.ACCOUNT), name=f"tenant-{left}", under=operator.id
        )
        users = min(USERS_EACH, left - 1)
        with records.database.change() as sql:
            new = [
                rows.new_row(None, _public(Kind.USER), f"device-{n}", account, has_seed=False)
                for n in range(left, left - users, -1)
            ]
            rows.insert_many(sql, new, ())
        left -= users + 1
    try:
        return records.database.serialize()
    finally:
        records.close()


def _public(kind: Kind) -> PublicKey:
    return PublicKey.from_raw(kind, os.urandom(32))


def _drawn(sizes: tuple[int, ...], seconds: dict[str, list[float]]) -> str:
    """The curves with both axes logarithmic: a line at 45° grows as the keys do."""
    every = [taken for line in seconds.values() for taken in line]
    least, most = math.floor(math.log10(min(every))), math.ceil(math.log10(max(every)))
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(size: float) -> float:
        return LEFT + across * math.log10(size / sizes[0]) / math.log10(sizes[-1] / sizes[0])

    def y(taken: float) -> float:
        return TOP + up * (1 - (math.log10(taken) - least) / (most - least))

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#1e1e1e"/>',
        f'<text x="{LEFT}" y="26" fill="#e0e0e0" font-size="15">'
        "Seconds of the processor, by the number of keys</text>",
    ]
    for power in range(least, most + 1):
        at = y(10**power)
        parts.append(f'<path d="M{LEFT} {at:.1f}h{across}" stroke="#444"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{at + 4:.1f}" fill="#bbb" text-anchor="end">'
            f"{10.0**power:g} s</text>"
        )
    for size in sizes:
        parts.append(f'<path d="M{x(size):.1f} {TOP}v{up}" stroke="#333"/>')
        parts.append(
            f'<text x="{x(size):.1f}" y="{HEIGHT - BOTTOM + 20}" fill="#bbb" '
            f'text-anchor="middle">{size:,}</text>'
        )
    lines = sorted(seconds.items(), key=lambda line: -line[1][-1])
    for number, (colour, (name, taken)) in enumerate(zip(COLOURS, lines, strict=False)):
        points = " ".join(f"{x(s):.1f},{y(t):.1f}" for s, t in zip(sizes, taken, strict=True))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        beside = TOP + 16 + 22 * number
        parts.append(
            f'<text x="{WIDTH - RIGHT + 20}" y="{beside}" fill="{colour}">'
            f"{name}: {taken[-1]:.2g} s</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
