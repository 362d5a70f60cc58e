"""What the stories of trouble have in common: an evening that has gone well so far."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.facebook.pages import LiveVideo
from sandbox.facebook.people import Person as Commenter
from sandbox.telegram import Person
from tests.shop import Operator, Shop

DRESS = "12 Dress 19.90 x20"


async def no_wait(_seconds: float) -> None:
    """Waits for nothing: what is tried again is tried again at once."""
    await asyncio.sleep(0)


async def sells_dresses(shop: Shop, *names: str, items: tuple[str, ...] = (DRESS,)) -> tuple[Operator, list[Person]]:
    """A live show in which each of these has won a dress on Telegram."""
    await shop.open()
    operator = await shop.opens_show(*items)
    buyers = await asyncio.gather(*(shop.buyer(name) for name in names))
    for buyer in buyers:
        await buyer.says("sold 12", to=shop.group)
    assert await shop.claims() == [(name.lower(), "winner") for name in names]
    return operator, buyers


async def sells_on_facebook(shop: Shop, *names: str) -> tuple[Operator, LiveVideo, list[Commenter]]:
    """A live show in which each of these has won a dress under the live video."""
    shop.sleep = no_wait
    await shop.open()
    operator = await shop.opens_show("12 Dress 19.90 x20")
    assert shop.page is not None
    live = await shop.page.goes_live("Friday")
    people = [shop.commenter(name) for name in names]
    for person in people:
        await person.comments(live, "sold 12")
    assert [status for _, status in await shop.claims()] == ["winner"] * len(names)
    return operator, live, people


def stripe_says(code: str, message: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    """Stripe's error envelope."""
    return {"error": {"type": kind, "code": code, "message": message}}


def graph_says(code: int, message: str, subcode: int | None = None) -> dict[str, Any]:
    """The Graph API's error envelope."""
    error = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    return {"error": error if subcode is None else error | {"error_subcode": subcode}}


async def heard(person: Person, shop: Shop, contains: str) -> int:
    """How many messages with this text are in the private chat, edits aside, when everything written down is out."""
    await shop.delivered()
    return heard_so_far(person, shop, contains)


def heard_so_far(person: Person, shop: Shop, contains: str) -> int:
    """How many there are now; more may be on their way."""
    return sum(contains in message.text for message in person.chat(shop.bot).messages if message.sender.is_bot)


def invoices_at_stripe(shop: Shop, account: str = "acct_sandbox") -> dict[str, int]:
    """How many invoices stand how in Stripe's books."""
    return dict(shop.stripe.books()[account]["invoices"])
