"""The Telegram stand-in, driven by python-telegram-bot as the product drives it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from telegram import (
    Bot,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReactionTypeEmoji,
    ReplyParameters,
)
from telegram.error import BadRequest, Forbidden, InvalidToken

from sandbox.telegram import TelegramStandIn

TOKEN = "1001:sandbox"


class Clock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[TelegramStandIn]:
    standin = TelegramStandIn(clock=clock, limits=False, now=lambda: 1_800_000_000.9)
    await standin.start()
    standin.add_bot(TOKEN, "sale_bot", "Sale")
    yield standin
    await standin.stop()


@pytest.fixture
async def bot(telegram: TelegramStandIn) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, base_url=f"{telegram.url}/bot") as bot:
        yield bot


async def called(telegram: TelegramStandIn, method: str, *, token: str = TOKEN, **body: Any) -> dict[str, Any]:
    """A call as raw HTTP, for what a library would hide."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{telegram.url}/bot{token}/{method}", json=body) as answer,
    ):
        payload: dict[str, Any] = await answer.json()
        assert payload["ok"] == (answer.status == 200)
        assert payload["ok"] or payload["error_code"] == answer.status
        return payload


# --- A bot and its token


async def test_a_bot_introduces_itself(bot: Bot) -> None:
    assert (bot.id, bot.username, bot.first_name) == (1001, "sale_bot", "Sale")
    assert bot.can_read_all_group_messages


@pytest.mark.parametrize(
    ("token", "code", "description"),
    [("1002:sandbox", 401, "Unauthorized"), ("sandbox", 404, "Not Found"), ("0:sandbox", 404, "Not Found")],
)
async def test_a_wrong_token_is_refused(telegram: TelegramStandIn, token: str, code: int, description: str) -> None:
    refused = await called(telegram, "getMe", token=token)
    assert refused == {"ok": False, "error_code": code, "description": description}
    with pytest.raises(InvalidToken):
        async with Bot(token, base_url=f"{telegram.url}/bot"):
            pass


async def test_an_unknown_method_is_not_found_and_names_ignore_case(telegram: TelegramStandIn) -> None:
    assert (await called(telegram, "sendMassage"))["description"] == "Not Found: method not found"
    assert (await called(telegram, "GETME"))["result"]["username"] == "sale_bot"


async def test_a_call_may_be_a_get_or_a_multipart_form(telegram: TelegramStandIn) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    async with aiohttp.ClientSession() as session:
        url = f"{telegram.url}/bot{TOKEN}/sendMessage"
        await session.get(url, params={"chat_id": mai.id, "text": "by GET"})
        form = aiohttp.FormData({"chat_id": str(mai.id), "text": "món đá\nby form"}, default_to_multipart=True)
        await session.post(url, data=form)
    assert [message.text for message in mai.chat().messages] == ["/start", "by GET", "món đá\nby form"]


async def test_what_the_bot_api_does_not_know_is_written_down(telegram: TelegramStandIn) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    keyboard = {"inline_keyboard": [[{"text": "Pay", "url": "https://pay.example/1", "colour": "red"}]]}
    await called(telegram, "sendMessage", chat_id=mai.id, text="hi", reply_to=3, reply_markup=keyboard)
    assert telegram.unknown_parameters == [
        "sendMessage.reply_to",
        "sendMessage.reply_markup.inline_keyboard.colour",
    ]


