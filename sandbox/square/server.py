"""A Square on loopback: a test reads its books, plays its buyers and sellers, and upsets its webhooks."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from aiohttp import web

from sandbox.postman import Delivery, Order, Parcel, Postman
from sandbox.square import invoices, orders, payments
from sandbox.square.api import Access, Api, Tokens
from sandbox.square.books import Books, Json, shown
from sandbox.square.oauth import Application, OAuth
from sandbox.square.page import Pages
from sandbox.standin import StandIn

DEFAULT_TOKEN = "EAAAsandbox_token_of_the_default_shop"
DEFAULT_MERCHANT = "MLSANDBOX0SHOP"
DEFAULT_LOCATION = "LSANDBOXMAIN"

FORGED = "not-the-signature-key"


def sign(body: bytes, url: str, key: str) -> str:
    """The signature header. https://developer.squareup.com/docs/webhooks/step3validate"""
    return b64encode(hmac.new(key.encode(), url.encode() + body, hashlib.sha256).digest()).decode()


class SquareStandIn(StandIn):
    """API, OAuth, buyers' pages and webhooks of Square-Version 2026-09-16. https://developer.squareup.com/reference/square"""

    name = "square"

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__()
        self.merchants: dict[str, Books] = {}
        self._now = now
        self._tokens = Tokens()
        self._api = Api(self._tokens, now)
        self._oauth = OAuth(merchants=self.merchants, tokens=self._tokens, now=now)
        self._postman = Postman(sleep)
        self._shared: list[tuple[str, str, str]] = []
        """(application, url, signature key) of subscriptions to everybody who has agreed to an application."""
        self.add_merchant(DEFAULT_TOKEN, DEFAULT_MERCHANT)

    # Merchants, their tokens, and the applications they may agree to

    def add_merchant(
        self,
        token: str,
        merchant_id: str,
        *,
        name: str = "Sandbox Shop",
        country: str = "US",
        currency: str = "USD",
        location: str = DEFAULT_LOCATION,
    ) -> Books:
        """A merchant with one location, and a token of their own application for it."""
        books = Books(
            merchant_id, name=name, country=country, currency=currency, now=self._now, announce=self._announce
        )
        books.add_location(location, "Main street")
        books.site = self.url
        self.merchants[merchant_id] = books
        self._tokens.valid[token] = Access(books=books)
        return books

    def add_application(self, id_: str, secret: str, redirect_uri: str, *, name: str = "Live Assist") -> Application:
        """One that sellers may agree to."""
        application = Application(id=id_, secret=secret, name=name, redirect_uri=redirect_uri)
        self._oauth.applications[id_] = application
        return application

    def revoke_token(self, token: str) -> None:
        """Make a token worthless, as when its owner replaces it."""
        self._tokens.valid.pop(token, None)
        self._tokens.revoked.add(token)

    def expire(self, token: str) -> None:
        """Make a token end now."""
        access = self._tokens.valid[token]
        self._tokens.valid[token] = Access(books=access.books, scopes=access.scopes, ends_at=self._now())

    def disconnect(self, merchant_id: str, application_id: str) -> None:
        """The seller takes an application's access away in their dashboard."""
        self._oauth.revoke(self.merchants[merchant_id], application_id, by="MERCHANT")

    # What was asked

    def books(self) -> Json:
        """Counts per merchant: customers, invoices by status, orders by state, links, money, events."""
        return {id_: books.summary() for id_, books in self.merchants.items()}

    def limits(self, per_second: int | None = 10) -> None:
        """Switch the rate limit on; None switches it off."""
        self._api.per_second = per_second

    # Playing the buyer

    def pay(self, id_: str, amount: int | None = None) -> Json:
        """Pay an invoice or the link to an order, all of it or so much."""
        books, invoice = self._find("invoice", id_)
        if invoice is None:
            books, link = self._link(id_)
            return shown(payments.pay_link(books, link, amount))
        if invoice["status"] not in ("UNPAID", "PARTIALLY_PAID"):
            raise ValueError(f"invoice {id_} is {invoice['status']}: nobody can pay it")
        return shown(payments.pay_invoice(books, invoice, amount))

    def decline(self, id_: str) -> Json:
        """Try to pay with a card that is declined."""
        books, invoice = self._find("invoice", id_)
        if invoice is not None:
            return shown(payments.decline(books, invoice["order_id"], "INVOICES"))
        books, link = self._link(id_)
        return shown(payments.decline(books, link["order_id"], "ECOMMERCE_API"))

    def sell_in_person(self, amount: int, *, cash: bool = False, merchant_id: str = DEFAULT_MERCHANT) -> Json:
        """Somebody pays at the counter."""
        books = self.merchants[merchant_id]
        return shown(payments.sell_in_person(books, str(books.merchant["main_location_id"]), amount, cash=cash))

    # Playing the seller in the dashboard, and the buyer's bank

    def refund(self, payment_id: str, amount: int | None = None) -> Json:
        """Give money back: all of a payment, or so much."""
        books, payment = self._at("payment", payment_id)
        money = payment["total_money"] if amount is None else payment["total_money"] | {"amount": amount}
        asked = {"payment_id": payment_id, "amount_money": money}
        return dict(payments.refund_payment(books, asked, "")["refund"])

    def settle_refund(self, refund_id: str, status: str = "COMPLETED") -> None:
        """Have a refund that waits come through, or not (REJECTED, FAILED)."""
        payments.settle_refund(*self._at("refund", refund_id), status)

    def dispute(self, payment_id: str) -> Json:
        """Have the buyer's bank question a payment."""
        return shown(payments.dispute(*self._at("payment", payment_id)))

    def settle_dispute(self, dispute_id: str, state: str) -> None:
        """Have it decided: WON or LOST."""
        payments.settle_dispute(*self._at("dispute", dispute_id), state)

    def cancel(self, invoice_id: str) -> None:
        """Cancel an invoice in the dashboard."""
        books, _ = self._at("invoice", invoice_id)
        invoices.cancel_invoice(books, {}, invoice_id)

    def finish(self, invoice_id: str, prices: dict[str, int]) -> None:
        """Fill prices into the lines of a draft, by their names, and publish it."""
        books, invoice = self._at("invoice", invoice_id)
        order = books.at("order", invoice["order_id"])
        asked: Json = {
            "location_id": order["location_id"],
            "line_items": [
                {
                    "name": line["name"],
                    "quantity": line["quantity"],
                    "base_price_money": line["base_price_money"]
                    | ({"amount": prices[line["name"]]} if line["name"] in prices else {}),
                }
                for line in order["line_items"]
            ],
        }
        priced = orders.add_order(books, asked)
        books.drop("order", priced["id"])
        order |= {name: value for name, value in priced.items() if name not in ("id", "metadata", "reference_id")}
        invoice["payment_requests"][0]["computed_amount_money"] = dict(order["total_money"])
        invoices.publish_invoice(books, {}, invoice_id)

    # Webhooks

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver a webhook, in order."""
        return self._postman.deliveries

    def subscribe(self, application_id: str, url: str, signature_key: str) -> None:
        """An application's own subscription: to everything that happens to whoever has agreed to it."""
        self._shared.append((application_id, url, signature_key))

    def hold_webhooks(self) -> None:
        """Keep new webhooks back until they are released."""
        self._postman.holding = True

    def release_webhooks(self, order: Order = "as_is", duplicate: int = 0) -> int:
        """Deliver what was held in this order, each `duplicate` times more; how many deliveries it makes."""
        return self._postman.release(order, duplicate)

    def lose_webhooks(self, lost: bool = True) -> None:
        """Have new webhooks vanish on the way, until they no longer do."""
        self._postman.losing = lost

    def delay_webhooks(self, type_: str, seconds: float) -> None:
        """Deliver this type of event ("*" for every one) so much later; 0 ends it."""
        self._postman.late[type_] = seconds

    def redeliver(self, event_id: str) -> int:
        """Send an event once more; to how many subscribers."""
        return self._again(event_id, forged=False)

    def deliver_forged(self, event_id: str) -> int:
        """Send an event signed with a key that is not the subscription's; to how many subscribers."""
        return self._again(event_id, forged=True)

    async def drain(self) -> None:
        """Wait until no delivery is pending."""
        await self._postman.drain()

    # On the wire

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, and let the pages know where they are."""
        url = await super().start(host, port)
        for books in self.merchants.values():
            books.site = url
        return url

    async def stop(self) -> None:
        """Stop listening and drop the webhooks under way."""
        await self._postman.close()
        await super().stop()

    def routes(self, app: web.Application) -> None:
        """The API, the pages and the controls."""
        self._api.routes(app)
        self._oauth.routes(app)
        Pages(self.merchants).routes(app)
        app.router.add_get("/_sandbox/books", self._show_books)
        app.router.add_post("/_sandbox/webhooks", self._control_webhooks)

    async def _show_books(self, _request: web.Request) -> web.Response:
        return web.json_response(self.books())

    async def _control_webhooks(self, request: web.Request) -> web.Response:
        """Hold, release (order, duplicate), lose (lost), delay (type, seconds), redeliver or forge (event)."""
        asked = await request.json()
        deeds: dict[str, Callable[[], Any]] = {
            "hold": self.hold_webhooks,
            "release": lambda: self.release_webhooks(asked.get("order", "as_is"), asked.get("duplicate", 0)),
            "lose": lambda: self.lose_webhooks(asked.get("lost", True)),
            "delay": lambda: self.delay_webhooks(asked["type"], asked["seconds"]),
            "redeliver": lambda: self.redeliver(asked["event"]),
            "forge": lambda: self.deliver_forged(asked["event"]),
        }
        try:
            sending = deeds[asked["do"]]()
        except KeyError as unknown:
            raise web.HTTPBadRequest(text=f"unknown: {unknown.args[0]}") from None
        return web.json_response({"sending": sending or 0, "held": len(self._postman.held)})

    def _announce(self, books: Books, event: Json) -> None:
        self._postman.post(list(self._parcels(books, event)))

    def _again(self, event_id: str, *, forged: bool) -> int:
        books, kept = self._at("event", event_id)
        event = {name: value for name, value in kept.items() if name != "id"}
        parcels = list(self._parcels(books, event, forged=forged))
        self._postman.send(parcels)
        return len(parcels)

    def _parcels(self, books: Books, event: Json, *, forged: bool = False) -> Iterator[Parcel]:
        body = json.dumps(event, separators=(",", ":")).encode()
        targets = [
            (one["notification_url"], one["signature_key"])
            for one in books.all("subscription")
            if one["enabled"] and event["type"] in one["event_types"]
        ]
        targets += [(url, key) for application, url, key in self._shared if application in books.applications]
        for url, key in targets:
            headers = {
                "Content-Type": "application/json",
                "User-Agent": "Square Connect v2",
                "x-square-hmacsha256-signature": sign(body, url, FORGED if forged else key),
                "square-environment": "Sandbox",
            }
            yield Parcel(
                url=url,
                event_id=event["event_id"],
                type=event["type"],
                body=body,
                headers=headers,
                forged=forged,
            )

    def _find(self, kind: str, id_: str) -> tuple[Books, Json | None]:
        for books in self.merchants.values():
            if (found := books.get(kind, id_)) is not None:
                return books, found
        return next(iter(self.merchants.values())), None

    def _at(self, kind: str, id_: str) -> tuple[Books, Json]:
        books, found = self._find(kind, id_)
        if found is None:
            raise KeyError(f"{kind} {id_}")
        return books, found

    def _link(self, order_id: str) -> tuple[Books, Json]:
        for books in self.merchants.values():
            for link in books.all("payment_link"):
                if link["order_id"] == order_id:
                    return books, link
        raise KeyError(f"there is no invoice {order_id}, and no link to an order of that id")
