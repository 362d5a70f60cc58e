"""Becoming an operator, finding help, and what strangers get."""

from __future__ import annotations

import logging

import pytest

from storage import operators, shows
from tests.bot.commands.conftest import GROUP, Chatter, Shop, open_shop, payloads
from tests.postgres import one_database


async def test_the_first_operator_is_the_owner_and_the_second_is_not(shop: Shop) -> None:
    ann, bob = shop.person("Ann"), shop.person("Bob")
    await ann.says(f"/pair {await shop.code()}", hears="Welcome, Ann! You are the owner")
    await bob.says(f"/pair {await shop.code()}", hears="You are an operator")


@pytest.mark.parametrize("spelling", [str.lower, lambda c: c.replace("-", ""), lambda c: c.replace("-", " ")])
async def test_a_code_may_be_typed_in_any_spelling(shop: Shop, spelling: object) -> None:
    assert callable(spelling)
    await shop.person("Ann").says(f"/PAIR@shop_bot  {spelling(await shop.code())}", hears="Welcome")


async def test_a_code_works_once(shop: Shop) -> None:
    code = await shop.code()
    await shop.person("Ann").says(f"/pair {code}", hears="Welcome")
    await shop.person("Bob").says(f"/pair {code}", hears="wrong, used or too old")


async def test_a_code_is_too_old_after_half_an_hour(shop: Shop) -> None:
    code = await shop.code()
    shop.clock.passes(minutes=30)
    await shop.person("Ann").says(f"/pair {code}", hears="too old")


async def test_pairing_again_is_friendly_and_uses_no_code_up(shop: Shop, operator: Chatter) -> None:
    code = await shop.code()
    await operator.says(f"/pair {code}", hears="paired already, Ann")
    await shop.person("Bob").says(f"/pair {code}", hears="Welcome")


async def test_a_code_typed_in_a_group_is_not_taken(shop: Shop) -> None:
    code, ann = await shop.code(), shop.person("Ann")
    await ann.says(f"/pair {code}", group=GROUP, hears="private chat: https://t.me/shop_bot")
    assert [chat for chat, _ in shop.platform.deleted] == [GROUP]
    await ann.says(f"/pair {code}", hears="Welcome")


async def test_a_stranger_cannot_make_the_bot_chatter_in_a_group(shop: Shop) -> None:
    troll = shop.person("Troll")
    answers = [await troll.says("/pair AAAA-AAAA", group=GROUP) for _ in range(8)]
    assert [bool(answer) for answer in answers] == [True] * 5 + [False] * 3


async def test_five_wrong_codes_close_the_door_for_ten_minutes(shop: Shop) -> None:
    ann, code = shop.person("Ann"), await shop.code()
    for _ in range(5):
        await ann.says("/pair AAAA-AAAA", hears="That code is wrong")
    await ann.says(f"/pair {code}", hears="Too many wrong codes")
    shop.clock.passes(minutes=10)
    await ann.says(f"/pair {code}", hears="Welcome")


async def test_whoever_has_a_number_for_a_name_is_not_called_by_it(shop: Shop) -> None:
    nameless = Chatter(shop=shop, name="", channel=shop.channel, id="24000000000000001", kind="user")
    await nameless.says(f"/pair {await shop.code()}", hears="Welcome! You are the owner here now.")
    await nameless.says(f"/pair {await shop.code()}", hears="You are paired already. /help")


async def test_many_guessers_do_not_lock_the_owner_out(shop: Shop) -> None:
    for guesser in range(6):
        for _ in range(5):
            await shop.person(f"Guesser{guesser}").says("/pair AAAA-AAAA", hears="wrong")
    await shop.person("Another").says("/pair AAAA-AAAA", hears="")
    await shop.person("Ann").says(f"/pair {await shop.code()}", hears="Welcome")


async def test_a_code_opens_only_the_workspace_it_was_made_for(shop: Shop) -> None:
    other = await open_shop(shop.assistant, shop.clock, shop.jobs, shop.stripe, name="Second")
    await other.person("Ann").says(f"/pair {await shop.code()}", hears="That code is wrong")
    assert not await shop.read(operators.any_paired, other.workspace_id)


