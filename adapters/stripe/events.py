"""What happened at Stripe, read from its list of events: the same facts as its webhooks, for 30 days.

https://docs.stripe.com/webhooks/process-undelivered-events
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from adapters.base import Listed, PaymentUpdate, SubscriptionUpdate
from adapters.stripe.client import Client, NotPermitted
from adapters.stripe.repeats import PAGE, Answer, id_in
from adapters.stripe.webhooks import STATES, SUBSCRIPTIONS, translate
from bot.kit.errors import Refused


async def between(client: Client, since: datetime, until: datetime | None) -> list[Listed]:
    """The events we act on, oldest first; lists come newest first, a page at a time, of up to 20 types.

    Raises Refused for a key that is good and may not read events: such a key can still make invoices.
    """
    created = {"gte": int(since.timestamp())} | ({"lt": int(until.timestamp())} if until else {})
    params: dict[str, Any] = {"types": sorted({*STATES, *SUBSCRIPTIONS}), "created": created, "limit": PAGE}
    found: list[Listed] = []
    while True:
        try:
            page = await client.call(client.v1.events.list_async(cast("Any", params)))
        except NotPermitted as no:
            raise Refused(f"{no.message} Give it the right to read events.", code=no.code) from no
        events: list[Answer] = page.get("data") or []
        updates = (translate(event, since) for event in events)
        found += [
            update for update in updates if isinstance(update, PaymentUpdate | SubscriptionUpdate) and update.event_id
        ]
        if not page.get("has_more") or not events:
            return found[::-1]
        params["starting_after"] = events[-1]["id"]


async def paid_for(client: Client, payment_intent: str) -> str | None:
    """The invoice, the payment link or the checkout that a payment intent was for, if it was for one.

    https://docs.stripe.com/api/invoice-payment/list, https://docs.stripe.com/api/checkout/sessions/list
    """
    asked = {"payment": {"type": "payment_intent", "payment_intent": payment_intent}, "limit": 1}
    page = await client.call(client.v1.invoice_payments.list_async(cast("Any", asked)))
    for one in page.get("data") or []:
        return id_in(one, "invoice")
    sessions = await client.call(client.v1.checkout.sessions.list_async({"payment_intent": payment_intent, "limit": 1}))
    for session in sessions.get("data") or []:
        return id_in(session, "payment_link") or id_in(session, "id")
    return None
