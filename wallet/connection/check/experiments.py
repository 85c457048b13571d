"""Experiments: second probes that tell the explanations of a refusal apart.

`experiments_for` chooses, `run` carries one out. What an answer means is in `experiment_results`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from wallet.codes import Code
from wallet.connection.causes import experiment_results
from wallet.connection.causes.diagnosis import report_of
from wallet.connection.causes.evidence import Evidence
from wallet.connection.causes.experiment_results import Answer, ExperimentCode, Finding, KnownGood
from wallet.connection.causes.identity_proof import Shown
from wallet.connection.causes.report import Report, Stage, Verdict
from wallet.connection.causes.verdict import Wanted
from wallet.connection.check.attempt import check, opened
from wallet.connection.check.bare_key import with_list_told
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.nats.nkeys import Kind, PublicKey, Seed
from wallet.when import to_the_minute


@dataclass(frozen=True, slots=True)
class Experiment:
    """A second probe: `label` for a button, `what_it_tells` for the words beside it."""

    code: ExperimentCode
    label: str
    what_it_tells: str


@dataclass(frozen=True, slots=True)
class ExperimentSetup:
    """The server and the key of the first check, and a key that the server took before, if any.

    `timeout` is seconds for each experiment.
    """

    server: Server
    key: PublicKey
    keyring: Keyring
    good: KnownGood | None = None
    timeout: float = 5.0


def experiments_for(report: Report, good: KnownGood | None = None) -> list[Experiment]:
    """The probes that would tell the report's causes apart, the most telling first. Pure.

    None where the first cause is certain: nothing is left to tell apart.
    """
    if report.wish.wanted is Wanted.REFUSED and report.verdict is Verdict.REFUSED:
        proves = good is not None and good.same_account and report.refused_key and not report.proof
        proves = proves and not (report.shares_address or report.by_service)
        return [_beside(good)] if good and proves else []
    codes = {cause.code for cause in report.causes}
    if not report.causes or report.causes[0].certain or Code.KEY_WRONG_KIND in codes:
        return []
    if report.verdict is Verdict.REFUSED:
        return [*([_with_known_good(good)] if good else []), _WITHOUT_CREDENTIALS, _WITH_UNKNOWN]
    if report.verdict is Verdict.UNCHECKED:
        return [_WITH_UNKNOWN, _WITHOUT_CREDENTIALS]
    if report.verdict is Verdict.FAILED:
        return _about_tls(report)
    return []


def _about_tls(report: Report) -> list[Experiment]:
    failed = next((result.stage for result in report.stages if result.ok is False), None)
    if failed not in {Stage.INFO, Stage.TLS, Stage.AUTHENTICATE, Stage.PING}:
        return []
    spoke_tls = any(result.stage is Stage.TLS and result.ok for result in report.stages)
    if not report.url.startswith("tls://"):
        return [] if spoke_tls else [_TLS_ON]
    # Where the greeting says that TLS is required, clear text has nothing to tell.
    return [] if report.server.get("tls_required") is True or spoke_tls else [_TLS_OFF]


_WITHOUT_CREDENTIALS = Experiment(
    ExperimentCode.NO_CREDENTIALS,
    "Ask without a key",
    "whether the server lets in who shows nothing (no_auth_user), and so takes no JWTs",
)
_WITH_UNKNOWN = Experiment(
    ExperimentCode.UNKNOWN_KEY,
    "Ask with a fresh key",
    "whether the server answers a key that nobody can know in the same way",
)
_TLS_ON = Experiment(
    ExperimentCode.TLS_ON,
    "Ask again with TLS",
    "whether the server wants TLS before anything else",
)
_TLS_OFF = Experiment(
    ExperimentCode.TLS_OFF,
    "Ask without TLS, and no key",
    "whether TLS alone is in the way; no key is shown in clear text",
)


def _beside(good: KnownGood) -> Experiment:
    return Experiment(
        ExperimentCode.KNOWN_GOOD_KEY,
        f"Ask with {good.name}",
        f"whether the server takes {good.name}, of the same account: then it is at home there, "
        "and the refusal is that of this key",
    )


def _with_known_good(good: KnownGood) -> Experiment:
    return Experiment(
        ExperimentCode.KNOWN_GOOD_KEY,
        f"Ask with {good.name}",
        f"whether the server still takes {good.name}, which it took on {_day(good)}: then "
        "only this key can be the reason",
    )


def _day(good: KnownGood) -> str:
    return to_the_minute(good.at) if good.at else "no day that is known"


async def run(experiment: Experiment, report: Report, setup: ExperimentSetup) -> Finding:
    """Carry out an experiment on what `report` left open, and say what it tells.

    Takes at most `setup.timeout` seconds. Raises what `check` raises.
    """
    code = experiment.code
    if code is ExperimentCode.NO_CREDENTIALS:
        answer = await _answer_to_nobody(setup, setup.server)
        return experiment_results.without_credentials(report, answer)
    if code is ExperimentCode.UNKNOWN_KEY:
        with Seed.generate(Kind.USER) as fresh:
            copy = Seed.from_raw(fresh.kind, fresh.raw)
            answer = await _answer_to(setup, fresh.public, Keyring(lambda _: copy))
        return experiment_results.with_unknown_key(report, answer)
    if code is ExperimentCode.KNOWN_GOOD_KEY and setup.good:
        answer = await _answer_to(setup, setup.good.public, setup.keyring, taken=True)
        return experiment_results.with_known_good(report, answer, setup.good)
    if code is ExperimentCode.TLS_OFF:
        clear = _with_tls(setup.server, tls=False)
        return experiment_results.with_tls_off(report, await _answer_to_nobody(setup, clear))
    encrypted = _with_tls(setup.server, tls=True)
    second = await check(encrypted, setup.key, setup.keyring, CheckOptions(setup.timeout))
    return experiment_results.with_tls_on(report, second)


async def run_all(
    report: Report, setup: ExperimentSetup, on_finding: Callable[[Finding], None]
) -> Report:
    """Carry out one experiment after the other, until nothing is left to tell apart.

    `on_finding` hears of each; the report comes back as it stands after them. Raises what
    `check` raises.
    """
    for experiment in experiments_for(report, setup.good):
        finding = await run(experiment, report, setup)
        on_finding(finding)
        report = experiment_results.applied(report, finding)
        if not experiments_for(report) or finding.settled:
            break
    return report


async def _answer_to(
    setup: ExperimentSetup,
    key: PublicKey,
    keyring: Keyring,
    *,
    taken: bool = False,
) -> Answer:
    """Ask the server about a key; where it has to be `taken`, to be let in is not enough."""
    async with opened(setup.server, key, keyring, _options(setup)) as attempt:
        answer, report = _answer(attempt.evidence), report_of(attempt.evidence)
    if not (taken and answer.let_in):
        return answer
    if not report.ok:
        return Answer(None, report.summary)
    told = await with_list_told(report, setup.server, keyring, setup.timeout)
    return replace(answer, by_list=told.by_list, by_service=told.by_service, signer=told.signer)


async def _answer_to_nobody(setup: ExperimentSetup, server: Server) -> Answer:
    unused = Keyring(lambda _: Seed.generate(Kind.USER))  # nothing is shown, and nothing signed
    options = _options(setup)
    async with opened(server, setup.key, unused, options, shown=Shown.NOTHING) as attempt:
        return _answer(attempt.evidence)


def _options(setup: ExperimentSetup) -> CheckOptions:
    return CheckOptions(setup.timeout, round_trips=0)


def _with_tls(server: Server, *, tls: bool) -> Server:
    """Have a server spoken to in TLS from the start, or not at all."""
    return replace(server, target=replace(server.target, tls=tls))


def _answer(evidence: Evidence) -> Answer:
    server_id, shown = evidence.info.get("server_id"), evidence.signed
    if evidence.admission and not evidence.error:
        return Answer(True, "", evidence.user, evidence.bound_to, server_id, shown)
    failed = next((result for result in evidence.stages if result.ok is False), None)
    # A server that is full, say, judged nothing.
    refused = bool(evidence.login) and "authorization violation" in evidence.error.lower()
    words = evidence.error or (failed.detail if failed else "no answer")
    return Answer(False if refused else None, words, server_id=server_id, shown=shown)
