"""Pairing two accounts, and taking that back.

Two accounts are paired when one exports a subject, holds out an activation to the other where the
export is private, and the other imports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wallet.errors import StateRefusesError, UsageError
from wallet.nats.claims.content import few
from wallet.nats.claims.revocations import EVERYBODY, after_revocations, revoked_as
from wallet.nats.claims.shared_subjects import (
    EXPORTS,
    IMPORTS,
    entries,
    exports_of,
    is_private,
    place_of,
    with_entry,
    without_entry,
    words,
)
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.nats.validation.imports import activated
from wallet.shell import command
from wallet.tasks.sharing.account_links import activation_of, imports_from, is_of
from wallet.vault.key_record import KeyRecord
from wallet.vault.signing.activations import (
    make_activation,
    predecessors,
    revoke_in_export,
    sharing_account,
    sign_shared,
    successors,
)

if TYPE_CHECKING:
    from wallet.vault.signing.issuance import Issuing

Json = Any
Entry = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class PairingWish:
    """A person's wish to share a subject, as far as it was said.

    `kind` is `stream` or `service`, empty for that of the export; `private` None for as it is;
    `local` how the importer calls the subject; `expires` when the activation ends, seconds since
    1970.
    """

    subject: str
    kind: str = ""
    private: bool | None = None
    local: str = ""
    expires: int | None = None


def unclear(exporter: Entry, wish: PairingWish) -> list[str]:
    """List what a wish must say yet before it can be done: `kind`, `private`, both or nothing.

    `exporter` are the claims of the account that shares.
    """
    fitting = exports_of(exporter, wish.subject, wish.kind)
    if fitting:
        return ["kind"] if len({str(one.get("type")) for one in fitting}) > 1 else []
    missing = {"kind": not wish.kind, "private": wish.private is None}
    return [name for name, is_missing in missing.items() if is_missing]


def pair(issuing: Issuing, exporter: KeyRecord, importer: KeyRecord, wish: PairingWish) -> Entry:
    """Let one account of the vault import what another exports; the import that it has then.

    The export is made where there is none that holds the subject. An import that is there gets
    a new activation. Raises `UsageError` where something is unclear or cannot be signed here.
    """
    for account in (exporter, importer):
        sharing_account(issuing.records, account)
    if exporter.id == importer.id:
        raise UsageError(f"{exporter.path} has its own subjects: name another account to share.")
    export = _export_for(issuing, exporter, wish)
    subject = _own_subject(export, wish.subject, importer.public)
    nats = issuing.claims(importer.id)
    place, before = _import_there(nats, exporter.public, str(export.get("type")), subject)
    one: dict[str, Json] = {
        **before,
        "subject": subject,
        "account": exporter.public,
        "type": export.get("type"),
    }
    if export.get("name") and not one.get("name"):
        one["name"] = export["name"]
    if wish.local:
        one.pop("to", None)
        one["local_subject"] = wish.local
    if is_private(export):
        one["token"] = make_activation(
            issuing, exporter, importer.public, export, subject, wish.expires
        )
    elif wish.expires is not None:
        raise StateRefusesError(
            f"{words(export)} is public: there is no activation that could expire."
        )
    sign_shared(issuing, importer, with_entry(nats, IMPORTS, one, place))
    if exporter.parent != importer.parent:
        issuing.told[exporter.path] = (
            f"{importer.path} is of another operator: it imports this only on servers that trust "
            "both."
        )
    return one


def _export_for(issuing: Issuing, exporter: KeyRecord, wish: PairingWish) -> Entry:
    """The export that holds the subject, made where there is none."""
    nats = issuing.claims(exporter.id)
    if missing := unclear(nats, wish):
        asked = {"kind": "--stream or --service", "private": "--private or --public"}
        raise UsageError(
            f"How {exporter.path} shares {wish.subject} is not said: add "
            f"{' and '.join(asked[name] for name in missing)}."
        )
    fitting = exports_of(nats, wish.subject, wish.kind)
    if not fitting:
        new: dict[str, Json] = {"subject": wish.subject, "type": wish.kind}
        new |= {"token_req": True} if wish.private else {}
        sign_shared(issuing, exporter, with_entry(nats, EXPORTS, new))
        return new
    # A server goes by the export of just this subject, else by any that holds it: of a private
    # one and a public one by either. An activation serves for both.
    export = next((one for one in fitting if one.get("subject") == wish.subject), None) or next(
        filter(is_private, fitting), fitting[0]
    )
    if wish.private is not None and is_private(export) is not wish.private:
        now, wanted = ("public", "private") if wish.private else ("private", "public")
        path, exported = exporter.path, str(export.get("subject"))
        raise StateRefusesError(
            f"{path} exports {words(export)} already, and it is {now}. To change that for all: "
            + command("exports", path, "change", exported, (f"--{wanted}",))
        )
    return export


def _own_subject(export: Entry, subject: str, importer: str) -> str:
    """The subject with the importer's key in its place, where the export has such a place."""
    place = export.get("account_token_position") or 0
    tokens = subject.split(".")
    if type(place) is int and 0 < place <= len(tokens) and tokens[place - 1] == "*":
        tokens[place - 1] = importer
    return ".".join(tokens)


