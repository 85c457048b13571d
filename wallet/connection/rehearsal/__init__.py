"""A configuration run by the real nats-server before it is deployed."""
