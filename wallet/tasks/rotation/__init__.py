"""Rotation: another key takes the place of one, in steps that each are one change of the vault."""
