"""Square as a payment provider: invoices that need no e-mail address, and payment links."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

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
    NotOffered,
    PaymentProvider,
    PaymentState,
    ProviderInvoice,
    ProviderPayment,
    ProviderRefund,
    Summary,
    SyncedRecord,
    SyncKind,
    Update,
    WebhookEndpoint,
)
from adapters.square import books, checkouts, client, invoices, links, oauth, payments, places, webhooks
from adapters.square.client import ONCE
from adapters.square.oauth import utc_now
from adapters.square.orders import fit
from bot.domain.money import Money
from bot.kit.errors import BadInput, NotAuthorised, OutcomeUnknown, Refused
from bot.kit.pacing import Pace

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{8,1024}")
"""What a bearer token is made of: Square promises no more. https://www.rfc-editor.org/rfc/rfc6750#section-2.1"""
_LOCATION = re.compile(r"[A-Za-z0-9_-]{1,32}")
_APPS_PAGE = "https://developer.squareup.com/apps"


class SquareProvider(PaymentProvider):
    """One location of one Square account, opened with its access token."""

    name: ClassVar = "square"
    display_name: ClassVar = "Square"
    capabilities: ClassVar = frozenset(
        {
            Capability.CONNECT_BY_KEY,
            Capability.OAUTH,
            Capability.INVOICE,
            Capability.CHECKOUT,
            Capability.PAYMENT_LINK,
            Capability.VOID,
            Capability.REFUND,
            Capability.SYNC,
            Capability.STOCK,
            Capability.WEBHOOKS,
            Capability.OPEN_WEBHOOKS,
            Capability.TRACE,
        }
    )
    styles: ClassVar = (CheckoutStyle.INVOICE, CheckoutStyle.PAYMENT_LINK)
    credential_fields: ClassVar = (
        CredentialField(name="access_token", label="Access token", example="EAAA…"),
        CredentialField(
            name="location_id",
            label="Location ID (only when you have several)",
            example="LH2G9WKY7DZ6M",
            secret=False,
            required=False,
        ),
    )
    keys_page: ClassVar = _APPS_PAGE
    app_settings: ClassVar = ("APPLICATION_ID",)
    webhook_setting: ClassVar = "WEBHOOK_SIGNATURE_KEY"
    states: ClassVar[Mapping[str, PaymentState]] = webhooks.STATES

    Settings = client.Settings

    def __init__(
        self,
        settings: client.Settings,
        *,
        keys: Keyring | None = None,
        clock: Callable[[], datetime] = utc_now,
        pace: Pace | None = None,
    ) -> None:
        self._settings = settings
        self._by_oauth = keys is not None and "refresh_token" in keys.credentials
        self._client = client.Client(settings, clock, pace, keys)
        self._places = places.Places(self._client)
        self._invoices = invoices.Invoices(self._client, self._places, clock)
        self._links = links.Links(self._client, self._places, self._invoices, clock)
        self._checkouts = checkouts.Checkouts(self._places, self._links, clock)
        self._payments = payments.Payments(self._client, self._invoices)
        self._books = books.Books(self._client, self._places)

    @classmethod
    def open(cls, keys: Keyring, *, app: App, pace: Pace | None = None) -> SquareProvider:
        """A connection with stored tokens."""
        return cls(client.Settings.of(app, keys.credentials), keys=keys, pace=pace)

    @classmethod
    def from_settings(cls, app: App) -> dict[str, str] | None:
        """The token in SQUARE_ACCESS_TOKEN, and the location in SQUARE_LOCATION_ID."""
        token = app.get("ACCESS_TOKEN")
        given = {"access_token": token, "location_id": app.get("LOCATION_ID")}
        return cls.check_credentials(given) if token else None

    @classmethod
    def check_credentials(cls, given: Mapping[str, str]) -> dict[str, str]:
        """Token and location as typed, cleaned; raises BadInput with what to send instead."""
        token, location = (
            re.sub(r"[\s\"'`\u200b-\u200d\u2060\ufeff]", "", given.get(name, ""))
            for name in ("access_token", "location_id")
        )
        if token.startswith(("sq0idp-", "sandbox-sq0idb-")):
            raise BadInput(f"That is the application ID. Send the access token, EAAA…, from {_APPS_PAGE}")
        if token.startswith(("sq0csp-", "sandbox-sq0csb-")):
            raise BadInput(f"That is the application secret. Send the access token, EAAA…, from {_APPS_PAGE}")
        if not _TOKEN.fullmatch(token):
            raise BadInput(f"That is not a Square access token. Copy the whole of it, EAAA…, from {_APPS_PAGE}")
        if location and not _LOCATION.fullmatch(location):
            raise BadInput(f"That is not the ID of a location. Copy it from {_APPS_PAGE}, under Locations.")
        return {"access_token": token} | ({"location_id": location} if location else {})

    async def test(self) -> Account:
        """Whose account this is, and whether its location can take cards. Raises Refused without a location."""
        return self._account(await self._places.ours())

    async def summary(self) -> Summary:
        """The account, its locations, and how many customers it has."""
        locations = await self._places.all()
        return Summary(
            account=self._account(places.choose(locations, self._settings.location_id)),
            customers=await self._books.count_customers(),
            locations=tuple(
                {
                    "id": str(one["id"]),
                    "name": str(one.get("name") or ""),
                    "status": str(one.get("status") or "").lower(),
                }
                for one in locations
            ),
        )

    # Connecting on Square's own page

    @classmethod
    def auth_url(cls, app: App, *, state: str, verifier: str, redirect_uri: str) -> str:
        """Square's page; with PKCE when there is no SQUARE_APPLICATION_SECRET."""
        return oauth.auth_url(app, state=state, verifier=verifier, redirect_uri=redirect_uri)

    @classmethod
    async def exchange_code(
        cls, app: App, answer: Mapping[str, str], *, verifier: str, redirect_uri: str
    ) -> dict[str, str]:
        """Tokens, whose they are, and the location that sells."""
        return await oauth.exchange_code(app, answer, verifier=verifier, redirect_uri=redirect_uri, clock=utc_now)

    @classmethod
    def renew_at(cls, credentials: Mapping[str, str]) -> datetime | None:
        """A week after they were given, three weeks before they end."""
        return oauth.renew_at(credentials)

    @classmethod
    async def renew(cls, app: App, credentials: Mapping[str, str]) -> dict[str, str]:
        """Newer tokens for the refresh token."""
        return await oauth.renew(app, credentials, clock=utc_now)

    async def revoke(self) -> None:
        """Give every token of this seller back.

        Square wants the application secret for that: without one, raises Refused unless the access is gone already.
        https://developer.squareup.com/reference/square/o-auth-api/revoke-token
        """
        api, secret = self._client.api.o_auth, self._settings.application_secret
        if not secret:
            with suppress(NotAuthorised):
                await self._client.call(lambda: api.retrieve_token_status(request_options=ONCE))
                raise Refused(
                    "Square lets us give the access back with the application secret only. Take it away yourself at "
                    "https://app.squareup.com/dashboard/apps/my-applications",
                    code="no_application_secret",
                )
            return
        options: Any = ONCE | {"additional_headers": {"Authorization": f"Client {secret}"}}
        try:
            await self._client.call(
                lambda: api.revoke_token(
                    client_id=self._settings.application_id,
                    access_token=self._client.access_token,
                    request_options=options,
                )
            )
        except Refused as no:
            if no.code != "NOT_FOUND":
                raise

    # Invoices and payment links

    async def place_invoice(self, order: InvoiceOrder) -> ProviderInvoice:
        """Customer, order, draft, publish; or one link: once, however often this is called with the same order."""
        deed = self._links if order.style is CheckoutStyle.PAYMENT_LINK else self._invoices
        return await deed.place(order)

    async def ask_invoice(self, external_id: str, style: CheckoutStyle = CheckoutStyle.INVOICE) -> ProviderInvoice:
        """The invoice, or the order of a link, as it stands now."""
        return await (self._links if style is CheckoutStyle.PAYMENT_LINK else self._invoices).ask(external_id)

    async def void_invoice(
        self, external_id: str, *, key: str, style: CheckoutStyle = CheckoutStyle.INVOICE
    ) -> ProviderInvoice:
        """Cancel an invoice, delete a draft or a link; answers "paid" when money was faster.

        Square takes no idempotency keys here: its versions see to it that it happens once.
        """
        return await (self._links if style is CheckoutStyle.PAYMENT_LINK else self._invoices).void(external_id)

    # Pages for somebody else's orders

    async def open_checkout(self, order: CheckoutOrder, *, key: str) -> Checkout:
        """A payment link for an order, once per key."""
        return await self._checkouts.open(order, key=key)

    async def ask_checkout(self, external_id: str) -> Checkout:
        """The page of an order as it stands now."""
        return await self._checkouts.ask(external_id)

    async def close_checkout(self, external_id: str) -> Checkout:
        """Delete the link; answers "paid" when money was faster."""
        return await self._checkouts.close(external_id)

    # Money

    async def payments_of(
        self, external_id: str, style: CheckoutStyle = CheckoutStyle.INVOICE
    ) -> tuple[ProviderPayment, ...]:
        """The payments of an invoice's or a link's order."""
        return await self._payments.of(external_id, style)

    async def refund_payment(self, payment_id: str, amount: Money, *, key: str, reason: str) -> ProviderRefund:
        """Send money of one payment back, once per key."""
        return await self._payments.refund(payment_id, amount, key=key, reason=reason)

    async def ask_refund(self, refund_id: str) -> ProviderRefund:
        """The refund as it stands now."""
        return await self._payments.ask_refund(refund_id)

    async def find_invoice(self, payment_id: str) -> str | None:
        """The invoice, or the order of a link or a page, that a payment was for."""
        return await self._payments.invoice_of(payment_id)

    # Square's books

    async def list_records(
        self, kind: SyncKind, *, since: datetime | None, cursor: str | None
    ) -> tuple[list[SyncedRecord], str | None]:
        """A page of customers, invoices or payments; payments over the counter are marked `in_person`."""
        return await self._books.records(kind, since, cursor)

    async def read_stock(self, external_ids: Sequence[str]) -> dict[str, int]:
        """How many of these catalogue variations are in stock at our location."""
        return await self._books.stock(external_ids)

    async def write_stock(self, external_id: str, quantity: int, *, at: datetime, key: str) -> None:
        """Book a count of one variation, once per key."""
        await self._books.set_stock(external_id, quantity, at=at, key=key)

    # Hearing

    async def open_webhook(self, url: str, *, key: str) -> WebhookEndpoint:
        """Subscribe `url` to the events we act on; only an application's own token may.

        Raises NotOffered for a connection by OAuth: the application's own subscription reports on all of those.

        https://developer.squareup.com/docs/webhooks/webhook-subscriptions-api
        """
        if self._by_oauth:
            raise NotOffered(
                "Square reports on connected sellers to the application's own subscription: set "
                "SQUARE_WEBHOOK_SIGNATURE_KEY. Until then I ask Square about every unpaid invoice.",
                code="application_subscription",
            )
        subscription: Any = {
            "name": "Live Assist",
            "event_types": sorted([*self.states, webhooks.REVOKED]),
            "notification_url": url,
            "api_version": client.VERSION,
        }
        answer = await self._client.call(
            lambda: self._client.api.webhooks.subscriptions.create(
                subscription=subscription, idempotency_key=fit(key), request_options=ONCE
            )
        )
        made = client.part(answer, "subscription")
        endpoint, secret = made.get("id"), made.get("signature_key")
        if not isinstance(endpoint, str) or not isinstance(secret, str):
            raise OutcomeUnknown("Square did not say how it will sign.", code="unreadable")
        return WebhookEndpoint(id=endpoint, secret=secret)

    async def close_webhook(self, endpoint_id: str) -> None:
        """Have Square stop reporting; a subscription that is gone is fine."""
        try:
            await self._client.call(
                lambda: self._client.api.webhooks.subscriptions.delete(endpoint_id, request_options=ONCE)
            )
        except Refused as no:
            if no.code != "NOT_FOUND":
                raise

    @classmethod
    def read_webhook(
        cls, headers: Mapping[str, str], body: bytes, *, now: datetime, secrets: Sequence[str], url: str = ""
    ) -> list[Update]:
        """Verify and translate a webhook. Pure."""
        return webhooks.read(headers, body, now=now, secrets=secrets, url=url)

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()

    def _account(self, location: dict[str, Any]) -> Account:
        currency, country = location.get("currency"), location.get("country")
        name = location.get("business_name") or location.get("name") or "Square"
        return Account(
            id=str(location.get("merchant_id") or ""),
            name=str(name),
            currency=currency.upper() if isinstance(currency, str) else None,
            livemode=self._settings.environment == "production",
            can_charge="CREDIT_CARD_PROCESSING" in (location.get("capabilities") or []),
            country=country if isinstance(country, str) else None,
        )
