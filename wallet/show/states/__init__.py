"""The states of keys, last tests and pushes, as the app and the command line both tell them."""
