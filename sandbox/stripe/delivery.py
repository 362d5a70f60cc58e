"""Stripe's webhooks: one for each endpoint that asked, signed the real way."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable

from sandbox.postman import Parcel, covers
from sandbox.stripe.books import Books
from sandbox.stripe.resources import Resource


def sign(body: bytes, secret: str, moment: int) -> str:
    """The Stripe-Signature header. https://docs.stripe.com/webhooks#verify-manually"""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def parcels(books: Books, event: Resource, now: Callable[[], int], *, forged: bool = False) -> list[Parcel]:
    """An event for every endpoint that hears of it, the platforms' among them; signed anew for every attempt."""
    hearing: list[tuple[Resource, Resource]] = [
        (one, {}) for one in books.all("webhook_endpoint") if not one["_connect"]
    ]
    for platform in books.platforms:
        hearing += [(one, {"account": books.id}) for one in platform.all("webhook_endpoint") if one["_connect"]]
    return [
        _parcel(books, event, endpoint, extra, now, forged=forged)
        for endpoint, extra in hearing
        if any(covers(wanted, event["type"]) for wanted in endpoint["enabled_events"])
    ]


def _parcel(
    books: Books, event: Resource, endpoint: Resource, extra: Resource, now: Callable[[], int], *, forged: bool
) -> Parcel:
    body = json.dumps(books.present(event) | extra, indent=2).encode()
    secret = "whsec_forged" if forged else endpoint["_secret"]

    def taken() -> None:
        books.delivered += 1
        event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)

    return Parcel(
        url=endpoint["url"],
        event_id=event["id"],
        type=event["type"],
        body=body,
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        },
        timed=lambda: {"Stripe-Signature": sign(body, secret, now())},
        taken=(lambda: None) if forged else taken,
        forged=forged,
    )
