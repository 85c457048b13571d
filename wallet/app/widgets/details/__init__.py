"""Everything about one key, in tabs."""
