"""One of two replicas is killed: what it had acknowledged is there, and what it had begun goes on in the other."""

from __future__ import annotations

from pathlib import Path

from tests.faults.crowd import EXPECTED, Crowd
from tests.faults.dying import gets_to
from tests.faults.evenings import an_invoice_run, sells_dresses
from tests.faults.processes import two_replicas
from tests.faults.verdict import decided_once
from tests.stories.sales import heard_so_far, invoices_at_stripe


async def test_a_replica_killed_in_a_burst_of_comments_loses_none_and_sells_nothing_twice(
    tmp_path: Path, durable_url: str
) -> None:
    async with two_replicas(tmp_path, durable_url) as shop:
        await shop.open()
        await shop.opens_show("12 Dress 19.90 x30")
        async with await Crowd.gathers(shop) as crowd:
            await crowd.is_heard(50)
            await shop.replicas[0].dies()
            await crowd.is_heard(50)
            shop.replicas[0].start()
            await shop.replicas[0].ready()
            await crowd.is_heard(50)
        assert set(crowd.statuses) <= EXPECTED
        decided_once(shop, crowd.comments, quantity=30)
        assert all(replica.lives for replica in shop.replicas)


async def test_the_invoices_of_a_killed_replica_are_finished_by_the_other(tmp_path: Path, durable_url: str) -> None:
    async with two_replicas(tmp_path, durable_url) as shop, an_invoice_run(shop, 8):
        await shop.replicas[0].dies()
        shop.stripe.release_requests()


async def test_the_messages_a_killed_replica_had_in_flight_are_unsure_and_all_others_arrive_once(
    tmp_path: Path, durable_url: str
) -> None:
    async with two_replicas(tmp_path, durable_url) as shop:
        operator, buyers = await sells_dresses(shop, 8)
        shop.telegram.fail("delay", path="sendMessage", contains="Total", times=8, seconds=1.5)
        asked = operator.person.says("/invoice all", to=shop.bot)
        await gets_to(shop, "after write begin", lambda: asked, times=8)
        await shop.replicas[0].dies()
        (in_flight,) = shop.look("SELECT id FROM deliveries WHERE status = 'sending'")
        await shop.quiet()
        (links,) = shop.look(
            "SELECT d.id, d.status, i.buyer_handle FROM deliveries d JOIN invoices i ON i.id = d.invoice_id "
            "WHERE d.purpose = 'link' ORDER BY i.buyer_id"
        )
        seen = {buyer.first_name: heard_so_far(buyer, shop, "Total: 19.90 USD") for buyer in buyers}
        asked_about = {
            link.id: heard_so_far(operator.person, shop, f"link for @{link.buyer_handle} may or may not")
            for link in links
        }
        assert len(links) == 8
        assert all(seen[link.buyer_handle] == 1 for link in links if link.status == "sent")
        unsure = {link.id for link in links if link.status != "sent"}
        assert {link.status for link in links} <= {"sent", "unknown"}
        assert unsure <= {row.id for row in in_flight}
        assert asked_about == {link.id: int(link.id in unsure) for link in links}
        assert max(seen.values()) == 1
        assert invoices_at_stripe(shop) == {"open": 8}
