"""A provider for tests, played from its books: a till that is connected by key or on its own page, and has records."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self
from urllib.parse import urlencode

from adapters.base import (
    Account,
    AccountState,
    AccountUpdate,
    App,
    Capability,
    CheckoutStyle,
    CredentialField,
    InvoiceOrder,
    Keyring,
    Notice,
    PaymentProvider,
    PaymentState,
    PaymentUpdate,
    ProviderInvoice,
    SubscriptionUpdate,
    Summary,
    SyncedRecord,
    SyncKind,
    Update,
    WebhookEndpoint,
)
from bot.domain.money import Money
from bot.kit.errors import BadInput, Forged, NotAuthorised, Refused
from bot.kit.pacing import Pace

GOOD = "till_secret_0f3a9b7c5d1e"
"""The key of a shop that has an account at the till."""


@dataclass
class Books:
    """Everything the till knows; a test looks in and changes it."""

    account: Account = field(
        default_factory=lambda: Account(
            id="shop_1", name="Corner shop", currency="USD", livemode=False, can_charge=True
        )
    )
    refuses: Exception | None = None
    """What every call meets."""
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Codes that can be exchanged: (verifier's hash, redirect_uri)."""
    orders: list[InvoiceOrder] = field(default_factory=list)
    paid: set[str] = field(default_factory=set)
    charged: list[str] = field(default_factory=list)
    """Idempotency keys of charges."""
    pays: ProviderInvoice | Exception | None = None
    records: dict[SyncKind, list[SyncedRecord]] = field(default_factory=dict)
    since: dict[SyncKind, datetime | None] = field(default_factory=dict)
    webhooks: dict[str, str] = field(default_factory=dict)
    revoked: int = 0
    renewals: int = 0


