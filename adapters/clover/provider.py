"""Clover as a payment provider: pages to pay on, made when the buyer comes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from adapters.base import (
    Account,
    App,
    Capability,
    Checkout,
    CheckoutOrder,
    CheckoutStyle,
    CredentialField,
    Keyring,
    PaymentProvider,
    PaymentState,
    ProviderPayment,
    ProviderRefund,
    Summary,
    SyncedRecord,
    SyncKind,
    Update,
)
from adapters.clover import client, oauth, records, webhooks
from adapters.clover.checkouts import SESSION, Checkouts
from adapters.clover.hosts import Hosts
from adapters.clover.merchants import Merchant
from adapters.clover.payments import Payments
from bot.domain.money import Money
from bot.kit.errors import BadInput
from bot.kit.http import Http
from bot.kit.pacing import Pace

_MERCHANT = re.compile(r"[A-Z0-9]{8,32}")
_KEY = re.compile(r"[A-Za-z0-9_.-]{8,255}")
_WEBHOOK_PLACE = "in the Clover dashboard under Settings › Ecommerce › Hosted Checkout"
_PLACE = "In the Clover dashboard under Settings › Ecommerce › Ecommerce API Tokens"


def _utc_now() -> datetime:
    return datetime.now(UTC)


_KEYS_PAGE = "https://docs.clover.com/dev/docs/ecommerce-api-tokens-and-oauth-api-tokens"
"""How a merchant makes a private key: that is in the dashboard, under an address of the merchant's own."""


