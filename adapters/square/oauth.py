"""Connecting on Square's own page: who asks for what, the tokens for a code, and newer ones before they end.

https://developer.squareup.com/docs/oauth-api/overview
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from adapters.base import App
from adapters.square.client import ONCE, Answer, Client, Settings, base_of, part
from adapters.square.payments import moment
from adapters.square.places import CODE, Places, choose
from bot.kit.errors import NotAuthorised, OutcomeUnknown, Refused

SCOPES = (
    "MERCHANT_PROFILE_READ",
    "CUSTOMERS_READ",
    "CUSTOMERS_WRITE",
    "ORDERS_READ",
    "ORDERS_WRITE",
    "INVOICES_READ",
    "INVOICES_WRITE",
    "PAYMENTS_READ",
    "PAYMENTS_WRITE",
    "PAYMENTS_WRITE_ADDITIONAL_RECIPIENTS",
    "DISPUTES_READ",
    "INVENTORY_READ",
    "INVENTORY_WRITE",
)
"""https://developer.squareup.com/docs/oauth-api/square-permissions"""

RENEW_BEFORE_END = timedelta(days=22)
"""Tokens last 30 days, and Square asks to renew them every seven or fewer: there is time for many tries.

https://developer.squareup.com/docs/oauth-api/refresh-revoke-limit-scope
"""


def auth_url(app: App, *, state: str, verifier: str, redirect_uri: str) -> str:
    """Where the operator agrees. Without a secret of our own, the code can be used by whoever knows `verifier` only."""
    settings = Settings.of(app, {})
    asked = {"client_id": settings.application_id, "scope": " ".join(SCOPES), "state": state}
    if settings.environment == "production":
        asked["session"] = "false"  # so that nobody connects whatever account happens to be open in the browser
    if redirect_uri:
        asked["redirect_uri"] = redirect_uri
    if not settings.application_secret:
        asked["code_challenge"] = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return f"{base_of(settings)}/oauth2/authorize?{urlencode(asked)}"


async def exchange_code(
    app: App,
    answer: Mapping[str, str],
    *,
    verifier: str,
    redirect_uri: str,
    clock: Callable[[], datetime],
) -> dict[str, str]:
    """Tokens for the code that came back, and the location that sells. Raises Refused when Square takes it not."""
    if problem := answer.get("error"):
        said = answer.get("error_description") or problem
        raise Refused(f"Square was not connected: {said.replace('_', ' ')[:200]}.", code=problem[:60])
    if not answer.get("code"):
        raise Refused("Square sent no code back. Begin again.", code="no_code")
    settings = Settings.of(app, {})
    proof = (
        {"client_secret": settings.application_secret} if settings.application_secret else {"code_verifier": verifier}
    )
    back = {"redirect_uri": redirect_uri} if redirect_uri else {}
    try:
        given = await _tokens(settings, clock, grant_type="authorization_code", code=answer["code"], **proof, **back)
    except NotAuthorised as no:
        raise Refused(
            "Square gave no access: the code was used or is older than five minutes, or SQUARE_APPLICATION_ID and "
            "SQUARE_APPLICATION_SECRET are not of one application. Begin again.",
            code=no.code,
        ) from None
    return given | await _location(app, given, clock)


async def renew(app: App, credentials: Mapping[str, str], *, clock: Callable[[], datetime]) -> dict[str, str]:
    """Newer tokens: with a secret under the same refresh token, without one under a new one.

    Raises NotAuthorised when Square gives none any more.
    """
    settings = Settings.of(app, {})
    proof = {"client_secret": settings.application_secret} if settings.application_secret else {}
    try:
        given = await _tokens(
            settings, clock, grant_type="refresh_token", refresh_token=credentials.get("refresh_token", ""), **proof
        )
    except NotAuthorised as no:
        raise NotAuthorised(
            "Square's permission has run out, or was taken back there. Connect Square again.", code=no.code
        ) from None
    return {**credentials, **given}


def renew_at(credentials: Mapping[str, str]) -> datetime | None:
    """About a week after they were given; a personal token does not end."""
    end = moment(credentials.get("expires_at"))
    return end - RENEW_BEFORE_END if end and credentials.get("refresh_token") else None


async def _tokens(settings: Settings, clock: Callable[[], datetime], **asked: Any) -> dict[str, str]:
    client = Client(settings, clock)
    try:
        answer = await client.call(
            lambda: client.api.o_auth.obtain_token(client_id=settings.application_id, **asked, request_options=ONCE)
        )
    finally:
        await client.close()
    return _read(answer)


def _read(answer: Answer) -> dict[str, str]:
    names = ("access_token", "refresh_token", "expires_at", "merchant_id", "refresh_token_expires_at")
    given = {name: answer[name] for name in names if isinstance(answer.get(name), str) and answer[name]}
    if not {"access_token", "refresh_token", "merchant_id"} <= given.keys():
        raise OutcomeUnknown("Square's answer holds no token.", code="unreadable")
    return given


async def _location(app: App, given: Mapping[str, str], clock: Callable[[], datetime]) -> dict[str, str]:
    """Where they sell: the one in the settings, the only one, or their main one, as nobody can be asked here."""
    client = Client(Settings.of(app, given), clock)
    try:
        locations = await Places(client).all()
        try:
            return {"location_id": str(choose(locations, app.get("LOCATION_ID"))["id"])}
        except Refused as no:
            if no.code != CODE:
                raise
        merchant = await client.call(lambda: client.api.merchants.get("me", request_options=ONCE))
        main = part(merchant, "merchant").get("main_location_id") or ""
        return {"location_id": str(choose(locations, str(main))["id"])}
    finally:
        await client.close()


def utc_now() -> datetime:
    """The time as it is."""
    return datetime.now(UTC)
