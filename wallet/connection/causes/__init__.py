"""Causes are made here of what a check saw, the likeliest first. Pure."""
