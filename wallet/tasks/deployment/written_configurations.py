"""Configurations of servers: made by a recipe, noted when they are given out, and later compared
with what the same recipe makes then."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wallet.errors import UsageError, VaultError
from wallet.exchange import configurations
from wallet.exchange.configurations import Tell
from wallet.nats.claims.revocations import revocations, revoked_as
from wallet.nats.nkeys import Kind
from wallet.shell import command, file_word
from wallet.system.disk.regular_files import content
from wallet.tasks.deployment.deliveries import keep_written
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.configurations import Recipe, WrittenConfiguration
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

SERVER, ACCOUNTS, OPERATOR, FULL, ACCOUNT = "server", "accounts", "operator", "full", "account"
"""The forms: users in a list, in their accounts, an operator's with accounts in it or without,
and accounts to add to one."""
_LISTS = {SERVER, ACCOUNTS}  # of public keys, whose JWTs servers do not read
_LONGEST_FILE = 1 << 24
_LABEL = re.compile(r'(?m)^ +# .*$|  # [^"\n]*$')  # names of keys, which mean nothing to servers


@dataclass(frozen=True, slots=True)
class Outdated:
    """A configuration that would not be the same today, and the users in it that the vault has
    refused since; `chosen` are the keys that it was asked for, as far as they are here, `anew`
    those to ask for now: none where nobody is left that it could list.

    `kept` are accounts, by public key, that are gone here: all that is outdated in one for servers
    that take pushes, and that keep them whatever they read."""

    written: WrittenConfiguration
    chosen: tuple[KeyRecord, ...]
    anew: tuple[KeyRecord, ...]
    let_in: tuple[KeyRecord, ...]
    kept: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """The command that writes it anew; empty where it would list nobody."""
        if self.chosen and not self.anew:
            return ""
        target = self.written.recipe.target
        flags: list[tuple[str, ...]] = [("--for", SERVER if target == ACCOUNTS else target)]
        if target == FULL:
            flags = [("--for", OPERATOR), ("--resolver", "full")]
        elif target == ACCOUNTS:
            flags.append(("--accounts",))
        place = self.written.place
        to = f" > {file_word(place)}" if place else ""
        return command("config", *(key.path for key in self.anew), *flags) + to


def text_of(records: Records, recipe: Recipe, tell: Tell = lambda _: None) -> str:
    """The text that a recipe makes of these records; `tell` takes sentences on what it leaves out.

    Keys that are here no more are passed over. Raises `UsageError` for what makes no text.
    """
    chosen = _chosen(records, recipe)
    if recipe.target == SERVER:
        return configurations.authorization(records, chosen or None, tell)
    if recipe.target == ACCOUNTS:
        listed = chosen or configurations.all_accounts(records)
        return configurations.accounts(records, listed, tell)
    if recipe.target == ACCOUNT:
        return configurations.account(records, chosen, tell)
    operator = chosen[0] if chosen else configurations.the_operator(records)
    resolver = "full" if recipe.target == FULL else "memory"
    return configurations.operator(records, operator, resolver)


def resolver_given_out(records: Records, operator: KeyRecord) -> str:
    """The resolver in the configuration of an operator that was given out last; else `memory`."""
    return "full" if last_given_out(records, operator) == FULL else "memory"


def last_given_out(records: Records, operator: KeyRecord) -> str:
    """The form of an operator's configuration that was given out last, `OPERATOR` or `FULL`;
    empty where none was."""
    rotations = records.rotations.of_key(operator.public)
    its = {operator.public, *(one.old for one in rotations)}
    targets = [
        one.recipe.target
        for one in records.configurations.all()
        if one.recipe.target in {OPERATOR, FULL}
        and (not one.recipe.chosen or its.intersection(one.recipe.chosen))
    ]
    return targets[-1] if targets else ""


def note_configuration(
    vault: Vault, recipe: Recipe, text: str, tokens: Mapping[str, str], place: str = ""
) -> None:
    """Keep that this text was given out, with the JWTs in it that were not written before.

    A vault that cannot be written keeps neither: that is no reason to refuse the text.
    """
    digest = _digest(text)
    known = [(one.recipe, one.place, one.digest) for one in vault.records.configurations.all()]
    if (recipe, place, digest) in known and not tokens:
        return
    with suppress(VaultError), vault.change(minor=True) as records:
        records.configurations.note(recipe, place, digest)
        keep_written(records, tokens)


def outdated(
    records: Records, now: float, on_each: Callable[[], object] = lambda: None
) -> Iterator[Outdated]:
    """The configurations that were given out and would be others today.

    `now` is seconds since 1970. Left out are those of which every key is gone, files that are here
    no more, and what came to servers in another way. `on_each` is called before each is made anew,
    which may take a while.
    """
    every = records.configurations.all()
    for place, written in enumerate(every):
        on_each()
        chosen = _chosen(records, written.recipe)
        gone = bool(written.recipe.chosen) and not chosen
        if gone or (written.place and not Path(written.place).is_file()):
            continue
        later = every[place + 1 :]
        today = _digest(_text_today(records, written))
        let_in = _let_in(records, written, chosen, now, is_the_same=today == written.digest)
        if let_in:
            if _lists_them_no_more(records, written, let_in, later):
                continue
        elif (
            today == written.digest
            or (written.place and today == _digest(_in_file(written)))
            or _is_replaced(written, later)
            or _is_there_anyway(records, written, chosen)
        ):
            continue
        kept = _kept_by_resolvers(records, written, chosen)
        anew = _asked_for_now(records, chosen, let_in)
        yield Outdated(written, tuple(chosen), anew, let_in, kept)


def _text_today(records: Records, written: WrittenConfiguration) -> str:
    try:
        return text_of(records, written.recipe)
    except UsageError:
        return ""


def _in_file(written: WrittenConfiguration) -> str:
    """The text in the file that it was written to; empty where there is none to be read."""
    try:
        return content(Path(written.place), _LONGEST_FILE).decode() if written.place else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _is_replaced(written: WrittenConfiguration, later: list[WrittenConfiguration]) -> bool:
    """Whether another text stands in its file now; or whether one that went to a screen, a pipe
    or a clipboard was given out anew, elsewhere."""
    if written.place:
        return any(one.place == written.place for one in later)
    return any(one.recipe == written.recipe for one in later)


def _is_there_anyway(
    records: Records, written: WrittenConfiguration, chosen: list[KeyRecord]
) -> bool:
    """Whether accounts' JWTs of now that such a configuration has come to servers in another way:
    they were seen there, by a push or another configuration, or their resolver takes pushes."""
    recipe, since = written.recipe, written.at.timestamp()
    if _pushes_reach(records, written, chosen):
        return not _gone_since(records, since)
    if recipe.target == ACCOUNT:
        accounts = chosen
    elif recipe.target in {OPERATOR, FULL}:
        try:
            operator = chosen[0] if chosen else configurations.the_operator(records)
        except UsageError:
            return False
        own = records.tokens.claims(operator.id)
        if own is None or (own.issued or 0) > since:
            return False  # of an operator's JWT servers hear by their configuration alone
        accounts = records.beneath(operator.id)
    else:
        return False
    if not all(account.has_jwt for account in accounts):
        return False
    changed = [
        account
        for account in accounts
        if (claims := records.tokens.claims(account.id)) and (claims.issued or 0) >= int(since)
    ]
    if not changed or any(account.unproved for account in changed):
        return False
    return not _gone_since(records, since)


def _pushes_reach(records: Records, written: WrittenConfiguration, chosen: list[KeyRecord]) -> bool:
    """Whether servers with such a configuration are known and take accounts by a push: that one is
    due is told of the account. Of the operator's own JWT they hear by a configuration alone."""
    if written.recipe.target != FULL:
        return False
    try:
        operator = chosen[0] if chosen else configurations.the_operator(records)
    except UsageError:
        return False
    own = records.tokens.claims(operator.id)
    changed = own is None or (own.issued or 0) > written.at.timestamp()
    return not changed and bool(records.deliveries.known_servers.of(operator.public))


