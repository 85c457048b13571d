"""The results of experiments: some causes of the first report go, some become certain. Pure.

A cause becomes certain only where the answer proves it; else the order changes, no more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from wallet.codes import Code
from wallet.connection.causes import callouts, identity_proof
from wallet.connection.causes.report import Cause, Report, Verdict
from wallet.connection.causes.verdict import Wanted
from wallet.connection.protocol.server_info import goes_by_jwts
from wallet.nats.nkeys import PublicKey
from wallet.when import to_the_minute


class ExperimentCode(StrEnum):
    """The experiments."""

    KNOWN_GOOD_KEY = "known-good-key"
    NO_CREDENTIALS = "no-credentials"
    UNKNOWN_KEY = "unknown-key"
    TLS_ON = "tls-on"
    TLS_OFF = "tls-off"


@dataclass(frozen=True, slots=True)
class KnownGood:
    """A key whose last test on this server was good: what it is called, and when that was.

    `at` is None for one that was not tested there yet. `same_account`: it hangs beneath the same
    account as the key that was refused.
    """

    public: PublicKey
    name: str
    at: datetime | None
    has_jwt: bool = False
    same_account: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The server's answer to a second probe: `let_in` is None where it gave none.

    `words` are its refusal, or what went wrong; `user` and `account` are whom it took us for, and
    `server_id` says which server it was: several may answer at one address. `shown` is whether it
    asked for a signature, and so saw a key; `by_list`, `by_service`, `signer` are as in a report.
    """

    let_in: bool | None
    words: str = ""
    user: str = ""
    account: str = ""
    server_id: object = None
    shown: bool = False
    by_list: bool | None = None
    by_service: bool = False
    signer: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of an experiment: in words, and the causes and the verdict as they stand now.

    When it is `settled`, no other experiment would tell more.
    """

    code: ExperimentCode
    why: str
    causes: tuple[Cause, ...]
    verdict: Verdict
    settled: bool = False
    proof: str = ""  # that the server takes another user of the account, in words
    by_list: bool | None = False  # and whether it does so by a list of public keys; None: not told
    by_service: bool = False  # or as an authorization service says
    other_signer: bool = False  # and whether another key signed that user

    def to_json(self) -> dict[str, object]:
        """The experiment and the causes that it leaves, for `test --experiment --json`."""
        return {
            "code": self.code.value,
            "why": self.why,
            "verdict": self.verdict.value,
            "causes": [cause.to_json() for cause in self.causes],
        }


def applied(report: Report, finding: Finding) -> Report:
    """Change a report by a finding."""
    summary = report.summary if finding.verdict is report.verdict else finding.why
    return replace(
        report,
        verdict=finding.verdict,
        causes=finding.causes,
        summary=summary,
        proof=finding.proof or report.proof,
        by_list=finding.by_list if finding.proof else report.by_list,
        by_service=report.by_service or finding.by_service,
        other_signer=finding.other_signer if finding.proof else report.other_signer,
    )


def with_known_good(report: Report, answer: Answer, good: KnownGood) -> Finding:
    """Judge the answer to another key, which the server took before."""
    code, server = ExperimentCode.KNOWN_GOOD_KEY, report.server_address
    if answer.let_in is None:
        return _nothing(code, report, answer)
    if good.at is None or report.wish.wanted is Wanted.REFUSED:
        return _beside(report, answer, good)
    if _is_another_server(report, answer):
        return _another_server(code, report)
    if not answer.let_in:
        why = (
            f"{server} refuses {good.name} too ({_short(good.public.text)}), which it took on "
            f"{to_the_minute(good.at)}. So the reason is not this key alone."
        )
        changed = Cause(
            Code.SERVER_CHANGED,
            f"{why} Its configuration was replaced since, or another server answers there now.",
            "Compare the server's name, version and configuration with those you expect.",
            certain=False,
        )
        return Finding(code, why, (changed, *report.causes), report.verdict)
    why = (
        f"{server} takes {good.name} now, as it did on {to_the_minute(good.at)}: it is the right "
        f"server, it checks keys, and TLS is in order. The reason is {report.public} "
        "itself."
    )
    # A bare key that is checked and taken is in a list, whatever the server tells.
    by_jwt = goes_by_jwts(answer.account) if good.has_jwt or answer.account else False
    if by_jwt:
        return Finding(code, why, _of_an_operator(report, good), report.verdict, settled=True)
    unlisted = (
        f"{server} takes another key of yours, {good.name}, and refuses {report.public}: its "
        "configuration does not list this key, or was not reloaded since it does, or lists it "
        "with a limit such as allowed_connection_types."
    )
    causes = _of_a_list(report, unlisted) if by_jwt is False else report.causes
    return Finding(code, why, causes, report.verdict, settled=by_jwt is False)


def _beside(report: Report, answer: Answer, good: KnownGood) -> Finding:
    """Judge the answer to another user of the account of a key that is wanted refused."""
    server = report.server_address
    if _is_another_server(report, answer):
        return _another_server(ExperimentCode.KNOWN_GOOD_KEY, report)
    if not answer.let_in:
        why = (
            f"{server} refuses {good.name} too: that it refuses {report.public} proves "
            "nothing. It may be the wrong server, or not know the account."
        )
        return Finding(ExperimentCode.KNOWN_GOOD_KEY, why, report.causes, report.verdict)
    why = f"{server} takes {good.name}, of the same account, and refuses {report.public}."
    return Finding(
        ExperimentCode.KNOWN_GOOD_KEY,
        why,
        report.causes,
        report.verdict,
        settled=True,
        proof=f"it takes {good.name}" if good.same_account else "",
        by_list=answer.by_list,
        by_service=answer.by_service,
        other_signer=bool(report.signer) and answer.signer != report.signer,
    )


def without_credentials(report: Report, answer: Answer) -> Finding:
    """Judge the answer to a client that showed nothing."""
    code, server = ExperimentCode.NO_CREDENTIALS, report.server_address
    if answer.let_in is None:
        return _nothing(code, report, answer)
    if _is_another_server(report, answer):
        return _another_server(code, report)
    if not answer.let_in:
        why = (
            f"{server} lets nobody in without credentials (“{answer.words}”): no no_auth_user is "
            "in force. That says nothing of the key."
        )
        return Finding(code, why, report.causes, report.verdict)
    who = f"as “{answer.user}” in account “{answer.account}”" if answer.user else "as somebody"
    if report.verdict is Verdict.UNCHECKED:
        why = (
            f"{server} lets in who shows no key too, {who}: being let in says nothing yet of this "
            "key. A fresh key would tell."
        )
        return Finding(code, why, report.causes, report.verdict)
    why = f"{server} lets in who shows no key, {who}, and refuses who shows this one"
    by_jwt = goes_by_jwts(answer.account)
    # Older servers let nobody in without credentials beside an operator.
    if by_jwt or (by_jwt is None and not identity_proof.is_before_sentinels(report.server)):
        return Finding(code, f"{why}: it looked at the key.", report.causes, report.verdict)
    why += (
        ": it looked for the key among its users. With no_auth_user it runs from a list of users, "
        "not with an operator."
    )
    unlisted = (
        f"{server} has a list of users, and {report.public} is not in it as the server runs: the "
        "key is missing there, or the configuration was not reloaded, or lists it with a limit "
        "such as allowed_connection_types."
    )
    return Finding(code, why, _of_a_list(report, unlisted), report.verdict, settled=True)


def with_unknown_key(report: Report, answer: Answer) -> Finding:
    """Judge the answer to a key made for this, which no server can know."""
    code, server = ExperimentCode.UNKNOWN_KEY, report.server_address
    if answer.let_in is None:
        return _nothing(code, report, answer)
    if report.verdict is Verdict.UNCHECKED:
        return _unchecked_with_unknown(report, answer)
    if not answer.let_in:
        why = (
            f"{server} refuses a key made this moment too (“{answer.words}”): it treats "
            f"{report.public} as one that it does not know. No cause falls away."
        )
        return Finding(code, why, report.causes, report.verdict)
    why = f"{server} lets in a key made this moment, which it cannot know, and refuses this one."
    differ = Cause(
        Code.SERVERS_DIFFER,
        f"{why} Either different servers answer behind this address, or an authorization service "
        "(auth_callout) decides.",
        "Test each server of the cluster by its own address; look at `auth_callout` in their "
        "configuration.",
        certain=False,
    )
    return Finding(code, why, (differ, *report.causes), report.verdict)


def _unchecked_with_unknown(report: Report, answer: Answer) -> Finding:
    code, server = ExperimentCode.UNKNOWN_KEY, report.server_address
    if _is_another_server(report, answer):
        return _another_server(code, report)
    others = tuple(cause for cause in report.causes if cause.code is not Code.ACCEPTED_AS_OTHER)
    if not answer.let_in:
        why = f"{server} refuses a key made this moment and lets in {report.public}"
        if not answer.shown:
            why += ". It asked for no signature, and saw neither key: that tells nothing of them."
            return Finding(code, why, report.causes, report.verdict)
        if callouts.are_possible(report.server):
            why += (
                ": it knows the key. Whether it, or an authorization service (auth_callout), looks "
                "at the signature as well, another test may tell."
            )
            return Finding(code, why, report.causes, report.verdict)
        return Finding(code, f"{why}: it checked the key and took it.", others, Verdict.ACCEPTED)
    why = f"{server} lets in a key made this moment too: it lets anybody in, whatever the key."
    anybody = Cause(
        Code.ACCEPTED_WITHOUT_CHECK,
        f"{why} So it tells nothing of {report.public}.",
        "If it should check keys, take no_auth_user out of its configuration and list its users "
        "under `authorization` or in their accounts.",
        certain=True,
    )
    return Finding(code, why, (anybody, *others), Verdict.UNCHECKED)


def with_tls_on(report: Report, second: Report) -> Finding:
    """Judge a `second` report, of the whole check once more as `tls://`."""
    code, server = ExperimentCode.TLS_ON, report.server_address
    if second.verdict in {Verdict.ACCEPTED, Verdict.REFUSED, Verdict.UNCHECKED}:
        why = f"With TLS from the start {server} answers. {second.summary}"
        first = Cause(
            Code.TLS_REQUIRED,
            f"{server} answers with TLS and not without.",
            f"Use {second.url}.",
            certain=True,
        )
        rest = tuple(cause for cause in second.causes if cause.code != first.code)
        return Finding(code, why, (first, *rest), second.verdict)
    about_tls = tuple(cause for cause in second.causes if cause.code.of_tls)
    if about_tls:
        why = f"{server} speaks TLS, but it does not come about. {about_tls[0].why}"
        return Finding(code, why, about_tls, second.verdict)
    why = f"With TLS it does not answer either. {second.causes[0].why if second.causes else ''}"
    return Finding(code, why.rstrip(), _without(report, Code.TLS_FIRST), report.verdict)


def with_tls_off(report: Report, answer: Answer) -> Finding:
    """Judge the answer in clear text to a client that showed no key."""
    code, server = ExperimentCode.TLS_OFF, report.server_address
    if answer.let_in is None:
        return _nothing(code, report, answer)
    response = "lets us in" if answer.let_in else f"answers “{answer.words}”"
    why = (
        f"Without TLS {server} {response}: it is a NATS server, and TLS alone is in the way. No "
        "key was shown to it in clear text."
    )
    return Finding(code, why, _without(report, Code.NOT_NATS), report.verdict)


def _is_another_server(report: Report, answer: Answer) -> bool:
    """Whether another server answered than the one that the report is about, by their ids."""
    return answer.server_id != report.server.get("server_id")


def _another_server(code: ExperimentCode, report: Report) -> Finding:
    why = (
        f"Another server answered at {report.server_address} this time: what it says tells nothing "
        "of the one before."
    )
    return Finding(code, why, report.causes, report.verdict)


def _nothing(code: ExperimentCode, report: Report, answer: Answer) -> Finding:
    why = f"The second probe got no answer ({answer.words}): it tells nothing apart."
    return Finding(code, why, report.causes, report.verdict)


def _of_a_list(report: Report, unlisted: str) -> tuple[Cause, ...]:
    """Keep the causes of a server that lists its users' keys, and looks at no JWT."""
    left = tuple(cause for cause in report.causes if not cause.code.of_jwt)
    return _reworded(left or report.causes, Code.KEY_UNKNOWN, unlisted)


