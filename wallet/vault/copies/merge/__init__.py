"""Joining another file with a vault: what both hold together, planned by key and carried out."""
