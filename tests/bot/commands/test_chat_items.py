"""Items: listed, priced in many ways, changed, taken out."""

from __future__ import annotations

import pytest

from storage import items, shows
from tests.bot.commands.conftest import Chatter, Shop
from tests.postgres import one_database


@pytest.fixture
async def draft(operator: Chatter) -> Chatter:
    await operator.says("/show new Friday sale USD")
    return operator


@one_database
@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("12 Blue dress 19.90 x3", "12 Blue dress, 19.90 USD, 3 pieces"),
        ("12 Blue dress x3 19.90", "12 Blue dress, 19.90 USD, 3 pieces"),
        ("12 Blue dress 19.90 ×3", "12 Blue dress, 19.90 USD, 3 pieces"),
        ("12 Blue dress 19.90 3x", "12 Blue dress, 19.90 USD, 3 pieces"),
        ("12 Blue dress 19.90 X 3", "12 Blue dress, 19.90 USD, 3 pieces"),
        ("12 Blue dress - $19.90", "12 Blue dress, 19.90 USD, 1 piece"),
        ("12 Blue dress 19.90 USD", "12 Blue dress, 19.90 USD, 1 piece"),
        ("１２　Blue　dress　１９．９０　ｘ３", "12 Blue dress, 19.90 USD, 3 pieces"),
        ("12 Gold bangle 1,234.50", "12 Gold bangle, 1,234.50 USD, 1 piece"),
        ("12 Gold bangle 1.234,50", "12 Gold bangle, 1,234.50 USD, 1 piece"),
        ("12 Gold bangle 1.234", "12 Gold bangle, 1,234.00 USD, 1 piece"),
        ("12 Gold bangle 1234.5", "12 Gold bangle, 1,234.50 USD, 1 piece"),
        ("12 Levi 501 jeans 49.90 x2", "12 Levi 501 jeans, 49.90 USD, 2 pieces"),
        ("12 Levi 501 jeans", "12 Levi 501 jeans, no price yet, 1 piece"),
        ("12 Levi 501", "12 Levi, 501.00 USD, 1 piece"),
        ("12 Cable 10ft x2", "12 Cable 10ft, no price yet, 2 pieces"),
        ("12 Dress 2XL", "12 Dress 2XL, no price yet, 1 piece"),
        ("A7 Dress (S, M, L) 20 x3", "A7 Dress, S/M/L, 20.00 USD, 3 pieces"),
        ("A7 Dress (silk) 20", "A7 Dress (silk), 20.00 USD, 1 piece"),
        ("12", "12, no price yet, 1 piece"),
        ("12 x3", "12, no price yet, 3 pieces"),
        ("紅1 旗袍 80", "紅1 旗袍, 80.00 USD, 1 piece"),
        ("ฟ้า ชุดเดรส 80 x2", "ฟ้า ชุดเดรส, 80.00 USD, 2 pieces"),
    ],
)
async def test_an_item_line_is_understood_and_said_back(draft: Chatter, typed: str, understood: str) -> None:
    await draft.says(f"/item add {typed}", hears=f"✓ {understood}")


@one_database
@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("12 Blue dress ¥500", "¥500 looks like JPY or CNY, but this show is in USD"),
        ("12 Blue dress 20 EUR", "20 EUR looks like EUR"),
        ("12 Blue dress 20€", "20€ looks like EUR"),
        ("12 Blue dress -5", "cannot be negative"),
        ("12 Blue dress NaN", "“NaN” is not a price"),
        ("12 Blue dress inf", "“inf” is not a price"),
        ("12 Blue dress 1e5", "“1e5” is not a price"),
        ("12 Blue dress 1.2.3", "“1.2.3” is not one number"),
        ("12 Blue dress 19.9055", "too many decimals"),
        ("12 Blue dress 0", "A price of 0 cannot be billed"),
        ("12 Blue dress 19.90 3", "Is 19.90 or 3 the price? For 3 pieces write 19.90 x3"),
        ("12 Blue dress 5 x0", "x0 cannot be"),
        ("12 Blue dress 5 x-3", "x-3 cannot be"),
        ("12 Blue dress 5 x99999999999999999999", "1 to 1,000,000 pieces"),
        ("--- Blue dress 5", "“---” has no letter or number in it"),
        ("123456789012345678901 Dress", "The code is too long"),
        (f"12 {'long ' * 50}", "That title is too long"),
    ],
)
async def test_a_wrong_line_gets_its_reason(draft: Chatter, typed: str, reason: str) -> None:
    await draft.says(f"/item add {typed}", hears=["✗ ", reason, "Nothing was added."])
    await draft.says("/item list", hears="has no items yet")


async def test_yen_have_no_decimals(operator: Chatter) -> None:
    await operator.says("/show new Tokyo JPY")
    await operator.says("/item add 12 Obi ¥1,250 x2\n13 Fan 12.50", hears=["1,250 JPY", "JPY has no decimals"])


