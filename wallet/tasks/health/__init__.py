"""A look through the vault for what is wrong, and for what could be better."""
