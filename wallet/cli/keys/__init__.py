"""The commands about keys themselves: made, named, shown, kept in order, rotated."""
