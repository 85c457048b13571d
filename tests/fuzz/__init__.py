"""Every reader of bytes from outside, given altered ones: `python -m tests.fuzz`.

A module here is one reader:

    SEEDS: list[bytes]                          what is altered
    WORDS: tuple[bytes, ...]                    what is put in whole
    SOURCES: tuple[ModuleType, ...]             whose lines guide the search
    def read(data: bytes, place: Path) -> None  reads it; files may be made in the empty `place`

`read` lets through what is a fault, and nothing else: our own errors it expects.
"""
