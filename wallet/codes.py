"""The registry of codes: every one that a check, a rehearsal, `inspect` or `health` can print.

A row is a code, its meaning in one sentence, and its traits: what the places that weigh causes
against each other have to know of it. Programs go by the codes, so none is ever renamed. They are
listed for people in CODES.md, which `python -m tests.codes_table` writes from this table. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, StrEnum, auto


class Trait(Flag):
    """Something that is true of every cause with a code."""

    NONE = 0
    IN_PLAIN_WORDS = auto()
    """The server names it itself, or the key alone shows it: never what lies behind an
    `Authorization Violation`."""
    OF_ACCOUNT = auto()
    """The account's JWT decides it: a server with another copy of that may decide otherwise."""
    GUESSED_OF_ACCOUNT = auto()
    """As a guess it is about an account's JWT that is not at hand; with that it falls away."""
    BY_CLOCK = auto()
    """It depends on what time it is: a clock that is wrong explains it."""
    NOT_REACHED = auto()
    """No NATS server spoke there: it may be the wrong port."""
    LETS_IN = auto()
    """Its fix lets the key in: no advice for one that is to be kept out."""
    EVERYWHERE = auto()
    """It is so at every server, whatever the time, network or operator."""


class Code(StrEnum):
    """A cause's name for programs; `meaning` says it to people, in general."""

    meaning: str
    traits: Trait
    heading: str  # the code, but where that reads like a verdict

    def __new__(
        cls, value: str, meaning: str = "", traits: Trait = Trait.NONE, heading: str = ""
    ) -> Code:
        code = str.__new__(cls, value)
        code._value_ = value
        code.meaning, code.traits, code.heading = meaning, traits, heading or value
        return code

    @property
    def of_jwt(self) -> bool:
        """Whether it is about JWTs, which only a server with an operator looks at."""
        return self.value.startswith("jwt-")

    @property
    def of_tls(self) -> bool:
        """Whether it is about TLS."""
        return self.value.startswith("tls-")

    # --- on the way to the server ---
    DNS = "dns", "The server's name leads to no address."
    NOT_CONTACTED = (
        "not-contacted",
        "A server named another of its cluster at an address where it cannot be; nothing was sent.",
    )
    REFUSED = "refused", "Nothing listens on that port.", Trait.NOT_REACHED, "nothing-listens"
    TIMEOUT = "timeout", "The other side did not answer in time.", Trait.NOT_REACHED
    UNREACHABLE = "unreachable", "The network has no way to that address."
    NOT_NATS = "not-nats", "What listens there does not greet as NATS does.", Trait.NOT_REACHED
    HTTP_PORT = (
        "http-port",
        "That port speaks HTTP: monitoring, or a web server.",
        Trait.NOT_REACHED,
    )
    WRONG_PORT = (
        "wrong-port",
        "That port of the server is not for clients: it is for routes, leaf nodes, gateways or "
        "WebSocket.",
        Trait.NOT_REACHED,
    )
    PROTOCOL = "protocol", "The server said something unexpected, or hung up without a word."
    LAME_DUCK = "lame-duck", "The server is shutting down."
    SERVER_FULL = "server-full", "The server has all its connections.", Trait.IN_PLAIN_WORDS
    AUTH_TIMEOUT = "auth-timeout", "The server had our answer to its greeting too late, or none."
    SLOW = "slow", "Round trips take far longer than the network explains."

    # --- TLS ---
    TLS_REQUIRED = "tls-required", "The server speaks only TLS."
    TLS_FIRST = "tls-first", "The server wants TLS before its greeting."
    TLS_NOT_OFFERED = "tls-not-offered", "TLS was asked for, and the server has none."
    TLS_UNTRUSTED = "tls-untrusted", "Nobody who is trusted here signed the server's certificate."
    TLS_HOSTNAME = "tls-hostname", "The server's certificate is for another name."
    TLS_EXPIRED = "tls-expired", "A certificate has expired."
    TLS_EXPIRES_SOON = "tls-expires-soon", "A certificate expires within a week."
    TLS_NOT_YET_VALID = "tls-not-yet-valid", "A certificate is not valid yet."
    TLS_CLIENT_CERT = "tls-client-cert", "The server wants a client certificate of us."
    TLS_FILE = "tls-file", "A TLS file that a configuration names is not there, or of no use."
    TLS_OCSP = "tls-ocsp", "A certificate demands an OCSP staple, which nobody was asked for."

    # --- the key ---
    NO_NKEY_AUTH = "no-nkey-auth", "The server cannot check keys: it knows passwords or tokens."
    KEY_UNKNOWN = "key-unknown", "The server's list of users lacks the key.", Trait.LETS_IN
    KEY_WRONG_KIND = (
        "key-wrong-kind",
        "The key is no user's: only users connect.",
        Trait.IN_PLAIN_WORDS,
    )
    REFUSED_THOUGH_LISTED = (
        "refused-though-listed",
        "The configuration lists the key, and the server refuses it all the same.",
    )
    AUTH_CALLOUT = (
        "auth-callout",
        "An authorization service decides, in place of the server, who is let in.",
        Trait.LETS_IN,
    )

    # --- the user's JWT ---
    JWT_MISSING = (
        "jwt-missing",
        "The server takes users by their JWT; none was shown.",
        Trait.LETS_IN,
    )
    JWT_CLAIMS = "jwt-claims", "Servers refuse what the user's JWT says, whole.", Trait.EVERYWHERE
    JWT_TOO_LONG = (
        "jwt-too-long",
        "The JWT is longer than servers take, or than was looked at in time.",
        Trait.IN_PLAIN_WORDS | Trait.EVERYWHERE,
    )
    JWT_SIGNATURE = "jwt-signature", "A JWT was changed after it was signed, or is damaged."
    JWT_EXPIRED = "jwt-expired", "The user's JWT has expired.", Trait.BY_CLOCK
    JWT_EXPIRES_SOON = "jwt-expires-soon", "The user's JWT expires within a week."
    JWT_NOT_YET = "jwt-not-yet", "The user's JWT is not valid yet.", Trait.BY_CLOCK
    JWT_REVOKED = (
        "jwt-revoked",
        "The account revokes the user, or every JWT of that age.",
        Trait.OF_ACCOUNT | Trait.GUESSED_OF_ACCOUNT,
    )
    JWT_ISSUER = (
        "jwt-issuer",
        "A key signed the user or its account that may not, or that the server does not trust.",
        Trait.OF_ACCOUNT | Trait.GUESSED_OF_ACCOUNT,
    )
    JWT_SCOPE = "jwt-scope", "The scope of the signing key does not fit the user.", Trait.OF_ACCOUNT
    JWT_BEARER = "jwt-bearer", "The user's JWT is a bearer token.", Trait.OF_ACCOUNT
    JWT_SOURCE = "jwt-source", "The user may not connect from this network."
    JWT_TIME_WINDOW = (
        "jwt-time-window",
        "The user may not connect at this time of day.",
        Trait.BY_CLOCK,
    )
    JWT_CONNECTION_TYPE = "jwt-connection-type", "The user may not connect in this way."
    JWT_PROXY = "jwt-proxy", "The user may connect through a trusted proxy only."
    JWT_LIMITS = (
        "jwt-limits",
        "A limit in a JWT lets users in, and then keeps them from something.",
        Trait.EVERYWHERE,
    )
    JWT_REFUSED = "jwt-refused", "The server refuses the user's JWT, for what its log says."
    JWT_NOT_USED = "jwt-not-used", "The server goes by its list of keys, not by the JWT."
    PERMISSIONS_DENY_ALL = (
        "permissions-deny-all",
        "The user may neither publish nor subscribe to anything.",
        Trait.EVERYWHERE,
    )
    NO_SUBSCRIPTIONS = "no-subscriptions", "The server allows the user not one subscription."
    INBOX_DENIED = "inbox-denied", "The user gets no replies: it may not subscribe to an inbox."

    # --- the account's JWT ---
    JWT_ACCOUNT_UNKNOWN = (
        "jwt-account-unknown",
        "The server has no JWT of the account, or none that it takes.",
        Trait.GUESSED_OF_ACCOUNT | Trait.EVERYWHERE,
    )
    JWT_ACCOUNT_DIFFERS = (
        "jwt-account-differs",
        "The server has another JWT of the account than the wallet.",
    )
    JWT_LEFT_OUT = "jwt-left-out", "Servers take the account's JWT without a part of it."
    ACCOUNT_EXPIRED = "account-expired", "The account's JWT has expired.", Trait.OF_ACCOUNT
    ACCOUNT_EXPIRES_SOON = "account-expires-soon", "The account's JWT expires within a week."
    ACCOUNT_NOT_YET = "account-not-yet", "The account's JWT is not valid yet.", Trait.OF_ACCOUNT
    ACCOUNT_FULL = (
        "account-full",
        "The account has all the connections that it may, or may have none.",
        Trait.IN_PLAIN_WORDS | Trait.EVERYWHERE,
    )

    # --- let in, but … ---
    ACCEPTED_WITHOUT_CHECK = "accepted-without-check", "The server lets anybody in."
    ACCEPTED_AS_OTHER = "accepted-as-other", "The server took us for somebody else, or may have."
    ACCEPTED_BY_CERTIFICATE = (
        "accepted-by-certificate",
        "The client certificate let us in, and not the key.",
    )
    NOT_PROBED = "not-probed", "Whether the server checked the key was not to be tried."

    # --- what was wanted ---
    AS_WANTED = "as-wanted", "The key is refused, as it should be."
    NOT_REFUSED = "not-refused", "The key is let in, and should be refused."
    REFUSAL_NOT_PROVED = (
        "refusal-not-proved",
        "The key is refused as it should be; that this is the reason is not proved.",
    )

    # --- several servers, and their monitoring ---
    SERVER_CHANGED = "server-changed", "The server also refuses a key that it took before."
    SERVERS_DIFFER = "servers-differ", "The server takes a key that it cannot know."
    MONITOR_OTHER_SERVER = "monitor-other-server", "The monitoring is that of another server."

    # --- a configuration that is rehearsed ---
    ANYBODY_CLIENT = "anybody-client", "The clients' port lets in anybody."
    ANYBODY_WEBSOCKET = "anybody-websocket", "The WebSocket port lets in anybody."
    ANYBODY_MQTT = "anybody-mqtt", "The MQTT port lets in anybody."
    ANYBODY_LEAFNODES = "anybody-leafnodes", "The leaf nodes' port lets in anybody."
    OLDER_SERVERS = "older-servers", "Older servers read a value of the configuration otherwise."
    SERVER_WARNING = "server-warning", "nats-server warns of a setting, and starts."

    # --- a text that `inspect` looks at ---
    CREDS = "creds", "The creds text is incomplete, damaged, or of two users."
    JWT = "jwt", "The text looks like a JWT, and cannot be read as one."
    EMPTY = "empty", "There is no key in the text."
    LENGTH = "length", "The key has too few characters, or too many."
    ALPHABET = "alphabet", "The key holds a character that no key has."
    CASE = "case", "The key is not in capitals."
    TRAILING = "trailing", "Something follows the key."
    CHECKSUM = "checksum", "The key's checksum is wrong: it was mistyped or cut."
    KIND = "kind", "The key is of no kind that is known, or not of the kind that it says."
    SPARE_BITS = "spare-bits", "The key's last character has bits set that belong to nothing."
    PUBLIC_FOR_SEED = "public-for-seed", "A public key stands where a seed belongs."
    SEED_FOR_PUBLIC = "seed-for-public", "A seed stands where a public key belongs."


