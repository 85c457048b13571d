"""`demo`: the app on a throwaway vault, with a nats-server that knows some of its keys."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli.app import open_demo, require_terminal
from wallet.tasks import demo

EXAMPLES = ["nkey-wallet demo"]


def add_arguments(_command: ArgumentParser) -> None:
    """`demo` has no flags but those of every command."""


def run(_arguments: Namespace) -> int:
    """`demo`: what it makes is gone when the app is left."""
    require_terminal()
    with demo.running() as running:
        return open_demo(running)
