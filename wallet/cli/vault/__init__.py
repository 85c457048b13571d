"""The commands about the vault itself: made, looked through, copied, put back."""
