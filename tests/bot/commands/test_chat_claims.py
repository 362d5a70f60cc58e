"""Claims: who has what, taking back, giving, and whom a name means."""

from __future__ import annotations

import pytest

from bot.domain.invoice import InvoiceStatus
from storage import claims, items
from tests.bot.commands.conftest import Chatter, Shop, payloads


async def test_claims_lists_winners_waiters_and_what_nobody_wants(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item add A7 Dress (S, M) 20 x5")
    for buyer in ("mai", "lan", "hoa", "kim"):
        await shop.comments(buyer, "sold 12")
    await shop.comments("mai", "sold A7 M x2")
    await seller.says(
        "/claims",
        hears=[
            "12 Blue dress: 2 of 2 won\n  @mai, @lan\n  waiting: 1. @hoa, 2. @kim",
            "A7 Dress: 2 of 5 won\n  @mai (M) ×2",
            "Nobody yet: 14",
        ],
    )
    await seller.says("/who 14", hears="14 Hat: 0 of 1 won")
    await seller.says("/who 15", hears="has no item 15. There are: 12, 14, A7.")


async def test_buyers_lists_what_each_owes(shop: Shop, seller: Chatter) -> None:
    await seller.says("/buyers", hears="Nobody has won anything yet.")
    await seller.says("/item add 15 Scarf")
    for buyer, text in (("mai", "sold 12"), ("mai", "sold 14"), ("lan", "sold 15")):
        await shop.comments(buyer, text)
    await seller.says(
        "/buyers",
        hears=["@mai: 12, 14, 24.90 USD, not billed yet", "@lan: 15, 0.00 USD, no price yet: 15, not billed yet"],
    )


async def test_a_released_piece_goes_to_the_next_in_line_who_is_told(shop: Shop, seller: Chatter) -> None:
    for buyer in ("mai", "lan", "hoa"):
        await shop.comments(buyer, "sold 12")
    answer = await seller.says("/release 12 @mai")
    assert answer == "12 taken back from @mai.\n12 → @hoa"
    (note,) = await shop.told("promotion")
    assert note.id in shop.jobs.delivered
    await seller.says("/claims 12", hears="  @lan, @hoa")


async def test_a_released_piece_nobody_waits_for_is_free_again(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 12")
    await seller.says("/release 12 @MAI", hears="12 taken back from @mai.\n2 of 2 left.")
    await seller.says("/release 12 @mai", hears=["@mai neither has 12 nor waits for it"])


async def test_a_waiter_can_be_taken_out_of_the_line(shop: Shop, seller: Chatter) -> None:
    for buyer in ("mai", "lan", "hoa", "kim"):
        await shop.comments(buyer, "sold 12")
    await seller.says("/release 12 @hoa", hears="@hoa does not wait for 12 any more.")
    await seller.says("/claims 12", hears="waiting: 1. @kim")


async def test_one_of_two_claims_is_chosen_by_tap(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item add A7 Dress (S, M) 20 x5")
    await shop.comments("mai", "sold A7 S")
    await shop.comments("mai", "sold A7 M")
    (reply,) = await seller.replies("/release A7 @mai")
    assert reply.text == "@mai claimed A7 2 times. Which one?"
    await seller.taps(payloads(reply)[1], hears="A7 (M) taken back from @mai.")
    await seller.taps(payloads(reply)[1], hears="That claim is released already.")
    await seller.says("/claims A7", hears="A7 Dress: 1 of 5 won\n  @mai (S)")


async def test_a_code_in_the_place_of_a_claim_number_releases_nothing(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 12")
    await seller.says("/release #1", hears="“Friday sale” has no item #1. There are: 12, 14.")
    await seller.says("/claims 12", hears="@mai")


@pytest.mark.parametrize("status", [InvoiceStatus.PAID, InvoiceStatus.PARTLY_PAID, InvoiceStatus.PARTLY_REFUNDED])
async def test_what_is_paid_is_refunded_before_it_is_released(
    shop: Shop, seller: Chatter, status: InvoiceStatus
) -> None:
    await shop.connect_stripe()
    await shop.comments("mai", "sold 12")
    await seller.says("/invoice all")
    await shop.set_invoices(status=status)
    await seller.says(
        "/release 12 @mai", hears="@mai paid for 12 already (invoice LA-1-1). Send the money back first: /refund @mai"
    )
    await seller.says("/claims 12", hears="@mai")


@pytest.mark.parametrize("status", [InvoiceStatus.DRAFT, InvoiceStatus.SENT, InvoiceStatus.ERROR])
async def test_an_unpaid_invoice_is_voided_with_the_release(shop: Shop, seller: Chatter, status: InvoiceStatus) -> None:
    await shop.connect_stripe()
    await shop.comments("mai", "sold 12")
    await shop.comments("mai", "sold 14")
    await seller.says("/invoice all")
    await shop.set_invoices(status=status)
    await seller.says(
        "/release 12 @mai",
        hears=["12 taken back", "invoice of 24.90 USD is being voided", "/invoice @mai bills the rest"],
    )
    assert shop.jobs.voided == [1]


async def test_a_release_that_leaves_nothing_speaks_of_no_rest(shop: Shop, seller: Chatter) -> None:
    await shop.connect_stripe()
    await shop.comments("mai", "sold 12")
    await seller.says("/invoice all")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    answer = await seller.says("/release 12 @mai", hears="invoice of 19.90 USD is being voided.")
    assert "/invoice" not in answer


async def test_nothing_is_released_while_its_invoice_is_being_made(shop: Shop, seller: Chatter) -> None:
    await shop.connect_stripe()
    await shop.comments("mai", "sold 12")
    await seller.says("/invoice all")
    await seller.says("/release 12 @mai", hears="being made right now. Try again in a minute.")
    assert shop.jobs.voided == []


async def test_an_award_gives_what_is_left(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    await seller.says("/award 12 @mai", hears="12 → @mai (1 left)")
    await seller.says("/award 12 @mai", hears="@mai has 12 ×1 already. For one more: /award 12 @mai x1")
    await seller.says("/award 12 @mai x1", hears="12 → @mai (sold out)")
    await seller.says("/award 12 @mai x1", hears=["12: all 2 are won.", "/item edit 12 x3"])
    assert len(await shop.told("promotion")) == 2


async def test_an_award_never_gives_more_than_there_is(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    await seller.says("/award 12 @mai x3", hears="12: only 2 of 2 left.")
    await seller.says("/award 12 @mai x0", hears="x0 is no number of pieces")
    (item, _) = await shop.read(items.of_show, shop.workspace_id, 1)
    assert item.won == 0


async def test_an_award_takes_a_waiter_out_of_the_line(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item add A7 Dress 20 x3")
    for buyer, text in (("mai", "sold A7 x2"), ("lan", "sold A7 x2"), ("hoa", "sold A7")):
        await shop.comments(buyer, text)
    await seller.says("/claims A7", hears="waiting: 1. @lan ×2, 2. @hoa")
    await seller.says("/award A7 @hoa", hears="A7 → @hoa (sold out)")
    await seller.says("/claims A7", hears="  @mai ×2, @hoa\n  waiting: 1. @lan ×2")


async def test_an_award_of_fewer_pieces_ends_the_wait_for_more(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item add A7 Dress 20 x3")
    for buyer in ("mai", "lan"):
        await shop.comments(buyer, "sold A7 x2")
    await seller.says("/award A7 @lan x1", hears="A7 → @lan (sold out)")
    answer = await seller.says("/claims A7", hears="A7 Dress: 3 of 3 won\n  @mai ×2, @lan")
    assert "waiting" not in answer


async def test_a_name_that_begins_like_a_count_is_a_name(shop: Shop, seller: Chatter) -> None:
    await shop.comments("u77", "hello", name="Mai Xuan")
    await shop.comments("u77", "sold 14")
    await seller.says("/award 12 Mai Xuan", hears="12 → @u77")


async def test_a_mistyped_buyer_is_guessed_and_offered_by_tap(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai_nguyen", "sold 12")
    (reply,) = await seller.replies("/release 12 @mai_nguyn")
    assert reply.text.startswith("Nobody is called @mai_nguyn. Did you mean:\n#1 @mai_nguyen")
    await seller.taps(payloads(reply)[0], hears="12 taken back from @mai_nguyen")


async def test_of_several_with_one_name_the_one_in_this_show_is_meant_else_it_is_asked(
    shop: Shop, seller: Chatter
) -> None:
    await shop.comments("", "sold 12", name="Mai")
    await seller.says("/award 14 Mai", hears="14 → @Mai")
    await shop.comments("mai", "sold 12")
    (reply,) = await seller.replies("/release 12 mai")
    assert reply.text.startswith("Several are called mai. Whom do you mean?\n#1 @Mai (Mai)\n#2 @mai")
    assert payloads(reply) == ["release 12 #1", "release 12 #2"]
    await seller.taps("release 12 #2", hears="12 taken back from @mai")
    held = await shop.read(claims.active, shop.workspace_id, 1, buyer_id=1)
    assert len(held) == 2


async def test_nobody_like_that_is_said_so(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 12")
    await seller.says("/release 12 @zzzz", hears="Nobody in this show is called @zzzz. /buyers lists everybody.")
    await seller.says("/release 12 #99", hears="Nobody in this show is called #99")