def _import_there(
    nats: Entry, exporter: str, kind: str, subject: str
) -> tuple[int | None, dict[str, Json]]:
    for place, one in enumerate(entries(nats, IMPORTS)):
        if (one.get("account"), one.get("type"), one.get("subject")) == (exporter, kind, subject):
            return place, dict(one)
    return None, {}


# --- taking back --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unpaired:
    """The imports that were removed, and until when issued activations count no more: seconds
    since 1970, None where there was none to take back, or nobody here can."""

    imports: tuple[Entry, ...]
    revoked_until: int | None


def unpair(
    issuing: Issuing, exporter: KeyRecord, importer: KeyRecord, subject: str = ""
) -> Unpaired:
    """Take back what an account was given: its activations are revoked, its imports removed.

    `subject` is that of one import, or its number; without one all from the exporter go. An
    import that stays, of the same export, gets a new activation. Raises `UsageError` where there
    is no such import.
    """
    nats = issuing.claims(sharing_account(issuing.records, importer).id)
    every = entries(nats, IMPORTS)
    if subject:
        places = [place_of(nats, IMPORTS, subject, account=exporter.public)]
    else:
        places = [n for n, one in enumerate(every) if one.get("account") == exporter.public]
    if not places or any(every[place].get("account") != exporter.public for place in places):
        raise StateRefusesError(f"{importer.path} imports nothing like that from {exporter.path}.")
    return unpair_places(issuing, exporter, importer, places)


def unpair_places(
    issuing: Issuing, exporter: KeyRecord, importer: KeyRecord, places: Sequence[int]
) -> Unpaired:
    """Take back the imports in these places of the importer's list, all from the exporter."""
    nats = issuing.claims(importer.id)
    gone = tuple(entries(nats, IMPORTS)[place] for place in places)
    for place in sorted(places, reverse=True):
        nats = without_entry(nats, IMPORTS, place)
    until = _revoke_those_of(issuing, exporter, importer, gone)
    if until is not None:
        nats = _with_new_activations(issuing, exporter, importer, nats)
    sign_shared(issuing, importer, nats, despite=True)
    return Unpaired(gone, until)


def revoke_activations(
    issuing: Issuing,
    exporter: KeyRecord,
    place: int,
    importer: str,
    until: int | None = None,
) -> int:
    """Take back what activations `importer`, a public key or `*`, was given of the export in this
    place; until when, seconds since 1970.

    Without `until` that is now, or the newest issue known here. Raises `UsageError` where nobody
    here can sign for the exporter.
    """
    if until is None:
        export = entries(issuing.claims(exporter.id), EXPORTS)[place]
        whom = {importer, *predecessors(issuing.records, importer)}
        old = predecessors(issuing.records, exporter.public)
        new = successors(issuing.records, exporter.public)
        known = [
            token.issued or 0
            for account in (exporter.public, *old, *new)
            for _, one in imports_from(issuing.records, account)
            if is_of(one, export)
            and (token := activation_of(one)) is not None
            and (importer == EVERYBODY or token.subject in whom)
        ]
        until = max(issuing.now, *known, 0)
    revoke_in_export(issuing, exporter, place, importer, until)
    return until


@dataclass(frozen=True, slots=True)
class AllowedAgain:
    """The importers that were let in again: the paths of the accounts that have a new activation
    in their JWT, and activations to hand over, each with the public key of the account it is for.
    """

    renewed: tuple[str, ...]
    to_hand_over: tuple[tuple[str, str], ...]


