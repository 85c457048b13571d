"""The commands about what a key may do: its claims, revocations, and what accounts share."""
