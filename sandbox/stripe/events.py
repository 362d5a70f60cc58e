"""Events as they are listed, and the endpoints they are sent to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sandbox.postman import covers
from sandbox.stripe.books import Books, since, tidy
from sandbox.stripe.errors import Refused
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource, new, random_text

KEPT_FOR = 30 * 86_400
"""Seconds an event is listed. https://docs.stripe.com/api/events"""

_MOST_ENDPOINTS = 16
"""Per account in test mode. https://docs.stripe.com/webhooks"""


def retrieve(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/events/{id}"""
    return books.at("event", id_)


def find(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/events: newest first, one type or several."""
    if "type" in params and "types" in params:
        raise Refused("You may only specify one of these parameters: type, types.", param="types")
    types = params.get("types") or ([params["type"]] if params.get("type") else None)
    accepted = params.get("delivery_success")
    forgotten = books.now() - KEPT_FOR
    return books.page(
        books.newest("event"),
        params,
        "/v1/events",
        lambda one: (
            one["created"] > forgotten
            and (types is None or any(covers(wanted, one["type"]) for wanted in types))
            and accepted in (None, one["pending_webhooks"] == 0)
            and since(one["created"], params.get("created"))
        ),
    )


def add_endpoint(
    books: Books, url: str, secret: str, enabled_events: list[str], *, connect: bool = False, **fields: Any
) -> Resource:
    """Register an endpoint; with `connect` it hears of connected accounts instead of its own."""
    endpoint = new("webhook_endpoint", created=books.now(), url=url, enabled_events=enabled_events, **fields)
    return books.keep(endpoint | {"_secret": secret, "_connect": connect})


def create_endpoint(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/webhook_endpoints: the only answer that tells the secret."""
    url = params["url"]
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise Refused(
            "Invalid URL: An explicit scheme (such as https) must be provided.",
            code="url_invalid",
            param="url",
        )
    if sum(1 for _ in books.all("webhook_endpoint")) >= _MOST_ENDPOINTS:
        raise Refused(f"You have reached the maximum of {_MOST_ENDPOINTS} test webhook endpoints.")
    secret = f"whsec_{random_text(32)}"
    endpoint = add_endpoint(
        books,
        url,
        secret,
        params["enabled_events"],
        api_version=params.get("api_version"),
        description=params.get("description"),
        metadata=tidy(params.get("metadata", {})),
        connect=params.get("connect", False),
    )
    return books.present(endpoint) | {"secret": secret}


def retrieve_endpoint(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/webhook_endpoints/{webhook_endpoint}"""
    return books.at("webhook_endpoint", id_, "webhook_endpoint")


def find_endpoints(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/webhook_endpoints"""
    return books.page(books.newest("webhook_endpoint"), params, "/v1/webhook_endpoints", lambda _one: True)


def delete_endpoint(books: Books, _params: Params, id_: str) -> Resource:
    """DELETE /v1/webhook_endpoints/{webhook_endpoint}"""
    return books.discard(books.at("webhook_endpoint", id_, "webhook_endpoint"))
