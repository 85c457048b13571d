"""The parts that the records have: each about some of the tables."""
