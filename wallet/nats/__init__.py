"""NATS's own texts: keys, JWTs, creds, configuration. Pure: no vault, no network."""
