"""A user's chain of trust: what it says, and what a server will object to in it. Pure."""

from wallet.chain.model import Chain, Objection, Weight
from wallet.chain.order import objections
from wallet.chain.words import describe, own_words

__all__ = ["Chain", "Objection", "Weight", "describe", "objections", "own_words"]
