"""Checking a key against a server, and explaining what came of it."""
