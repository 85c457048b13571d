"""`completions`: what makes a shell complete commands, flags and files."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from importlib import resources

from wallet.cli import output

EXAMPLES = [
    "nkey-wallet completions bash > ~/.local/share/bash-completion/completions/nkey-wallet",
    "nkey-wallet completions zsh > ~/.zfunc/_nkey-wallet",
    "nkey-wallet completions fish > ~/.config/fish/completions/nkey-wallet.fish",
    "nkey-wallet completions powershell > nkey-wallet.ps1",
]
FILES = {
    "bash": "nkey-wallet.bash",
    "zsh": "_nkey-wallet",
    "fish": "nkey-wallet.fish",
    "powershell": "nkey-wallet.ps1",
}
"""The file for each shell, in `wallet/completions`."""


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `completions`."""
    command.description = (
        "Say what makes a shell complete commands, flags and files. The file goes into a directory "
        "that may have to be made: mkdir -p ~/.local/share/bash-completion/completions (bash), "
        "~/.zfunc (zsh, named in fpath before compinit) or ~/.config/fish/completions (fish). "
        "PowerShell takes it from any file that $PROFILE reads (. FILE), and bash from one that "
        "~/.bashrc reads."
    )
    command.add_argument("shell", choices=list(FILES), metavar="SHELL", help=", ".join(FILES))


def run(arguments: Namespace) -> int:
    """`completions SHELL`: the text that the shell reads."""
    file = resources.files("wallet").joinpath("completions", FILES[arguments.shell])
    output.exact(file.read_text(encoding="utf-8"))
    return 0
