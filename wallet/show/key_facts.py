"""The facts about one key in short: what it is, how it connects, what it may, who uses it.

The app's summary and `show` tell the same, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from wallet.chain import Chain
from wallet.chain.grants import UNLIMITED, MisreadError, read
from wallet.chain.model import scopes, signing_keys
from wallet.chain.order import granted
from wallet.chain.scopes import ScopeError
from wallet.chain.words import account_limits, rights_in_short
from wallet.codes import HealthCode
from wallet.connection.causes.verdict import Wanted
from wallet.nats.claims.revocations import last_revoked, revocations
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.show import verdict_signs
from wallet.show.short_texts import short_address
from wallet.show.states.delivery_marks import words_of
from wallet.show.states.last_results import verdict_words
from wallet.show.uses import beneath, shares
from wallet.tasks.connection.keys_under_test import wish_of
from wallet.tasks.deployment.first_steps import any_server_known
from wallet.tasks.health.key_health import RULES, KeyUnderLook
from wallet.tasks.keys.scopes import scope_of
from wallet.tasks.rotation.open_steps import open_steps
from wallet.text import plain, without_seeds
from wallet.vault.db.parts.rotations import Phase
from wallet.vault.key_record import KeyRecord, TestResult
from wallet.vault.records import Records
from wallet.when import ago, here_too, how_long, with_local

_TESTS = 3
_NEEDS = 4
# Told by facts of their own.
_TOLD = {
    *(
        HealthCode.EXPIRED,
        HealthCode.EXPIRES_SOON,
        HealthCode.NEVER_TESTED,
        HealthCode.LAST_REFUSED,
        HealthCode.OLD_KEY,
    ),
    *(HealthCode.NOT_WRITTEN, HealthCode.NOT_PROVED, HealthCode.REVOCATION_NOT_PROVED),
}

USES = {
    Kind.OPERATOR: "runs servers, and signs accounts",
    Kind.ACCOUNT: "a tenant: signs users, and keeps their subjects apart from others'",
    Kind.SERVER: "names a server",
    Kind.CLUSTER: "names a cluster",
    Kind.CURVE: "seals and opens messages (xkey); it signs nothing",
}


class KeyFact(NamedTuple):
    """A label and a text, both safe to show; without a label it goes on with the one before."""

    label: str
    text: str


def key_facts(records: Records, record: KeyRecord) -> list[KeyFact]:
    """The facts about a key, the state first where it is not as it should be."""
    key = KeyUnderLook(records, record, datetime.now(UTC), timedelta.max, {})
    return [
        *_labelled("Open", words_of(record, any_server=any_server_known(records))),
        KeyFact("Public key", record.public),
        KeyFact("Is", _what(records, record)),
        *_connection(records, record, key.chain),
        *_rights(records, record, key.chain),
        *_revocation(record, key.chain),
        *_expiry(record),
        *_signer(records, record, key.chain),
        *_tests(records, record),
        *_labelled("Tags", [" ".join(plain(tag, 64) for tag in record.tags)]),
        KeyFact("Seed", "in the vault, sealed" if record.has_seed else "not in this vault"),
        *_rotation(records, record),
        *_needs(key),
    ]


def _labelled(label: str, texts: list[str]) -> Iterator[KeyFact]:
    """The texts that are not empty, one beneath the other behind one label."""
    for number, text in enumerate(filter(None, texts)):
        yield KeyFact("" if number else label, text)


def named(path: str) -> str:
    """A path as a person reads it: `acme ▸ orders`."""
    return plain(path, 300).replace("/", " ▸ ")


def _what(records: Records, record: KeyRecord) -> str:
    what = record.role if record.signing else f"{record.kind.value} key"
    above = "" if record.parent is None else f" of {named(records.get(record.parent).path)}"
    return f"{what[:1].upper()}{what[1:]}{above}, made {ago(record.created)}"


def _connection(records: Records, record: KeyRecord, chain: Chain | None) -> Iterator[KeyFact]:
    if record.kind is not Kind.USER:
        if not record.signing:
            yield KeyFact("Use", USES[record.kind])
        if record.kind is Kind.OPERATOR and chain is not None and chain.operator is not None:
            yield from _labelled("System", [_system_account(records, chain.operator)])
        return
    if chain is None or chain.user is None:
        yield KeyFact("Connects", "where a server's configuration lists its public key")
        return
    try:
        bearer = granted(chain).bearer
    except (MisreadError, ScopeError):
        bearer = False
    under = named(record.path.rpartition("/")[0])
    how = "with its JWT alone (a bearer token)" if bearer else "with its creds"
    yield KeyFact("Connects", f"{how}, under {under}" if under else how)


def _system_account(records: Records, operator: Claims) -> str:
    """The account that an operator's JWT names for the servers' own subjects; empty without one."""
    public = operator.nats.get("system_account")
    if not isinstance(public, str) or not public:
        return ""
    account = records.by_public(public)
    if account is None:
        return f"account {plain(public, 60)}, which is not in this vault"
    return f"account {named(account.path)}"


def _rights(records: Records, record: KeyRecord, chain: Chain | None) -> Iterator[KeyFact]:
    try:
        if record.kind is Kind.USER:
            unsigned = records.tokens.unsigned(record.id)
            signed = chain is not None and chain.user is not None
            grant = granted(chain) if chain and signed else read(unsigned, left_out=UNLIMITED)
            yield from (KeyFact(label, text) for label, text in rights_in_short(grant))
        elif record.signing and record.kind is Kind.ACCOUNT:
            yield from _role(records, record)
        elif chain is not None and record.kind is Kind.ACCOUNT and chain.account is not None:
            yield from _labelled(
                "Limits",
                [
                    line.removeprefix("Limits: ").rstrip(".")
                    for line in account_limits(chain.account)
                ],
            )
            yield from (KeyFact(*row) for row in shares(records, record, chain.account))
    except (MisreadError, ScopeError) as error:
        yield KeyFact("May", f"cannot be read: {without_seeds(str(error), 200)}")
    yield from _labelled("Beneath it", [beneath(records, record)])


def _role(records: Records, record: KeyRecord) -> Iterator[KeyFact]:
    """The role of a signing key, which its users have their rights from."""
    scope = scope_of(records, record)
    if scope is None:
        yield KeyFact("Role", "none: it signs users with any rights")
        return
    yield KeyFact("Role", f"“{plain(str(scope.get('role') or ''), 80)}”")
    template = scope.get("template")
    grant = read(template if isinstance(template, dict) else {}, left_out=UNLIMITED)
    yield from (KeyFact(label, text) for label, text in rights_in_short(grant))


def _revocation(record: KeyRecord, chain: Chain | None) -> Iterator[KeyFact]:
    """Tell up to when the account's JWT revokes what was issued to a user: that may be long ago."""
    if not record.revoked or chain is None or chain.account is None or chain.user is None:
        return
    account = chain.account.nats
    until = last_revoked(account, record.public, chain.user.issued)
    if until is None:
        return
    alone = revocations(account).get(record.public) == until
    at, whose = datetime.fromtimestamp(until, UTC), "" if alone else ", with all of its account"
    told = f"up to {with_local(at)}, {ago(at)}{whose}: no JWT issued until then counts"
    yield KeyFact("Revoked", told)


