"""`revoke`: shut users out, in their account's JWT."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable

from wallet import when
from wallet.cli import output
from wallet.cli.arguments import REF, add_json
from wallet.cli.claims.flags import tell_left
from wallet.cli.vault_access import unlock
from wallet.nats.claims import content as fields
from wallet.nats.claims.revocations import EVERYBODY
from wallet.nats.config.writer import HOW_ACCOUNTS_ARRIVE
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.tasks.deployment import revocations
from wallet.tasks.deployment.revocations import Revoked, shutouts
from wallet.tasks.deployment.shut_out import standing
from wallet.tasks.deployment.ways_there import ways_there
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

EXAMPLES = [
    "nkey-wallet revoke billing",
    "nkey-wallet revoke --under orders UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4",
    "nkey-wallet revoke --under acme/orders --before 2026-01-31T12:00:00Z",
    "nkey-wallet revoke '*' --under acme/orders",
]
NAMED = 200  # users that are named in a sentence; the rest are counted


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `revoke`."""
    command.add_argument(
        "refs",
        nargs="*",
        metavar="REF",
        help=f"{REF}; with --under also a user's that is not here, or '*' for everybody",
    )
    command.add_argument(
        "--under", metavar="ACCOUNT", help="the account that revokes: for users that are not here"
    )
    command.add_argument(
        "--before",
        metavar="WHEN",
        help="only what was issued earlier: 2026-01-31, 2026-01-31T12:00:00Z or 2h ago (2h); "
        "without a REF, everybody's",
    )
    command.add_argument(
        "--mend",
        action="store_true",
        help="leave out what servers refuse in the account's JWT, in the same change",
    )
    add_json(command)


def run(arguments: Namespace) -> int:
    """`revoke REF…`: the account's JWT takes back what was issued so far, or before a moment."""
    before = None if arguments.before is None else when.past(arguments.before, int(time.time()))
    with unlock(arguments) as vault:
        back = vault.turned_back
        meant = shutouts(vault.records, arguments.refs, arguments.under, before, turned_back=back)
        accounts = {one.account.id: one.account for one in meant}
        mend = arguments.mend or _wants_mending(vault.records, accounts.values())
        with output.working("Revoking"):
            done = revocations.revoke(vault, arguments.refs, arguments.under, before, mend=mend)
        pushes = ways_there(vault.records, done.issuing.accounts)
        standings = {
            one.shutout.public: standing(vault.records, user)
            for one in done.revoked
            if not one.changed and (user := vault.records.by_public(one.shutout.public))
        }
    tell_left(done.issuing)
    for flaw in done.mended:
        output.note(f"Mended in the account's JWT: {flaw}.")
    if done.issuing.told and not mend:
        output.note("revoke --mend leaves that out in the same change, where it can.")
    if arguments.json:
        output.as_json([one.to_json() for one in done.revoked])
    for one in done.revoked:
        if one.changed:
            _tell(one, pushes, dated=before is not None)
        else:
            _tell_unchanged(one, standings.get(one.shutout.public, ""), dated=before is not None)
    return 0


def _tell_unchanged(one: Revoked, standing: str, *, dated: bool) -> None:
    """Say that nothing was changed, and how far the revocation that stands has come."""
    until = when.exactly(one.shutout.until)
    text = f"{_name(one)}: what was issued until {until} was revoked already. {standing}".strip()
    if one.shutout.path and not dated:
        again = command("revoke", one.shutout.path, ("--before", "now"))
        text += f" Should a JWT of it have been issued elsewhere since: {again}"
    output.note(text)


def _name(one: Revoked) -> str:
    """Name who is shut out, at the beginning of a sentence."""
    name = one.shutout.name
    return name[:1].upper() + name[1:] if one.shutout.public == EVERYBODY else name


def _tell(one: Revoked, pushes: list[str], *, dated: bool) -> None:
    who, until, name = one.shutout, when.exactly(one.shutout.until), _name(one)
    what = f" for what was issued until {until}" if dated or who.public == EVERYBODY else ""
    them = "them" if who.public == EVERYBODY else "it"
    if who.doubt:
        output.note(
            f"{name} was revoked before, but {who.doubt}: what was issued meanwhile is not known "
            "here. So all that was issued until now is revoked."
        )
    output.note(
        f"{name} is revoked{what} in the JWT of {who.account.path}. Servers keep letting {them} in "
        f"until they have that JWT: {'; '.join(pushes) or f'{HOW_ACCOUNTS_ARRIVE}.'}"
    )
    if who.public == EVERYBODY and one.users:
        more = len(one.users) - NAMED
        names = ", ".join(user.path for user in one.users[:NAMED])
        output.note(
            f"Shut out with that, of the users here: {names}{f' and {more:,} more' * (more > 0)}. "
            "None is signed anew by itself: nkey-wallet allow REF does that for one, and its creds "
            "have to be handed out again."
        )
    elif who.path and not one.users and dated:
        output.note(f"{who.path} was issued later, and stays in force; older copies are out.")


def _wants_mending(records: Records, accounts: Iterable[KeyRecord]) -> bool:
    """Ask, on a terminal, where servers refuse an account's JWT for something else."""
    if not sys.stdin.isatty():
        return False
    flawed = False
    for account in accounts:
        if flaws := Issuing(records).revoking.flaws_of_account(account.id):
            output.note(f"{account.path}: {fields.reason(Kind.ACCOUNT, flaws)}")
            flawed = True
    return flawed and output.confirm("Leave that out too, in the same change?")
