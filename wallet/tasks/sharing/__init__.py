"""Shares between accounts: exports, imports, activations, pairs."""
