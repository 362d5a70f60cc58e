"""What happens to a group in the middle of a show: nothing said in it is lost, and who has to do something is told."""

from __future__ import annotations

import pytest

from sandbox.telegram import Group
from tests.shop import PATIENCE, Operator, Shop
from tests.stories.sales import heard, no_wait


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: what is written here goes the way of every message."""
    return sqlite_url


async def sells_in_a_basic_group(shop: Shop) -> tuple[Operator, Group]:
    """A show that hears one group, which is no supergroup yet, and nothing else."""
    shop.sleep = no_wait
    await shop.open(FACEBOOK_PAGE_ID="", FACEBOOK_PAGE_TOKEN="", FACEBOOK_APP_SECRET="", FACEBOOK_VERIFY_TOKEN="")
    operator = await shop.opens_show("12 Dress 19.90 x1")
    shop.group = shop.telegram.group("Fans", [operator.person], basic=True)
    await shop.group.adds_bot(shop.bot)
    await operator.person.says("/live", to=shop.group)
    await operator.person.hears("I hear only this group", in_chat=shop.group, timeout=PATIENCE)
    return operator, shop.group


async def test_an_answer_in_a_group_stands_below_what_it_answers(shop: Shop) -> None:
    """So it is in the topic where it was asked, in a group that has topics."""
    operator, group = await sells_in_a_basic_group(shop)
    asked = await operator.person.says("/live", to=group)
    told = await operator.person.hears("I hear only this group", in_chat=group, timeout=PATIENCE)
    assert told.reply_to is asked


async def test_a_group_that_becomes_a_supergroup_is_heard_and_answered_on(shop: Shop) -> None:
    operator, old = await sells_in_a_basic_group(shop)
    mai, lan = await shop.buyer("Mai"), await shop.buyer("Lan")
    await mai.says("sold 12", to=old)
    await operator.person.hears("12 Dress, 19.90 USD: sold out · Mai", in_chat=old, timeout=PATIENCE)
    new = shop.group = await old.upgrades()
    await lan.says("sold 12", to=new)
    assert await shop.claims() == [("mai", "winner"), ("lan", "waitlisted")]
    await operator.person.hears("sold out · Mai · 1 waiting", in_chat=new, timeout=PATIENCE)
    await operator.person.says("/status", to=new)
    await operator.person.hears("Friday", in_chat=new, timeout=PATIENCE)


async def test_a_move_nobody_told_us_of_is_learned_from_the_first_refusal(shop: Shop) -> None:
    operator, old = await sells_in_a_basic_group(shop)
    mai, lan = await shop.buyer("Mai", starts=False), await shop.buyer("Lan")
    await mai.says("sold 12", to=old)
    await shop.heard()
    shop.bot.updates.want(["callback_query"])
    new = shop.group = await old.upgrades()
    shop.bot.updates.want([])
    await operator.person.says("/invoice all", to=shop.bot)
    await mai.hears("@mai, your pay link is ready", in_chat=new, timeout=PATIENCE)
    await lan.says("sold 12", to=new)
    assert await shop.claims() == [("mai", "winner"), ("lan", "waitlisted")]


async def test_a_group_that_shuts_us_out_of_a_show_is_told_of(shop: Shop) -> None:
    operator, group = await sells_in_a_basic_group(shop)
    await group.kicks(shop.bot)
    await operator.hears("I am not in “Fans” any more, so nothing written there is heard. Add me again")
    other = shop.telegram.group("Elsewhere", [shop.telegram.person("Eve")])
    await other.adds_bot(shop.bot)
    await other.kicks(shop.bot)
    await shop.heard()
    assert await heard(operator.person, shop, "Elsewhere") == 0


async def test_whoever_goes_live_where_only_commands_are_heard_is_told_what_to_do(shop: Shop) -> None:
    shop.bot.can_read_all_group_messages = False
    operator, group = await sells_in_a_basic_group(shop)
    deaf = "But in this group Telegram lets me hear only commands. Make me an administrator there"
    (said,) = [message.text for message in group.messages if "I hear only this group" in message.text]
    assert deaf in said
    await operator.says("/live", hears="But in a group where I am not an administrator Telegram lets me hear only")
    await group.adds_bot(shop.bot, admin=True)
    await operator.person.says("/live", to=group)
    told = await operator.person.hears("I hear only this group", in_chat=group, timeout=PATIENCE)
    assert "only commands" not in told.text
    await group.adds_bot(shop.bot)
    await operator.hears("In “Fans” Telegram lets me hear only commands, so no comment there can win anything.")