def _of_an_operator(report: Report, good: KnownGood) -> tuple[Cause, ...]:
    """Keep the causes of a server that goes by JWTs, and so lists no keys."""
    codes = (
        Code.KEY_UNKNOWN,
        Code.AUTH_CALLOUT,
        *((Code.JWT_ACCOUNT_UNKNOWN,) if good.same_account else ()),
    )
    left = _without(report, *codes)
    return tuple(
        replace(cause, certain=True, why=_bare(report)) if cause.code is Code.JWT_MISSING else cause
        for cause in left
    )


def _bare(report: Report) -> str:
    return (
        f"{report.server_address} runs with an operator, and takes users by their JWT only. "
        f"{report.public} was shown without one."
    )


def _without(report: Report, *codes: Code) -> tuple[Cause, ...]:
    """Leave causes out; never all of them, for something did go wrong."""
    left = tuple(cause for cause in report.causes if cause.code not in codes)
    return left or report.causes


def _reworded(causes: tuple[Cause, ...], code: Code, why: str) -> tuple[Cause, ...]:
    """Put the causes with `code` first, explained by what is known now."""
    first = tuple(replace(cause, why=why) for cause in causes if cause.code == code)
    return first + tuple(cause for cause in causes if cause.code != code)


def _short(public: str) -> str:
    return f"{public[:12]}…"
