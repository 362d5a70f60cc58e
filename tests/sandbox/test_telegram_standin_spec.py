"""The Telegram stand-in against the Bot API's machine-readable description, in both directions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.telegram import TelegramStandIn
from sandbox.telegram.markup import INLINE_BUTTON, KEYBOARDS
from sandbox.telegram.message_methods import REACTIONS, REPLY_PARAMETERS
from sandbox.telegram.methods import METHODS
from sandbox.telegram.parameters import PARAMETERS
from sandbox.telegram.updates import UPDATE_KINDS

SPEC = Path(__file__).parents[2] / "../shared/specs/telegram/bot-api.json"
TOKEN = "1001:sandbox"
SCALARS: dict[str, type | tuple[type, ...]] = {"Integer": int, "String": str, "Boolean": bool, "Float": float}

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="the Bot API's description is not on this machine")


@cache
def spec() -> dict[str, Any]:
    description: dict[str, Any] = json.loads(SPEC.read_text())
    return description


def fields(type_name: str) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in spec()["types"][type_name].get("fields", [])}


def fault(value: Any, type_name: str, where: str = "") -> str:
    """What is wrong with this value as that type of the Bot API, or nothing."""
    where = where or type_name
    if type_name.startswith("Array of "):
        if not isinstance(value, list):
            return f"{where} is no array"
        inner = type_name.removeprefix("Array of ")
        return next(filter(None, (fault(one, inner, f"{where}[{i}]") for i, one in enumerate(value))), "")
    if type_name in SCALARS:
        right = isinstance(value, SCALARS[type_name]) and isinstance(value, bool) == (type_name == "Boolean")
        return "" if right else f"{where} is {value!r}, not {type_name}"
    if type_name == "True":
        return "" if value is True else f"{where} is not True"
    subtypes = spec()["types"][type_name].get("subtypes")
    if subtypes:
        faults = [fault(value, subtype, where) for subtype in subtypes]
        return "" if "" in faults else " or ".join(faults)
    if not isinstance(value, dict):
        return f"{where} is no {type_name}"
    known = fields(type_name)
    for name, field in known.items():
        if field["required"] and name not in value:
            return f"{where}.{name} is missing"
    for name, inner_value in value.items():
        if name not in known:
            return f"{where}.{name} is unknown"
        faults = [fault(inner_value, one, f"{where}.{name}") for one in known[name]["types"]]
        if "" not in faults:
            return " or ".join(faults)
    return ""


def test_every_method_has_its_table_and_its_code() -> None:
    assert PARAMETERS.keys() == METHODS.keys()
    assert METHODS.keys() <= spec()["methods"].keys()


@pytest.mark.parametrize("method", sorted(PARAMETERS))
def test_parameters_are_those_of_the_bot_api(method: str) -> None:
    theirs = {
        field["name"]: (tuple(field["types"]), field["required"])
        for field in spec()["methods"][method].get("fields", [])
    }
    ours = {name: (one.types, one.required) for name, one in PARAMETERS[method].items()}
    assert ours == theirs


def test_objects_bots_send_have_the_known_fields() -> None:
    assert fields("InlineKeyboardButton").keys() == INLINE_BUTTON
    assert fields("InlineKeyboardMarkup").keys() == KEYBOARDS["inline_keyboard"]
    assert fields("ReplyKeyboardMarkup").keys() == KEYBOARDS["keyboard"]
    assert fields("ReplyKeyboardRemove").keys() == KEYBOARDS["remove_keyboard"]
    assert fields("ForceReply").keys() == KEYBOARDS["force_reply"]
    assert fields("ReplyParameters").keys() == REPLY_PARAMETERS
    assert fields("Update").keys() >= UPDATE_KINDS


def test_reactions_are_those_of_the_bot_api() -> None:
    described = fields("ReactionTypeEmoji")["emoji"]["description"]
    assert set(described.split('"')[1::2]) == set(REACTIONS.split())


def test_the_checker_sees_what_is_wrong() -> None:
    user = {"id": 1, "is_bot": False, "first_name": "Mai"}
    assert fault(user, "User") == ""
    assert fault(user | {"id": "1"}, "User") == "User.id is '1', not Integer"
    assert fault(user | {"age": 7}, "User") == "User.age is unknown"
    assert fault({"id": 1, "is_bot": False}, "User") == "User.first_name is missing"
    assert fault(user | {"is_bot": 0}, "User") == "User.is_bot is 0, not Boolean"
    assert "is no array" in fault({"inline_keyboard": {}}, "InlineKeyboardMarkup")


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    standin = TelegramStandIn(limits=False)
    await standin.start()
    standin.add_bot(TOKEN, "sale_bot", "Sale")
    yield standin
    await standin.stop()


@pytest.fixture
async def calls(telegram: TelegramStandIn) -> AsyncIterator[Any]:
    """Call a method and check that its answer is of the type the Bot API promises."""
    async with aiohttp.ClientSession() as session:

        async def call(method: str, **given: Any) -> Any:
            answer = await (await session.post(f"{telegram.url}/bot{TOKEN}/{method}", json=given)).json()
            assert answer["ok"], answer
            faults = [fault(answer["result"], one) for one in spec()["methods"][method]["returns"]]
            assert "" in faults, faults
            return answer["result"]

        yield call


async def test_everything_the_stand_in_emits_is_what_the_bot_api_promises(
    telegram: TelegramStandIn, calls: Any
) -> None:
    await calls("getMe")
    await calls("getUpdates", allowed_updates=sorted(UPDATE_KINDS))
    mai = telegram.person("Mai", username="mai", last_name="Tran", language_code="vi")
    lan = telegram.person("Lan")
    group = telegram.group("Friday sale", [lan, mai])
    ours = telegram.network.only_bot()
    await group.adds_bot(ours)
    await group.adds_bot(ours, admin=True)
    await group.adds(telegram.person("Hoa"))
    await group.kicks(mai)
    await mai.starts(payload="show-7")
    await mai.blocks()
    await mai.unblocks()
    said = await lan.says("/sold 12 to @mai", to=group)
    await lan.edits(said, "sold 13 https://x.y/1 #jade")

    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}, {"text": "Pay", "url": "https://x.y"}]]}
    sent = await calls(
        "sendMessage",
        chat_id=group.id,
        text='<b>12</b> <a href="https://x.y">pay</a>',
        parse_mode="HTML",
        reply_markup=keyboard,
        reply_parameters={"message_id": said.id},
    )
    message = await lan.hears("12", in_chat=group)
    await lan.says("thanks", to=group, reply_to=message)
    tapped = await lan.taps(message, "Yes")
    here = {"chat_id": group.id, "message_id": sent["message_id"]}
    await calls("answerCallbackQuery", callback_query_id=tapped, text="ok")
    await calls("editMessageText", **here, text="13", reply_markup=keyboard)
    await calls("editMessageReplyMarkup", **here)
    await calls("setMessageReaction", **here, reaction=[{"type": "emoji", "emoji": "🔥"}])
    await calls("pinChatMessage", **here)
    await calls("sendPhoto", chat_id=group.id, photo="https://x.y/12.jpg", caption="12")
    await calls("sendChatAction", chat_id=mai.id, action="typing")
    await calls("getChat", chat_id=group.id)
    await calls("getChat", chat_id=mai.id)
    await calls("getChatAdministrators", chat_id=group.id)
    for person in (mai, lan, *telegram.network.people.values()):
        await calls("getChatMember", chat_id=group.id, user_id=person.id)
    await calls("setMyCommands", commands=[{"command": "next", "description": "the next item"}])
    await calls("getMyCommands")
    await calls("deleteMessage", **here)
    await calls("deleteMessages", chat_id=group.id, message_ids=[said.id])
    await calls("leaveChat", chat_id=group.id)

    updates = await calls("getUpdates")
    assert {kind for update in updates for kind in update} == UPDATE_KINDS | {"update_id"}
    await calls("setWebhook", url="http://127.0.0.1:9/hook", drop_pending_updates=True)
    await calls("getWebhookInfo")
    await calls("deleteWebhook")
    await calls("getWebhookInfo")
    assert telegram.unknown_parameters == []
