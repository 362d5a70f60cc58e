"""Text from outside, made safe to keep: every script stays, what a database cannot store goes."""

from __future__ import annotations

import re

LONGEST_TEXT = 10_000
"""Characters; longer than any platform's longest comment."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """The text without NUL, with lone surrogates replaced, and cut where nobody reads on.

    PostgreSQL refuses NUL, both databases refuse lone surrogates: one such comment would fail a whole batch.
    """
    if "\0" in text:
        text = text.replace("\0", "")
    if not text.isascii():
        text = _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    return text[:LONGEST_TEXT]
