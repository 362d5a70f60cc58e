"""What every method takes, and how its parameters are read from a query, a form or a JSON body.

The tables are the Bot API's own: https://core.telegram.org/bots/api#available-methods. The real server reads
many a wrong value as zero, false or nothing, and does something else than was meant; here it is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.refusal import bad_request


@dataclass(frozen=True)
class Parameter:
    types: tuple[str, ...]
    required: bool


def must(*types: str) -> Parameter:
    return Parameter(types, required=True)


def may(*types: str) -> Parameter:
    return Parameter(types, required=False)


Table = dict[str, Parameter]

_ANY_MARKUP = may("InlineKeyboardMarkup", "ReplyKeyboardMarkup", "ReplyKeyboardRemove", "ForceReply")

_CHAT: Table = {"chat_id": must("Integer", "String")}
_MESSAGE: Table = {**_CHAT, "message_id": must("Integer")}
_EDIT: Table = {
    "business_connection_id": may("String"),
    "chat_id": may("Integer", "String"),
    "message_id": may("Integer"),
    "inline_message_id": may("String"),
    "reply_markup": may("InlineKeyboardMarkup"),
}
_SEND: Table = {
    **_CHAT,
    "business_connection_id": may("String"),
    "message_thread_id": may("Integer"),
    "direct_messages_topic_id": may("Integer"),
    "parse_mode": may("String"),
    "disable_notification": may("Boolean"),
    "protect_content": may("Boolean"),
    "allow_paid_broadcast": may("Boolean"),
    "message_effect_id": may("String"),
    "suggested_post_parameters": may("SuggestedPostParameters"),
    "reply_parameters": may("ReplyParameters"),
    "reply_markup": _ANY_MARKUP,
}

PARAMETERS: dict[str, Table] = {
    "getMe": {},
    "getUpdates": {
        "offset": may("Integer"),
        "limit": may("Integer"),
        "timeout": may("Integer"),
        "allowed_updates": may("Array of String"),
    },
    "setWebhook": {
        "url": must("String"),
        "certificate": may("InputFile"),
        "ip_address": may("String"),
        "max_connections": may("Integer"),
        "allowed_updates": may("Array of String"),
        "drop_pending_updates": may("Boolean"),
        "secret_token": may("String"),
    },
    "deleteWebhook": {"drop_pending_updates": may("Boolean")},
    "getWebhookInfo": {},
    "setMyCommands": {
        "commands": must("Array of BotCommand"),
        "scope": may("BotCommandScope"),
        "language_code": may("String"),
    },
    "getMyCommands": {"scope": may("BotCommandScope"), "language_code": may("String")},
    "sendMessage": {
        **_SEND,
        "text": must("String"),
        "entities": may("Array of MessageEntity"),
        "link_preview_options": may("LinkPreviewOptions"),
    },
    "sendPhoto": {
        **_SEND,
        "photo": must("InputFile", "String"),
        "caption": may("String"),
        "caption_entities": may("Array of MessageEntity"),
        "show_caption_above_media": may("Boolean"),
        "has_spoiler": may("Boolean"),
    },
    "sendChatAction": {
        **_CHAT,
        "business_connection_id": may("String"),
        "message_thread_id": may("Integer"),
        "action": must("String"),
    },
    "editMessageText": {
        **_EDIT,
        "text": may("String"),
        "parse_mode": may("String"),
        "entities": may("Array of MessageEntity"),
        "link_preview_options": may("LinkPreviewOptions"),
        "rich_message": may("InputRichMessage"),
    },
    "editMessageReplyMarkup": _EDIT,
    "deleteMessage": _MESSAGE,
    "deleteMessages": {**_CHAT, "message_ids": must("Array of Integer")},
    "pinChatMessage": {
        **_MESSAGE,
        "business_connection_id": may("String"),
        "disable_notification": may("Boolean"),
    },
    "setMessageReaction": {**_MESSAGE, "reaction": may("Array of ReactionType"), "is_big": may("Boolean")},
    "answerCallbackQuery": {
        "callback_query_id": must("String"),
        "text": may("String"),
        "show_alert": may("Boolean"),
        "url": may("String"),
        "cache_time": may("Integer"),
    },
    "getChat": _CHAT,
    "getChatMember": {**_CHAT, "user_id": must("Integer")},
    "getChatAdministrators": {**_CHAT, "return_bots": may("Boolean")},
    "leaveChat": _CHAT,
}

ABSENT_HERE = {
    "business_connection_id",
    "direct_messages_topic_id",
    "inline_message_id",
    "message_thread_id",
    "rich_message",
    "suggested_post_parameters",
}
"""Known to the Bot API, but there are no topics, business accounts or inline messages in this town."""

MISSING = {
    "action": "wrong parameter action in request",
    "callback_query_id": "query is too old and response timeout expired or query ID is invalid",
    "chat_id": "chat_id is empty",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "photo": "there is no photo in the request",
    "text": "message text is empty",
    "user_id": "invalid user_id specified",
}
MAY_BE_EMPTY = {"url", "text", "caption", "secret_token", "parse_mode", "language_code"}
OBJECT_NAMES = {
    "reply_markup": "reply keyboard markup",
    "reply_parameters": "reply parameters",
    "link_preview_options": "link preview options",
    "reaction": "reaction types",
    "scope": "BotCommandScope",
}

_INTEGER = re.compile(r"[+-]?\d{1,19}")
_TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def read(table: Table, raw: Mapping[str, Any], unknown: Callable[[str], None]) -> dict[str, Any]:
    """The parameters of one call with their types, or a refusal; unknown names are only reported."""
    given: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in table:
            unknown(name)
        elif name in ABSENT_HERE:
            raise bad_request(f"{name} is not part of this sandbox")
        elif value is not None and (value != "" or name in MAY_BE_EMPTY):
            given[name] = _typed(name, table[name].types, value)
    for name, parameter in table.items():
        if parameter.required and name not in given:
            raise bad_request(MISSING.get(name, f'parameter "{name}" is required'))
    return given


def _typed(name: str, types: tuple[str, ...], value: Any) -> Any:
    if types == ("Integer",):
        return _integer(name, value)
    if types == ("Boolean",):
        truth = _TRUTHS.get(str(value).lower())
        if truth is None:
            raise bad_request(f'parameter "{name}" must be of type Boolean')
        return truth
    if "InputFile" in types:
        return value
    if "String" in types:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise bad_request(f'parameter "{name}" must be of type String')
        return str(value)
    return _object(name, types, value)


def _integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not _INTEGER.fullmatch(str(value)):
        raise bad_request(f'parameter "{name}" must be of type Integer')
    return int(value)


def _object(name: str, types: tuple[str, ...], value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {OBJECT_NAMES.get(name, name)} JSON object") from None
    label = types[0].removeprefix("Array of ")
    if not types[0].startswith("Array of "):
        if not isinstance(value, dict):
            raise bad_request(f"object expected as {OBJECT_NAMES.get(name, label)}")
        return value
    expected = {"String": str, "Integer": int}.get(label, dict)
    if not isinstance(value, list) or any(isinstance(one, bool) or not isinstance(one, expected) for one in value):
        raise bad_request(f"expected an Array of {label}")
    return value
