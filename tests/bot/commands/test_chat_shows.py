"""Shows: made, chosen, live, ended."""

from __future__ import annotations

import pytest

from bot.workflows.assistant import Connected
from storage import channels, shows, workspaces
from tests.bot.commands.conftest import GROUP, Chatter, RecordingPage, Shop, open_shop, payloads
from tests.postgres import one_database


@one_database
@pytest.mark.parametrize(
    ("typed", "title", "currency"),
    [
        ("Friday sale", "Friday sale", "USD"),
        ("Friday sale EUR", "Friday sale", "EUR"),
        ("Friday sale eur", "Friday sale eur", "USD"),
        ("Sale OF THE DAY", "Sale OF THE DAY", "USD"),
        ("JPY", "JPY", "USD"),
        ("金曜セール JPY", "金曜セール", "JPY"),
    ],
)
async def test_capitals_at_the_end_are_a_currency_when_there_is_one(
    operator: Chatter, typed: str, title: str, currency: str
) -> None:
    await operator.says(f"/show new {typed}", hears=f"“{title}” is a new draft, in {currency}.")


async def test_a_new_show_takes_the_currency_of_the_one_before(operator: Chatter) -> None:
    await operator.says("/show new First EUR")
    await operator.says("/show new Second", hears="in EUR.")


async def test_a_title_has_an_end(operator: Chatter) -> None:
    await operator.says(f"/show new {'a' * 121}", hears="at most 120 characters")


async def test_before_the_first_show_every_command_says_what_to_send(operator: Chatter) -> None:
    for line in ("/item add 12 Hat", "/live", "/end", "/claims", "/buyers", "/invoice all", "/show list"):
        await operator.says(line, hears="There is no show yet. Send: /show new My first show")


async def test_an_earlier_show_can_be_used_again_by_tap(operator: Chatter) -> None:
    await operator.says("/show new First")
    await operator.says("/show new Second")
    (reply,) = await operator.replies("/show list")
    assert reply.text.startswith("2. “Second”, draft, USD ← current\n1. “First”, draft, USD\n")
    assert payloads(reply) == ["use 1"]
    await operator.taps("use 1", hears="Now working on “First”")
    await operator.says("/show use 7", hears="There is no show 7")
    await operator.says("/show use Second", hears="“Second” is not a number")


async def test_live_in_a_group_hears_only_that_group(shop: Shop, operator: Chatter) -> None:
    await operator.says("/show new Friday\n/item add 12 Hat 5")
    await operator.says("/live", group=GROUP, hears=["“Friday” is live.", "I hear only this group on Telegram."])
    assert await shop.read(channels.chosen_feeds, shop.workspace_id, 1) == {shop.channel.id: frozenset({GROUP})}
    await operator.says("/live", hears="I hear every group that First bot is in.")
    assert await shop.read(channels.chosen_feeds, shop.workspace_id, 1) == {}


async def _page(shop: Shop) -> RecordingPage:
    page = RecordingPage("555", "Mai's Page")
    channel = await shop.write(
        channels.ensure,
        shop.workspace_id,
        platform="messenger",
        external_id="555",
        title="Mai's Page",
        now=shop.clock(),
    )
    shop.assistant.connected[channel.id] = Connected(channel=channel, platform=page)
    return page


async def test_live_can_hear_one_facebook_video(shop: Shop, operator: Chatter) -> None:
    await _page(shop)
    await operator.says("/show new Friday")
    await operator.says(
        "/live https://www.facebook.com/mai/videos/987654321/",
        hears="every group that First bot is in and that post of Mai's Page",
    )
    chosen = await shop.read(channels.chosen_feeds, shop.workspace_id, 1)
    assert list(chosen.values()) == [frozenset({"987654321", "555_987654321"})]
    await operator.says("/live https://fb.watch/abc/", hears="short link")
    await operator.says("/live", hears="every post of Mai's Page")


async def test_live_for_a_facebook_post_needs_a_page(operator: Chatter) -> None:
    await operator.says("/show new Friday")
    await operator.says("/live 987654321", hears="No Facebook Page is connected")


async def test_live_without_items_or_prices_works_and_says_so(operator: Chatter) -> None:
    await operator.says("/show new Friday")
    await operator.says("/live", hears="It has no items yet")
    await operator.says("/item add 12 Hat")
    await operator.says("/live", hears="No item has a price yet")
    await operator.says("/item edit 12 5")
    assert "yet" not in await operator.says("/live")


async def test_only_one_show_is_live_at_a_time(operator: Chatter) -> None:
    await operator.says("/show new First\n/live\n/show new Second")
    await operator.says("/live", hears="“First” is live already. End it first: /show use 1 and then /end")
    await operator.says("/show use 1\n/end\n/show use 2\n/live", hears="“Second” is live")


