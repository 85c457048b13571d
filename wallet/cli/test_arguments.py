"""What `test` may be given."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

AFTERWORD = (
    "A key's signature over what a server sends does not say for which server it is: a hostile one "
    "can pass on another's nonce, and is let in there as this user. Test only at servers where you "
    "would connect with this key."
)


def add_arguments(test: ArgumentParser, ref: str) -> None:
    """Everything but `--json`; `ref` says what a REF is."""
    test.epilog = f"{AFTERWORD}\n\n{test.epilog}"
    test.add_argument(
        "refs",
        nargs="*",
        metavar="REF",
        help=f"{ref}; an account or operator stands for its users; with --config none: every key "
        "it lists",
    )
    test.add_argument(
        "--server",
        action="append",
        metavar="URL",
        help="nats://, tls://, or the name of one that is kept (servers); several with commas "
        "between, or one after the other",
    )
    test.add_argument(
        "--cluster",
        action="store_true",
        help="also the servers that the named ones name, once you have seen their addresses; never "
        "one on this network or machine that a server elsewhere names, and over TLS only with a "
        "certificate for the name that the first was verified by",
    )
    test.add_argument(
        "--cluster-yes",
        action="store_true",
        help="the same without asking; where there is no terminal --cluster alone lists them",
    )
    test.add_argument(
        "--at-once",
        type=int,
        metavar="N",
        help="how many checks run at a time, where there are many",
    )
    test.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="instead of a server: a configuration, tried with nats-server on loopback; nothing "
        "outside is touched",
    )
    test.add_argument(
        "--creds-only",
        action="store_true",
        help="stop at the server's answer; measure no round trips",
    )
    test.add_argument(
        "--may",
        action="append",
        default=[],
        metavar="SUBJECT",
        help="also tell whether the key may use SUBJECT, and end with 1 unless it may; can be "
        "repeated. sub:SUBJECT asks only for subscribing, which is tried. Publishing is judged "
        "by what the server tells; pub:SUBJECT tries it: that publishes an empty message, which "
        "subscribers and streams receive",
    )
    test.add_argument(
        "--experiment",
        action="store_true",
        help="where more than one cause is possible, make the further probes that tell them apart",
    )
    test.add_argument(
        "--expect",
        choices=["taken", "refused"],
        help="end with 0 when it is so. Without it: revoked, expired and retired keys are wanted "
        "refused, all others taken; the end of several goes by that, the end of one key by "
        "whether it was taken",
    )
    test.add_argument(
        "--no-probe",
        action="store_true",
        help="leave no trace but the connection itself. Without it a key that was taken is, where "
        "only that proves the check, shown once more with a wrong signature, which the server logs "
        "as `authentication error`; and it is asked who we are ($SYS.REQ.USER.INFO), which it logs "
        "too where the user may not ask. With it such a key is “taken, check not proved”: exit 1",
    )
    test.add_argument(
        "--beside",
        metavar="REF",
        help="for a key that is to be refused: another user of its account, shown to the server "
        "too. Only if that one is taken, or with --monitor, is it known what the refusal is for",
    )
    test.add_argument(
        "--monitor",
        metavar="URL",
        help="the server's HTTP monitoring (http://host:8222): what it says proves some causes",
    )
    test.add_argument("--tls-ca", type=Path, metavar="FILE", help="who signed the server (PEM)")
    test.add_argument("--tls-cert", type=Path, metavar="FILE", help="our certificate (PEM)")
    test.add_argument("--tls-key", type=Path, metavar="FILE", help="our certificate's key (PEM)")
    test.add_argument(
        "--timeout", type=float, default=5.0, metavar="S", help="seconds for the whole check (5)"
    )
