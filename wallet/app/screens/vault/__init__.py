"""The dialogs about the vault itself: made, unlocked, looked after, brought back."""
