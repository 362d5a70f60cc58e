"""Square's SDK as we use it: one client per connection, our errors instead of its own.

It is loaded with the first connection: what it is built of takes a tenth of a start, and of the memory, and most shops
never ask Square for anything.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
from square.environment import SquareEnvironment

from adapters.base import App, FixedKeys, Keyring
from adapters.square.wire import Wire, seconds_to_wait
from bot.kit.errors import BadInput, Busy, NotAuthorised, OutcomeUnknown, OutsideError, Refused
from bot.kit.pacing import Pace
from bot.kit.redact import redact

if TYPE_CHECKING:
    from square.core.api_error import ApiError

Answer = dict[str, Any]

VERSION = "2026-09-16"
"""The Square-Version this code was written for. https://developer.squareup.com/docs/build-basics/versioning-overview"""

ONCE: Any = {"max_retries": 0}
"""For every call: the SDK would repeat it by itself, and does not know what it repeats."""

_CREDENTIALS = "https://developer.squareup.com/apps"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What it takes to talk to one Square account."""

    access_token: str = field(repr=False)
    application_id: str
    application_secret: str = field(repr=False)
    """Empty without one of our own: then nobody but the seller can take our access back."""
    location_id: str = ""
    """Empty: the only one that is active."""
    environment: str = "production"
    """production or sandbox."""
    api_base: str = ""
    """Where Square is; empty means the real one."""
    timeout: float = 20.0
    """Seconds for one call, from the first byte to the last."""

    @classmethod
    def of(cls, app: App, credentials: Mapping[str, str]) -> Settings:
        """From what the environment says, and one connection's credentials."""
        return cls(
            access_token=credentials.get("access_token", ""),
            application_id=app.get("APPLICATION_ID"),
            application_secret=app.get("APPLICATION_SECRET"),
            location_id=credentials.get("location_id", ""),
            environment=environment(app),
            api_base=app.api_base,
        )


def environment(app: App) -> str:
    """production, unless SQUARE_ENVIRONMENT says sandbox: a token does not tell where it belongs.

    Raises BadInput for anything else, as whoever mistypes sandbox is not to sell for real money.
    """
    said = app.get("ENVIRONMENT").strip().lower() or "production"
    if said not in ("production", "sandbox"):
        raise BadInput(f"SQUARE_ENVIRONMENT is production or sandbox, not {said!r}.")
    return said


def base_of(settings: Settings) -> str:
    """Where the API is, without a trailing slash."""
    known = SquareEnvironment.SANDBOX if settings.environment == "sandbox" else SquareEnvironment.PRODUCTION
    return settings.api_base.rstrip("/") or str(known.value)


def after(cursor: str | None) -> dict[str, Any]:
    """Where a list goes on; at its beginning, nothing, for Square takes no null."""
    return {"cursor": cursor} if cursor else {}


def part(answer: Answer, name: str) -> Answer:
    """The object an answer is about; raises OutcomeUnknown when it holds none."""
    found = answer.get(name)
    if not isinstance(found, dict):
        raise OutcomeUnknown(f"Square's answer has no {name}.", code="unreadable")
    return found


def rows(answer: Answer, name: str) -> list[Answer]:
    """The objects of a list; none when there is no such list."""
    found = answer.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


class KeySpent(OutcomeUnknown):
    """Square knows this idempotency key with other contents: what was asked for first may exist."""


class NotPermitted(NotAuthorised):
    """The token is good, but may not do this."""


