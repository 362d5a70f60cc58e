"""Manual payments: cash, a bank transfer, whatever a seller takes by hand; nobody is called, and nothing is asked."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

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
    ProviderInvoice,
    ProviderPayment,
    ProviderRefund,
    RefundState,
    Summary,
)
from bot.domain.money import Money
from bot.kit.errors import BadInput
from bot.kit.pacing import Pace

LEAST, MOST = 10, 600
"""Characters of what buyers are told."""
NO_SUM = Money(0, "XXX")
"""In ISO 4217's code for no currency: the sum is in our own books, and nobody reads it here."""


class ManualProvider(PaymentProvider):
    """Payments that an operator writes down. Buyers are told how to pay in the seller's own words."""

    name: ClassVar[str] = "manual"
    display_name: ClassVar[str] = "Manual"
    capabilities: ClassVar = frozenset(
        {Capability.CONNECT_BY_KEY, Capability.INVOICE, Capability.VOID, Capability.REFUND}
    )
    styles: ClassVar[tuple[CheckoutStyle, ...]] = (CheckoutStyle.INVOICE,)
    keeps_books: ClassVar[bool] = False
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            name="how_to_pay",
            label="How buyers pay you",
            example="Bank: Example Bank, account 12-345, with your name as the note",
            secret=False,
        ),
    )
    states: ClassVar[Mapping[str, PaymentState]] = {}

    @dataclass(frozen=True, kw_only=True)
    class Settings:
        """What the seller tells their buyers."""

        how_to_pay: str

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @classmethod
    def open(cls, keys: Keyring, *, app: App, pace: Pace | None = None) -> Self:
        """There is nobody to connect to."""
        return cls(cls.Settings(how_to_pay=keys.credentials["how_to_pay"]))

    @classmethod
    def check_credentials(cls, given: Mapping[str, str]) -> dict[str, str]:
        """What buyers are told. Raises BadInput when that is nothing, or too much."""
        told = "\n".join(" ".join(line.split()) for line in given.get("how_to_pay", "").strip().splitlines())
        odd = any(unicodedata.category(char) in ("Cc", "Cs") for char in told.replace("\n", ""))
        if odd or not LEAST <= len(told) <= MOST:
            raise BadInput(
                f"Say how buyers pay you, in {LEAST} to {MOST} characters, like: {cls.credential_fields[0].example}"
            )
        return {"how_to_pay": told}

    async def test(self) -> Account:
        """It always works."""
        return Account(id="manual", name="Manual payments", currency=None, livemode=True, can_charge=True)

    async def summary(self) -> Summary:
        """All there is to know is in our own books."""
        return Summary(account=await self.test())

    async def close(self) -> None:
        """Nothing is open."""

    async def place_invoice(self, order: InvoiceOrder) -> ProviderInvoice:
        """There it is: the buyer is told how to pay it; without all prices it waits."""
        priced = all(line.unit_cents is not None for line in order.lines)
        external_id = order.external_id or f"manual-{order.workspace_uid}-{order.invoice_id}-{order.attempt}"
        return self._invoice(external_id, "open" if priced else "draft", order.total)

    async def ask_invoice(self, external_id: str, style: CheckoutStyle = CheckoutStyle.INVOICE) -> ProviderInvoice:
        """Nobody knows more than our own books; its sum is there, and not here."""
        return self._invoice(external_id, "open", NO_SUM)

    async def void_invoice(
        self, external_id: str, *, key: str, style: CheckoutStyle = CheckoutStyle.INVOICE
    ) -> ProviderInvoice:
        """It is not to be paid any more."""
        return self._invoice(external_id, "void", NO_SUM)

    async def payments_of(
        self, external_id: str, style: CheckoutStyle = CheckoutStyle.INVOICE
    ) -> tuple[ProviderPayment, ...]:
        """What came is in our own books."""
        return ()

    async def refund_payment(self, payment_id: str, amount: Money, *, key: str, reason: str) -> ProviderRefund:
        """The seller hands the money back; it is only written down."""
        return ProviderRefund(
            refund_id=key, payment_id=payment_id, amount=amount, state=RefundState.SUCCEEDED, reason=None
        )

    async def ask_refund(self, refund_id: str) -> ProviderRefund:
        """What was written down is done; which payment it was of, our own books say."""
        return ProviderRefund(
            refund_id=refund_id, payment_id="", amount=NO_SUM, state=RefundState.SUCCEEDED, reason=None
        )

    def _invoice(self, external_id: str, state: str, total: Money) -> ProviderInvoice:
        return ProviderInvoice(
            external_id=external_id,
            customer_id=None,
            url=None,
            state=state,
            total=total,
            amount_paid=0,
            how_to_pay=self._settings.how_to_pay if state == "open" else "",
        )
