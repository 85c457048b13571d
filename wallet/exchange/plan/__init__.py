"""What an import would do to a vault, key by key, and doing it."""
