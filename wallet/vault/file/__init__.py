"""The vault's file: its bytes, unlocking it, saving it, and what it descends from."""
