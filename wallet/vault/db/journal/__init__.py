"""The history's entries: written for every change, bound to each other by hashes, united."""
