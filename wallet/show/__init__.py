"""What the terminal app and the command line both show alike. No Textual."""
