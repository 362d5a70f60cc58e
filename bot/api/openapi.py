"""The OpenAPI document, written from the table of routes that also registers them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version

from aiohttp import web

from bot.api import capabilities, deeds, integration_deeds, integration_looks, oauth_return, routes, ws
from bot.api.schemas import SCHEMAS
from bot.api.shapes import Json
from bot.api.table import IDEMPOTENCY_KEY, LONGEST_KEY, VARIANT, Route, register
from bot.domain.books import PaymentStatus
from bot.domain.offers import works_in
from bot.workflows.note_integrations import Level

REFUSALS = {
    400: "The body, or a parameter, is not as described; the message names it.",
    401: "There is no token, or it is not known.",
    403: "The scope of the token, or the plan of the workspace, is too small.",
    404: "There is no such thing in this workspace.",
    415: "The body is not application/json.",
    422: "The provider refuses the order; the message says why.",
    502: "The provider could not be reached, or nobody knows what came of it.",
    503: "The provider is busy: Retry-After says for how long.",
}
PARAMETERS: dict[str, Json] = {
    "ticket": {"description": "What the link given to the provider ends with.", "schema": {"type": "string"}},
    "limit": {
        "description": "At most so many.",
        "schema": {"type": "integer", "minimum": 1, "maximum": routes.LARGEST_PAGE},
    },
    "cursor": {"description": "The next_cursor of the page before.", "schema": {"type": "string"}},
    "after": {"description": "The id of the last message already had.", "schema": {"type": "string"}},
    "provider": {"description": "The name of a provider, like stripe.", "schema": {"type": "string"}},
    "level": {
        "description": "Only entries of this level.",
        "schema": {"type": "string", "enum": [level.value for level in Level]},
    },
    "status": {
        "description": "Only those that stand so.",
        "schema": {"type": "string", "enum": [status.value for status in PaymentStatus]},
    },
    "order_id": {"description": "As it was sent.", "schema": {"type": "string"}},
    "code": {"description": "The code of an item, however it is written.", "schema": {"type": "string"}},
}
QUERY = PARAMETERS | {
    "state": {"description": "What the provider's page was sent with.", "schema": {"type": "string"}},
    "code": {"description": "What the provider gives access for.", "schema": {"type": "string"}},
    "error": {"description": "Why the provider gives no access.", "schema": {"type": "string"}},
    "provider": {"description": "Only those of this provider.", "schema": {"type": "string"}},
}
ONCE: Json = {
    "name": IDEMPOTENCY_KEY,
    "in": "header",
    "description": "Anything that names this order among all of the workspace; with the same one it is done once.",
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
}
_ID: Json = {"schema": {"type": "integer", "minimum": 1}}


def add_routes(app: web.Application) -> None:
    """The document, open to everybody: it says nothing about anybody."""
    register(app, ROUTES)


async def _openapi(request: web.Request) -> web.Response:
    return web.json_response(document(request.app[VARIANT]))


@cache
def document(variant: str = "full") -> Json:
    """Everything the API of this variant can be asked."""
    paths: dict[str, Json] = {}
    routes_here = [route for route in all_routes() if works_in(route.feature, variant)]
    for route in routes_here:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Live Assist",
            "version": version("live-assist"),
            "description": "Shows, claims and invoices of one workspace. Money is in minor units beside its currency; "
            "times are ISO 8601 in UTC.",
        },
        "paths": paths,
        "components": {
            "schemas": _used(routes_here),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _used(routes_here: Iterable[Route]) -> Json:
    """The schemas of these routes' answers, and what those refer to."""
    wanted = ["Error", *(route.answers for route in routes_here if route.answers)]
    used: Json = {}
    while wanted:
        name = wanted.pop()
        if name not in used:
            used[name] = SCHEMAS[name]
            wanted += re.findall(r"#/components/schemas/(\w+)", json.dumps(SCHEMAS[name]))
    return {name: used[name] for name in SCHEMAS if name in used}


def all_routes() -> Iterable[Route]:
    """The whole table."""
    return (
        *routes.ROUTES,
        *deeds.ROUTES,
        *integration_looks.ROUTES,
        *integration_deeds.ROUTES,
        *oauth_return.ROUTES,
        *ws.ROUTES,
        *capabilities.ROUTES,
        *ROUTES,
    )


def _operation(route: Route) -> Json:
    named = re.findall(r"{(\w+)}", route.path)
    operation: Json = {
        "summary": f"{route.does}.",
        "operationId": _operation_id(route),
        "parameters": [
            *({"name": name, "in": "path", "required": True} | PARAMETERS.get(name, _ID) for name in named),
            *({"name": name, "in": "query"} | QUERY[name] for name in route.query),
            *([ONCE] if route.once else []),
        ],
        "responses": {
            str(route.status): _content(route.answers, "As asked.") if route.answers else {"description": "As asked."},
            **{str(status): _content("Error", REFUSALS[status]) for status in _refusals(route)},
        },
        "security": [{"token": []}] if route.scope else [],
    }
    if route.scope:
        operation["description"] = f"For tokens with the scope {route.scope}."
    if route.conflicts:
        codes = ", ".join(route.conflicts)
        operation["responses"]["409"] = _content("Error", f"Not as things stand; the error_code is one of {codes}.")
    if route.body or route.any_body:
        operation["requestBody"] = {
            "required": any(field.required for field in route.body.values()),
            "content": {"application/json": {"schema": route.any_body or _body_schema(route)}},
        }
    return operation


def _refusals(route: Route) -> list[int]:
    found = []
    if route.method != "GET":
        found += [400, 415]
    elif route.query:
        found.append(400)
    if route.scope:
        found += [401, 403]
    elif route.outside:
        found.append(403)
    if "{" in route.path or {"item", "buyer"} & route.body.keys():
        found.append(404)
    if route.outside:
        found += [502, 503]
    return sorted({*found, *route.also})


def _content(schema: str, description: str) -> Json:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": description, "content": {"application/json": {"schema": reference}}}


def _body_schema(route: Route) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: field.schema | {"description": f"{field.says[:1].upper()}{field.says[1:]}."}
            for name, field in route.body.items()
        },
        "required": [name for name, field in route.body.items() if field.required],
    }


def _operation_id(route: Route) -> str:
    """postShowsShowIdStart: a name generated clients can give a function."""
    words = re.findall(r"\w+", route.path.removeprefix("/api").replace("_", "/").replace(".", "/"))
    return route.method.lower() + "".join(word.capitalize() for word in words)


ROUTES = (
    Route(
        method="GET",
        path="/api/openapi.json",
        does="Say what can be asked: this document",
        handler=_openapi,
        answers="Document",
        scope="",
    ),
)
