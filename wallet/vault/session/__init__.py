"""An unlocked vault in memory: opened from its file, held, changed by turns, saved again."""
