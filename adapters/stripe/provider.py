"""Stripe as a payment provider: hosted invoices that need no e-mail address."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

import stripe

from adapters.base import (
    Account,
    App,
    Capability,
    CheckoutStyle,
    CredentialField,
    InvoiceOrder,
    Keyring,
    PaymentProvider,
    PaymentState,
    PaymentUpdate,
    ProviderInvoice,
    Summary,
    Update,
    WebhookEndpoint,
)
from adapters.stripe import amounts, client, events, invoices, webhooks
from adapters.stripe.amounts import from_stripe
from bot.kit.errors import BadInput, NotAuthorised, OutcomeUnknown, Refused
from bot.kit.pacing import Pace

_SECRET_KEY = re.compile(r"(sk|rk)_(test|live)_[A-Za-z0-9_]{6,240}")
_KEYS_PAGE = "https://dashboard.stripe.com/apikeys"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class StripeProvider(PaymentProvider):
    """One Stripe account, opened with its secret key."""

    name: ClassVar = "stripe"
    display_name: ClassVar = "Stripe"
    capabilities: ClassVar = frozenset(
        {
            Capability.CONNECT_BY_KEY,
            Capability.INVOICE,
            Capability.VOID,
            Capability.WEBHOOKS,
            Capability.OPEN_WEBHOOKS,
            Capability.TRACE,
            Capability.EVENTS,
        }
    )
    styles: ClassVar = (CheckoutStyle.INVOICE,)
    credential_fields: ClassVar = (CredentialField(name="secret_key", label="Secret key", example="sk_test_…"),)
    states: ClassVar[Mapping[str, PaymentState]] = webhooks.STATES

    Settings = client.Settings

    def __init__(
        self, settings: client.Settings, *, clock: Callable[[], datetime] = _utc_now, pace: Pace | None = None
    ) -> None:
        self._livemode = "_live_" in settings.secret_key
        self._client = client.Client(settings, clock, pace)
        self._invoices = invoices.Invoices(self._client, clock)

    @classmethod
    def open(cls, keys: Keyring, *, app: App, pace: Pace | None = None) -> StripeProvider:
        """A connection with the stored secret key."""
        return cls(client.Settings(secret_key=keys.credentials["secret_key"], api_base=app.api_base), pace=pace)

    @classmethod
    def from_settings(cls, app: App) -> dict[str, str] | None:
        """The key in STRIPE_SECRET_KEY."""
        key = app.get("SECRET_KEY")
        return cls.check_credentials({"secret_key": key}) if key else None

    @classmethod
    def check_credentials(cls, given: Mapping[str, str]) -> dict[str, str]:
        """The key as typed, cleaned; raises BadInput with what to send instead."""
        clean = re.sub(r"[\s\"'`\u200b-\u200d\u2060\ufeff]", "", given.get("secret_key", ""))
        if _SECRET_KEY.fullmatch(clean):
            return {"secret_key": clean}
        if clean.startswith("pk_"):
            raise BadInput(f"That is the publishable key. Send the secret one, sk_…, from {_KEYS_PAGE}")
        if clean.startswith("whsec_"):
            raise BadInput(f"That is a webhook secret. Send the secret key, sk_…, from {_KEYS_PAGE}")
        if clean.startswith(("sk_", "rk_")):
            raise BadInput(f"That key is not complete. Copy the whole of it from {_KEYS_PAGE}")
        raise BadInput(f"That is not a Stripe key. Send the secret key, sk_…, from {_KEYS_PAGE}")

    @classmethod
    def least_charge(cls, currency: str) -> int:
        """Stripe's minimum for this currency."""
        return amounts.least_charge(currency)

    async def test(self) -> Account:
        """Whose account this is.

        A restricted key may lack the right to say so. Then the balance proves that it works, and the
        account's id stays empty, for want of any other place to learn it.
        """
        try:
            answer = await self._client.call(self._client.v1.accounts.retrieve_current_async())
        except Refused as refusal:
            if isinstance(refusal, NotAuthorised) and not isinstance(refusal, client.NotPermitted):
                raise
            await self._client.call(self._client.v1.balance.retrieve_async())
            return Account(id="", name="Stripe", currency=None, livemode=self._livemode, can_charge=True)
        currency = answer.get("default_currency")
        return Account(
            id=str(answer.get("id") or ""),
            name=_account_name(answer),
            currency=currency.upper() if isinstance(currency, str) else None,
            livemode=self._livemode,
            can_charge=answer.get("charges_enabled") is True,
        )

    async def summary(self) -> Summary:
        """The account, and what it has to pay out."""
        balance = await self._client.call(self._client.v1.balance.retrieve_async())
        return Summary(
            account=await self.test(),
            balance=tuple(from_stripe(part["amount"], part["currency"]) for part in balance.get("available") or []),
        )

    async def place_invoice(self, order: InvoiceOrder) -> ProviderInvoice:
        """Customer, draft, lines, finalise: once, however often this is called with the same order."""
        return await self._invoices.place(order)

    async def ask_invoice(self, external_id: str, style: CheckoutStyle = CheckoutStyle.INVOICE) -> ProviderInvoice:
        """The invoice as it stands at Stripe now."""
        return await self._invoices.ask(external_id)

    async def void_invoice(
        self, external_id: str, *, key: str, style: CheckoutStyle = CheckoutStyle.INVOICE
    ) -> ProviderInvoice:
        """Void an open invoice, delete a draft; answers "paid" when money was faster."""
        return await self._invoices.void(external_id, key=key)

    async def open_webhook(self, url: str, *, key: str) -> WebhookEndpoint:
        """Register `url` for the events we act on, written in the API version this code was tested with."""
        answer = await self._client.call(
            self._client.v1.webhook_endpoints.create_async(
                {
                    "url": url,
                    "enabled_events": cast("Any", sorted(self.states)),
                    "api_version": cast("Any", stripe.api_version),
                    "description": "Live Assist",
                },
                {"idempotency_key": key},
            )
        )
        endpoint, secret = answer.get("id"), answer.get("secret")
        if not isinstance(endpoint, str) or not isinstance(secret, str):
            raise OutcomeUnknown("Stripe did not say how it will sign.", code="unreadable")
        return WebhookEndpoint(id=endpoint, secret=secret)

    async def close_webhook(self, endpoint_id: str) -> None:
        """Have Stripe stop reporting; an endpoint that is gone is fine."""
        try:
            await self._client.call(self._client.v1.webhook_endpoints.delete_async(endpoint_id))
        except Refused as no:
            if no.code != "resource_missing":
                raise

    async def list_events(self, since: datetime, until: datetime | None = None) -> list[PaymentUpdate]:
        """What Stripe has on record, for the last 30 days."""
        return await events.between(self._client, since, until)

    async def find_invoice(self, payment_id: str) -> str | None:
        """The invoice that a payment intent was for."""
        return await events.invoice_of(self._client, payment_id)

    @classmethod
    def read_webhook(
        cls, headers: Mapping[str, str], body: bytes, *, now: datetime, secrets: Sequence[str], url: str = ""
    ) -> list[Update]:
        """Verify and translate a webhook. Pure."""
        return [*webhooks.read(headers, body, now=now, secrets=secrets)]

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()


def _account_name(answer: dict[str, Any]) -> str:
    """What the seller calls the account, from the most to the least telling."""
    settings, profile = answer.get("settings") or {}, answer.get("business_profile") or {}
    dashboard = settings.get("dashboard") or {}
    names = (dashboard.get("display_name"), profile.get("name"), answer.get("email"), answer.get("id"))
    return next((name for name in names if isinstance(name, str) and name), "Stripe")
