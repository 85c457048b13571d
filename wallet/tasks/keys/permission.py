"""Whether a key may use a subject in the end, by what the vault holds."""

from __future__ import annotations

from wallet.chain import Chain, Weight, objections
from wallet.chain.grants import UNLIMITED, MisreadError, read, with_defaults
from wallet.chain.order import granted
from wallet.chain.permission import IMPORT, Permission, Use, listed, permission, place_of_rights
from wallet.chain.scopes import ScopeError
from wallet.chain.words import account_limits, rights
from wallet.errors import UsageError
from wallet.nats.nkeys import Kind
from wallet.nats.subjects import is_wild, overlap, subject_problem
from wallet.nats.validation.imports import asked_as, heard_as
from wallet.tasks.connection.keys_under_test import chain_about, chain_of
from wallet.tasks.keys.scopes import scope_of
from wallet.tasks.sharing.account_links import broken_imports
from wallet.text import plain, without_seeds
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


def permission_of(records: Records, record: KeyRecord, use: Use, now: float) -> Permission:
    """Answer for a user, by its JWTs or as a list would have it; `now` is seconds since 1970.

    Raises `UsageError` for another key, and for what is no subject.
    """
    if record.kind is not Kind.USER:
        raise UsageError(f"{record.path} is no user, and only users use subjects. Name one.")
    _check(use)
    chain = chain_of(records, record)
    if chain is None:
        return listed(records.tokens.unsigned(record.id), use)
    return _by_imports(records, record, use, permission(chain, use, now))


def _by_imports(records: Records, user: KeyRecord, use: Use, answer: Permission) -> Permission:
    """The answer where the account imports a subject that is permitted, and the import does not
    come about: who uses it reaches nobody in the other account."""
    if answer.may is not True or user.parent is None:
        return answer
    for one in broken_imports(records, records.get(user.parent)):
        is_service = one.entry.get("type") == "service"
        local = asked_as(one.entry) if is_service else heard_as(one.entry)
        if is_service is use.publish and overlap(local, use.subject):
            why = (
                f"{answer.why} But that is an import from {plain(one.exporter, 60)}, where "
                f"something is wrong: {one.problem}."
            )
            return Permission(None, IMPORT, why, answer.conditions)
    return answer


def rights_of(records: Records, record: KeyRecord, now: float) -> list[str]:
    """Tell what a user may do in the end, in short sentences: what keeps it out, where its rights
    stand, they themselves, and its account's limits; `now` is seconds since 1970.

    Raises `UsageError` for another key.
    """
    if record.kind is not Kind.USER:
        raise UsageError(f"{record.path} is no user, and only users use subjects.")
    chain = chain_of(records, record)
    if chain is None or chain.user is None:
        return _rights_in_a_list(records, record, chain)
    refused = [one for one in objections(chain, now=now) if one.weight is Weight.REFUSED]
    lines = [f"Servers let it in nowhere: {one.why}" for one in refused[:1]]
    try:
        granted_rights, (_, words) = granted(chain), place_of_rights(chain)
    except (ScopeError, MisreadError) as error:
        return [*lines, f"What it may do cannot be read: {without_seeds(str(error), 200)}."]
    lines += [f"By {words}:", *rights(granted_rights)]
    if chain.account is not None and chain.belongs:
        lines += ["With all users of its account:", *account_limits(chain.account)]
    return lines


def rights_given_on(records: Records, record: KeyRecord) -> list[str]:
    """Tell what an account, or the role of its signing key, gives its users, in short sentences;
    nothing where each user has what it says itself."""
    try:
        if record.signing:
            scope = scope_of(records, record) if record.kind is Kind.ACCOUNT else None
            template = (scope or {}).get("template")
            return (
                ["All users that it signs:", *rights(read(template, left_out=UNLIMITED))]
                if isinstance(template, dict)
                else []
            )
        chain = chain_about(records, record) if record.has_jwt else None
        if chain is None or chain.account is None:
            return []
        default = with_defaults(read({}, left_out=UNLIMITED), chain.account.nats)
        return [
            "Users of whom nothing else is said:",
            *rights(default),
            "All its users together:",
            *account_limits(chain.account),
        ]
    except MisreadError as error:
        return [f"What it gives cannot be read: {without_seeds(str(error), 200)}."]


def _rights_in_a_list(records: Records, record: KeyRecord, chain: Chain | None) -> list[str]:
    """The rights of a user without a JWT, whom a configuration lists by its key."""
    if chain is not None:
        return ["It has no JWT, and a server that trusts its operator lets nobody in without one."]
    try:
        grant = read(records.tokens.unsigned(record.id), left_out=UNLIMITED)
    except MisreadError as error:
        return [f"What it may do cannot be read: {without_seeds(str(error), 200)}."]
    return ["Where a server's configuration lists it:", *rights(grant)]


def _check(use: Use) -> None:
    for text, what in ((use.subject, "subject"), (use.queue or "q", "name of a queue")):
        if problem := subject_problem(text):
            raise UsageError(f"“{without_seeds(text, 80)}” is no {what}: {problem}.")
    if use.publish and is_wild(use.subject):
        raise UsageError(
            f"A message goes to one subject, and “{without_seeds(use.subject, 80)}” has wildcards. "
            "Ask about one subject, or about subscribing (--sub)."
        )
