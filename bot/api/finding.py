"""Finds what a request names, by its address or in its body; what is not of the workspace is not there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import sqlalchemy as sa

from bot.domain.buyer import Buyer
from bot.domain.claim import Claim
from bot.domain.invoice import Invoice
from bot.domain.show import Item, Show
from bot.domain.subscription import Subscription
from bot.problems import Problem
from bot.workflows import stock_options
from storage import buyers, claims, invoices, runs, shows, subscriptions

T = TypeVar("T")

Names = Mapping[str, str]
"""The named parts of an address, as they were sent."""


def the_show(tx: sa.Connection, workspace_id: int, names: Names) -> Show:
    """The show of the address."""
    show = _get(shows.get, tx, workspace_id, names["show_id"])
    if show is None:
        raise Problem(404, "NOT_FOUND", "There is no such show. GET /api/shows lists those there are.")
    return show


def show_called(tx: sa.Connection, workspace_id: int, show_id: int) -> Show:
    """The show with this id."""
    return the_show(tx, workspace_id, {"show_id": str(show_id)})


def the_item(tx: sa.Connection, workspace_id: int, names: Names) -> Item:
    """The item of the address."""
    return item_called(tx, workspace_id, the_show(tx, workspace_id, names), names["code"])


def item_called(tx: sa.Connection, workspace_id: int, show: Show, code: str) -> Item:
    """The item of this show with this code, however it is written."""
    try:
        return stock_options.the_item(tx, workspace_id, show, code)
    except stock_options.NoSuchItem as no:
        raise Problem(404, "ITEM_NOT_FOUND", no.message) from None


def the_claim(tx: sa.Connection, workspace_id: int, names: Names) -> Claim:
    """The claim of the address, which is of the show of the address."""
    show = the_show(tx, workspace_id, names)
    claim = _get(claims.get, tx, workspace_id, names["claim_id"])
    if claim is None or claim.show_id != show.id:
        raise Problem(404, "NOT_FOUND", "There is no such claim in this show. Its ledger lists them, each with its id.")
    return claim


def the_invoice(tx: sa.Connection, workspace_id: int, names: Names) -> tuple[Invoice, Buyer]:
    """The invoice of the address, which is of the show of the address, and whom it bills."""
    show = the_show(tx, workspace_id, names)
    invoice = _get(invoices.get, tx, workspace_id, names["invoice_id"])
    if invoice is None or invoice.show_id != show.id:
        raise Problem(
            404, "NOT_FOUND", "There is no such invoice in this show. Its invoices are listed, each with its id."
        )
    buyer = buyers.get(tx, workspace_id, invoice.buyer_id)
    assert buyer is not None, "invoices refer to their buyer"
    return invoice, buyer


def the_run(tx: sa.Connection, workspace_id: int, names: Names) -> runs.Run:
    """The run of the address."""
    run = _get(runs.get, tx, workspace_id, names["run_id"])
    if run is None:
        raise Problem(404, "NOT_FOUND", "There is no such run.")
    return run


def the_subscription(tx: sa.Connection, workspace_id: int, names: Names) -> Subscription:
    """The subscription of the address."""
    found = _get(subscriptions.get, tx, workspace_id, names["subscription_id"])
    if found is None:
        raise Problem(404, "NOT_FOUND", "There is no such subscription. GET /api/subscriptions lists those there are.")
    return found


def the_buyer(tx: sa.Connection, workspace_id: int, names: Names) -> Buyer:
    """The buyer of the address."""
    found = _get(buyers.get, tx, workspace_id, names["buyer_id"])
    if found is None:
        raise Problem(404, "NOT_FOUND", "There is no such buyer.")
    return found


def buyer_called(tx: sa.Connection, workspace_id: int, who: int | str) -> Buyer:
    """The buyer with this id or this handle."""
    if isinstance(who, int):
        one = buyers.get(tx, workspace_id, who)
        found = [one] if one else []
    else:
        found = buyers.by_handle(tx, workspace_id, who)
    if not found:
        raise Problem(404, "BUYER_NOT_FOUND", f"There is no buyer {who}.")
    if len(found) > 1:
        ids = ", ".join(str(buyer.id) for buyer in found)
        raise Problem(409, "BUYER_UNCLEAR", f"Several are called {who}. Send one of their ids: {ids}.")
    return found[0]


def _get(
    get: Callable[[sa.Connection, int, int], T | None], tx: sa.Connection, workspace_id: int, given: str
) -> T | None:
    """What an address means by this id; nothing is asked for what is no id."""
    return get(tx, workspace_id, int(given)) if re.fullmatch(r"[0-9]{1,18}", given) else None
