"""Commands that use a key on messages of the person's own, without showing its seed."""
