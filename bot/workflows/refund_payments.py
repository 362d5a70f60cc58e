"""Refunds payments: reserved here, sent back at the provider, recorded; never more than came.

Before a provider is asked for anything, it is asked what went back already. So a refund whose answer was lost is found
instead of made twice, also when its idempotency key is forgotten there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from adapters.base import Capability, CheckoutStyle, PaymentProvider, ProviderPayment, ProviderRefund, RefundState
from adapters.registry import provider_class
from bot.domain.books import DISPUTE, REFUND, UNSETTLED, Books, Method, Payment, PaymentStatus, Refund, RefundStatus
from bot.domain.invoice import HAS_MONEY, Invoice, InvoiceEvent
from bot.domain.money import Money
from bot.kit.errors import BadInput, Busy, NotAuthorised, OutsideError, Refused
from bot.kit.retry import IN_GOOD_TIME
from bot.workflows.assistant import Assistant
from bot.workflows.keep_books import Said, add_up, books_of, keep_books
from bot.workflows.keep_deeds import Deed, begin
from bot.workflows.settle_refunds import money_went_back, refund_did_not_go
from bot.workflows.tell import Parcel, hand_over, tell_operators
from bot.workflows.void_invoices import check_account
from messaging.base import Button
from storage import buyers, integrations, invoices, payments, refunds
from storage.integrations import Integration

REASON = "requested_by_customer"
"""What providers are told; what the operator said stays with us."""
ONE_AT_A_TIME = 5.0
"""Seconds after which to look again whether an earlier refund of the same payment is settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What goes back now."""

    buyer: str
    invoice: Invoice
    sent: Money
    """By the provider."""
    by_hand: tuple[tuple[Money, Method], ...]
    """What the operator has to hand back, and which way it came."""


async def order_refund(
    assistant: Assistant,
    workspace_id: int,
    invoice_id: int,
    cents: int | None,
    *,
    by: str,
    key: str = "",
    reason: str = "",
    but: int | None = None,
) -> Ordered:
    """Have so much of what came for an invoice sent back, in minor units; all there is without a sum.

    With a `key` it is done once. Operators hear of what is handed back, `but` the one who is answered. Raises BadInput
    when it cannot be, or not so much.
    """
    deed = Deed.of(by, key)
    ordered, going, parcels = await assistant.database.write(
        _order, workspace_id, invoice_id, cents, deed, reason, but, assistant.now()
    )
    await hand_over(assistant, workspace_id, parcels)
    for refund_id in going:
        await assistant.jobs.refund(workspace_id, refund_id, 1)
    return ordered


async def refund_again(assistant: Assistant, workspace_id: int, refund_id: int, *, by: str) -> Ordered | None:
    """Try a refund again: one that failed anew, and one that nobody knows of by asking first. None when it is going.

    Raises BadInput when it is settled.
    """
    refund = await assistant.database.read(refunds.get, workspace_id, refund_id)
    if refund is None or refund.invoice_id is None or refund.kind == DISPUTE:
        raise BadInput("There is no such refund.")
    if refund.status is RefundStatus.FAILED:
        amount, key = refund.amount_cents, f"refund-again-{refund_id}"
        return await order_refund(
            assistant, workspace_id, refund.invoice_id, amount, by=by, key=key, reason=refund.reason
        )
    if refund.status is not RefundStatus.ASKED:
        raise BadInput("That refund is on its way, or has arrived.")
    tries = refund.tries + 1
    await assistant.database.write(_note_try, workspace_id, refund_id, tries)
    await assistant.jobs.refund(workspace_id, refund_id, tries)
    return None


async def send_back(assistant: Assistant, workspace_id: int, refund_id: int, retries: int = 0) -> str | float:
    """Have the provider send one reserved refund back.

    Returns what became of it, or after how many seconds to try again.
    """
    case = await assistant.database.read(_case, workspace_id, refund_id)
    if case is None:
        return "nothing to do"
    refund, invoice, page, integration = case
    answer: ProviderRefund | None = None
    try:
        check_account(invoice, integration)
        provider = assistant.provider_for(integration)
        there = await _payments_there(provider, refund, invoice, page)
        matched, more, done = await assistant.database.write(_match, refund, page, there, assistant.now())
        for another in more:
            await assistant.jobs.refund(workspace_id, another, 1)
        if not done:
            amount = Money(matched.amount_cents, matched.currency)
            key = f"la-{matched.payment_ref}-refund-{matched.id}-{matched.attempt}"
            answer = await provider.refund_payment(matched.payment_ref, amount, key=key, reason=REASON)
    except OutsideError as trouble:
        seconds = IN_GOOD_TIME.wait(trouble, retries)
        if seconds is not None:
            return seconds
        parcels = await assistant.database.write(_not_sent, refund, trouble, assistant.now())
        await hand_over(assistant, workspace_id, parcels)
        return "refused" if isinstance(trouble, Refused) else "not known"
    parcels = await assistant.database.write(_answered, workspace_id, refund_id, answer, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    return answer.state.value if answer is not None else "done before"


async def _payments_there(
    provider: PaymentProvider, refund: Refund, invoice: Invoice, page: str
) -> Sequence[ProviderPayment]:
    """What came, as the provider has it: the one payment, where it can be asked for; else all that came by the page."""
    if refund.payment_ref and Capability.ASK_PAYMENT in provider.capabilities:
        return [await provider.ask_payment(refund.payment_ref)]
    return await provider.payments_of(page, CheckoutStyle(invoice.style))


async def ask_refund(assistant: Assistant, refund: Refund) -> None:
    """Ask the provider how a refund on its way stands. Raises OutsideError."""
    case = await assistant.database.read(_on_its_way, refund)
    await assistant.database.write(refunds.asked, refund.workspace_id, refund.id, assistant.now())
    if case is None or refund.provider_ref is None or case.account_id != refund.account_id:
        return
    answer = await assistant.provider_for(case).ask_refund(refund.provider_ref)
    parcels = await assistant.database.write(_answered, refund.workspace_id, refund.id, answer, assistant.now())
    await hand_over(assistant, refund.workspace_id, parcels)


def _note_try(tx: sa.Connection, workspace_id: int, refund_id: int, tries: int) -> None:
    refunds.change(tx, workspace_id, refund_id, tries=tries)


def _order(
    tx: sa.Connection,
    workspace_id: int,
    invoice_id: int,
    cents: int | None,
    deed: Deed,
    reason: str,
    but: int | None,
    now: datetime,
) -> tuple[Ordered, list[int], list[Parcel]]:
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    buyer = buyers.get(tx, workspace_id, invoice.buyer_id) if invoice else None
    if invoice is None or buyer is None:
        raise BadInput("There is no such invoice.")
    begin(tx, workspace_id, deed, now)
    before = _books(tx, invoice, now)
    wanted = _checked(invoice, before, buyer.label, cents)
    going: list[int] = []
    by_hand: list[tuple[Money, Method]] = []
    for payment in sorted(before.paid, key=lambda one: (one.is_manual, -one.id)):
        part = min(before.available(payment), wanted)
        if not part:
            continue
        wanted -= part
        if not payment.is_manual:
            _check_offered(payment, buyer.label)
        status = RefundStatus.SUCCEEDED if payment.is_manual else RefundStatus.ASKED
        made = refunds.add(
            tx, workspace_id, payment, amount_cents=part, status=status, reason=reason, by=deed.by, now=now
        )
        if payment.is_manual:
            by_hand.append((Money(part, invoice.currency), Method(payment.method)))
        else:
            going.append(made)
    parcels = money_went_back(tx, invoice, before, add_up(tx, invoice), now, but=but) if by_hand else []
    sent = sum(one.amount_cents for one in refunds.of_invoice(tx, workspace_id, invoice_id) if one.id in going)
    again = invoices.get(tx, workspace_id, invoice_id)
    assert again is not None, "it is locked"
    ordered = Ordered(buyer=buyer.label, invoice=again, sent=Money(sent, invoice.currency), by_hand=tuple(by_hand))
    return ordered, going, parcels


def _books(tx: sa.Connection, invoice: Invoice, now: datetime) -> Books:
    """The books of an invoice; what was paid before there were books is written down now."""
    books = books_of(tx, invoice)
    if not books.paid and invoice.status in HAS_MONEY and invoice.paid_cents and invoice.external_id is not None:
        said = Said(event=InvoiceEvent.PAYMENT, amount=invoice.paid_cents, ref=invoice.external_id)
        return keep_books(tx, invoice, said, now).after
    return books


def _checked(invoice: Invoice, books: Books, label: str, cents: int | None) -> int:
    """How much goes back. Raises BadInput with how much may."""
    if invoice.is_covered:
        raise BadInput(
            f"There is no money in {label}'s invoice: coupon or credit covers it. To give that back: /void {label}"
        )
    paid, back = Money(books.paid_cents, invoice.currency), Money(books.refunded_cents, invoice.currency)
    if not paid.amount:
        raise BadInput(f"Nothing was paid for {label}'s invoice {invoice.number}, so nothing can go back.")
    available = Money(books.available_cents, invoice.currency)
    if not available.amount:
        under_way = any(one.status in UNSETTLED for one in books.refunds)
        where = "is on its way back, disputed, or back already" if under_way else "went back already"
        raise BadInput(f"All that {label} paid for {invoice.number} {where}.")
    if cents is not None and cents > available.amount:
        went = f", and {back} went back" if back.amount else ""
        raise BadInput(f"{label} paid {paid} for {invoice.number}{went}: at most {available} can be sent back.")
    return available.amount if cents is None else cents


def _check_offered(payment: Payment, label: str) -> None:
    provider = provider_class(payment.provider)
    if Capability.REFUND not in provider.capabilities:
        raise BadInput(f"{provider.display_name} takes no refunds from here. Send it back to {label} in its dashboard.")


def _case(tx: sa.Connection, workspace_id: int, refund_id: int) -> tuple[Refund, Invoice, str, Integration] | None:
    """A refund that no provider has answered yet, the page its money came by, and where that is."""
    refund = refunds.get(tx, workspace_id, refund_id)
    if refund is None or refund.status is not RefundStatus.ASKED:
        return None
    assert refund.payment_id is not None, "refunds of ours are of a payment"
    assert refund.invoice_id is not None, "and of an invoice"
    payment = payments.get(tx, workspace_id, refund.payment_id)
    invoice = invoices.get(tx, workspace_id, refund.invoice_id)
    assert payment is not None, "payments are never deleted"
    assert invoice is not None, "invoices neither"
    integration = integrations.by_id(tx, workspace_id, invoice.integration_id)
    assert integration is not None, "invoices refer to their integration"
    return refund, invoice, payment.provider_ref or invoice.external_id or "", integration


def _on_its_way(tx: sa.Connection, refund: Refund) -> Integration | None:
    found = integrations.get(tx, refund.workspace_id, refund.provider)
    return found if found is not None and found.status != "inactive" else None


def _match(
    tx: sa.Connection, refund: Refund, page: str, there: Sequence[ProviderPayment], now: datetime
) -> tuple[Refund, list[int], bool]:
    """Find the provider's payment that a refund is of, and note what had gone back of it before it is asked for.

    Answers with the refund, with those it leaves the rest to when that payment does not reach, and whether it is done
    already. Raises Refused when there is no such payment, Busy while another refund of it is not settled.
    """
    workspace_id = refund.workspace_id
    assert refund.invoice_id is not None, "refunds of ours are of an invoice"
    assert refund.payment_id is not None, "and of a payment"
    invoice = invoices.lock(tx, workspace_id, refund.invoice_id)
    current = refunds.get(tx, workspace_id, refund.id)
    assert invoice is not None, "invoices are never deleted"
    assert current is not None, "refunds neither"
    if not there:
        raise Refused(f"{provider_class(refund.provider).display_name} knows of no payment for it.", code="no_payment")
    _take_down(tx, invoice, page, there, now)
    add_up(tx, invoice)
    payment = payments.get(tx, workspace_id, refund.payment_id)
    assert payment is not None, "payments are never deleted"
    known = {one.payment_id: one for one in there}
    one = known.get(payment.payment_ref or "")
    if one is None:
        raise Refused(f"{provider_class(refund.provider).display_name} does not know that payment.", code="no_payment")
    if current.before_cents is not None:
        return current, [], one.refunded_cents >= current.before_cents + current.amount_cents
    for other in refunds.of_invoice(tx, workspace_id, invoice.id):
        unclear = other.status is RefundStatus.ASKED and other.before_cents is not None
        if other.id != refund.id and other.payment_id == payment.id and other.kind == REFUND and unclear:
            raise Busy("An earlier refund of the same payment is not settled yet.", retry_after=ONE_AT_A_TIME)
    more: list[int] = []
    left = current.amount_cents - (one.amount.amount - one.refunded_cents)
    if left > 0:
        more = _leave(tx, invoice, current, payment, left, now)
    amount = current.amount_cents - max(left, 0)
    if amount <= 0:
        raise Refused("All of that payment went back already.", code="already_refunded")
    refunds.change(
        tx,
        workspace_id,
        refund.id,
        payment_ref=one.payment_id,
        before_cents=one.refunded_cents,
        amount_cents=amount,
    )
    matched = refunds.get(tx, workspace_id, refund.id)
    assert matched is not None, "refunds are never deleted"
    return matched, more, False


def _take_down(tx: sa.Connection, invoice: Invoice, page: str, there: Sequence[ProviderPayment], now: datetime) -> None:
    """Have the rows of a page say what the provider says: one for each payment, with its way and its fee."""
    rows = [
        one
        for one in payments.of_invoice(tx, invoice.workspace_id, invoice.id)
        if one.provider_ref == page and one.status is PaymentStatus.PAID
    ]
    named = {one.payment_ref: one for one in rows if one.payment_ref is not None}
    free = [one for one in rows if one.payment_ref is None]
    for place, one in enumerate(there, 1):
        row_id = named[one.payment_id].id if one.payment_id in named else free.pop(0).id if free else None
        if row_id is None:
            row_id = payments.add(
                tx,
                invoice.workspace_id,
                order_id=f"invoice-{invoice.id}-at-{place}:{one.payment_id}",
                invoice_id=invoice.id,
                provider=invoice.provider,
                account_id=invoice.account_id,
                provider_ref=page,
                amount_cents=one.amount.amount,
                currency=invoice.currency,
                status=PaymentStatus.PAID,
                now=one.paid_at or now,
            )
            assert row_id is not None, "no row has that payment"
        payments.change(
            tx,
            invoice.workspace_id,
            row_id,
            payment_ref=one.payment_id,
            method=one.method,
            fee_cents=one.fee_cents,
            amount_cents=one.amount.amount,
        )


def _leave(
    tx: sa.Connection, invoice: Invoice, refund: Refund, payment: Payment, cents: int, now: datetime
) -> list[int]:
    """Reserve what a payment does not reach for on the others of the same page, where they have it."""
    books = books_of(tx, invoice)
    made: list[int] = []
    for other in books.paid:
        part = min(books.available(other), cents)
        if other.id == payment.id or other.provider_ref != payment.provider_ref or not part:
            continue
        cents -= part
        made.append(
            refunds.add(
                tx,
                invoice.workspace_id,
                other,
                amount_cents=part,
                status=RefundStatus.ASKED,
                reason=refund.reason,
                by=refund.by,
                now=now,
            )
        )
    return made


def _answered(
    tx: sa.Connection, workspace_id: int, refund_id: int, answer: ProviderRefund | None, now: datetime
) -> list[Parcel]:
    """Record what the provider says of a refund; without an answer it is known to have gone."""
    found = refunds.get(tx, workspace_id, refund_id)
    assert found is not None, "refunds are never deleted"
    assert found.invoice_id is not None, "refunds of ours are of an invoice"
    invoice = invoices.lock(tx, workspace_id, found.invoice_id)
    refund = refunds.get(tx, workspace_id, refund_id)
    assert invoice is not None, "invoices are never deleted"
    assert refund is not None, "refunds neither"
    if refund.status not in UNSETTLED:
        if answer is not None and refund.provider_ref is None:
            refunds.change(tx, workspace_id, refund_id, provider_ref=answer.refund_id)
        return []
    state = answer.state if answer is not None else RefundState.SUCCEEDED
    provider_ref = answer.refund_id if answer is not None else refund.provider_ref
    if state is RefundState.FAILED:
        why = answer.reason if answer is not None and answer.reason else "the provider does not say why"
        held = provider_ref if refund.status is RefundStatus.PENDING else None
        return refund_did_not_go(tx, invoice, refund, why, now, provider_ref=held)
    if state is RefundState.PENDING:
        refunds.change(tx, workspace_id, refund_id, status=RefundStatus.PENDING, provider_ref=provider_ref)
        return []
    before = books_of(tx, invoice)
    refunds.change(
        tx, workspace_id, refund_id, status=RefundStatus.SUCCEEDED, provider_ref=provider_ref, error="", settled_at=now
    )
    return money_went_back(tx, invoice, before, add_up(tx, invoice), now)


def _not_sent(tx: sa.Connection, refund: Refund, trouble: OutsideError, now: datetime) -> list[Parcel]:
    """A definite no ends a refund. After anything else it stays reserved: it may have gone, so that is asked first."""
    assert refund.invoice_id is not None, "refunds of ours are of an invoice"
    invoice = invoices.lock(tx, refund.workspace_id, refund.invoice_id)
    current = refunds.get(tx, refund.workspace_id, refund.id)
    assert invoice is not None, "invoices are never deleted"
    assert current is not None, "refunds neither"
    if isinstance(trouble, NotAuthorised):
        integrations.set_health(tx, refund.workspace_id, invoice.integration_id, error=trouble.message)
    if current.status is not RefundStatus.ASKED:
        return []
    if isinstance(trouble, Refused):
        return refund_did_not_go(tx, invoice, current, trouble.message, now)
    refunds.change(tx, refund.workspace_id, refund.id, error=trouble.message)
    buyer = buyers.get(tx, refund.workspace_id, invoice.buyer_id)
    who = buyer.label if buyer else "the buyer"
    return tell_operators(
        tx,
        refund.workspace_id,
        f"I cannot find out whether {Money(refund.amount_cents, refund.currency)} went back to {who}: "
        f"{trouble.message} Nothing is sent twice by trying again.",
        key=f"unclear-refund:{refund.id}:{refund.tries}",
        now=now,
        buttons=[[Button(title="Try again", payload=f"refund again {refund.id}")]],
    )
