"""Fields and boxes of forms."""
