"""The health of each key of a vault: what keeps it from working, and what would better be changed.

Every rule is a function that gives notes about one key; `RULES` names them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from wallet.chain import Chain, Weight, objections
from wallet.chain.grants import UNLIMITED, Grant, MisreadError, read
from wallet.chain.order import granted
from wallet.chain.scopes import ScopeError
from wallet.codes import Code, HealthCode
from wallet.connection.causes.verdict import Verdict, Wanted
from wallet.nats.claims.content import few
from wallet.nats.claims.revocations import revocations, revoked_as
from wallet.nats.claims.shared_subjects import words
from wallet.nats.nkeys import Kind, decode_public
from wallet.shell import command
from wallet.tasks.connection.keys_under_test import Read, chain_about, chain_of, wish_of
from wallet.tasks.deployment.deliveries import push_commands
from wallet.tasks.deployment.first_steps import any_server_known
from wallet.tasks.deployment.shut_out import shut_out_at
from wallet.tasks.deployment.ways_there import configuration_command, configuration_first
from wallet.tasks.sharing.account_links import broken_imports
from wallet.text import plain
from wallet.vault.key_record import SHORT_LIVED, SOON_DAYS, KeyRecord, TestResult
from wallet.vault.records import Records
from wallet.when import to_the_second


@dataclass(frozen=True, slots=True)
class HealthNote:
    """One thing: a problem, which stops or endangers something, or advice.

    `path` and `public` are the key's; empty and None where it is about the vault. `at` is the
    public key at which it is mended, where that is another; empty where at none.
    """

    code: HealthCode
    path: str
    public: str | None
    why: str
    fix: str
    problem: bool = False
    at: str | None = None

    def to_json(self) -> dict[str, object]:
        """The code, key, reason and remedy, as an object of the list in `health --json`."""
        return {
            "code": self.code,
            "path": self.path,
            "public": self.public,
            "why": self.why,
            "fix": self.fix,
            "problem": self.problem,
        }


# Told by rules of their own, or meant so: hours, networks and ways to connect keep out for a while.
_NO_FLAWS = {
    *(Code.JWT_EXPIRED, Code.ACCOUNT_EXPIRED, Code.JWT_REVOKED, Code.JWT_NOT_YET),
    *(Code.JWT_TIME_WINDOW, Code.JWT_SOURCE, Code.JWT_CONNECTION_TYPE),
}


class KeyUnderLook:
    """One key with what the vault knows of it; what many keys share in `read` is read once."""

    def __init__(
        self, records: Records, record: KeyRecord, now: datetime, old: timedelta, read: Read
    ) -> None:
        self.records, self.record, self.now, self.old = records, record, now, old
        is_user = record.kind is Kind.USER
        self.chain: Chain | None = (
            chain_of(records, record, read) if is_user else chain_about(records, record)
        )
        self.last: TestResult | None = records.results.telling(record.public)

    @property
    def in_use(self) -> bool:
        """Whether it is meant to work."""
        return self.record.status == "active" and not self.record.revoked

    def problem(self, code: HealthCode, why: str, fix: str) -> HealthNote:
        """Note a problem."""
        return HealthNote(code, self.record.path, self.record.public, why, fix, problem=True)

    def advice(self, code: HealthCode, why: str, fix: str) -> HealthNote:
        """Note what would better be changed."""
        return HealthNote(code, self.record.path, self.record.public, why, fix)


Rule = Callable[[KeyUnderLook], Iterator[HealthNote]]


_OF_THE_END = {
    Kind.OPERATOR: "nats-server does not look at that, other programs may",
    Kind.ACCOUNT: "servers let none of its users in",
}


def expiry(key: KeyUnderLook) -> Iterator[HealthNote]:
    """A JWT that has ended, or will within two weeks, and is not meant to."""
    end, record = key.record.expires, key.record
    if end is None or not key.in_use or SHORT_LIVED in record.tags:
        return
    fix = command("edit", record.public, ("--expires", "365d"))
    then = _OF_THE_END.get(record.kind, "servers refuse it")
    if end <= key.now:
        why = f"Its JWT expired on {to_the_second(end)}: {then}."
        yield key.problem(HealthCode.EXPIRED, why, f"Let it end later, or retire it:\n{fix}")
    elif end < key.now + timedelta(days=SOON_DAYS):
        why = f"Its JWT expires on {to_the_second(end)}. From then on {then}."
        yield key.problem(HealthCode.EXPIRES_SOON, why, f"Let it end later:\n{fix}")


def tests(key: KeyUnderLook) -> Iterator[HealthNote]:
    """A last test that went otherwise than it should, or none at all."""
    record, last = key.record, key.last
    if record.kind is not Kind.USER or not record.has_seed:
        return
    test = command("test", record.public, ("--server", "URL"))
    if last is None:
        if key.in_use and SHORT_LIVED not in record.tags:
            why = "It was never tested: whether a server takes it is not known."
            yield key.advice(HealthCode.NEVER_TESTED, why, f"Test it:\n{test}")
        return
    where = f"{last.server_url} on {to_the_second(last.at)}"
    wanted = wish_of(record).wanted
    if wanted is Wanted.TAKEN and last.verdict == Verdict.REFUSED and not _changed_since(key, last):
        why = f"At its last test it was refused by {where}."
        yield key.problem(HealthCode.LAST_REFUSED, why, f"Test it again, which says why:\n{test}")
    elif _is_let_in(key):
        why = f"It is revoked, and at its last test it was still let in by {where}."
        pushes = push_commands(key.records, _account_of(key))
        fix = "\n".join(pushes) or command("push", ("--server", "NAME"))
        yield key.problem(HealthCode.REVOKED_LET_IN, why, f"Give servers its account's JWT:\n{fix}")
    elif record.revoked and last.verdict == Verdict.UNCHECKED:
        why = f"It is revoked, and {where} let it in without a look, as it does anybody."
        yield key.problem(
            HealthCode.REVOKED_UNCHECKED, why, f"Let that server check keys, then:\n{test}"
        )


def _account_of(key: KeyUnderLook) -> list[str]:
    """The public key of the account above a user, if there is one."""
    above = key.record.parent
    return [] if above is None else [key.records.get(above).public]


def _is_let_in(key: KeyUnderLook) -> bool:
    """Whether a revoked user was let in by its last test, where it was not seen shut out since."""
    last = key.last
    if last is None or last.verdict != Verdict.ACCEPTED or not key.record.revoked:
        return False
    seen = shut_out_at(key.records, key.record).get(last.server_url)
    return _after_revocation(key, last) and (seen is None or seen < last.at)


def _changed_since(key: KeyUnderLook, last: TestResult) -> bool:
    user = key.chain.user if key.chain else None
    return user is not None and (user.issued or 0) > last.at.timestamp()


def _after_revocation(key: KeyUnderLook, last: TestResult) -> bool:
    user, account = (key.chain.user, key.chain.account) if key.chain else (None, None)
    if user is None or account is None:
        return False
    name = revoked_as(account.nats, user.subject, user.issued)
    return name is not None and last.at.timestamp() > revocations(account.nats)[name]


def retirement(key: KeyUnderLook) -> Iterator[HealthNote]:
    """A retired user that was let in at its last test: servers that go by JWTs know of no lists."""
    record, last = key.record, key.last
    if record.standing != "retired" or not record.has_jwt or last is None or not last.ok:
        return
    where = f"{last.server_url} on {to_the_second(last.at)}"
    why = f"It is retired, which takes it off lists alone, and by its JWT it was let in by {where}."
    fix = command("revoke", record.public)
    yield key.advice(HealthCode.RETIRED_LET_IN, why, f"Shut it out, if that is meant:\n{fix}")


def trust(key: KeyUnderLook) -> Iterator[HealthNote]:
    """A chain of JWTs that servers do not accept, told at the key whose JWT is at fault."""
    if key.chain is None or not key.in_use:
        return
    about = "user" if key.record.kind is Kind.USER else "account"
    for one in objections(key.chain, now=key.now.timestamp()):
        if one.weight is Weight.REFUSED and one.about == about and one.code not in _NO_FLAWS:
            yield key.problem(HealthCode.NOT_TRUSTED, one.why, one.fix)


def place(key: KeyUnderLook) -> Iterator[HealthNote]:
    """A user whose JWT is of another account than the one that it hangs beneath."""
    record, user = key.record, key.chain.user if key.chain else None
    if user is None or record.kind is not Kind.USER or record.parent is None or not key.in_use:
        return
    account = key.records.get(record.parent)
    if account.has_jwt and user.account != account.public:
        again = command("edit", record.public, ("--expires", "365d"))
        yield key.problem(
            HealthCode.NOT_TRUSTED,
            f"Its JWT is not of {account.path}, beneath which it hangs, but of {user.account}: "
            "servers let it in as a user of that one, or not at all.",
            f"Have it signed anew, by its own account:\n{again}",
        )


def rights(key: KeyUnderLook) -> Iterator[HealthNote]:
    """A user that may use every subject."""
    grant = _grant(key)
    if grant is not None and key.in_use and grant.unrestricted:
        flags = (("--allow-pub", "SUBJECTS"), ("--allow-sub", "SUBJECTS"))
        yield key.advice(
            HealthCode.MAY_EVERYTHING,
            "It may publish and subscribe to everything in its account: who has it has all of it.",
            "Name what it needs:\n" + command("edit", key.record.public, *flags),
        )


def _grant(key: KeyUnderLook) -> Grant | None:
    if key.record.kind is not Kind.USER:
        return None
    try:
        if key.chain is not None:
            return granted(key.chain) if key.chain.user else None
        return read(key.records.tokens.unsigned(key.record.id), left_out=UNLIMITED)
    except (MisreadError, ScopeError):
        return None


def identity(key: KeyUnderLook) -> Iterator[HealthNote]:
    """An operator or account that signs with the key that it is known by."""
    record = key.record
    if record.kind not in {Kind.OPERATOR, Kind.ACCOUNT} or record.signing or not key.in_use:
        return
    if not (record.has_seed and record.has_jwt):
        return
    children = key.records.beneath(record.id)
    tokens = (key.records.tokens.claims(child.id) for child in children)
    if any(claims is not None and claims.issuer.text == record.public for claims in tokens):
        make = command("new", record.kind.value, ("--signing",), ("--under", record.path))
        yield key.advice(
            HealthCode.IDENTITY_SIGNS,
            "It signs what is beneath it itself: where its seed leaks, only a new "
            f"{record.kind.value} helps. A signing key could simply be taken out.",
            f"Let a signing key sign, and keep its own seed away:\n{make}",
        )


def seed(key: KeyUnderLook) -> Iterator[HealthNote]:
    """An operator or account that nobody here can sign for."""
    record = key.record
    if record.kind not in {Kind.OPERATOR, Kind.ACCOUNT} or record.signing or not key.in_use:
        return
    if record.has_seed:
        return
    if any(signer.has_seed for signer in key.records.signing_keys(record.id)):
        return
    yield key.advice(
        HealthCode.NO_SEED,
        "No seed of it is in this vault: nothing beneath it can be issued or revoked from here.",
        "Import its seed or a signing key's, if you have it:\nnkey-wallet import PATH",
    )


def age(key: KeyUnderLook) -> Iterator[HealthNote]:
    """A key that has been in use for long."""
    record = key.record
    long_used = record.kind is Kind.USER or record.signing
    if long_used and key.in_use and record.has_seed and key.now - record.created > key.old:
        days = (key.now - record.created).days
        fix = command("rotate", record.public, ("--as", "planned"))
        why = f"It is {days:,} days old: the longer one is used, the more copies there may be."
        yield key.advice(HealthCode.OLD_KEY, why, f"Put a new key in its place:\n{fix}")


def deliveries(key: KeyUnderLook) -> Iterator[HealthNote]:
    """Find what was not written since it changed, and what is not proved on servers."""
    record, records = key.record, key.records
    account = (
        record
        if record.kind is Kind.ACCOUNT or record.parent is None
        else records.get(record.parent)
    )
    if record.unproved:
        pushes = push_commands(records, [account.public])
        push = "\n".join(pushes) or command("push", account.path, ("--server", "URL"))
        fix = f"Push the account's JWT, which proves it:\n{push}"
        above = records.get(account.parent) if account.parent is not None else None
        if above is not None and (first := configuration_first(records, above)):
            fix = (
                "Give servers its configuration, whose resolver is MEMORY, and reload them; a push "
                f"proves it then:\n{first}\n{push}"
            )
        if record.kind is Kind.USER:
            why = "It is revoked, and that servers refuse it is not proved."
            if not _is_let_in(key):
                yield key.problem(HealthCode.REVOCATION_NOT_PROVED, why, fix)
        else:
            if record.parent is not None and not any_server_known(records):
                writes = configuration_command(records, records.get(record.parent))
                fix = f"Give a server the configuration, and test a user there:\n{writes}"
            yield key.advice(
                HealthCode.NOT_PROVED, "That servers have its JWT of now is not proved.", fix
            )
    if record.unwritten and not _is_to_be_pushed(key):
        form = "creds" if record.kind is Kind.USER else "jwt"
        export = command("export", record.path, ("--as", form), ("--to", f"{record.name}.{form}"))
        why = "Its JWT has changed, and was not written or copied since."
        yield key.advice(HealthCode.NOT_WRITTEN, why, f"Hand it out anew:\n{export}")


def _is_to_be_pushed(key: KeyUnderLook) -> bool:
    """Whether a push is what brings an account's JWT to servers, and is asked for already."""
    record, records = key.record, key.records
    if record.kind is not Kind.ACCOUNT or not record.unproved or record.parent is None:
        return False
    pushes = push_commands(records, [record.public])
    return bool(pushes) and not configuration_first(records, records.get(record.parent))


