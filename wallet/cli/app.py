"""Opening the terminal app. Textual is loaded here and nowhere earlier."""

from __future__ import annotations

import gc
import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from wallet.cli import named_files
from wallet.errors import UsageError
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.system import silence
from wallet.system.disk import paths

if TYPE_CHECKING:
    from wallet.tasks.demo import Demo
    from wallet.vault.file.ways_in import Opener


def open_app(arguments: Namespace) -> int:
    """`nkey-wallet`: the app on the vault; it leads through making one where there is none."""
    require_terminal()
    if named_files.uses_stdin(arguments):
        raise UsageError(
            "The app needs standard input for the keyboard: name a file, or let it ask."
        )
    path = named_files.path_of(arguments)
    paths.is_there(path)  # where that may not be told, nobody types a passphrase for nothing
    if arguments.read_only:
        from wallet.cli.vault_access import require_there  # loads the vault, as above

        require_there(arguments, path)  # the app would make one, or bring a backup back
    silence.hide_typing()
    gc.disable()  # nothing is garbage yet; the app enables it when its first screen stands
    try:
        return _run(arguments, path)
    finally:
        gc.enable()
        silence.show_typing()


def _run(arguments: Namespace, path: Path) -> int:
    from wallet.app.app import WalletApp

    opener = _named_opener(arguments, path)
    app = WalletApp(
        path,
        passphrase=opener if isinstance(opener, Passphrase) else None,
        code=opener if isinstance(opener, RecoveryCode) else None,
        key_file=named_files.key_file_name(arguments),
        accept=named_files.accepted(arguments),
        only_looking=arguments.read_only,
    )
    app.run()
    return app.return_code or 0


def _named_opener(arguments: Namespace, path: Path) -> Opener | None:
    """The passphrase or recovery code in a file that was named, if one was."""
    if not (named_files.passphrase_file(arguments) or named_files.recovery_code_file(arguments)):
        return None
    from wallet.cli.openers import given_opener  # loads the vault, which the first paint waits for

    return given_opener(arguments, path)


def open_demo(demo: Demo) -> int:
    """The app on the vault of a running demo."""
    from wallet.app.app import WalletApp

    app = WalletApp(demo.path, passphrase=demo.passphrase(), demo=demo)
    app.run()
    return app.return_code or 0


def require_terminal() -> None:
    """Raise `UsageError` where there is no terminal for the app to run in."""
    if os.environ.get("TERM_PROGRAM") == "textual":  # as textual-serve sets it, app_service.py
        raise UsageError(
            "The wallet does not run in a browser: `textual serve` asks nobody who they are and "
            "lets every page that is open in the browser connect, so that others could use these "
            "keys. Run it in a terminal, on another machine by ssh."
        )
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "The app needs a terminal. For scripts there are commands: nkey-wallet --help."
        )
