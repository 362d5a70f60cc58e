"""What a message may say: the Send API's `message` object, checked strictly and read into what a person sees.

https://developers.facebook.com/docs/messenger-platform/reference/send-api
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.facebook.errors import invalid, not_one_of

if TYPE_CHECKING:
    from sandbox.facebook.pages import Comment, Page

FIELDS = {"text", "attachment", "quick_replies", "metadata"}
WEBVIEW = {"webview_height_ratio", "messenger_extensions", "fallback_url", "webview_share_button"}
BUTTON_FIELDS = {
    "web_url": {"type", "title", "url"} | WEBVIEW,
    "postback": {"type", "title", "payload"},
    "phone_number": {"type", "title", "payload"},
}
QUICK_REPLY_TYPES = ["text", "user_phone_number", "user_email"]
FILE_TYPES = ["image", "audio", "video", "file"]


@dataclass(frozen=True, kw_only=True)
class Button:
    """Something to tap: a link (`url`), a postback, a number to call, or a quick reply."""

    title: str
    kind: str
    url: str | None = None
    payload: str | None = None


@dataclass(frozen=True, kw_only=True)
class Content:
    """The readable part of a `message` object, with the object itself."""

    raw: dict[str, Any]
    text: str
    buttons: tuple[Button, ...] = ()
    template: dict[str, Any] | None = None


@dataclass(kw_only=True)
class Message:
    """One message in a person's inbox."""

    mid: str
    page: Page
    text: str
    buttons: tuple[Button, ...]
    metadata: str | None
    raw: dict[str, Any]
    at: float
    answers: Comment | None = None
    """The comment this privately replies to."""
    seen: bool = field(default=False, repr=False)
    """Whether `Person.hears` has returned it already."""


def read_message(message: dict[str, Any]) -> Content:
    """Read a `message` object, or refuse it as Facebook would."""
    only(message, FIELDS, "message")
    if ("text" in message) == ("attachment" in message):
        raise invalid("Param message must have exactly one of text and attachment")
    if "metadata" in message:
        text_of(message, "metadata", "message", below=1000)
    quick = _quick_replies(message.get("quick_replies", []))
    if "text" in message:
        return Content(raw=message, text=text_of(message, "text", "message", below=2000), buttons=quick)
    content = _attachment(message, object_of(message["attachment"], "message[attachment]"))
    return Content(raw=message, text=content.text, buttons=content.buttons + quick, template=content.template)


def only(value: dict[str, Any], known: set[str], at: str) -> None:
    """Refuse the first key that is not known."""
    for key in value:
        if key not in known:
            raise invalid(f'Invalid keys "{key}" were found in param "{at}".')


