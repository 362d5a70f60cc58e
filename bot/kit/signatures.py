"""Webhook signatures: did these very bytes come from the service that claims to have sent them?

Pure functions over the raw body. Each takes several secrets, so that one can be rotated without losing an
event; an empty secret never verifies, because anyone can sign with it. Whatever a stranger puts in a header,
the answer is False, never an exception.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

TOLERANCE = timedelta(minutes=5)
"""How old a signed timestamp may be, or how far ahead of our clock: a replay is refused after it."""

_LONGEST_HEADER = 4096
_UNIX_SECONDS = re.compile(r"[0-9]{1,12}")


def verify_timestamped(
    header: str | None,
    body: bytes,
    *,
    secrets: Iterable[str],
    now: datetime,
    tolerance: timedelta = TOLERANCE,
) -> bool:
    """Stripe and Clover: `t=<unix>,v1=<hex>[,v1=<hex>…]`, over the timestamp, a dot and the body.

    https://docs.stripe.com/webhooks#verify-manually
    """
    if not header or len(header) > _LONGEST_HEADER:
        return False
    fields = [field.strip().partition("=") for field in header.split(",")]
    moments = [value for name, _, value in fields if name == "t"]
    if len(moments) != 1 or not _UNIX_SECONDS.fullmatch(moments[0]):
        return False
    if abs(now.timestamp() - int(moments[0])) > tolerance.total_seconds():
        return False
    given = [value for name, _, value in fields if name == "v1"]
    signed = moments[0].encode() + b"." + body
    return _any_matches(given, (_digest(secret, signed).hex() for secret in secrets if secret))


def verify_facebook(header: str | None, body: bytes, *, secrets: Iterable[str]) -> bool:
    """Facebook: `sha256=<hex>` in X-Hub-Signature-256, keyed with the app secret.

    https://developers.facebook.com/docs/messenger-platform/webhooks#validate-payloads
    """
    expected = ("sha256=" + _digest(secret, body).hex() for secret in secrets if secret)
    return _any_matches([header or ""], expected)


def verify_square(header: str | None, body: bytes, *, url: str, secrets: Iterable[str]) -> bool:
    """Square: base64 over the subscribed URL followed by the body; behind a proxy the URL is the public one.

    https://developer.squareup.com/docs/webhooks/step3validate
    """
    signed = url.encode("utf-8", "surrogatepass") + body
    expected = (base64.b64encode(_digest(secret, signed)).decode() for secret in secrets if secret)
    return _any_matches([header or ""], expected)


def verify_clover_app(header: str | None, *, secrets: Iterable[str]) -> bool:
    """Clover's app webhooks: the app's auth code itself, in X-Clover-Auth; the body is signed by nobody.

    https://docs.clover.com/dev/docs/webhooks
    """
    return _any_matches([header or ""], (secret for secret in secrets if secret))


def verify_telegram(header: str | None, *, secrets: Iterable[str]) -> bool:
    """Telegram: the secret token itself, in X-Telegram-Bot-Api-Secret-Token.

    https://core.telegram.org/bots/api#setwebhook
    """
    return _any_matches([header or ""], (secret for secret in secrets if secret))


def _digest(secret: str, signed: bytes) -> bytes:
    return hmac.digest(secret.encode("utf-8", "surrogatepass"), signed, sha256)


def _any_matches(given: list[str], expected: Iterable[str]) -> bool:
    # compare_digest raises on a non-ASCII str, so bytes; headers may carry surrogates from undecodable bytes.
    candidates = [text.encode("utf-8", "surrogatepass") for text in given]
    matches = False
    for right in expected:
        for candidate in candidates:
            matches |= hmac.compare_digest(right.encode("utf-8", "surrogatepass"), candidate)
    return matches
