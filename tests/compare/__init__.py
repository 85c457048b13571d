"""What the wallet says, compared with the programs that decide: `python -m tests.compare`."""
