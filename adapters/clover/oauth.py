"""Clover's OAuth: agreeing, and the pairs of tokens that end after half an hour.

https://docs.clover.com/dev/docs/generate-expiring-tokens-using-v2-oauth-flow

A refresh token is good for one use. Whoever calls `renew` sees to it that nobody else does at the same time; should
our process die between Clover's answer and keeping it, or the answer be lost, then the token we still have is the
one before the last, and Clover takes it as a recovery token.
https://docs.clover.com/dev/docs/refresh-access-tokens
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from adapters.base import App
from adapters.clover import wire
from adapters.clover.hosts import Hosts
from bot.kit.errors import NotAuthorised, OutcomeUnknown, Refused
from bot.kit.http import Answer, Http

FAILED = "CLOVER_OAUTH_FAILED"

RENEW_AHEAD = timedelta(minutes=5)
"""An access token lives for about half an hour; how long is said with each."""

_MERCHANT = re.compile(r"[A-Z0-9]{6,32}")
_TOKEN = re.compile(r"[\x21-\x7e]{8,4096}")


def auth_url(app: App, *, state: str, redirect_uri: str) -> str:
    """Where a merchant agrees."""
    asked = {
        "client_id": app.get("APP_ID"),
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "state": state,
    }
    return f"{Hosts.of(app).pages}/oauth/v2/authorize?{urlencode(asked)}"


async def exchange(http: Http, app: App, answer: Mapping[str, str]) -> dict[str, str]:
    """Tokens for what Clover's page sent back. Whose they are stands there only, not in what comes for the code."""
    merchant, code = answer.get("merchant_id", ""), answer.get("code", "")
    if not _MERCHANT.fullmatch(merchant) or not code:
        said = answer.get("error_description") or answer.get("error") or "it sent no code"
        raise Refused(f"Clover did not agree: {said[:200]}. Begin again, and choose Allow there.", code=FAILED)
    asked = {"client_id": app.get("APP_ID"), "client_secret": app.get("APP_SECRET"), "code": code}
    given = await _ask(http, app, "token", asked)
    try:
        return _tokens(wire.read(given, reading=False)) | {"merchant_id": merchant}
    except OutcomeUnknown:
        raise
    except Refused as no:
        raise Refused(f"{no.message} Begin again: a code is good for a few minutes, and once.", code=FAILED) from no


async def renew(http: Http, app: App, credentials: Mapping[str, str]) -> dict[str, str]:
    """The next pair, beside whatever else was kept. Raises NotAuthorised when Clover gives none any more."""
    refresh_token = credentials.get("refresh_token", "")
    if not refresh_token:
        raise NotAuthorised("These credentials cannot be renewed. Connect Clover again.", code=wire.PERMISSION_OVER)
    given = await _ask(http, app, "refresh", {"client_id": app.get("APP_ID"), "refresh_token": refresh_token})
    if given.status == 401 and _can_recover(given) and app.get("APP_SECRET"):
        given = await _ask(
            http,
            app,
            "recovery",
            {
                "client_id": app.get("APP_ID"),
                "client_secret": app.get("APP_SECRET"),
                "recovery_token": refresh_token,
            },
        )
    try:
        return {**credentials, **_tokens(wire.read(given, reading=False))}
    except Refused as no:
        raise NotAuthorised("Clover's permission has run out. Connect Clover again.", code=wire.PERMISSION_OVER) from no


def renew_at(credentials: Mapping[str, str]) -> datetime | None:
    """A while before the access token ends; None for a key that does not."""
    ends = expiry(credentials)
    return None if ends is None else ends - RENEW_AHEAD


def expiry(credentials: Mapping[str, str]) -> datetime | None:
    """When the access token ends; None when nobody said."""
    given = credentials.get("access_token_expiration", "")
    if "refresh_token" not in credentials or not re.fullmatch(r"[0-9]{1,12}", given):
        return None
    return datetime.fromtimestamp(int(given), UTC)


async def _ask(http: Http, app: App, what: str, asked: Mapping[str, str]) -> Answer:
    """JSON, and no form: that is answered 415."""
    return await wire.send(http, "POST", f"{Hosts.of(app).api}/oauth/v2/{what}", body=asked)


def _can_recover(given: Answer) -> bool:
    return given.headers.get("X-Clover-Recovery-Available", "true").strip().lower() != "false"


def _tokens(said: Mapping[str, Any]) -> dict[str, str]:
    tokens = {name: said.get(name) for name in ("access_token", "refresh_token")}
    if not all(isinstance(token, str) and _TOKEN.fullmatch(token) for token in tokens.values()):
        raise OutcomeUnknown("Clover did not say its tokens.", code="unreadable")
    ends = {name: _seconds(said.get(name)) for name in ("access_token_expiration", "refresh_token_expiration")}
    return {name: str(value) for name, value in {**tokens, **ends}.items() if value is not None}


def _seconds(value: Any) -> int | None:
    """Unix time as documented, in seconds; milliseconds, which Clover uses everywhere else, are understood, too."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**14:
        return None
    return value // 1000 if value >= 10**11 else value
