"""Placing, asking for and closing invoices at Stripe: each deed happens once, however often it is asked for.

An invoice takes four calls: customer, draft, lines, finalise. Each carries a key made of our ids, so a repeat
within a day is answered with what the first try did. Two things make a key useless: Stripe keeps a failure of
its own (5xx) under it, and forgets it after 24 hours. Then we look for what bears our mark before we do more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.base import InvoiceOrder, ProviderInvoice
from adapters.stripe import orders
from adapters.stripe.amounts import from_stripe, to_stripe
from adapters.stripe.client import Client, KeySpent
from bot.kit.errors import NotAuthorised, OutcomeUnknown, OutsideError, Refused

if TYPE_CHECKING:
    import stripe
    from stripe import RequestOptions

Answer = dict[str, Any]

KEYS_LAST = timedelta(hours=23)
"""Stripe keeps keys for at least 24 hours. https://docs.stripe.com/api/idempotent_requests"""

_CLOCKS_DIFFER = timedelta(hours=1)
_MOST_KEYS = 9

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
                await self._take_back(_id(answer))
            raise

    async def ask(self, external_id: str) -> ProviderInvoice:
        """The invoice as it stands now."""
        return read(await self._client.call(self._api.retrieve_async(external_id)))

    async def void(self, external_id: str, *, key: str) -> ProviderInvoice:
        """Close an unpaid invoice; a draft is deleted, there is no other way to be rid of it."""
        invoice = await self.ask(external_id)
        if invoice.state == "draft":
            await self._delete(external_id)
            return replace(invoice, state="void")
        if invoice.state != "open":
            return invoice
        try:
            return read(
                await self._once(
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

    async def _complete(self, order: InvoiceOrder, answer: Answer, keys: orders.Keys) -> Answer:
        if answer.get("status") == "draft" and not _has_lines(answer):
            answer = await self._add_lines(order, _id(answer), keys)
        _check_agrees(answer, order)
        if answer.get("status") == "draft" and orders.is_priced(order):
            answer = await self._finalize(_id(answer), keys)
        return answer

    async def _take_back(self, external_id: str) -> None:
        """Leave no draft behind that was refused halfway: the next try begins with a new one."""
        with suppress(OutsideError):
            if (await self.ask(external_id)).state == "draft":
                await self._delete(external_id)

    async def _draft(self, order: InvoiceOrder, keys: orders.Keys) -> Answer:
        known = await self._find_customer(order) if keys.late and not order.customer_id else None
        customer = order.customer_id or (_id(known) if known else await self._customer(order, keys.customer))
        try:
            return await self._create(order, customer, keys.invoice)
        except Refused as no:
            if no.code != "resource_missing":
                raise
        # The seller deleted this customer. Every invoice of this buyer must agree on one successor.
        successor = await self._customer(order, f"{keys.customer}-after-{customer}")
        return await self._create(order, successor, keys.invoice)

    async def _customer(self, order: InvoiceOrder, key: str) -> str:
        return _id(
            await self._once(
                key,
                lambda options: self._client.v1.customers.create_async(orders.customer(order), options),
                lambda: self._find_customer(order),
            )
        )

    async def _create(self, order: InvoiceOrder, customer: str, key: str) -> Answer:
        return await self._once(
            key,
            lambda options: self._api.create_async(orders.invoice(order, customer), options),
            lambda: self._find_invoice(order),
        )

    async def _add_lines(self, order: InvoiceOrder, external_id: str, keys: orders.Keys) -> Answer:
        async def added() -> Answer | None:
            answer = await self._client.call(self._api.retrieve_async(external_id))
            return answer if _has_lines(answer) else None

        return await self._once(
            keys.lines,
            lambda options: self._api.add_lines_async(external_id, {"lines": orders.lines(order)}, options),
            added,
        )

    async def _finalize(self, external_id: str, keys: orders.Keys) -> Answer:
        try:
            return await self._once(
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

    async def _find_customer(self, order: InvoiceOrder) -> Answer | None:
        # Another invoice of this buyer may have made them, as long ago as keys last.
        since = order.first_tried_at - KEYS_LAST
        return await self._find(self._client.v1.customers.list_async, since, orders.customer_mark(order))

    async def _find_invoice(self, order: InvoiceOrder) -> Answer | None:
        return await self._find(self._api.list_async, order.first_tried_at, orders.invoice_mark(order))

    async def _find(
        self,
        listing: Callable[[Any], Awaitable[stripe.StripeObject]],
        since: datetime,
        mark: Mapping[str, str],
    ) -> Answer | None:
        """The newest since then that bears our mark. Lists are up to date at once; searches are not."""
        params: Answer = {"created": {"gte": int((since - _CLOCKS_DIFFER).timestamp())}, "limit": 100}
        while True:
            page = await self._client.call(listing(params))
            found: list[Answer] = page.get("data") or []
            for answer in found:
                if (answer.get("metadata") or {}).items() >= mark.items():
                    return answer
            if not page.get("has_more") or not found:
                return None
            params["starting_after"] = found[-1]["id"]

    async def _once(
        self,
        key: str,
        post: Callable[[RequestOptions], Awaitable[stripe.StripeObject]],
        done: Callable[[], Awaitable[Answer | None]],
    ) -> Answer:
        """Post under `key`. When it is spent, ask whether it is `done`; if not, go on under the next one.

        The next keys are as predictable as the first, so two processes at the same order still do it once.
        """
        failures, number = 0, 1
        while True:
            try:
                return await self._client.call(post({"idempotency_key": key if number == 1 else f"{key}-{number}"}))
            except KeySpent as spent:
                answer = await done()
                if answer is not None:
                    return answer
                failures += spent.failed_now
                if failures == 2 or number == _MOST_KEYS:
                    raise
                number += 1


def read(answer: Answer) -> ProviderInvoice:
    """An invoice of Stripe's in our words."""
    status, currency = answer.get("status"), answer.get("currency")
    total, paid = answer.get("total"), answer.get("amount_paid")
    state = _STATES.get(str(status))
    if state is None or not isinstance(currency, str) or not isinstance(total, int) or not isinstance(paid, int):
        raise OutcomeUnknown(f"Stripe's invoice could not be understood (status {status!r}).", code="unreadable")
    customer, url = answer.get("customer"), answer.get("hosted_invoice_url")
    if isinstance(customer, dict):
        customer = customer.get("id")
    return ProviderInvoice(
        external_id=_id(answer),
        customer_id=customer if isinstance(customer, str) else None,
        url=url if isinstance(url, str) else None,
        state=state,
        total=from_stripe(total, currency),
        amount_paid=from_stripe(paid, currency).amount,
    )


def _id(answer: Answer) -> str:
    given = answer.get("id")
    if not isinstance(given, str) or not given:
        raise OutcomeUnknown("Stripe's answer names nothing.", code="unreadable")
    return given


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
