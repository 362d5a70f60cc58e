"""The methods of the Bot API: which there are, and those about the bot itself and its updates."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from sandbox.telegram import chat_methods, message_methods
from sandbox.telegram.call import Answer, Call
from sandbox.telegram.refusal import Refusal, bad_request
from sandbox.telegram.updates import DEFAULT_KINDS, WEBHOOK_ACTIVE, WEBHOOK_SET, Webhook

WEBHOOK_PORTS = {80, 88, 443, 8443}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
MOST_UPDATES = 100
LONGEST_POLL = 50
MOST_COMMANDS = 100

_SECRET = re.compile(r"[A-Za-z0-9_-]*")
_SCOPES = frozenset(
    {"default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat", "chat_administrators"}
    | {"chat_member"}
)
"""https://core.telegram.org/bots/api#botcommandscope"""
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")

Method = Callable[[Call], Awaitable[Any]]


async def get_me(call: Call) -> Any:
    return call.bot.me()


async def get_updates(call: Call) -> Any:
    if call.bot.webhook is not None:
        raise Refusal(409, WEBHOOK_ACTIVE)
    given, updates = call.given, call.bot.updates
    updates.want(given.get("allowed_updates"))
    taken = await updates.poll(
        offset=given.get("offset", 0),
        limit=min(max(given.get("limit", MOST_UPDATES), 1), MOST_UPDATES),
        timeout=min(max(given.get("timeout", 0), 0), LONGEST_POLL),
    )
    return [update.wire() for update in taken]


async def set_webhook(call: Call) -> Any:
    given = call.given
    if not given["url"]:
        return await delete_webhook(call)
    _check_webhook(given["url"], given.get("secret_token", ""))
    webhook = Webhook(
        url=given["url"],
        secret_token=given.get("secret_token", ""),
        max_connections=min(max(given.get("max_connections", 40), 1), 100),
        ip_address=given.get("ip_address", ""),
        queue=call.bot.updates,
        log=call.network.deliveries,
        retry_delays=call.network.retry_delays,
        now=call.network.now,
    )
    call.bot.updates.want(given.get("allowed_updates"))
    drop = given.get("drop_pending_updates", False)
    if call.bot.webhook is not None and call.bot.webhook.same_as(webhook) and not drop:
        return Answer(True, "Webhook is already set")
    await _replace_webhook(call, webhook)
    return Answer(True, "Webhook was set")


async def delete_webhook(call: Call) -> Any:
    was_set = call.bot.webhook is not None
    await _replace_webhook(call, None)
    return Answer(True, "Webhook was deleted" if was_set else "Webhook is already deleted")


async def get_webhook_info(call: Call) -> Any:
    webhook, updates = call.bot.webhook, call.bot.updates
    info: dict[str, Any] = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(updates.pending),
    }
    if updates.kinds != DEFAULT_KINDS:
        info["allowed_updates"] = sorted(updates.kinds)
    if webhook is not None:
        info["max_connections"] = webhook.max_connections
        if webhook.last_error_date is not None:
            info |= {
                "last_error_date": webhook.last_error_date,
                "last_error_message": webhook.last_error_message,
            }
    return info


async def set_my_commands(call: Call) -> Any:
    commands, key = call.given["commands"], _commands_key(call)
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(str(command.get("command", "")).removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    call.bot.commands[key] = [
        {"command": command["command"].removeprefix("/"), "description": command["description"]} for command in commands
    ]
    return True


async def get_my_commands(call: Call) -> Any:
    return call.bot.commands.get(_commands_key(call), [])


async def _replace_webhook(call: Call, webhook: Webhook | None) -> None:
    if call.bot.webhook is not None:
        await call.bot.webhook.stop()
    if call.given.get("drop_pending_updates", False):
        call.bot.updates.clear()
    call.bot.webhook = webhook
    if webhook is not None:
        call.bot.updates.abort_poll(Refusal(409, WEBHOOK_SET))
        webhook.start()


def _check_webhook(url: str, secret_token: str) -> None:
    """https://core.telegram.org/bots/webhooks, except that loopback may be plain http on any port."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if not host or parts.scheme not in ("http", "https"):
        raise bad_request("invalid webhook URL specified")
    if host not in LOOPBACK:
        if parts.scheme != "https":
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if (port or 443) not in WEBHOOK_PORTS:
            raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if len(secret_token) > 256:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret_token):
        raise bad_request("secret token contains unallowed characters")


def _commands_key(call: Call) -> str:
    """One list per scope and language. https://core.telegram.org/bots/api#determining-list-of-commands"""
    scope = call.given.get("scope", {"type": "default"})
    if scope.get("type") not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    if scope["type"] in ("chat", "chat_administrators", "chat_member"):
        there = replace(call, given={"chat_id": str(scope.get("chat_id", ""))})
        scope = scope | {"chat_id": there.chat(writing=False).id}
    return json.dumps([scope, call.given.get("language_code", "")], sort_keys=True)


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "sendMessage": message_methods.send_message,
    "sendPhoto": message_methods.send_photo,
    "sendChatAction": message_methods.send_chat_action,
    "editMessageText": message_methods.edit_message_text,
    "editMessageReplyMarkup": message_methods.edit_message_reply_markup,
    "deleteMessage": message_methods.delete_message,
    "deleteMessages": message_methods.delete_messages,
    "pinChatMessage": message_methods.pin_chat_message,
    "setMessageReaction": message_methods.set_message_reaction,
    "answerCallbackQuery": message_methods.answer_callback_query,
    "getChat": chat_methods.get_chat,
    "getChatMember": chat_methods.get_chat_member,
    "getChatAdministrators": chat_methods.get_chat_administrators,
    "leaveChat": chat_methods.leave_chat,
}
"""Every method there is here, by its name in the documentation."""
