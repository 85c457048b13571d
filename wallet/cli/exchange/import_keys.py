"""`import`: keys from the files of other tools, planned first, then in one change."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from wallet.cli import output
from wallet.cli.arguments import FILE, add_json
from wallet.cli.claims.flags import tell_pushes
from wallet.cli.exchange.plan_arguments import add_plan_arguments
from wallet.cli.named_files import uses_stdin
from wallet.cli.vault_access import unlock
from wallet.errors import StateRefusesError, UsageError
from wallet.exchange import leftovers
from wallet.exchange.plan.import_execution import Result, apply
from wallet.exchange.plan.import_plan import Choice, Choices, Conflict, ImportPlan, PlannedKey
from wallet.exchange.plan.key_comparison import make_plan, plan_again
from wallet.exchange.readers.keys_in_text import MAX_SIZE
from wallet.exchange.readers.material import Bad, Findings
from wallet.exchange.readers.sources import SourceReader
from wallet.system.terminal import PASTE, read_hidden
from wallet.tasks.deployment.deliveries import changed_since, unproved_tokens
from wallet.vault.key_record import KeyRecord
from wallet.vault.vault import Vault

_WORDS = {
    Choice.KEEP: "k: keep what is here",
    Choice.TAKE: "t: take what the import says",
    Choice.BOTH: "b: both, under another name",
}
_SHOWN_BAD = 50
STOPS = " · Ctrl+C stops, and nothing changes"

EXAMPLES = [
    "nkey-wallet import ~/.local/share/nats/nsc --dry-run",
    "nkey-wallet import a.creds",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `import`."""
    command.add_argument(
        "paths",
        nargs="+",
        type=FILE,
        metavar="PATH",
        help="a .nk, .creds or JWT file, keys in lines, an nsc store, a nats CLI context, a "
        "server's configuration, or a directory of these; - for standard input",
    )
    command.add_argument(
        "--under",
        metavar="PATH",
        help="operator, or operator/account, for keys of which no file says whose they are; an "
        "account that signed its own JWT is signed anew by the operator",
    )
    add_plan_arguments(command)
    command.add_argument(
        "--all-or-nothing",
        action="store_true",
        help="import nothing when anything cannot be read",
    )
    add_json(command)


def run(arguments: Namespace) -> int:
    """`import PATH…`: exit 0 when all went in or was here, 1 when something could not be read."""
    stdin = "-" in arguments.paths
    if stdin and uses_stdin(arguments):
        raise UsageError(
            "Standard input cannot hold both the passphrase and the keys: give the passphrase in "
            "a file."
        )
    with unlock(arguments) as vault, Findings() as findings:
        _read(arguments.paths, findings)
        under = vault.records.find_parent(arguments.under) if arguments.under else None
        return take_in(arguments, vault, findings, under, from_input=stdin)


def take_in(
    arguments: Namespace,
    vault: Vault,
    findings: Findings,
    under: KeyRecord | None = None,
    *,
    from_input: bool = False,
    beside: Mapping[str, object] | None = None,
    before: Mapping[str, str] | None = None,
) -> int:
    """Plan and carry out what `findings` hold, as the flags of `import` say; the exit code.

    `from_input`: standard input is used up, so that nothing can be asked. `beside` is what else
    goes into the JSON. What changed since the `unproved_tokens` of `before` is told with its push.
    """
    before = unproved_tokens(vault.records) if before is None else before
    choices = Choices(Choice(arguments.on_conflict) if arguments.on_conflict else None)
    plan = make_plan(vault.records, findings, under=under, choices=choices)
    if arguments.all_or_nothing and plan.bad:
        _show_bad(plan.bad)
        raise StateRefusesError(
            "Nothing was imported: not all could be read, and all or nothing was asked."
        )
    if arguments.dry_run:
        _show(plan, None, arguments, beside)
        return 1 if plan.bad or plan.open_conflicts else 0
    asking = sys.stdin.isatty() and sys.stderr.isatty() and not from_input
    plan = _settled(plan, vault, asking=asking)
    result = _carry_out(plan, vault, all_or_nothing=arguments.all_or_nothing)
    try:
        _show(plan, result, arguments, beside)
        tell_pushes(vault.records, changed_since(vault.records, before))
        if asking and not arguments.json:
            leftovers.offer(vault, findings, _ask, output.note)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("what was imported is saved, and stays.") from None
    return 1 if plan.bad or result.bad else 0


def _read(paths: list[str], findings: Findings) -> None:
    progress = output.Progress("Reading", STOPS)
    reading = SourceReader(findings, lambda read: progress.show(f"{read:,} files"))
    for path in paths:
        if path != "-":
            reading.path(Path(path))
            continue
        content = _standard_input()
        try:
            reading.text(content, "standard input")
        finally:
            content[:] = bytes(len(content))
    progress.clear()


def _standard_input() -> bytearray:
    if sys.stdin.isatty():
        return read_hidden(PASTE, MAX_SIZE + 1)
    return bytearray(sys.stdin.buffer.read(MAX_SIZE + 1))


def _settled(plan: ImportPlan, vault: Vault, *, asking: bool) -> ImportPlan:
    """The plan with nothing left open: asked about on a terminal, refused elsewhere."""
    while plan.open_conflicts:
        if not asking:
            for conflict in plan.open_conflicts[:_SHOWN_BAD]:
                output.note(f"{conflict.path}: {conflict.sentence}")
            raise UsageError(
                f"Nothing was imported: conflicts are to be settled, {len(plan.open_conflicts):,} "
                "in all. Say what to do with --on-conflict keep, take or both."
            )
        for number, conflict in enumerate(plan.open_conflicts, 1):
            if plan.choices.for_all is None:
                _ask_about(conflict, plan.choices, f"{number} of {len(plan.open_conflicts)}")
        plan = plan_again(vault.records, plan)
    return plan


