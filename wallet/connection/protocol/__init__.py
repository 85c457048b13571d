"""Talking to a server that is not trusted: bytes, TLS, what it says of itself."""
