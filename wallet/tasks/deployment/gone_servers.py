"""Servers that accounts are known at and that nobody heard: not asked, down, or gone for good."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from wallet.connection.protocol.target import Target
from wallet.errors import StateRefusesError
from wallet.tasks.rotation.proofs import close_proved
from wallet.vault.db.journal.kinds import What
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class ForgottenServers:
    """Addresses that nothing is expected at any more, the paths of the accounts and operators that
    were known there, and the profiles that named them."""

    addresses: list[str]
    known_by: list[str]
    profiles: list[str]

    def to_json(self) -> dict[str, object]:
        """The addresses where nothing is expected any more, for `servers forget --json`."""
        return {
            "forgotten": self.addresses,
            "known_by": self.known_by,
            "profiles": self.profiles,
        }


def unheard(
    records: Records, accounts: Sequence[KeyRecord], heard: Collection[str]
) -> dict[str, list[str]]:
    """The addresses that accounts are known at without proof, but for those `heard` just now;
    with the paths of these accounts."""
    at: dict[str, list[str]] = {}
    for account in accounts:
        for url in records.deliveries.unproved_servers(account.id):
            if url not in heard:
                at.setdefault(url, []).append(account.path)
    return dict(sorted(at.items()))


def forget_account(vault: Vault, public: str) -> ForgottenServers:
    """Take a person's word that no server has an account any more that was deleted here.

    It is noted. Raises `StateRefusesError` for one that is here or known at no server.
    """
    with vault.change() as records:
        if records.by_public(public) is not None:
            raise StateRefusesError(
                f"{public} is in this vault: only of an account that was deleted here it can be "
                "said that servers have it no more."
            )
        servers = records.deliveries.known_servers.of(public)
        if not servers:
            raise StateRefusesError(f"No server is known to have {public}: nothing was changed.")
        records.deliveries.known_servers.forget_owner(public)
        records.history.note(What.SERVER_FORGOTTEN, detail=f"all that had {public}")
    return ForgottenServers(servers, [public], [])


def forget_server(vault: Vault, name: str) -> ForgottenServers:
    """Take a person's word that a server is gone: an address, or a profile with all of its.

    What is proved at all other servers loses its mark, and rotations that waited for this one are
    closed. What tests said there is dropped. It is noted. Raises `UsageError` for an address that
    nothing is known of.
    """
    with vault.change() as records:
        profile = records.servers.profile(name)
        if profile:
            addresses = list(profile.urls)
        else:  # as it stands here, be it no address that is taken now
            known = records.deliveries.known_servers.at(name)
            addresses = [name if known else Target.parse(name).url]
        known_by, profiles = set[str](), set[str]()
        for url in addresses:
            owners = records.deliveries.known_servers.at(url)
            named = records.servers.forget(url)
            if not (owners or named or records.results.last([url])):
                raise StateRefusesError(
                    f"{url} is not known: no key was tested there, and no account pushed. Write it "
                    "as push and servers show it."
                )
            known_by |= {key.path for key in map(records.by_public, owners) if key is not None}
            profiles |= set(named)
            records.results.forget(url)
            records.deliveries.forget_server(url)
            records.history.note(What.SERVER_FORGOTTEN, detail=url)
        close_proved(records)
    return ForgottenServers(addresses, sorted(known_by), sorted(profiles))
