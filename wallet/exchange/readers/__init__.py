"""What other tools write, read: one module for each outside format."""
