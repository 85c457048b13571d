"""The causes of what a check saw, the likeliest first. Pure."""