async def test_an_ended_show_can_go_live_again(shop: Shop, seller: Chatter) -> None:
    await seller.says("/end", hears="“Friday sale” has ended. Nothing was won.")
    await seller.says("/live", hears="“Friday sale” is live")
    await shop.comments("mai", "sold 12")
    await seller.says("/claims", hears="@mai")


async def test_the_end_says_what_was_sold_and_what_to_send_next(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 12")
    await shop.comments("lan", "sold 12")
    await shop.comments("lan", "sold 14")
    (reply,) = await seller.replies("/end")
    assert reply.text == "“Friday sale” has ended: 3 pieces won by 2 buyers, 44.80 USD.\nNow send: /invoice all"
    assert payloads(reply) == ["invoice all"]


async def test_the_end_names_what_has_no_price(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item add 15 Scarf")
    await shop.comments("mai", "sold 15")
    await seller.says("/end", hears="No price yet: 15. Set it: /item edit 15 19.90")


async def test_a_draft_cannot_end(operator: Chatter) -> None:
    await operator.says("/show new Friday")
    await operator.says("/end", hears="“Friday” is not live. To start it: /live")


async def test_a_feed_is_muted_and_heard_again_by_tap(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    (told,) = [one for one in await shop.told("notice") if "Fans" in one.text]
    (payload,) = payloads(told)
    (reply,) = await seller.replies(payload, tap=True)
    assert reply.text == "Not hearing “Fans” any more."
    await seller.says("/status", hears="Not listening to: Fans")
    await seller.taps(payloads(reply)[0], hears="Hearing “Fans” again.")
    await seller.taps("mute 99", hears="That feed is gone")


async def test_workspaces_do_not_see_each_other(shop: Shop, seller: Chatter) -> None:
    other = await open_shop(shop.assistant, shop.clock, shop.jobs, shop.stripe, name="Second")
    bob = await other.operator("Bob")
    await bob.says("/show use 1", hears="There is no show 1")
    await bob.says("/show list", hears="There is no show yet")
    await bob.says("/show new Mine EUR")
    await shop.comments("mai", "sold 12")
    await bob.says("/live", hears=["“Mine” is live", "I hear every group that Second bot is in."])
    await bob.says("/claims 12", hears="“Mine” has no item 12. It has none yet.")
    await bob.says("/award 12 @mai", hears="“Mine” has no item 12")
    await bob.says("/item add 12 Boat 900", hears="900.00 EUR")
    await bob.says("/award 12 @mai", hears="Nobody in this show is called @mai")
    await bob.says("/release 12 #1", hears="Nobody in this show is called #1")
    assert "Friday" not in await bob.says("/status")
    await seller.says("/claims 12", hears="12 Blue dress: 1 of 2 won\n  @mai")
    assert (await shop.read(workspaces.get, shop.workspace_id)).current_show_id == 1
    assert len(await shop.read(shows.newest, other.workspace_id)) == 1


async def test_the_rules_of_a_show_are_listed_and_changed(operator: Chatter) -> None:
    await operator.says("/show new Friday sale")
    await operator.says("/rules", hears="hold: off: what is won stays won until you release it")
    await operator.says("/rules hold 24 h from claim", hears="hold is now 1 day to pay, from the claim.")
    await operator.says("/rules Again REPLACE", hears="again is now replace.")
    await operator.says("/rules words claim gimme, need it", hears="words is now claim: gimme, need it.")
    await operator.says("/rules words claim off", hears="words is now those of its markets.")
    await operator.says("/rules", hears="hold: 1 day to pay, from the claim")


@one_database
@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("hld 5", "There is no rule “hld”. The rules are: again, most,"),
        ("hold forever", "“forever” cannot be. Send it like this: /rules hold <time>|off [from claim|end]"),
        ("hold 0", "“0” cannot be."),
        ("hold 61 days", "“61 days” cannot be."),
        ("most -1", "“-1” cannot be. Send it like this: /rules most <pieces>|off"),
        ("again", "again is as its markets are used to. To change it: /rules again ignore|add|replace|market"),
        ("hld", "There is no rule “hld”. The rules are: again, most,"),
        ("again twice", "“twice” cannot be. Send it like this: /rules again ignore|add|replace|market"),
        ("words shout hey", "“shout hey” cannot be."),
    ],
)
async def test_a_rule_that_cannot_be_says_what_can(operator: Chatter, typed: str, heard: str) -> None:
    await operator.says("/show new Friday sale")
    await operator.says(f"/rules {typed}", hears=heard)
