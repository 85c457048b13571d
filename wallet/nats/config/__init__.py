"""nats-server's configuration language: read as the server reads it, and written."""