class Till(PaymentProvider):
    """One account at the till."""

    name: ClassVar = "till"
    display_name: ClassVar = "Till"
    capabilities: ClassVar = frozenset(
        {
            Capability.CONNECT_BY_KEY,
            Capability.OAUTH,
            Capability.INVOICE,
            Capability.STORED_METHOD,
            Capability.SYNC,
            Capability.WEBHOOKS,
            Capability.OPEN_WEBHOOKS,
        }
    )
    styles: ClassVar = (CheckoutStyle.INVOICE,)
    credential_fields: ClassVar = (
        CredentialField(name="access_token", label="Access token", example="till_secret_…"),
        CredentialField(name="location_id", label="Location", example="L1", secret=False, required=False),
    )
    app_settings: ClassVar = ("CLIENT_ID",)
    states: ClassVar = {"paid": PaymentState.PAID}
    books: ClassVar[Books] = Books()

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys

    @classmethod
    def open(cls, keys: Keyring, *, app: App, pace: Pace | None = None) -> Self:
        return cls(keys)

    @classmethod
    def check_credentials(cls, given: Mapping[str, str]) -> dict[str, str]:
        token = given.get("access_token", "").strip()
        if not token.startswith("till_secret_"):
            raise BadInput("That is not a token of the till. Copy it from its settings.")
        return {**given, "access_token": token}

    def _check(self) -> None:
        if self.books.refuses is not None:
            raise self.books.refuses
        credentials = self._keys.credentials
        if credentials["access_token"] != GOOD:
            raise NotAuthorised(f"The till does not know {credentials['access_token']}.", code="UNAUTHORIZED")
        if credentials.get("location_id", "L1") != "L1":
            raise Refused("There is no such location.", code="TILL_LOCATION_NOT_FOUND")

    async def test(self) -> Account:
        self._check()
        return self.books.account

    async def summary(self) -> Summary:
        self._check()
        return Summary(
            account=self.books.account,
            customers=3,
            open_invoices=len(self.books.orders) - len(self.books.paid),
            balance=(Money(12_345, "USD"),),
            locations=({"id": "L1", "name": "Corner", "status": "ACTIVE"},),
        )

    async def close(self) -> None:
        pass

    @classmethod
    def auth_url(cls, app: App, *, state: str, verifier: str, redirect_uri: str) -> str:
        challenge = hashlib.sha256(verifier.encode()).hexdigest()
        asked = {
            "client_id": app.get("CLIENT_ID"),
            "state": state,
            "challenge": challenge,
            "redirect_uri": redirect_uri,
        }
        return f"https://till.example/agree?{urlencode(asked)}"

    @classmethod
    async def exchange_code(
        cls, app: App, answer: Mapping[str, str], *, verifier: str, redirect_uri: str
    ) -> dict[str, str]:
        if cls.books.codes.pop(answer["code"], None) != (hashlib.sha256(verifier.encode()).hexdigest(), redirect_uri):
            raise Refused(f"The code {answer['code']} is not known.", code="invalid_grant")
        return {"access_token": GOOD, "refresh_token": "till_refresh_1", "ends": "2026-12-01T00:00:00+00:00"}

    @classmethod
    def renew_at(cls, credentials: Mapping[str, str]) -> datetime | None:
        return datetime.fromisoformat(credentials["ends"]) if "ends" in credentials else None

    @classmethod
    async def renew(cls, app: App, credentials: Mapping[str, str]) -> dict[str, str]:
        if cls.books.refuses is not None:
            raise cls.books.refuses
        cls.books.renewals += 1
        ends = datetime.fromisoformat(credentials["ends"]) + timedelta(days=7)
        return {
            "access_token": GOOD,
            "refresh_token": f"till_refresh_{cls.books.renewals + 1}",
            "ends": ends.isoformat(),
        }

    async def revoke(self) -> None:
        self.books.revoked += 1

    async def place_invoice(self, order: InvoiceOrder) -> ProviderInvoice:
        self._check()
        self.books.orders.append(order)
        return self._invoice(f"till_{order.invoice_id}", order.total)

    async def ask_invoice(self, external_id: str, style: CheckoutStyle = CheckoutStyle.INVOICE) -> ProviderInvoice:
        self._check()
        order = next(one for one in self.books.orders if f"till_{one.invoice_id}" == external_id)
        return self._invoice(external_id, order.total)

    def _invoice(self, external_id: str, total: Money) -> ProviderInvoice:
        paid = external_id in self.books.paid
        return ProviderInvoice(
            external_id=external_id,
            customer_id=None,
            url=f"https://till.example/pay/{external_id}",
            state="paid" if paid else "open",
            total=total,
            amount_paid=total.amount if paid else 0,
        )

    async def pay_invoice(self, external_id: str, *, key: str) -> ProviderInvoice:
        self.books.charged.append(key)
        if isinstance(self.books.pays, Exception):
            raise self.books.pays
        self.books.paid.add(external_id)
        return await self.ask_invoice(external_id)

    async def list_records(
        self, kind: SyncKind, *, since: datetime | None, cursor: str | None
    ) -> tuple[list[SyncedRecord], str | None]:
        self._check()
        self.books.since[kind] = since
        start = int(cursor or 0)
        there = self.books.records.get(kind, [])
        return there[start : start + 2], str(start + 2) if len(there) > start + 2 else None

    async def open_webhook(self, url: str, *, key: str) -> WebhookEndpoint:
        endpoint = WebhookEndpoint(id=f"hook_{len(self.books.webhooks) + 1}", secret="till_hook_secret_77aa")
        self.books.webhooks[endpoint.id] = url
        return endpoint

    async def close_webhook(self, endpoint_id: str) -> None:
        self.books.webhooks.pop(endpoint_id, None)

    @classmethod
    def read_webhook(
        cls, headers: Mapping[str, str], body: bytes, *, now: datetime, secrets: Sequence[str], url: str = ""
    ) -> list[Update]:
        given = headers.get("X-Till", "").encode("utf-8", "replace")
        if not any(secret and hmac.compare_digest(sign(body, secret).encode(), given) for secret in secrets):
            raise Forged
        return [_update(json.loads(body))]


def sign(body: bytes, secret: str) -> str:
    """What the till sends along with a webhook."""
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def _update(told: dict[str, Any]) -> Update:
    happened_at = datetime.fromisoformat(told["at"]) if "at" in told else datetime.now(UTC)
    common: dict[str, Any] = {"provider": "till", "event_id": told["id"], "kind": told["kind"]}
    whose: dict[str, Any] = {
        "account_id": told.get("account"), "happened_at": happened_at, "livemode": False, "raw": told,
    }  # fmt: skip
    if told["kind"] in ("disconnected", "changed"):
        return AccountUpdate(**common, **whose, state=AccountState(told["kind"]))
    if told["kind"] == "subscription":
        return SubscriptionUpdate(**common, **whose, external_id=told["external_id"], status=told["status"])
    if told["kind"] == "notice":
        return Notice(**common, text=told["text"])
    return PaymentUpdate(
        **common,
        **whose,
        state=Till.states.get(told["kind"], PaymentState.UNKNOWN),
        external_id=told.get("external_id"),
        workspace_uid=told.get("workspace_uid"),
        invoice_id=None,
        amount=Money(told["amount"], "USD") if "amount" in told else None,
        reason=None,
    )
