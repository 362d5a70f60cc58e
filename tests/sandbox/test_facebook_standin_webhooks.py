"""The Facebook stand-in's webhooks: the handshake, signatures over raw bytes, shapes, repeats and retries."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sandbox.facebook import FacebookStandIn, LiveVideo, Page, Person, VerificationFailed

SECRET = "app-secret"
FIXTURES = Path("../shared/fixtures/facebook")


class Receiver:
    """A tiny app: answers the handshake, keeps every delivery, and fails as told."""

    def __init__(self) -> None:
        self.url = ""
        self.raw: list[tuple[str, bytes]] = []
        self.statuses: Iterator[int] = iter(())
        self.challenge_as_json = False

    async def handshake(self, request: web.Request) -> web.Response:
        if request.query["hub.mode"] != "subscribe" or request.query["hub.verify_token"] != "verify-me":
            return web.Response(status=403)
        challenge = request.query["hub.challenge"]
        return web.Response(text=json.dumps({"challenge": challenge}) if self.challenge_as_json else challenge)

    async def hear(self, request: web.Request) -> web.Response:
        self.raw.append((request.headers["X-Hub-Signature-256"], await request.read()))
        return web.Response(status=next(self.statuses, 200))

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [entry for _, body in self.raw for entry in json.loads(body)["entry"]]

    @property
    def changes(self) -> list[dict[str, Any]]:
        return [change["value"] for entry in self.entries for change in entry.get("changes", [])]

    @property
    def messaging(self) -> list[dict[str, Any]]:
        return [event for entry in self.entries for event in entry.get("messaging", [])]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_get("/webhooks/facebook", receiver.handshake)
    app.router.add_post("/webhooks/facebook", receiver.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/facebook"
    yield receiver
    await runner.cleanup()


@pytest.fixture
async def facebook(receiver: Receiver) -> AsyncIterator[FacebookStandIn]:
    facebook = FacebookStandIn(app_secret=SECRET, verify_token="verify-me")
    facebook.webhooks.retry_delays = (0.0, 0.0)
    await facebook.start()
    await facebook.verify(receiver.url)
    yield facebook
    await facebook.stop()


@pytest.fixture
def page(facebook: FacebookStandIn) -> Page:
    page = facebook.add_page("370000000000730", "Lan's Closet", "page-token")
    page.subscribed_fields = {"feed", "live_videos", "messages", "messaging_postbacks", "messaging_referrals"}
    return page


@pytest.fixture
async def live(facebook: FacebookStandIn, page: Page, receiver: Receiver) -> LiveVideo:
    live = await page.goes_live("Friday jade")
    await facebook.drain()
    receiver.raw.clear()
    return live


@pytest.fixture
def mai(facebook: FacebookStandIn) -> Person:
    return facebook.person("Mai")


async def test_a_callback_that_wraps_the_challenge_is_not_verified(
    facebook: FacebookStandIn, receiver: Receiver
) -> None:
    receiver.challenge_as_json = True
    with pytest.raises(VerificationFailed, match="does not match challenge"):
        await facebook.verify(receiver.url)


async def test_a_callback_with_another_verify_token_is_not_verified(
    facebook: FacebookStandIn, receiver: Receiver
) -> None:
    facebook.webhooks.verify_token = "another"
    with pytest.raises(VerificationFailed, match="403"):
        await facebook.verify(receiver.url)


async def test_a_delivery_is_signed_over_the_escaped_bytes_on_the_wire(
    facebook: FacebookStandIn, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    await mai.comments(live, "紅色 +1 😀 <b>")
    await facebook.drain()
    [(signature, body)] = receiver.raw
    assert signature == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert body.isascii()
    assert rb"\u7d05\u8272 +1 \ud83d\ude00 <b>" in body


async def test_a_forged_delivery_has_a_signature_that_does_not_verify(
    facebook: FacebookStandIn, receiver: Receiver, live: LiveVideo, mai: Person
) -> None:
    async with facebook.batch() as events:
        await mai.comments(live, "sold 12")
        forged = [events.pop()]
    delivery = await facebook.deliver_forged(forged)
    [(signature, body)] = receiver.raw
    assert receiver.changes[0]["message"] == "sold 12"
    assert signature.startswith("sha256=")
    assert signature != "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert len(delivery.attempts) == 1


async def test_a_comment_arrives_in_the_recorded_shape(
    facebook: FacebookStandIn, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    comment = await mai.comments(live, "sold 12")
    await facebook.drain()
    assert_same_shape(receiver.entries[0], _recorded("recorded_feed_comment_add_on_video.json"))
    [value] = receiver.changes
    assert value["comment_id"] == comment.id
    assert value["parent_id"] == value["post_id"] == live.post_id
    assert value["from"] == {"id": mai.author_id, "name": "Mai"}


async def test_a_hidden_comment_and_a_live_video_arrive_in_the_recorded_shapes(
    facebook: FacebookStandIn, page: Page, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    comment = await mai.comments(live, "sold 12")
    await facebook.drain()
    receiver.raw.clear()
    await page.hides(comment)
    await live.ends()
    await facebook.drain()
    hidden, stopped, vod = receiver.entries
    assert_same_shape(hidden, _recorded("recorded_feed_comment_hide_by_page.json"))
    assert_same_shape(vod, _recorded("recorded_live_videos_vod_1.json"))
    assert [entry["changes"][0]["value"]["status"] for entry in (stopped, vod)] == ["live_stopped", "vod"]


async def test_a_message_and_a_postback_arrive_in_the_recorded_shapes(
    facebook: FacebookStandIn, page: Page, mai: Person, receiver: Receiver
) -> None:
    await mai.opens(page, "claim-12")
    await mai.messages(page, "yes")
    await mai.opens(page, "claim-13")
    await facebook.drain()
    started, message, referral = receiver.entries
    assert_same_shape(message, _recorded("recorded_message_text.json"))
    postback = started["messaging"][0]["postback"]
    assert postback.pop("referral") == {"ref": "claim-12", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    assert_same_shape(started, _recorded("recorded_postback_emoji_title.json"))
    assert referral["messaging"][0]["referral"]["ref"] == "claim-13"


async def test_changes_are_dated_in_seconds_and_messages_in_milliseconds(
    facebook: FacebookStandIn, page: Page, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    await mai.comments(live, "sold 12")
    await mai.messages(page, "hi")
    await facebook.drain()
    change, message = receiver.entries
    assert len(str(change["time"])) == 10
    assert len(str(message["time"])) == len(str(message["messaging"][0]["timestamp"])) == 13


async def test_the_reader_of_a_page_is_not_the_author_of_comments(
    facebook: FacebookStandIn, page: Page, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    other = facebook.add_page("2", "Other", "other-token")
    await mai.comments(live, "sold 12")
    await mai.messages(page, "hi")
    await facebook.drain()
    psid = receiver.messaging[0]["sender"]["id"]
    assert psid == mai.psid(page)
    assert len({psid, receiver.changes[0]["from"]["id"], mai.psid(other)}) == 3


async def test_a_comment_is_edited_answered_and_deleted_with_its_replies(
    facebook: FacebookStandIn, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    comment = await mai.comments(live, "sold 12")
    reply = await facebook.person("Hoa").comments(live, "me too", reply_to=comment)
    assert comment.replies == [reply]
    await mai.edits(comment, "sold 13")
    await mai.deletes(comment)
    await facebook.drain()
    assert [(value["verb"], value["comment_id"]) for value in receiver.changes] == [
        ("add", comment.id),
        ("add", reply.id),
        ("edited", comment.id),
        ("remove", reply.id),
        ("remove", comment.id),
    ]
    assert receiver.changes[1]["parent_id"] == comment.id
    assert receiver.changes[2]["message"] == "sold 13"
    assert "message" not in receiver.changes[4]
    assert live.comments == comment.replies == []


async def test_an_anonymous_comment_has_no_author(
    facebook: FacebookStandIn, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    await mai.comments(live, "sold 12", anonymous=True)
    await facebook.drain()
    assert "from" not in receiver.changes[0]


async def test_a_page_tells_nothing_it_is_not_subscribed_to(
    facebook: FacebookStandIn, page: Page, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    page.subscribed_fields = {"feed"}
    await mai.messages(page, "hi")
    await mai.comments(live, "sold 12")
    await facebook.drain()
    assert [value["message"] for value in receiver.changes] == ["sold 12"]
    assert receiver.messaging == []


async def test_a_batch_is_one_delivery_per_thousand_changes(
    facebook: FacebookStandIn, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    async with facebook.batch():
        for number in range(1001):
            await mai.comments(live, f"sold {number}")
    assert [delivery.events for delivery in facebook.webhooks.deliveries[-2:]] == [1000, 1]
    assert len(json.loads(receiver.raw[0][1])["entry"]) == 1
    assert [value["message"] for value in receiver.changes] == [f"sold {n}" for n in range(1001)]


async def test_a_batch_can_be_shuffled_and_doubled(
    facebook: FacebookStandIn, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    async with facebook.batch(size=1, shuffled=True, duplicates=1):
        for number in range(20):
            await mai.comments(live, f"sold {number}")
    said = [value["message"] for value in receiver.changes]
    assert len(receiver.raw) == 40
    assert sorted(said) == sorted([f"sold {n}" for n in range(20)] * 2)
    assert said != sorted(said, key=lambda text: int(text.split()[1]))


async def test_a_delivery_comes_again_byte_for_byte(
    facebook: FacebookStandIn, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    await mai.comments(live, "sold 12")
    await facebook.drain()
    again = await facebook.redeliver(times=5)
    assert [delivery.acknowledged for delivery in again] == [True] * 5
    assert len(receiver.raw) == 6
    assert len(set(receiver.raw)) == 1


async def test_every_delivery_can_come_twice(
    facebook: FacebookStandIn, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    facebook.webhooks.duplicates = 1
    await mai.comments(live, "sold 12")
    await facebook.drain()
    assert len(receiver.raw) == 2
    assert len(set(receiver.raw)) == 1


async def test_a_refused_delivery_is_tried_again_until_it_is_acknowledged(
    facebook: FacebookStandIn, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    receiver.statuses = iter([500, 503])
    await mai.comments(live, "sold 12")
    await facebook.drain()
    delivery = facebook.webhooks.deliveries[-1]
    assert [attempt.status for attempt in delivery.attempts] == [500, 503, 200]
    assert delivery.acknowledged
    assert all(attempt.seconds > 0 for attempt in delivery.attempts)


async def test_a_delivery_nobody_takes_is_given_up(
    facebook: FacebookStandIn, live: LiveVideo, mai: Person, receiver: Receiver
) -> None:
    receiver.statuses = iter([500] * 9)
    await mai.comments(live, "sold 12")
    await facebook.drain()
    assert not facebook.webhooks.deliveries[-1].acknowledged
    assert len(receiver.raw) == 3


async def test_a_callback_that_is_not_there_counts_as_no_answer(
    facebook: FacebookStandIn, live: LiveVideo, mai: Person
) -> None:
    facebook.webhooks.callback_url = "http://127.0.0.1:1/"
    await mai.comments(live, "sold 12")
    await facebook.drain()
    assert [attempt.status for attempt in facebook.webhooks.deliveries[-1].attempts] == [0, 0, 0]


async def test_any_bytes_can_be_delivered_rightly_signed(facebook: FacebookStandIn, receiver: Receiver) -> None:
    await facebook.webhooks.deliver_bytes(b'{"object": "page", "entry"')
    signature, body = receiver.raw[-1]
    assert body == b'{"object": "page", "entry"'
    assert signature == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def test_the_signature_agrees_with_the_known_answers() -> None:
    path = Path("../shared/fixtures/signature_vectors.json")
    if not path.exists():
        pytest.skip("the signature vectors are not here")
    from sandbox.facebook.webhooks import sign

    vectors = json.loads(path.read_text())["facebook"]
    assert any(vector["valid"] for vector in vectors)
    for vector in vectors:
        assert (sign(vector["secret"], vector["body"].encode()) == vector["header"]) is vector["valid"]


def _recorded(name: str) -> dict[str, Any]:
    if not FIXTURES.exists():
        pytest.skip("the recorded Facebook payloads are not here")
    entry: dict[str, Any] = json.loads((FIXTURES / name).read_text())["entry"][0]
    return entry


def assert_same_shape(ours: object, recorded: object, at: str = "entry") -> None:
    """The same keys and the same kinds of values, all the way down."""
    assert type(ours) is type(recorded), at
    if isinstance(ours, dict) and isinstance(recorded, dict):
        assert ours.keys() == recorded.keys(), at
        for key, value in ours.items():
            assert_same_shape(value, recorded[key], f"{at}.{key}")
    elif isinstance(ours, list) and isinstance(recorded, list):
        assert_same_shape(ours[0], recorded[0], f"{at}[0]")
