"""The command line: parses, calls the core, prints; without a command, opens the app."""

from __future__ import annotations

import io
import os
import sys

from wallet.cli import parser
from wallet.errors import WalletError
from wallet.system.hardening import harden

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the value is the exit code.

    0 done, 1 the answer is no, 2 not understood, 3 the vault could not be opened or
    written, 4 no such key or more than one, 130 interrupted.
    """
    harden()
    for stream in (sys.stdout, sys.stderr):
        # A name or a check mark that the terminal's encoding lacks is no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        parsed = parser.build().parse_args(arguments)
        status: int = parsed.run(parsed)
        sys.stdout.flush()
    except WalletError as error:
        print(f"nkey-wallet: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("nkey-wallet: interrupted; nothing half done is kept.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader left, as `head` does. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status
