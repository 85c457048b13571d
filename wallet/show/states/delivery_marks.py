"""The two marks of what is open between the vault and servers, in words."""

from __future__ import annotations

from wallet.nats.nkeys import Kind
from wallet.vault.key_record import KeyRecord

UNWRITTEN, UNPROVED = "↑", "?"
NOT_PROVED = "not proved"


def unwritten_word(record: KeyRecord) -> str:
    """Say what is to be done with a JWT that changed, as briefly as the tree needs it: users bring
    theirs along, those of accounts and operators lie on servers.
    """
    return "to export" if record.kind is Kind.USER else "to deploy"


def words_of(record: KeyRecord, *, any_server: bool) -> list[str]:
    """Explain the signs of a key and say what to do, a sentence for each.

    Of pushes only where `any_server` is known that could be pushed to.
    """
    words = []
    if record.unwritten and record.kind is Kind.USER:
        words.append(f"{UNWRITTEN} {unwritten_word(record)}: no creds written since it changed")
    elif record.unwritten:
        is_pushed = any_server and record.kind is Kind.ACCOUNT
        how = "push or export it" if is_pushed else "export its operator"
        how = "export it" if record.kind is Kind.OPERATOR else how
        words.append(f"{UNWRITTEN} {unwritten_word(record)}: {how}; not out since it changed")
    if record.unproved and record.kind is Kind.ACCOUNT and not any_server:
        words.append(f"{UNPROVED} no server is known yet that has it")
    elif record.unproved and record.kind is Kind.ACCOUNT:
        words.append(f"{UNPROVED} {NOT_PROVED} on servers: push it")
    elif record.unproved:
        words.append(f"{UNPROVED} {NOT_PROVED} to be refused: push its account")
    return words
