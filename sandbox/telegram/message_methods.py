"""Methods about messages: sending, editing, deleting, and answering taps."""

from __future__ import annotations

from typing import Any

from sandbox.telegram.bots import Bot
from sandbox.telegram.call import Call
from sandbox.telegram.chats import Chat, Message
from sandbox.telegram.markup import check_markup
from sandbox.telegram.network import Notice
from sandbox.telegram.refusal import bad_request
from sandbox.telegram.text import Text, compose, units

ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
REACTIONS = """
❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨
😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊
😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡
"""
"""https://core.telegram.org/bots/api#reactiontypeemoji: a check mark, for one, is not among them."""

REPLY_PARAMETERS = {
    "message_id",
    "chat_id",
    "allow_sending_without_reply",
    "quote",
    "quote_parse_mode",
    "quote_entities",
    "quote_position",
    "checklist_task_id",
    "poll_option_id",
}
MOST_DELETED = 100
LONGEST_NOTICE = 200
CALLBACK_LIFETIME = 30.0
"""Seconds a tap may wait for its answer. The real limit is written nowhere; this is on the short side."""

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as "
    "a current content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


async def send_message(call: Call) -> Any:
    chat = call.chat(writing=True)
    return _send(call, chat, _text(call))


async def send_photo(call: Call) -> Any:
    """The picture itself is not looked at; an upload gets a file_id that can be sent again."""
    chat = call.chat(writing=True)
    given = call.given
    caption = compose(
        given.get("caption", ""), given.get("parse_mode", ""), given.get("caption_entities"), caption=True
    )
    photo = given["photo"]
    files = call.network.files
    if isinstance(photo, bytes) or photo.startswith(("http://", "https://")):
        file_id = f"photo-{len(files) + 1}"
    elif photo in files:
        file_id = photo
    else:
        raise bad_request("wrong file identifier/HTTP URL specified")
    sizes = [{"file_id": file_id, "file_unique_id": f"unique-{file_id}", "width": 320, "height": 320}]
    sent = _send(call, chat, caption, photo=sizes)
    files.add(file_id)
    return sent


async def send_chat_action(call: Call) -> Any:
    call.chat(writing=True)
    if call.given["action"].lower() not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    return True


async def edit_message_text(call: Call) -> Any:
    text, markup = _text(call), check_markup(call.given.get("reply_markup"), call.unknown, inline_only=True)
    message = _own_message(call)
    if message.photo:
        raise bad_request("there is no text in the message to edit")
    return _edit(call, message, text, markup)


async def edit_message_reply_markup(call: Call) -> Any:
    markup = check_markup(call.given.get("reply_markup"), call.unknown, inline_only=True)
    message = _own_message(call)
    return _edit(call, message, message.content, markup)


async def delete_message(call: Call) -> Any:
    message = call.message(call.chat(writing=True), "delete")
    _must_be_deletable(call.bot, message)
    message.deleted = True
    return True


async def delete_messages(call: Call) -> Any:
    """Deletes all of them or none; those that are gone already are skipped."""
    chat, message_ids = call.chat(writing=True), call.given["message_ids"]
    if not message_ids:
        raise bad_request("message identifiers are not specified")
    if len(message_ids) > MOST_DELETED:
        raise bad_request("too many message identifiers specified")
    found = [message for message_id in message_ids if (message := chat.message(message_id)) is not None]
    for message in found:
        _must_be_deletable(call.bot, message)
    for message in found:
        message.deleted = True
    return True


async def pin_chat_message(call: Call) -> Any:
    chat = call.chat(writing=True)
    message = call.message(chat, "pin")
    if not chat.is_run_by(call.bot):
        raise bad_request("not enough rights to manage pinned messages in the chat")
    chat.pinned = message
    return True


async def set_message_reaction(call: Call) -> Any:
    reactions = call.given.get("reaction", [])
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    for reaction in reactions:
        if reaction.get("type") != "emoji":
            raise bad_request("can't parse ReactionType: invalid reaction type specified")
        if str(reaction.get("emoji", "")).replace("\ufe0f", "") not in REACTIONS.split():
            raise bad_request("REACTION_INVALID")
    message = call.message(call.chat(writing=False), "react")
    message.reactions[call.bot.id] = [reaction["emoji"] for reaction in reactions]
    return True


async def answer_callback_query(call: Call) -> Any:
    callback = call.network.callbacks.get(call.given["callback_query_id"])
    if callback is None or callback.message.sender is not call.bot or callback.notice.done():
        raise bad_request(TOO_OLD)
    if call.network.clock() - callback.at > CALLBACK_LIFETIME:
        raise bad_request(TOO_OLD)
    notice = Notice(call.given.get("text", ""), call.given.get("show_alert", False), call.given.get("url", ""))
    if units(notice.text) > LONGEST_NOTICE:
        raise bad_request("MESSAGE_TOO_LONG")
    callback.notice.set_result(notice)
    return True


def _text(call: Call) -> Text:
    given = call.given
    return compose(given.get("text", ""), given.get("parse_mode", ""), given.get("entities"))


def _send(call: Call, chat: Chat, content: Text, *, photo: list[dict[str, Any]] | None = None) -> Any:
    markup = check_markup(call.given.get("reply_markup"), call.unknown)
    reply_to = _reply_to(call, chat)
    call.network.spend(call.bot, chat)
    return call.network.post(chat, call.bot, content, markup=markup, reply_to=reply_to, photo=photo).wire()


def _reply_to(call: Call, chat: Chat) -> Message | None:
    reply = call.given.get("reply_parameters")
    if not reply:
        return None
    for name in reply.keys() - REPLY_PARAMETERS:
        call.unknown(f"reply_parameters.{name}")
    message_id = reply.get("message_id")
    if not isinstance(message_id, int):
        raise bad_request('can\'t find field "message_id"')
    found = chat.message(message_id)
    if found is None and not reply.get("allow_sending_without_reply", False):
        raise bad_request("message to be replied not found")
    return found


def _own_message(call: Call) -> Message:
    message = call.message(call.chat(writing=True), "edit")
    if message.sender is not call.bot:
        raise bad_request("message can't be edited")
    return message


def _edit(call: Call, message: Message, content: Text, markup: dict[str, Any] | None) -> Any:
    if (content.plain, content.entities, markup) == (message.text, message.content.entities, message.markup):
        raise bad_request(NOT_MODIFIED)
    call.network.spend(call.bot, message.chat)
    call.network.edit(message, content, markup)
    return message.wire()


def _must_be_deletable(bot: Bot, message: Message) -> None:
    """https://core.telegram.org/bots/api#deletemessage, without its 48 hours."""
    if message.sender is not bot and not message.chat.is_run_by(bot):
        raise bad_request("message can't be deleted")
