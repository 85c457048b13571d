"""The crash matrix: every system call of what changes a vault, killed and failed in turn."""
