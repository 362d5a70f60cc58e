"""The contract every payment provider fulfils: declare first, then a handful of verbs.

A capability that is declared comes with its verbs (`VERBS`), and one that is not is shown nowhere. Errors are those of
`bot.kit.errors`: Unreachable and Busy mean nothing happened, OutcomeUnknown means ask, Refused means no (with the
provider's reason in words a seller understands), NotAuthorised means the key is dead.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, Self

from adapters.platform import AccountPlatform
from bot.domain.invoice import Line
from bot.domain.money import Money
from bot.kit.errors import Refused
from bot.kit.pacing import Pace


class Capability(StrEnum):
    """What a provider can do here; what is not declared is not shown."""

    CONNECT_BY_KEY = "connect_by_key"
    OAUTH = "oauth"
    INVOICE = "invoice"
    CHECKOUT = "checkout"
    """A page to pay on that is made when somebody comes to pay, and need not last."""
    PAYMENT_LINK = "payment_link"
    VOID = "void"
    REFUND = "refund"
    STORED_METHOD = "stored_method"
    """An invoice can be paid, on the operator's word, with a method its buyer left at the provider."""
    SUBSCRIPTIONS = "subscriptions"
    PORTAL = "portal"
    """Buyers have a page of their own at the provider."""
    SYNC = "sync"
    """Customers, invoices and payments can be read page by page."""
    ACCOUNTS = "accounts"
    """Sellers can have accounts of their own, under the platform's."""
    STOCK = "stock"
    """How many there are of a thing is kept in the provider's catalogue, too."""
    WEBHOOKS = "webhooks"
    """Somebody who has the address can be told what happens there; `read_webhook` understands it."""
    OPEN_WEBHOOKS = "open_webhooks"
    """The provider can be given our address by calling it."""
    TRACE = "trace"
    """A payment that was reported can be traced to the invoice it was for."""
    EVENTS = "events"
    """What happened can be read afterwards, whether or not a webhook told us."""
    ASK_PAYMENT = "ask_payment"
    """One payment can be asked about by its id: what a webhook says of it is checked before it is acted on."""


class CheckoutStyle(StrEnum):
    """What a buyer's link opens at the provider."""

    INVOICE = "invoice"
    CHECKOUT = "checkout"
    PAYMENT_LINK = "payment_link"


class PaymentState(StrEnum):
    """A fact a provider told us about a payment; UNKNOWN is kept and never acted on."""

    PAID = "paid"
    PARTLY_PAID = "partly_paid"
    FAILED = "failed"
    VOIDED = "voided"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly_refunded"
    REFUND_FAILED = "refund_failed"
    """Money that was on its way back did not get there."""
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    UNKNOWN = "unknown"


class AccountState(StrEnum):
    """A fact a provider told us about the connection itself."""

    DISCONNECTED = "disconnected"
    """The seller took our access back there."""
    CHANGED = "changed"
    """Something about the account changed: ask."""


class RefundState(StrEnum):
    """How far a refund has come at the provider."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class SyncKind(StrEnum):
    """What `list_records` reads."""

    CUSTOMERS = "customers"
    INVOICES = "invoices"
    PAYMENTS = "payments"


@dataclass(frozen=True, kw_only=True)
class App:
    """What the environment says about one provider: our own registration there, and where it is."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The settings that begin with the provider's name, without it: SQUARE_APPLICATION_ID is "APPLICATION_ID"."""
    public_url: str = ""
    """Where the world reaches us, without a trailing slash; empty when nowhere."""

    def get(self, name: str) -> str:
        """One setting; empty when it is not set."""
        return self.values.get(name, "")

    @property
    def api_base(self) -> str:
        """Where the provider is; empty for the real one."""
        return self.get("API_BASE")


class Keyring(Protocol):
    """The credentials of one connection, which may change while it is open."""

    @property
    def credentials(self) -> Mapping[str, str]:
        """As they are now."""

    async def renew(self, stale: Mapping[str, str]) -> Mapping[str, str]:
        """Newer ones than `stale`, got once for everybody who asks, on whatever replica, and kept before they are used.

        Raises NotAuthorised when the provider gives none any more.
        """