def _kept_by_resolvers(
    records: Records, written: WrittenConfiguration, chosen: list[KeyRecord]
) -> tuple[str, ...]:
    if not _pushes_reach(records, written, chosen):
        return ()
    return tuple(_gone_since(records, written.at.timestamp()))


def _gone_since(records: Records, since: float) -> list[str]:
    """The accounts, by public key, that were deleted or moved since then: servers have them on from
    the old text. One that came only after it never stood there."""
    gone, came = {What.DELETED.value, What.MOVED.value}, {What.MADE.value, What.IMPORTED.value}
    left, later = dict[str, None](), set[str]()
    for event in records.history.events():
        public = event.public or ""
        if event.at.timestamp() < int(since) or not public.startswith("A"):
            continue
        if event.what in gone:
            left[public] = None
        elif event.what in came and event.at.timestamp() > since:
            later.add(public)
    return [public for public in left if public not in later]


def _chosen(records: Records, recipe: Recipe) -> list[KeyRecord]:
    keys = map(records.by_public, recipe.chosen)
    return [key for key in keys if key is not None]


def _digest(text: str) -> bytes:
    return hashlib.blake2b(_LABEL.sub("", text).encode(), digest_size=32).digest()


def _let_in(
    records: Records,
    written: WrittenConfiguration,
    chosen: list[KeyRecord],
    now: float,
    *,
    is_the_same: bool,
) -> tuple[KeyRecord, ...]:
    """The users that ended and stand in a list of keys, which knows no revocation and no expiry.

    Of those beneath an account or operator these are the ones that ended since it was given out;
    those that were named themselves stand in it whenever they ended.
    """
    if written.recipe.target not in _LISTS:
        return ()
    named = {key.id for key in chosen}
    since = int(written.at.timestamp())
    listed = []
    for user in _among(records, chosen):
        end = _end(records, user)
        if end is None or end >= now:
            continue
        if user.id in named or (end >= since and not is_the_same):
            listed.append(user)
    return tuple(listed)


