"""Messages that do not get through: another way is tried, a person is asked, and nothing is said twice on a guess."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.kit.errors import OutcomeUnknown
from bot.workflows.ask_who import MOST_AN_HOUR
from bot.workflows.tell import Parcel, hand_over, tell_operators
from messaging.base import Outgoing, Sent
from messaging.telegram import TelegramPlatform
from sandbox.facebook.people import Person as Commenter
from sandbox.facebook.templates import Template
from sandbox.standin import Call
from tests.shop import PATIENCE, Shop
from tests.stories.sales import graph_says, heard, heard_so_far, sells_dresses, sells_on_facebook

LINK = "Total: 19.90 USD"


def links(person: Commenter) -> int:
    """How many pay links are in somebody's inbox."""
    return sum(LINK in message.text for message in person.inbox)


async def test_a_buyer_who_never_opened_the_chat_is_asked_to_and_has_the_link_as_soon_as_they_do(shop: Shop) -> None:
    await shop.open()
    operator = await shop.opens_show("12 Dress 19.90 x20")
    mai = await shop.buyer("Mai", starts=False)
    claim = await mai.says("sold 12", to=shop.group)
    await shop.heard()
    await operator.person.says("/invoice all", to=shop.bot)
    told = await operator.hears("I could not send @mai the pay link: They have not started a chat with our bot yet.")
    (invoice,) = await shop.invoices("draft")
    assert invoice["pay_url"] in told
    (message,) = [one for one in operator.person.chat(shop.bot).messages if one.text == told]
    assert await operator.person.taps(message, "Copy the link") == invoice["pay_url"]
    assert invoice["delivery"] == {
        "status": "manual",
        "rung": invoice["delivery"]["rung"],
        "error": "They have not started a chat with our bot yet.",
    }
    prompt = await mai.hears(contains="@mai, your pay link is ready", in_chat=shop.group, timeout=PATIENCE)
    assert prompt.reply_to is claim, "a name alone rings nobody's phone"
    (button,) = prompt.buttons
    assert button.url is not None
    assert invoice["pay_url"] not in (button.url, prompt.text)
    await mai.follows(button.url)
    await mai.hears(contains=LINK, timeout=PATIENCE)
    await shop.invoices("sent")
    assert await heard(mai, shop, LINK) == 1


async def test_a_buyer_is_asked_to_open_the_chat_even_before_the_bot_has_learned_its_own_name(shop: Shop) -> None:
    await shop.open()
    operator = await shop.opens_show("12 Dress 19.90 x20")
    mai = await shop.buyer("Mai", starts=False)
    await mai.says("sold 12", to=shop.group)
    await shop.heard()
    (bot,) = [one.platform for one in shop.assistant.connected.values() if isinstance(one.platform, TelegramPlatform)]
    bot.username = ""
    await operator.person.says("/invoice all", to=shop.bot)
    prompt = await mai.hears(contains="@mai, your pay link is ready", in_chat=shop.group, timeout=PATIENCE)
    assert prompt.buttons == []


async def test_a_buyer_who_blocked_the_bot_gets_the_link_when_they_let_it_in_again(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai")
    await mai.blocks(shop.bot)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("I could not send @mai the pay link")
    await shop.invoices("draft")
    await mai.unblocks(shop.bot)
    await mai.hears(contains=LINK, timeout=PATIENCE)
    await shop.invoices("sent")
    assert await heard(mai, shop, LINK) == 1


async def test_telegram_asking_to_wait_is_waited_for_and_the_message_goes_out_once(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai")
    busy = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 1}}
    shop.telegram.fail("status", path="sendMessage", contains="Total", status=429, body=busy)
    shop.telegram.fail("status", path="editMessageText", contains="1+sent", status=429, body=busy)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 sent")
    assert [call.status for call in shop.telegram.calls if "1+sent" in call.body] == [429, 200]
    refused, sent = tries(shop)
    assert (refused.status, sent.status) == (429, 200)
    assert sent.at - refused.at >= 1
    assert await heard(mai, shop, LINK) == 1


