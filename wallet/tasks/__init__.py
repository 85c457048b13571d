"""The work that the terminal app and the command line share, written once. No terminal in it."""
