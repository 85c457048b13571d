"""Older saves of a vault, kept as files: listed, pruned, copied and restored."""
