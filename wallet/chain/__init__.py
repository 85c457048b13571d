"""A user's chain of trust: what it says, and what a server will object to in it. Pure."""

from wallet.chain.model import Chain, Objection, Weight
from wallet.chain.order import objections
from wallet.chain.words import describe

__all__ = ["Chain", "Objection", "Weight", "describe", "objections"]
