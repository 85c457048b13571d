"""Files and the volumes that they lie on: written durably, locked, owned, read within bounds."""
