"""Opening the terminal app. Textual is loaded here and nowhere earlier."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from wallet.cli.openers import given_opener, key_file_name, uses_stdin
from wallet.cli.vault_access import accepted, path_of
from wallet.errors import UsageError
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.system.disk import paths
from wallet.tasks.demo import Demo


def open_app(arguments: Namespace) -> int:
    """`nkey-wallet`: the app on the vault; it leads through making one where there is none."""
    require_terminal()
    if uses_stdin(arguments):
        raise UsageError(
            "The app needs standard input for the keyboard: name a file, or let it ask."
        )
    from wallet.app.app import WalletApp

    path = path_of(arguments)
    paths.is_there(path)  # where that may not be told, nobody types a passphrase for nothing
    opener = given_opener(arguments, path)
    app = WalletApp(
        path,
        passphrase=opener if isinstance(opener, Passphrase) else None,
        code=opener if isinstance(opener, RecoveryCode) else None,
        key_file=key_file_name(arguments),
        accept=accepted(arguments),
        only_looking=arguments.read_only,
    )
    app.run()
    return app.return_code or 0


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
