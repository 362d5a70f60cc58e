"""kill -9 between a part paid in cash and the page for the rest, at every boundary: one page, and for the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.telegram import Person
from tests.faults.dying import boundaries_of, killed_at, spread
from tests.faults.processes import ServedShop, a_served_shop
from tests.shop import Operator

BUYERS = 45
"""More than the boundaries there are."""
EVERY_DAY = 8


@dataclass
class Evening:
    """A show whose buyers all have their links, and pay a part in cash one after the other."""

    shop: ServedShop
    operator: Operator
    waiting: Iterator[tuple[Person, int]]
    buyer: Person | None = None
    invoice: int = 0

    async def pays_a_part(self) -> None:
        """The deed: the operator writes down what the next buyer paid."""
        self.buyer, self.invoice = next(self.waiting)
        await self.operator.person.says(f"/paid @{self.buyer.username} cash 5", to=self.shop.bot)

    @property
    def ends(self) -> tuple[int, list[tuple[str, int]]]:
        """What our books say was paid, and how the buyer's invoices stand at Stripe, with what they ask for."""
        ((row,),) = self.shop.look(f"SELECT paid_cents FROM invoices WHERE id = {self.invoice}")
        books = self.shop.stripe.accounts["acct_sandbox"]
        theirs = [
            one for one in books.all("invoice") if one["metadata"].get("live_assist_invoice") == str(self.invoice)
        ]
        return row.paid_cents, sorted((one["status"], one["amount_due"]) for one in theirs)


async def test_a_part_paid_in_cash_leads_to_one_page_for_the_rest_wherever_it_is_killed(tmp_path: Path) -> None:
    async with a_served_shop(tmp_path) as shop:
        await shop.open()
        operator = await shop.opens_show("12 Dress 19.90 x9999")
        buyers = {name: await shop.buyer(name) for name in (f"mai{number}" for number in range(BUYERS))}
        for buyer in buyers.values():
            await buyer.says("sold 12", to=shop.group)
        await shop.heard()
        await operator.person.says("/invoice all", to=shop.bot)
        await operator.hears(f"{BUYERS} sent")
        await shop.quiet()
        (rows,) = shop.look("SELECT buyer_handle, id FROM invoices")
        evening = Evening(shop, operator, iter([(buyers[row.buyer_handle], row.id) for row in rows]))
        boundaries = await boundaries_of(shop, evening.pays_a_part)
        right = (500, [("open", 1490), ("void", 1990)])
        assert evening.ends == right

        wrong: dict[str, object] = {}
        deaths: Counter[bool] = Counter()
        for boundary in spread(boundaries, EVERY_DAY):
            death = await killed_at(shop, boundary, evening.pays_a_part)
            deaths[death.happened] += 1
            if evening.ends != right:
                wrong[boundary] = evening.ends
        assert wrong == {}
        assert deaths[True] > 2 * deaths[False], deaths
