"""Claims that are answered, on the real wire of Facebook and Telegram."""

from __future__ import annotations

from bot.workflows.edit_shows import edit_show
from tests.shop import PATIENCE, Shop


async def test_below_a_facebook_video_claims_are_answered_in_the_language_of_the_market(shop: Shop) -> None:
    await shop.open()
    operator = await shop.opens_show("12 Dress 19.90 x1")
    await operator.says("/rules answers on", hears="answers is now on")
    await edit_show(shop.assistant, 1, 1, market="tw")
    anna, bea = shop.commenter("Anna Lee"), shop.commenter("Bea")
    assert shop.page is not None
    live = await shop.page.goes_live("Friday live")
    won = await anna.comments(live, "12+1")
    await shop.heard()
    waits = await bea.comments(live, "12+1")
    for comment, part in ((won, "12 Dress"), (waits, "1")):
        answer = await comment.gets_reply(contains=part, timeout=PATIENCE)
        assert answer.by_page
        assert answer.text.startswith(f"{comment.author_name}，")
    assert not won.private_reply
    assert len(await shop.claims()) == 2  # the Page's own answers are no comments


async def test_on_telegram_who_has_pressed_start_is_told_in_their_own_language(shop: Shop) -> None:
    await shop.open()
    operator = await shop.opens_show("12 Dress 19.90 x1")
    await operator.says("/rules answers on", hears="answers is now on")
    mai = shop.telegram.person("Mai", username="mai", language_code="vi")
    assert shop.group is not None
    await shop.group.adds(mai)
    await mai.starts(shop.bot)
    await mai.hears(contains="Xin chào", timeout=PATIENCE)
    await mai.says("sold 12", to=shop.group)
    told = await mai.hears(contains="12 Dress", in_chat=shop.bot, timeout=PATIENCE)
    assert told.text.startswith("Mai ơi")


async def test_the_word_cart_below_a_video_is_answered_in_private_once(shop: Shop) -> None:
    await shop.open()
    await shop.opens_show("12 Dress 19.90 x3")
    anna = shop.commenter("Anna Lee")
    assert shop.page is not None
    live = await shop.page.goes_live("Friday live")
    await anna.comments(live, "sold 12 x2")
    asks = await anna.comments(live, "cart")
    told = await anna.hears(contains="Together: 39.80 USD", timeout=PATIENCE)
    assert asks.private_reply is told
    assert not asks.replies