class Client:
    """The official client for one connection."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        pace: Pace | None = None,
        keys: Keyring | None = None,
    ) -> None:
        from square import AsyncSquare

        self.settings = settings
        self._clock = clock
        self._keys = keys or FixedKeys({"access_token": settings.access_token})
        account = self._keys.credentials.get("merchant_id") or settings.access_token
        self._http = httpx.AsyncClient(
            transport=Wire(settings.timeout, clock, pace, account),
            headers={"Accept-Encoding": "identity"},  # a small answer that unpacks into a huge one is no answer
            follow_redirects=False,
            timeout=settings.timeout,
        )
        self.api = AsyncSquare(
            token=(lambda: self.access_token) if self.access_token else None,  # nobody is connected yet
            base_url=base_of(settings),
            httpx_client=self._http,
            version=VERSION,
        )

    @property
    def access_token(self) -> str:
        """The token as it is now."""
        return self._keys.credentials.get("access_token", "")

    async def call(self, request: Callable[[], Awaitable[Any]]) -> Answer:
        """What Square answers, as plain data; raises one of `bot.kit.errors`.

        A token that has expired is renewed, and the request made once more: Square has done nothing for the old one.
        """
        before = self._keys.credentials
        try:
            return await self._ask(request)
        except NotAuthorised as no:
            if isinstance(no, NotPermitted) or "refresh_token" not in before:
                raise
            renewed = await self._keys.renew(before)
            if renewed.get("access_token") == before.get("access_token"):
                raise
        return await self._ask(request)

    async def pages(self, request: Callable[[dict[str, Any]], Awaitable[Any]]) -> AsyncIterator[Answer]:
        """A list page by page; `request` is given what says where it goes on."""
        cursor: str | None = None
        while True:
            page = await self.call(partial(request, after(cursor)))
            yield page
            cursor = page.get("cursor")
            if not cursor:
                return

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def _ask(self, request: Callable[[], Awaitable[Any]]) -> Answer:
        from square.core.api_error import ApiError
        from square.core.pagination import AsyncPager

        try:
            model = await request()
        except ApiError as error:
            raise translate(error, self._clock()) from None  # the original quotes the whole answer
        except (TypeError, ValueError, AttributeError):  # quotes what it stumbled over
            raise OutcomeUnknown("Square's answer could not be understood.", code="unreadable") from None
        if isinstance(model, AsyncPager):
            model = model.response
        answer: Answer = model.model_dump(warnings=False)
        if answer.get("errors"):
            raise OutcomeUnknown("Square said yes and no at once.", code="unreadable")
        return answer


def translate(error: ApiError, now: datetime) -> OutsideError:
    """Our error for Square's: the class says what to do next, the message what to tell the seller.

    https://developer.squareup.com/docs/build-basics/general-considerations/handling-errors
    """
    status = error.status_code or 0
    first = error.errors[0]
    code, category = str(first.code or f"http_{status}"), str(first.category or "")
    said = redact(str(first.detail or (error.body or {}).get("message") or "no reason given")).strip().rstrip(".")

    if status == 429 or category == "RATE_LIMIT_ERROR":
        wait = seconds_to_wait(error.headers or {}, now)
        return Busy(f"Square is busy: {said}.", code=code, retry_after=wait)
    if code == "IDEMPOTENCY_KEY_REUSED":
        return KeySpent(f"Square knows this request with other contents: {said}.", code=code)
    if code in ("INSUFFICIENT_SCOPES", "FORBIDDEN") or status == 403:
        return NotPermitted(
            f"Square does not let this connection do that: {said}. Connect it again and agree to everything asked.",
            code=code,
        )
    if status == 401 or category == "AUTHENTICATION_ERROR":
        return NotAuthorised(
            f"Square does not accept this access any more. Connect it again, or copy a new token from {_CREDENTIALS}",
            code=code,
        )
    if status >= 500 or status == 408:
        return OutcomeUnknown(f"Square failed (HTTP {status}): {said}.", code=code)
    if status == 409 and code != "VERSION_MISMATCH":
        return Busy(f"Square is still working on the same thing: {said}.", code=code)
    if 400 <= status < 500:
        return Refused(f"Square refused: {said}. {_ADVICE.get(code, _ADVICE_ELSE)}", code=code)
    return OutcomeUnknown(f"Square's answer (HTTP {status}) could not be read.", code=code)


_ADVICE_ELSE = "Look it up in the Square Dashboard, then try again."
# https://developer.squareup.com/reference/square/enums/ErrorCode
_ADVICE = {
    "CURRENCY_MISMATCH": "Sell in the currency of your Square location.",
    "INVALID_LOCATION": "Connect Square again with one of your active locations.",
    "LOCATION_MISMATCH": "Connect Square again with the right location.",
    "MERCHANT_SUBSCRIPTION_NOT_FOUND": "Your Square plan does not include this.",
    "NOT_FOUND": "It was deleted at Square, or belongs to another account.",
    "PAYMENT_NOT_REFUNDABLE": "Give the money back another way and note it here.",
    "REFUND_AMOUNT_INVALID": "Refund no more than what is left of the payment.",
    "VERSION_MISMATCH": "Somebody changed it at the same moment. Try again.",
}
