"""The result of a rehearsal: a row for each key that was tried, and what else is to be known."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from wallet.codes import Code, Remark
from wallet.connection.causes.report import Cause, Verdict
from wallet.connection.causes.verdict import KEEP_OUT, TAKEN, Wanted, Wish, as_wanted
from wallet.connection.rehearsal.doors import Entry, Stranger
from wallet.connection.rehearsal.rewriting import limits
from wallet.connection.rehearsal.rewriting.limits import Unjudged

NOBODY = "(a key nobody knows)"


@dataclass(frozen=True, slots=True)
class Row:
    """The result for one key: its `path` in the wallet, its `public` key, and the `verdict`.

    `listed` is whether the configuration lists it, or with an operator, knows its account.
    `account` is the account's name in the configuration, or with an operator its public key, and
    `account_name` the name in its JWT; both are empty where they are not known. `cause` is None
    where the key was accepted. `wish` is what was wanted of it: a revoked one is to be refused.
    """

    path: str
    public: str
    listed: bool
    verdict: Verdict
    account: str = ""
    cause: Cause | None = None
    account_name: str = ""
    wish: Wish = TAKEN

    @property
    def as_wanted(self) -> bool | None:
        """Whether the verdict is the one that was wanted; None where that is not known.

        A refusal is about this key, since the server and its configuration are known; unless that
        leaves it to a service, which does not run here.
        """
        return as_wanted(self.wish.wanted, self.verdict, proved=not self.left_to_a_service)

    @property
    def is_explained(self) -> bool:
        """Never by what was seen of a server before: a rehearsal proves it, or leaves it open."""
        return False

    @property
    def left_to_a_service(self) -> bool:
        """Whether it was refused because nothing answers for an authorization service."""
        return self.cause is not None and self.cause.code is Code.AUTH_CALLOUT

    @property
    def shown_account(self) -> str:
        """The account as a person knows it; empty where it is not known."""
        return self.account_name or self.account

    def to_json(self) -> dict[str, object]:
        """A key and what became of it, as one of the `rows` of `test --config --json`."""
        return {
            "path": self.path,
            "public": self.public,
            "listed": self.listed,
            "verdict": self.verdict.value,
            "account": self.account,
            "account_name": self.account_name,
            "cause": self.cause and self.cause.to_json(),
            "wanted": self.wish.wanted.value,
            "as_wanted": self.as_wanted,
        }


@dataclass(frozen=True, slots=True)
class ConfigurationFlaw(Remark):
    """Something that is wrong with a configuration, whichever keys are tried.

    With a `fatal` one the server does not begin, or lets no client in. `line` counts from 1 in
    `file`; it is 0 where it is not known.
    """

    file: str
    line: int
    fatal: bool = field(kw_only=True)

    @property
    def where(self) -> str:
        """The file, and the line where it is known."""
        return f"{self.file} line {self.line}" if self.line else self.file

    def to_json(self) -> dict[str, object]:
        """The place, reason and remedy, as one of the `flaws` of `test --config --json`."""
        return {
            "code": self.code,
            "fatal": self.fatal,
            "file": self.file,
            "line": self.line,
            "why": self.why,
            "fix": self.fix,
        }


@dataclass(frozen=True, slots=True)
class Binary:
    """The nats-server that judged: the path of its program, and its version, such as `2.15.1`."""

    path: str
    version: str

    @property
    def shown_path(self) -> str:
        """The path with the home directory as `~`."""
        try:
            home = str(Path.home())
        except RuntimeError:
            return self.path
        inside = self.path.startswith(home.rstrip(os.sep) + os.sep)
        return f"~{self.path[len(home.rstrip(os.sep)) :]}" if inside else self.path

    def to_json(self) -> dict[str, object]:
        """The nats-server that judged, its path and version, for `test --config --json`."""
        return {"path": self.shown_path, "version": self.version}


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The result of trying keys with the configuration `name`.

    The worst of `rows` come first; `unknown` is the row of a key that nobody knows. `not_held` are
    the public keys that the configuration lists and the wallet has no seed of, `left_out` the
    settings that the server ran without; `flaws` begin with the fatal ones. `instead` says what
    stood in for something outside that was not asked. `unjudged` are the settings that cannot be
    judged here, or not in full. `doors` are the strangers that tried them, one at each.
    `not_started` says why no server was started with the whole configuration; mostly it is empty.
    """

    name: str
    rows: tuple[Row, ...]
    unknown: Row
    not_held: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    flaws: tuple[ConfigurationFlaw, ...] = ()
    instead: str = ""
    unjudged: tuple[Unjudged, ...] = ()
    doors: tuple[Stranger, ...] = ()
    not_started: str = ""
    server: Binary = Binary("", "")

    @property
    def ok(self) -> bool:
        """Whether there was a key to try, each was checked and let in, and no flaw is fatal."""
        return self._sound and all(row.verdict is Verdict.ACCEPTED for row in self.rows)

    @property
    def as_wanted(self) -> bool:
        """Whether there was a key to try, each verdict is the wanted one, and no flaw is fatal."""
        return self._sound and all(row.as_wanted for row in self.rows)

    @property
    def _sound(self) -> bool:
        return bool(self.rows) and not any(flaw.fatal for flaw in self.flaws)

    @property
    def summary(self) -> list[str]:
        """Sentences under the table, the most important first."""
        if self.rows:
            lines = [self._verdicts(), *self._let_in()]
        else:
            lines = [f"{self.name} lists no key whose seed is in this vault: nothing was checked."]
        if self.unknown.left_to_a_service:
            lines.append("A key that nobody knows is left to its authorization service.")
        elif self.unknown.verdict is Verdict.REFUSED:
            lines.append("A key that nobody knows is refused, as it should be.")
        else:
            verdict = self.unknown.verdict.value
            lines.append(f"A key that nobody knows is not refused ({verdict}).")
        if self.not_held:
            count = len(self.not_held)
            lines.append(f"Listed, but no seed here to try with: {count:,} of the keys.")
        if self.instead:
            lines.append(self.instead)
        lines += self._at_the_doors()
        if self.not_started:
            lines.append(f"nats-server only read it and was not started, for {self.not_started}.")
        lines += limits.sentences(self.unjudged)
        if self.server.path:
            lines.append(f"Judged by nats-server {self.server.version}, {self.server.shown_path}.")
        return lines

    def _verdicts(self) -> str:
        wanted = [row for row in self.rows if row.wish.wanted is Wanted.TAKEN]
        others = [row for row in self.rows if row.wish.wanted is Wanted.REFUSED]
        accepted = sum(row.verdict is Verdict.ACCEPTED for row in wanted)
        right = sum(row.as_wanted is True for row in others)
        if not wanted:
            count = f"{right:,} of {len(others):,}"
            return f"{count} keys are refused with {self.name}, as they should be."
        how, unchecked = "", sum(row.verdict is Verdict.UNCHECKED for row in wanted)
        if unchecked:
            verb = "is" if unchecked == 1 else "are"
            how = f"; {unchecked:,} {verb} let in unchecked"
        checked = "checked and " if unchecked else ""
        count = f"{accepted:,} of {len(wanted):,}"
        sentence = f"{count} keys are {checked}let in with {self.name}{how}."
        if others:
            sentence += f" {right:,} of {len(others):,} are refused, as they should be."
        return sentence

    def _let_in(self) -> list[str]:
        """Name the keys that are let in and should be refused, and say what to do."""
        paths = [
            row.path
            for row in self.rows
            if row.wish.wanted is Wanted.REFUSED and row.verdict is Verdict.ACCEPTED
        ]
        if not paths:
            return []
        more = f" and {len(paths) - 1:,} more" if len(paths) > 1 else ""
        verb = "are" if more else "is"
        return [f"{paths[0]}{more} should be refused, and {verb} let in. {KEEP_OUT}"]

    def _at_the_doors(self) -> list[str]:
        """Tell of the doors that let nobody in; those that do are told by the flaws."""
        refused = [one.door for one in self.doors if one.entry is Entry.REFUSED]
        lines = [f"Who shows nothing is refused: {', '.join(refused)}."] if refused else []
        return lines + [
            f"What is asked for at {one.door} could not be tried: {one.why}."
            for one in self.doors
            if one.entry is Entry.UNKNOWN
        ]

    def to_json(self) -> dict[str, object]:
        """All that was tried with a configuration, as the object of `test --config --json`."""
        return {
            "ok": self.ok,
            "as_wanted": self.as_wanted,
            "config": self.name,
            "rows": [row.to_json() for row in self.rows],
            "unknown": self.unknown.to_json(),
            "not_held": list(self.not_held),
            "left_out": list(self.left_out),
            "flaws": [flaw.to_json() for flaw in self.flaws],
            "instead": self.instead,
            "unjudged": [one.to_json() for one in self.unjudged],
            "doors": [one.to_json() for one in self.doors],
            "not_started": self.not_started,
            "server": self.server.to_json(),
        }
