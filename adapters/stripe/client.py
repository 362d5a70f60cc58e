"""Stripe's SDK as we use it: one client per key or connected account, our errors instead of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import stripe

from adapters.stripe.pacing import Pacing
from adapters.stripe.wire import Answered, Wire, seconds_to_wait
from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, OutsideError, Refused
from bot.kit.pacing import Pace
from bot.kit.redact import redact


@dataclass(frozen=True)
class Settings:
    """What it takes to talk to one Stripe account."""

    secret_key: str = field(repr=False)
    api_base: str = ""
    """Where Stripe is; empty means the real one."""
    timeout: float = 20.0
    """Seconds for one call, from the first byte to the last."""
    account_id: str = ""
    """An account that gave our platform access (Connect): the key is the platform's and acts for it."""
    connect_base: str = ""
    """Where connections are made and taken back; empty means the real place, or `api_base` when that is set."""
    client_id: str = ""
    """The platform's own id, ca_…, as accounts that connect know it."""


class KeySpent(OutcomeUnknown):
    """Stripe keeps a useless answer under this idempotency key: asking under it again only repeats it."""

    def __init__(
        self, message: str, *, code: str, failed_now: bool, again: bool = True, retry_after: float | None = None
    ) -> None:
        super().__init__(message, code=code, again=again)
        self.failed_now = failed_now
        """Whether Stripe failed just now, and not at an earlier try whose failure it repeats."""
        self.retry_after = retry_after
        """In how many seconds Stripe wants to be asked again, where it says so."""


class NotPermitted(NotAuthorised):
    """The key is good, but may not do this."""


class Client:
    """The official client for one key."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime], pace: Pace | None = None) -> None:
        self._clock = clock
        self._wire = Wire(settings.timeout, clock, Pacing(pace, settings.secret_key) if pace else None)
        self.for_account = bool(settings.account_id)
        """Whether the platform's key acts for a connected account: only then can there be a platform's fee."""
        bases = {"api": settings.api_base, "connect": settings.connect_base or settings.api_base}
        self._stripe = stripe.StripeClient(
            settings.secret_key,
            http_client=self._wire,
            max_network_retries=0,  # whoever retries must know what is being asked
            stripe_account=settings.account_id or None,
            base_addresses=cast("Any", {name: base.rstrip("/") for name, base in bases.items() if base}),
        )
        self.v1 = self._stripe.v1

    async def call(self, request: Awaitable[stripe.StripeObject]) -> dict[str, Any]:
        """What Stripe answers, as plain data; raises one of `bot.kit.errors`."""
        try:
            response = (await request).last_response
        except stripe.StripeError as error:
            raise translate(error, self._clock()) from error
        assert response is not None, "this object is an answer"
        return _said(response)

    async def connect(self, path: str, **given: str) -> dict[str, Any]:
        """What the place answers where connections are made; raises one of `bot.kit.errors`."""
        try:
            response = await self._stripe.raw_request_async("post", path, base="connect", **given)
        except stripe.StripeError as error:
            raise translate(error, self._clock()) from error
        return _said(response)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._wire.close_async()


def _said(response: stripe.StripeResponse) -> dict[str, Any]:
    assert isinstance(response.headers, Answered), "the wire has read it"
    return response.headers.answer


def translate(error: stripe.StripeError, now: datetime) -> OutsideError:
    """Our error for Stripe's: the class says what to do next, the message what to tell the seller.

    https://docs.stripe.com/api/errors
    """
    status = error.http_status or 0
    # Only some of the SDK's classes fill in `code`; the envelope always has it.
    code = error.code or getattr(error.error, "code", None) or getattr(error.error, "type", None) or ""
    code = str(code or f"http_{status}")
    # A bank's own reason says more than that it declined. https://docs.stripe.com/api/errors#errors-decline_code
    why = str(getattr(error.error, "decline_code", None) or "") if isinstance(error, stripe.CardError) else ""
    said = redact(str(error.user_message or "no reason given")).strip().rstrip(".")
    headers = error.headers or {}
    # Where Stripe says itself whether to try again, its word counts more than the status.
    # https://docs.stripe.com/error-low-level#retries
    word = str(headers.get("Stripe-Should-Retry", "")).strip().lower()
    wait, again = seconds_to_wait(headers, now), word != "false"

    if isinstance(error, stripe.RateLimitError) or status == 429:
        # lock_timeout, too: another call was busy with the same object. https://docs.stripe.com/rate-limits
        return Busy(f"Stripe is busy: {said}.", code=code, retry_after=wait, again=again)
    if status == 409:
        return Busy(f"Stripe is still working on the same request: {said}.", code=code, retry_after=wait, again=again)
    if word == "true" and status in (400, 402, 404):
        return Busy(f"Stripe could not do it just now: {said}.", code=code, retry_after=wait)
    if isinstance(error, stripe.IdempotencyError):
        return KeySpent(f"Stripe knows this request with other contents: {said}.", code=code, failed_now=False)
    if status == 401:
        return NotAuthorised(
            "Stripe does not accept this key. Make a new one at https://dashboard.stripe.com/apikeys and "
            "connect it again.",
            code=code,
        )
    if status == 403:
        return NotPermitted(f"Stripe does not let this key do that: {said}.", code=code)
    if status in (400, 402, 404):
        return Refused(f"Stripe refused: {said}. {_ADVICE.get(why) or _ADVICE.get(code) or _ADVICE_ELSE}", code=code)
    if status >= 500:
        # Stripe stores its failures under the key. https://docs.stripe.com/api/idempotent_requests
        replayed = str(headers.get("Idempotent-Replayed", "")).lower() == "true"
        return KeySpent(
            f"Stripe failed (HTTP {status}): {said}.",
            code=code,
            failed_now=not replayed,
            again=again,
            retry_after=None if replayed else wait,
        )
    return OutcomeUnknown(f"Stripe's answer (HTTP {status}) could not be read.", code=code)


_ADVICE_ELSE = "Look it up in the Stripe Dashboard, then try again."
# https://docs.stripe.com/error-codes and https://docs.stripe.com/declines/codes
SEND_THE_LINK = "Send the buyer their link: they can confirm it, or pay with something else, on that page."
_ADVICE = {
    "account_invalid": "Connect the account again.",
    "amount_too_large": "Split the invoice into smaller ones.",
    "amount_too_small": "Add an item or raise a price.",
    "authentication_required": f"The bank wants the buyer to confirm this themselves. {SEND_THE_LINK}",
    "card_declined": SEND_THE_LINK,
    "charge_already_refunded": "There is nothing left of it to send back.",
    "expired_card": SEND_THE_LINK,
    "insufficient_funds": SEND_THE_LINK,
    "invoice_payment_intent_requires_action": f"The bank wants the buyer to confirm this themselves. {SEND_THE_LINK}",
    "charge_not_allowed": "Finish activating the account in the Stripe Dashboard.",
    "resource_missing": "It was deleted at Stripe, or belongs to another account or mode.",
    "testmode_charges_only": "Activate the account in the Stripe Dashboard, or use its test key.",
    "url_invalid": "Stripe needs a public https address.",
}
