"""What the terminal app and the command line both do, written once. No terminal in it."""
