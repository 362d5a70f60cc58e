"""One Graph API call: who asks what of which object, with parameters from the query and the body as one."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from yarl import URL

from sandbox.facebook.books import Books, Node
from sandbox.facebook.errors import invalid, not_one_of
from sandbox.facebook.pages import Page

EVERYWHERE = {"access_token", "appsecret_proof", "locale", "pretty", "debug"}
"""Parameters every edge takes."""


@dataclass(frozen=True, kw_only=True)
class GraphCall:
    """A call whose token was good. `node` is the object addressed, `page` the one the token belongs to."""

    books: Books
    method: str
    node: Node
    page: Page
    params: dict[str, Any] = field(repr=False)
    url: URL = field(repr=False)

    def only(self, known: Collection[str]) -> None:
        """Refuse parameters that the edge does not have."""
        for name in self.params:
            if name not in known and name not in EVERYWHERE:
                raise invalid(f'Invalid parameter "{name}"')

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.params.get(name)
        if not isinstance(value, str) or not value:
            raise invalid(f"The parameter {name} is required.")
        return value

    def json(self, name: str) -> Any:
        """A structured value: itself in a JSON body, JSON text in a form or a query."""
        value = self.params.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise invalid(f"Param {name} must be valid JSON") from None

    def names(self, name: str) -> list[str] | None:
        """A list of words: a JSON list, or words with commas between."""
        value = self.params.get(name)
        if isinstance(value, str):
            value = self.json(name) if value.startswith("[") else [word.strip() for word in value.split(",")]
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise invalid(f"Param {name} must be an array of strings")
        return value

    def choice(self, name: str, choices: list[str], default: str) -> str:
        value = self.params.get(name, default)
        if value not in choices:
            raise not_one_of(name, choices, value)
        return str(value)

    def number(self, name: str, default: int) -> int:
        value = str(self.params.get(name, default))
        if not value.isdecimal() or int(value) < 1:
            raise invalid(f"Param {name} must be a positive number")
        return int(value)


async def read_params(request: web.Request) -> dict[str, Any]:
    """The parameters of a request; the body wins over the query."""
    params: dict[str, Any] = dict(request.query)
    if not request.body_exists:
        return params
    if request.content_type == "multipart/form-data":
        raise invalid("This stand-in takes no uploads; send JSON or a form")
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read())
        except ValueError:
            raise invalid("Invalid JSON in the body of the request") from None
        if not isinstance(body, dict):
            raise invalid("The body of the request must be a JSON object")
        return params | body
    form = await request.post()
    return params | {name: value for name, value in form.items() if isinstance(value, str)}