def _among(records: Records, chosen: Collection[KeyRecord]) -> Iterator[KeyRecord]:
    """The users among and beneath these keys; all where none was chosen."""
    named = {key.id for key in chosen}
    beneath = tuple(f"{key.path}/" for key in chosen)
    for user in records.all(Kind.USER):
        if not chosen or user.id in named or user.path.startswith(beneath):
            yield user


def _lists_them_no_more(
    records: Records,
    written: WrittenConfiguration,
    let_in: tuple[KeyRecord, ...],
    later: list[WrittenConfiguration],
) -> bool:
    """Whether the file that it was written to is another now, or a later list took its place: one
    without these users and with all others, or those that came in their place. Where no other is
    left, only a list of all users does."""
    if written.place:
        text = _in_file(written)
        return bool(text) and not any(user.public in text for user in let_in)
    chosen = _chosen(records, written.recipe)
    ended = {user.public for user in let_in}
    anew = _asked_for_now(records, chosen, let_in)
    left = _in_force(_among(records, anew)) if anew or not chosen else set()
    for one in later:
        if one.recipe.target not in _LISTS:
            continue
        named = _chosen(records, one.recipe)
        listed = _in_force(_among(records, named)) | {key.public for key in named}
        if not ended & listed and left <= listed and (left or not named):
            return True
    return False


def _in_force(users: Iterable[KeyRecord]) -> set[str]:
    return {user.public for user in users if not user.standing}


def _asked_for_now(
    records: Records, chosen: Iterable[KeyRecord], let_in: tuple[KeyRecord, ...]
) -> tuple[KeyRecord, ...]:
    """The keys to ask for in place of these: without users that ended, and with those that came in
    their place by a rotation."""
    ended = {user.public for user in let_in}
    keys = dict[str, KeyRecord]()
    for key in chosen:
        if key.public not in ended:
            keys[key.public] = key
            continue
        for one in records.rotations.of_key(key.public):
            staying = records.by_public(one.staying) if one.leaving == key.public else None
            if staying is not None and not staying.standing:
                keys[staying.public] = staying
    return tuple(keys.values())


def _end(records: Records, user: KeyRecord) -> float | None:
    """The time in seconds when a user was revoked or its JWT expired; None where it is in force."""
    if user.revoked and user.parent is not None:
        account, own = records.tokens.claims(user.parent), records.tokens.claims(user.id)
        if account is not None and own is not None:
            name = revoked_as(account.nats, user.public, own.issued)
            return None if name is None else revocations(account.nats)[name]
    return None if user.expires is None else user.expires.timestamp()