@dataclass(frozen=True)
class FixedKeys:
    """Credentials that nobody renews: while a connection is being made, or where they never end."""

    credentials: Mapping[str, str] = field(repr=False)

    async def renew(self, stale: Mapping[str, str]) -> Mapping[str, str]:
        """There are no others."""
        return self.credentials


@dataclass(frozen=True, kw_only=True)
class CredentialField:
    """One thing an operator types to connect by key."""

    name: str
    label: str
    example: str
    secret: bool = True
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose books these credentials open."""

    id: str
    name: str
    currency: str | None
    """ISO 4217, upper case; None when the provider does not say."""
    livemode: bool
    can_charge: bool
    country: str | None = None
    """ISO 3166-1 alpha-2."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How an account stands now, in the provider's own figures; None is what it does not tell."""

    account: Account
    customers: int | None = None
    open_invoices: int | None = None
    balance: tuple[Money, ...] = ()
    locations: tuple[Mapping[str, str], ...] = ()
    """`id`, `name` and `status` of each place of business."""


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
    """Everything on it, money that came already (`LineKind.PAYMENT`) as a line below zero: their sum is to be paid."""
    memo: str
    external_id: str | None
    """The provider's invoice, when an earlier try got that far."""
    first_tried_at: datetime
    """When the first call under these keys was made; keys older than the provider keeps them are not reused blindly."""
    style: CheckoutStyle = CheckoutStyle.INVOICE
    """INVOICE or PAYMENT_LINK; a checkout is not placed, but opened."""
    due_days: int | None = None
    """Days from now until it is due."""
    fee_cents: int = 0
    """The platform's share of it, in minor units."""
    return_url: str = ""
    """Where a payment link leads when it is paid; empty for the provider's own thanks."""

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return Money(sum(line.amount_cents for line in self.lines), self.currency)


@dataclass(frozen=True, kw_only=True)
class ProviderInvoice:
    """An invoice, or a payment link, as the provider has it."""

    external_id: str
    customer_id: str | None
    url: str | None
    """The page where the buyer pays; None while it is a draft."""
    state: str
    """draft, open, paid or void, whatever the provider calls them."""
    total: Money
    amount_paid: int
    """Minor units."""
    how_to_pay: str = ""
    """What the buyer is told to do instead, by a provider that has no page."""


