"""A configuration rewritten so that its server reaches nothing outside; what decides in it."""
