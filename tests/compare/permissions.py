"""What users may do, as the wallet says, and as a real nats-server lets them.

Sets of permissions, each with twenty subjects: of users in a list, written by the wallet and by
hand, and of users with JWTs, plain, with their account's defaults, and under scoped signing keys
with templates and tags. For each subject a subscription is tried, with a queue and without, and a
message published; where answers are allowed, one answer more than there may be.

The wallet goes by servers of today. Of nats-server 2.9 three things are known to differ: it lets
users in whose template it does not know, a `deny` for a queue lifts one for everybody, and it does
not tell a user its permissions.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.compare import rights
from tests.compare.client import Client
from tests.compare.rights import Asked
from tests.jwts import signed
from wallet.chain import Chain, grants
from wallet.chain.grants import UNLIMITED, Grant, MisreadError
from wallet.chain.order import granted
from wallet.chain.permission import Permission, Use, listed, permission
from wallet.chain.scopes import ScopeError
from wallet.connection.check.subject_trials import may_publish
from wallet.exchange.readers.configuration.conf_permissions import permissions
from wallet.nats import jwt
from wallet.nats.client_snippets import NamedKey
from wallet.nats.config import parser
from wallet.nats.config.writer import ConfiguredUser, authorization
from wallet.nats.jwt_layout import unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind, Seed
from wallet.system.disk import regular_files
from wallet.system.natsserver import LocalServer

ISSUED = 1_700_000_000
ANSWER = "_answer.to.nobody"  # no pattern that is generated stands for it, but `>`
MOST_ANSWERS = 6

Json = Any


@dataclass(slots=True)
class Case:
    """A user, and what we say of it; `expected` is None where we say that it is not let in."""

    seed: Seed
    shown: str
    asked: list[Asked]
    expected: Grant | None
    answer: Callable[[Use], Permission]  # as `may` answers
    token: str = ""
    asker: tuple[Seed, str] | None = None  # another user of the same account, who may do all
    differences: list[str] = field(default_factory=list)


def compare(count: int, seed: int, version: str | None = None) -> list[str]:
    """The differences in `count` sets of permissions, each of a listed user and of one with a JWT.

    It is always the nats-server at hand that is asked; of versions there is no choice.
    """
    if version is not None:
        raise SystemExit("permissions are compared with the nats-server on the PATH")
    chance = random.Random(seed)
    cases: list[Case] = []
    with running(*_listed(chance, count // 2)) as (url, listed):
        cases += _tried(url, listed)
    with running(*_configured(chance, count - count // 2)) as (url, configured):
        cases += _tried(url, configured)
    with running(*_with_jwts(chance, count)) as (url, with_jwts):
        cases += _tried(url, with_jwts)
    return [f"{one}\n{case.shown}" for case in cases for one in case.differences]


@contextmanager
def running(configuration: str, cases: list[Case]) -> Iterator[tuple[str, list[Case]]]:
    """A server with this configuration."""
    with tempfile.TemporaryDirectory() as directory:
        server = LocalServer(Path(directory), configuration)
        try:
            yield server.url, cases
        finally:
            server.stop()


# --- who is tried ---------------------------------------------------------------------------


def _listed(chance: random.Random, count: int) -> tuple[str, list[Case]]:
    """Users with the `nats` fields of a JWT, as the wallet writes them into a list."""
    asker = Seed.generate(Kind.USER)
    cases, users = [], [ConfiguredUser(NamedKey(asker.public.text, ""), {})]
    for _ in range(count):
        nats, seed = rights.fields(chance), Seed.generate(Kind.USER)
        users.append(ConfiguredUser(NamedKey(seed.public.text, ""), nats))
        expected = grants.read(nats, left_out=UNLIMITED)
        shown = f"written: {json.dumps(nats)}"
        case = Case(seed, shown, rights.asked(chance), expected, partial(listed, nats))
        case.asker = asker, ""
        cases.append(case)
    return authorization(users), cases


def _configured(chance: random.Random, count: int) -> tuple[str, list[Case]]:
    """Users whose permissions are written as people write them, with and without defaults."""
    defaults, asker = rights.written(chance), Seed.generate(Kind.USER)
    lines, cases = [f"{{ nkey: {asker.public}, permissions {{}} }}"], []
    for _ in range(count):
        seed, text = Seed.generate(Kind.USER), rights.written(chance)
        own = chance.random() < 0.8
        lines.append(f"{{ nkey: {seed.public}{f', permissions {text}' if own else ''} }}")
        nats = permissions(_value(text if own else defaults))
        expected = grants.read(nats, left_out=UNLIMITED)
        shown = f"by hand: {text if own else defaults}"
        case = Case(seed, shown, rights.asked(chance), expected, partial(listed, nats))
        case.asker = asker, ""
        cases.append(case)
    users = "\n".join(lines)
    return f"accounts {{ A {{ default_permissions {defaults}\nusers [\n{users}\n] }} }}", cases


def _value(text: str) -> parser.Value:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "permissions.conf"
        path.write_text(f"permissions {text}", encoding="utf-8")
        return parser.read(path, regular_files.content)["permissions"]


def _with_jwts(chance: random.Random, count: int) -> tuple[str, list[Case]]:
    """Users of a few accounts, some of them under scoped signing keys."""
    operator, system = Seed.generate(Kind.OPERATOR), Seed.generate(Kind.ACCOUNT)
    accounts = [_Account(chance) for _ in range(4)]
    cases = [chance.choice(accounts).user(chance) for _ in range(count)]
    tokens = {one.seed.public.text: one.token(operator) for one in accounts}
    for case in cases:
        user = jwt.parse(case.token)
        account = tokens[str(user.issuer_account or user.issuer)]
        chain = Chain(user, jwt.parse(account), None)
        case.answer = partial(permission, chain, now=time.time())
        try:
            case.expected = granted(chain)
        except (ScopeError, MisreadError) as error:
            case.shown += f"\n{error}"
    tokens[system.public.text] = jwt.issue(
        operator, system.public, unlimited_account(), issued=ISSUED
    )
    trusted = {"system_account": system.public.text}
    lines = "\n".join(f"{public}: {token}" for public, token in tokens.items())
    return (
        f"operator: {jwt.issue(operator, operator.public, trusted, issued=ISSUED)}\n"
        f"system_account: {system.public}\nresolver: MEMORY\nresolver_preload {{\n{lines}\n}}\n",
        cases,
    )


class _Account:
    """An account with signing keys that have scopes, and perhaps default permissions."""

    def __init__(self, chance: random.Random) -> None:
        self.seed, self.asker = Seed.generate(Kind.ACCOUNT), Seed.generate(Kind.USER)
        self._defaults = rights.fields(chance) if chance.random() < 0.7 else {}
        self._name = chance.choice(("orders", "o.p", "or ders"))
        self._tags = rights.tags(chance)
        self._scopes: list[Json] = []

    def token(self, operator: Seed) -> str:
        nats = {
            **unlimited_account(),
            "signing_keys": self._scopes,
            "tags": self._tags,
            "default_permissions": self._defaults,
        }
        return _signed(operator, self.seed, self._name, {**nats, "type": "account"})

    def user(self, chance: random.Random) -> Case:
        seed, signer = Seed.generate(Kind.USER), self.seed
        name = chance.choice(rights.USER_NAMES)
        nats: dict[str, Json] = {"tags": rights.tags(chance)}
        if chance.random() < 0.5:
            signer = Seed.generate(Kind.ACCOUNT)
            template = {**unlimited_user(), **rights.fields(chance, templates=True)}
            scope = {"kind": "user_scope", "key": signer.public.text, "role": "r"}
            self._scopes.append({**scope, "template": template})
            nats |= {"issuer_account": self.seed.public.text}
            shown = f"scoped: {json.dumps(template)}"
        else:
            given = rights.fields(chance) if chance.random() < 0.8 else {}
            nats |= {**unlimited_user(), **given}
            shown = f"by JWT: {json.dumps(given)}"
        shown += f"\nuser {name!r} with {nats['tags']}, account {self._name!r} with {self._tags}"
        shown += f" and defaults {json.dumps(self._defaults)}"
        case = Case(seed, shown, rights.asked(chance), None, partial(listed, nats))
        case.token = _signed(signer, seed, name, {**nats, "type": "user"})
        # Permissions that say something, so that the account's defaults do not count.
        everything = {**unlimited_user(), "pub": {"allow": [">"]}, "type": "user"}
        case.asker = self.asker, _signed(self.seed, self.asker, "asker", everything)
        return case


def _signed(signer: Seed, subject: Seed, name: str, nats: Json) -> str:
    payload = {"iat": ISSUED, "sub": subject.public.text, "name": name}
    return signed(signer, {**payload, "nats": {**nats, "version": 2}})


# --- trying ---------------------------------------------------------------------------------


def _tried(url: str, cases: list[Case]) -> list[Case]:
    for case in cases:
        client = Client(url, case.seed, case.token)
        try:
            _try(url, case, client)
        finally:
            client.close()
    return cases


def _try(url: str, case: Case, client: Client) -> None:
    found, expected = case.differences, case.expected
    refused = set(case.asked) if client.refusal else client.refused(case.asked)
    for one in case.asked:
        answer = case.answer(Use(one.subject, one.publish, one.queue))
        if answer.may is not (one not in refused):
            found.append(f"{one}: the server says {one not in refused}, `may` {answer}")
    if client.refusal or expected is None:
        if client.refusal and expected is not None:
            found.append(f"the server does not let it in, and we do: {client.refusal}")
        elif not client.refusal:
            found.append("the server lets it in, and we do not")
        return
    for one in case.asked:
        rule = expected.publish if one.publish else expected.subscribe
        said, does = rule.permits(one.subject, queue=one.queue), one not in refused
        if said is not does:
            found.append(f"{one}: the server says {does}, we {said}")
    if (told := client.told_permissions()) is not None:
        for one in case.asked:
            said = may_publish(told, one.subject) if one.publish else None
            if one.publish and said is not (one not in refused):
                found.append(f"{one}: we say {said} by what the server tells: {told}")
    _try_answers(url, case, client, refused)


def _try_answers(url: str, case: Case, client: Client, refused: set[Asked]) -> None:
    expected = case.expected
    if expected is None or case.asker is None or expected.publish.permits(ANSWER):
        return
    heard = [one for one in case.asked if not (one.publish or one.queue or one.is_wild)]
    subject = next((one.subject for one in heard if one not in refused), None)
    if subject is None:
        return
    asker = Client(url, *case.asker)
    try:
        answers = client.answers(asker, subject, ANSWER, MOST_ANSWERS)
    finally:
        asker.close()
    most = expected.responses[0] if expected.responses else 0
    wanted = MOST_ANSWERS if most < 0 else min(most, MOST_ANSWERS)
    if answers != wanted:
        case.differences.append(f"the server takes {answers} answers, we say {wanted}")
