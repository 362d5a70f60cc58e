"""What operators type at speed in real evenings: understood, or answered with the line to send."""

from __future__ import annotations

import pytest

from bot.commands.desk import COMMANDS
from bot.commands.slips import put_right
from bot.commands.table import command_lines
from tests.bot.commands.conftest import GROUP, KEY, Chatter, Shop, payloads
from tests.postgres import one_database

UNDERSTOOD = [
    ("/Claims", "Claims"),
    ("/claim", "claims"),
    ("/claim 12", "claims 12"),
    ("/ claims", "claims"),
    ("/claims.", "claims"),
    ("/claims 12,", "claims 12"),
    ("/winners", "claims"),
    ("/waitlist 12", "claims 12"),
    ("/who has 12?", "who 12"),
    ("/buyer", "buyers"),
    ("/invoiceall", "invoice all"),
    ("/invoice_all", "invoice all"),
    ("/invoice-all", "invoice all"),
    ("/invoice_all@shop_bot", "invoice all"),
    ("/invoice all!", "invoice all"),
    ("/invoices all", "invoice all"),
    ("/invoice everyone", "invoice all"),
    ("/invoice Everybody", "invoice all"),
    ("/invoice “mai”", "invoice mai"),
    ("/send", "send all"),
    ("/send links", "send all"),
    ("/send all links", "send all"),
    ("/sendall", "send all"),
    ("/resend all", "resend"),
    ("/release 12 from @mai", "release 12 @mai"),
    ("/release #12 @mai.", "release #12 @mai"),
    ("/award 12 to @mai", "award 12 @mai"),
    ("/award 12 mai x 2", "award 12 mai x2"),
    ("/award 12 mai ×2", "award 12 mai x2"),
    ("/award 12 mai 2x", "award 12 mai x2"),
    ("/award 12 x2 mai", "award 12 mai x2"),
    ("/item 12 Blue dress 19.90", "item add 12 Blue dress 19.90"),
    ("/item 12 Blue dress 19.90\n13 Hat 5", "item add 12 Blue dress 19.90\n13 Hat 5"),
    ("/add 12 Blue dress 19.90", "item add 12 Blue dress 19.90"),
    ("/additem 12 Blue dress 19.90", "item add 12 Blue dress 19.90"),
    ("/add_item 12 Blue dress 19.90", "item add 12 Blue dress 19.90"),
    ("/itemadd 12 Blue dress 19.90", "item add 12 Blue dress 19.90"),
    ("/item_add 12 Blue dress 19.90", "item add 12 Blue dress 19.90"),
    ("/item add 12 “Blue dress” 19.90", "item add 12 Blue dress 19.90"),
    ("/item add 12 Wow! 5", "item add 12 Wow! 5"),
    ("/item 12", "who 12"),
    ("/item 12 x5", "item edit 12 x5"),
    ("/item 12 19,90", "item edit 12 19,90"),
    ("/item 12 x10 19.90", "item edit 12 x10 19.90"),
    ("/item 12 +2", "item edit 12 +2"),
    ("/item #12 close", "item edit #12 close"),
    ("/item 12 title Red dress", "item edit 12 title Red dress"),
    ("/edit 12 19.90", "item edit 12 19.90"),
    ("/price 12 19.90", "item edit 12 19.90"),
    ("/stock 12 5", "item edit 12 x5"),
    ("/stock 12 x5", "item edit 12 x5"),
    ("/stock 12 +5", "item edit 12 +5"),
    ("/quantity 12 5", "item edit 12 x5"),
    ("/close 12", "item edit 12 close"),
    ("/open 12", "item edit 12 open"),
    ("/item delete 12", "item remove 12"),
    ("/remove 12", "item remove 12"),
    ("/items", "item list"),
    ("/list items", "item list"),
    ("/shows", "show list"),
    ("/newshow Friday!", "show new Friday!"),
    ("/new show Friday", "show new Friday"),
    ("/show 3", "show use 3"),
    ("/live now", "live"),
    ("/end now", "end"),
    ("/end show", "end"),
    ("//end", "end"),
    ("／end", "end"),
    ("/End。", "End"),
    ("/undo that", "undo"),
    ("/stripe sk_test_51abc", "stripe connect sk_test_51abc"),
    ("/stripeconnect sk_test_51abc", "stripe connect sk_test_51abc"),
    ("/pair abcd efgh", "pair abcd efgh"),
]

OFFERED = [
    ("/stop", "end"),
    ("/close show", "end"),
    ("/done", "end"),
    ("/start show", "live"),
    ("/golive", "live"),
    ("/bill @mai", "invoice @mai"),
    ("/give 12 to @mai", "award 12 @mai"),
    ("/sold 12 to @mai", "award 12 @mai"),
    ("/take 12 from @mai", "release 12 @mai"),
    ("/oops", "undo"),
]


@pytest.mark.parametrize(("typed", "meant"), UNDERSTOOD)
def test_a_slip_that_can_mean_one_thing_is_put_right(typed: str, meant: str) -> None:
    (line,) = command_lines(typed)
    right = put_right(line)
    assert (right.line, right.surely) == (meant, True)
    COMMANDS.find(right.line)