async def test_good_lines_are_added_beside_wrong_ones(draft: Chatter) -> None:
    answer = await draft.says("/item add 12 Hat 5\n13 Bag ¥500\n12 Cap 6\n14 Belt 7 x2")
    assert answer.split("\n") == [
        "✓ 12 Hat, 5.00 USD, 1 piece",
        "✓ 14 Belt, 7.00 USD, 2 pieces",
        "Not added:",
        "✗ 13 Bag ¥500: ¥500 looks like JPY or CNY, but this show is in USD. Send the price in USD, for example 5.00.",
        "✗ 12 is there already. To change it: /item edit 12 6.00 x1",
    ]


async def test_a_code_that_only_looks_different_is_taken(draft: Chatter) -> None:
    await draft.says("/item add A7 Hat 5")
    await draft.says("/item add #a-7 Bag 6", hears="✗ A7 is there already. To change it: /item edit A7 6.00 x1")


async def test_adding_items_is_seen_by_the_readers_of_comments_and_by_the_ledger(shop: Shop, draft: Chatter) -> None:
    before = await shop.read(shows.get, shop.workspace_id, 1)
    await draft.says("/item add 12 Hat 5\n13 Bag 6")
    after = await shop.read(shows.get, shop.workspace_id, 1)
    assert after.items_version == before.items_version + 1
    assert after.next_seq == before.next_seq + 2


async def test_everything_about_an_item_can_be_changed_at_once(draft: Chatter) -> None:
    await draft.says("/item add 12 Hat 5")
    await draft.says("/item edit 12 19.90 x5", hears="12 Hat, 19.90 USD, 5 pieces")
    await draft.says("/item edit 12 title Straw hat 2 go", hears="12 Straw hat 2 go, 19.90 USD, 5 pieces")
    await draft.says("/item edit 12 x2 close 7", hears="12 Straw hat 2 go, 7.00 USD, 2 pieces, closed")
    await draft.says("/item edit 12 open", hears="12 Straw hat 2 go, 7.00 USD, 2 pieces")


@one_database
@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("12 cheaper", "I do not understand “cheaper”"),
        ("12 ¥500", "this show is in USD"),
        ("12 -5.00", "cannot be negative"),
        ("12 -1", "12 has 1 now; it can have 1 to 1,000,000."),
        ("12 +999999999", "12 has 1 now; it can have 1 to 1,000,000."),
        ("12 x5 +1", "either all pieces, like x5, or how many more or fewer"),
        ("12 NaN", "not a price"),
        ("12 x0", "x0 cannot be"),
        ("12 5 6", "I do not understand “5”"),
        ("99 5", "“Friday sale” has no item 99. There are: 12."),
    ],
)
async def test_a_wrong_change_changes_nothing(shop: Shop, draft: Chatter, typed: str, reason: str) -> None:
    await draft.says("/item add 12 Hat 5")
    before = await shop.read(items.of_show, shop.workspace_id, 1)
    await draft.says(f"/item edit {typed}", hears=reason)
    assert await shop.read(items.of_show, shop.workspace_id, 1) == before


