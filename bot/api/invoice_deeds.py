"""Invoices, made, sent and voided through the API, and the runs that tell how far that has come."""

from __future__ import annotations

import sqlalchemy as sa
from aiohttp import web

from bot.api import bodies
from bot.api.access import BEARER
from bot.api.finding import buyer_called, the_invoice, the_run, the_show
from bot.api.shapes import Json
from bot.api.standing import invoice_now, run_now
from bot.api.table import Order, Route, change, refused_as
from bot.domain.invoice import InvoiceStatus
from bot.problems import Problem
from bot.webhooks import ASSISTANT
from bot.workflows.explain_invoices import check_claims, why_nothing
from bot.workflows.issue_invoices import NoProvider, issue_invoices
from bot.workflows.order_refunds import order_refund
from bot.workflows.record_payments import TAKES, Part, record_payment
from bot.workflows.send_links import send_links
from bot.workflows.void_invoices import check_voidable, order_void


async def _generate(order: Order) -> Json:
    show = await order.look(the_show, order.names)
    only = None
    if "buyers" in order.given:
        only = [(await order.look(buyer_called, who)).id for who in order.given["buyers"]]
    with refused_as("NOTHING_TO_INVOICE"):
        await order.assistant.database.read(check_claims, show)
        try:
            issued = await issue_invoices(order.assistant, order.workspace_id, show.id, only=only)
        except NoProvider as no:
            raise Problem(409, "PROVIDER_NOT_CONNECTED", no.message) from None
    if issued.run_id is None:
        why = await order.assistant.database.read(why_nothing, show, only, issued.under_way)
        raise Problem(409, "INVOICE_BEING_MADE" if issued.under_way else "NOTHING_TO_INVOICE", why)
    return {"run_id": issued.run_id, "invoices": len(issued.invoices)}


async def _send(order: Order) -> Json:
    invoice, buyer = await order.look(the_invoice, order.names)
    with refused_as(_CODES.get(invoice.status, "NOTHING_TO_SEND")):
        await send_links(order.assistant, order.workspace_id, invoice.show_id, only=[buyer.id], invoice_id=invoice.id)
    return await order.look(invoice_now, invoice.id, order.assistant.settings.public_url)


async def _void(order: Order) -> Json:
    invoice, buyer = await order.look(the_invoice, order.names)
    with refused_as(_CODES.get(invoice.status, "INVOICE_BEING_MADE")):
        check_voidable(invoice, buyer.label)
    await order_void(order.assistant, order.workspace_id, invoice.id)
    return await order.look(invoice_now, invoice.id, order.assistant.settings.public_url)


async def _mark_paid(order: Order) -> Json:
    invoice, _ = await order.look(the_invoice, order.names)
    part = Part(method=order.given["method"], cents=order.given.get("amount_cents"))
    with refused_as("NOT_PAYABLE" if invoice.status in TAKES else _CODES.get(invoice.status, "NOT_PAYABLE")):
        await record_payment(
            order.assistant,
            order.workspace_id,
            invoice.id,
            [part],
            by=order.by,
            key=order.key,
            note=order.given.get("note", ""),
        )
    return await order.look(invoice_now, invoice.id, order.assistant.settings.public_url)


async def _refund(order: Order) -> Json:
    invoice, _ = await order.look(the_invoice, order.names)
    with refused_as("NOTHING_TO_REFUND"):
        await order_refund(
            order.assistant,
            order.workspace_id,
            invoice.id,
            order.given.get("amount_cents"),
            by=order.by,
            key=order.key,
            reason=order.given.get("reason", ""),
        )
    return await order.look(invoice_now, invoice.id, order.assistant.settings.public_url)


async def _run(request: web.Request) -> web.Response:
    def look(tx: sa.Connection, workspace_id: int) -> Json:
        return run_now(tx, workspace_id, the_run(tx, workspace_id, request.match_info).id)

    return web.json_response(await request.app[ASSISTANT].database.read(look, request[BEARER].workspace_id))


_S = InvoiceStatus
_CODES = dict.fromkeys((_S.PAID, _S.PARTLY_PAID, _S.PARTLY_REFUNDED), "INVOICE_PAID") | dict.fromkeys(
    (_S.VOID, _S.EXPIRED, _S.REFUNDED), "INVOICE_CLOSED"
)
"""Why an invoice is left alone, where its status says so."""

INVOICES = "/api/shows/{show_id}/invoices"

ROUTES = (
    change(
        "POST",
        f"{INVOICES}/generate",
        "Bill every winner claim that no invoice bills yet, of all buyers or of some; asking twice bills nothing twice",
        _generate,
        status=202,
        answers="Generated",
        body={"buyers": bodies.BUYERS},
        conflicts=("NOTHING_TO_INVOICE", "INVOICE_BEING_MADE", "PROVIDER_NOT_CONNECTED", "BUYER_UNCLEAR"),
    ),
    change(
        "POST",
        f"{INVOICES}/{{invoice_id}}/send",
        "Send the pay link to its buyer, again if it was sent before",
        _send,
        status=202,
        answers="Invoice",
        conflicts=("NOTHING_TO_SEND", "INVOICE_PAID", "INVOICE_CLOSED"),
    ),
    change(
        "POST",
        f"{INVOICES}/{{invoice_id}}/void",
        "Have an unpaid invoice closed at its provider; what was on it can be billed again",
        _void,
        status=202,
        answers="Invoice",
        conflicts=("INVOICE_BEING_MADE", "INVOICE_PAID", "INVOICE_CLOSED"),
    ),
    change(
        "POST",
        f"{INVOICES}/{{invoice_id}}/mark-paid",
        "Write down that an invoice was paid by hand, all that is open or a part; its page then asks for the rest only",
        _mark_paid,
        answers="Invoice",
        body={"method": bodies.required(bodies.METHOD), "amount_cents": bodies.AMOUNT, "note": bodies.NOTE},
        conflicts=("NOT_PAYABLE", "INVOICE_PAID", "INVOICE_CLOSED"),
        once=True,
    ),
    change(
        "POST",
        f"{INVOICES}/{{invoice_id}}/refund",
        "Send back what was paid for an invoice, all of it or a part; what came by hand is only written down",
        _refund,
        status=202,
        answers="Invoice",
        body={"amount_cents": bodies.AMOUNT, "reason": bodies.NOTE},
        conflicts=("NOTHING_TO_REFUND",),
        once=True,
    ),
    Route(
        method="GET",
        path="/api/runs/{run_id}",
        does="Say how far an order to invoice or to send has come",
        handler=_run,
        answers="Run",
    ),
)
