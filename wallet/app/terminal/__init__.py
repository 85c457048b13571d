"""The terminal that the app runs in: what is sent to it, what comes from it, and its last words."""
