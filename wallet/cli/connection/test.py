"""`test`: what servers say of keys."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from wallet.cli import output
from wallet.cli.arguments import REF, add_json, add_tls
from wallet.cli.connection import report_text
from wallet.cli.connection.cluster import asking
from wallet.cli.connection.kept_servers import require_server
from wallet.cli.vault_access import unlock
from wallet.codes import Code
from wallet.connection.causes.evidence import Probe
from wallet.connection.causes.expectation import KeyUnderTest, settle, settle_all
from wallet.connection.causes.experiment_results import Finding
from wallet.connection.causes.report import Report
from wallet.connection.causes.verdict import Wanted, expected
from wallet.connection.check.experiments import run_all
from wallet.connection.check.many import check_at_once
from wallet.connection.check.request import ROUND_TRIPS, Ask, CheckOptions, Server
from wallet.connection.protocol.monitoring import MonitorAddress
from wallet.connection.protocol.target import Target, TlsFiles
from wallet.errors import StateRefusesError, UsageError
from wallet.nats.nkeys import Kind
from wallet.show.named_keys import by_names
from wallet.tasks.connection.key_tests import check_beside, check_key, check_keys, setup_of
from wallet.tasks.connection.keys_under_test import (
    key_under_test,
    left_out_beneath,
    left_out_words,
    users_beneath,
)
from wallet.tasks.connection.results import remember
from wallet.tasks.deployment.server_choice import servers_of
from wallet.vault.db.parts.servers import Servers
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

AFTERWORD = (
    "A key's signature over what a server sends does not say for which server it is: a hostile one "
    "can pass on another's nonce, and is let in there as this user. Test only at servers where you "
    "would connect with this key."
)
EXAMPLES = [
    "nkey-wallet test billing --server nats://localhost:4222",
    "nkey-wallet test acme/orders --server prod --cluster",
    "nkey-wallet test --config nats-server.conf",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `test`."""
    command.epilog = f"{AFTERWORD}\n\n{command.epilog}"
    command.add_argument(
        "refs",
        nargs="*",
        metavar="REF",
        help=f"{REF}; an account or operator stands for its users; with --config none: every key "
        "it lists",
    )
    command.add_argument(
        "--server",
        action="append",
        metavar="URL",
        help="nats://, tls://, or the name of one that is kept (servers); several with commas "
        "between, or one after the other",
    )
    command.add_argument(
        "--cluster",
        action="store_true",
        help="also the servers that the named ones name, once you have seen their addresses; never "
        "one on this network or machine that a server elsewhere names, and over TLS only with a "
        "certificate for the name that the first was verified by",
    )
    command.add_argument(
        "--cluster-yes",
        action="store_true",
        help="the same without asking; where there is no terminal --cluster alone lists them",
    )
    command.add_argument(
        "--at-once",
        type=int,
        metavar="N",
        help="how many checks run at a time, where there are many",
    )
    command.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="instead of a server: a configuration, tried with nats-server on loopback; nothing "
        "outside is touched",
    )
    _add_ways_of_testing(command)
    add_tls(command)
    command.add_argument(
        "--timeout",
        type=float,
        default=5.0,
        metavar="S",
        help="seconds for the check (5); what --may asks, what --monitor asks and looking for the "
        "cause may each take as many again",
    )
    add_json(command)


def _add_ways_of_testing(command: ArgumentParser) -> None:
    command.add_argument(
        "--creds-only",
        action="store_true",
        help="stop at the server's answer; measure no round trips",
    )
    command.add_argument(
        "--may",
        action="append",
        default=[],
        metavar="SUBJECT",
        help="also tell whether the key may use SUBJECT, and end with 1 unless it may; can be "
        "repeated. sub:SUBJECT asks only for subscribing, which is tried. Publishing is judged "
        "by what the server tells; pub:SUBJECT tries it: that publishes an empty message, which "
        "subscribers and streams receive",
    )
    command.add_argument(
        "--experiment",
        action="store_true",
        help="where more than one cause is possible, make the further probes that tell them apart",
    )
    command.add_argument(
        "--expect",
        choices=["taken", "refused"],
        help="end with 0 when it is so. Without it: revoked, expired and retired keys are wanted "
        "refused, all others taken; the end of several goes by that, the end of one key by "
        "whether it was taken",
    )
    command.add_argument(
        "--no-probe",
        action="store_true",
        help="leave no trace but the connection itself. Without it a key that was taken is, where "
        "only that proves the check, shown once more with a wrong signature, which the server logs "
        "as `authentication error`; and it is asked who we are ($SYS.REQ.USER.INFO), which it logs "
        "too where the user may not ask. With it such a key is “taken, check not proved”: exit 1",
    )
    command.add_argument(
        "--beside",
        metavar="REF",
        help="for a key that is to be refused: another user of its account, shown to the server "
        "too. Only if that one is taken, or with --monitor, is it known what the refusal is for",
    )
    command.add_argument(
        "--monitor",
        metavar="URL",
        help="the server's HTTP monitoring (http://host:8222): what it says proves some causes",
    )