class HealthCode(StrEnum):
    """The name for programs of what `health` tells; `meaning` says it to people, in general."""

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> HealthCode:
        code = str.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    # --- a key ---
    EXPIRED = "expired", "The key's JWT has expired."
    EXPIRES_SOON = "expires-soon", "The key's JWT expires soon."
    NEVER_TESTED = "never-tested", "The key was never tested."
    LAST_REFUSED = "last-refused", "A server refused the key when it was last tested."
    REVOKED_LET_IN = "revoked-let-in", "A server lets in a revoked key."
    REVOKED_UNCHECKED = "revoked-unchecked", "A server that looks at no key lets in a revoked one."
    RETIRED_LET_IN = "retired-let-in", "Servers let in a retired key."
    NOT_TRUSTED = (
        "not-trusted",
        "Servers refuse the key's JWT, or that of the account that it hangs beneath.",
    )
    MAY_EVERYTHING = (
        "may-everything",
        "The user may publish and subscribe to everything in its account.",
    )
    IDENTITY_SIGNS = (
        "identity-signs",
        "An operator or account signs by its own key, and has no signing key.",
    )
    NO_SEED = (
        "no-seed",
        "Nothing can be issued or revoked beneath the key: its seed is not in the vault.",
    )
    OLD_KEY = "old-key", "The key is older than keys are to be."
    REVOCATION_NOT_PROVED = "revocation-not-proved", "Servers were not seen to have a revocation."
    NOT_PROVED = "not-proved", "Servers were not seen to have the account's JWT of now."
    NOT_WRITTEN = "not-written", "The key's JWT changed, and was not handed out since."
    REVOCATION_MISSING = (
        "revocation-missing",
        "The account's JWT lacks revocations of a version of the vault that was joined.",
    )
    IMPORT_IDLE = "import-idle", "An import of the account does not come about."
    SAME_SEED = "same-seed", "Two keys have the same seed."
    CONFIGURATION_OUTDATED = (
        "configuration-outdated",
        "A configuration that was written is not the one of now.",
    )
    CONFIGURATION_LETS_IN = (
        "configuration-lets-in",
        "A configuration that was written lets in a key that is to be shut out.",
    )
    DELETED_LET_IN = (
        "deleted-let-in",
        "Servers had an account that was deleted here, and let in its users.",
    )

    # --- the vault, and what lies beside it ---
    OPEN_VAULT = "open-vault", "Other users of the machine may read the vault's file."
    OPEN_BACKUP = "open-backup", "Other users of the machine may read backups of the vault."
    OPEN_DIRECTORY = (
        "open-directory",
        "Other users of the machine may put another file in the vault's place.",
    )
    OPEN_KEY_FILE = "open-key-file", "Other users of the machine may read the key file."
    KEY_FILE_BESIDE = "key-file-beside", "The key file lies beside the vault."
    NO_RECOVERY = "no-recovery", "No recovery code opens the vault."
    WEAK_DERIVATION = (
        "weak-derivation",
        "A guess at the passphrase costs less than the wallet's own standard.",
    )
    OUTDATED_BACKUPS = (
        "outdated-backups",
        "Backups open by a passphrase, key file or code of before.",
    )
    NO_BACKUP = "no-backup", "There is no backup of the vault."
    NO_COPY = "no-copy", "No copy of the vault is known to lie elsewhere."
    PLAIN_SEED = "plain-seed", "A seed lies in plain text in a file."
    OPEN_SEED = "open-seed", "A seed lies in plain text in a file that others may read."


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to be known, mostly because it is wrong: `why`, and a `fix` with text to paste."""

    code: Code
    why: str
    fix: str

    def to_json(self) -> dict[str, object]:
        return {"code": self.code, "why": self.why, "fix": self.fix}
