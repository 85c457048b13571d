"""Other files of a vault, opened beside it: compared, restored, rid of deleted keys' seeds."""
