"""Offers operators the commands they send most in their chat's menu; nobody else is shown any."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from bot.kit.errors import OutsideError
from bot.workflows.assistant import Assistant
from storage import operators

_log = logging.getLogger(__name__)


async def offer_commands(assistant: Assistant, channel_id: int, chat_id: str, menu: Mapping[str, str]) -> None:
    """Have the menu of one operator's chat list these; a platform that cannot be asked now shows what it did."""
    connected = assistant.on(channel_id)
    if connected is None:
        return
    try:
        await connected.platform.offer_commands(chat_id, menu)
    except OutsideError as trouble:
        _log.info("the menu of an operator's chat could not be set: %s", trouble)


async def offer_commands_to_all(assistant: Assistant, menu: Mapping[str, str]) -> None:
    """The same for every operator of whoever is connected."""
    for workspace_id in {connected.channel.workspace_id for connected in assistant.connected.values()}:
        for chat in await assistant.database.read(operators.chats, workspace_id):
            await offer_commands(assistant, chat.channel_id, chat.chat_id, menu)
