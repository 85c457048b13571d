"""The kinds of what the history notes."""

from __future__ import annotations

from enum import Enum

LONGEST_DETAIL = 4096
"""Characters of what a note says in detail."""


class What(Enum):
    """The kinds of notes. The values are the contract of `history --json`: add, never rename."""

    MADE = "made"
    IMPORTED = "imported"
    ISSUED = "issued"
    JWT_TAKEN = "jwt-taken"
    JWT_DROPPED = "jwt-dropped"
    PERMISSIONS_SET = "permissions-set"
    SIGNED = "signed"
    ACTIVATION_MADE = "activation-made"
    SEED_ADDED = "seed-added"
    SEED_FORGOTTEN = "seed-forgotten"
    TESTED = "tested"
    REVOKED = "revoked"
    REVOKED_AGAIN = "revoked-again"
    ALLOWED = "allowed"
    RETIRED = "retired"
    IN_USE_AGAIN = "in-use-again"
    RENAMED = "renamed"
    MOVED = "moved"
    TAGGED = "tagged"
    NOTES_CHANGED = "notes-changed"
    DELETED = "deleted"
    SEED_SHOWN = "seed-shown"
    SEED_COPIED = "seed-copied"
    CREDS_COPIED = "creds-copied"
    EXPORTED = "exported"
    PASSPHRASE_CHANGED = "passphrase-changed"  # noqa: S105
    KEY_FILE_CHANGED = "key-file-changed"
    RECOVERY_CHANGED = "recovery-changed"
    RESTORED = "restored"
    OLDER_ACCEPTED = "older-accepted"
    FORK_ACCEPTED = "fork-accepted"
    DAMAGE_ACCEPTED = "damage-accepted"
    ROTATION_BEGUN = "rotation-begun"
    ROTATION_OLD_OUT = "rotation-old-out"
    ROTATION_UNDONE = "rotation-undone"
    ROTATION_CLOSED = "rotation-closed"
    DELIVERED_ON_WORD = "delivered-on-word"
    SERVER_FORGOTTEN = "server-forgotten"
    MERGED = "merged"
    UNDONE = "undone"
