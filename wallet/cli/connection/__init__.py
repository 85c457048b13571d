"""The commands that ask servers, or are about their configurations."""
