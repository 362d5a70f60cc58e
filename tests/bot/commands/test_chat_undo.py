"""Taking back: the last release, award or change, by whoever did it, and the one before."""

from __future__ import annotations

import pytest

from bot.commands.desk import take
from bot.domain.invoice import InvoiceStatus
from bot.workflows.replay_show import replay_show
from bot.workflows.stock_items import restock_options
from messaging.base import Message, Person
from storage import items, shows
from tests.bot.commands.conftest import Chatter, Shop


async def _crowd(shop: Shop, *buyers: str, text: str = "sold 12") -> None:
    for buyer in buyers:
        await shop.comments(buyer, text)


async def test_nothing_to_undo_is_said_so(operator: Chatter) -> None:
    await operator.says("/undo", hears="There is no show yet.")
    await operator.says("/show new Friday")
    await operator.says("/undo", hears="There is nothing to undo in “Friday”.")


async def test_a_release_is_undone_and_the_promoted_one_is_told(shop: Shop, seller: Chatter) -> None:
    await _crowd(shop, "mai", "lan", "hoa", "kim")
    await seller.says("/release 12 @mai", hears="12 → @hoa")
    answer = await seller.says("/undo")
    assert answer == "Undone: @mai has 12 again; @hoa waits again, number 1."
    await seller.says("/claims 12", hears="  @mai, @lan\n  waiting: 1. @hoa, 2. @kim")
    good, sorry = await shop.told("promotion")
    assert "is yours!" in good.text
    assert sorry.text == "Sorry, that was a mistake: 12 Blue dress is not yours after all. You are number 1 in line."
    assert sorry.buyer_id == good.buyer_id
    assert sorry.id in shop.jobs.delivered


async def test_a_second_undo_takes_back_the_one_before_and_never_an_undo(shop: Shop, seller: Chatter) -> None:
    await _crowd(shop, "mai", "lan")
    await seller.says("/release 12 @mai")
    await seller.says("/item edit 12 24.90")
    await seller.says("/undo", hears="12 Blue dress, 19.90 USD, 2 pieces again")
    await seller.says("/undo", hears="@mai has 12 again")
    await seller.says("/undo", hears="12 has 2 won and 0 waiting by now, so it stays.")


async def test_an_item_somebody_has_by_now_is_not_taken_out(shop: Shop, seller: Chatter) -> None:
    await _crowd(shop, "mai")
    for _ in range(2):
        await seller.says("/undo", hears=["12 has 1 won and 0 waiting by now, so it stays.", "/item edit 12 close"])
    assert len(await shop.read(items.of_show, shop.workspace_id, 1)) == 2


async def test_what_another_operator_did_is_named(shop: Shop, seller: Chatter) -> None:
    bob = await shop.operator("Bob")
    await _crowd(shop, "mai")
    await bob.says("/release 12 @mai")
    await seller.says("/undo", hears="Undone what Bob did: @mai has 12 again.")


async def test_one_taken_out_of_the_line_is_back_in_their_place(shop: Shop, seller: Chatter) -> None:
    await _crowd(shop, "mai", "lan", "hoa", "kim", "thu")
    await seller.says("/release 12 @hoa")
    await seller.says("/undo", hears="Undone: @hoa waits for 12 again, number 1.")
    await seller.says("/claims 12", hears="waiting: 1. @hoa, 2. @kim, 3. @thu")


