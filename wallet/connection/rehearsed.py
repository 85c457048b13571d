"""What a rehearsal tells: a row for each key that was tried, and what else is to be known. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from wallet.connection.report import Cause, Verdict

NOBODY = "(a key nobody knows)"


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one key: `listed` where the configuration has it, `cause` unless accepted.

    With an operator it is the key's account that is listed, and `account` is its public key;
    `account_name` is what its JWT calls it.
    """

    path: str
    public: str
    listed: bool
    verdict: Verdict
    account: str = ""
    cause: Cause | None = None
    account_name: str = ""

    @property
    def shown_account(self) -> str:
        """The account as a person knows it; empty where it is not known."""
        return self.account_name or self.account

    def to_json(self) -> dict[str, object]:
        return {
            "path": self.path,
            "public": self.public,
            "listed": self.listed,
            "verdict": self.verdict.value,
            "account": self.account,
            "account_name": self.account_name,
            "cause": self.cause and self.cause.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a configuration besides the keys that were tried.

    With one that is `fatal` the server does not begin, or lets no client in. `line` counts from
    1 in `file`; it is 0 where it is not known.
    """

    code: str
    fatal: bool
    file: str
    line: int
    why: str
    fix: str

    @property
    def where(self) -> str:
        return f"{self.file} line {self.line}" if self.line else self.file

    def to_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "fatal": self.fatal,
            "file": self.file,
            "line": self.line,
            "why": self.why,
            "fix": self.fix,
        }


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The rows, refused ones first, and apart from them what a key met that nobody knows.

    `not_held` are the listed keys whose seed the wallet does not have, `left_out` the settings
    that the server ran without; `flaws` begin with the fatal ones. `instead` says what stood in
    for something outside that was not asked.
    """

    name: str
    rows: tuple[Row, ...]
    unknown: Row
    not_held: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    instead: str = ""

    @property
    def ok(self) -> bool:
        """Whether there was a key to try, each was checked and let in, and no flaw is fatal."""
        taken = bool(self.rows) and all(row.verdict is Verdict.ACCEPTED for row in self.rows)
        return taken and not any(flaw.fatal for flaw in self.flaws)

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
        if self.instead:
            lines.append(self.instead)
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
            "flaws": [flaw.to_json() for flaw in self.flaws],
            "instead": self.instead,
        }
