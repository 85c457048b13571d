"""Accounts brought to running servers: compared, pushed, pulled, proved, revoked."""
