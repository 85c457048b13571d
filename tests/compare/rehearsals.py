"""Rehearsals, and real servers started with the same files in a network of their own.

Compared are whether it starts, and who is let in: each of three keys, a key that nobody knows, and
who shows nothing. A difference counts unless the rehearsal's own report explains it: a setting that
it names as not judged, or a flaw that it tells.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.compare.real_server import Worker
from tests.compare.server_variations import Variation, bases, variation
from wallet.connection.causes.report import Verdict
from wallet.connection.rehearsal.doors import Entry
from wallet.connection.rehearsal.rehearsal_report import Rehearsal
from wallet.errors import ConfigurationError, WalletError
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.connection.rehearsal import rehearse
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

NAMES = ("one", "two", "three")
_TAKEN = {Verdict.ACCEPTED: "taken", Verdict.UNCHECKED: "taken", Verdict.REFUSED: "refused"}
# What a real server says that cannot be known here, and the setting that is named for it.
_EXPLAINED = (
    (r"TPM", "jetstream.tpm"),
    (r"pid ?file", "pid_file"),
    (r"listen|lookup|address|bind|no such host|resolve", "host|listen|http"),
    (r"jetstream|storage|directory|mkdir|permission denied|store_dir", "store_dir"),
    (r"fetch|resolver", "resolver"),
    (r"staple|OCSP", "ocsp|tls"),
    (r"cert|key|pem|x509|tls", "tls"),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One configuration: what both said; `difference` is empty where they agree."""

    made: Variation
    difference: str
    explained: str
    starts: bool


class Comparison:
    """A vault with three users, and a place for the files."""

    def __init__(self, directory: Path) -> None:
        self._vault, self._seeds = _vault(directory)
        self.users = [self._vault.records.find(name).public for name in NAMES]
        self._bases = bases(directory, self.users)
        self._worker = Worker()

    def close(self) -> None:
        self._worker.close()
        self._vault.lock()

    def compare(self, number: int, seed: int) -> Compared:
        """Make one, and ask both."""
        made = variation(self._bases, number, seed, self.users)
        file = made.root / "server.conf"
        file.write_text(made.text, encoding="utf-8")
        ours, report = self._rehearsed(file)
        real = self._real(file, made.root)
        difference = _difference(ours, real)
        if difference and _difference(ours, again := self._real(file, made.root)) != difference:
            words = f"the server itself: {real.get('words')} / {again.get('words')}"
            return Compared(made, "", words, bool(real["started"]))
        explained = _explained(difference, real, report) if difference else ""
        return Compared(made, difference, explained, bool(real["started"]))

    def _rehearsed(self, file: Path) -> tuple[dict[str, Any], Rehearsal | None]:
        os.chdir(file.parent)
        keys = [self._vault.records.find(name) for name in NAMES]
        try:
            report = asyncio.run(rehearse(file, self._vault, keys))
        except ConfigurationError as error:
            return {"started": False, "words": str(error)}, None
        except WalletError as error:
            return {"started": False, "words": f"{type(error).__name__}: {error}"}, None
        found = {}
        for row in report.rows:
            found[str(NAMES.index(row.path))] = _TAKEN.get(row.verdict, row.verdict.value)
        found["stranger"] = _TAKEN.get(report.unknown.verdict, report.unknown.verdict.value)
        for one in report.doors:
            if one.door == "client":
                found["nobody"] = "taken" if one.entry is Entry.LET_IN else one.entry.value
        fatal = [flaw for flaw in report.flaws if flaw.fatal]
        if fatal:
            return {"started": False, "words": fatal[0].why}, report
        return {"started": True, "keys": found}, report

    def _real(self, file: Path, root: Path) -> dict[str, Any]:
        found = self._worker.run(file, root, self._seeds)
        for left in root.iterdir():  # what it made there
            if left.name not in {"configs", "server.conf", "inline.conf", "block.conf"}:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        return found


def _vault(directory: Path) -> tuple[Vault, list[str]]:
    seeds = []
    with Passphrase("a passphrase for these comparisons") as passphrase:
        vault = Vault.create(directory / "vault.nkw", passphrase, KdfCost.MINIMUM)
    with vault.change() as records:
        for name in NAMES:
            made = Seed.generate(Kind.USER)
            seeds.append(made.encode().decode("ascii"))
            records.add(made, name=name)
    return vault, seeds


def _difference(ours: dict[str, Any], real: dict[str, Any]) -> str:
    if ours["started"] != real["started"]:
        return f"ours: {ours.get('words') or 'starts'}\nreal: {real.get('words') or 'starts'}"
    if not real["started"]:
        return ""
    keys = {name: (ours["keys"].get(name), said) for name, said in real["keys"].items()}
    # Who is asked for a certificate and has none is refused, though not for the key; whom a server
    # hangs up on before it says anything is not let in.
    same = {("refused", "certificate"), ("failed", "refused"), ("failed", "closed: b''")}
    unlike = {name: both for name, both in keys.items() if both[0] != both[1] and both not in same}
    return f"ours and real: {unlike}" if unlike else ""


def _explained(difference: str, real: dict[str, Any], report: Rehearsal | None) -> str:
    """By what the rehearsal's own report says; empty where it does not."""
    if report is None:
        return ""
    if report.not_started:
        return f"not started, {report.not_started}"
    named = [one.setting for one in report.unjudged]
    named += ["tls"] if any(flaw.code.startswith("tls") for flaw in report.flaws) else []
    words = str(real.get("words") or difference)
    for said, setting in _EXPLAINED:
        if re.search(said, words, re.IGNORECASE):
            found = [one for one in named if re.search(setting, one)]
            if found:
                return f"named as not judged: {found[0]}"
    if "certificate" in words and any("tls.verify" in one for one in named):
        return "named as not judged: tls.verify"
    return ""


def compare_all(count: int, seed: int) -> list[Compared]:
    """Each of them."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as directory:
        comparison = Comparison(Path(directory).resolve())
        try:
            return [comparison.compare(number, seed) for number in range(count)]
        finally:
            os.chdir(here)
            comparison.close()


def compare(count: int, seed: int, _server: str | None = None) -> list[str]:
    """The differences that nothing explains, each with what it takes to see it again."""
    found = compare_all(count, seed)
    explained = [one for one in found if one.explained]
    starts = sum(one.starts for one in found)
    print(f"{starts} of {count} start; {len(explained)} differences explain themselves:")
    for one in explained:
        print(f"  {one.explained}: {' '.join(one.difference.split())[:200]}")
    return [
        f"number {number}, seed {seed}: {one.made.of}\n{one.difference}\n{one.made.text}"
        for number, one in enumerate(found)
        if one.difference and not one.explained
    ]
