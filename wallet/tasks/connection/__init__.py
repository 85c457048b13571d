"""Keys tried at servers: tested, rehearsed, and how it went kept with each."""