@pytest.mark.parametrize(
    ("method", "given", "why"),
    [
        ("sendMessage", {"text": "hi"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": 42, "text": "hi"}, "chat not found"),
        ("sendMessage", {"chat_id": "mai", "text": "hi"}, "chat not found"),
        ("sendMessage", {"chat_id": 42}, "message text is empty"),
        ("getUpdates", {"limit": "many"}, 'parameter "limit" must be of type Integer'),
        ("getUpdates", {"allowed_updates": "message"}, "can't parse allowed_updates JSON object"),
        ("getUpdates", {"allowed_updates": [1]}, "expected an Array of String"),
        ("getChatMember", {"chat_id": 42}, "invalid user_id specified"),
        ("deleteMessages", {"chat_id": 42}, "message identifiers are not specified"),
    ],
)
async def test_a_wrong_parameter_is_a_bad_request(
    telegram: TelegramStandIn, method: str, given: dict[str, Any], why: str
) -> None:
    assert (await called(telegram, method, **given))["description"] == f"Bad Request: {why}"


# --- Writing


async def test_a_bot_writes_only_after_the_person_wrote_first(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(mai.id, "hello")
    await mai.starts()
    sent = await bot.send_message(mai.id, "hello")
    assert await mai.hears("hello") is mai.last_message()
    assert sent.chat.id == mai.id
    assert sent.date.timestamp() == 1_800_000_000


async def test_a_blocked_bot_hears_of_it_and_may_not_write(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    await mai.blocks()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(mai.id, "hello")
    await mai.starts()
    await bot.send_message(mai.id, "welcome back")

    updates = await bot.get_updates()
    changes = [update.my_chat_member for update in updates if update.my_chat_member]
    assert [change.new_chat_member.status for change in changes] == ["kicked", "member"]


async def test_a_deleted_account_cannot_be_written_to(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    await mai.deactivates()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(mai.id, "hello")


async def test_html_is_taken_off_the_text_people_read(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    sent = await bot.send_message(mai.id, "💎 <b>12</b> &lt; 13", parse_mode="HTML")
    assert sent.text == "💎 12 < 13"
    assert [(entity.type, entity.offset, entity.length) for entity in sent.entities] == [("bold", 3, 2)]
    heard = await mai.hears("12 < 13")
    assert heard.html == "💎 <b>12</b> &lt; 13"


async def test_a_photo_can_be_sent_again_by_its_file_id(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    sent = await bot.send_photo(mai.id, b"\x89PNG", caption="<i>12</i>", parse_mode="HTML")
    again = await bot.send_photo(mai.id, sent.photo[-1].file_id)
    assert (sent.caption, again.photo[-1].file_id) == ("12", sent.photo[-1].file_id)
    with pytest.raises(BadRequest, match="Wrong file identifier"):
        await bot.send_photo(mai.id, "no-such-file")
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_photo(mai.id, b"\x89PNG", caption="x" * 1025)


async def test_a_reply_needs_a_message_that_is_still_there(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    said = await mai.starts()
    answer = await bot.send_message(mai.id, "hi", reply_parameters=ReplyParameters(said.id))
    assert answer.reply_to_message is not None
    assert answer.reply_to_message.text == "/start"
    await bot.delete_message(mai.id, said.id)
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(mai.id, "hi", reply_parameters=ReplyParameters(said.id))
    lenient = ReplyParameters(said.id, allow_sending_without_reply=True)
    assert (await bot.send_message(mai.id, "hi", reply_parameters=lenient)).reply_to_message is None


# --- Editing and deleting


async def test_an_edit_is_heard_and_what_was_said_before_is_kept(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    progress = await bot.send_message(mai.id, "1 of 3")
    await bot.edit_message_text("3 of 3", mai.id, progress.message_id)
    message = await mai.hears("3 of 3")
    assert await mai.hears("1 of 3") is message
    assert (message.text, message.edits) == ("3 of 3", ["1 of 3"])
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await bot.edit_message_text("3 of 3", mai.id, progress.message_id)


async def test_an_edit_without_a_keyboard_takes_the_keyboard_away(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    keyboard = InlineKeyboardMarkup.from_button(InlineKeyboardButton("Yes", callback_data="yes"))
    asked = await bot.send_message(mai.id, "Sure?", reply_markup=keyboard)
    await bot.edit_message_text("Done", mai.id, asked.message_id)
    message = await mai.hears("Done")
    assert message.buttons == []
    await bot.edit_message_reply_markup(mai.id, asked.message_id, reply_markup=keyboard)
    assert [button.data for button in message.buttons] == ["yes"]


async def test_only_a_bots_own_message_that_is_still_there_can_be_edited(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    said = await mai.starts()
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", mai.id, said.id)
    sent = await bot.send_message(mai.id, "hello")
    await bot.delete_messages(mai.id, [sent.message_id, 99])
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", mai.id, sent.message_id)
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(mai.id, sent.message_id)
    assert [message.deleted for message in mai.chat().messages] == [False, True]


# --- Taps


async def test_a_tap_is_answered_once_and_in_time(telegram: TelegramStandIn, bot: Bot, clock: Clock) -> None:
    mai = telegram.person("Mai", username="mai")
    await mai.starts()
    rows = [[InlineKeyboardButton("Yes", callback_data="yes"), InlineKeyboardButton("Pay", "https://x.y/1")]]
    await bot.send_message(mai.id, "Sure?", reply_markup=InlineKeyboardMarkup(rows))
    message = await mai.hears("Sure?")
    assert await mai.taps(message, "Pay") == "https://x.y/1"
    with pytest.raises(ValueError, match="no button 'No'"):
        await mai.taps(message, "No")

    tapped = await mai.taps(message, "Yes")
    query = (await bot.get_updates())[-1].callback_query
    assert query is not None
    assert (query.id, query.data, query.from_user.username) == (tapped, "yes", "mai")
    await query.answer("Done", show_alert=True)
    notice = await mai.notices(tapped)
    assert (notice.text, notice.show_alert) == ("Done", True)
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
        await query.answer("again")

    late = await mai.taps(message, "yes")
    clock.seconds += 31
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(late)


# --- Groups


async def test_a_bot_in_a_group_hears_its_members(telegram: TelegramStandIn, bot: Bot) -> None:
    lan, mai = telegram.person("Lan"), telegram.person("Mai", username="mai")
    group = telegram.group("Friday sale", [lan, mai])
    await group.adds_bot(telegram.network.only_bot())
    said = await mai.says("sold 12", to=group)
    await mai.edits(said, "sold 13")
    with pytest.raises(ValueError, match="is not in Friday sale"):
        await telegram.person("Stranger").says("sold 12", to=group)

    added, joined, comment, edited = await bot.get_updates()
    assert added.my_chat_member is not None
    assert added.my_chat_member.new_chat_member.status == "member"
    assert joined.message is not None
    assert [user.username for user in joined.message.new_chat_members] == ["sale_bot"]
    assert comment.message is not None
    assert comment.message.chat.type == "supergroup"
    assert str(comment.message.chat.id).startswith("-100")
    assert edited.edited_message is not None
    assert (edited.edited_message.message_id, edited.edited_message.text) == (said.id, "sold 13")
    assert edited.edited_message.edit_date is not None


async def test_bots_hear_neither_themselves_nor_each_other(telegram: TelegramStandIn, bot: Bot) -> None:
    group = telegram.group("Friday sale")
    await group.adds_bot(telegram.network.only_bot())
    other = telegram.add_bot("1002:sandbox", "other_bot", "Other")
    await group.adds_bot(other)
    await called(telegram, "sendMessage", token=other.token, chat_id=group.id, text="from the other")
    await bot.send_message(group.id, "from the bot itself")
    assert not any(update.message and update.message.text for update in await bot.get_updates())


async def test_privacy_mode_hides_everything_but_commands_and_replies(telegram: TelegramStandIn) -> None:
    shy = telegram.add_bot("1002:sandbox", "shy_bot", "Shy", can_read_all_group_messages=False)
    mai = telegram.person("Mai")
    group = telegram.group("Friday sale", [mai])
    await group.adds_bot(shy)
    async with Bot(shy.token, base_url=f"{telegram.url}/bot") as bot:
        await bot.send_message(group.id, "Who wants 12?")
        asked = await mai.hears("12", in_chat=group)
        for text in ("me!", "💎 /next@shy_bot", "/next@sale_bot", "/next"):
            await mai.says(text, to=group)
        await mai.says("me", to=group, reply_to=asked)
        updates = await bot.get_updates()
    heard = [update.message.text for update in updates if update.message and update.message.text]
    assert heard == ["💎 /next@shy_bot", "/next", "me"]


async def test_commands_are_marked_at_their_utf16_offset(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    await mai.says("💎💎 /sold@sale_bot 12 to @lan_tran", to=telegram.network.only_bot())
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.parse_entities() == {
        update.message.entities[0]: "/sold@sale_bot",
        update.message.entities[1]: "@lan_tran",
    }
    assert [entity.type for entity in update.message.entities] == ["bot_command", "mention"]


async def test_a_bot_out_of_the_group_is_told_why(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    group = telegram.group("Friday sale", [mai])
    ours = telegram.network.only_bot()
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(group.id, "hi")
    await group.adds_bot(ours)
    await bot.leave_chat(group.id)
    with pytest.raises(Forbidden, match="bot is not a member of the supergroup chat"):
        await bot.send_message(group.id, "hi")
    await group.adds_bot(ours)
    await group.kicks(ours)
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(group.id, "hi")
    await mai.says("is it gone?", to=group)
    assert not any(update.message and update.message.text for update in await bot.get_updates())


async def test_who_runs_a_group_can_be_asked(telegram: TelegramStandIn, bot: Bot) -> None:
    lan, mai, hoa = (telegram.person(name) for name in ("Lan", "Mai", "Hoa"))
    group = telegram.group("Friday sale", [lan, mai])
    await group.adds_bot(telegram.network.only_bot(), admin=True)
    administrators = await bot.get_chat_administrators(group.id)
    assert [(one.user.first_name, one.status) for one in administrators] == [
        ("Lan", "creator"),
        ("Sale", "administrator"),
    ]
    assert (await bot.get_chat_member(group.id, mai.id)).status == "member"
    assert (await bot.get_chat_member(group.id, hoa.id)).status == "left"
    with pytest.raises(BadRequest, match="Member not found"):
        await bot.get_chat_member(group.id, 42)
    assert (await bot.get_chat(group.id)).title == "Friday sale"


async def test_pinning_and_deleting_in_a_group_takes_an_administrator(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    group = telegram.group("Friday sale", [mai])
    ours = telegram.network.only_bot()
    await group.adds_bot(ours)
    said = await mai.says("spam", to=group)
    with pytest.raises(BadRequest, match="Not enough rights to manage pinned messages in the chat"):
        await bot.pin_chat_message(group.id, said.id)
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(group.id, said.id)
    await group.adds_bot(ours, admin=True)
    await bot.pin_chat_message(group.id, said.id)
    assert group.pinned is said
    await bot.delete_message(group.id, said.id)
    assert said.deleted


async def test_a_reaction_is_one_of_the_allowed_emoji(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    said = await mai.starts()
    await bot.set_message_reaction(mai.id, said.id, "👍")
    assert said.reactions == {bot.id: ["👍"]}
    with pytest.raises(BadRequest, match="Reaction_invalid"):
        await bot.set_message_reaction(mai.id, said.id, ReactionTypeEmoji("✅"))


async def test_commands_are_kept_per_language_and_checked(telegram: TelegramStandIn, bot: Bot) -> None:
    await bot.set_my_commands([("next", "the next item")])
    await bot.set_my_commands([("next", "món tiếp theo")], language_code="vi")
    assert [command.description for command in await bot.get_my_commands()] == ["the next item"]
    assert [one.description for one in await bot.get_my_commands(language_code="vi")] == ["món tiếp theo"]
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([("Next-Item", "no")])


async def test_the_commands_of_one_chat_are_its_own_and_the_chat_has_to_be_known(
    telegram: TelegramStandIn, bot: Bot
) -> None:
    mai = telegram.person("Mai")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.set_my_commands([("next", "the next item")], BotCommandScopeChat(mai.id))
    await mai.starts()
    await bot.set_my_commands([("next", "the next item")], BotCommandScopeChat(mai.id))
    assert len(await bot.get_my_commands(BotCommandScopeChat(str(mai.id)))) == 1
    assert await bot.get_my_commands() == ()


async def test_a_chat_action_is_one_of_those_known(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    await bot.send_chat_action(mai.id, "typing")
    with pytest.raises(BadRequest, match="Wrong parameter action in request"):
        await bot.send_chat_action(mai.id, "thinking")


# --- Deep links and hearing


async def test_a_deep_link_starts_its_bot_with_the_payload(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    await mai.follows(telegram.network.only_bot().link("show-7"))
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "/start show-7"
    with pytest.raises(ValueError, match="is not a link to a bot here"):
        await mai.follows("https://pay.example/1")
    with pytest.raises(ValueError, match="is no start parameter"):
        await mai.follows("https://t.me/Sale_Bot?start=show%207")


async def test_each_message_is_heard_once_and_by_everybody(telegram: TelegramStandIn, bot: Bot) -> None:
    lan, mai = telegram.person("Lan"), telegram.person("Mai")
    group = telegram.group("Friday sale", [lan, mai])
    await group.adds_bot(telegram.network.only_bot())
    await bot.send_message(group.id, "12 is open")
    await bot.send_message(group.id, "12 is sold")
    sold = await mai.hears("sold", in_chat=group)
    assert await lan.hears("sold", in_chat=group) is sold
    with pytest.raises(AssertionError, match="Mai heard nothing new with 'sold'") as missed:
        await mai.hears("sold", in_chat=group, timeout=0.001)
    assert "@sale_bot: 12 is open" in str(missed.value)
    assert await mai.hears("12", in_chat=group) is not sold


async def test_who_listens_wakes_when_the_bot_writes(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    async with asyncio.TaskGroup() as tasks:
        heard = tasks.create_task(mai.hears("hello"))
        tasks.create_task(bot.send_message(mai.id, "hello"))
    assert heard.result().text == "hello"
