"""The lock: when it falls by itself, and what is kept over it or forgotten with it."""
