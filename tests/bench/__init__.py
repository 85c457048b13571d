"""How long what people wait for takes, and how that grows with the number of keys."""
