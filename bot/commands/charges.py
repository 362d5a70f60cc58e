"""Commands about charging: an open invoice paid with the card its buyer left, on the operator's word."""

from __future__ import annotations

from bot.commands.payments import invoice_by_id, invoices_meant, the_one
from bot.commands.table import Commands, Context, Reply, button
from bot.domain.invoice import OPEN, Invoice
from bot.kit.errors import BadInput, NotAuthorised, OutcomeUnknown, Refused
from bot.kit.redact import redact
from bot.workflows.charge_invoices import charge_invoice, check_chargeable
from bot.workflows.send_links import send_links
from storage import buyers

commands = Commands()


@commands.add("charge now <invoice> <cents>", topic="")
async def charge_now(context: Context, invoice_id: str, cents: str) -> Reply | str:
    """charge this invoice, if it still comes to so much"""
    invoice = await invoice_by_id(context, invoice_id)
    if invoice.status in OPEN and str(invoice.rest.amount) != cents:
        return await _ask(context, invoice)
    who = await _label(context, invoice)
    try:
        done = await charge_invoice(
            context.assistant, context.workspace_id, invoice.provider, invoice.id, by=context.by
        )
    except NotAuthorised:
        raise
    except OutcomeUnknown as unclear:
        again = button("Try again", f"charge now {invoice.id} {cents}")
        text = (
            f"Nobody knows yet whether {invoice.rest} was charged: {redact(unclear.message)} Nothing is charged twice."
        )
        return Reply(text=text, buttons=again)
    except Refused as no:
        text = f"{who} was not charged: {redact(no.message)}\nThey can pay by their link."
        return Reply(text=text, buttons=button("Send the link", f"charge link {invoice.id}"))
    if not done:
        return f"{invoice.rest} is being charged. I will tell you when {who} has paid."
    return f"Charged: {who} has paid {invoice.rest}."


@commands.add("charge link <invoice>", topic="")
async def charge_link(context: Context, invoice_id: str) -> Reply | str:
    """send the link of an invoice that was not charged"""
    invoice = await invoice_by_id(context, invoice_id)
    await send_links(
        context.assistant,
        context.workspace_id,
        invoice.show_id,
        only=[invoice.buyer_id],
        invoice_id=invoice.id,
        channel_id=context.channel.id,
        chat_id=context.message.chat_id,
    )
    return ""


@commands.add("charge of <invoice>", topic="")
async def charge_of(context: Context, invoice_id: str) -> Reply | str:
    """ask before this invoice is charged"""
    return await _ask(context, await invoice_by_id(context, invoice_id))


@commands.add("charge <buyer...>", topic="money", example="charge @mai")
async def charge(context: Context, who: str) -> Reply | str:
    """charge a buyer's unpaid invoice to the card they left at the provider; I ask before

    Only with their agreement. What the bank says when it declines is told, and the link is offered instead.
    """
    buyer, theirs = await invoices_meant(context, who, line="charge {}", which=lambda one: one.status in OPEN)
    if not theirs:
        raise BadInput(f"{buyer.label} has no unpaid invoice. To bill what they won: /invoice {buyer.label}")
    return await _ask(context, the_one(theirs, f"Which invoice of {buyer.label}?", "charge of {}"))


async def _ask(context: Context, invoice: Invoice) -> Reply:
    kind = await context.assistant.database.read(check_chargeable, context.workspace_id, invoice.id)
    who = await _label(context, invoice)
    return Reply(
        text=f"Charge {invoice.rest} for {invoice.number} to the card {who} left at {kind.display_name}?",
        buttons=button(f"Charge {invoice.rest}", f"charge now {invoice.id} {invoice.rest.amount}"),
    )


async def _label(context: Context, invoice: Invoice) -> str:
    buyer = await context.assistant.database.read(buyers.get, context.workspace_id, invoice.buyer_id)
    assert buyer is not None, "invoices refer to their buyer"
    return buyer.label
