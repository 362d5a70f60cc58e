"""Comments that no webhook brought are read: the same comments, decided once, in the order they were written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.workflows.backfill_comments import GRACE
from storage import channels, cursors
from tests.shop import Shop
from tests.stories.looking import HOME, backfill, ledger, on_air, reads
from tests.stories.sales import graph_says, heard


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: what is written here goes the way of every comment."""
    return sqlite_url


async def tally(shop: Shop) -> dict[str, int]:
    """How many claims of the show stand how."""
    told = dict((await shop.api("/api/shows/1"))["tally"])
    del told["comments"]
    return told


class FacebookClock:
    """Facebook's clock, which a test moves on."""

    def __init__(self, shop: Shop) -> None:
        self.ahead = 0.0
        shop.facebook.books.now = self

    def __call__(self) -> float:
        return datetime.now(UTC).timestamp() + self.ahead


@pytest.mark.parametrize("first", ["webhook", "look"])
async def test_a_comment_that_comes_both_ways_is_one_claim(shop: Shop, first: str) -> None:
    _, live = await on_air(shop)
    look = backfill(shop).look
    mai, lan = shop.commenter("Mai"), shop.commenter("Lan")
    async with shop.facebook.batch(shuffled=True, duplicates=1) as held:
        comment = await mai.comments(live, "hi there")
        await lan.comments(live, "sold 12")
        await mai.comments(live, "what size?", reply_to=comment)
        if first == "look":
            await look()
        await mai.edits(comment, "sold 12")
        if first == "look":
            await look()
            assert await tally(shop) == {"winner": 2}, "an edit is seen by looking, too"
        held.sort(key=lambda event: str((event.change or {}).get("verb")))
    await shop.facebook.drain()
    await look()
    await look()
    told = await ledger(shop)
    assert sorted(told, key=lambda row: (row[1], row[0])) == [
        ("Mai", "hi there", "ignored"),
        ("Lan", "sold 12", "winner"),
        ("Mai", "sold 12", "winner"),
        ("Mai", "what size?", "ignored"),
    ]
    assert await tally(shop) == {"winner": 2}


async def test_comments_lost_for_a_while_are_read_and_decided_in_the_order_they_were_written(shop: Shop) -> None:
    _, live = await on_air(shop, "12 Blue dress 19.90")
    buyers = [shop.commenter(f"Buyer {number}") for number in range(5)]
    await buyers[0].comments(live, "hello")
    await shop.heard()
    shop.facebook.lose_webhooks()
    for buyer in buyers[1:]:
        await buyer.comments(live, "sold 12")
    shop.facebook.lose_webhooks(False)
    await backfill(shop).look()
    await buyers[0].comments(live, "sold 12")
    await shop.heard()
    await backfill(shop).look()
    assert [row[2] for row in await ledger(shop)] == ["ignored", "winner", *["waitlisted"] * 4]
    assert [row[0] for row in await ledger(shop)][1:] == [f"Buyer {number}" for number in (1, 2, 3, 4, 0)]


async def test_a_deletion_counts_whichever_way_the_comment_came(shop: Shop) -> None:
    _, live = await on_air(shop, "12 Blue dress 19.90")
    mai, lan = shop.commenter("Mai"), shop.commenter("Lan")
    shop.facebook.lose_webhooks()
    comment = await mai.comments(live, "sold 12")
    await backfill(shop).look()
    shop.facebook.lose_webhooks(False)
    await mai.deletes(comment)
    await lan.comments(live, "sold 12")
    await shop.heard()
    await backfill(shop).look()
    assert await tally(shop) == {"released": 1, "winner": 1}


async def test_more_comments_than_fit_on_a_page_are_read_to_the_last_look_and_no_further(shop: Shop) -> None:
    _, live = await on_air(shop, "12 Blue dress 19.90 x500", **HOME)
    mai = shop.commenter("Mai")
    look = backfill(shop).look
    clock = FacebookClock(shop)
    for number in range(250):
        await mai.comments(live, f"hello {number}")
    await look()
    assert len(await ledger(shop)) == 250
    listed = f"{live.post_id}/comments"
    assert reads(shop).count(listed) == 3
    clock.ahead += 60
    newest = await mai.comments(live, "sold 12")
    await look()
    assert [row[2] for row in await ledger(shop)].count("winner") == 1
    assert reads(shop).count(listed) == 6, "a comment may be listed half a minute late"
    await look()
    assert reads(shop).count(listed) == 7
    found = await shop.assistant.database.read(cursors.get, 1, f"comments:2:{live.post_id}")
    assert found is not None
    assert int(found.place) == int(newest.created_at)


async def test_a_chosen_video_is_read_under_its_post_and_nothing_else_is(shop: Shop) -> None:
    operator, live = await on_air(shop, **HOME)
    assert shop.page is not None
    other = await shop.page.publishes("Good morning")
    look = backfill(shop).look
    await operator.says(f"/live https://www.facebook.com/mai/videos/{live.video_id}", hears="live")
    mai = shop.commenter("Mai")
    await mai.comments(other, "sold 12")
    await mai.comments(live, "sold 12")
    await look()
    await look()
    assert await ledger(shop) == [("Mai", "sold 12", "winner")]
    assert "9001/live_videos" not in reads(shop)
    assert f"{other.id}/comments" not in reads(shop)
    # The post of that number does not exist: asked for once.
    assert reads(shop).count(f"9001_{live.video_id}/comments") == 1


