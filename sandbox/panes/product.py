"""The product, as its live socket tells it: the show, its items, the ledger, the invoices and the runs."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import aiohttp

from sandbox.panes.board import Board

SHOWN = 100
"""How many lines of the ledger are on the page."""
TRY_AGAIN = 0.5

Json = dict[str, Any]


@dataclass(kw_only=True)
class Sale:
    """What is known of one show."""

    show: Json = field(default_factory=dict)
    claims: dict[str, Json] = field(default_factory=dict)
    """The lines of the ledger by their keys, in their order."""
    tally: Counter[str] = field(default_factory=Counter)
    """How many of them have which status."""
    invoices: dict[int, Json] = field(default_factory=dict)


class Product:
    """Follows `/api/ws` from its first message on, and keeps the show that moved last on the board."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._place = "0"
        self._sales: dict[int, Sale] = {}
        self.sale = Sale()

    async def follow(self, url: str, token: str) -> None:
        """Follow for ever; after a cut, from where it stopped."""
        async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as session:
            while True:
                try:
                    async with session.ws_connect("/api/ws", params={"after": self._place}) as socket:
                        async for message in socket:
                            self.take(message.json())
                except aiohttp.ClientError:
                    pass  # it is gone for a moment, or for good, which is noticed by whoever started it
                await asyncio.sleep(TRY_AGAIN)

    def take(self, message: Json) -> None:
        """Book one message; what is unknown, or of something that is gone meanwhile, changes nothing."""
        self._place = message["id"]
        data = message.get("data")
        match message["type"]:
            case "show.updated" if data:
                self._take_show(data)
            case "claim.created" | "claim.updated" if data:
                self._take_claim(data)
            case "invoice.updated" if data:
                self._take_invoice(data)
            case "delivery.updated" if data and data["invoice_id"] is not None:
                self._take_delivery(data)
            case "run.progress" if data:
                self._board.put("run", data)

    def _take_show(self, show: Json) -> None:
        sale = self._sales.setdefault(show["id"], Sale())
        sale.show = show
        if sale is not self.sale:
            self.sale = sale
            for prefix in ("item/", "claim/", "invoice/", "run"):
                self._board.drop_all(prefix)
            for key in list(sale.claims)[-SHOWN:]:
                self._board.put(f"claim/{key}", sale.claims[key])
            for invoice in sale.invoices.values():
                self._board.put(f"invoice/{invoice['id']}", invoice)
        self._board.put("show", show)
        self._board.put("tally", dict(sale.tally))

    def _take_claim(self, claim: Json) -> None:
        sale = self._sales.setdefault(claim["show_id"], Sale())
        key = _key(claim["seq"], claim["id"])
        if claim["id"] is not None:
            self._forget(sale, _key(claim["seq"], None))  # a comment that was for the operator to decide
        before = sale.claims.get(key)
        sale.claims[key] = claim
        sale.tally[claim["status"]] += 1
        if before is not None:
            sale.tally[before["status"]] -= 1
        if sale is self.sale:
            self._board.put(f"claim/{key}", claim)
            self._board.put("tally", dict(sale.tally))
            if (oldest := next(islice(reversed(sale.claims), SHOWN, None), None)) is not None:
                self._board.drop(f"claim/{oldest}")

    def _forget(self, sale: Sale, key: str) -> None:
        known = sale.claims.pop(key, None)
        if known is not None:
            sale.tally[known["status"]] -= 1
            self._board.drop(f"claim/{key}")

    def _take_invoice(self, invoice: Json) -> None:
        sale = self._sales.setdefault(invoice["show_id"], Sale())
        sale.invoices[invoice["id"]] = invoice
        if sale is self.sale:
            self._board.put(f"invoice/{invoice['id']}", invoice)

    def _take_delivery(self, delivery: Json) -> None:
        """How a link fares is told before the invoice's own news of it."""
        for sale in self._sales.values():
            invoice = sale.invoices.get(delivery["invoice_id"])
            if invoice is not None and delivery["purpose"] == "link":
                self._take_invoice(invoice | {"delivery": {k: delivery[k] for k in ("status", "rung", "error")}})


def _key(seq: int, claim_id: int | None) -> str:
    return f"{seq}-{claim_id or 0}"