def _ask_about(conflict: Conflict, choices: Choices, which: str) -> None:
    words = ", ".join(_WORDS[choice] for choice in conflict.choices)
    letters = {choice.value[0]: choice for choice in conflict.choices}
    output.note(f"Conflict {which}: {conflict.path}. {conflict.sentence}")
    while True:
        answer = _ask(f"[{words}; in capitals for all that follow; q: import nothing]", keep=True)
        if answer == "q":
            raise UsageError("Nothing was imported.")
        if choice := letters.get(answer.lower()):
            choices.choose(conflict, choice)
            if answer.isupper():
                choices.for_all = choice
            return


def _ask(question: str, *, keep: bool = False) -> str:
    answer = output.ask(question)
    return answer if keep else answer.lower()


def _carry_out(plan: ImportPlan, vault: Vault, *, all_or_nothing: bool) -> Result:
    if plan.changes_nothing:
        return Result()
    progress = output.Progress("Importing", STOPS)
    with vault.change() as records:
        result = apply(records, plan, lambda done, of: progress.show(f"{done:,} of {of:,}"))
        progress.clear()
        if all_or_nothing and result.bad:
            _show_bad(result.bad)
            raise StateRefusesError(
                "Nothing was imported: not all could be, and all or nothing was asked."
            )
    return result


# --- what is shown --------------------------------------------------------------------------


def _show(
    plan: ImportPlan,
    result: Result | None,
    arguments: Namespace,
    beside: Mapping[str, object] | None,
) -> None:
    if arguments.json:
        output.as_json(_as_json(plan, result) | dict(beside or {}))
        return
    if result is None:
        output.columns([_row(item) for item in plan.items])
        for item in plan.items:
            for note in item.notes:
                output.note(f"{item.path or item.candidate.public.short}: {note}")
        for conflict in plan.open_conflicts:
            output.note(f"Conflict: {conflict.path}. {conflict.sentence}")
    else:
        output.columns(
            [(record.path, record.public) for record in [*result.added, *result.changed]]
        )
        for path, why in [*result.meanwhile.items(), *result.left.items()]:
            output.note(f"{path}: {why}")
    for profile in plan.findings.profiles:
        output.note(f"Server {profile.name}: {', '.join(profile.urls)}")
    for each in plan.findings.notes:
        output.note(f"{each.path}: {each.why}")
    _show_bad(plan.bad + (result.bad if result else []))
    output.note(_summary(plan, result))


def _row(item: PlannedKey) -> tuple[str, str, str, str, str, str]:
    candidate = item.candidate
    has = [
        "signing" if candidate.signing else "",
        "seed" if candidate.cell is not None else "",
        "JWT" if candidate.claims is not None else "",
    ]
    return (
        item.what,
        item.path or "?",
        candidate.public.kind.value,
        candidate.public.text,
        " ".join(filter(None, has)) or "public key alone",
        item.where,
    )


def _show_bad(bad: list[Bad]) -> None:
    for each in bad[:_SHOWN_BAD]:
        output.note(f"{each.path}: {each.why}")
    if len(bad) > _SHOWN_BAD:
        output.note(f"… and {len(bad) - _SHOWN_BAD:,} more that could not be read.")


def _summary(plan: ImportPlan, result: Result | None) -> str:
    bad = len(plan.bad) + (len(result.bad) if result else 0)
    added = plan.count("add") if result is None else len(result.added)
    changed = plan.count("change") if result is None else len(result.changed)
    parts = [
        (added, "to add" if result is None else "added"),
        (changed, "to change" if result is None else "changed"),
        (plan.count("same"), "here already"),
        (plan.count("ask") + plan.count("wait"), "to be settled"),
        (plan.count("leave out"), "left out"),
        (bad, "not imported, for the reasons above"),
    ]
    counts = ", ".join(f"{count:,} {what}" for count, what in parts if count)
    return f"{counts or 'Nothing to import'}."


def _as_json(plan: ImportPlan, result: Result | None) -> dict[str, object]:
    bad = plan.bad + (result.bad if result else [])
    return {
        "dry_run": result is None,
        "keys": [
            {
                "public": item.candidate.public.text,
                "kind": item.candidate.public.kind.value,
                "name": item.name,
                "path": item.path,
                "what": item.what,
                "steps": [step.name.lower() for step in item.steps],
                "signing": item.candidate.signing,
                "has_seed": item.candidate.cell is not None,
                "has_jwt": item.candidate.claims is not None,
                "notes": item.notes,
                "from": item.candidate.sources,
            }
            for item in plan.items
        ],
        "conflicts": [
            {
                "public": conflict.public,
                "path": conflict.path,
                "what": conflict.what,
                "why": conflict.sentence,
                "choices": [choice.value for choice in conflict.choices],
            }
            for conflict in plan.open_conflicts
        ],
        "bad": [{"path": each.path, "why": each.why} for each in bad],
        "notes": [{"path": each.path, "why": each.why} for each in plan.findings.notes],
        "left": result.left if result else {},
        "servers": list(plan.findings.servers),
        "profiles": [profile.to_json() for profile in plan.findings.profiles],
        "plain_files": [file.path for file in plan.findings.plain_files],
    }
