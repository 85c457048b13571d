"""Reading keys and permissions out of a server's configuration."""
