"""Two operators on two replicas, in the same moment: nothing is sold, billed or sent twice, and nothing is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adapters.base import PaymentState, PaymentUpdate
from bot.domain.claim import Claim
from bot.domain.invoice import Invoice, InvoiceEvent, InvoiceStatus
from bot.domain.money import Money
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.decide_comments import Decider
from bot.workflows.draw_bills import keep_bill
from bot.workflows.give_credit import give_credit
from bot.workflows.issue_invoices import issue_invoices, retry_invoices
from bot.workflows.keep_updates import keep_updates
from bot.workflows.read_comments import Heard
from bot.workflows.release_claims import award_item, release_claim
from bot.workflows.run_coupons import Offer, new_coupon
from bot.workflows.run_shows import end_show, go_live, new_show
from bot.workflows.send_links import resend
from bot.workflows.settle_payments import record_event, settle_payment
from messaging.base import Comment, Person, Verb
from storage import buyers, channels, claims, coupons, credits, deliveries, invoices, items, shows, workspaces
from storage.deliveries import DeliveryStatus
from tests.bot.commands.conftest import GROUP, Shop, a_house
from tests.meeting import LateCommit, meet

SHOW = 1


@dataclass
class Replicas:
    """A shop with one live show, served by two processes; the commit of the first one is late."""

    shop: Shop
    late: LateCommit

    @property
    def second(self) -> Assistant:
        return self.shop.assistant

    @property
    def first(self) -> Assistant:
        assistant = replace(self.shop.assistant, database=self.late)
        assistant.jobs = self.shop.jobs
        return assistant

    async def meet(self, one: Coroutine[Any, Any, Any], other: Coroutine[Any, Any, Any]) -> tuple[Any, Any]:
        return await meet(self.late, one, other)

    async def bills(self) -> list[Invoice]:
        return list(await self.shop.read(invoices.of_show, self.shop.workspace_id, SHOW))

    async def held(self) -> list[Claim]:
        return list(await self.shop.read(claims.active, self.shop.workspace_id, SHOW))

    async def buyer(self, handle: str) -> int:
        (found,) = await self.shop.read(buyers.by_handle, self.shop.workspace_id, handle)
        return int(found.id)


@pytest.fixture
async def replicas(tmp_path: Path, postgres_url: str) -> AsyncIterator[Replicas]:
    async with a_house(tmp_path, {}, postgres_url) as shop:
        operator = await shop.operator()
        await operator.says("/show new Friday sale USD")
        await operator.says("/item add 12 Blue dress 19.90\n14 Hat 5")
        await operator.says("/live", hears="is live")
        await shop.connect_stripe()
        late = LateCommit(postgres_url)
        yield Replicas(shop, late)
        await late.close()


async def test_one_of_two_shows_goes_live_and_the_other_waits_for_its_end(replicas: Replicas) -> None:
    shop = replicas.shop
    await end_show(replicas.second, shop.workspace_id, SHOW)
    other = await new_show(replicas.second, shop.workspace_id, "Saturday")
    live, refused = await replicas.meet(
        go_live(replicas.first, shop.workspace_id, SHOW, {}), go_live(replicas.second, shop.workspace_id, other.id, {})
    )
    assert live.id == SHOW
    with pytest.raises(BadInput, match="“Friday sale” is live already"):
        raise refused


async def test_of_two_new_buyers_who_want_the_last_piece_one_wins_and_one_waits(replicas: Replicas) -> None:
    shop = replicas.shop

    def says(assistant: Assistant, who: str, number: int, feed: str = "-100777") -> Coroutine[Any, Any, Any]:
        comment = Comment(
            feed_id=feed,
            feed_title="A new group",
            comment_id=f"{feed}:{number}",
            verb=Verb.ADDED,
            revision=0,
            author=Person(id=f"id-{who}", kind="user", username=who, name=who),
            text="sold 12",
            written_at=shop.clock(),
        )
        heard = [Heard(channel_id=shop.channel.id, platform="telegram", comment=comment)]
        return assistant.database.write(Decider().decide, shop.workspace_id, heard, shop.clock())

    await replicas.meet(says(replicas.first, "mai", 1), says(replicas.second, "lan", 2))
    assert [(claim.seq, str(claim.status)) for claim in await replicas.held()] == [(3, "winner"), (4, "waitlisted")]
    (feed,) = await shop.read(channels.feeds_of, shop.workspace_id)
    assert feed.title == "A new group"


async def test_money_that_comes_while_its_invoice_is_being_recorded_is_taken(replicas: Replicas) -> None:
    shop = replicas.shop
    await shop.comments("mai", "sold 12")
    await issue_invoices(replicas.second, shop.workspace_id, SHOW)
    (invoice,) = await replicas.bills()
    where = (shop.workspace_id, invoice.id)
    paid = PaymentUpdate(
        provider="stripe",
        event_id="evt_1",
        kind="invoice.paid",
        state=PaymentState.PAID,
        account_id=None,
        external_id="in_1",
        payment_id="pi_1",
        workspace_uid=(await shop.read(workspaces.get, shop.workspace_id)).uid,
        invoice_id=invoice.id,
        amount=invoice.total,
        reason=None,
        happened_at=shop.clock(),
        livemode=False,
        raw={},
    )
    await keep_updates(replicas.second, shop.workspace_id, [paid])
    inbox_id, _ = shop.jobs.settled.pop()
    _, outcome = await replicas.meet(
        replicas.first.database.write(invoices.change, *where, external_id="in_1"),
        settle_payment(replicas.second, shop.workspace_id, inbox_id),
    )
    assert outcome == "applied"
    assert (await shop.read(invoices.get, *where)).status is InvoiceStatus.PAID


async def test_the_last_piece_is_awarded_once(replicas: Replicas) -> None:
    shop = replicas.shop
    await shop.comments("mai", "pretty")
    await shop.comments("lan", "pretty")
    mai, lan = await replicas.buyer("mai"), await replicas.buyer("lan")
    where = (shop.workspace_id, SHOW, 1)
    given, refused = await replicas.meet(
        award_item(replicas.first, *where, mai, quantity=1, by="Ann"),
        award_item(replicas.second, *where, lan, quantity=1, by="Bo"),
    )
    assert given.claim.buyer_id == mai
    with pytest.raises(BadInput, match="all 1 are won"):
        raise refused
    item = await shop.read(items.by_code, shop.workspace_id, SHOW, "12")
    assert (item.won, item.waiting) == (1, 0)


async def test_two_operators_invoicing_in_the_same_moment_bill_everybody_once(replicas: Replicas) -> None:
    shop = replicas.shop
    await shop.comments("mai", "sold 12")
    await shop.comments("lan", "sold 14")
    where = (shop.workspace_id, SHOW)
    issued, nothing_left = await replicas.meet(
        issue_invoices(replicas.first, *where), issue_invoices(replicas.second, *where)
    )
    assert (len(issued.invoices), len(nothing_left.invoices)) == (2, 0)
    assert [bill.amount_cents for bill in await replicas.bills()] == [1990, 500]


async def test_what_a_closing_invoice_lets_go_of_is_on_the_next_one(replicas: Replicas) -> None:
    shop = replicas.shop
    await shop.comments("mai", "sold 12")
    await issue_invoices(replicas.second, shop.workspace_id, SHOW)
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await shop.comments("mai", "sold 14")
    await replicas.meet(
        replicas.late.write(record_event, shop.workspace_id, 1, InvoiceEvent.VOIDED, None, shop.clock()),
        issue_invoices(replicas.second, shop.workspace_id, SHOW),
    )
    assert [(bill.status, bill.amount_cents) for bill in await replicas.bills()] == [
        (InvoiceStatus.VOID, 1990),
        (InvoiceStatus.DRAFT, 2490),
    ]


async def test_a_claim_that_moves_to_the_next_invoice_is_not_released_from_the_one_before(replicas: Replicas) -> None:
    shop = replicas.shop
    await shop.comments("mai", "sold 12")
    await issue_invoices(replicas.second, shop.workspace_id, SHOW)
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await shop.comments("mai", "sold 14")
    await issue_invoices(replicas.second, shop.workspace_id, SHOW)
    first_claim = (await replicas.held())[0]
    _, refused = await replicas.meet(
        replicas.late.write(record_event, shop.workspace_id, 1, InvoiceEvent.VOIDED, None, shop.clock()),
        release_claim(replicas.second, shop.workspace_id, first_claim.id, by="Ann"),
    )
    with pytest.raises(BadInput, match="being made right now"):
        raise refused


async def test_an_invoice_that_is_paid_while_it_is_tried_again_stays_paid(replicas: Replicas) -> None:
    shop = replicas.shop
    await shop.comments("mai", "sold 12")
    await issue_invoices(replicas.second, shop.workspace_id, SHOW)
    await shop.set_invoices(status=InvoiceStatus.ERROR)
    await replicas.meet(
        replicas.late.write(record_event, shop.workspace_id, 1, InvoiceEvent.PAYMENT, 1990, shop.clock()),
        retry_invoices(replicas.second, shop.workspace_id, SHOW),
    )
    assert await shop.statuses() == [InvoiceStatus.PAID]


async def test_a_message_sent_again_by_two_taps_goes_out_once(replicas: Replicas) -> None:
    shop = replicas.shop
    made = await shop.write(
        deliveries.queue,
        shop.workspace_id,
        purpose="notice",
        dedupe_key="tapped",
        text="Hello",
        channel_id=shop.channel.id,
        chat_id=GROUP,
        now=shop.clock(),
    )
    await shop.write(deliveries.settle, shop.workspace_id, made, DeliveryStatus.UNKNOWN)
    again, not_again = await replicas.meet(
        resend(replicas.first, shop.workspace_id, made), resend(replicas.second, shop.workspace_id, made)
    )
    assert (again, not_again) == (True, False)
    assert shop.jobs.delivered.count(made) == 1


async def test_two_invoices_at_once_use_a_buyers_credit_once(replicas: Replicas) -> None:
    shop = replicas.shop
    await shop.comments("mai", "sold 12")
    await issue_invoices(replicas.second, shop.workspace_id, SHOW)
    await shop.comments("mai", "sold 14")
    mai = await replicas.buyer("mai")
    await give_credit(replicas.second, shop.workspace_id, mai, Money(600, "USD"), "sorry", by="Ann", key="")
    first = (await replicas.bills())[0]
    other = await shop.write(
        invoices.reserve,
        shop.workspace_id,
        show_id=SHOW,
        integration_id=first.integration_id,
        provider=first.provider,
        account_id=first.account_id,
        buyer_id=mai,
        buyer_handle="mai",
        buyer_platform_user_id="",
        currency="USD",
        lines=first.lines,
        replaces_id=None,
        now=shop.clock(),
    )
    unbilled = await shop.read(claims.unbilled_winners, shop.workspace_id, SHOW)
    await shop.write(claims.bill, shop.workspace_id, [claim.id for claim in unbilled], other)

    def keep(tx: sa.Connection, invoice_id: int) -> int:
        show, invoice = shows.get(tx, shop.workspace_id, SHOW), invoices.lock(tx, shop.workspace_id, invoice_id)
        assert show is not None
        assert invoice is not None
        return keep_bill(tx, show, invoice, shop.clock()).credit_cents

    used = await replicas.meet(replicas.late.write(keep, first.id), replicas.second.database.write(keep, other))
    assert used == (600, 0)
    assert await shop.read(credits.balance, shop.workspace_id, mai, "USD") == 0


async def test_the_last_use_of_a_coupon_is_given_once(replicas: Replicas) -> None:
    shop = replicas.shop
    await shop.comments("mai", "sold 12")
    await shop.comments("lan", "sold 14")
    await issue_invoices(replicas.second, shop.workspace_id, SHOW)
    offer = Offer(
        code="ONCE", percent=10_000, amount_cents=None, currency="USD", least_cents=None, most_uses=1, until=None
    )
    coupon = await new_coupon(replicas.second, shop.workspace_id, offer, by="Ann", key="")
    use = (coupons.use, shop.workspace_id, coupon.id)
    used = await replicas.meet(
        replicas.late.write(*use, await replicas.buyer("mai"), 1),
        replicas.second.database.write(*use, await replicas.buyer("lan"), 2),
    )
    assert used == (True, False)
    again = await shop.read(coupons.get, shop.workspace_id, coupon.id)
    assert (again.used, await shop.read(coupons.on_invoices, shop.workspace_id, [1, 2])) == (1, [coupon.id])