@dataclass(frozen=True, kw_only=True)
class CheckoutOrder:
    """A page to pay on, to be opened now."""

    workspace_uid: str
    order_id: str
    """Ours, unique in the workspace; an invoice's says so."""
    invoice_id: int | None
    currency: str
    lines: tuple[Line, ...]
    title: str
    customer_id: str | None
    buyer_name: str
    success_url: str
    cancel_url: str
    fee_cents: int = 0

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return Money(sum(line.amount_cents for line in self.lines), self.currency)


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A page to pay on, as the provider has it."""

    external_id: str
    url: str | None
    """None when it is over."""
    state: str
    """open, paid or expired."""
    expires_at: datetime | None
    payment_id: str | None
    total: Money
    keeps_url: bool = False
    """Whether an open page has the address it was opened with, and the provider does not say it again."""


@dataclass(frozen=True, kw_only=True)
class ProviderPayment:
    """Money that came, as the provider has it."""

    payment_id: str
    amount: Money
    refunded_cents: int
    """Minor units of it that went back, or are on their way back."""
    method: str
    """card, cash, bank_transfer, …, in lower case."""
    fee_cents: int | None
    """What the provider keeps of it; None when it does not say."""
    paid_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ProviderRefund:
    """Money that goes back, as the provider has it."""

    refund_id: str
    payment_id: str
    amount: Money
    state: RefundState
    reason: str | None
    """Why it failed."""


@dataclass(frozen=True, kw_only=True)
class SubscriptionOrder:
    """Something that is to be paid again and again."""

    workspace_uid: str
    subscription_id: int
    customer_id: str | None
    buyer_id: int
    buyer_name: str
    title: str
    amount: Money
    interval: str
    """day, week, month or year."""
    first_tried_at: datetime
    """When it was first asked for: a provider keeps its keys only for so long."""
    fee_basis_points: int = 0
    """The platform's share of each payment, in hundredths of a percent; only in an account under the platform's."""


@dataclass(frozen=True, kw_only=True)
class ProviderSubscription:
    """A subscription, as the provider has it."""

    external_id: str
    customer_id: str | None
    status: str
    """active, paused, past_due, incomplete or canceled."""
    amount: Money | None
    url: str | None
    """Where the buyer pays the first time, or gives a card."""


@dataclass(frozen=True, kw_only=True)
class SyncedRecord:
    """One row of the provider's books, as it has it."""

    kind: SyncKind
    external_id: str
    data: Mapping[str, Any] = field(repr=False)
    """What is worth keeping of it; JSON, and no secret."""
    payment: ProviderPayment | None = None
    """The money, when it is a payment that came."""


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
    """The provider's invoice or payment link; None when the event names only a payment."""
    payment_id: str | None = None
    """The provider's payment, for an event about money that was paid before: `find_invoice` knows its invoice."""
    checkout_id: str | None = None
    """The page that was paid on, or is over."""
    workspace_uid: str | None
    invoice_id: int | None
    """Ours, from the metadata we left there; the invoice is ours only when the workspace is."""
    order_id: str | None = None
    """Ours, too: what the page was opened for."""
    amount: Money | None
    """Of money that came: all that came for this invoice or page so far. Of money that went back: all that went back of
    this payment so far. Of a refund that failed, or a dispute: what it is about."""
    reason: str | None
    """Why a payment or a refund failed or is disputed, in the provider's words."""
    refund_id: str | None = None
    """The provider's refund, when it is one of these that failed."""
    happened_at: datetime
    livemode: bool
    confirm: bool = False
    """Whether the provider has the last word: this says that there is something to ask about, and no more. What came by
    what is named in `external_id` is asked for there, and otherwise the payment (`ask_payment`)."""
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class AccountUpdate:
    """A fact about the connection itself."""

    provider: str
    event_id: str
    kind: str
    state: AccountState
    account_id: str | None
    happened_at: datetime
    livemode: bool
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class SubscriptionUpdate:
    """A fact about something that is paid again and again."""

    provider: str
    event_id: str
    kind: str
    external_id: str
    account_id: str | None
    status: str
    """As `ProviderSubscription.status`."""
    happened_at: datetime
    livemode: bool
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something for the operator to read, and for nobody to act on."""

    provider: str
    event_id: str
    kind: str
    text: str


Update = PaymentUpdate | AccountUpdate | SubscriptionUpdate | Notice
Listed = PaymentUpdate | SubscriptionUpdate
"""What a list of events tells: how the connection itself stands is seen by asking."""


class NotOffered(Refused):
    """This provider does not do that."""


VERBS: Mapping[Capability, tuple[str, ...]] = {
    Capability.CONNECT_BY_KEY: ("check_credentials",),
    Capability.OAUTH: ("auth_url", "exchange_code", "revoke"),
    Capability.INVOICE: ("place_invoice", "ask_invoice"),
    Capability.CHECKOUT: ("open_checkout", "ask_checkout", "close_checkout"),
    Capability.PAYMENT_LINK: ("place_invoice", "ask_invoice"),
    Capability.VOID: ("void_invoice",),
    Capability.REFUND: ("payments_of", "refund_payment", "ask_refund"),
    Capability.STORED_METHOD: ("pay_invoice",),
    Capability.SUBSCRIPTIONS: ("open_subscription", "ask_subscription", "change_subscription"),
    Capability.PORTAL: ("open_portal",),
    Capability.SYNC: ("list_records",),
    Capability.ACCOUNTS: ("platform", "credentials_of"),
    Capability.STOCK: ("read_stock", "write_stock"),
    Capability.WEBHOOKS: ("read_webhook",),
    Capability.OPEN_WEBHOOKS: ("open_webhook", "close_webhook"),
    Capability.TRACE: ("find_invoice",),
    Capability.EVENTS: ("list_events",),
    Capability.ASK_PAYMENT: ("ask_payment",),
}
"""What a provider that declares a capability overrides, and one that does not leaves as it is here."""


class PaymentProvider(ABC):
    """One connection to one account of one provider. Class attributes first: they are what varies."""

    name: ClassVar[str]
    display_name: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]]
    styles: ClassVar[tuple[CheckoutStyle, ...]]
    """What a buyer's link can open, the usual one first."""
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    """What an operator types to connect by key, in this order."""
    keys_page: ClassVar[str] = ""
    """Where they find it."""
    keeps_books: ClassVar[bool] = True
    """Whether there is anybody to ask: False where all there is to know is what we wrote down ourselves."""
    app_settings: ClassVar[tuple[str, ...]] = ()
    """The settings without which there is no OAuth, as `App` names them."""
    webhook_setting: ClassVar[str] = "WEBHOOK_SECRET"
    """The setting that holds what the provider signs with at the platform's own door, as `App` names it."""
    states: ClassVar[Mapping[str, PaymentState]]
    """The provider's names of the payment events we act on; anything else is PaymentState.UNKNOWN."""

    @classmethod
    @abstractmethod
    def open(cls, keys: Keyring, *, app: App, pace: Pace | None = None) -> Self:
        """A connection with stored credentials.

        `pace` is shared by everybody who calls the same account, and without it nothing is held back.
        """

    @abstractmethod
    async def test(self) -> Account:
        """Ask the provider whose account this is. Raises NotAuthorised when the key is not accepted."""

    @abstractmethod
    async def summary(self) -> Summary:
        """How the account stands, asked now."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of connections."""

    @classmethod
    def least_charge(cls, currency: str) -> int:
        """The least it charges, in minor units; anything above nothing, unless a provider knows better."""
        return 1

    @classmethod
    def from_settings(cls, app: App) -> dict[str, str] | None:
        """Credentials for the first workspace that the environment holds, or None; raises BadInput for wrong ones."""
        return None

    @classmethod
    def check_credentials(cls, given: Mapping[str, str]) -> dict[str, str]:
        """What an operator typed, cleaned. Raises BadInput with what to send instead."""
        raise NotOffered

    @classmethod
    def still_to_do(cls, credentials: Mapping[str, str], *, webhook_url: str) -> str:
        """What the seller does by hand after connecting; empty when nothing.

        `webhook_url` is where this connection's reports come in, and empty where the world does not reach us.
        """
        return ""

    # Connecting on the provider's own page

    @classmethod
    def auth_url(cls, app: App, *, state: str, verifier: str, redirect_uri: str) -> str:
        """Where the operator agrees; `verifier` is the secret of PKCE, for providers that have it (RFC 7636)."""
        raise NotOffered

    @classmethod
    async def exchange_code(
        cls, app: App, answer: Mapping[str, str], *, verifier: str, redirect_uri: str
    ) -> dict[str, str]:
        """Credentials for what the provider's page sent back (`code` and more). Raises Refused when it takes it not."""
        raise NotOffered

    @classmethod
    def renew_at(cls, credentials: Mapping[str, str]) -> datetime | None:
        """When they should be renewed; None when they do not end."""
        return None

    @classmethod
    async def renew(cls, app: App, credentials: Mapping[str, str]) -> dict[str, str]:
        """Newer credentials for these, once: whoever calls makes sure that nobody else does at the same time."""
        raise NotOffered

    async def revoke(self) -> None:
        """Give the access back at the provider; one that is gone already is fine."""
        raise NotOffered

    # Sellers' accounts under the platform's

    @classmethod
    def platform(cls, app: App) -> AccountPlatform:
        """The platform's own account. Raises BadInput when the environment does not hold its key."""
        raise NotOffered

    @classmethod
    def credentials_of(cls, account_id: str) -> dict[str, str]:
        """What opens a seller's account under the platform's, for `open`."""
        raise NotOffered

    # Invoices and payment links

    async def place_invoice(self, order: InvoiceOrder) -> ProviderInvoice:
        """Make the invoice (or link) exist and be payable, once, however often this is called with the same order.

        An order with an unpriced line is left a draft with no URL. Raises Refused with the reason.
        """
        raise NotOffered

    async def ask_invoice(self, external_id: str, style: CheckoutStyle = CheckoutStyle.INVOICE) -> ProviderInvoice:
        """The invoice as it stands at the provider now. Raises Refused when it does not exist there."""
        raise NotOffered

    async def void_invoice(
        self, external_id: str, *, key: str, style: CheckoutStyle = CheckoutStyle.INVOICE
    ) -> ProviderInvoice:
        """Close an unpaid invoice for good; answers with its state, which is "paid" when money was faster."""
        raise NotOffered

    async def payments_of(
        self, external_id: str, style: CheckoutStyle = CheckoutStyle.INVOICE
    ) -> tuple[ProviderPayment, ...]:
        """The money that came for an invoice, a link, or a checkout."""
        raise NotOffered

    async def pay_invoice(self, external_id: str, *, key: str) -> ProviderInvoice:
        """Charge an open invoice to the method its buyer left. Raises Refused with the reason when it is declined."""
        raise NotOffered

    # Pages that are opened when the buyer comes

    async def open_checkout(self, order: CheckoutOrder, *, key: str) -> Checkout:
        """Open a page, once per key."""
        raise NotOffered

    async def ask_checkout(self, external_id: str) -> Checkout:
        """The page as it stands now. Raises Refused when it does not exist."""
        raise NotOffered

    async def close_checkout(self, external_id: str) -> Checkout:
        """Close an open page; answers with its state, which is "paid" when money was faster."""
        raise NotOffered

    # Money back

    async def refund_payment(self, payment_id: str, amount: Money, *, key: str, reason: str) -> ProviderRefund:
        """Send money of one payment back, once per key. Raises Refused with the reason."""
        raise NotOffered

    async def ask_refund(self, refund_id: str) -> ProviderRefund:
        """The refund as it stands now."""
        raise NotOffered

    # Paid again and again

    async def open_subscription(self, order: SubscriptionOrder, *, key: str) -> ProviderSubscription:
        """Begin one, once per key."""
        raise NotOffered

    async def ask_subscription(self, external_id: str) -> ProviderSubscription:
        """As it stands now."""
        raise NotOffered

    async def change_subscription(self, external_id: str, change: str, *, key: str) -> ProviderSubscription:
        """Pause, resume or cancel it (`change`)."""
        raise NotOffered

    async def open_portal(self, customer_id: str, *, return_url: str) -> str:
        """A link to the buyer's own page at the provider, for now."""
        raise NotOffered

    # The provider's books

    async def list_records(
        self, kind: SyncKind, *, since: datetime | None, cursor: str | None
    ) -> tuple[list[SyncedRecord], str | None]:
        """A page of what there is, of what was made since then; and where to go on, None at the end."""
        raise NotOffered

    async def read_stock(self, external_ids: Sequence[str]) -> dict[str, int]:
        """How many there are of these things of the provider's catalogue."""
        raise NotOffered

    async def write_stock(self, external_id: str, quantity: int, *, at: datetime, key: str) -> None:
        """Set how many there were of one thing at that moment, once per key; what was sold since then stays sold."""
        raise NotOffered

    # Hearing

    async def open_webhook(self, url: str, *, key: str) -> WebhookEndpoint:
        """Have the provider report to `url`.

        Raises NotOffered when it reports on this connection to the platform's own door anyway, as one by OAuth may be.
        """
        raise NotOffered

    async def close_webhook(self, endpoint_id: str) -> None:
        """Stop the reports; an endpoint that is already gone is fine."""
        raise NotOffered

    async def list_events(self, since: datetime, until: datetime | None = None) -> Sequence[Listed]:
        """What happened from `since` on and before `until`, of the events we act on, oldest first.

        An event is the same update, under the same id, as its webhook. Both moments are by the provider's clock.
        """
        raise NotOffered

    async def find_invoice(self, payment_id: str) -> str | None:
        """The provider's invoice (or link, or checkout) that a payment was for, or None when it was for none."""
        raise NotOffered

    async def ask_payment(self, payment_id: str) -> ProviderPayment:
        """One payment as it stands now. Raises Refused when there is none, or no money came with it."""
        raise NotOffered

    @classmethod
    def read_webhook(
        cls, headers: Mapping[str, str], body: bytes, *, now: datetime, secrets: Sequence[str], url: str = ""
    ) -> list[Update]:
        """Verify and translate a webhook sent to `url`. Pure.

        Raises Forged, or BadInput when it is signed but unreadable.
        """
        raise NotOffered
