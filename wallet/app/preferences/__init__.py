"""What a person chose for the app: settings, theme and keys."""
