"""Shows buyers their carts: who asks for it is told, in private, what they have so far and how to pay it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from bot.domain.claim import ClaimStatus
from bot.domain.invoice import pay_link
from bot.domain.money import Money
from bot.domain.option_stock import item_code
from bot.domain.pricing import goods_cents, saved_by_bundles
from bot.domain.show import Show
from bot.workflows.tell import Parcel, button_data
from messaging.base import Button
from messaging.templates import called, order_line
from messaging.texts import Texts, choose_language
from storage import answers, templates
from storage.answers import Addressee, InCart, NewMessage, Payable
from storage.deliveries import BELOW

CART = "cart"
"""The purpose of such messages."""
QUIET = timedelta(minutes=5)
"""Nobody is shown their cart twice within this time: those who ask again have just read it."""


class Asker(NamedTuple):
    """Somebody who wants to see their cart."""

    buyer_id: int
    key: str
    """Names the question, so that it is answered once."""
    channel_id: int | None = None
    comment_id: str = ""
    """The comment that asked, which can be answered in private once."""


def show_carts(
    tx: sa.Connection, workspace_id: int, show: Show, askers: Sequence[Asker], public_url: str, now: datetime
) -> list[Parcel]:
    """Write to everybody who asks what they have: as many statements for one as for all, and none for nobody."""
    if not askers:
        return []
    first = {one.buyer_id: one for one in reversed(askers)}
    recently = answers.told_since(tx, workspace_id, CART, first, now - QUIET)
    asking = {buyer_id: one for buyer_id, one in first.items() if buyer_id not in recently}
    if not asking:
        return []
    people = answers.addressees(tx, workspace_id, asking)
    own = templates.of_workspace(tx, workspace_id)
    held: dict[int, list[InCart]] = {}
    for thing in answers.in_carts(tx, workspace_id, show.id, asking):
        held.setdefault(thing.buyer_id, []).append(thing)
    owed: dict[int, list[Payable]] = {}
    for invoice in answers.payable(tx, workspace_id, asking):
        owed.setdefault(invoice.buyer_id, []).append(invoice)
    messages = []
    for buyer_id, one in asking.items():
        texts = Texts(choose_language(people[buyer_id].language, show.market), own)
        text = _text(texts, people[buyer_id], show, held.get(buyer_id, ()))
        chat = f"{BELOW}{one.comment_id}" if one.comment_id else ""
        buttons = button_data(_pay_buttons(texts, owed.get(buyer_id, ()), public_url))
        messages.append(NewMessage(f"{CART}:{one.key}", buyer_id, one.channel_id, chat, text, buttons))
    made = answers.queue_all(tx, workspace_id, CART, messages, now)
    return [
        Parcel(delivery_id=delivery_id, attempt=1, chat=f"buyer:{buyer_id}") for delivery_id, buyer_id, _, _ in made
    ]


def _text(texts: Texts, person: Addressee, show: Show, held: Sequence[InCart]) -> str:
    if not held:
        return texts.say("cart_empty", name=person.name, show=show.title)
    won = [thing for thing in held if thing.status == ClaimStatus.WINNER.value]
    lines = [order_line(thing.quantity, _named(thing), _price(thing, show)) for thing in won]
    lines += _savings(won, show)
    lines += [
        texts.say("cart_waits", code=_code(thing), title=thing.title, item=_named(thing), position=thing.position)
        for thing in held
        if thing.position is not None
    ]
    total = Money(goods_cents([thing.of_it for thing in won]), show.currency)
    return texts.say("cart", name=person.name, show=show.title, lines="\n".join(lines), total=total)


def _code(thing: InCart) -> str:
    return item_code(thing.code, thing.options)


def _named(thing: InCart) -> str:
    options = f" ({', '.join(thing.options)})" if thing.options else ""
    return f"{called(_code(thing), thing.title)}{options}"


def _savings(won: Sequence[InCart], show: Show) -> list[str]:
    """What bundles take off, as the bill will say it."""
    named = {thing.of_it.item_id: thing for thing in reversed(won)}
    return [
        f"{bundle.called(_code(thing), thing.title, show.currency)}: {Money(-saved, show.currency)}"
        for item_id, saved in saved_by_bundles(thing.of_it for thing in won).items()
        if (bundle := (thing := named[item_id]).of_it.bundle) is not None
    ]


def _price(thing: InCart, show: Show) -> Money | None:
    return None if thing.of_it.unit_cents is None else Money(thing.of_it.cents, show.currency)


def _pay_buttons(texts: Texts, owed: Sequence[Payable], public_url: str) -> list[list[Button]]:
    return [
        [Button(title=texts.say("pay_button", total=one.due), url=pay_link(one.pay_token, one.url, public_url))]
        for one in owed
    ]
