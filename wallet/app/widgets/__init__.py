"""One widget a file; those of one kind have a room."""
