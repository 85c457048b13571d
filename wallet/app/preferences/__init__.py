"""The settings, theme and keys that a person chose for the app."""
