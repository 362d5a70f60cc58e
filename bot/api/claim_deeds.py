"""Claims, awarded and released through the API."""

from __future__ import annotations

import sqlalchemy as sa

from bot.api import bodies
from bot.api.bodies import required
from bot.api.finding import buyer_called, item_called, the_claim, the_show
from bot.api.shapes import Json
from bot.api.standing import claim_now
from bot.api.table import Order, change, refused_as
from bot.domain.claim import ACTIVE
from bot.domain.invoice import InvoiceStatus
from bot.kit.errors import BadInput
from bot.problems import Problem
from bot.workflows.award_claims import NotEnough, award_claim
from bot.workflows.keep_deeds import DoneBefore
from bot.workflows.release_claims import award_item, release_claim
from storage import claims, invoices


async def _give(order: Order) -> Json:
    given = order.given
    if ("buyer_id" in given) == ("buyer" in given):
        raise Problem(400, "BAD_REQUEST", "Send buyer_id or buyer, one of them.")
    show = await order.look(the_show, order.names)
    item = await order.look(item_called, show, given["item"])
    buyer = await order.look(buyer_called, given["buyer_id"] if "buyer_id" in given else given["buyer"])
    quantity = given.get("quantity")
    try:
        awarded = await award_item(
            order.assistant,
            order.workspace_id,
            show.id,
            item.id,
            buyer.id,
            quantity=quantity,
            by=order.by,
            key=order.key,
        )
    except DoneBefore:
        raise
    except BadInput as no:
        held = await order.look(claims.active, show.id, buyer_id=buyer.id, item_id=item.id)
        has_it = quantity is None and bool(held) and all(claim.position is None for claim in held)
        raise Problem(409, "ITEM_WON_ALREADY" if has_it else "ITEM_SOLD_OUT", no.message) from None
    return await order.look(claim_now, awarded.claim.id)


async def _release(order: Order) -> Json:
    claim = await order.look(the_claim, order.names)
    try:
        await release_claim(order.assistant, order.workspace_id, claim.id, by=order.by, key=order.key)
    except DoneBefore:
        raise
    except BadInput as no:
        raise Problem(409, await order.look(_why_kept, claim.id), no.message) from None
    return await order.look(claim_now, claim.id)


def _why_kept(tx: sa.Connection, workspace_id: int, claim_id: int) -> str:
    claim = claims.get(tx, workspace_id, claim_id)
    if claim is None or claim.status not in ACTIVE or claim.invoice_id is None:
        return "CLAIM_NOT_ACTIVE"
    billed = invoices.get(tx, workspace_id, claim.invoice_id)
    return "INVOICE_BEING_MADE" if billed and billed.status is InvoiceStatus.DRAFT else "INVOICE_PAID"


async def _award(order: Order) -> Json:
    claim = await order.look(the_claim, order.names)
    with refused_as("CLAIM_NOT_WAITING"):
        try:
            given = await award_claim(order.assistant, order.workspace_id, claim.id, by=order.by, key=order.key)
        except NotEnough as no:
            raise Problem(409, "ITEM_SOLD_OUT", no.message) from None
    return await order.look(claim_now, given.id)


CLAIMS = "/api/shows/{show_id}/claims"

ROUTES = (
    change(
        "POST",
        CLAIMS,
        "Give an item to a buyer, out of turn if need be; without a quantity what they wait for, else one",
        _give,
        status=201,
        answers="Claim",
        body={
            "buyer_id": bodies.BUYER_ID,
            "buyer": bodies.HANDLE,
            "item": required(bodies.CODE),
            "quantity": bodies.PIECES,
        },
        conflicts=("ITEM_SOLD_OUT", "ITEM_WON_ALREADY", "BUYER_UNCLEAR"),
        once=True,
    ),
    change(
        "POST",
        f"{CLAIMS}/{{claim_id}}/release",
        "Take a claim back; the next in line gets the item, and an unpaid invoice with it on is voided",
        _release,
        answers="Claim",
        conflicts=("CLAIM_NOT_ACTIVE", "INVOICE_PAID", "INVOICE_BEING_MADE"),
        once=True,
    ),
    change(
        "POST",
        f"{CLAIMS}/{{claim_id}}/award",
        "Give a claim its item that waits for it, or that was made before the item was listed",
        _award,
        answers="Claim",
        conflicts=("CLAIM_NOT_WAITING", "ITEM_SOLD_OUT"),
        once=True,
    ),
)
