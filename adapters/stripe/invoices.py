"""Placing, asking for and closing invoices at Stripe: each deed happens once, however often it is asked for.

An invoice takes four calls: customer, draft, lines, finalise. Each carries a key made of our ids, so a repeat
within a day is answered with what the first try did. Two things make a key useless: Stripe keeps a failure of
its own (5xx) under it, and forgets it after 24 hours. Then we look for what bears our mark before we do more.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.base import InvoiceOrder, ProviderInvoice
from adapters.stripe import customers, orders
from adapters.stripe.amounts import from_stripe, to_stripe
from adapters.stripe.client import SEND_THE_LINK, Client
from adapters.stripe.repeats import KEYS_LAST, Answer, find, id_in, id_of, once
from bot.kit.errors import NotAuthorised, OutcomeUnknown, OutsideError, Refused

if TYPE_CHECKING:
    from stripe.params import InvoicePayParams

_STATES = {"draft": "draft", "open": "open", "paid": "paid", "void": "void", "uncollectible": "open"}
"""Stripe's status in our words; an uncollectible invoice can still be paid on its page."""


class Invoices:
    """The invoices of one account."""

    def __init__(self, client: Client, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock
        self._api = client.v1.invoices

    async def place(self, order: InvoiceOrder) -> ProviderInvoice:
        """Make the invoice exist and be payable, continuing from wherever an earlier try got to."""
        orders.check(order)
        keys = orders.Keys.of(order, late=self._clock() - order.first_tried_at >= KEYS_LAST)
        if order.external_id:
            answer = await self._client.call(self._api.retrieve_async(order.external_id))
        else:
            answer = (await self._find_invoice(order) if keys.late else None) or await self._draft(order, keys)
        try:
            return read(await self._complete(order, answer, keys))
        except NotAuthorised:
            raise
        except Refused:
            if not order.external_id:
                await self._take_back(id_of(answer))
            raise

    async def ask(self, external_id: str) -> ProviderInvoice:
        """The invoice as it stands now."""
        return read(await self._client.call(self._api.retrieve_async(external_id)))

    async def pay(self, external_id: str, *, key: str) -> ProviderInvoice:
        """Charge an open invoice to the card its buyer left; one that is paid already is fine.

        https://docs.stripe.com/api/invoices/pay
        """
        params: InvoicePayParams = {"off_session": True}
        answer = await self._client.call(self._api.retrieve_async(external_id, {"expand": ["customer"]}))
        if answer.get("status") == "paid":
            return read(answer)
        if method := await self._method_for(answer):
            params["payment_method"] = method
        try:
            return read(
                await once(
                    self._client,
                    f"{key}-{method}" if method else key,
                    lambda options: self._api.pay_async(external_id, params, options),
                    lambda: self._moved_on(external_id, "open"),
                )
            )
        except NotAuthorised:
            raise
        except Refused:
            with suppress(OutsideError):
                invoice = await self.ask(external_id)
                if invoice.state == "paid":
                    return invoice
            raise

    async def close(self, external_id: str, *, key: str) -> ProviderInvoice:
        """Close an unpaid invoice; a draft is deleted, there is no other way to be rid of it."""
        invoice = await self.ask(external_id)
        if invoice.state == "draft":
            await self._delete(external_id)
            return replace(invoice, state="void")
        if invoice.state != "open":
            return invoice
        try:
            return read(
                await once(
                    self._client,
                    key,
                    lambda options: self._api.void_invoice_async(external_id, options=options),
                    lambda: self._moved_on(external_id, "open"),
                )
            )
        except Refused:
            invoice = await self.ask(external_id)  # it may have been paid between the question and the call
            if invoice.state == "open":
                raise
            return invoice

    async def _method_for(self, invoice: Answer) -> str | None:
        """The newest method its buyer left, where Stripe would not find one by itself. Raises Refused without any.

        What was left with a subscription is the customer's, and yet not their default for invoices.
        https://docs.stripe.com/billing/subscriptions/payment-methods-setting#payment-method-priority
        """
        customer = invoice.get("customer")
        if not isinstance(customer, dict) or customer.get("deleted"):
            return None
        settings = customer.get("invoice_settings") or {}
        defaults = (settings.get("default_payment_method"), customer.get("default_source"))
        if any((*defaults, invoice.get("default_payment_method"), invoice.get("default_source"))):
            return None
        listing = self._client.v1.customers.payment_methods.list_async(id_of(customer), {"limit": 1})
        try:
            found: list[Answer] = (await self._client.call(listing)).get("data") or []
        except Refused:
            return None  # a key that may not see them can still charge what is the default by now
        if not found:
            raise Refused(f"This buyer has left no card at Stripe. {SEND_THE_LINK}", code="no_stored_method")
        return id_of(found[0])

    async def _complete(self, order: InvoiceOrder, answer: Answer, keys: orders.Keys) -> Answer:
        if answer.get("status") == "draft" and not _has_lines(answer):
            answer = await self._add_lines(order, id_of(answer), keys)
        _check_agrees(answer, order)
        if answer.get("status") == "draft" and orders.is_priced(order):
            answer = await self._finalize(id_of(answer), keys)
        return answer

    async def _take_back(self, external_id: str) -> None:
        """Leave no draft behind that was refused halfway: the next try begins with a new one."""
        with suppress(OutsideError):
            if (await self.ask(external_id)).state == "draft":
                await self._delete(external_id)

    async def _draft(self, order: InvoiceOrder, keys: orders.Keys) -> Answer:
        buyer = customers.Buyer.of(order)
        customer = order.customer_id or await customers.customer_of(
            self._client, buyer, keys.customer, since=order.first_tried_at, late=keys.late
        )
        try:
            return await self._create(order, customer, keys.invoice)
        except Refused as no:
            if no.code != "resource_missing":
                raise
        # The seller deleted this customer. Every invoice of this buyer must agree on one successor.
        successor = await customers.customer_of(
            self._client, buyer, f"{keys.customer}-after-{customer}", since=order.first_tried_at
        )
        return await self._create(order, successor, f"{keys.invoice}-after-{customer}")

    async def _create(self, order: InvoiceOrder, customer: str, key: str) -> Answer:
        fee = self._client.for_account
        return await once(
            self._client,
            key,
            lambda options: self._api.create_async(orders.invoice(order, customer, fee=fee), options),
            lambda: self._find_invoice(order),
        )

    async def _add_lines(self, order: InvoiceOrder, external_id: str, keys: orders.Keys) -> Answer:
        async def added() -> Answer | None:
            answer = await self._client.call(self._api.retrieve_async(external_id))
            return answer if _has_lines(answer) else None

        return await once(
            self._client,
            keys.lines,
            lambda options: self._api.add_lines_async(external_id, {"lines": orders.lines(order)}, options),
            added,
        )

    async def _finalize(self, external_id: str, keys: orders.Keys) -> Answer:
        try:
            return await once(
                self._client,
                keys.finalize,
                lambda options: self._api.finalize_invoice_async(external_id, {"auto_advance": False}, options),
                lambda: self._moved_on(external_id, "draft"),
            )
        except Refused:
            final = await self._moved_on(external_id, "draft")  # finalised already is as good
            if final is None:
                raise
            return final

    async def _delete(self, external_id: str) -> None:
        try:
            await self._client.call(self._api.delete_async(external_id))
        except OutcomeUnknown:
            if not await self._is_gone(external_id):
                raise
        except Refused as no:
            if no.code != "resource_missing":
                raise

    async def _is_gone(self, external_id: str) -> bool:
        try:
            await self.ask(external_id)
        except Refused as no:
            return no.code == "resource_missing"
        return False

    async def _moved_on(self, external_id: str, status: str) -> Answer | None:
        answer = await self._client.call(self._api.retrieve_async(external_id))
        return None if answer.get("status") == status else answer

    async def _find_invoice(self, order: InvoiceOrder) -> Answer | None:
        return await find(self._client, self._api.list_async, orders.invoice_mark(order), since=order.first_tried_at)


def read(answer: Answer) -> ProviderInvoice:
    """An invoice of Stripe's in our words."""
    status, currency = answer.get("status"), answer.get("currency")
    total, paid = answer.get("total"), answer.get("amount_paid")
    state = _STATES.get(str(status))
    if state is None or not isinstance(currency, str) or not isinstance(total, int) or not isinstance(paid, int):
        raise OutcomeUnknown(f"Stripe's invoice could not be understood (status {status!r}).", code="unreadable")
    url = answer.get("hosted_invoice_url")
    return ProviderInvoice(
        external_id=id_of(answer),
        customer_id=id_in(answer, "customer"),
        url=url if isinstance(url, str) else None,
        state=state,
        total=from_stripe(total, currency),
        amount_paid=from_stripe(paid, currency).amount,
    )


def _has_lines(answer: Answer) -> bool:
    return bool((answer.get("lines") or {}).get("data"))


def _check_agrees(answer: Answer, order: InvoiceOrder) -> None:
    """Never hand out a link for another sum than ours. Paid is paid: what to do then is not decided here."""
    if answer.get("status") == "void":
        raise Refused("This invoice was voided at Stripe. Make a new one.", code="invoice_void")
    ours = orders.total(order)
    asked = (answer.get("subtotal"), answer.get("currency"))
    if answer.get("status") != "paid" and asked != (to_stripe(ours), order.currency.lower()):
        raise Refused(f"The invoice at Stripe is not over {ours}. Void it and make a new one.", code="amount_differs")
