"""The command line: parses, calls the core, prints; without a command, opens the app."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

from wallet.cli import argument_parser, output, typed_seeds
from wallet.errors import WalletError
from wallet.show import crash
from wallet.system import author, quiet_logs, silence
from wallet.system.hardening import harden
from wallet.system.interruption import saved

INTERRUPTED = 130
NOTHING_LEFT = "nothing half done is kept."
WHAT_IS_SAVED_STAYS = "what was saved before that is in the vault, and stays."


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the value is the exit code.

    0 done, 1 the answer is no, 2 not understood, 3 the vault could not be opened or
    written, 4 no such key or more than one, 70 an error of the wallet's own, 74 the output
    could not be written, 130 interrupted.
    """
    output.prepare()
    with _no_traceback():
        try:
            return output.finish(_guarded(arguments))
        finally:
            silence.end()  # as late as can be: what was typed meanwhile is not for the shell


def _guarded(arguments: list[str] | None) -> int:
    """The exit code, whatever happens: nothing that an error quotes is shown unasked."""
    saved.clear()
    try:
        harden()
        typed_seeds.refuse(sys.argv[1:] if arguments is None else arguments)
        parsed = argument_parser.build().parse_args(arguments)
        author.works_by(parsed.noted_as)
        status: int = parsed.run(parsed)
    except WalletError as error:
        output.note(f"nkey-wallet: {error} {error.on_command_line}".rstrip())
        return error.exit_code
    except KeyboardInterrupt as stop:  # a command that leaves something says so with it
        left = WHAT_IS_SAVED_STAYS if saved.is_set() else NOTHING_LEFT
        output.note(f"nkey-wallet: interrupted; {stop.args[0] if stop.args else left}")
        return INTERRUPTED
    except SystemExit as left:  # how argparse ends: help was given, or it did not understand
        return left.code if isinstance(left.code, int) else 0
    except Exception as error:  # noqa: BLE001  (the one guard: told without its message)
        tell_crash(error)
        return crash.EXIT
    return status


def tell_crash(error: BaseException | None) -> None:
    """Say that the wallet itself failed, and where, without any value."""
    from wallet.system import about

    output.say(
        "\n".join(
            [
                "nkey-wallet: it met an error of its own "
                f"({crash.kind_of(error)}), and stopped. A change is in the vault whole, or not "
                "at all.",
                crash.HOW_TO_REPORT,
                f"  {about.in_one_line()}",
                *crash.places(error),
            ]
        ),
        to=output.notes,
    )


@contextlib.contextmanager
def _no_traceback() -> Iterator[None]:
    """Threads, finalizers and logs have their own ways to standard error: close them."""
    hooks = threading.excepthook, sys.unraisablehook
    threading.excepthook = lambda failed: tell_crash(failed.exc_value)
    sys.unraisablehook = lambda _failed: None
    try:
        with quiet_logs.silenced():
            yield
    finally:
        threading.excepthook, sys.unraisablehook = hooks
