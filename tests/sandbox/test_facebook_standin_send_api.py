"""The Facebook stand-in's Send API: strictness, private replies, the 24 hours, and what a person gets."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.facebook import Button, FacebookStandIn, Limits, LiveVideo, Page, Person
from sandbox.facebook.templates import review_template

HOUR = 3600
DAY = 24 * HOUR
ERRORS = Path("../shared/fixtures/facebook/graph_errors")
PAY = {"type": "web_url", "title": "Pay now", "url": "https://pay.example/1"}


class Clock:
    def __init__(self) -> None:
        self.time = 1_795_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def facebook(clock: Clock) -> AsyncIterator[FacebookStandIn]:
    facebook = FacebookStandIn(app_secret="app-secret", verify_token="verify-me", now=clock)
    await facebook.start()
    yield facebook
    await facebook.stop()


@pytest.fixture
def page(facebook: FacebookStandIn) -> Page:
    return facebook.add_page("1001", "Lan's Closet", "page-token")


@pytest.fixture
async def live(page: Page) -> LiveVideo:
    return await page.goes_live("Friday jade")


@pytest.fixture
async def mai(facebook: FacebookStandIn, page: Page) -> Person:
    """Mai wrote to the Page just now."""
    mai = facebook.person("Mai")
    await mai.messages(page, "hi")
    return mai


class Sender:
    """Calls the Send API as an app would."""

    def __init__(self, session: aiohttp.ClientSession, facebook: FacebookStandIn) -> None:
        self.session = session
        self.facebook = facebook

    async def post(self, body: dict[str, Any], path: str = "v26.0/me/messages") -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": "Bearer page-token"}
        async with self.session.post(f"{self.facebook.url}/{path}", json=body, headers=headers) as response:
            return response.status, await response.json()

    async def sends(self, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = await self.post(body)
        assert status == 200, answer
        return answer

    async def fails(self, body: dict[str, Any], code: int, subcode: int | None = None) -> dict[str, Any]:
        status, answer = await self.post(body)
        assert status >= 400, answer
        error: dict[str, Any] = answer["error"]
        assert (error["code"], error.get("error_subcode")) == (code, subcode), error
        return error


@pytest.fixture
async def sender(facebook: FacebookStandIn) -> AsyncIterator[Sender]:
    async with aiohttp.ClientSession() as session:
        yield Sender(session, facebook)


def to(person: Person, page: Page, message: object, **more: Any) -> dict[str, Any]:
    return {
        "recipient": {"id": person.psid(page)},
        "messaging_type": "RESPONSE",
        "message": message,
        **more,
    }


def template(**payload: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def button_template(**changes: Any) -> dict[str, Any]:
    return template(**{"template_type": "button", "text": "Your invoice", "buttons": [PAY], **changes})


def quick(**changes: Any) -> dict[str, Any]:
    reply = {"content_type": "text", "title": "Yes", "payload": "y", **changes}
    return {"text": "Keep it?", "quick_replies": [reply]}


async def test_a_text_is_heard_with_its_metadata(sender: Sender, page: Page, mai: Person) -> None:
    answer = await sender.sends(to(mai, page, {"text": "You won 12", "metadata": "delivery-1"}))
    message = await mai.hears(contains="won 12")
    assert answer == {"recipient_id": mai.psid(page), "message_id": message.mid}
    assert message.metadata == "delivery-1"


async def test_a_message_is_heard_once(sender: Sender, page: Page, mai: Person) -> None:
    await sender.sends(to(mai, page, {"text": "You won 12"}))
    await mai.hears(contains="won 12")
    with pytest.raises(AssertionError, match="heard only"):
        await mai.hears(contains="won 12", timeout=0.01)


async def test_a_form_with_json_in_it_is_understood(
    facebook: FacebookStandIn, sender: Sender, page: Page, mai: Person
) -> None:
    form = {
        "recipient": json.dumps({"id": mai.psid(page)}),
        "message": json.dumps({"text": "You won 12"}),
        "messaging_type": "RESPONSE",
        "access_token": "page-token",
    }
    async with sender.session.post(f"{facebook.url}/v25.0/{page.id}/messages", data=form) as response:
        assert response.status == 200
    await mai.hears(contains="won 12")


@pytest.mark.parametrize(
    "message",
    [
        {"text": "x" * 1999},
        {"text": "x", "metadata": "x" * 999},
        button_template(text="x" * 640, buttons=[PAY, PAY, {**PAY, "title": "x" * 20}]),
        button_template(buttons=[{"type": "postback", "title": "Keep", "payload": "x" * 1000}]),
        template(template_type="generic", elements=[{"title": "x" * 80, "subtitle": "Jade"}] * 10),
        template(
            template_type="generic",
            elements=[
                {
                    "title": "Jade bangle",
                    "image_url": "https://shop.example/12.jpg",
                    "default_action": {"type": "web_url", "url": "https://shop.example/12"},
                    "buttons": [PAY],
                }
            ],
        ),
        {"attachment": {"type": "image", "payload": {"url": "https://shop.example/12.jpg"}}},
        {**quick(title="x" * 20), "quick_replies": quick(title="x" * 20)["quick_replies"] * 13},
    ],
)
async def test_a_message_at_its_limit_is_sent(sender: Sender, page: Page, mai: Person, message: dict[str, Any]) -> None:
    await sender.sends(to(mai, page, message))
    assert mai.inbox[-1].raw == message


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("hello", "message must be"),
        ({}, "text and attachment"),
        ({"text": ""}, "message[text]"),
        ({"text": "x" * 2000}, "1999"),
        ({"text": 12}, "message[text]"),
        ({"text": "x", "body": "y"}, '"body"'),
        ({"text": "x", "metadata": "x" * 1000}, "999"),
        ({"text": "x", **button_template()}, "exactly one"),
        ({"attachment": {"type": "sticker", "payload": {}}}, "sticker"),
        ({"attachment": {"type": "image", "payload": {"url": "ftp://shop.example/12.jpg"}}}, "valid URL"),
        (template(template_type="list", elements=[]), "template_type"),
        (template(template_type="utility_messages", name="paid", language={"code": "en_US"}), "UTILITY"),
        (button_template(text="x" * 641), "640"),
        (button_template(buttons=[]), "[buttons] must have 1 to 3"),
        (button_template(buttons=[PAY] * 4), "[buttons] must have 1 to 3"),
        (button_template(colour="red"), '"colour"'),
        (button_template(buttons=[{**PAY, "title": "x" * 21}]), "[title] must be less than or equal to 20"),
        (button_template(buttons=[{**PAY, "url": "pay.example/1"}]), "valid URL"),
        (button_template(buttons=[{**PAY, "url": "javascript:alert(1)"}]), "valid URL"),
        (button_template(buttons=[{**PAY, "payload": "x"}]), '"payload"'),
        (button_template(buttons=[{"type": "postback", "title": "Keep"}]), "[payload] is required"),
        (button_template(buttons=[{"type": "postback", "title": "Keep", "payload": "x" * 1001}]), "1000"),
        (button_template(buttons=[{"type": "pay", "title": "Keep"}]), "[type]"),
        (template(template_type="generic", elements=[]), "1 to 10"),
        (template(template_type="generic", elements=[{"title": "x", "subtitle": "y"}] * 11), "1 to 10"),
        (template(template_type="generic", elements=[{"title": "x"}]), "besides title"),
        (template(template_type="generic", elements=[{"title": "x" * 81, "subtitle": "y"}]), "80"),
        (template(template_type="generic", elements=[{"title": "x", "default_action": PAY}]), '"title"'),
        ({**quick(), "quick_replies": quick()["quick_replies"] * 14}, "0 to 13"),
        (quick(title="x" * 21), "20"),
        (quick(payload="x" * 1001), "1000"),
        (quick(content_type="location"), "content_type"),
    ],
)
async def test_a_message_that_breaks_a_rule_is_refused(
    sender: Sender, page: Page, mai: Person, message: object, why: str
) -> None:
    error = await sender.fails(to(mai, page, message), 100)
    assert why in error["message"]
    assert mai.inbox == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"messaging_type": "REPLY"}, "messaging_type"),
        ({"messaging_type": None}, "messaging_type"),
        ({"notification_type": "LOUD"}, "notification_type"),
        ({"tag": "HUMAN_AGENT"}, "tag"),
        ({"colour": "red"}, "colour"),
        ({"reply_to": {"mid": "m_unknown"}}, "reply_to"),
        ({"recipient": {"id": "1", "comment_id": "2"}}, "exactly one"),
        ({"recipient": {"handle": "mai"}}, "handle"),
        ({"recipient": {}}, "exactly one"),
        ({"recipient": "mai"}, "recipient"),
    ],
)
async def test_an_envelope_that_breaks_a_rule_is_refused(
    sender: Sender, page: Page, mai: Person, change: dict[str, Any], why: str
) -> None:
    error = await sender.fails(to(mai, page, {"text": "hi"}, **change), 100)
    assert why in error["message"]
    assert mai.inbox == []


async def test_a_message_without_messaging_type_is_refused(sender: Sender, page: Page, mai: Person) -> None:
    body = to(mai, page, {"text": "hi"})
    del body["messaging_type"]
    error = await sender.fails(body, 100)
    assert "messaging_type" in error["message"]


async def test_the_author_of_a_comment_is_no_recipient(sender: Sender, mai: Person) -> None:
    body = {"recipient": {"id": mai.author_id}, "messaging_type": "RESPONSE", "message": {"text": "hi"}}
    await sender.fails(body, 100, 2018001)


async def test_typing_goes_alone(sender: Sender, page: Page, mai: Person) -> None:
    recipient = {"id": mai.psid(page)}
    await sender.sends({"recipient": recipient, "sender_action": "typing_on"})
    assert mai.talk_with(page).actions == ["typing_on"]
    await sender.fails({"recipient": recipient, "sender_action": "dancing"}, 100)
    await sender.fails(to(mai, page, {"text": "hi"}, sender_action="typing_on"), 100, 2018014)


async def test_the_window_closes_after_a_day_and_a_word_reopens_it(
    sender: Sender, page: Page, mai: Person, clock: Clock
) -> None:
    clock.time += DAY
    await sender.sends(to(mai, page, {"text": "still here?"}))
    clock.time += 1
    await sender.fails(to(mai, page, {"text": "and now?"}), 10, 2018278)
    await mai.messages(page, "yes")
    await sender.sends(to(mai, page, {"text": "good"}))


async def test_a_postback_and_a_quick_reply_reopen_the_window(
    sender: Sender, page: Page, mai: Person, clock: Clock
) -> None:
    keep = {"type": "postback", "title": "Keep", "payload": "keep:12"}
    await sender.sends(to(mai, page, button_template(buttons=[PAY, keep])))
    await sender.sends(to(mai, page, quick()))
    buttons, replies = mai.inbox
    assert buttons.buttons[0] == Button(title="Pay now", kind="web_url", url="https://pay.example/1")
    clock.time += 2 * DAY
    assert await mai.taps(buttons, "Pay now") == "https://pay.example/1"
    await sender.fails(to(mai, page, {"text": "a link opens nothing"}), 10, 2018278)
    for message, title in ((buttons, "Keep"), (replies, "Yes")):
        clock.time += 2 * DAY
        await mai.taps(message, title)
        await sender.sends(to(mai, page, {"text": "kept"}))


async def test_retired_tags_are_refused_and_human_agent_needs_approval(sender: Sender, page: Page, mai: Person) -> None:
    tagged = {"messaging_type": "MESSAGE_TAG"}
    for tag in ("POST_PURCHASE_UPDATE", "CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", None):
        error = await sender.fails(to(mai, page, {"text": "paid"}, **tagged, tag=tag), 100)
        assert error["message"] == "(#100) Invalid parameter"
    await sender.fails(to(mai, page, {"text": "paid"}, **tagged, tag="HUMAN_AGENT"), 10)


async def test_an_approved_human_agent_has_a_week(clock: Clock) -> None:
    facebook = FacebookStandIn(app_secret="s", verify_token="v", human_agent=True, now=clock)
    await facebook.start()
    page = facebook.add_page("1001", "Lan's Closet", "page-token")
    mai = facebook.person("Mai")
    await mai.messages(page, "hi")
    body = to(mai, page, {"text": "paid"}, messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT")
    async with aiohttp.ClientSession() as session:
        sender = Sender(session, facebook)
        clock.time += 7 * DAY
        await sender.sends(body)
        clock.time += 1
        await sender.fails(body, 10, 2018278)
    await facebook.stop()


async def test_a_person_who_blocked_the_page_is_unavailable(sender: Sender, page: Page, mai: Person) -> None:
    await mai.blocks(page)
    await sender.fails(to(mai, page, {"text": "hi"}), 551, 1545041)
    await mai.unblocks(page)
    await sender.sends(to(mai, page, {"text": "hi"}))


async def test_a_comment_is_answered_privately_once(
    facebook: FacebookStandIn, sender: Sender, page: Page, live: LiveVideo
) -> None:
    hoa = facebook.person("Hoa")
    comment = await hoa.comments(live, "sold 12")
    reply = {"recipient": {"comment_id": comment.id}, "message": button_template()}
    answer = await sender.sends(reply)
    message = await hoa.hears(contains="invoice")
    assert answer == {"recipient_id": hoa.psid(page), "message_id": message.mid}
    assert message.answers is comment
    error = await sender.fails(reply, 10900)
    assert error["message"] == "(#10900) Activity already replied to"
    assert len(hoa.inbox) == 1


async def test_a_private_reply_opens_no_window(
    facebook: FacebookStandIn, sender: Sender, page: Page, live: LiveVideo
) -> None:
    hoa = facebook.person("Hoa")
    comment = await hoa.comments(live, "sold 12")
    await sender.sends({"recipient": {"comment_id": comment.id}, "message": {"text": "You won 12"}})
    await sender.fails(to(hoa, page, {"text": "one more thing"}), 10, 2018278)


async def test_a_private_reply_must_come_within_a_week_to_a_comment_that_is_there(
    facebook: FacebookStandIn, sender: Sender, page: Page, live: LiveVideo, clock: Clock
) -> None:
    hoa = facebook.person("Hoa")
    late, deleted = await hoa.comments(live, "sold 12"), await hoa.comments(live, "sold 13")
    own = await page.comments(live, "12 is 450")
    await hoa.deletes(deleted)
    for about, code, subcode in ((deleted.id, 100, 33), ("1_2", 100, 33), (own.id, 10903, None)):
        body = {"recipient": {"comment_id": about}, "message": {"text": "hi"}}
        await sender.fails(body, code, subcode)
    clock.time += 7 * DAY + 1
    await sender.fails({"recipient": {"comment_id": late.id}, "message": {"text": "hi"}}, 10903)
    assert hoa.inbox == []


async def test_an_approved_utility_template_reaches_a_person_after_the_window(
    sender: Sender, page: Page, mai: Person, clock: Clock
) -> None:
    handed_in = {
        "name": "invoice_ready",
        "language": "en_US",
        "category": "UTILITY",
        "components": [
            {
                "type": "BODY",
                "text": "{{1}}, your invoice of {{2}} is ready.",
                "example": {"body_text": [["Mai", "$45"]]},
            }
        ],
    }
    status, answer = await sender.post(handed_in, "v26.0/me/message_templates")
    assert (status, answer["status"]) == (200, "PENDING")
    clock.time += 30 * DAY
    body = {"type": "body", "parameters": [{"type": "text", "text": "Mai"}, {"type": "text", "text": "$45"}]}
    message = template(
        template_type="utility_messages",
        name="invoice_ready",
        language={"code": "en_US"},
        components=[body],
    )
    notice = to(mai, page, message, messaging_type="UTILITY")
    await sender.fails(notice, 100)
    await review_template(page, "invoice_ready")
    await sender.sends(notice)
    await mai.hears(contains="Mai, your invoice of $45 is ready.")
    body["parameters"] = [{"type": "text", "text": "Mai"}]
    await sender.fails(notice, 100)


async def test_limits_refuse_with_their_codes_and_the_headers_tell(clock: Clock) -> None:
    limits = Limits(app=4, messenger=3, sends=2)
    facebook = FacebookStandIn(app_secret="s", verify_token="v", limits=limits, now=clock)
    await facebook.start()
    page = facebook.add_page("1001", "Lan's Closet", "page-token")
    mai = facebook.person("Mai")
    await mai.messages(page, "hi")
    async with aiohttp.ClientSession() as session:
        sender = Sender(session, facebook)
        body = to(mai, page, {"text": "hi"})
        await sender.sends(body)
        await sender.sends(body)
        await sender.fails(body, 613)
        clock.time += 1
        await sender.fails(body, 80006)
        error = await sender.fails(body, 4)
        assert error["is_transient"] is True
        clock.time += HOUR
        async with session.get(f"{facebook.url}/me?access_token=page-token") as response:
            assert json.loads(response.headers["X-App-Usage"])["call_count"] == 25
            usage = json.loads(response.headers["X-Business-Use-Case-Usage"])[page.id][0]
            assert usage["type"] == "messenger"
            assert usage["call_count"] == 100
            assert 0 < usage["estimated_time_to_regain_access"] <= 24 * 60
    await facebook.stop()


@pytest.mark.parametrize(
    ("recorded", "do"),
    [("10_outside_window.json", "wait"), ("551_person_unavailable.json", "block")],
)
async def test_error_bodies_have_the_recorded_keys(
    sender: Sender, page: Page, mai: Person, clock: Clock, recorded: str, do: str
) -> None:
    expected = _recorded(recorded)
    if do == "wait":
        clock.time += 2 * DAY
    else:
        await mai.blocks(page)
    status, answer = await sender.post(to(mai, page, {"text": "hi"}))
    assert status == expected["http_status"]
    ours, theirs = answer["error"], expected["body"]["error"]
    assert ours.keys() == theirs.keys()
    assert {**ours, "fbtrace_id": ""} == {**theirs, "fbtrace_id": ""}


def _recorded(name: str) -> dict[str, Any]:
    if not ERRORS.exists():
        pytest.skip("the recorded Graph errors are not here")
    recorded: dict[str, Any] = json.loads((ERRORS / name).read_text())
    return recorded
