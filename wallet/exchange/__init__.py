"""To and from the files of other programs: one module for each format."""