async def test_who_asks_is_answered_before_the_other_news_that_wait_for_the_same_chat(shop: Shop) -> None:
    operator, _ = await sells_dresses(shop)
    busy = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 2}}
    shop.telegram.fail("status", path="sendMessage", contains="first", status=429, body=busy)
    news = ["The first link", "The second link", "The third link"]

    def tell(tx: sa.Connection) -> list[Parcel]:
        return [one for text in news for one in tell_operators(tx, 1, text, key=text, now=shop.now())]

    await hand_over(shop.assistant, 1, await shop.assistant.database.write(tell))
    await shop.until("/api/shows/1", lambda _: any("first" in call.body for call in shop.telegram.calls))
    answer = await operator.says("/who 12", hears="0 of 20 won")
    await operator.hears("The third link")
    await shop.delivered()
    heard = [message.text for message in operator.person.chat(shop.bot).messages if message.text in (*news, answer)]
    assert heard == [news[0], answer, *news[1:]]


async def test_a_message_that_waits_while_the_service_is_started_again_goes_out_once(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai")
    busy = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 2}}
    shop.telegram.fail("status", path="sendMessage", contains="Total", status=429, body=busy)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("of 1")
    await shop.until("/api/shows/1/invoices", lambda seen: [call.status for call in tries(shop)] == [429])
    await shop.close()
    await shop.open()
    await operator.hears("1 sent")
    await shop.invoices("sent")
    assert [call.status for call in tries(shop)] == [429, 200]
    assert await heard(mai, shop, LINK) == 1


def tries(shop: Shop) -> list[Call]:
    """Every call that was to carry a pay link to somebody on Telegram."""
    return [call for call in shop.telegram.calls if "sendMessage" in call.path and "Total" in call.body]


async def test_what_may_have_arrived_is_sent_again_only_by_a_persons_tap_and_only_once(shop: Shop) -> None:
    operator, buyers = await sells_dresses(shop, "Mai", "Lan", "Hoa")
    lost = {"path": "sendMessage", "method": "POST"}
    shop.telegram.fail("status_after", status=500, contains="Hi+Mai", **lost)
    shop.telegram.fail("drop_response", contains="Hi+Lan", **lost)
    shop.telegram.fail("cut", contains="Hi+Hoa", **lost)
    await operator.person.says("/invoice all", to=shop.bot)
    for name in ("@mai", "@lan", "@hoa"):
        await operator.hears(f"The pay link for {name} may or may not have arrived")
    await operator.hears("3 not sure it arrived")
    found = await shop.invoices("draft", "draft", "draft")
    assert [one["delivery"]["status"] for one in found] == ["unknown"] * 3
    assert [await heard(buyer, shop, LINK) for buyer in buyers] == [1, 1, 0]

    mai, _, hoa = buyers
    await operator.taps("Send again", under="link for @hoa")
    await hoa.hears(contains=LINK, timeout=PATIENCE)
    await shop.invoices("draft", "draft", "sent")
    await operator.taps("Send again", under="link for @hoa")
    await operator.hears("Not sent again")
    await operator.taps("Send again", under="link for @mai")
    await shop.invoices("draft", "sent", "sent")
    assert [await heard(buyer, shop, LINK) for buyer in buyers] == [2, 1, 1]
    assert await heard(mai, shop, "Hi Mai") == 2


async def test_facebook_buyers_get_one_private_reply_and_thanks_only_after_they_have_written(shop: Shop) -> None:
    operator, _, (anna, bea) = await sells_on_facebook(shop, "Anna Lee", "Bea Orr")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("2 sent")
    link = await anna.hears(contains=LINK, timeout=PATIENCE)
    assert link.answers is not None
    assert [button.title for button in link.buttons] == ["Pay 19.90 USD"]
    assert shop.page is not None
    await bea.messages(shop.page, "thank you, on my way")
    await bea.hears(contains="You have an open order", timeout=PATIENCE)
    for invoice in await shop.invoices("sent", "sent"):
        shop.stripe.pay(invoice["external_id"])
    await operator.hears("AnnaLee paid")
    await operator.hears("BeaOrr paid")
    await bea.hears(contains="Thank you!", timeout=PATIENCE)
    assert [message.text for message in anna.inbox] == [link.text]
    assert links(bea) == 1
    assert {call.status for call in shop.facebook.calls if call.path.endswith("/messages")} == {200}


