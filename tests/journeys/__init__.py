"""Everyday tasks, replayed by keys, each with the number of presses that it may take."""