@one_database
@pytest.mark.parametrize("text", ["/status", "/show new Mine", "/stripe status", "/item add 1 x", "invoice all"])
async def test_strangers_command_nothing(shop: Shop, operator: Chatter, text: str) -> None:
    stranger = shop.person("Stranger")
    await operator.says("/show new Friday sale")
    await stranger.says(text, group=GROUP, hears="")
    await stranger.says(text, group=GROUP, tap=True, hears="")
    private = await stranger.says(text)
    assert "Friday" not in private
    assert "item" not in private
    assert len(shop.platform.taps) == 1, "a button comes to rest, whoever tapped it"


async def test_whoever_commands_in_the_name_of_the_group_is_told_why_nothing_happens(
    shop: Shop, operator: Chatter
) -> None:
    await operator.says("/show new Friday")
    nobody = shop.person("Fans", kind="group")
    await nobody.says("/live", group=GROUP, hears=["in the name of the group", "https://t.me/shop_bot", "anonymous"])
    await nobody.says("/weather", group=GROUP, hears="")
    await nobody.says("/stripe connect sk_test_51abcdefghijklmnop", group=GROUP, hears="deleted your message")
    assert await shop.read(shows.live, shop.workspace_id) is None


async def test_a_stranger_who_pairs_runs_no_other_command_in_the_same_message(shop: Shop) -> None:
    await shop.operator("Ann")
    answer = await shop.person("Bob").says("/pair AAAA-AAAA\n/status", hears="wrong")
    assert "show" not in answer


async def test_help_is_short_and_names_every_topic(operator: Chatter) -> None:
    replies = await operator.replies("/help")
    assert all(f"\n{topic}: /" in replies[0].text for topic in ("shows", "items", "claims", "money"))
    assert "help money" in payloads(replies[0])
    assert len(replies[0].text) < 1000


async def test_start_is_the_short_help(operator: Chatter) -> None:
    assert await operator.says("/start") == await operator.says("/help") != ""


@one_database
@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        ("start", ["pairing makes you an operator", "/pair <code...>"]),
        ("shows", ["one live sale", "/live [<where>]"]),
        ("Items", ["a code that buyers write", "/item add <lines...>", "/item remove <code>"]),
        ("claims", ["Comments become claims", "/release <code> <buyer...>", "/undo"]),
        ("money", ["one invoice per buyer", "/invoice all|retry|<buyer...>\nbill everybody", "/void <buyer...>"]),
        ("integrations", ["Where the money is collected", "/connect <provider>", "/stripe connect|status|test|disc"]),
        ("/Item", ["a code that buyers write"]),
        ("item add", ["/item add <lines...>\nadd items", "brackets", "Like: /item add 12 Blue dress 19.90 x3"]),
        ("/release", ["/release <code> <buyer...>", "its code is enough", "Like: /release 12 @mai"]),
        ("stripe", ["/stripe connect [<key...>]", "/stripe test"]),
        ("additem", ["/item add <lines...>"]),
        ("invoce", ["/invoice all|retry|<buyer...>"]),
        ("item add please", ["/item add <lines...>"]),
        ("cooking", ["no help about cooking. There is: start, shows"]),
    ],
)
async def test_help_explains_a_topic_or_one_command(operator: Chatter, asked: str, answers: list[str]) -> None:
    await operator.says(f"/help {asked}", hears=answers)


async def test_help_on_one_command_is_about_that_one(operator: Chatter) -> None:
    assert "/item edit" not in await operator.says("/help item add")


@one_database
@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("/itm add 12 Blue dress 19.90", "/item add 12 Blue dress 19.90"),
        ("/item ad 12 Hat", "/item add 12 Hat"),
        ("/invoce all", "/invoice all"),
        ("/relase 12 @mai", "/release 12 @mai"),
        ("/statsu", "/status"),
        ("/stripe discconnect", "/stripe disconnect"),
    ],
)
async def test_a_mistyped_command_gets_the_line_to_send(operator: Chatter, typed: str, line: str) -> None:
    (reply,) = await operator.replies(typed)
    assert reply.text == f"Did you mean this? Send:\n{line}"
    assert payloads(reply) == [line.removeprefix("/")]


