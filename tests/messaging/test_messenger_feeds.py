"""What was written on a Page is read over real HTTP, and is the same as what the webhook would have told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.kit.errors import Busy, NotAuthorised, Refused
from bot.kit.http import Http
from bot.kit.pacing import Pace
from messaging.base import Comment, ReadableFeed
from messaging.messenger import MessengerPlatform, read_webhook
from messaging.messenger.feeds import Feeds, read_listed
from messaging.messenger.platform import READ_AGAIN
from sandbox.facebook import FacebookStandIn, Page
from sandbox.facebook.limits import Limits
from sandbox.facebook.webhooks import envelope

START = 1_795_000_000.0
FEED = ReadableFeed(feed_id="1001_5", listed_under="1001_5")


class Clock:
    """Facebook's clock, and ours for pacing."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def at(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def facebook(clock: Clock) -> AsyncIterator[FacebookStandIn]:
    facebook = FacebookStandIn(app_secret="s", verify_token="v", require_proof=True, now=clock)
    await facebook.start()
    yield facebook
    await facebook.stop()


@pytest.fixture
def page(facebook: FacebookStandIn) -> Page:
    return facebook.add_page("1001", "Lan's Closet", "page-token-secret")


@pytest.fixture
async def platform(facebook: FacebookStandIn, page: Page, clock: Clock) -> AsyncIterator[MessengerPlatform]:
    http = Http()
    pace = Pace(clock, clock.sleep)
    yield MessengerPlatform(page.id, page.token, "s", graph_base=f"{facebook.url}/v26.0", http=http, pace=pace)
    await http.close()


async def test_a_listed_comment_is_the_very_one_the_webhook_tells(
    facebook: FacebookStandIn, page: Page, platform: MessengerPlatform, clock: Clock
) -> None:
    live = await page.goes_live("Friday jade", story_id="122")
    page.subscribed_fields = {"feed"}
    mai = facebook.person("Mai")
    async with facebook.batch() as held:
        first = await mai.comments(live, "sold 12 🩷")
        await facebook.person("Lan").comments(live, "me too", reply_to=first)
        await mai.comments(live, "who am I", anonymous=True)
        await page.comments(live, "12 is sold")
        clock.now += 1
        await mai.comments(live, "cheap", low_quality=True)
        told = [e for e in read_webhook(json.loads(envelope(held)), page_id="1001") if isinstance(e, Comment)]
        held.clear()
    (feed,) = await platform.live_feeds()
    assert feed == ReadableFeed(feed_id="1001_122", listed_under="1001_122")
    assert await platform.list_comments(feed, clock.at()) == told
    assert len(told) == 4


async def test_comments_of_one_second_keep_the_order_they_were_written_in(
    facebook: FacebookStandIn, page: Page, platform: MessengerPlatform, clock: Clock
) -> None:
    live = await page.goes_live("Friday jade")
    people = [facebook.person(f"Buyer {number}") for number in range(230)]
    for person in people:
        await person.comments(live, "sold 12")
    (feed,) = await platform.live_feeds()
    listed = await platform.list_comments(feed, clock.at())
    assert [one.author.name for one in listed if one.author] == [person.name for person in people]
    clock.now += 60
    assert len(await platform.list_comments(feed, clock.at())) == 100


@pytest.mark.parametrize(
    "place",
    [
        {"cursors": {"before": "A", "after": "B"}, "next": "https://graph.facebook.com/v26.0/1001_5/comments?after=B"},
        {"next": "https://graph.facebook.com/v26.0/1001_5/comments?access_token=t&limit=100&after=B"},
        {"next": "https://graph.facebook.com/v26.0/1001_5/comments?limit=100&offset=100"},
        {"next": "https://graph.facebook.com/v26.0/1001_5/comments?until=1795000000&__paging_token=enc_x"},
    ],
)
async def test_an_empty_page_is_not_the_last_one_and_the_next_is_found_as_it_is_named(place: dict[str, Any]) -> None:
    row = {"id": "5_1", "created_time": START, "from": {"id": "77", "name": "Mai"}, "message": "sold 12"}
    pages = [{"data": [], "paging": place}, {"data": [row], "paging": {}}]
    asked: list[dict[str, str]] = []

    async def read(_path: str, **params: str) -> dict[str, Any]:
        asked.append(params)
        return pages[len(asked) - 1]

    (comment,) = await Feeds("1001", read).comments(FEED, datetime.fromtimestamp(START, UTC))
    assert comment.text == "sold 12"
    first, second = asked
    more = {name: value for name, value in second.items() if name not in first}
    assert more in (
        {"after": "B"},
        {"offset": "100"},
        {"until": "1795000000", "__paging_token": "enc_x"},
    )


async def test_a_feed_is_found_by_its_post_or_its_video(page: Page, platform: MessengerPlatform) -> None:
    live = await page.goes_live("Friday jade", story_id="122")
    post = ReadableFeed(feed_id="1001_122", listed_under="1001_122")
    assert await platform.find_feed(live.video_id) == post
    assert await platform.find_feed("1001_122") == post
    assert await platform.find_feed("4242") is None
    with pytest.raises(Refused):
        await platform.list_comments(ReadableFeed(feed_id="1001_4", listed_under="1001_4"), datetime.now(UTC))


async def test_a_live_video_whose_post_is_not_told_is_read_by_its_own_id(
    facebook: FacebookStandIn, page: Page, platform: MessengerPlatform, clock: Clock
) -> None:
    live = await page.goes_live("Friday jade")
    await facebook.person("Mai").comments(live, "sold 12")
    facebook.fail("status", path=f"/{live.video_id}", status=200, body={"id": live.video_id})
    (feed,) = await platform.live_feeds()
    assert feed == ReadableFeed(feed_id=f"1001_{live.video_id}", listed_under=live.id)
    assert [one.text for one in await platform.list_comments(feed, clock.at())] == ["sold 12"]


async def test_reading_leaves_the_last_calls_of_the_page_to_the_messages(
    facebook: FacebookStandIn, page: Page, platform: MessengerPlatform, clock: Clock
) -> None:
    facebook.limits = Limits(pages=8)
    await page.goes_live("Friday jade")
    for _ in range(5):
        await platform.live_feeds()
    with pytest.raises(Busy) as busy:
        await platform.live_feeds()
    assert busy.value.retry_after == pytest.approx(READ_AGAIN, abs=1)
    await platform.start()
    clock.now += READ_AGAIN
    await platform.live_feeds()


async def test_a_dead_token_is_told_as_such(page: Page, platform: MessengerPlatform) -> None:
    live = await page.goes_live("Friday jade")
    page.loses_token()
    with pytest.raises(NotAuthorised):
        await platform.find_feed(live.video_id)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"id": "5_1"},
        {"id": "5_1", "created_time": "yesterday"},
        {"id": None, "created_time": "2026-11-20T19:00:00+0000"},
        {"id": "5_1", "created_time": "2026-11-20T19:00:00+0000", "from": {"id": "1001"}},
    ],
)
def test_what_is_no_comment_of_a_buyer_is_left_out(row: dict[str, Any]) -> None:
    assert read_listed(row, FEED, page_id="1001") is None


def test_an_odd_row_becomes_the_comment_it_can_be() -> None:
    row = {"id": 51, "created_time": "2026-11-20T19:00:00+0000", "from": [], "message": 5, "parent": "x"}
    comment = read_listed(row, FEED, page_id="1001")
    assert comment is not None
    assert (comment.comment_id, comment.author, comment.text, comment.reply_to) == ("51", None, "", None)
