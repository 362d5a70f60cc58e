"""A Page talks to people over real HTTP, and every way it can fail has its own error."""

from __future__ import annotations

import json
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, OutsideError, Refused, Unreachable
from bot.kit.http import Http
from bot.kit.pacing import Pace
from messaging.base import Address, Because, Button, CannotReach, Comment, Echo, Event, Message, Outgoing, Where
from messaging.messenger import MessengerPlatform, read_webhook
from messaging.messenger.errors import PageBusy
from messaging.messenger.platform import PRIVATE_BURST, SUBSCRIBED_FIELDS, TEXT_LIMIT, compose
from sandbox.facebook import FacebookStandIn, LiveVideo, Page, Person
from sandbox.facebook.templates import Template

SECRET = "app-secret"
TOKEN = "page-token-secret"
PAY = Button(title="Pay now", url="https://pay.example/7")
HELP = Button(title="Help", payload="help")


class Clock:
    """Facebook's clock, which stands still."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def facebook(clock: Clock) -> AsyncIterator[FacebookStandIn]:
    facebook = FacebookStandIn(app_secret=SECRET, verify_token="verify", require_proof=True, now=clock)
    await facebook.start()
    yield facebook
    await facebook.stop()


@pytest.fixture
def page(facebook: FacebookStandIn) -> Page:
    return facebook.add_page("1001", "Lan's Closet", TOKEN)


@pytest.fixture
def mai(facebook: FacebookStandIn) -> Person:
    return facebook.person("Mai")


@pytest.fixture
async def live(page: Page) -> LiveVideo:
    return await page.goes_live("Friday jade")


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    http = Http()
    yield http
    await http.close()


@pytest.fixture
async def hasty_http() -> AsyncIterator[Http]:
    http = Http(timeout=1.0)
    yield http
    await http.close()


@pytest.fixture
def platform(facebook: FacebookStandIn, page: Page, http: Http) -> MessengerPlatform:
    return MessengerPlatform(page.id, TOKEN, SECRET, graph_base=f"{facebook.url}/v26.0", http=http)


def say(where: Where, address: str, text: str = "Hello", *buttons: Button, tag: str = "delivery-7") -> Outgoing:
    rows = tuple((button,) for button in buttons)
    return Outgoing(to=Address(where=where, id=address), text=text, buttons=rows, tag=tag)


async def test_starting_tells_what_the_page_is_called(platform: MessengerPlatform) -> None:
    assert (platform.external_id, platform.title) == ("1001", "Page 1001")
    await platform.start()
    assert platform.title == "Lan's Closet"


async def test_starting_with_a_dead_token_or_somebody_elses_page_is_refused(
    facebook: FacebookStandIn, page: Page, platform: MessengerPlatform, http: Http
) -> None:
    other = MessengerPlatform("999", TOKEN, SECRET, graph_base=facebook.url, http=http)
    with pytest.raises(Refused, match="does not show us the Page 999"):
        await other.start()
    page.loses_token(460)
    with pytest.raises(NotAuthorised) as dead:
        await platform.start()
    assert dead.value.code == "190/460"
    assert TOKEN not in "".join(traceback.format_exception(dead.value))


async def test_subscribing_asks_for_just_what_we_read(page: Page, platform: MessengerPlatform) -> None:
    await platform.subscribe()
    assert page.subscribed_fields == set(SUBSCRIBED_FIELDS)


async def test_a_private_reply_arrives_with_its_buttons_and_tells_who_it_reached(
    page: Page, mai: Person, live: LiveVideo, platform: MessengerPlatform
) -> None:
    comment = await mai.comments(live, "sold 12")
    sent = await platform.send(say(Where.COMMENT_PRIVATELY, comment.id, "Jade bangle, $68", PAY, HELP))
    heard = await mai.hears(contains="Jade bangle")
    assert (sent.message_id, sent.chat_id) == (heard.mid, mai.psid(page))
    assert (heard.metadata, heard.answers) == ("delivery-7", comment)
    assert await mai.taps(heard, "Pay now") == "https://pay.example/7"


async def test_a_comment_has_one_private_reply(mai: Person, live: LiveVideo, platform: MessengerPlatform) -> None:
    comment = await mai.comments(live, "sold 12")
    await platform.send(say(Where.COMMENT_PRIVATELY, comment.id))
    with pytest.raises(CannotReach) as no:
        await platform.send(say(Where.COMMENT_PRIVATELY, comment.id))
    assert (no.value.because, no.value.code) == (Because.ALREADY_REPLIED, "10900")


async def test_a_comment_taken_back_cannot_be_answered(
    mai: Person, live: LiveVideo, platform: MessengerPlatform
) -> None:
    comment = await mai.comments(live, "sold 12")
    await mai.deletes(comment)
    with pytest.raises(CannotReach) as no:
        await platform.send(say(Where.COMMENT_PRIVATELY, comment.id))
    assert no.value.because is Because.COMMENT_GONE


async def test_the_window_is_open_for_a_day_after_somebody_wrote(
    page: Page, mai: Person, platform: MessengerPlatform, clock: Clock
) -> None:
    await mai.messages(page, "hi")
    sent = await platform.send(say(Where.CHAT, mai.psid(page), "Hello Mai"))
    assert sent.chat_id == mai.psid(page)
    await mai.hears(contains="Hello Mai")
    clock.now += 86_401
    with pytest.raises(CannotReach) as no:
        await platform.send(say(Where.CHAT, mai.psid(page)))
    assert (no.value.because, no.value.code) == (Because.WINDOW_CLOSED, "10/2018278")


async def test_an_approved_template_reaches_somebody_who_has_not_written_lately(
    facebook: FacebookStandIn, page: Page, mai: Person, http: Http
) -> None:
    platform = MessengerPlatform(page.id, TOKEN, SECRET, graph_base=facebook.url, template="pay_link", http=http)
    assert platform.can_write_first
    message = replace(say(Where.TEMPLATE, mai.psid(page)), blanks=("Mai", "19.90 USD", "https://pay.example/7"))
    with pytest.raises(Refused):
        await platform.send(message)
    body = "Hi {{1}}, {{2}} is open: {{3}}"
    page.templates["pay_link"] = Template(
        id="5", name="pay_link", language="en_US", components=[], body=body, buttons=(), status="APPROVED"
    )
    sent = await platform.send(message)
    assert sent.chat_id == mai.psid(page)
    await mai.hears(contains="Hi Mai, 19.90 USD is open: https://pay.example/7")


async def test_somebody_who_blocked_the_page_or_does_not_exist_is_unavailable(
    page: Page, mai: Person, platform: MessengerPlatform
) -> None:
    await mai.messages(page, "hi")
    await mai.blocks(page)
    for psid in (mai.psid(page), "424242"):
        with pytest.raises(CannotReach) as no:
            await platform.send(say(Where.CHAT, psid))
        assert no.value.because is Because.UNAVAILABLE


async def test_a_public_answer_stands_under_the_comment_with_its_link(
    mai: Person, live: LiveVideo, platform: MessengerPlatform
) -> None:
    comment = await mai.comments(live, "sold 12")
    link = Button(title="Open the chat", url=platform.chat_link("inv_7f3"))
    sent = await platform.send(say(Where.COMMENT_PUBLICLY, comment.id, "12 is yours, Mai!", link, HELP))
    reply = await comment.gets_reply(contains="12 is yours")
    assert (reply.id, reply.text) == (
        sent.message_id,
        "12 is yours, Mai!\nOpen the chat: https://m.me/1001?ref=inv_7f3",
    )


def test_few_buttons_under_a_short_text_make_a_template() -> None:
    long_title = Button(title="Pay for everything right now", url="https://pay.example")
    content = compose(say(Where.CHAT, "1", "x" * 640, long_title, HELP))
    assert content["attachment"]["payload"]["buttons"] == [
        {"type": "web_url", "title": "Pay for everything…", "url": "https://pay.example"},
        {"type": "postback", "title": "Help", "payload": "help"},
    ]
    assert content["metadata"] == "delivery-7"


@pytest.mark.parametrize(("text", "buttons"), [("x" * 641, (PAY, HELP)), ("Your items", (PAY, HELP, HELP, HELP))])
async def test_what_no_template_holds_is_still_one_message(
    page: Page,
    mai: Person,
    live: LiveVideo,
    platform: MessengerPlatform,
    text: str,
    buttons: tuple[Button, ...],
) -> None:
    comment = await mai.comments(live, "sold 12")
    await platform.send(say(Where.COMMENT_PRIVATELY, comment.id, text, *buttons))
    (heard,) = mai.inbox
    assert heard.text == f"{text}\nPay now: https://pay.example/7"
    assert {button.payload for button in heard.buttons} == {"help"}


def test_no_more_is_offered_to_tap_than_facebook_takes() -> None:
    content = compose(say(Where.CHAT, "1", "Which one?", *[HELP] * 20))
    assert len(content["quick_replies"]) == 13


def test_a_text_too_long_makes_room_for_its_link() -> None:
    text = compose(say(Where.CHAT, "1", "x" * 1990, PAY))["text"]
    assert len(text) == TEXT_LIMIT
    assert text.endswith("x…\nPay now: https://pay.example/7")


async def test_nothing_on_messenger_is_changed_afterwards(platform: MessengerPlatform) -> None:
    with pytest.raises(CannotReach) as no:
        await platform.edit("1", "m_1", say(Where.CHAT, "1"))
    assert no.value.because is Because.NOT_POSSIBLE
    assert await platform.delete("1", "m_1") is False
    await platform.answer_tap("m_1", "thanks")


@pytest.mark.parametrize("how", ["hang", "cut", "drop_response"])
async def test_a_message_cut_off_in_flight_may_have_arrived_and_is_not_repeated(
    facebook: FacebookStandIn,
    page: Page,
    mai: Person,
    live: LiveVideo,
    http: Http,
    hasty_http: Http,
    how: str,
) -> None:
    comment = await mai.comments(live, "sold 12")
    http = hasty_http if how == "hang" else http
    platform = MessengerPlatform(page.id, TOKEN, SECRET, graph_base=facebook.url, http=http)
    facebook.fail(how, path="/messages", seconds=5)
    with pytest.raises(OutcomeUnknown) as unknown:
        await platform.send(say(Where.COMMENT_PRIVATELY, comment.id, "Pay here"))
    assert [message.text for message in mai.inbox] == (["Pay here"] if how == "drop_response" else [])
    assert TOKEN not in "".join(traceback.format_exception(unknown.value))


async def test_nobody_there_means_nothing_was_sent(facebook: FacebookStandIn, platform: MessengerPlatform) -> None:
    await facebook.stop()
    with pytest.raises(Unreachable):
        await platform.send(say(Where.CHAT, "1"))


def graph_error(code: Any, **more: Any) -> dict[str, Any]:
    return {"error": {"message": f"(#{code}) No", "type": "OAuthException", "code": code, **more}}


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, graph_error(2, is_transient=True), Busy),
        (400, graph_error(1), Busy),
        (400, graph_error(77_777, is_transient=True), Busy),
        (429, "slow down", PageBusy),
        (500, graph_error(77_777), OutcomeUnknown),
        (503, "<html>sorry</html>", OutcomeUnknown),
        (200, "<html>hello from the hotel wifi</html>", OutcomeUnknown),
        (200, "[]", OutcomeUnknown),
        (200, {"recipient_id": "1"}, OutcomeUnknown),
        (200, graph_error(551), CannotReach),
        (200, graph_error("odd", error_subcode=[]), Refused),
        (400, graph_error(77_777), Refused),
        (400, {"error": "odd"}, Refused),
        (403, graph_error(200, error_subcode=2018028), Refused),
        (401, "who are you?", NotAuthorised),
        (302, "", Refused),
    ],
)
async def test_every_odd_answer_has_its_error(
    facebook: FacebookStandIn, platform: MessengerPlatform, status: int, body: Any, error: type[OutsideError]
) -> None:
    facebook.fail("status", path="/messages", status=status, body=body)
    with pytest.raises(error) as caught:
        await platform.send(say(Where.CHAT, "1"))
    assert type(caught.value) is error


async def test_reading_through_trouble_can_simply_be_done_again(
    facebook: FacebookStandIn, platform: MessengerPlatform
) -> None:
    facebook.fail("status", status=500, body="<html>")
    facebook.fail("status", status=200, body="<html>")
    for _ in range(2):
        with pytest.raises(Unreachable):
            await platform.start()


async def test_too_many_calls_is_busy_for_as_long_as_facebook_says(
    facebook: FacebookStandIn, page: Page, mai: Person, platform: MessengerPlatform
) -> None:
    facebook.limits.ceilings["messenger"] = 1
    await mai.messages(page, "hi")
    await platform.send(say(Where.CHAT, mai.psid(page)))
    with pytest.raises(Busy) as busy:
        await platform.send(say(Where.CHAT, mai.psid(page)))
    assert (busy.value.code, busy.value.retry_after) == ("80006", 86_400.0)
    with pytest.raises(Busy):
        await platform.turn(Address(where=Where.CHAT, id="anybody"))


async def test_an_hours_private_replies_can_be_used_up_and_messages_still_go(http: Http) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    pace = Pace(lambda: sum(waited), sleep)
    platform = MessengerPlatform("1001", TOKEN, SECRET, http=http, pace=pace)
    for _ in range(PRIVATE_BURST):
        await platform.turn(Address(where=Where.COMMENT_PRIVATELY, id="1_2"))
    with pytest.raises(Busy):
        await platform.turn(Address(where=Where.COMMENT_PRIVATELY, id="1_2"))
    await platform.turn(Address(where=Where.CHAT, id="24959"))


@pytest.fixture
async def heard(facebook: FacebookStandIn, page: Page) -> AsyncIterator[list[Event]]:
    """What reaches our callback, read."""
    heard: list[Event] = []

    async def hear(request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.Response(text=request.query["hub.challenge"])
        heard.extend(read_webhook(json.loads(await request.read()), page_id=page.id))
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/webhooks/facebook", hear)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await facebook.verify(f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/facebook")
    yield heard
    await runner.cleanup()


async def test_what_facebook_delivers_reads_as_what_happened(
    facebook: FacebookStandIn,
    page: Page,
    mai: Person,
    live: LiveVideo,
    platform: MessengerPlatform,
    heard: list[Event],
) -> None:
    await platform.subscribe()
    comment = await mai.comments(live, "sold 12")
    sent = await platform.send(say(Where.COMMENT_PRIVATELY, comment.id, "Pay here"))
    await mai.opens(page, "inv_7f3")
    await facebook.drain()
    said, told, opened = heard
    assert isinstance(said, Comment)
    assert isinstance(told, Echo)
    assert isinstance(opened, Message)
    assert (said.comment_id, said.feed_id, said.text) == (comment.id, live.post_id, "sold 12")
    assert (told.tag, told.message_id, told.person_id) == ("delivery-7", sent.message_id, sent.chat_id)
    assert (opened.text, opened.person.id) == ("/start inv_7f3", sent.chat_id)