def object_of(value: object, at: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid(f'Param {at} must be a JSON object with string keys - got "{value}".')
    return value


def list_of(value: object, at: str, *, least: int = 0, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise invalid(f'Param {at} must be an array - got "{value}".')
    if not least <= len(value) <= most:
        raise invalid(f"Param {at} must have {least} to {most} elements, not {len(value)}")
    return value


def text_of(value: dict[str, Any], key: str, at: str, *, below: int) -> str:
    """A text that is there, is not empty, and is shorter than `below` characters."""
    text = value.get(key)
    if not isinstance(text, str) or not text:
        raise invalid(f"The parameter {at}[{key}] is required")
    if len(text) >= below:
        raise invalid(f"Length of param {at}[{key}] must be less than or equal to {below - 1}")
    return text


def _url(value: dict[str, Any], at: str) -> str:
    url = text_of(value, "url", at, below=2049)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in url:
        raise invalid(f"Param {at}[url] should represent a valid URL")
    return url


def _attachment(message: dict[str, Any], attachment: dict[str, Any]) -> Content:
    at = "message[attachment]"
    only(attachment, {"type", "payload"}, at)
    kind = attachment.get("type")
    payload = object_of(attachment.get("payload"), f"{at}[payload]")
    at = f"{at}[payload]"
    if kind == "template":
        read = TEMPLATES.get(str(payload.get("template_type")))
        if read is None:
            raise not_one_of(f"{at}[template_type]", sorted(TEMPLATES), payload.get("template_type"))
        return read(message, payload, at)
    if kind not in FILE_TYPES:
        raise not_one_of("message[attachment][type]", [*FILE_TYPES, "template"], kind)
    only(payload, {"url", "is_reusable", "attachment_id"}, at)
    if "attachment_id" in payload:
        # Uploading has no stand-in, so no id can be ours.
        raise invalid("Possible invalid ID or you do not own the attachment", subcode=2018074)
    _url(payload, at)
    return Content(raw=message, text="")


def _button_template(message: dict[str, Any], payload: dict[str, Any], at: str) -> Content:
    only(payload, {"template_type", "text", "buttons", "sharable"}, at)
    text = text_of(payload, "text", at, below=641)
    return Content(raw=message, text=text, buttons=_buttons(payload.get("buttons"), at, least=1))


def _generic_template(message: dict[str, Any], payload: dict[str, Any], at: str) -> Content:
    only(payload, {"template_type", "elements", "sharable", "image_aspect_ratio"}, at)
    lines: list[str] = []
    buttons: tuple[Button, ...] = ()
    for number, element in enumerate(list_of(payload.get("elements"), f"{at}[elements]", least=1, most=10)):
        here = f"{at}[elements][{number}]"
        only(object_of(element, here), {"title", "subtitle", "image_url", "default_action", "buttons"}, here)
        lines.append(text_of(element, "title", here, below=81))
        if len(element) < 2:
            raise invalid(f"Param {here} must have a property besides title")
        if "subtitle" in element:
            lines.append(text_of(element, "subtitle", here, below=81))
        if "image_url" in element:
            _url({"url": element["image_url"]}, f"{here}[image_url]")
        if "default_action" in element:
            _default_action(object_of(element["default_action"], f"{here}[default_action]"), here)
        if "buttons" in element:
            buttons += _buttons(element["buttons"], here, least=1)
    return Content(raw=message, text="\n".join(lines), buttons=buttons)


def _utility_template(message: dict[str, Any], payload: dict[str, Any], at: str) -> Content:
    only(payload, {"template_type", "name", "language", "components"}, at)
    text_of(payload, "name", at, below=513)
    text_of(object_of(payload.get("language"), f"{at}[language]"), "code", f"{at}[language]", below=20)
    list_of(payload.get("components", []), f"{at}[components]", most=10)
    return Content(raw=message, text="", template=payload)


TEMPLATES: dict[str, Callable[[dict[str, Any], dict[str, Any], str], Content]] = {
    "button": _button_template,
    "generic": _generic_template,
    "utility_messages": _utility_template,
}


def _default_action(action: dict[str, Any], at: str) -> None:
    only(action, {"type", "url"} | WEBVIEW, f"{at}[default_action]")
    if action.get("type") != "web_url":
        raise not_one_of(f"{at}[default_action][type]", ["web_url"], action.get("type"))
    _url(action, f"{at}[default_action]")


def _buttons(value: object, at: str, *, least: int) -> tuple[Button, ...]:
    buttons = list_of(value, f"{at}[buttons]", least=least, most=3)
    return tuple(
        _button(object_of(button, f"{at}[buttons][{number}]"), f"{at}[buttons][{number}]")
        for number, button in enumerate(buttons)
    )


def _button(button: dict[str, Any], at: str) -> Button:
    kind = str(button.get("type"))
    if kind not in BUTTON_FIELDS:
        raise not_one_of(f"{at}[type]", list(BUTTON_FIELDS), button.get("type"))
    only(button, BUTTON_FIELDS[kind], at)
    title = text_of(button, "title", at, below=21)
    if kind == "web_url":
        return Button(title=title, kind=kind, url=_url(button, at))
    return Button(title=title, kind=kind, payload=text_of(button, "payload", at, below=1001))


def _quick_replies(value: object) -> tuple[Button, ...]:
    replies = list_of(value, "message[quick_replies]", most=13)
    return tuple(_quick_reply(reply, f"message[quick_replies][{n}]") for n, reply in enumerate(replies))


def _quick_reply(value: object, at: str) -> Button:
    reply = object_of(value, at)
    only(reply, {"content_type", "title", "payload", "image_url"}, at)
    kind = reply.get("content_type")
    if kind not in QUICK_REPLY_TYPES:
        raise not_one_of(f"{at}[content_type]", QUICK_REPLY_TYPES, kind)
    if kind != "text":
        return Button(title=str(kind), kind="quick_reply")
    return Button(
        title=text_of(reply, "title", at, below=21),
        kind="quick_reply",
        payload=text_of(reply, "payload", at, below=1001),
    )