def missing_revocations(key: KeyUnderLook) -> Iterator[HealthNote]:
    """Revocations of a version that was joined, which nobody here could sign."""
    missing = key.records.tokens.merges.missing(key.record.id)
    whom = sorted({who for export, who in missing if not export})
    if whom:
        why = (
            "Its JWT still lets in who was revoked in a version of the vault that was joined with "
            f"this one: {few(whom)}. The key that signs it is not here."
        )
        bring_in = "Bring that key in, and sign it:\n" + command("import", "FILE") + "\n"
        sign = command("revoke", whom[0], ("--under", key.record.path))
        yield key.problem(HealthCode.REVOCATION_MISSING, why, bring_in + sign)


def imports(key: KeyUnderLook) -> Iterator[HealthNote]:
    """Imports of an account that do not come about."""
    if key.record.kind is not Kind.ACCOUNT or key.record.signing or not key.in_use:
        return
    for one in broken_imports(key.records, key.record):
        what = f"{words(one.entry)} from {plain(one.exporter, 60)}"
        why = f"Something is wrong with its import of {what}: {one.problem}."
        see = command("imports", key.record.path)
        remove = command("imports", key.record.path, "remove", str(one.number))
        yield key.problem(
            HealthCode.IMPORT_IDLE, why, f"Mend it, or take it away:\n{see}\n{remove}"
        )


RULES: tuple[Rule, ...] = (
    *(
        expiry,
        trust,
        place,
        deliveries,
        missing_revocations,
        imports,
        tests,
        retirement,
        rights,
        identity,
        seed,
        age,
    ),
)


def same_seeds(records: Records) -> Iterator[HealthNote]:
    """Keys of two kinds with one seed: a leak of either is a leak of both."""
    first: dict[bytes, KeyRecord] = {}
    for record in records.all():
        other = first.setdefault(decode_public(record.public).raw, record)
        if other is not record:
            yield HealthNote(
                HealthCode.SAME_SEED,
                record.path,
                record.public,
                f"It is made of the same seed as {other.path}: who has one has both.",
                "Put a new key in the place of one of them:\n"
                + command("rotate", record.public, ("--as", "planned")),
                problem=True,
            )
