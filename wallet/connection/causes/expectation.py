"""Reports, judged by what was wanted of their keys. Pure.

A refusal is that of a revocation only where the server is known to be one that the key would
otherwise be at home at: it takes another user of the same account, or shows the account's JWT
that shuts this one out. Each refused key for itself proves nothing. Where the server was seen
before to have the revocation, the refusal is the one that was to come: that explains it, and is no
proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from wallet.codes import Code, Trait
from wallet.connection.causes.report import Cause, Report
from wallet.connection.causes.verdict import KEEP_OUT, TAKEN, Verdict, Wanted, Wish, worst_first

_NOTHING_TO_DO = "Nothing is to be done: that is what was wanted."
_PROOF = (
    "let another user of its account be tried too, where it has one (F7 in the app, --beside REF), "
    "or test the whole account; or name the server's monitoring (the field Monitoring in the app, "
    "--monitor URL)."
)


@dataclass(frozen=True, slots=True)
class KeyUnderTest:
    """A key that is to be tested, with all that is known of it before.

    `account` stands for the account it belongs to, the same for all of one; `name` is its own.
    """

    name: str
    account: str = ""
    wish: Wish = TAKEN


def settle_all(reports: Iterable[Report], keys: Mapping[str, KeyUnderTest]) -> list[Report]:
    """Judge each report by what was wanted of its key, in `keys` by public key; worst come first.

    What was found out about one key counts for the others of its account at the same server.
    """
    unjudged = list(reports)
    taken: dict[object, list[Report]] = {}
    for report in unjudged:
        if report.ok:
            place = *report.server_named, keys[report.public].account
            taken.setdefault(place, []).append(report)
    judged = []
    for report in unjudged:
        key = keys[report.public]
        others = taken.get((*report.server_named, key.account), [])
        like = [one for one in others if one.signer == report.signer]
        other = next(reversed(like or others), None)
        proof = f"it takes {keys[other.public].name}" if other else ""
        by_list = other.by_list if other else report.by_list
        by_service = report.by_service or (other is not None and other.by_service)
        unlike = bool(report.signer and others and not like)
        report = replace(report, by_list=by_list, by_service=by_service, other_signer=unlike)
        judged.append(settle(report, key.wish, proof))
    return sorted(
        judged, key=lambda report: worst_first(report.verdict, as_wanted=report.as_wanted)
    )


def settle(report: Report, wish: Wish, takes_another: str = "") -> Report:
    """Judge a report by what was wanted of its key.

    `takes_another` is empty, or says that the server takes another user of the same account;
    an experiment may have put that into the report as its proof. Who is not in a list of public
    keys is refused for that, whatever a JWT says; a service refuses for reasons of its own; and a
    server may not know the signing key that signed only one of them.
    """
    in_doubt = report.by_list is not False or report.by_service or report.other_signer
    is_proof = not (in_doubt and wish.reasons)
    takes_another = (takes_another or report.proof) if is_proof else ""
    if wish.wanted is Wanted.TAKEN:
        return replace(report, wish=wish)
    if report.verdict is Verdict.REFUSED:
        return _refused(report, wish, takes_another)
    if report.verdict is Verdict.FAILED:
        summary = f"{report.summary} Whether it is refused is not known."
        return replace(report, wish=wish, summary=summary)
    return _let_in(report, wish)


def _refused(report: Report, wish: Wish, takes_another: str) -> Report:
    other_code = _refused_for_another_reason(report, wish)
    in_doubt = other_code or report.shares_address
    proof = "" if in_doubt else _proof(report, wish, takes_another)
    own = next((cause for cause in report.causes if cause.code in wish.reasons), None)
    if proof:
        why = f"{own.why} " if own and own.certain else ""
        why += f"{report.server_address} refuses it, and {wish.because}; {proof}."
        code = own.code if own else Code.AS_WANTED
        summary = f"{report.summary} That is right: {wish.because}."
        only = Cause(code, why, _NOTHING_TO_DO, certain=True)
        return replace(report, wish=wish, proof=proof, summary=summary, causes=(only,))
    if _is_explained(report, wish, other_code):
        return _explained(report, wish, own)
    left = tuple(
        cause
        for cause in report.causes
        if cause.code not in wish.reasons and Trait.LETS_IN not in cause.code.traits
    )
    summary = f"{report.summary} So it should be: {wish.because}."
    doubt = _not_proved(report, wish, other_code)
    if own is not None and own.code is Code.JWT_EXPIRED and own.certain:
        # Time has passed, and nobody said that it was to stay out: how to renew it comes first.
        causes = (own, doubt, *left)
    else:
        causes = (doubt, *_for_this(own), *left)
    return replace(report, wish=wish, proof="", summary=summary, causes=causes)


def _is_explained(report: Report, wish: Wish, other_code: Code | None) -> bool:
    """Whether the server was seen to have the revocation, and nothing else shuts the key out."""
    is_meant = not wish.reasons or Code.JWT_REVOKED in wish.reasons
    sight = bool(report.seen_there) and not report.by_list
    return sight and report.refused_key and is_meant and not other_code


def _explained(report: Report, wish: Wish, own: Cause | None) -> Report:
    """Judge a refusal by what was seen of the server before."""
    why = f"{own.why} " if own and own.certain else ""
    why += (
        f"{report.server_address} {report.seen_there}, and refuses the key. If that server was "
        "given another JWT of the account since, or another stands at its address now, it may be "
        "for another reason."
    )
    code = own.code if own else Code.AS_WANTED
    summary = f"{report.summary} As expected: {wish.because}."
    fix = f"Nothing is to be done. To prove it anew: {_PROOF}"
    only = Cause(code, why, fix, certain=False, seen_before=True)
    return replace(report, wish=wish, proof="", is_explained=True, summary=summary, causes=(only,))


def _for_this(own: Cause | None) -> tuple[Cause, ...]:
    """Take from the reason that was wanted the advice to let the key in again."""
    if own is None:
        return ()
    return (replace(own, fix="If it is refused for this, nothing is to be done."),)


def _proof(report: Report, wish: Wish, takes_another: str) -> str:
    if report.named is not None and report.named in wish.reasons:
        return "it named that itself, once it had let the key in"
    if not report.refused_key:
        return ""
    shown = set(report.objections)
    if report.servers_copy and shown and (shown & wish.reasons or not wish.reasons):
        return "the account's JWT as the server has it was looked at, and shuts it out"
    return f"{takes_another}, of the same account" if takes_another else ""


def _refused_for_another_reason(report: Report, wish: Wish) -> Code | None:
    """A code that would shut the key out here and now, whatever was revoked; None for none."""
    if not wish.reasons:
        return None
    return next((code for code in report.objections if code not in wish.reasons), None)


def _not_proved(report: Report, wish: Wish, other_code: Code | None) -> Cause:
    server = report.server_address
    if other_code:
        why = (
            f"{server} refuses it, and would refuse it from here in any case ({other_code}): "
            f"this does not show that it also refuses it because {wish.because}."
        )
        fix = "Test it from where, and when, it was let in before."
    elif report.shares_address:
        why = (
            f"The server that answered at {server} refuses it, and others greet clients at this "
            "address too: whether they do is not known."
        )
        fix = "Test each server by its own address."
    elif not report.refused_key:
        why = (
            f"{server} did not judge the key: this does not show that it refuses it because "
            f"{wish.because}."
        )
        fix = "Test it at a server that takes the other users of its account."
    elif report.by_service:
        why = (
            f"{server} refuses it, and leaves it to an authorization service (auth_callout) who is "
            f"let in: that may refuse it for another reason than that {wish.because}."
        )
        fix = "A push of its account shows whether the server has the JWT that says so."
    elif report.other_signer:
        why = (
            f"{server} refuses it, and takes another user of its account, which another key "
            f"signed. It may not know {report.signer}, the signing key of this one, and refuse it "
            "for that."
        )
        fix = (
            "Let one be tried that the same key signed (F7 in the app, --beside REF), or name the "
            "server's monitoring (the field Monitoring in the app, --monitor URL)."
        )
    elif report.by_list is None:
        why = (
            f"{server} takes another user of its account, and does not tell whether it goes by "
            "JWTs or by a list of public keys, as nats-server does from 2.10 on. Who is not in a "
            f"list is refused: so it may be for another reason than that {wish.because}."
        )
        fix = (
            "Name the server's monitoring, which tells that (the field Monitoring in the app, "
            "--monitor URL)."
        )
    elif report.by_list:
        why = (
            f"{server} goes by a list of public keys, as its account for another user shows, and "
            f"by no JWT. It refuses whoever is not listed, and does not know that {wish.because}."
        )
        fix = "Test it at a server that goes by JWTs."
    else:
        why = (
            f"{server} refuses it, as every server refuses a key that it does not know: a wrong "
            f"address or another account gives the same answer. So it may be for another "
            f"reason than that {wish.because}."
        )
        fix = f"{_PROOF[0].upper()}{_PROOF[1:]}"
    return Cause(Code.REFUSAL_NOT_PROVED, why, fix, certain=True)


def _let_in(report: Report, wish: Wish) -> Report:
    server = report.server_address
    own = next((cause for cause in report.causes if cause.code in wish.reasons), None)
    others = tuple(cause for cause in report.causes if cause.code not in wish.reasons)
    summary = f"{report.summary} It should be refused: {wish.because}."
    if not report.ok:  # whoever comes is let in, and the causes say so
        causes = others if own is None else (*others, own)
        return replace(report, wish=wish, summary=summary, causes=causes)
    why, fix = f"{server} let it in, and {wish.because}.", KEEP_OUT
    if own:
        why, fix = own.why, own.fix
    causes = (Cause(Code.NOT_REFUSED, why, fix, certain=True), *others)
    return replace(report, wish=wish, summary=summary, causes=causes)