async def test_a_facebook_buyer_who_gets_nothing_from_the_page_is_left_to_the_operator(shop: Shop) -> None:
    operator, live, (anna,) = await sells_on_facebook(shop, "Anna Lee")
    assert shop.page is not None
    await anna.blocks(shop.page)
    await operator.person.says("/invoice all", to=shop.bot)
    told = await operator.hears("I could not send @AnnaLee the pay link: They cannot receive messages from the Page.")
    (invoice,) = await shop.invoices("draft")
    assert invoice["pay_url"] in told
    asked = await live.comments[0].gets_reply(contains="AnnaLee, your pay link is ready", timeout=PATIENCE)
    assert f"https://m.me/{shop.page.id}?ref=" in asked.text
    assert invoice["pay_url"] not in asked.text
    await anna.unblocks(shop.page)
    await operator.taps("Send again", under="I could not send @AnnaLee")
    await anna.hears(contains=LINK, timeout=PATIENCE)
    await shop.invoices("sent")


async def test_whoever_opens_the_chat_when_asked_gets_the_link_as_soon_as_the_operator_says_who_it_is(
    shop: Shop,
) -> None:
    operator, live, (anna, _) = await sells_on_facebook(shop, "Anna Lee", "Bea Orr")
    assert shop.page is not None
    too_late = graph_says(10903, "This user can't reply to this activity")
    shop.facebook.fail("status", path="/messages", contains=live.comments[0].id, status=400, body=too_late)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("I could not send @AnnaLee the pay link")
    asked = await live.comments[0].gets_reply(contains="AnnaLee, your pay link is ready", timeout=PATIENCE)
    assert f"https://m.me/{shop.page.id}?ref=checkout" in asked.text
    await anna.opens(shop.page, "checkout")
    await anna.hears(contains="Hello", timeout=PATIENCE)
    told = await operator.hears("Somebody wrote to Mai's Shop on Messenger")
    assert "cannot be undone" in told
    for asked_again in ("hello?", "cart"):
        await anna.messages(shop.page, asked_again)
        await anna.hears(contains="here I send you your pay links", timeout=PATIENCE)
    assert not [one for one in anna.inbox if "nothing" in one.text], "nobody knows what she has before she is known"
    await operator.taps("It is @AnnaLee", under="Somebody wrote to Mai's Shop")
    await anna.hears(contains=LINK, timeout=PATIENCE)
    await shop.invoices("sent", "sent")
    assert links(anna) == 1
    assert await heard(operator.person, shop, "Somebody wrote to Mai's Shop") == 1


async def test_a_page_that_hears_from_many_strangers_asks_about_a_few_and_about_who_came_by_the_link(
    shop: Shop,
) -> None:
    operator, live, (anna, _) = await sells_on_facebook(shop, "Anna Lee", "Bea Orr")
    assert shop.page is not None
    too_late = graph_says(10903, "This user can't reply to this activity")
    shop.facebook.fail("status", path="/messages", contains=live.comments[0].id, status=400, body=too_late)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("I could not send @AnnaLee the pay link")
    for number in range(MOST_AN_HOUR + 3):
        stranger = shop.commenter(f"Stranger {number}")
        await stranger.messages(shop.page, "do you ship to Guam?")
        await stranger.hears(contains="", timeout=PATIENCE)
    await anna.opens(shop.page, "checkout")
    await anna.hears(contains="Hello", timeout=PATIENCE)
    assert await heard(operator.person, shop, "Somebody wrote to Mai's Shop") == MOST_AN_HOUR + 1


async def test_a_comment_that_somebody_answered_already_leaves_the_next_way(shop: Shop) -> None:
    operator, live, (anna,) = await sells_on_facebook(shop, "Anna Lee")
    first, second = live.comments[0], await anna.comments(live, "12+1")
    await shop.heard()
    shop.facebook.fail(
        "status",
        path="/messages",
        contains=second.id,
        status=400,
        body=graph_says(10900, "Activity already replied to"),
    )
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 sent")
    link = await anna.hears(contains="19.90 USD", timeout=PATIENCE)
    assert link.answers is first

    # Both comments are spent now. Once she has sent a thumb there is a window; Facebook says whether it is still open.
    assert shop.page is not None
    await operator.says("/send AnnaLee", hears="I could not send @AnnaLee the pay link")
    await anna.sends_sticker(shop.page)
    await anna.hears(contains="19.90 USD", timeout=PATIENCE)
    await operator.person.says("/send AnnaLee", to=shop.bot)
    await operator.hears("1 sent")
    closed = graph_says(10, "This message is sent outside of allowed window.", 2018278)
    shop.facebook.fail("status", path="/messages", contains=anna.psid(shop.page), status=400, body=closed)
    await operator.person.says("/send AnnaLee", to=shop.bot)
    await operator.hears("More than 24 hours have passed since they last wrote to the Page.")


