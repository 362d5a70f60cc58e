"""Utility templates: approved texts with blanks, the one way to write first after 24 hours.

https://developers.facebook.com/docs/messenger-platform/send-messages/utility-messages
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from sandbox.facebook import events
from sandbox.facebook.calls import GraphCall
from sandbox.facebook.errors import invalid, not_one_of
from sandbox.facebook.messages import Button, Content, list_of, object_of, only, text_of
from sandbox.facebook.pages import Page

CREATE_PARAMS = frozenset({"name", "language", "category", "components", "parameter_format"})
READ_PARAMS = frozenset({"name", "status"})
DELETE_PARAMS = frozenset({"name", "template_id"})
CATEGORIES = ["UTILITY"]
STATUSES = ["APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED"]
BLANK = re.compile(r"\{\{(\w+)\}\}")


@dataclass(kw_only=True)
class Template:
    """A text with blanks `{{1}}`, `{{2}}`, ... waiting for a reviewer, or reviewed."""

    id: str
    name: str
    language: str
    components: list[dict[str, Any]]
    body: str
    buttons: tuple[Button, ...]
    status: str = "PENDING"


async def create_template(call: GraphCall) -> dict[str, Any]:
    """Hand in a template for review."""
    call.only(CREATE_PARAMS)
    name, language = call.text("name"), call.text("language")
    if not re.fullmatch(r"[a-z0-9_]{1,512}", name):
        raise invalid("Param name may have lowercase letters, digits and underscores only")
    if name in call.page.templates:
        raise invalid("There is a template of this name already")
    call.choice("category", CATEGORIES, "")
    call.choice("parameter_format", ["POSITIONAL"], "POSITIONAL")
    components = list_of(call.json("components"), "components", least=1, most=10)
    body, buttons = _read_components(components)
    template = Template(
        id=call.books.new_id(),
        name=name,
        language=language,
        components=components,
        body=body,
        buttons=buttons,
    )
    call.page.templates[name] = template
    return {"id": template.id, "status": template.status, "category": "UTILITY"}


async def read_templates(call: GraphCall) -> dict[str, Any]:
    """The Page's templates, by name or by status if asked."""
    call.only(READ_PARAMS)
    statuses = call.names("status") or STATUSES
    for status in statuses:
        if status not in STATUSES:
            raise not_one_of("status", STATUSES, status)
    name = call.params.get("name")
    rows = [
        {
            "name": template.name,
            "components": template.components,
            "language": template.language,
            "status": template.status,
            "category": "UTILITY",
            "id": template.id,
        }
        for template in call.page.templates.values()
        if template.status in statuses and name in (None, template.name)
    ]
    return {"data": rows}


async def delete_template(call: GraphCall) -> dict[str, Any]:
    """Forget a template by its name."""
    call.only(DELETE_PARAMS)
    if call.page.templates.pop(call.text("name"), None) is None:
        raise invalid("There is no template of this name")
    return {"success": True}


async def review_template(page: Page, name: str, status: str = "APPROVED") -> None:
    """Facebook's reviewer decides."""
    template = page.templates[name]
    template.status = status
    page.books.tell(events.template_reviewed(page, template, page.books.now()))


def render(page: Page, content: Content, payload: dict[str, Any]) -> Content:
    """Fill the blanks of an approved template; every blank, and nothing else."""
    template = page.templates.get(payload["name"])
    code = payload["language"]["code"]
    if template is None or template.status != "APPROVED" or template.language != code:
        raise invalid(f"There is no approved template {payload['name']} in {code}")
    words: list[str] = []
    for number, component in enumerate(payload.get("components", [])):
        at = f"components[{number}]"
        only(object_of(component, at), {"type", "parameters"}, at)
        if str(component.get("type")).lower() != "body":
            raise not_one_of(f"{at}[type]", ["body"], component.get("type"))
        for parameter in list_of(component.get("parameters"), f"{at}[parameters]", most=100):
            only(object_of(parameter, at), {"type", "text"}, at)
            words.append(text_of(parameter, "text", at, below=1025))
    if len(words) != len(set(BLANK.findall(template.body))):
        raise invalid("The number of parameters is not the number of blanks")
    text = BLANK.sub(lambda blank: words[int(blank[1]) - 1], template.body)
    return replace(content, text=text, buttons=template.buttons)


def _read_components(components: list[Any]) -> tuple[str, tuple[Button, ...]]:
    body = ""
    buttons: list[Button] = []
    for number, component in enumerate(components):
        at = f"components[{number}]"
        kind = object_of(component, at).get("type")
        if kind == "BODY":
            only(component, {"type", "text", "example"}, at)
            body = text_of(component, "text", at, below=1025)
            blanks = set(BLANK.findall(body))
            if blanks != {str(n) for n in range(1, len(blanks) + 1)}:
                raise invalid(f"The blanks of {at}[text] must be {{{{1}}}}, {{{{2}}}}, ... without gaps")
            if blanks and "example" not in component:
                raise invalid(f"The parameter {at}[example] is required for a text with blanks")
        elif kind == "BUTTONS":
            only(component, {"type", "buttons"}, at)
            for button in list_of(component.get("buttons"), f"{at}[buttons]", least=1, most=3):
                only(object_of(button, at), {"type", "text", "url"}, f"{at}[buttons]")
                title, url = text_of(button, "text", at, below=26), text_of(button, "url", at, below=2001)
                buttons.append(Button(title=title, kind="web_url", url=url))
        else:
            raise not_one_of(f"{at}[type]", ["BODY", "BUTTONS"], kind)
    if not body:
        raise invalid("Param components must have a BODY")
    return body, tuple(buttons)
