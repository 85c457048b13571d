"""The differences between systems: files, locks, clipboard, process hardening, signals."""
