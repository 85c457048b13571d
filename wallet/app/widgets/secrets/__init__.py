"""Widgets for secrets: typed, pasted, shown, and copied for a while."""
