"""Everything that the terminal app and the command line show alike. No Textual."""