class CloverProvider(PaymentProvider):
    """One Clover merchant, opened with a private key or with OAuth's tokens.

    There is no list of events (pages that are open are asked about instead), no invoice that lasts, and no way to give
    OAuth's permission back but uninstalling the app in Clover's dashboard.
    """

    name: ClassVar = "clover"
    display_name: ClassVar = "Clover"
    capabilities: ClassVar = frozenset(
        {
            Capability.CONNECT_BY_KEY,
            Capability.OAUTH,
            Capability.CHECKOUT,
            Capability.REFUND,
            Capability.SYNC,
            Capability.WEBHOOKS,
            Capability.ASK_PAYMENT,
        }
    )
    styles: ClassVar = (CheckoutStyle.CHECKOUT,)
    keys_page: ClassVar = _KEYS_PAGE
    credential_fields: ClassVar = (
        CredentialField(name="merchant_id", label="Merchant ID", example="ABCDE12345FGH", secret=False),
        CredentialField(name="private_key", label="Ecommerce private key", example="12345678-90ab-…"),
        CredentialField(
            name="webhook_secret", label="Hosted Checkout signing secret", example="12345678-90ab-…", required=False
        ),
    )
    app_settings: ClassVar = ("APP_ID", "APP_SECRET")
    states: ClassVar[Mapping[str, PaymentState]] = webhooks.STATES

    Settings = client.Settings

    def __init__(
        self,
        settings: client.Settings,
        *,
        keys: Keyring | None = None,
        clock: Callable[[], datetime] = _utc_now,
        pace: Pace | None = None,
    ) -> None:
        self._client = client.Client(settings, keys, clock, pace)
        self._merchant = Merchant(self._client, livemode=settings.livemode)
        self._payments = Payments(self._client, self._merchant)
        self._checkouts = Checkouts(self._client, self._merchant, self._payments, clock)

    @classmethod
    def open(cls, keys: Keyring, *, app: App, pace: Pace | None = None) -> CloverProvider:
        """A connection with the stored key, or with tokens that are renewed as they end."""
        settings = client.Settings(
            merchant_id=keys.credentials["merchant_id"],
            hosts=Hosts.of(app),
            app_id=app.get("APP_ID") if "refresh_token" in keys.credentials else "",
            livemode=app.get("ENVIRONMENT") != "sandbox",
        )
        return cls(settings, keys=keys, pace=pace)

    @classmethod
    def from_settings(cls, app: App) -> dict[str, str] | None:
        """CLOVER_MERCHANT_ID with CLOVER_PRIVATE_KEY, CLOVER_ACCESS_TOKEN (a merchant's API token), or both."""
        private_key, token = app.get("PRIVATE_KEY"), app.get("ACCESS_TOKEN")
        if not app.get("MERCHANT_ID") and not private_key and not token:
            return None
        Hosts.of(app)
        given = cls.check_credentials(
            {
                "merchant_id": app.get("MERCHANT_ID"),
                "private_key": private_key or token,
                "webhook_secret": app.get("WEBHOOK_SECRET"),
            }
        )
        return given | ({"access_token": token} if token else {})

    @classmethod
    def check_credentials(cls, given: Mapping[str, str]) -> dict[str, str]:
        """The merchant's id, the private key and perhaps the signing secret, cleaned."""
        clean = {
            field.name: re.sub(r"[\s\"'`\u200b-\u200d\u2060\ufeff]", "", given.get(field.name, ""))
            for field in cls.credential_fields
        }
        clean["merchant_id"] = clean["merchant_id"].upper()
        if not _MERCHANT.fullmatch(clean["merchant_id"]):
            raise BadInput(
                "A Clover merchant id has 13 letters and digits, as in the address of the dashboard: "
                "clover.com/dashboard/m/ABCDE12345FGH. Send it, then the private key."
            )
        if not _KEY.fullmatch(clean["private_key"]):
            raise BadInput(f"That is not a Clover private key. {_PLACE}, make one for Hosted Checkout and send it.")
        if clean["webhook_secret"] and not _KEY.fullmatch(clean["webhook_secret"]):
            raise BadInput(
                "That is not a signing secret. In the Clover dashboard under Settings › Ecommerce › Hosted Checkout, "
                "press Generate beside the webhook address and send what appears."
            )
        return {name: value for name, value in clean.items() if value}

    @classmethod
    def still_to_do(cls, credentials: Mapping[str, str], *, webhook_url: str) -> str:
        """A public address, and Clover's reports to it: it cannot be told where to send them but in its dashboard."""
        if not webhook_url:
            return (
                "Clover's pages end after a quarter of an hour, so they are opened when the buyer comes to ours. "
                "Set LIVE_ASSIST_PUBLIC_URL to where the world reaches me: until then nobody can pay by Clover."
            )
        if credentials.get("webhook_secret"):
            return f"Look once whether {_WEBHOOK_PLACE} the webhook address is {webhook_url}"
        if "refresh_token" in credentials:
            of_all = webhook_url.rpartition("/")[0]
            return (
                f"So that I hear of payments at once: {_WEBHOOK_PLACE} enter {of_all}, press Generate, and set "
                "CLOVER_WEBHOOK_SECRET to the signing secret."
            )
        return (
            f"So that I hear of payments at once: {_WEBHOOK_PLACE} enter {webhook_url}, press Generate, and connect "
            "again with the signing secret behind the private key."
        )

    # Connecting on Clover's own page

    @classmethod
    def auth_url(cls, app: App, *, state: str, verifier: str, redirect_uri: str) -> str:
        """Where the merchant agrees. The app's secret stays here, so there is no PKCE."""
        return oauth.auth_url(app, state=state, redirect_uri=redirect_uri)

    @classmethod
    async def exchange_code(
        cls, app: App, answer: Mapping[str, str], *, verifier: str, redirect_uri: str
    ) -> dict[str, str]:
        """A pair of tokens, and the merchant they are for."""
        http = Http()
        try:
            return await oauth.exchange(http, app, answer)
        finally:
            await http.close()

    @classmethod
    def renew_at(cls, credentials: Mapping[str, str]) -> datetime | None:
        """A few minutes before the access token ends."""
        return oauth.renew_at(credentials)

    @classmethod
    async def renew(cls, app: App, credentials: Mapping[str, str]) -> dict[str, str]:
        """The next pair of tokens; the one before is worth nothing any more."""
        http = Http()
        try:
            return await oauth.renew(http, app, credentials)
        finally:
            await http.close()

    async def revoke(self) -> None:
        """Nothing: Clover has no such call. The tokens are forgotten here, and end by themselves."""

    # Who it is

    async def test(self) -> Account:
        """Whose books these are."""
        return await self._merchant.account()

    async def summary(self) -> Summary:
        """The merchant; Clover tells no balance."""
        return Summary(account=await self.test())

    # Pages

    async def open_checkout(self, order: CheckoutOrder, *, key: str) -> Checkout:
        """A page for a quarter of an hour. Clover takes no key here: two calls are two pages, of which one is paid."""
        return await self._checkouts.open(order)

    async def ask_checkout(self, external_id: str) -> Checkout:
        """The page as it stands now."""
        return await self._checkouts.ask(external_id)

    async def close_checkout(self, external_id: str) -> Checkout:
        """How it stands: it cannot be closed, and is open until it ends by itself unless money was faster."""
        return await self._checkouts.ask(external_id)

    # Money

    async def ask_payment(self, payment_id: str) -> ProviderPayment:
        """One payment as it stands now."""
        return await self._payments.ask(payment_id)

    async def payments_of(
        self, external_id: str, style: CheckoutStyle = CheckoutStyle.INVOICE
    ) -> tuple[ProviderPayment, ...]:
        """The money that came on a page; or the payment itself, when that is what is named: pages are forgotten."""
        if SESSION.fullmatch(external_id):
            return await self._checkouts.payments(external_id)
        return (await self._payments.ask(external_id),)

    async def refund_payment(self, payment_id: str, amount: Money, *, key: str, reason: str) -> ProviderRefund:
        """Send money back, once per key."""
        return await self._payments.refund(payment_id, amount, key=key)

    async def ask_refund(self, refund_id: str) -> ProviderRefund:
        """The refund as it stands now."""
        return await self._payments.ask_refund(refund_id)

    # Books and reports

    async def list_records(
        self, kind: SyncKind, *, since: datetime | None, cursor: str | None
    ) -> tuple[list[SyncedRecord], str | None]:
        """Payments and customers; of invoices there are none."""
        return await records.read_page(self._client, self._payments, kind, since, cursor)

    @classmethod
    def read_webhook(
        cls, headers: Mapping[str, str], body: bytes, *, now: datetime, secrets: Sequence[str], url: str = ""
    ) -> list[Update]:
        """Verify and translate a webhook. Pure."""
        return webhooks.read(headers, body, now=now, secrets=secrets)

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()
