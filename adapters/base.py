"""The contract every payment provider fulfils: declare first, then a handful of verbs.

Errors are those of `bot.kit.errors`: Unreachable and Busy mean nothing happened, OutcomeUnknown means ask,
Refused means no (with the provider's reason in words a seller understands), NotAuthorised means the key is dead.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from bot.domain.invoice import Line
from bot.domain.money import Money
from bot.kit.pacing import Pace


class Capability(StrEnum):
    """What a provider can do here; what is not declared is not shown."""

    CONNECT_BY_KEY = "connect_by_key"
    INVOICE = "invoice"
    VOID = "void"
    WEBHOOKS = "webhooks"
    EVENTS = "events"
    """What happened can be read afterwards, whether or not a webhook told us."""


class PaymentState(StrEnum):
    """A fact a provider told us about an invoice; UNKNOWN is kept and never acted on."""

    PAID = "paid"
    PARTLY_PAID = "partly_paid"
    FAILED = "failed"
    VOIDED = "voided"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly_refunded"
    DISPUTED = "disputed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose books these credentials open."""

    id: str
    name: str
    currency: str | None
    """ISO 4217, upper case; None when the provider does not say."""
    livemode: bool
    can_charge: bool


@dataclass(frozen=True, kw_only=True)
class WebhookEndpoint:
    """A webhook address registered at the provider, with the secret it signs with."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class InvoiceOrder:
    """An invoice to be placed at the provider; everything that makes its idempotency keys is in here."""

    workspace_uid: str
    invoice_id: int
    attempt: int
    number: str
    """Our own number, shown to the buyer in the memo."""
    show_title: str
    buyer_id: int
    buyer_name: str
    buyer_handle: str
    customer_id: str | None
    """The provider's customer, when this buyer already has one in this account."""
    currency: str
    lines: tuple[Line, ...]
    memo: str
    external_id: str | None
    """The provider's invoice, when an earlier try got that far."""
    first_tried_at: datetime
    """When the first call under these keys was made; keys older than the provider keeps them are not reused blindly."""


@dataclass(frozen=True, kw_only=True)
class ProviderInvoice:
    """An invoice as the provider has it."""

    external_id: str
    customer_id: str | None
    url: str | None
    """The page where the buyer pays; None while it is a draft."""
    state: str
    """draft, open, paid or void, whatever the provider calls them."""
    total: Money
    amount_paid: int
    """Minor units."""


@dataclass(frozen=True, kw_only=True)
class PaymentUpdate:
    """A normalised fact from a webhook, or from the provider's list of events; the same event is the same update."""

    provider: str
    event_id: str
    kind: str
    """The provider's own name for the event."""
    state: PaymentState
    account_id: str | None
    """The connected account the event belongs to, when it says."""
    external_id: str | None
    """The provider's invoice; None when the event names only a payment."""
    payment_id: str | None = None
    """The provider's payment, for an event about money that was paid before: `find_invoice` knows its invoice."""
    workspace_uid: str | None
    invoice_id: int | None
    """Ours, from the metadata we left there; the invoice is ours only when the workspace is."""
    amount: Money | None
    reason: str | None
    """Why a payment failed or is disputed, in the provider's words."""
    happened_at: datetime
    livemode: bool
    raw: Mapping[str, Any] = field(repr=False)


class PaymentProvider(ABC):
    """One connection to one account of one provider. Class attributes first: they are what varies."""

    name: ClassVar[str]
    display_name: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]]
    states: ClassVar[Mapping[str, PaymentState]]
    """The provider's event names we act on; anything else is PaymentState.UNKNOWN."""

    @classmethod
    @abstractmethod
    def open(cls, credentials: Mapping[str, str], *, api_base: str = "", pace: Pace | None = None) -> Self:
        """A connection with stored credentials.

        `api_base` points it elsewhere than at the real service; `pace` is shared by everybody who calls the same
        account, and without it nothing is held back.
        """

    @classmethod
    @abstractmethod
    def check_key(cls, key: str) -> str:
        """The key as an operator typed it, cleaned. Raises BadInput with what to send instead."""

    @classmethod
    def least_charge(cls, currency: str) -> int:
        """The least it charges, in minor units; anything above nothing, unless a provider knows better."""
        return 1

    @abstractmethod
    async def test(self) -> Account:
        """Ask the provider whose account this is. Raises NotAuthorised when the key is not accepted."""

    @abstractmethod
    async def place_invoice(self, order: InvoiceOrder) -> ProviderInvoice:
        """Make the invoice exist and be payable, once, however often this is called with the same order.

        An order with an unpriced line is left a draft with no URL. Raises Refused with the reason.
        """

    @abstractmethod
    async def ask_invoice(self, external_id: str) -> ProviderInvoice:
        """The invoice as it stands at the provider now. Raises Refused when it does not exist there."""

    @abstractmethod
    async def void_invoice(self, external_id: str, *, key: str) -> ProviderInvoice:
        """Close an unpaid invoice for good; answers with its state, which is "paid" when money was faster."""

    @abstractmethod
    async def open_webhook(self, url: str, *, key: str) -> WebhookEndpoint:
        """Have the provider report to `url`."""

    @abstractmethod
    async def close_webhook(self, endpoint_id: str) -> None:
        """Stop the reports; an endpoint that is already gone is fine."""

    @abstractmethod
    async def list_events(self, since: datetime, until: datetime | None = None) -> list[PaymentUpdate]:
        """What happened from `since` on and before `until`, of the events we act on, oldest first.

        An event is the same update, under the same id, as its webhook. Both moments are by the provider's clock.
        """

    @abstractmethod
    async def find_invoice(self, payment_id: str) -> str | None:
        """The provider's invoice that a payment was for, or None when it was for something else."""

    @classmethod
    @abstractmethod
    def read_webhook(
        cls, headers: Mapping[str, str], body: bytes, *, now: datetime, secrets: Sequence[str]
    ) -> list[PaymentUpdate]:
        """Verify and translate a webhook. Pure. Raises Forged, or BadInput when it is signed but unreadable."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of connections."""