async def test_a_show_is_read_from_its_start_to_a_little_after_its_end_and_not_while_it_pauses(shop: Shop) -> None:
    await shop.open(**HOME)
    assert shop.page is not None
    live = await shop.page.goes_live("Friday live")
    mai, facebook = shop.commenter("Mai"), FacebookClock(shop)
    facebook.ahead = -600
    await mai.comments(live, "sold 12 before the show")
    facebook.ahead = 0
    operator = await shop.opens_show("12 Blue dress 19.90 x9")
    reader, ours = backfill(shop), shop.assistant.now
    await reader.look()
    await mai.comments(live, "sold 12")
    await operator.says("/end", hears="ended")
    facebook.ahead = 60
    await mai.comments(live, "sold 12 after the end")
    await live.ends()
    await reader.look()
    assert [row[1] for row in await ledger(shop)] == ["sold 12"]
    shop.assistant.now = lambda: ours() + GRACE + timedelta(seconds=1)
    before = len(reads(shop))
    await reader.look()
    assert len(reads(shop)) == before
    await operator.says("/live", hears="live")
    facebook.ahead = 600
    await mai.comments(live, "12 please, sold")
    await reader.look()
    assert [row[1] for row in await ledger(shop)] == ["sold 12", "12 please, sold"]


async def test_what_was_written_while_we_were_down_is_read_at_the_next_start(shop: Shop) -> None:
    _, live = await on_air(shop, "12 Blue dress 19.90", **HOME)
    mai, lan = shop.commenter("Mai"), shop.commenter("Lan")
    await shop.close()
    await mai.comments(live, "sold 12")
    await lan.comments(live, "sold 12")
    await shop.open(**HOME)
    await shop.until("/api/shows/1", lambda show: show["tally"].get("waitlisted") == 1)
    assert [row[0] for row in await ledger(shop)] == ["Mai", "Lan"]


async def test_a_muted_feed_is_not_read_and_a_comment_without_an_author_waits_for_the_operator(shop: Shop) -> None:
    _, live = await on_air(shop, **HOME)
    anna, look = shop.commenter("Anna Lee"), backfill(shop).look
    await anna.comments(live, "sold 12", anonymous=True)
    await anna.comments(live, "sold 12", low_quality=True)
    await live.page.comments(live, "12 is sold")
    await look()
    assert await ledger(shop) == [("?", "sold 12", "ambiguous"), ("Anna Lee", "sold 12", "winner")]
    database = shop.assistant.database
    (feed,) = [one for one in await database.read(channels.feeds_of, 1) if one.external_id == live.post_id]
    await database.write(channels.mute_feed, 1, feed.id, muted=True)
    before = reads(shop).count(f"{live.post_id}/comments")
    await look()
    assert reads(shop).count(f"{live.post_id}/comments") == before


async def test_a_feed_that_fails_is_left_alone_longer_each_time_and_nothing_is_lost(shop: Shop) -> None:
    _, live = await on_air(shop, **HOME)
    reader, start, elapsed = backfill(shop), datetime.now(UTC), timedelta()
    shop.assistant.now = lambda: start + elapsed
    await shop.commenter("Mai").comments(live, "sold 12")
    listed = f"{live.post_id}/comments"
    shop.facebook.fail(
        "status", path=listed, status=500, body=graph_says(2, "Service temporarily unavailable"), times=3
    )
    asked = []
    for turn in range(10):
        before = reads(shop).count(listed)
        await reader.look()
        asked += [turn] * (reads(shop).count(listed) - before)
        elapsed += reader.every
    assert asked == [0, 1, 3, 7, 8, 9]
    assert await ledger(shop) == [("Mai", "sold 12", "winner")]


async def test_the_operator_is_told_once_that_the_page_lets_nobody_read_any_more(shop: Shop) -> None:
    operator, live = await on_air(shop, **HOME)
    assert shop.page is not None
    refused = graph_says(10, "This endpoint requires the 'pages_read_user_content' permission")
    shop.facebook.fail("status", path=f"{live.post_id}/comments", status=403, body=refused, times=1)
    await backfill(shop).look()
    told = await operator.hears("Messenger: I may miss what is written there.")
    assert "pages_read_user_content" in told
    shop.page.loses_token()
    for _ in range(2):
        await backfill(shop).look()
    assert "the user changed the password" in await operator.hears("Messenger: nothing can be sent there any more.")
    shop.page.token_death = None
    await shop.commenter("Mai").comments(live, "sold 12")
    await backfill(shop).look()
    assert await ledger(shop) == [("Mai", "sold 12", "winner")]
    assert await heard(operator.person, shop, "Messenger: ") == 2
