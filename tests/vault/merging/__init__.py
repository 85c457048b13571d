"""Joining two vaults: worlds of random changes, and what holds of them."""
