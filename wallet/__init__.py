"""nkey-wallet: a wallet for NATS keys that lives in the terminal."""

__version__ = "0.1.0"
