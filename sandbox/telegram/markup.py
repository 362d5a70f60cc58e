"""Keyboards: what may hang under a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from sandbox.telegram.refusal import Refusal, bad_request

Unknown = Callable[[str], None]
"""Told the name of every field the Bot API does not know; the real server would say nothing."""

ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
INLINE_BUTTON = {"text", "icon_custom_emoji_id", "style", *ACTIONS}
STYLES = {"primary", "success", "danger"}
BUTTONS_LIMIT = 100

KEYBOARDS = {
    "inline_keyboard": {"inline_keyboard"},
    "keyboard": {
        "keyboard",
        "is_persistent",
        "resize_keyboard",
        "one_time_keyboard",
        "input_field_placeholder",
        "selective",
    },
    "remove_keyboard": {"remove_keyboard", "selective"},
    "force_reply": {"force_reply", "input_field_placeholder", "selective"},
}


def check_markup(value: Any, unknown: Unknown, *, inline_only: bool = False) -> dict[str, Any] | None:
    """The keyboard as Telegram keeps it; an empty one is none at all."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    kind = next((kind for kind in KEYBOARDS if kind in value), None)
    for name in value.keys() - KEYBOARDS.get(kind or "", set()):
        unknown(f"reply_markup.{name}")
    if kind is None:
        return None
    if inline_only and kind != "inline_keyboard":
        raise bad_request("inline keyboard expected")
    if kind == "inline_keyboard":
        rows = [[_inline_button(button, unknown) for button in row] for row in _rows(value, kind) if row]
        if sum(len(row) for row in rows) > BUTTONS_LIMIT:
            raise bad_request("reply markup is too long")
        return {"inline_keyboard": rows} if rows else None
    if kind == "keyboard":
        return {**value, "keyboard": [[_button(button) for button in row] for row in _rows(value, kind)]}
    return dict(value)


def _rows(markup: dict[str, Any], kind: str) -> list[list[Any]]:
    rows = markup[kind]
    if not isinstance(rows, list):
        raise bad_request(f'field "{kind}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        whose = " of the InlineKeyboardMarkup" if kind == "inline_keyboard" else ""
        raise bad_request(f'field "{kind}"{whose} must be an Array of Arrays')
    return rows


def _inline_button(button: Any, unknown: Unknown) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise _unparsable("InlineKeyboardButton must be an Object")
    for name in button.keys() - INLINE_BUTTON:
        unknown(f"reply_markup.inline_keyboard.{name}")
    if not isinstance(button.get("text"), str):
        raise _unparsable('Can\'t find field "text"')
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    if "style" in button and button["style"] not in STYLES:
        raise _unparsable("invalid button style specified")
    actions = [name for name in ACTIONS if name in button]
    if not actions:
        raise _unparsable("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        # The real server takes the first and drops the rest; its documentation asks for exactly one.
        raise _unparsable(f"exactly one action is allowed, not {', '.join(actions)}")
    if "callback_data" in button:
        _check_data(button["callback_data"])
    if "url" in button:
        _check_url(button["url"])
    if "copy_text" in button:
        _check_copy(button["copy_text"])
    return {name: value for name, value in button.items() if name in INLINE_BUTTON}


def _button(button: Any) -> dict[str, Any]:
    if isinstance(button, str):
        return {"text": button}
    if isinstance(button, dict) and isinstance(button.get("text"), str):
        return button
    raise bad_request("can't parse keyboard button: KeyboardButton must be a String or an Object")


def _check_data(data: Any) -> None:
    if not isinstance(data, str):
        raise _unparsable('Field "callback_data" must be of type String')
    if not 1 <= len(data.encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")


def _check_url(url: Any) -> None:
    if not isinstance(url, str):
        raise _unparsable('Field "url" must be of type String')
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "tg"):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if not parts.netloc:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: URL host is empty")
    # The real server refuses localhost and loopback addresses; 127.0.0.1 passes here, localhost does not.
    if parts.scheme != "tg" and (any(char.isspace() for char in url) or "." not in (parts.hostname or "")):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _check_copy(copy: Any) -> None:
    text = copy.get("text") if isinstance(copy, dict) else None
    if not isinstance(text, str) or not 1 <= len(text) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")


def _unparsable(why: str) -> Refusal:
    return bad_request(f"can't parse inline keyboard button: {why}")
