"""Secrets stay out of what people read: whatever looks like one is blotted out of every line."""

from __future__ import annotations

import logging
import re

HIDDEN = "…"

_NAMES = "token|secret|secret_key|appsecret_proof|api_?key|password|passwd"
"""A name that ends in one of these has a value that is nobody's business."""

_SECRETS: tuple[re.Pattern[str], ...] = (
    # Stripe keys and webhook secrets.
    re.compile(r"(?P<keep>\b(?:(?:sk|rk)_(?:test|live)_|whsec_))[A-Za-z0-9_+/=-]{3,}"),
    # Telegram bot tokens: in the path of every API call, and on their own.
    re.compile(r"(?P<keep>/bot[0-9]+(?::|%3A))[A-Za-z0-9_-]+", re.IGNORECASE),
    re.compile(r"(?P<keep>(?<![0-9A-Za-z])[0-9]{5,}(?::|%3A))[A-Za-z0-9_-]{30,}", re.IGNORECASE),
    # Facebook and Square access tokens, Square's refresh tokens and secrets, JSON web tokens.
    re.compile(r"(?P<keep>\bE[AQ]AA?)[A-Za-z0-9_-]{16,}"),
    re.compile(r"(?P<keep>\bsq0[a-z]{3}-)[A-Za-z0-9_-]{6,}"),
    re.compile(r"(?P<keep>(?<![A-Za-z0-9_-])eyJ)[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"),
    # Ours: what opens the API, and where a buyer pays.
    re.compile(r"(?P<keep>(?<![A-Za-z0-9_-])la_)[A-Za-z0-9_-]{40,}"),
    re.compile(r"(?P<keep>/pay/)[A-Za-z0-9_-]{16,}"),
    # Authorization headers, passwords in addresses, named values in queries, JSON and repr.
    re.compile(r"(?P<keep>\b(?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=:-]{6,}", re.IGNORECASE),
    re.compile(r"(?P<keep>://[^/\s:@]*:)[^/\s@]+(?=@)"),
    re.compile(
        rf"(?P<keep>(?:{_NAMES})[\"']?\s?(?:=|%3D|:(?=[\s\"']))\s?[\"']?)[^\s\"'&,;)}}\]<>]+",
        re.IGNORECASE,
    ),
)


def redact(text: str) -> str:
    """The text with everything that looks like a credential blotted out; the rest is untouched."""
    for secret in _SECRETS:
        text = secret.sub(rf"\g<keep>{HIDDEN}", text)
    return text


class RedactingFormatter(logging.Formatter):
    """Writes what another formatter writes, redacted: message, arguments, traceback and extras alike."""

    def __init__(self, inner: logging.Formatter | None = None) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        """The whole entry as it goes out, without its secrets."""
        return redact(self._inner.format(record))


def install() -> None:
    """Redact what the root logger's handlers write. Call it once logging is configured; twice is fine."""
    for handler in logging.getLogger().handlers:
        if not isinstance(handler.formatter, RedactingFormatter):
            handler.setFormatter(RedactingFormatter(handler.formatter))
