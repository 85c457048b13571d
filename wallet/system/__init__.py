"""What differs between systems: locks, clipboard, process hardening, signals."""