def allow_activations(
    issuing: Issuing, exporter: KeyRecord, place: int, importer: str
) -> AllowedAgain:
    """Let `importer`, a public key or `*` for all here, import again what the export in this place
    gave it: by an activation issued later than the revocation, which stays.

    Copies of the old one stay out. An importer whose JWT can be signed here has the new one in it.
    Raises `UsageError` where nothing is taken back, or nobody here can sign.
    """
    export = entries(issuing.claims(exporter.id), EXPORTS)[place]
    renewed, to_hand_over, in_force = list[str](), list[tuple[str, str]](), list[str]()
    importers = {one.id: one for one, _ in imports_from(issuing.records, exporter.public)}
    for account in importers.values():
        if importer not in {account.public, EVERYBODY}:
            continue
        tokens = list[str]()
        nats = issuing.claims(account.id)
        for at, one, of, token in _activations(issuing, exporter, nats):
            if of != export or token.expired(issuing.now):
                continue
            if not revoked_as(export, account.public, token.issued):
                in_force.append(account.path)
                continue
            tokens.append(_renewed(issuing, exporter, export, token))
            nats = with_entry(nats, IMPORTS, {**one, "token": tokens[-1]}, at)
        try:
            sign_shared(issuing, account, nats, despite=True)
            renewed += [account.path] if tokens else []
        except UsageError:
            to_hand_over += [(account.public, token) for token in tokens]
    if not renewed and not to_hand_over:
        if in_force or importer == EVERYBODY or not after_revocations(export, importer):
            why = f" that counts no more: {few(in_force)} has a later one" if in_force else ""
            raise StateRefusesError(
                f"{exporter.path} has taken back no activation of that account there{why}."
            )
        subject = _own_subject(export, str(export.get("subject")), importer)
        to_hand_over.append(
            (importer, make_activation(issuing, exporter, importer, export, subject))
        )
    return AllowedAgain(tuple(renewed), tuple(to_hand_over))


def _revoke_those_of(
    issuing: Issuing, exporter: KeyRecord, importer: KeyRecord, gone: tuple[Entry, ...]
) -> int | None:
    """Take back the activations of imports in the private exports that they are of; until when."""
    until = None
    for place, export in enumerate(entries(issuing.claims(exporter.id), EXPORTS)):
        if not is_private(export) or not any(is_of(one, export) for one in gone):
            continue
        try:
            until = revoke_activations(issuing, exporter, place, importer.public)
        except UsageError as error:
            issuing.left[exporter.path] = (
                f"The activation of {importer.path} is not taken back: a copy of it counts on. "
                f"{error}"
            )
    return until


def _with_new_activations(
    issuing: Issuing, exporter: KeyRecord, importer: KeyRecord, nats: dict[str, Json]
) -> dict[str, Json]:
    """The importer's claims with an activation anew for each import whose own was taken back.

    Raises `UsageError` where nobody here can sign one.
    """
    for place, one, export, token in _activations(issuing, exporter, nats):
        if revoked_as(export, importer.public, token.issued) and not token.expired(issuing.now):
            try:
                new = _renewed(issuing, exporter, export, token)
            except UsageError as error:
                alone = command("imports", importer.path, "remove", "SUBJECT")
                raise StateRefusesError(
                    f"The import of {words(one)} would lose its activation too. {error} To remove "
                    f"an import alone, and take nothing back: {alone}"
                ) from None
            nats = with_entry(nats, IMPORTS, {**one, "token": new}, place)
    return nats


def renew_activations(issuing: Issuing, signer: KeyRecord) -> None:
    """Sign anew, by another key of the same account, the activations in this vault of a signing
    key that is out: servers take them no more.

    What was taken back or has expired stays as it is. `left` names what cannot be signed.
    """
    if signer.parent is None or signer.kind is not Kind.ACCOUNT:
        return
    exporter = issuing.records.get(signer.parent)
    for importer in {one.id: one for one, _ in imports_from(issuing.records, exporter.public)}:
        account = issuing.records.get(importer)
        nats = issuing.claims(importer)
        try:
            for place, one, export, token in _activations(issuing, exporter, nats):
                is_back = revoked_as(export, account.public, token.issued)
                if (
                    token.issuer.text == signer.public
                    and not is_back
                    and (not token.expired(issuing.now))
                ):
                    new = _renewed(issuing, exporter, export, token)
                    nats = with_entry(nats, IMPORTS, {**one, "token": new}, place)
            sign_shared(issuing, account, nats, despite=True)
        except UsageError as error:
            issuing.left[account.path] = f"its activation is of a key that is out. {error}"


def _activations(
    issuing: Issuing, exporter: KeyRecord, importer: Entry
) -> Iterator[tuple[int, Entry, Entry, Claims]]:
    """The imports of private exports of `exporter` in an importer's claims: the place of each, the
    import, the export and the activation."""
    private = [one for one in entries(issuing.claims(exporter.id), EXPORTS) if is_private(one)]
    for place, one in enumerate(entries(importer, IMPORTS)):
        token = activation_of(one)
        export = next((export for export in private if is_of(one, export)), None)
        if export is not None and token is not None and one.get("account") == exporter.public:
            yield place, one, export, token


def _renewed(issuing: Issuing, exporter: KeyRecord, export: Entry, token: Claims) -> str:
    """An activation that says what another says, issued now."""
    subject = activated(token)[1]
    return make_activation(issuing, exporter, token.subject, export, subject, token.expires)