class _Question(NamedTuple):
    """The question of one `test` command: where, which keys, how, and what is wanted of each key.

    `beside` is another user of the one key's account, that is to be tried too.
    """

    servers: list[Server]
    keys: list[KeyRecord]
    options: CheckOptions
    keys_under_test: dict[str, KeyUnderTest]
    beside: KeyRecord | None = None


_WHERE = "Test it where? At a server: --server URL. With a configuration, here: --config FILE."


def run(arguments: Namespace) -> int:
    """`test REF… --server URL…`: exit 0 for one key only when a server that checks keys took it.

    For several, and with `--expect`, when all came as it was wanted: taken, and those that are
    revoked, expired or retired refused.

    With `--config FILE` in the place of a server the configuration is rehearsed.
    """
    if arguments.config is None:
        require_server(arguments, _WHERE)
    elif arguments.server is not None:
        raise UsageError(_WHERE)
    if not 0 < arguments.timeout <= 300:
        raise UsageError(f"--timeout {arguments.timeout:g}: choose from 0.1 to 300 seconds.")
    if arguments.config is not None:
        _refuse_what_needs_a_server(arguments)
        from wallet.cli.connection import (
            configuration_test,  # with all that runs a server of its own
        )

        return configuration_test.test_file(arguments)
    Target.parse_all(arguments.server)  # a profile's name could be a host's
    asks = Ask.parse_all(arguments.may)
    if not arguments.refs:
        raise UsageError("Name the key to test: a REF, or an account for all its users.")
    if arguments.at_once is not None:
        check_at_once(arguments.at_once)
    tls = TlsFiles(arguments.tls_ca, arguments.tls_cert, arguments.tls_key)
    if arguments.monitor:
        MonitorAddress.parse(arguments.monitor)
    with unlock(arguments) as vault:
        keys, several, left_out = _keys(vault.records, arguments.refs)
        servers = servers_of(vault.records.servers, arguments.server, tls, arguments.monitor)
        several |= arguments.cluster or arguments.cluster_yes or len(servers) > 1
        if several and arguments.experiment:
            raise UsageError("--experiment goes with one key at one server.")
        wish = expected(Wanted(arguments.expect)) if arguments.expect else None
        beside = _beside(vault.records, keys[0], arguments.beside, several=several)
        trips = 0 if arguments.creds_only else ROUND_TRIPS
        probe = Probe.NEVER if arguments.no_probe else Probe.IN_DOUBT
        options = CheckOptions(arguments.timeout, trips, tuple(asks), probe)
        keys_under_test = {record.public: key_under_test(record, wish) for record in keys}
        if beside is not None:
            keys_under_test[beside.public] = key_under_test(beside)
        question = _Question(servers, keys, options, keys_under_test, beside)
        answers = (_several if several else _one)(vault, question, arguments)
        _tell_of_no_profile(vault.records.servers, arguments.server, answers)
    if left_out:
        output.say(f"\n{left_out}", to=output.notes if arguments.json else output.results)
    by_wish = several or wish is not None
    if not by_wish and not arguments.json:
        _tell_of_the_end(answers)
    good = all(report.as_wanted is True if by_wish else report.ok for report in answers)
    # Nothing can be allowed to a key that is refused, as it was wanted.
    allowed = all(answer.allowed for report in answers for answer in report.may)
    return 0 if answers and allowed and good else 1


def _tell_of_the_end(reports: list[Report]) -> None:
    """Say that the end of one key goes by whether it was taken, where that was not wanted."""
    for report in reports:
        if report.as_wanted not in {None, report.ok}:
            taken, end, other = ("taken", 0, 1) if report.ok else ("not taken", 1, 0)
            output.note(
                f"It ends with {end}, as whenever a key is {taken}; with --expect refused, with "
                f"{other}."
            )


def _tell_of_no_profile(servers: Servers, named: list[str], reports: list[Report]) -> None:
    """Say of a lone word that no host answers to that no server is kept by it either."""
    lost = {report.url for report in reports if any(c.code is Code.DNS for c in report.causes)}
    for word in dict.fromkeys(part.strip() for text in named for part in text.split(",")):
        lone = word and not set(word) & set(".:/[")
        if lone and servers.profile(word) is None and Target.parse(word).url in lost:
            output.note(
                f"No server is kept by the name {word}: `nkey-wallet servers` lists those that "
                "are, and `nkey-wallet servers add NAME --url URL` keeps one."
            )


