"""Whether NATS takes claims: `claim_flaws.flaws` says what is wrong with them, and where. Pure."""