def _expiry(record: KeyRecord) -> Iterator[KeyFact]:
    if record.expires is None:
        if record.has_jwt:
            yield KeyFact("Expires", "never")
        return
    left = (record.expires - datetime.now(UTC)).total_seconds()
    away = f"in {how_long(left)}" if left > 0 else f"{how_long(-left)} ago"
    word = "Expires" if left > 0 else "Expired"
    yield KeyFact(word, f"{with_local(record.expires)}, {away}")


def _signer(records: Records, record: KeyRecord, chain: Chain | None) -> Iterator[KeyFact]:
    """Say who signed the key's own JWT: its own seed, what it hangs beneath, or a role of that."""
    claims = records.tokens.claims(record.id) if record.has_jwt else None
    if claims is None:
        return
    issuer = claims.issuer.text
    when = f", {ago(datetime.fromtimestamp(claims.issued, UTC))}" if claims.issued else ""
    above = chain or Chain()
    owner = above.account if record.kind is Kind.USER else above.operator
    signer = records.by_public(issuer)
    if issuer == record.public:
        who = "itself"
    elif owner is not None and issuer in signing_keys(owner):
        role = scopes(owner).get(issuer)
        name = plain(signer.name, 60) if signer else issuer
        who = f"role “{plain(role, 60)}” of {plain(owner.name, 60)}" if role else ""
        who = f"{who} (signing key {name})" if role else f"signing key {name}"
    else:
        who = named(signer.path) if signer else issuer
    yield KeyFact("Signed by", f"{who}{when}")


def _tests(records: Records, record: KeyRecord) -> Iterator[KeyFact]:
    if record.kind is not Kind.USER:
        return
    tests = records.results.of_key(record.public, _TESTS)
    # Of a key that is to be refused, neither answer is good or bad without its proof.
    wanted = wish_of(record).wanted is Wanted.TAKEN
    texts = [_test_words(records, record, test, wanted=wanted) for test in tests]
    yield from _labelled("Last tests" if len(texts) > 1 else "Last test", texts or ["none yet"])


def _test_words(records: Records, record: KeyRecord, test: TestResult, *, wanted: bool) -> str:
    sign = f"{verdict_signs.of_remembered(test)} " if wanted else ""
    verdict = verdict_words(records, record, test)
    return f"{sign}{verdict} · {short_address(test.server_url, 60)} · {ago(test.at)}"


def _rotation(records: Records, record: KeyRecord) -> Iterator[KeyFact]:
    for rotation in records.rotations.of_key(record.public):
        if not open_steps(records, rotation):
            continue
        goes = record.public == rotation.leaving
        other = records.by_public(rotation.staying if goes else rotation.leaving)
        name = named(other.path) if other else "a key that is not here any more"
        is_new = record.public == rotation.new
        if rotation.phase is Phase.UNDONE:
            what = f"it was to take the place of {name}" if is_new else f"{name} was to replace it"
            yield KeyFact("Rotation", f"{what}; undone {ago(rotation.changed)}, with steps open")
            continue
        what = f"it takes the place of {name}" if is_new else f"{name} takes its place"
        yield KeyFact("Rotation", f"{what}, since {ago(rotation.begun)}")


def _needs(key: KeyUnderLook) -> Iterator[KeyFact]:
    """The problems first, then advice."""
    notes = [note for rule in RULES for note in rule(key) if note.code not in _TOLD]
    notes.sort(key=lambda note: not note.problem)
    yield from _labelled("Needs", [here_too(plain(note.why, 300)) for note in notes[:_NEEDS]])
