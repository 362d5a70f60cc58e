"""Connect: an operator gives the platform access to an account they have at Stripe, and takes it back.

The platform's own secret key then acts for that account; no other key is kept.
https://docs.stripe.com/connect/oauth-reference
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from adapters.base import App
from adapters.stripe.client import Client, Settings
from bot.kit.errors import NotAuthorised, OutcomeUnknown, Refused
from bot.kit.redact import HIDDEN

FAILED = "STRIPE_OAUTH_FAILED"
AUTHORIZE = "https://connect.stripe.com"


def platform(app: App, account_id: str = "") -> Settings:
    """The platform's own registration. Raises NotAuthorised while it has none."""
    if not app.get("SECRET_KEY"):
        raise NotAuthorised("This server has no Stripe platform: set STRIPE_SECRET_KEY.", code="not_configured")
    return Settings(
        secret_key=app.get("SECRET_KEY"),
        api_base=app.api_base,
        connect_base=app.get("CONNECT_BASE"),
        client_id=app.get("CLIENT_ID"),
        account_id=account_id,
    )


def auth_url(app: App, *, state: str, redirect_uri: str) -> str:
    """The page where the operator agrees."""
    base = (app.get("CONNECT_BASE") or app.api_base or AUTHORIZE).rstrip("/")
    asked = {
        "response_type": "code",
        "client_id": app.get("CLIENT_ID"),
        "scope": "read_write",
        "state": state,
        "redirect_uri": app.get("REDIRECT_URI") or redirect_uri,
    }
    return f"{base}/oauth/authorize?{urlencode(asked)}"


async def exchange(app: App, answer: Mapping[str, str], clock: Callable[[], datetime]) -> dict[str, str]:
    """What is kept of a connection: whose it is. Raises Refused for a code that is wrong, used or too old."""
    if not answer.get("code"):
        said = answer.get("error_description") or answer.get("error") or "it sent no code"
        raise Refused(f"Stripe was not connected: {said.rstrip('.')}. Begin again.", code=FAILED)
    client = Client(platform(app), clock)
    try:
        given = await client.connect("/oauth/token", grant_type="authorization_code", code=answer["code"])
    except NotAuthorised:
        raise
    except Refused as no:
        said = no.message.replace(answer["code"], HIDDEN)  # it may be good still, in the other mode
        raise Refused(f"{said} Begin again: the code is good once, for a few minutes.", code=FAILED) from None
    finally:
        await client.close()
    account = given.get("stripe_user_id")
    if not isinstance(account, str) or not account.startswith("acct_"):
        raise OutcomeUnknown("Stripe did not say which account was connected.", code="unreadable")
    return {"account_id": account, "livemode": "true" if given.get("livemode") is True else "false"}


async def deauthorize(settings: Settings, clock: Callable[[], datetime]) -> None:
    """Give the access back; one that is gone already is fine."""
    client = Client(replace(settings, account_id=""), clock)
    try:
        await client.connect("/oauth/deauthorize", client_id=settings.client_id, stripe_user_id=settings.account_id)
    except Refused as no:
        # The account is not connected to this platform (any more).
        if no.code != "invalid_client":
            raise
    finally:
        await client.close()
