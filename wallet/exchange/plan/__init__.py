"""The plan of an import, key by key, and carrying it out."""
