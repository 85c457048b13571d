"""Secrets in buffers that can be wiped, and passphrases: how one is kept, made and judged."""