@one_database
@pytest.mark.parametrize(
    ("typed", "usage"),
    [
        ("/item add", "/item add <lines...>"),
        ("/show", "/show new <title...>"),
        ("/show use", "/show use <number>"),
        ("/award 12", "/award <code> <buyer...> [x<count>]"),
        ("/invoice", "/invoice all|retry|<buyer...>"),
        ("/end 5", "/end"),
    ],
)
async def test_a_command_with_missing_words_gets_its_usage(operator: Chatter, typed: str, usage: str) -> None:
    await operator.says(typed, hears=["Send it like this:", f"{usage} — "])


async def test_what_is_no_command_at_all_is_said_so(operator: Chatter) -> None:
    await operator.says("/xyzzyplugh", hears="I do not know that command")
    await operator.says("/", hears="An evening:")


@one_database
@pytest.mark.parametrize(
    "text", ["／ｓｈｏｗ　ｌｉｓｔ", "  /Show   LIST  ", "/show@shop_bot list", "/show\u00a0list", "\ufeff/show list"]
)
async def test_odd_keyboards_are_understood(operator: Chatter, text: str) -> None:
    await operator.says("/show new Friday")
    await operator.says(text, hears="1. “Friday”, draft, USD ← current")


async def test_several_commands_in_one_message_run_in_turn(operator: Chatter) -> None:
    await operator.says(
        "/show new Friday sale\n/item add 12 Hat 5\n14 Bag 7\n/item list",
        hears=["new draft", "✓ 12 Hat", "✓ 14 Bag", "“Friday sale”\n12 Hat"],
    )


async def test_talk_in_the_private_chat_is_left_alone(operator: Chatter) -> None:
    await operator.says("/show new Friday")
    await operator.says("good evening everybody", hears="")
    await operator.says("I sold 3 dresses", hears="")


async def test_what_operators_talk_about_in_the_group_is_never_answered(operator: Chatter) -> None:
    await operator.says("/show new Friday")
    for text in ("claims", "end", "12 Blue dress 19.90", "sold 12", "/shrug", "/xyzzyplugh now", "/", "hello"):
        await operator.says(text, group=GROUP, hears="")
    await operator.says("/cliams", group=GROUP, hears="/claims")


async def test_an_item_typed_without_its_command_is_offered(operator: Chatter) -> None:
    await operator.says("/show new Friday JPY")
    (reply,) = await operator.replies("12 Blue dress ¥500 x3")
    assert reply.text == "To add that item, send:\n/item add 12 Blue dress ¥500 x3"
    await operator.taps(payloads(reply)[0], hears="✓ 12 Blue dress, 500 JPY, 3 pieces")


async def test_a_tap_is_answered_and_runs_its_command(shop: Shop, operator: Chatter) -> None:
    await operator.taps("help shows", hears="/show list")
    assert len(shop.platform.taps) == 1


async def test_a_long_answer_is_split_at_line_ends(shop: Shop, operator: Chatter) -> None:
    await operator.says("/show new Friday")
    lines = "\n".join(f"{code} {'dress ' * 12}{code}.50" for code in range(100, 200))
    replies = await operator.replies(f"/item add {lines}")
    assert len(replies) > 1
    assert all(len(reply.text) <= 3500 for reply in replies)
    assert all(reply.text.startswith("✓ ") for reply in replies)
    assert sum(reply.text.count("✓") for reply in replies) == 100


async def test_every_reply_is_handed_over_to_be_sent(shop: Shop, operator: Chatter) -> None:
    (reply,) = await operator.replies("/help")
    assert shop.jobs.delivered[-1] == reply.id
    assert (reply.chat_id, reply.channel_id) == ("private-Ann", shop.channel.id)


async def test_a_fault_of_ours_is_owned_up_to_and_logged_without_secrets(
    shop: Shop, operator: Chatter, caplog: pytest.LogCaptureFixture
) -> None:
    shop.stripe.refuses = RuntimeError("broke on sk_test_51NobodysSecret4242")
    with caplog.at_level(logging.DEBUG):
        await operator.says("/stripe connect sk_test_51NobodysSecret4242", hears="Something went wrong here")
    assert "RuntimeError" in caplog.text
    assert "NobodysSecret" not in caplog.text
