"""What a buyer gives back by comment: the unpaid bill with it on is voided, a paid one keeps it."""

from __future__ import annotations

from tests.shop import Shop
from tests.stories.sales import invoices_at_stripe, sells_dresses


async def test_an_unpaid_bill_is_voided_and_a_paid_one_keeps_its_item(shop: Shop) -> None:
    operator, (mai, lan) = await sells_dresses(shop, "Mai", "Lan")
    await operator.says("/rules cancel on", hears="buyers may, by comment")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("2 sent")
    (theirs,) = [one for one in await shop.invoices("sent", "sent") if one["buyer"]["handle"] == "lan"]
    shop.stripe.pay(theirs["external_id"])
    await operator.hears("@lan paid 19.90 USD")
    for buyer in (mai, lan):
        await buyer.says("pass 12", to=shop.group)
    await operator.hears("@mai's invoice of 19.90 USD is now void")
    await operator.hears("@lan wants to give 12 back, but it is paid or being billed.")
    assert await shop.claims() == [("mai", "released"), ("lan", "winner"), ("mai", "released"), ("lan", "rejected")]
    await shop.invoices("paid", "void")
    assert invoices_at_stripe(shop) == {"paid": 1, "void": 1}
