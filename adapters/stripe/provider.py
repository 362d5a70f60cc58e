"""Stripe as a payment provider: which verb is done where."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, cast

import stripe

from adapters.base import (
    Account,
    App,
    Capability,
    Checkout,
    CheckoutOrder,
    CheckoutStyle,
    CredentialField,
    InvoiceOrder,
    Keyring,
    Listed,
    NotOffered,
    PaymentProvider,
    PaymentState,
    ProviderInvoice,
    ProviderPayment,
    ProviderRefund,
    ProviderSubscription,
    SubscriptionOrder,
    Summary,
    SyncedRecord,
    SyncKind,
    Update,
    WebhookEndpoint,
)
from adapters.stripe import (
    amounts,
    checkouts,
    client,
    events,
    invoices,
    links,
    oauth,
    payments,
    records,
    repeats,
    subscriptions,
    webhooks,
)
from adapters.stripe.platform import StripePlatform
from bot.domain.money import Money
from bot.kit.errors import BadInput, NotAuthorised, OutcomeUnknown, Refused
from bot.kit.pacing import Pace

if TYPE_CHECKING:
    from stripe.params import WebhookEndpointCreateParams

_SECRET_KEY = re.compile(r"(sk|rk)_(test|live)_[A-Za-z0-9_]{3,240}")
_KEYS_PAGE = "https://dashboard.stripe.com/apikeys"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class StripeProvider(PaymentProvider):
    """One Stripe account, opened with its secret key or through the platform it was connected to."""

    name: ClassVar = "stripe"
    display_name: ClassVar = "Stripe"
    capabilities: ClassVar = frozenset(
        {
            Capability.CONNECT_BY_KEY,
            Capability.OAUTH,
            Capability.INVOICE,
            Capability.CHECKOUT,
            Capability.PAYMENT_LINK,
            Capability.VOID,
            Capability.REFUND,
            Capability.STORED_METHOD,
            Capability.SUBSCRIPTIONS,
            Capability.PORTAL,
            Capability.SYNC,
            Capability.WEBHOOKS,
            Capability.OPEN_WEBHOOKS,
            Capability.TRACE,
            Capability.EVENTS,
            Capability.ACCOUNTS,
        }
    )
    styles: ClassVar = (CheckoutStyle.INVOICE, CheckoutStyle.CHECKOUT, CheckoutStyle.PAYMENT_LINK)
    credential_fields: ClassVar = (CredentialField(name="secret_key", label="Secret key", example="sk_test_…"),)
    app_settings: ClassVar = ("SECRET_KEY", "CLIENT_ID")
    keys_page: ClassVar = _KEYS_PAGE
    states: ClassVar[Mapping[str, PaymentState]] = webhooks.STATES

    Settings = client.Settings

    def __init__(
        self, settings: client.Settings, *, clock: Callable[[], datetime] = _utc_now, pace: Pace | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._livemode = "_live_" in settings.secret_key
        self._client = client.Client(settings, clock, pace)
        self._invoices = invoices.Invoices(self._client, clock)
        self._links = links.Links(self._client, clock)
        self._checkouts = checkouts.Checkouts(self._client, clock)
        self._payments = payments.Payments(self._client)
        self._subscriptions = subscriptions.Subscriptions(self._client, clock)

    @classmethod
    def open(cls, keys: Keyring, *, app: App, pace: Pace | None = None) -> StripeProvider:
        """A connection with the stored secret key, or for the stored account with the platform's.

        Raises NotAuthorised when the platform has no key any more.
        """
        given = keys.credentials
        if "secret_key" in given:
            return cls(client.Settings(secret_key=given["secret_key"], api_base=app.api_base), pace=pace)
        return cls(oauth.platform(app, given["account_id"]), pace=pace)

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
        """The account, what it has to pay out, and how much there is in its books."""
        return await records.summary_of(self._client, await self.test())

    @classmethod
    def auth_url(cls, app: App, *, state: str, verifier: str, redirect_uri: str) -> str:
        """Where the operator agrees; Stripe has no PKCE for platforms with a secret key."""
        return oauth.auth_url(app, state=state, redirect_uri=redirect_uri)

    @classmethod
    async def exchange_code(
        cls, app: App, answer: Mapping[str, str], *, verifier: str, redirect_uri: str
    ) -> dict[str, str]:
        """Whose account was connected; the platform's own key acts for it."""
        return await oauth.exchange(app, answer, _utc_now)

    async def revoke(self) -> None:
        """Take the platform's access away; an own key ends in the Dashboard only."""
        if self._client.for_account:
            await oauth.deauthorize(self._settings, self._clock)

    @classmethod
    def platform(cls, app: App) -> StripePlatform:
        """The platform's own account, by the key in STRIPE_SECRET_KEY."""
        key = app.get("SECRET_KEY")
        if not key:
            raise BadInput("Sellers can have Stripe accounts under this one when STRIPE_SECRET_KEY is set.")
        secret_key = cls.check_credentials({"secret_key": key})["secret_key"]
        return StripePlatform(client.Settings(secret_key=secret_key, api_base=app.api_base), clock=_utc_now)

    @classmethod
    def credentials_of(cls, account_id: str) -> dict[str, str]:
        """The account alone: its calls are made with the platform's key."""
        return {"account_id": account_id}

    async def place_invoice(self, order: InvoiceOrder) -> ProviderInvoice:
        """An invoice in four calls, or a link in one: once, however often this is called with the same order."""
        return await self._kept(order.style).place(order)

    async def ask_invoice(self, external_id: str, style: CheckoutStyle = CheckoutStyle.INVOICE) -> ProviderInvoice:
        """The invoice or link as it stands at Stripe now."""
        return await self._kept(style).ask(external_id)

    async def void_invoice(
        self, external_id: str, *, key: str, style: CheckoutStyle = CheckoutStyle.INVOICE
    ) -> ProviderInvoice:
        """Void an open invoice, delete a draft, close a link; answers "paid" when money was faster."""
        return await self._kept(style).close(external_id, key=key)

    async def pay_invoice(self, external_id: str, *, key: str) -> ProviderInvoice:
        """Charge an open invoice to the card its buyer left at Stripe."""
        return await self._invoices.pay(external_id, key=key)

    async def payments_of(
        self, external_id: str, style: CheckoutStyle = CheckoutStyle.INVOICE
    ) -> tuple[ProviderPayment, ...]:
        """The money that came for an invoice, a link, or a checkout."""
        return await self._payments.of(external_id, style)

    async def open_checkout(self, order: CheckoutOrder, *, key: str) -> Checkout:
        """A page to pay on for the next hours."""
        return await self._checkouts.open(order, key=key)

    async def ask_checkout(self, external_id: str) -> Checkout:
        """The page as it stands now."""
        return await self._checkouts.ask(external_id)

    async def close_checkout(self, external_id: str) -> Checkout:
        """Expire an open page; answers "paid" when money was faster."""
        return await self._checkouts.close(external_id)

    async def refund_payment(self, payment_id: str, amount: Money, *, key: str, reason: str) -> ProviderRefund:
        """Send money of a payment back."""
        return await self._payments.refund(payment_id, amount, key=key, reason=reason)

    async def ask_refund(self, refund_id: str) -> ProviderRefund:
        """The refund as it stands now."""
        return await self._payments.ask_refund(refund_id)

    async def open_subscription(self, order: SubscriptionOrder, *, key: str) -> ProviderSubscription:
        """Begin one, with a page for its first payment."""
        return await self._subscriptions.open(order, key=key)

    async def ask_subscription(self, external_id: str) -> ProviderSubscription:
        """As it stands now."""
        return await self._subscriptions.ask(external_id)

    async def change_subscription(self, external_id: str, change: str, *, key: str) -> ProviderSubscription:
        """Pause, resume or cancel it."""
        return await self._subscriptions.change(external_id, change, key=key)

    async def open_portal(self, customer_id: str, *, return_url: str) -> str:
        """A link to the buyer's own page. https://docs.stripe.com/api/customer_portal/sessions/create"""
        answer = await self._client.call(
            self._client.v1.billing_portal.sessions.create_async({"customer": customer_id, "return_url": return_url})
        )
        if not isinstance(answer.get("url"), str):
            raise OutcomeUnknown("Stripe did not say where the buyer's page is.", code="unreadable")
        return str(answer["url"])

    async def list_records(
        self, kind: SyncKind, *, since: datetime | None, cursor: str | None
    ) -> tuple[list[SyncedRecord], str | None]:
        """A page of Stripe's books."""
        return await records.page_of(self._client, kind, since=since, cursor=cursor)

    def _kept(self, style: CheckoutStyle) -> invoices.Invoices | links.Links:
        """Who makes what is placed and stays; raises NotOffered for a page, which is opened."""
        if style is CheckoutStyle.CHECKOUT:
            raise NotOffered("A checkout is opened when the buyer comes, and not placed.", code="checkout_is_opened")
        return self._links if style is CheckoutStyle.PAYMENT_LINK else self._invoices

    async def open_webhook(self, url: str, *, key: str) -> WebhookEndpoint:
        """Register `url` for the events we act on, written in the API version this code was tested with.

        Raises NotOffered for an account that is connected by Connect: the platform's own endpoint hears of it.
        """
        if self._client.for_account:
            raise NotOffered("Stripe reports on connected accounts to the platform's endpoint.", code="platform_hears")
        mark = {"live_assist_key": key}
        params: WebhookEndpointCreateParams = {
            "url": url,
            "enabled_events": cast("Any", list(webhooks.HEARD)),
            "api_version": cast("Any", stripe.api_version),
            "description": "Live Assist",
            "metadata": mark,
        }
        api = self._client.v1.webhook_endpoints

        failed = False

        async def nothing() -> None:
            """How an endpoint signs is said once: one whose answer is lost is of no use."""
            nonlocal failed
            failed = True

        answer = await repeats.once(self._client, key, lambda options: api.create_async(params, options), nothing)
        endpoint, secret = answer.get("id"), answer.get("secret")
        if not isinstance(endpoint, str) or not isinstance(secret, str):
            raise OutcomeUnknown("Stripe did not say how it will sign.", code="unreadable")
        for other in await repeats.every(self._client, api.list_async) if failed else ():
            if (other.get("metadata") or {}).items() >= mark.items() and repeats.id_of(other) != endpoint:
                await self.close_webhook(repeats.id_of(other))
        return WebhookEndpoint(id=endpoint, secret=secret)

    async def close_webhook(self, endpoint_id: str) -> None:
        """Have Stripe stop reporting; an endpoint that is gone is fine."""
        try:
            await self._client.call(self._client.v1.webhook_endpoints.delete_async(endpoint_id))
        except Refused as no:
            if no.code != "resource_missing":
                raise

    async def list_events(self, since: datetime, until: datetime | None = None) -> Sequence[Listed]:
        """What Stripe has on record, for the last 30 days."""
        return await events.between(self._client, since, until)

    async def find_invoice(self, payment_id: str) -> str | None:
        """The invoice, the link or the checkout that a payment intent was for."""
        return await events.paid_for(self._client, payment_id)

    @classmethod
    def read_webhook(
        cls, headers: Mapping[str, str], body: bytes, *, now: datetime, secrets: Sequence[str], url: str = ""
    ) -> list[Update]:
        """Verify and translate a webhook. Pure."""
        return webhooks.read(headers, body, now=now, secrets=secrets)

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()


def _account_name(answer: dict[str, Any]) -> str:
    """What the seller calls the account, from the most to the least telling."""
    settings, profile = answer.get("settings") or {}, answer.get("business_profile") or {}
    dashboard = settings.get("dashboard") or {}
    names = (dashboard.get("display_name"), profile.get("name"), answer.get("email"), answer.get("id"))
    return next((name for name in names if isinstance(name, str) and name), "Stripe")
