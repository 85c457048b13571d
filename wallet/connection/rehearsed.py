"""What a rehearsal tells: a row for each key that was tried, and what else is to be known. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from wallet.connection.report import Cause, Verdict

NOBODY = "(a key nobody knows)"


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one key: `listed` where the configuration has it, `cause` unless accepted."""

    path: str
    public: str
    listed: bool
    verdict: Verdict
    account: str = ""
    cause: Cause | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "path": self.path,
            "public": self.public,
            "listed": self.listed,
            "verdict": self.verdict.value,
            "account": self.account,
            "cause": self.cause and self.cause.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The rows, refused ones first, and apart from them what a key met that nobody knows.

    `not_held` are the listed keys whose seed the wallet does not have, `left_out` the settings
    that the server ran without.
    """

    name: str
    rows: tuple[Row, ...]
    unknown: Row
    not_held: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there was a key to try, and each was checked and let in."""
        return bool(self.rows) and all(row.verdict is Verdict.ACCEPTED for row in self.rows)

    @property
    def summary(self) -> list[str]:
        """Sentences under the table, the most important first."""
        taken = sum(row.verdict is Verdict.ACCEPTED for row in self.rows)
        if self.rows:
            lines = [f"{taken:,} of {len(self.rows):,} keys are let in with {self.name}."]
        else:
            lines = [f"{self.name} lists no key whose seed is in this vault: nothing was checked."]
        if self.unknown.verdict is Verdict.REFUSED:
            lines.append("A key that nobody knows is refused, as it should be.")
        else:
            said = self.unknown.verdict.value
            lines.append(f"A key that nobody knows is not refused ({said}).")
        if self.not_held:
            count = len(self.not_held)
            lines.append(f"Listed, but no seed here to try with: {count:,} of the keys.")
        if self.left_out:
            lines.append(f"Left out, for they decide nothing here: {', '.join(self.left_out)}.")
        return lines

    def to_json(self) -> dict[str, object]:
        """As `test --config --json` prints it."""
        return {
            "ok": self.ok,
            "config": self.name,
            "rows": [row.to_json() for row in self.rows],
            "unknown": self.unknown.to_json(),
            "not_held": list(self.not_held),
            "left_out": list(self.left_out),
        }
