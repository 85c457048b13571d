"""Whether NATS takes claims: `whole.flaws` says what is wrong with them, and where. Pure."""
