"""The JWTs of the keys in a vault: issued, signed again, and by whom."""
