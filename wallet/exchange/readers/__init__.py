"""Readers of what other tools write: a module for each format; `formats` has the table."""
