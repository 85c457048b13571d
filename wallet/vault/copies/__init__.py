"""Other files of a vault, opened beside it: compared, restored, joined, rid of deleted seeds."""