@one_database
@pytest.mark.parametrize(("typed", "meant"), OFFERED)
async def test_a_guess_is_offered_and_not_done(seller: Chatter, typed: str, meant: str) -> None:
    (reply,) = await seller.replies(typed)
    assert reply.text == f"Did you mean this? Send:\n/{meant}"
    assert payloads(reply) == [meant]


@pytest.mark.parametrize(
    "line",
    [
        "item add open Opener 5",
        "item edit 12 open",
        "show new Stop and go",
        "live https://www.facebook.com/mai/videos/987654321",
        "award 12 Max Mai",
        "award 12 mai x2",
        "release 12 claim:7",
        "invoice all",
        "invoice Allan",
        "send @everyone_mai",
        "resend 17",
        "release claim:7",
        "mute 3",
        "use 3",
        "start link_12",
        "stripe connect sk_test_51abc",
    ],
)
def test_what_is_right_stays_as_it_is(line: str) -> None:
    assert put_right(line).line == line


@one_database
@pytest.mark.parametrize(
    ("typed", "line"),
    [("/cliams", "/claims"), ("/relase 12 mai", "/release 12 mai"), ("/invoce all", "/invoice all")],
)
async def test_a_mistyped_word_gets_the_line_to_send(seller: Chatter, typed: str, line: str) -> None:
    await seller.says(typed, hears=f"Did you mean this? Send:\n{line}")


@one_database
@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/item", "Send it like this:\n/item add <lines...>"),
        ("/item add", "Like: /item add 12 Blue dress 19.90 x3"),
        ("/award 12", "Like: /award 12 @mai x2"),
        ("/item 15 x5", "To add it: /item add 15 x5"),
        ("/item 12 Blue dress 19.90", "12 is there already. To change it: /item edit 12 19.90 x1"),
        ("/price 12 24,90", "12 Blue dress, 24.90 USD, 2 pieces"),
        ("/stock 12 5", "12 Blue dress, 19.90 USD, 5 pieces"),
        ("/close 12", "12 Blue dress, 19.90 USD, 2 pieces, closed"),
        ("/release 14", "Nobody has 14."),
        ("/release @nobody", "Nobody in this show is called @nobody"),
        ("/show new “Saturday”", "“Saturday” is a new draft"),
        ('/show new "Saturday"', "“Saturday” is a new draft"),
        ("/stop", "Send:\n/end"),
        ("/undo", "12 Blue dress and 14 Hat"),
    ],
)
async def test_a_tired_operator_is_understood(seller: Chatter, typed: str, answer: str) -> None:
    await seller.says(typed, hears=answer)


@one_database
@pytest.mark.parametrize("typed", ["/release @mai 12", "/release mai #12", "/release 12 @mai@", "/release 12, ‘mai’"])
async def test_item_and_buyer_may_be_typed_either_way_round(shop: Shop, seller: Chatter, typed: str) -> None:
    await shop.comments("mai", "sold 12")
    await shop.comments("lan", "sold 12")
    await seller.says(typed, hears="12 taken back from @mai.")


async def test_an_award_may_be_typed_either_way_round(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    await seller.says("/award @mai 12 x 2", hears="12 → @mai ×2 (sold out)")


async def test_a_code_alone_is_released_from_the_only_one_who_has_it(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 14")
    await shop.comments("lan", "sold 14")
    await seller.says("/release 14", hears="14 taken back from @mai.\n14 → @lan")


async def test_a_code_alone_asks_when_several_have_it(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 12")
    await shop.comments("lan", "sold 12")
    (reply,) = await seller.replies("/release 12")
    assert reply.text == "2 have 12. From whom?"
    await seller.taps(payloads(reply)[1], hears="12 taken back from @lan.")


async def test_a_buyer_alone_is_asked_about_when_they_have_several(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 12")
    await seller.says("/release @mai", hears="12 taken back from @mai.")
    await shop.comments("mai", "sold 12")
    await shop.comments("mai", "sold 14")
    (reply,) = await seller.replies("/release @mai")
    assert reply.text == "Which one of @mai?"
    await seller.taps(payloads(reply)[1], hears="14 taken back from @mai.")


@one_database
@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("claims", "claims"),
        ("end", "end"),
        ("\\end", "end"),
        ("“/end”", "end"),
        ("- claims", "claims"),
        ("invoice all", "invoice all"),
        ("item 12 x5", "item edit 12 x5"),
    ],
)
async def test_a_missing_slash_in_private_gets_the_line_to_send(seller: Chatter, typed: str, line: str) -> None:
    (reply,) = await seller.replies(typed)
    assert reply.text == f"Commands begin with a slash. Send:\n/{line}"
    assert payloads(reply) == [line]


async def test_a_key_without_its_command_is_deleted_and_explained(shop: Shop, operator: Chatter) -> None:
    answer = await operator.says(KEY, hears=["/stripe connect <key>", "I deleted your message"])
    assert KEY not in answer
    assert KEY not in await operator.says(f"stripe connect {KEY}", hears="I deleted your message")
    assert shop.stripe.keys == []


async def test_a_key_without_connect_connects_in_private_and_nowhere_else(shop: Shop, operator: Chatter) -> None:
    await operator.says(f"/stripe {KEY}", group=GROUP, hears=["private chat", "I deleted your message"])
    assert shop.stripe.keys == []
    await operator.says(f"/stripe {KEY}", hears=["Stripe is connected", "I deleted your message"])
    assert shop.stripe.keys == [KEY]