def _refuse_what_needs_a_server(arguments: Namespace) -> None:
    """A question that a rehearsal would leave without an answer is not to look answered."""
    given = vars(arguments)
    for name in ("may", "experiment", "beside", "monitor", "no_probe", "cluster", "cluster_yes"):
        if given[name]:
            flag = name.replace("_", "-")
            raise UsageError(f"--{flag} goes with --server: a rehearsal does not look at it.")


def _keys(records: Records, refs: list[str]) -> tuple[list[KeyRecord], bool, str]:
    """The keys that are meant, each once; whether several were asked for; which were left out.

    An account or operator means its users.
    """
    left_out: dict[str, KeyRecord] = {}
    keys: dict[str, KeyRecord] = {}
    several = len(refs) > 1
    for ref in refs:
        record = records.find(ref)
        users = [record]
        if record.kind in {Kind.ACCOUNT, Kind.OPERATOR} and not record.signing:
            users, several = users_beneath(records, record), True
            others = left_out_beneath(records, record)
            if not users:
                left_out_here = left_out_words(others)
                raise StateRefusesError(
                    f"{record.path} has no users with a seed to test. {left_out_here}".strip()
                )
            left_out |= {user.public: user for user in others}
        keys |= {user.public: user for user in users}
    never = [user for public, user in left_out.items() if public not in keys]
    return list(keys.values()), several, left_out_words(never)


def _beside(
    records: Records, key: KeyRecord, ref: str | None, *, several: bool
) -> KeyRecord | None:
    """The other user that is to be tried too. Raises `UsageError` for one that proves nothing."""
    if ref is None:
        return None
    if several:
        raise UsageError("--beside goes with one key at one server.")
    other = records.find(ref)
    if other.public == key.public or other.kind is not Kind.USER or other.parent != key.parent:
        raise UsageError(
            f"{other.path} is not another user of the account of {key.path}: that a server takes "
            "it proves nothing."
        )
    return other


def _one(vault: Vault, question: _Question, arguments: Namespace) -> list[Report]:
    """Test one key at one server: print its stages as they happen, try experiments if asked to."""
    (server,), (record,) = question.servers, question.keys
    named = partial(by_names, vault.records)
    on_stage = None if arguments.json else partial(report_text.show_stage, named)
    wish = question.keys_under_test[record.public].wish
    report = asyncio.run(check_key(vault, record, server, question.options, on_stage, wish))
    beside = [_try_beside(vault, question, server, question.beside)] if question.beside else []

    def as_it_stands() -> Report:
        every = settle_all([report, *beside], question.keys_under_test)
        return next(one for one in every if one.public == report.public)

    if not arguments.json:
        report_text.show(as_it_stands(), named)
    findings: list[Finding] = []
    if arguments.experiment:
        report = _experiments(vault, report, question, findings, quiet=arguments.json)
    report = as_it_stands()
    if arguments.json:
        experiments = (
            {"experiments": [one.to_json() for one in findings]} if arguments.experiment else {}
        )
        output.as_json(report.to_json() | experiments)
    remember(vault, report, *beside)
    return [report]


def _try_beside(vault: Vault, question: _Question, server: Server, other: KeyRecord) -> Report:
    options = CheckOptions(question.options.timeout, round_trips=0, probe=question.options.probe)
    return asyncio.run(check_beside(vault, other, server, options))


def _several(vault: Vault, question: _Question, arguments: Namespace) -> list[Report]:
    """A table, the worst first; as JSON an array."""
    progress = output.Progress()
    done = 0

    def heard(_: Report) -> None:
        nonlocal done
        done += 1
        progress.show(f"{done:,} checked")

    every_report = asyncio.run(
        check_keys(
            vault,
            question.keys_under_test,
            question.servers,
            question.options,
            cluster=asking(arguments),
            at_once=arguments.at_once,
            on_report=heard,
        )
    )
    progress.clear()
    if arguments.json:
        output.as_json([report.to_json() for report in every_report])
    else:
        names = {record.public: record.path for record in question.keys}
        report_text.table(every_report, names, partial(by_names, vault.records))
    remember(vault, *every_report)  # which a full disk may refuse: not what was found
    return every_report


def _experiments(
    vault: Vault, report: Report, question: _Question, findings: list[Finding], *, quiet: bool
) -> Report:
    """Run those that fit, print each, and give the report as it stands after them."""
    around = setup_of(vault, report, question.servers[0], question.options.timeout)

    def heard(finding: Finding) -> None:
        findings.append(finding)
        if not quiet:
            output.say(f"\nExperiment {finding.code}: {by_names(vault.records, finding.why)}")

    after = asyncio.run(run_all(report, around, heard))
    if not quiet:
        if not findings:
            output.say("\nNo experiment would tell more.")
        else:
            output.say("\nAs it stands now:")
            report_text.show(settle(after, after.wish), partial(by_names, vault.records))
    return after
