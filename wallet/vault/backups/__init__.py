"""Older saves of a vault, kept as files: listed, and let go as the plan says. Opens none."""
