"""Does this server take this key? Connections, stage by stage, one or many."""
