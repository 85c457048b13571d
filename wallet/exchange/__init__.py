"""Keys to and from the files of other tools: one module for each outside format."""
