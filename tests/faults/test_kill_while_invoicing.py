"""kill -9 in the middle of an invoice run, at every boundary: the same invoices, the same links, no message twice.

The run is done once undisturbed, which names its boundaries (`tests.faults.launcher`), and then again for two other
buyers each, killed at one of them. `make test` takes a spread, LIVE_ASSIST_EVERY_BOUNDARY=1 all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from sandbox.facebook.people import Person as Commenter
from sandbox.telegram import Person
from tests.faults.dying import Death, boundaries_of, killed_at, spread
from tests.faults.processes import ServedShop, a_served_shop
from tests.shop import Operator
from tests.stories.sales import heard_so_far

EVERY_DAY = 20
"""Boundaries that `make test` takes."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """How a pay link stands, with us and with its buyer."""

    invoice: str
    delivery: str
    seen: int
    """How often the buyer has it."""
    asked: int
    """How often the operator was asked what to do about it."""
    at_stripe: tuple[tuple[str, int], ...]
    """The buyer's invoices there: status and sum."""
    id: int = field(compare=False)


SENT = Link(invoice="sent", delivery="sent", seen=1, asked=0, at_stripe=(("open", 1990),), id=0)


def right(link: Link, death: Death, *, can_be_asked: bool) -> bool:
    """Whether a link ended as if nothing had been, or, cut off in flight, as something a person has to decide."""
    if link.id not in death.in_flight or (can_be_asked and link.seen):
        return link == SENT
    return link.seen <= 1 and link == replace(SENT, invoice="draft", delivery="unknown", seen=link.seen, asked=1)


@dataclass
class Evening:
    """A live show that finds two buyers for each run of invoices: one on Telegram, one on Facebook."""

    shop: ServedShop
    operator: Operator
    number: int = 0
    mai: Person = field(init=False)
    anna: Commenter = field(init=False)

    async def next_buyers(self) -> None:
        """Two people who have won something that is not billed yet."""
        self.number += 1
        self.mai = await self.shop.buyer(f"mai{self.number}")
        self.anna = self.shop.commenter(f"anna{self.number}")
        assert self.shop.page is not None
        await self.mai.says("sold 12", to=self.shop.group)
        await self.anna.comments(self.shop.page.live_videos[0], "sold 12")
        await self.shop.quiet()

    async def invoices(self) -> None:
        """The deed."""
        await self.operator.person.says("/invoice all", to=self.shop.bot)

    @property
    def on_telegram(self) -> Link:
        """The newest buyer's link there."""
        messages = [one for one in self.mai.chat(self.shop.bot).messages if one.sender.is_bot]
        return self._link(self.mai.first_name, [button.url for one in messages for button in one.buttons])

    @property
    def on_messenger(self) -> Link:
        """The newest buyer's link there."""
        return self._link(self.anna.name, [button.url for one in self.anna.inbox for button in one.buttons])

    def _link(self, name: str, urls: list[str | None]) -> Link:
        ((invoice,),) = self.shop.look(
            "SELECT i.status, i.pay_token, d.id, d.status AS delivery FROM invoices i JOIN deliveries d "
            f"ON d.invoice_id = i.id AND d.purpose = 'link' WHERE i.buyer_handle = '{name}'"
        )
        books = self.shop.stripe.accounts["acct_sandbox"]
        customers = {one["id"] for one in books.all("customer") if name in (one["name"] or "")}
        assert len(customers) == 1
        return Link(
            invoice=invoice.status,
            delivery=invoice.delivery,
            seen=urls.count(f"{self.shop.url}/pay/{invoice.pay_token}"),
            asked=heard_so_far(
                self.operator.person, self.shop, f"The pay link for @{name} may or may not have arrived"
            ),
            at_stripe=tuple(
                (one["status"], one["total"]) for one in books.all("invoice") if one["customer"] in customers
            ),
            id=invoice.id,
        )

    async def sends_again(self) -> None:
        """One tap under each question whose buyer has nothing."""
        for link, name in ((self.on_telegram, self.mai.first_name), (self.on_messenger, self.anna.name)):
            if link.delivery == "unknown" and not link.seen:
                await self.operator.taps("Send again", under=f"link for @{name}")
                await self.shop.quiet()


async def test_an_invoice_run_that_is_killed_anywhere_bills_once_and_sends_every_link_once(tmp_path: Path) -> None:
    async with a_served_shop(tmp_path) as shop:
        await shop.open()
        evening = Evening(shop, await shop.opens_show("12 Dress 19.90 x9999"))
        assert shop.page is not None
        await shop.page.goes_live("Friday")
        await evening.next_buyers()
        boundaries = await boundaries_of(shop, evening.invoices)
        assert (evening.on_telegram, evening.on_messenger) == (SENT, SENT)

        wrong: dict[str, object] = {}
        deaths: Counter[bool] = Counter()
        for boundary in spread(boundaries, EVERY_DAY):
            await evening.next_buyers()
            death = await killed_at(shop, boundary, evening.invoices)
            deaths[death.happened] += 1
            telegram, messenger = evening.on_telegram, evening.on_messenger
            await evening.sends_again()
            fine = right(telegram, death, can_be_asked=False) and right(messenger, death, can_be_asked=True)
            if not fine or (evening.on_telegram.seen, evening.on_messenger.seen) != (1, 1):
                wrong[boundary] = (telegram, messenger, evening.on_telegram, evening.on_messenger)
        assert wrong == {}
        assert deaths[True] > 5 * deaths[False], deaths
