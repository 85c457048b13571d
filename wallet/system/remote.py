"""Whether the person sits at another machine than this one."""

from __future__ import annotations

from collections.abc import Mapping


def over_ssh(environment: Mapping[str, str]) -> bool:
    """Whether the environment is one that an SSH server gave."""
    return bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"))
