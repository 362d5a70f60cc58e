"""Takes slips: pictures of transfers that buyers send count as nothing until an operator says that the money came."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.books import MANUAL, Method, Payment, PaymentStatus
from bot.domain.invoice import Invoice
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.choose_texts import texts_for
from bot.workflows.greet_buyers import meet_buyer
from bot.workflows.keep_books import books_of
from bot.workflows.record_payments import TAKES, enter_by_hand
from bot.workflows.tell import Parcel, hand_over, tell_buyer, tell_chat
from messaging.base import Button, Message
from storage import buyers, invoices, operators, payments
from storage.channels import Channel
from storage.deliveries import REPLY

MOST_WAITING = 3
"""Pictures for one invoice that operators are asked about at a time."""


async def take_slip(assistant: Assistant, channel: Channel, message: Message, inbox_id: int) -> bool:
    """Keep a picture that somebody who owes something sent in private; False when nothing is owed."""
    if not message.picture:
        return False
    taken = await assistant.database.write(_take, channel, message, inbox_id, assistant.now())
    if taken is None:
        return False
    await hand_over(assistant, channel.workspace_id, taken)
    return True


async def confirm_slip(assistant: Assistant, workspace_id: int, payment_id: int, *, by: str) -> Invoice:
    """The transfer came: all that is open is paid. Returns the invoice. Raises BadInput when that was settled."""
    invoice, parcels = await assistant.database.write(_confirm, workspace_id, payment_id, by, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    await assistant.jobs.balance_invoice(workspace_id, invoice.id, invoice.tries)
    return invoice


async def refuse_slip(assistant: Assistant, workspace_id: int, payment_id: int, *, by: str) -> Invoice:
    """The transfer did not come; the buyer is told. Returns the invoice. Raises BadInput when that was settled."""
    invoice, parcels = await assistant.database.write(_refuse, workspace_id, payment_id, by, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    return invoice


def slip_of(channel: Channel, message: Message) -> dict[str, str] | None:
    """Where the picture of a message is, as it is kept with a payment; None without one."""
    if not message.picture:
        return None
    return {
        "channel": str(channel.id),
        "file": message.picture,
        "chat": message.chat_id,
        "message": message.message_id,
    }


def _take(tx: sa.Connection, channel: Channel, message: Message, inbox_id: int, now: datetime) -> list[Parcel] | None:
    workspace_id = channel.workspace_id
    buyer_id = meet_buyer(tx, channel, message.person, message.sent_at, now)
    owed = [one for one in invoices.unpaid_of_buyer(tx, workspace_id, buyer_id) if one.rest.amount]
    buyer = buyers.get(tx, workspace_id, buyer_id)
    if not owed or buyer is None:
        return None
    invoice = invoices.lock(tx, workspace_id, owed[-1].id)
    assert invoice is not None, "invoices are never deleted"
    texts = texts_for(tx, workspace_id, buyer_id, invoice.show_id)
    parcels = tell_chat(
        tx,
        workspace_id,
        channel_id=channel.id,
        chat_id=message.chat_id,
        text=texts.say("slip_thanks"),
        key=f"slip:{inbox_id}",
        purpose=REPLY,
        now=now,
    )
    waiting = [one for one in books_of(tx, invoice).payments if one.slip and one.status is PaymentStatus.PENDING]
    if len(waiting) >= MOST_WAITING:
        return parcels
    made = payments.add(
        tx,
        workspace_id,
        order_id=f"slip-{inbox_id}",
        invoice_id=invoice.id,
        provider=MANUAL,
        account_id="",
        method=Method.BANK_TRANSFER.value,
        amount_cents=invoice.rest.amount,
        currency=invoice.currency,
        status=PaymentStatus.PENDING,
        note=message.text[:200],
        slip=slip_of(channel, message),
        now=now,
    )
    if made is None:
        return parcels  # a crash has this message taken again
    said = f" and writes: {message.text[:200]}" if message.text else ""
    told = (
        f"{buyer.label} sent a picture of a transfer{said}. {invoice.rest} of {invoice.number} is open. "
        f"Has it come? Was it another sum: /paid {buyer.label} bank 20"
    )
    return parcels + _show(tx, channel, message, told, made, now)


def _show(
    tx: sa.Connection, channel: Channel, message: Message, told: str, payment_id: int, now: datetime
) -> list[Parcel]:
    """The picture itself goes to operators on the same account; others are told where it is."""
    kind, _, where = message.picture.partition(":")
    yes = Button(title="Confirm", payload=f"slip yes {payment_id}")
    no = Button(title="Not received", payload=f"slip no {payment_id}")
    see = [[Button(title="See the picture", url=where)]] if kind == "url" else []
    parcels: list[Parcel] = []
    for chat in operators.chats(tx, channel.workspace_id):
        here = chat.channel_id == channel.id and not see
        parcels += tell_chat(
            tx,
            channel.workspace_id,
            channel_id=chat.channel_id,
            chat_id=chat.chat_id,
            text=told if here or see else f"{told} The picture is in the chat of {channel.title}.",
            key=f"slip:{payment_id}:{chat.channel_id}:{chat.chat_id}",
            now=now,
            buttons=[*see, [yes, no]],
            picture=message.picture if here else "",
        )
    return parcels


def _waiting(tx: sa.Connection, workspace_id: int, payment_id: int) -> tuple[Payment, Invoice]:
    """A picture that nobody has decided about, with its invoice, held."""
    payment = payments.get(tx, workspace_id, payment_id)
    if payment is None or payment.slip is None or payment.invoice_id is None:
        raise BadInput("There is no such picture.")
    invoice = invoices.lock(tx, workspace_id, payment.invoice_id)
    again = payments.get(tx, workspace_id, payment_id)
    assert invoice is not None, "invoices are never deleted"
    assert again is not None, "payments neither"
    if again.status is not PaymentStatus.PENDING:
        raise BadInput("That was decided already.")
    return again, invoice


def _confirm(
    tx: sa.Connection, workspace_id: int, payment_id: int, by: str, now: datetime
) -> tuple[Invoice, list[Parcel]]:
    payment, invoice = _waiting(tx, workspace_id, payment_id)
    if invoice.status not in TAKES or not invoice.rest.amount:
        raise BadInput(f"Nothing of {invoice.number} is open any more. To send money back: /refund")

    def write() -> None:
        came = invoice.rest.amount
        payments.change(tx, workspace_id, payment.id, status=PaymentStatus.PAID, amount_cents=came, by=by, paid_at=now)

    _, parcels = enter_by_hand(tx, invoice, write, now)
    again = invoices.get(tx, workspace_id, invoice.id)
    assert again is not None, "it is locked"
    return again, parcels


def _refuse(
    tx: sa.Connection, workspace_id: int, payment_id: int, by: str, now: datetime
) -> tuple[Invoice, list[Parcel]]:
    payment, invoice = _waiting(tx, workspace_id, payment_id)
    payments.change(tx, workspace_id, payment.id, status=PaymentStatus.FAILED, by=by)
    if not invoice.rest.amount:
        return invoice, []
    texts = texts_for(tx, workspace_id, invoice.buyer_id, invoice.show_id)
    parcels = tell_buyer(
        tx,
        workspace_id,
        invoice.buyer_id,
        texts.say("slip_missing", total=invoice.rest),
        purpose="notice",
        key=f"no-slip:{payment.id}",
        invoice_id=invoice.id,
        now=now,
    )
    return invoice, parcels