async def test_there_cannot_be_fewer_pieces_than_were_won(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 12")
    await shop.comments("lan", "sold 12")
    await seller.says("/item edit 12 x1", hears=["2 of 12 are won already", "/release 12 <buyer>"])
    await seller.says("/item edit 12 x2", hears="2 pieces")


async def test_more_pieces_go_to_those_who_wait_and_they_are_told(shop: Shop, seller: Chatter) -> None:
    for buyer in ("mai", "lan", "hoa", "kim"):
        await shop.comments(buyer, "sold 12")
    await seller.says("/item edit 12 x3", hears=["3 pieces", "12 → @hoa"])
    (note,) = await shop.told("promotion")
    assert "12 Blue dress is yours" in note.text
    assert note.id in shop.jobs.delivered
    await seller.says("/claims 12", hears="waiting: 1. @kim")


async def test_pieces_come_and_go_in_the_middle_of_a_show(shop: Shop, seller: Chatter) -> None:
    for buyer in ("mai", "lan", "hoa"):
        await shop.comments(buyer, "sold 12")
    await seller.says("/item edit 12 +2", hears=["4 pieces", "12 → @hoa"])
    await seller.says("/item edit 12 -1", hears="3 pieces")
    await seller.says("/item edit 12 -1", hears="3 of 12 are won already, so it cannot be 2.")
    await seller.says("/item edit 12 + 1 24.90", hears="12 Blue dress, 24.90 USD, 4 pieces")


async def test_an_item_that_is_not_there_is_not_changed_but_can_be_added(seller: Chatter) -> None:
    await seller.says("/item edit 15 8 x2", hears=["has no item 15.", "To add it: /item add 15 8 x2"])


async def test_the_list_says_what_is_left(shop: Shop, seller: Chatter) -> None:
    for buyer in ("mai", "lan", "hoa"):
        await shop.comments(buyer, "sold 12")
    await seller.says("/item edit 14 close x3")
    await seller.says(
        "/item list",
        hears=[
            "12 Blue dress, 19.90 USD, 2 pieces, sold out, 1 waiting",
            "14 Hat, 5.00 USD, 3 pieces, closed",
        ],
    )


async def test_a_closed_item_takes_no_claims_and_an_open_one_does(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item edit 12 close", hears="closed")
    await shop.comments("mai", "sold 12")
    await seller.says("/claims", hears=["No claims yet.", "1 rejected"])
    await seller.says("/item edit 12 open")
    await shop.comments("lan", "sold 12")
    await seller.says("/claims", hears="@lan")


async def test_a_reserved_item_is_given_away_by_the_operator_until_it_is_open(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item edit 12 reserved", hears="12 Blue dress, 19.90 USD, 2 pieces, only by /award")
    await shop.comments("mai", "sold 12")
    await seller.says("/claims", hears=["No claims yet.", "1 rejected"])
    await seller.says("/award 12 @mai", hears="12 → @mai (1 left)")
    await seller.says("/undo", hears="taken back from @mai")
    await seller.says("/undo", hears="2 pieces again")
    await seller.says("/item edit 12 reserved\n/item edit 12 open", hears="2 pieces")
    await shop.comments("lan", "sold 12")
    await seller.says("/claims", hears="@lan")


async def test_what_was_claimed_too_early_is_given_when_it_is_listed(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 15")
    await shop.comments("lan", "sold 15")
    await seller.says("/item add 15 Scarf 9.50", hears="✓ 15 Scarf")
    await seller.says("/claims 15", hears=["@mai", "waiting: 1. @lan"])
    await seller.says("/undo", hears=["15 Scarf is out again", "@mai"])
    await seller.says("/item add 15 Scarf 9.50 x2")
    await seller.says("/claims 15", hears=["@mai", "@lan", "2 of 2 won"])


async def test_each_option_can_have_pieces_of_its_own(shop: Shop, seller: Chatter) -> None:
    await seller.says(
        "/item add A7 Tea set (S x2, M, L/blue x3) 20", hears="✓ A7 Tea set, S ×2, M ×1, L/blue ×3, 20.00"
    )
    await shop.comments("mai", "sold A7 M")
    await shop.comments("lan", "sold A7 M")
    await shop.comments("hoa", "sold A7")
    await seller.says("/claims", hears=["A7/M Tea set: 1 of 1 won", "@mai", "waiting: 1. @lan"])
    await seller.says("/award A7 @hoa", hears="Which A7? Each option has a stock of its own: A7/S, A7/M, A7/L/blue")
    await seller.says("/award A7 @hoa S", hears="A7/S → @hoa (1 left)")
    await seller.says("/item edit A7 M +1", hears=["A7/M Tea set, 20.00 USD, 2 pieces", "A7/M → @lan"])
    await seller.says("/item edit A7 XL x2", hears="A7/XL Tea set, 20.00 USD, 2 pieces")
    await seller.says("/item edit A7 x5", hears="Which A7?")
    await seller.says(
        "/item edit A7 25 title Teapot", hears="A7 Teapot, S ×2, M ×2, L/blue ×3, XL ×2, 25.00 USD, 9 pieces"
    )
    await seller.says("/release A7 @mai", hears="A7 (M) taken back from @mai.")
    await seller.says("/buyers", hears=["@lan: A7 (M), 25.00 USD", "@hoa: A7 (S), 25.00 USD"])
    await seller.says("/item list", hears="A7 Teapot, S ×2, M ×2, L/blue ×3, XL ×2, 25.00 USD, 9 pieces, 7 left")
    await seller.says("/undo\n/undo", hears="A7 Tea set")


@one_database
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("A8 Hat (S x2, S x3)", "I do not understand the option “S x3”"),
        ("A8 Hat (S x2, x3)", "I do not understand the option “x3”"),
        ("A8 Hat (S x2, M x3) 20 x4", "leave out those at the end"),
        ("A8 Hat (S x0, M)", "x0 cannot be"),
    ],
)
async def test_pieces_of_options_that_cannot_be_are_named(seller: Chatter, line: str, says: str) -> None:
    await seller.says(f"/item add {line}", hears=says)


async def test_an_item_that_somebody_has_stays(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 12")
    await seller.says("/item remove 12", hears=["1 won and 0 waiting", "/item edit 12 close"])
    await seller.says("/item remove 14", hears="14 Hat is out.")
    await seller.says("/item remove 14", hears="has no item 14. There are: 12.")
    await seller.says("/release 12 @mai\n/item remove 12", hears="12 Blue dress is out.")
    await seller.says("/item list", hears="has no items yet")


async def test_too_many_lines_at_once_are_refused_whole(draft: Chatter) -> None:
    await draft.says("/item add " + "\n".join(f"{code} x" for code in range(301)), hears="Send at most 300 at once")
    await draft.says("/item list", hears="has no items yet")
