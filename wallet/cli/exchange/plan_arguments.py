"""The flags about the plan of an import, for the commands that import."""

from __future__ import annotations

from argparse import ArgumentParser


def add_plan_arguments(command: ArgumentParser) -> None:
    """Declare the flags about the plan of an import."""
    command.add_argument("--dry-run", action="store_true", help="say what would happen, no more")
    command.add_argument(
        "--on-conflict",
        choices=["keep", "take", "both"],
        help="what the vault and a file do not agree on: keep the vault's, take the file's, or "
        "both, a new key whose name is taken becoming NAME-2 (without it: asked on a terminal)",
    )
