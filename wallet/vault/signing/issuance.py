"""Making the JWTs of the keys in a vault: at once for new ones, again when something changes.

A key has a JWT when the chain above it reaches an operator. What its JWT says is what the
vault knows of it: to change it is to sign anew. All is done on the records of one change, so
that either all JWTs that depend on each other are saved, or none.

Revocations compare times of issue, so a JWT issued again would let a revoked user in again:
nothing here issues one for a revoked user but `allow_again`. Issue times always grow, so
that of two JWTs about one key the later is always the newer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wallet.errors import StateRefusesError, UsageError, WalletError
from wallet.nats import jwt
from wallet.nats.claims import content as fields
from wallet.nats.claims.revocations import EVERYBODY, after_revocations, revocations
from wallet.nats.claims.signing_keys import with_signing_key, without_signing_key
from wallet.nats.nkeys import Kind, PublicKey, Seed, decode_public
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import has_operator, is_right, may_sign, owner_of
from wallet.vault.signing.cascade import Json, Signing
from wallet.vault.signing.present_claims import present_claims
from wallet.vault.signing.revocations import Revoking
from wallet.vault.signing.short_lived import is_spent
from wallet.vault.signing.signature import KEEP, Time

__all__ = ["KEEP", "Issuing", "Time"]


class Issuing:
    """Changes of keys that bring their JWTs along. For the records of one change.

    `signing` signs them, and `revoking` shuts users out. `left`, `told` and `accounts` are those
    of `Signing`, after any of the changes.
    """

    def __init__(self, records: Records, now: int | None = None) -> None:
        """`now` is seconds since 1970."""
        self.records = records
        self.signing = signing = Signing(records, now)
        self.revoking = Revoking(signing)
        self.now, self.left, self.told = signing.now, signing.left, signing.told
        self.accounts = signing.accounts

    def claims(self, key_id: int) -> dict[str, Json]:
        """The `nats` fields that a key's JWT has, or would have, without type and version."""
        return present_claims(self.records, key_id)

    # --- new keys -----------------------------------------------------------------------

    def add(
        self,
        seed: Seed,
        *,
        name: str | None = None,
        under: int | None = None,
        tags: Iterable[str] = (),
        notes: str = "",
        nats: Mapping[str, Json] | None = None,
        expires: int | None = None,
        signer: str | None = None,
    ) -> KeyRecord:
        """Keep a key, with its JWT when an operator stands above it.

        `nats` says what it may do, else it is without limits; `expires` is seconds since 1970;
        `signer` a signing key of its account, by public key. Raises what `Records.add` raises,
        and `UsageError` for claims that no server takes.
        """
        record = self.records.add(seed, name=name, under=under, tags=tags, notes=notes)
        return self.signing.complete(record, nats, expires, signer)

    def add_public(
        self, public: PublicKey, *, name: str | None = None, under: int | None = None
    ) -> KeyRecord:
        """Keep a key whose seed is elsewhere, with its JWT when its signer is here."""
        return self.signing.complete(self.records.add_public(public, name=name, under=under))

    def add_many(
        self,
        seeds: Iterable[Seed],
        *,
        stem: str | None = None,
        under: int | None = None,
        nats: Mapping[str, Json] | None = None,
        expires: int | None = None,
        signer: str | None = None,
    ) -> list[KeyRecord]:
        """Keep many users with their JWTs, or many other keys. As `Records.add_many` and `add`."""
        records = self.records
        account = None if under is None else records.get(under)
        if account is None or account.kind is not Kind.ACCOUNT or not account.has_jwt:
            added = records.add_many(seeds, stem=stem, under=under)
            return [self.signing.complete(record, nats, expires, signer) for record in added]
        chosen = self.signing.signer(Kind.USER, account, signer)
        if chosen is None:
            return records.add_many(seeds, stem=stem, under=under)
        if chosen.scoped and fields.given_beyond(nats or {}, {}):
            raise StateRefusesError(f"{chosen.record.path} gives its users the limits of its role.")
        wanted = self.signing.fitted(
            chosen, account, {**fields.starting(Kind.USER), **(nats or {})}
        )
        fields.check(Kind.USER, wanted)
        issued = max(self.now, after_revocations(self.claims(account.id), ""))
        with records.open_seed(decode_public(chosen.record.public)) as signing:

            def issue(public: PublicKey, name: str) -> str:
                return jwt.issue(signing, public, wanted, issued=issued, name=name, expires=expires)

            return records.add_many(seeds, stem=stem, under=under, issue=issue, expires=expires)

    def add_signing_key(
        self,
        owner_id: int,
        seed: Seed,
        *,
        name: str | None = None,
        scope: Mapping[str, Json] | None = None,
    ) -> KeyRecord:
        """Keep a signing key of an operator or account, and name it in the owner's JWT.

        `scope` (role, description, template) makes it one whose users all take the template's
        limits. Raises `UsageError` when the owner's JWT cannot be signed here.
        """
        owner = self.records.get(owner_id)
        if scope is not None and owner.kind is not Kind.ACCOUNT:
            raise UsageError("Only an account's signing keys have a scope.")
        return self.records.get(self.signing.attach_signing_key(owner, seed, name, scope).id)

    def set_scope(self, key_id: int, scope: Mapping[str, Json] | None) -> None:
        """Give an account's signing key another scope, or none; its users are signed anew."""
        key = self.records.get(key_id)
        if not key.signing or key.parent is None or key.kind is not Kind.ACCOUNT:
            raise UsageError(f"{key.path} is no signing key of an account.")
        owner = self.records.get(key.parent)
        before = self.claims(owner.id)
        nats = with_signing_key(before, key.public, scope)
        fields.refuse_new_seed(nats, before)
        self.signing.say(owner, nats)

    def drop_signing_key(self, key_id: int) -> None:
        """Name a signing key no longer in its owner's JWT: what it signed is refused from then on.

        The key stays here. What it signed and no other key was told to sign is signed anew.
        """
        key = self.records.get(key_id)
        owner = None if key.parent is None else self.records.get(key.parent)
        if not key.signing or owner is None:
            raise UsageError(f"{key.path} is no signing key.")
        nats = without_signing_key(self.claims(owner.id), key.public)
        self.signing.say(owner, nats, despite=True)

    def name_signing_key(self, key_id: int, scope: Mapping[str, Json] | None) -> None:
        """Name a signing key that is here in its owner's JWT, with this scope."""
        key = self.records.get(key_id)
        owner = None if key.parent is None else self.records.get(key.parent)
        if not key.signing or owner is None:
            raise UsageError(f"{key.path} is no signing key.")
        self.signing.say(owner, with_signing_key(self.claims(owner.id), key.public, scope))

    def sign_by(self, before: str, after: str) -> None:
        """Let one signing key sign anew all that another of the same owner signed.

        A revoked user keeps its JWT: a new one would let it in again.
        """
        key = self.records.by_public(after)
        for record in [] if key is None else self.records.beneath(key.parent or 0):
            claims = self.records.tokens.claims(record.id)
            if claims is None or claims.issuer.text != before:
                continue
            if record.revoked:
                self.left[record.path] = "it is revoked, so it was not signed anew"
            else:
                self.signing.sign(record, self.claims(record.id), signer=after, despite=True)

    # --- what a key says ----------------------------------------------------------------

    def edit(
        self,
        key_id: int,
        nats: Mapping[str, Json],
        *,
        expires: Time = KEEP,
        not_before: Time = KEEP,
        signer: str | None = None,
    ) -> str | None:
        """Let a key say this from now on, and sign anew what depends on it; its JWT.

        A user without a JWT keeps what a server's configuration can say of it, and gives None.
        An account goes on revoking whom it revokes, also where these claims are from before that.
        Raises `UsageError` for claims that no server takes as they are meant, for a revoked
        user, and when no seed is here that could sign.
        """
        record = self.records.get(key_id)
        if record.signing:
            raise UsageError(f"{record.path} is a signing key; what it may sign is its scope.")
        self.signing.check(record, nats)
        fields.refuse_new_seed(nats, self.claims(key_id))
        if record.revoked:
            raise StateRefusesError(
                f"{record.path} is revoked, and a new JWT would let it in again. Allow it again "
                "first, if that is meant."
            )
        if record.kind is Kind.USER and not self.signing.is_signed(record):
            self.signing.keep_unsigned(record, nats, expires, not_before)
            return None
        if record.kind is Kind.ACCOUNT and not has_operator(self.records, record):
            raise StateRefusesError(f"{record.path} has no operator who could sign what it says.")
        return self.signing.say(record, nats, expires, not_before, signer)

    def reissue(self, key_id: int) -> str | None:
        """Sign again what a key's JWT says, and what depends on it."""
        return self.edit(key_id, self.claims(key_id))

    def say_again(
        self, key_id: int, nats: Mapping[str, Json], expires: Time, not_before: Time, like: str
    ) -> None:
        """Let a key say what it said once, signed anew by the key `like` if that still can.

        Whom an account revokes by now stays revoked. Raises `UsageError` for a revoked user, and
        where nobody here can sign.
        """
        record = self.records.get(key_id)
        if record.revoked:
            raise StateRefusesError(
                f"{record.path} is revoked, and a new JWT would let it in again."
            )
        signer = like if may_sign(self.records, record, like) else None
        nats = {**nats, "tags": list(record.tags)}
        self.signing.say(record, nats, expires, not_before, signer, despite=True)

    def fit(self, key_id: int) -> None:
        """Let a key that came back have a JWT as its place has it by now: none, or a right one."""
        record = self.records.get(key_id)
        own = self.records.tokens.claims(key_id)
        if record.signing or record.kind not in jwt.WITH_JWT:
            return
        if not self.signing.is_signed(record):
            self.signing.take_back(record)
        elif own is None:
            self.signing.complete(record)
        elif not record.revoked and not is_right(self.records, record, own):
            self.signing.sign_if_possible(record)

    def set_tags(self, key_id: int, tags: Iterable[str]) -> None:
        """Give a key these tags instead of its own. New ones go into its JWT when that is signed.

        Where the JWT has one that is taken away, it is signed anew at once, or `left` says why
        not: it would come back with the next signing.
        """
        record = self.records.get(key_id)
        self.records.set_tags(key_id, tags)
        claims = self.records.tokens.claims(key_id)
        wanted = set(self.records.get(key_id).tags)
        gone = {tag for tag in claims.tags if tag not in wanted} if claims else set()
        if not any(tag in record.tags for tag in gone):
            return
        tags_left = (
            [tag for tag in claims.tags if tag not in gone & set(record.tags)] if claims else []
        )
        try:
            self.edit(key_id, {**self.claims(key_id), "tags": tags_left})
        except WalletError as error:
            self.left[record.path] = f"Its JWT keeps the tag that was taken away. {error}"
        else:
            self.told[record.path] = "It has a new JWT, without the tag: hand out its creds anew."

    def set_system_account(self, account_id: int) -> None:
        """Make an account its operator's system account."""
        account = self.records.get(account_id)
        operator = owner_of(self.records, account)
        if account.kind is not Kind.ACCOUNT or account.signing or operator is None:
            raise StateRefusesError(f"{account.path} is no account of an operator.")
        self.signing.say(operator, {**self.claims(operator.id), "system_account": account.public})

    def issue_later(self, account_id: int, after: int) -> None:
        """Sign what an account says anew, later than `after`, seconds since 1970.

        What servers refuse in it is no hindrance. Raises `UsageError` where nobody here can sign.
        """
        account = self.records.get(account_id)
        self.signing.sign(account, self.claims(account_id), after=after + 1, despite=True)

    def sign_joined(
        self,
        key_id: int,
        nats: Mapping[str, Json],
        *,
        expires: int | None,
        not_before: int | None,
        after: int,
    ) -> None:
        """Sign what two versions of an operator's or account's JWT say together.

        It is issued later than `after`. What servers refuse in it is no hindrance: both said so.
        The key's tags go with it. Raises `UsageError` where nobody here can sign.
        """
        record = self.records.get(key_id)
        nats = {**nats, "tags": list(record.tags)}
        self.signing.sign(record, nats, expires, not_before, after=after + 1, despite=True)

    # --- changes of the tree ------------------------------------------------------------

    def adopt(self, key_id: int, under: int, signer: str | None = None) -> None:
        """Hang an account or user beneath another operator or account, which signs what it says.

        Nothing is revoked where it was: it works there too, while servers know what it left.
        Whatever beneath it lacks a JWT gets one. Raises `UsageError` where nobody here can sign.
        """
        self.records.move(key_id, under)
        after = revocations(self.claims(under)).get(EVERYBODY, -1) + 1
        record = self.records.get(key_id)
        self.signing.sign(record, self.claims(key_id), signer=signer, after=after, despite=True)
        self.signing.complete(self.records.get(key_id))

    def rename(self, key_id: int, name: str) -> None:
        """Call a key something else, in its JWT too. Raises what `Records.rename` raises."""
        self.records.rename(key_id, name)
        record = self.records.get(key_id)
        if not record.has_jwt:
            return
        if record.revoked:
            self.left[record.path] = "it is revoked, so its JWT keeps the old name"
        else:
            self.signing.sign_if_possible(record)

    def move(self, key_id: int, under: int | None) -> None:
        """Hang a key elsewhere, with a JWT from there. Raises what `Records.move` raises.

        A user is revoked in the account that it leaves, whose JWT would still open the server.
        Raises `UsageError` for one that is revoked: a JWT from elsewhere would let it in again.
        """
        before = self.records.get(key_id)
        if before.revoked and before.parent == under:
            return  # it is there: signed anew it would be let in again
        if under is None and before.kind is Kind.ACCOUNT:
            self.revoking.need_no_revocations(before)
        self.signing.forget_system_account(before)
        revoked_there = before.parent != under and self.revoking.revoke_what_it_leaves(before)
        self.records.move(key_id, under)
        record = self.records.get(key_id)
        if record.kind not in {Kind.ACCOUNT, Kind.USER}:
            return
        if record.kind is Kind.ACCOUNT and not has_operator(self.records, record):
            for user in self.records.beneath(key_id):
                self.signing.take_back(user)
            for key in self.records.signing_keys(key_id):
                self.records.delete(key.id)
        if not self.signing.is_signed(record):
            self.signing.take_back(record)
        elif record.has_jwt:
            if revoked_there:  # which says nothing here, also where its JWT stays as it is
                self.records.tokens.set(key_id, self.records.tokens.get(key_id))
            self.signing.sign_if_possible(record)
        record = self.signing.complete(self.records.get(key_id), after=0)
        self.revoking.tell_let_in(record)
        if revoked_there:
            account = before.path.rpartition("/")[0]
            self.signing.tell(record, f"It is revoked in {account}, whose JWT servers have to get.")

    def delete(self, key_id: int) -> None:
        """Delete a key and all beneath it.

        A user is revoked in its account first, for its JWT would still open the server to
        whoever has a copy; a signing key is taken out of its owner's JWT, and what it signed
        is signed anew.
        """
        records = self.records
        record = records.get(key_id)
        owner = owner_of(records, record)
        self.signing.forget_system_account(record)
        in_force = record.has_jwt and not record.revoked and not is_spent(records, record)
        if record.kind is Kind.USER and in_force:
            try:
                self.revoking.revoke(key_id)
            except UsageError:
                self.left[record.path] = "its account's JWT cannot be signed here to revoke it"
        records.delete(key_id)
        if record.signing and owner is not None and owner.has_jwt:
            try:
                self.signing.say(owner, without_signing_key(self.claims(owner.id), record.public))
            except UsageError:
                self.left[owner.path] = f"its JWT still names the signing key {record.name}"