async def test_a_link_sent_again_after_the_private_reply_goes_out_with_the_pages_template(shop: Shop) -> None:
    shop.environ["FACEBOOK_TEMPLATE"] = "pay_link:en_US"
    assert shop.page is not None
    shop.page.templates["pay_link"] = Template(
        id="5",
        name="pay_link",
        language="en_US",
        components=[],
        body="Hi {{1}}, {{2}} is still open: {{3}}",
        buttons=(),
        status="APPROVED",
    )
    operator, _, (anna,) = await sells_on_facebook(shop, "Anna Lee")
    await operator.person.says("/invoice all", to=shop.bot)
    await anna.hears(contains=LINK, timeout=PATIENCE)
    await operator.person.says("/send AnnaLee", to=shop.bot)
    (invoice,) = await shop.invoices("sent")
    await anna.hears(contains=f"Hi Anna Lee, 19.90 USD is still open: {invoice['pay_url']}", timeout=PATIENCE)
    assert len(anna.inbox) == 2


async def test_a_dead_page_token_is_told_once_and_not_once_per_buyer(shop: Shop) -> None:
    operator, live, people = await sells_on_facebook(shop, "Anna Lee", "Bea Orr", "Cam Poe")
    assert shop.page is not None
    shop.page.loses_token()
    await operator.person.says("/invoice all", to=shop.bot)
    told = await operator.hears("Messenger: nothing can be sent there any more.")
    assert "the user changed the password" in told
    assert "/send all" in told
    summary = await operator.hears("3 to copy by hand")
    assert "@AnnaLee: to copy by hand — Facebook refused" in summary
    assert await heard(operator.person, shop, "nothing can be sent there") == 1
    assert await heard(operator.person, shop, "I could not send") == 0
    assert [one["delivery"]["status"] for one in await shop.invoices("draft", "draft", "draft")] == ["manual"] * 3

    shop.page.token_death = None
    await operator.person.says("/send all", to=shop.bot)
    await operator.hears("3 sent")
    assert [links(person) for person in people] == [1, 1, 1]
    assert all(not comment.replies for comment in live.comments)


async def test_a_page_that_may_not_write_for_a_while_is_told_of_at_once_and_only_once(shop: Shop) -> None:
    operator, _, _ = await sells_on_facebook(shop, "Anna Lee", "Bea Orr")
    blocked = graph_says(368, "The action attempted has been deemed abusive or is otherwise disallowed")
    shop.facebook.fail("status", path="/messages", status=400, body=blocked, times=5)
    await operator.person.says("/invoice all", to=shop.bot)
    told = await operator.hears("Messenger: I may not write to anybody there for a while.")
    assert "deemed abusive" in told
    assert "/link" in told
    found = await shop.invoices("draft", "draft")
    assert {one["delivery"]["status"] for one in found} == {"queued"}
    assert heard_so_far(operator.person, shop, "I may not write") == 1


async def test_a_message_whose_answer_is_lost_is_known_to_be_sent_by_its_echo(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails_after_the_echo(message: Outgoing) -> Sent:
        try:
            return await send(message)
        except OutcomeUnknown:
            if "Hi Anna" in message.text:
                await shop.invoices("draft", "sent")
            raise

    operator, _, (anna, bea) = await sells_on_facebook(shop, "Anna Lee", "Bea Orr")
    page = next(one.platform for one in shop.assistant.connected.values() if one.platform.name == "messenger")
    send = page.send
    monkeypatch.setattr(page, "send", fails_after_the_echo)
    shop.facebook.fail("drop_response", path="/messages", contains="Hi Anna")
    shop.facebook.fail("cut", path="/messages", contains="Hi Bea")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("The pay link for @BeaOrr may or may not have arrived")
    await operator.hears("1 sent, 1 not sure it arrived")
    await shop.invoices("draft", "sent")
    assert (links(anna), links(bea)) == (1, 0)
    assert await heard(operator.person, shop, "link for @AnnaLee") == 0
    await operator.taps("Send again", under="link for @BeaOrr")
    await bea.hears(contains=LINK, timeout=PATIENCE)
    await shop.invoices("sent", "sent")
