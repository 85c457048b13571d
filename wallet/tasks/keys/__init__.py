"""Changes of the keys in a vault: new ones, moved, deleted, many at once; and what one may."""
