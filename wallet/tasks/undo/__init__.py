"""Undoing what this window changed: in words, and as a change of its own."""
