"""The dialogs about one key: made, changed, rotated, deleted, its seed shown."""
