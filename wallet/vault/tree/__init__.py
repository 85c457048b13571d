"""The tree of keys as it is shown: folded, filtered, line by line. No terminal in it."""
