"""`rotations`: what is still open of rotations."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import add_json
from wallet.cli.vault_access import unlock
from wallet.nats.claims.content import few
from wallet.tasks.rotation.open_steps import (
    going_on,
    lacking,
    open_steps,
    path_of,
    state_of,
    to_json,
)
from wallet.vault.db.parts.rotations import Rotation
from wallet.vault.records import Records

EXAMPLES = [
    "nkey-wallet rotations",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `rotations`."""
    add_json(command)


def run(arguments: Namespace) -> int:
    """`rotations`: each that has something open, with its steps, the oldest first."""
    with unlock(arguments) as vault:
        records = vault.records
        rotations = going_on(records)
        if arguments.json:
            output.as_json([to_json(records, one) for one in rotations])
            return 0
        for one in rotations:
            show(records, one)
    if not rotations:
        output.note("Nothing is open.")
    return 0


def show(records: Records, rotation: Rotation) -> None:
    """Print one rotation and its open steps."""
    gets = f", for {rotation.recipient}" if rotation.recipient else ""
    head = f"{path_of(records, rotation)}  {rotation.manner.value}{gets}"
    output.say(f"{head}: {state_of(records, rotation)}")
    output.columns([("  old", rotation.old), ("  new", rotation.new)])
    if urls := lacking(records, rotation):
        output.say(f"  not proved at: {few(urls)}")
    for step in open_steps(records, rotation):
        output.say(f"  {step.code}: {step.why}")
        output.say(f"      {step.fix}")
