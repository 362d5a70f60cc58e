"""Refunds payments: reserved here, sent back at the provider, recorded; never more than came.

Before a provider is asked for anything, it is asked what went back already. So a refund whose answer was lost is found
instead of made twice, also when its idempotency key is forgotten there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from adapters.base import Capability, CheckoutStyle, PaymentProvider, ProviderPayment, ProviderRefund, RefundState
from adapters.registry import provider_class
from bot.domain.books import REFUND, UNSETTLED, Payment, Refund, RefundStatus
from bot.domain.invoice import Invoice
from bot.domain.money import Money
from bot.kit.errors import Busy, NotAuthorised, OutsideError, Refused
from bot.kit.retry import Later, later
from bot.workflows.assistant import Assistant
from bot.workflows.keep_books import add_up, books_of
from bot.workflows.learn_payments import take_down
from bot.workflows.settle_refunds import money_went_back, refund_did_not_go
from bot.workflows.tell import Parcel, hand_over, label_of, tell_operators
from bot.workflows.void_invoices import check_account
from messaging.base import Button
from storage import integrations, invoices, payments, refunds
from storage.integrations import Integration

REASON = "requested_by_customer"
"""What providers are told; what the operator said stays with us."""
ONE_AT_A_TIME = 5.0
"""Seconds after which to look again whether an earlier refund of the same payment is settled."""


async def send_back(
    assistant: Assistant, workspace_id: int, refund_id: int, retries: int = 0, waits: int = 0
) -> str | Later:
    """Have the provider send one reserved refund back.

    Returns what became of it, or when to try again.
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
        again = later(trouble, retries, waits)
        if again is not None:
            return again
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
    take_down(tx, invoice, page, there, now)
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
    who = label_of(tx, refund.workspace_id, invoice.buyer_id)
    return tell_operators(
        tx,
        refund.workspace_id,
        f"I cannot find out whether {Money(refund.amount_cents, refund.currency)} went back to {who}: "
        f"{trouble.message} Nothing is sent twice by trying again.",
        key=f"unclear-refund:{refund.id}:{refund.tries}",
        now=now,
        buttons=[[Button(title="Try again", payload=f"refund again {refund.id}")]],
    )