async def test_an_award_is_taken_back_and_its_buyer_told(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    await seller.says("/award 12 @mai x2")
    await seller.says("/undo", hears="Undone: 12 ×2 taken back from @mai.")
    await seller.says("/claims 12", hears="0 of 2 won")
    assert [note.text.split("!")[0].split(":")[0] for note in await shop.told("promotion")] == [
        "Good news",
        "Sorry, that was a mistake",
    ]


async def test_an_award_out_of_turn_is_taken_back_into_the_line(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item add A7 Dress 20 x3")
    for buyer, text in (("mai", "sold A7 x2"), ("lan", "sold A7 x2"), ("hoa", "sold A7")):
        await shop.comments(buyer, text)
    await seller.says("/award A7 @hoa")
    await seller.says("/undo", hears="A7 taken back from @hoa, who waits for A7 again, number 2.")
    await seller.says("/claims A7", hears="  @mai ×2\n  waiting: 1. @lan ×2, 2. @hoa")


async def test_an_award_of_fewer_pieces_gives_the_old_wish_back(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item add A7 Dress 20 x4")
    for buyer, text in (("mai", "sold A7 x3"), ("lan", "sold A7 x2"), ("hoa", "sold A7 x2")):
        await shop.comments(buyer, text)
    before = await seller.says("/claims A7", hears="waiting: 1. @lan ×2, 2. @hoa ×2")
    await seller.says("/award A7 @lan x1")
    await seller.says("/undo", hears="A7 taken back from @lan")
    assert await seller.says("/claims A7") == before


@pytest.mark.parametrize("change", ["24.90", "x5", "+1", "close", "title Red dress", "x3 24.90 close title Red dress"])
async def test_an_edit_is_undone(shop: Shop, seller: Chatter, change: str) -> None:
    await _crowd(shop, "mai", "lan", "hoa")
    before, line = await shop.read(items.of_show, shop.workspace_id, 1), await seller.says("/claims 12")
    await seller.says(f"/item edit 12 {change}")
    assert await shop.read(items.of_show, shop.workspace_id, 1) != before
    await seller.says("/undo", hears="Undone: 12 Blue dress, 19.90 USD, 2 pieces again")
    assert await shop.read(items.of_show, shop.workspace_id, 1) == before
    assert await seller.says("/claims 12") == line


async def test_fewer_pieces_come_back_to_those_who_wait(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item edit 12 x1")
    await _crowd(shop, "mai", "lan")
    await seller.says("/undo", hears="2 pieces again; 12 → @lan.")


async def test_an_edit_that_left_nothing_different_is_nothing_to_undo(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item edit 12 24.90")
    await seller.says("/item edit 12 24.90")
    await seller.says("/undo", hears="12 Blue dress, 19.90 USD, 2 pieces again")


async def test_more_pieces_that_were_sold_since_stay(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item edit 12 x3")
    await _crowd(shop, "mai", "lan", "hoa")
    await seller.says("/undo", hears=["3 of 12 are won by now, so it cannot be 2 again.", "/item edit 12 x2"])
    await seller.says("/claims 12", hears="3 of 3 won")


async def test_added_and_removed_items_are_undone(shop: Shop, seller: Chatter) -> None:
    before = await shop.read(items.of_show, shop.workspace_id, 1)
    await seller.says("/item add 15 Scarf 8\n16 Belt 9\n17 Bag 10")
    await seller.says("/item remove 14")
    await seller.says("/undo", hears="Undone: 14 Hat, 5.00 USD, 1 piece is back.")
    await seller.says("/undo", hears="Undone: 15 Scarf, 16 Belt and 17 Bag are out again.")
    assert await shop.read(items.of_show, shop.workspace_id, 1) == before
    await _crowd(shop, "mai", text="sold 14")
    await seller.says("/who 14", hears="@mai")


async def test_a_removed_item_comes_back_with_its_claims(shop: Shop, seller: Chatter) -> None:
    await _crowd(shop, "mai", text="sold 14")
    await seller.says("/release 14 @mai\n/item remove 14")
    await seller.says("/undo\n/undo", hears=["14 Hat, 5.00 USD, 1 piece is back", "@mai has 14 again"])
    await seller.says("/who 14", hears="1 of 1 won\n  @mai")


async def test_only_the_show_worked_on_is_undone(shop: Shop, seller: Chatter) -> None:
    await seller.says("/show new Saturday")
    await seller.says("/undo", hears="nothing to undo in “Saturday”")
    assert len(await shop.read(items.of_show, shop.workspace_id, 1)) == 2


async def test_a_release_whose_next_in_line_is_billed_stays(shop: Shop, seller: Chatter) -> None:
    await shop.connect_stripe()
    await _crowd(shop, "mai", text="sold 14")
    await _crowd(shop, "lan", text="sold 14")
    await seller.says("/release 14 @mai")
    await seller.says("/invoice @lan")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await seller.says("/undo", hears="@lan got 14 instead and is billed already. Void that first: /void @lan")
    await shop.set_invoices(status=InvoiceStatus.PAID)
    await seller.says("/undo", hears=["@lan got 14 instead and paid already.", "/item edit 14 x2", "/award 14 @mai"])
    await seller.says("/claims 14", hears="  @lan")


async def test_an_award_that_is_billed_stays(shop: Shop, seller: Chatter) -> None:
    await shop.connect_stripe()
    await shop.comments("mai", "hello")
    await seller.says("/award 14 @mai")
    await seller.says("/invoice @mai")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await seller.says("/undo", hears="@mai is billed for 14 already. Instead: /release 14 @mai")


async def test_a_release_that_voided_an_invoice_says_how_to_bill_again(shop: Shop, seller: Chatter) -> None:
    await shop.connect_stripe()
    await _crowd(shop, "mai", text="sold 14")
    await seller.says("/invoice @mai")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await seller.says("/release 14 @mai", hears="is being voided")
    await seller.says("/undo", hears=["@mai has 14 again.", "then: /invoice @mai"])


async def test_a_piece_sold_to_somebody_else_since_is_not_taken_from_them(shop: Shop, seller: Chatter) -> None:
    await _crowd(shop, "mai", text="sold 14")
    await seller.says("/release 14 @mai")
    await _crowd(shop, "lan", text="sold 14")
    await seller.says("/undo", hears=["14 is won by others since", "/item edit 14 x2 and then /award 14 @mai"])
    await seller.says("/claims 14", hears="1 of 1 won\n  @lan")


async def test_a_buyer_who_claimed_again_after_the_release_has_it_once(shop: Shop, seller: Chatter) -> None:
    await _crowd(shop, "mai", "lan", "hoa")
    await seller.says("/release 12 @mai", hears="12 → @hoa")
    await _crowd(shop, "mai", "kim")
    await seller.says("/undo", hears="@mai has 12 again; @hoa waits again, number 1.")
    await seller.says("/claims 12", hears="  @mai, @lan\n  waiting: 1. @hoa, 2. @kim")


async def test_a_message_acted_on_again_after_a_crash_gives_nothing_twice(shop: Shop, seller: Chatter) -> None:
    async def twice(text: str, inbox_id: int) -> str:
        message = Message(
            event_id=f"again-{inbox_id}",
            chat_id="private-Ann",
            chat_title="Ann",
            private=True,
            person=Person(id="person-Ann", kind="user", username="ann", name="Ann"),
            text=text,
            message_id=f"again-{inbox_id}",
            sent_at=shop.clock(),
        )
        await take(shop.assistant, shop.channel, message, inbox_id=inbox_id)
        state = await seller.says("/claims 12\n/item list\n/show list")
        await take(shop.assistant, shop.channel, message, inbox_id=inbox_id)
        assert await seller.says("/claims 12\n/item list\n/show list") == state
        return state

    await _crowd(shop, "mai", "lan")
    await seller.says("/item edit 12 x6")
    await twice("/award 12 @mai x1\n/award 12 @mai x1", 900_001)
    await twice("/item edit 12 +2", 900_002)
    await twice("/undo", 900_003)
    await twice("/release 12", 900_004)
    await twice("/item add 15 Scarf\n/item remove 15", 900_005)
    await seller.says("/claims 12", hears="4 of 6 won\n  @mai, @lan, @mai, @mai")
    await twice("/show new Saturday", 900_006)
    assert len(await shop.read(shows.newest, shop.workspace_id)) == 2


async def test_an_item_whose_options_have_pieces_is_said_whole(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item add A7 Dress (S x2, M x3) 20")
    await seller.says("/item edit A7 25")
    await seller.says("/undo", hears="A7 Dress, S ×2, M ×3, 20.00 USD, 5 pieces again")
    more = ((("S",), 4), (("M",), 5))
    await restock_options(shop.assistant, shop.workspace_id, 1, "A7", more, by="Ann")
    await seller.says("/undo", hears="A7/S Dress, 20.00 USD, 2 pieces; A7/M Dress, 20.00 USD, 3 pieces again")
    await seller.says("/item list", hears="A7 Dress, S ×2, M ×3, 20.00 USD, 5 pieces")
    assert (await replay_show(shop.assistant.database, shop.workspace_id, 1)).agrees
