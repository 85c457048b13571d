"""Accounts' JWTs on running servers, looked at and brought there through the system account."""
