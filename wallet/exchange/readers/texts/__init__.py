"""Texts, wherever they came from: their lines, names, and runs that look like keys. Pure."""
