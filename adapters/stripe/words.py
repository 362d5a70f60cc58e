"""Text for Stripe: without what it refuses, and no longer than it takes."""

from __future__ import annotations

LONGEST_NAME = 250
LONGEST_METADATA = 500
"""https://docs.stripe.com/metadata#data"""


def short(text: str, longest: int) -> str:
    """The text without control characters and lone surrogates, cut with an ellipsis."""
    clean = "".join(char for char in text if (char >= " " or char == "\n") and not "\ud800" <= char <= "\udfff").strip()
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"
