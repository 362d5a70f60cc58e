"""A buyer's customer at Stripe: one per buyer, whatever it is first made for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.base import InvoiceOrder, SubscriptionOrder
from adapters.stripe.client import Client
from adapters.stripe.repeats import KEYS_LAST, Answer, find, id_of, once
from adapters.stripe.words import LONGEST_METADATA, LONGEST_NAME, short

if TYPE_CHECKING:
    from stripe.params import CustomerCreateParams


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Whom a customer is made for."""

    workspace_uid: str
    buyer_id: int
    name: str
    handle: str

    @classmethod
    def of(cls, order: InvoiceOrder | SubscriptionOrder) -> Buyer:
        """The buyer of an order."""
        return cls(
            workspace_uid=order.workspace_uid,
            buyer_id=order.buyer_id,
            name=order.buyer_name,
            handle=order.buyer_handle if isinstance(order, InvoiceOrder) else "",
        )

    @property
    def mark(self) -> dict[str, str]:
        """The metadata by which this buyer is found again."""
        return {"live_assist_workspace": self.workspace_uid, "live_assist_buyer": str(self.buyer_id)}

    @property
    def params(self) -> CustomerCreateParams:
        """The buyer in Stripe's words."""
        return {
            "name": short(self.name or self.handle or f"Buyer {self.buyer_id}", LONGEST_NAME),
            "metadata": self.mark | {"live_assist_handle": short(self.handle, LONGEST_METADATA)},
        }


def key_of(workspace_uid: str, buyer_id: int, *, late: bool) -> str:
    """Customers are per buyer, not per invoice: two invoices of one buyer at once must agree on one."""
    return f"la-{workspace_uid}-buyer-{buyer_id}" + ("-late" if late else "")


async def customer_of(client: Client, buyer: Buyer, key: str, *, since: datetime, late: bool = False) -> str:
    """The buyer's customer, made under `key` unless it is there; `late` when Stripe may have forgotten the key."""

    async def known() -> Answer | None:
        # Another invoice of this buyer may have made them, as long ago as keys last.
        return await find(client, client.v1.customers.list_async, buyer.mark, since=since - KEYS_LAST)

    answer = await known() if late else None
    if answer is None:
        answer = await once(client, key, lambda options: client.v1.customers.create_async(buyer.params, options), known)
    return id_of(answer)
