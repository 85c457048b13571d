"""Dialogs about all marked keys: one question for all of them, and one change."""
