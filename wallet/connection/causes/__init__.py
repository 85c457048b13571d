"""From what a check saw to the causes of it, likeliest first. Pure."""
