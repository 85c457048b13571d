"""Signing JWTs with the keys in a vault, and keeping those right that depend on each other."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from wallet.errors import StateRefusesError, UsageError
from wallet.nats import jwt
from wallet.nats.claims import content as fields
from wallet.nats.claims.revocations import (
    Revocations,
    after_revocations,
    in_words,
    lacking,
    revocations,
    with_revocations,
)
from wallet.nats.claims.signing_keys import with_signing_key
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.nats.validation.claim_flaws import flaws
from wallet.nats.validation.flaw import About
from wallet.shell import command
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import (
    Signer,
    has_operator,
    is_right,
    is_strict,
    is_system_account,
    nobody_signs,
    owner_of,
    signers,
    with_tags,
)
from wallet.vault.signing.present_claims import present_claims
from wallet.vault.signing.signature import KEEP, Time, sign_and_keep

Json = Any


class Signing:
    """Signs JWTs within one change, and with each what depends on it.

    `left` names the keys whose JWT could not be made or signed anew, each with the reason, in
    words; `told` those that were signed with something that servers leave out, or that some
    refuse; `accounts` the accounts that were signed, in that order, each path by its public key:
    their JWTs are what servers have to get.
    """

    def __init__(self, records: Records, now: int | None = None) -> None:
        """`now` is seconds since 1970."""
        self.records = records
        self.now = int(time.time()) if now is None else now
        self.left: dict[str, str] = {}
        self.told: dict[str, str] = {}
        self.accounts: dict[str, str] = {}

    def claims(self, key_id: int) -> dict[str, Json]:
        """The `nats` fields that a key's JWT has, or would have, without type and version."""
        return present_claims(self.records, key_id)

    def attach_signing_key(
        self, owner: KeyRecord, seed: Seed, name: str | None, scope: Mapping[str, Json] | None
    ) -> KeyRecord:
        """Keep a signing key and name it in its owner's JWT."""
        key = self.records.add(seed, name=name, under=owner.id, signing=True)
        self.say(owner, with_signing_key(self.claims(owner.id), key.public, scope))
        return key

    def say(
        self,
        record: KeyRecord,
        nats: Mapping[str, Json],
        expires: Time = KEEP,
        not_before: Time = KEEP,
        signer: str | None = None,
        *,
        despite: bool = False,
    ) -> str:
        """Sign these claims for a key, then what was signed by a key that no longer may."""
        before = self.claims(record.id)
        token = self.sign(record, nats, expires, not_before, signer, despite=despite)
        if record.kind is Kind.OPERATOR and nats.get("strict_signing_key_usage"):
            self._need_signing_keys(record)
        keys_changed = before.get("signing_keys") != nats.get("signing_keys")
        strictness = "strict_signing_key_usage"
        if keys_changed or bool(before.get(strictness)) is not bool(nats.get(strictness)):
            self._sign_what_is_not_right(record)
        return token

    def sign(
        self,
        record: KeyRecord,
        nats: Mapping[str, Json],
        expires: Time = KEEP,
        not_before: Time = KEEP,
        signer: str | None = None,
        after: int | None = None,
        *,
        despite: bool = False,
    ) -> str:
        """Sign these claims for a key; `despite` flaws that servers refuse, which are told then.

        `after`: issued no earlier, and a user that its account revokes is let in by that.
        """
        records = self.records
        own = records.tokens.claims(record.id)
        owner = owner_of(records, record)
        like = own.issuer.text if own else None
        chosen = None if owner is None else self.signer(record.kind, owner, signer, like)
        if chosen is None or owner is None:
            raise StateRefusesError(nobody_signs(record, owner))
        if record.kind is Kind.USER:
            limits = fields.given_beyond(nats, own.nats if own else {}) if chosen.scoped else []
            if limits:
                raise StateRefusesError(
                    f"{chosen.record.path} gives its users the limits of its role, and a server "
                    f"refuses one that has its own ({', '.join(limits)}). Change the role, or let "
                    "another key sign."
                )
            if signer is None and not chosen.scoped and like != chosen.record.public:
                self._require_own_limits(record, own, nats, owner)
            nats = self.fitted(chosen, owner, nats)
        nats, dropped = with_tags(record, own, nats)
        stay: Revocations = {}
        if record.kind is Kind.ACCOUNT:
            # Who writes an account's claims may have read them before somebody was revoked.
            stay = lacking(nats, records.tokens.revoked(record.id))
            nats = with_revocations(nats, stay)
        self.check(record, nats, despite=despite)
        if stay:
            left_out = fields.few(in_words(stay))
            self.tell(record, f"It goes on revoking what these claims leave out: {left_out}.")
        issued = self._time_of_issue(record, own, owner, after)
        with records.open_seed(decode_public(chosen.record.public)) as seed:
            token = sign_and_keep(
                *(records, seed, record, nats),
                own=own,
                issued=issued,
                expires=expires,
                not_before=not_before,
            )
        if record.kind is Kind.ACCOUNT:
            self.accounts[record.public] = record.path
        if dropped:
            left = records.get(record.id).tags
            records.set_tags(record.id, [tag for tag in left if tag not in dropped])
        if record.kind is Kind.USER:
            records.tokens.set_unsigned(record.id, {})
        return token

    def _time_of_issue(
        self, record: KeyRecord, own: jwt.Claims | None, owner: KeyRecord, after: int | None
    ) -> int:
        """Choose when a JWT is issued: later than the one before, and than what shuts it out.

        A user that was revoked by its key and gets its first JWT here comes in as revoked.
        """
        issued = max(self.now, after or 0, ((own.issued or 0) + 1) if own else 0)
        if record.kind is not Kind.USER or record.revoked:
            return issued
        account = self.claims(owner.id)
        revoked_at = revocations(account).get(record.public, 0)
        if own is None and after is None and revoked_at > 0:
            refused = f"{owner.path} revokes it, so its JWT is one that servers refuse."
            self.tell(record, f"{refused} To let it in again: " + command("allow", record.path))
            return min(issued, revoked_at)
        # Also in the second of a revocation of everybody, or where this clock is behind it.
        return max(issued, after_revocations(account, record.public))

    def check(self, record: KeyRecord, nats: Mapping[str, Json], *, despite: bool = False) -> None:
        """Raise `UsageError` for claims that no server takes as meant; note what is to be told."""
        about = self.about(record)
        if despite:
            told = flaws(record.kind, nats, about)
        else:
            told = fields.check(record.kind, nats, about)
        if told:
            self.told[record.path] = fields.reason(record.kind, told)

    def tell(self, record: KeyRecord, sentence: str) -> None:
        """Say this of a key, before what is to be told of it already."""
        self.told[record.path] = " ".join(filter(None, [sentence, self.told.get(record.path)]))

    def about(self, record: KeyRecord) -> About:
        """Gather what the vault knows besides of the key whose claims are looked at."""
        is_system = is_system_account(self.records, record)

        def claims_of(public: str) -> Mapping[str, Json] | None:
            account = self.records.by_public(public)
            claims = None if account is None else self.records.tokens.claims(account.id)
            return None if claims is None else claims.nats

        return About(record.public, self.now, is_system, claims_of)

    def signer(
        self, kind: Kind, owner: KeyRecord, wanted: str | None, like: str | None = None
    ) -> Signer | None:
        """Choose the signer: the one that is wanted, else the one as before, else the plainest."""
        able = signers(self.records, kind, owner)
        for signer in able:
            if wanted == signer.record.public:
                return signer
        if wanted is not None:
            raise UsageError(
                f"{wanted} cannot sign this {kind.value}: it is no key of {owner.path} that is in "
                "use and whose seed is here, or the operator lets only signing keys sign."
            )
        like = self._in_place_of(like, {signer.record.public for signer in able})
        return next((s for s in able if s.record.public == like), None) or next(
            (signer for signer in able if not signer.scoped), None
        )

    def _in_place_of(self, signer: str | None, able: set[str]) -> str | None:
        """Find a signing key, or the one that signs in its place since it was rotated out."""
        passed: set[str] = set()
        while signer is not None and signer not in able | passed:
            passed.add(signer)
            known = self.records.rotations.of_key(signer)
            signer = next((one.staying for one in known if one.leaving == signer), None)
        return signer

    def _require_own_limits(
        self,
        record: KeyRecord,
        own: jwt.Claims | None,
        nats: Mapping[str, Json],
        account: KeyRecord,
    ) -> None:
        """Raise `UsageError` for a user whose limits are a role's that another key is to sign.

        It carries none of its own, so that the other key's signature would make it free of any.
        """
        if own is None or "subs" in nats:
            return
        able = signers(self.records, Kind.USER, account)
        roles = [signer.record.path for signer in able if signer.scoped]
        role = ""
        if roles:
            edit = command("edit", record.path, ("--signer", roles[0]))
            role = f", give it a role of {account.path} ({fields.few(roles)}: {edit})"
        raise StateRefusesError(
            f"{record.path} has its limits from the role of {own.issuer.text}, which cannot sign "
            f"here; signed by another key it would have none. Bring in that key's seed{role}, or "
            "say what the user may itself (its permissions in the app, edit --free)."
        )

    @staticmethod
    def fitted(signer: Signer, account: KeyRecord, nats: Mapping[str, Json]) -> dict[str, Json]:
        """Fit a user's claims to the key that is to sign them."""
        wanted = fields.fitted(nats, scoped=signer.scoped)
        wanted.pop("issuer_account", None)
        if signer.record.signing:
            wanted["issuer_account"] = account.public
        return wanted

    def sign_if_possible(self, record: KeyRecord) -> None:
        try:
            self.sign(record, self.claims(record.id))
        except UsageError as error:
            self.left[record.path] = str(error)

    def _sign_what_is_not_right(self, owner: KeyRecord) -> None:
        for record in self.records.beneath(owner.id):
            claims = self.records.tokens.claims(record.id)
            if claims is not None and not is_right(self.records, record, claims):
                if record.revoked:
                    self.left[record.path] = "it is revoked, so it was not signed anew"
                else:
                    self.sign_if_possible(record)
            if owner.kind is Kind.OPERATOR:
                self._sign_what_is_not_right(record)

    def is_signed(self, record: KeyRecord) -> bool:
        """Whether a key at this place has a JWT, here or elsewhere."""
        owner = owner_of(self.records, record)
        if record.kind is Kind.USER:
            return owner is not None and owner.has_jwt
        return owner is not None and owner.kind is Kind.OPERATOR

    def complete(
        self,
        record: KeyRecord,
        nats: Mapping[str, Json] | None = None,
        expires: int | None = None,
        signer: str | None = None,
        after: int | None = None,
    ) -> KeyRecord:
        """Give a key, and those beneath it, the JWTs that they lack. The key as it is then.

        `after` is as in `sign`, for the key itself.
        """
        if record.signing or record.kind not in jwt.WITH_JWT:
            return record
        records = self.records
        owner = owner_of(records, record)
        if owner is not None and owner.id != record.id and not owner.has_jwt:
            if has_operator(records, owner):  # made before its own signer was here
                self.complete(owner)
            record = records.get(record.id)
        if not record.has_jwt and self.is_signed(record):
            start = {**fields.starting(record.kind), **self.claims(record.id), **(nats or {})}
            details_given = nats is not None or expires is not None or signer is not None
            if owner is not None and (details_given or self.signer(record.kind, owner, None)):
                self.sign(record, start, expires, signer=signer, after=after)
                self._give_signing_key(record)
            else:
                self.left[record.path] = nobody_signs(record, owner)
        elif record.kind is Kind.USER and not record.has_jwt and (nats is not None or expires):
            self.keep_unsigned(record, nats or {}, expires or KEEP, KEEP)
        complete = records.get(record.id)
        if complete.has_jwt and complete.kind is not Kind.USER:
            for child in records.beneath(complete.id):
                if not child.has_jwt:
                    self.complete(child)
        return complete

    def _give_signing_key(self, record: KeyRecord) -> None:
        """Under strict signing an account cannot sign its users, so it has a signing key."""
        if record.kind is Kind.ACCOUNT and is_strict(self.records, record):
            with Seed.generate(Kind.ACCOUNT) as seed:
                self.attach_signing_key(record, seed, None, None)

    def _need_signing_keys(self, operator: KeyRecord) -> None:
        if not any(key.has_seed for key in self.records.signing_keys(operator.id)):
            raise StateRefusesError(
                f"Strict signing lets no identity key sign, and {operator.path} has no signing "
                "key. Make one first."
            )
        for account in self.records.beneath(operator.id):
            able = signers(self.records, Kind.USER, account)
            if account.has_jwt and not any(one.record.signing and not one.scoped for one in able):
                with Seed.generate(Kind.ACCOUNT) as seed:
                    self.attach_signing_key(account, seed, None, None)

    def keep_unsigned(
        self, record: KeyRecord, nats: Mapping[str, Json], expires: Time, not_before: Time
    ) -> None:
        self.check(record, nats)
        claimed = [name for name, value in nats.items() if value not in (None, {}, [], "")]
        free = fields.starting(Kind.USER)
        extra = [n for n in claimed if n not in fields.CONFIGURED_FIELDS and nats[n] != free.get(n)]
        if expires not in (None, KEEP) or not_before not in (None, KEEP):
            extra.append("expiry")
        if extra:
            raise StateRefusesError(
                f"{record.path} has no operator above it, so a server's configuration says what it "
                f"may, and that cannot say: {', '.join(extra)}. Put its account under an operator."
            )
        self._set_configured(record, nats)

    def _set_configured(self, record: KeyRecord, nats: Mapping[str, Json]) -> None:
        """Keep what a server's configuration can say of a user, in place of a JWT."""
        rights = {name: nats[name] for name in fields.CONFIGURED_FIELDS if nats.get(name)}
        self.records.tokens.set_unsigned(record.id, rights)

    def take_back(self, record: KeyRecord) -> None:
        """Let a key that has left its operator be one without a JWT again."""
        if not record.has_jwt:
            return
        if record.kind is Kind.USER:
            self._set_configured(record, self.claims(record.id))
        self.records.tokens.set(record.id, None)

    def forget_system_account(self, record: KeyRecord) -> None:
        operator = owner_of(self.records, record)
        if operator is None or not is_system_account(self.records, record):
            return
        claims = self.claims(operator.id)
        claims.pop("system_account")
        try:
            self.say(operator, claims)
        except UsageError:
            self.left[operator.path] = f"its JWT still names {record.name} as system account"
