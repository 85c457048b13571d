"""The colours of the signs before results. They only underline what the sign itself says."""

from __future__ import annotations

from wallet.show.signs import Sign

STYLES = {
    Sign.GOOD: "$text-success",
    Sign.BAD: "$text-error",
    Sign.DOUBTFUL: "$text-warning",
    Sign.UNKNOWN: "$text-warning",
    Sign.NOT_NEEDED: "dim",
}


def styled(sign: Sign) -> tuple[str, str]:
    """A sign with its colour, as `Content.assemble` takes it."""
    return sign, STYLES[sign]
