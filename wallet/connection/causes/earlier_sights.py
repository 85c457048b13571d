"""Causes of a refusal, ranked by what was seen of the server before. Pure.

An earlier sight makes one cause likelier and proves none: the server may be another by now.
"""

from __future__ import annotations

from dataclasses import replace

from wallet.codes import Code
from wallet.connection.causes.repairs import fix_without_jwt, line_for
from wallet.connection.causes.report import Cause, Report


def of_jwts(report: Report, seen: str) -> Report:
    """Put last that a server's list lacks the key, where it was `seen` to go by JWTs.

    `seen` says so in words, of the server. Without it, and of what is certain, nothing changes.
    """
    unknown = next((cause for cause in report.causes if cause.code is Code.KEY_UNKNOWN), None)
    if not seen or not report.refused_key or unknown is None or unknown.certain:
        return report
    others = [_as_seen(report, seen, cause) for cause in report.causes if cause is not unknown]
    callouts = [cause for cause in others if cause.code is Code.AUTH_CALLOUT]
    likelier = [cause for cause in others if cause.code is not Code.AUTH_CALLOUT]
    likelier.sort(key=lambda cause: not cause.certain and cause.code is not Code.JWT_MISSING)
    why = (
        f"Or {report.server_address} goes by a list of keys by now, and {report.public} is not in "
        "it, or it was not reloaded since it is."
    )
    fix = f"Only then: add {line_for(report.public)} to the `users` in its configuration."
    return replace(report, causes=(*likelier, replace(unknown, why=why, fix=fix), *callouts))


def _as_seen(report: Report, seen: str, cause: Cause) -> Cause:
    if cause.code is not Code.JWT_MISSING or cause.certain:
        return cause
    why = (
        f"{report.server_address} {seen}: so it runs with an operator, and takes users by their "
        f"JWT only. {report.public} was shown without one."
    )
    fix = fix_without_jwt(report.public) if cause.why.startswith("Or ") else cause.fix
    return replace(cause, why=why, fix=fix)
