"""The dialogs that ask servers: tests, pushes, and rehearsals of a configuration."""
