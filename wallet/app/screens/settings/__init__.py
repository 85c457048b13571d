"""Settings and keys, as a person chooses them."""
