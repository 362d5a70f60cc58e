"""A Stripe on loopback: a test reads its books, plays its buyers and upsets its webhooks."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.postman import Delivery, Order, Postman
from sandbox.standin import Fault, StandIn
from sandbox.stripe import accounts, checkout, links, methods, payments, settling, subscriptions
from sandbox.stripe import events as endpoints
from sandbox.stripe.api import Api, ApiCall
from sandbox.stripe.books import Books
from sandbox.stripe.connect import Connect, Platform, registered
from sandbox.stripe.delivery import parcels
from sandbox.stripe.errors import Refused
from sandbox.stripe.page import Pages
from sandbox.stripe.payments import DECLINED_CARD, GOOD_CARD
from sandbox.stripe.resources import Resource

DEFAULT_KEY = "sk_test_sandbox"
DEFAULT_ACCOUNT = "acct_sandbox"
DEFAULT_CLIENT = "ca_sandbox"
"""Under which accounts connect to the first account as their platform."""


class StripeStandIn(StandIn):
    """API, hosted pages and webhooks of API version 2026-10-28.endive. https://docs.stripe.com/api"""

    name = "stripe"

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__()
        self.accounts: dict[str, Books] = {}
        self._now = lambda: int(now())
        self._api = Api(self.accounts, now)
        self._postman = Postman(sleep)
        self.add_account(DEFAULT_KEY, DEFAULT_ACCOUNT)
        self._connect = Connect(accounts=self.accounts, caller=self._api.caller, clock=now)
        self.add_platform(DEFAULT_CLIENT, DEFAULT_ACCOUNT)

    # Accounts and their keys

    def add_account(
        self,
        key: str,
        account_id: str,
        *,
        name: str = "Sandbox Shop",
        country: str = "US",
        currency: str = "usd",
    ) -> Books:
        """Give `key` access to an account, opening its books when it is new."""
        self._api.keys[key] = account_id
        if account_id not in self.accounts:
            self.accounts[account_id] = Books(
                account_id,
                name=name,
                country=country,
                currency=currency,
                now=self._now,
                announce=self._announce,
            )
            self.accounts[account_id].site = self.url
            self.accounts[account_id].open_account = lambda id_, country, currency: self._open_under(
                account_id, id_, country, currency
            )
        return self.accounts[account_id]

    def revoke(self, key: str) -> None:
        """Make a key worthless, as when its owner rolls it."""
        self._api.revoked.add(key)

    def add_platform(self, client_id: str, account_id: str, *redirect_uris: str) -> None:
        """Let accounts connect to this one, from pages that lead back to these addresses."""
        uris = {registered(uri) for uri in redirect_uris}
        self._connect.platforms[client_id] = Platform(books=self.accounts[account_id], redirect_uris=uris)

    def agree(self, account_id: str, client_id: str = DEFAULT_CLIENT) -> str:
        """What the page's Connect button does: the code that the seller's browser brings back."""
        return self._connect.code(client_id, account_id)

    def disconnect(self, account_id: str, client_id: str = DEFAULT_CLIENT) -> None:
        """What a seller does in their dashboard who takes a platform's access back."""
        self._connect.disconnect(client_id, account_id)

    def connect(self, platform_id: str, account_id: str) -> None:
        """Let a platform act for an account with the Stripe-Account header, and hear its events."""
        platform, account = self.accounts[platform_id], self.accounts[account_id]
        platform.connected[account_id] = account
        account.platforms.append(platform)

    def _open_under(self, platform_id: str, account_id: str, country: str, currency: str) -> Books:
        """Open an account that only its platform has a key to."""
        opened = self.add_account(f"sk_test_of_{account_id}", account_id, name="", country=country, currency=currency)
        self.connect(platform_id, account_id)
        return opened

    def onboard(self, account_id: str, *, complete: bool = True) -> Resource:
        """Have an account's owner fill the form in, or only a part of it."""
        accounts.fill_in(self.accounts[account_id], complete=complete)
        return self.accounts[account_id].account

    def reject(self, account_id: str, reason: str = "fraud") -> None:
        """Have Stripe close an account for good."""
        accounts.reject(self.accounts[account_id], reason)

    # What was asked

    @property
    def requests(self) -> deque[ApiCall]:
        """The requests that reached an endpoint, with their idempotency keys."""
        return self._api.requests

    @property
    def versions(self) -> Counter[str]:
        """How often each Stripe-Version was asked for."""
        return self._api.versions

    def books(self) -> dict[str, Any]:
        """Counts per account: customers, invoices by status, paid total, events, webhooks delivered."""
        return {id_: books.summary() for id_, books in self.accounts.items()}

    # Trouble with requests, beside `fail`

    def limits(self, per_endpoint: int | None = 25, overall: int | None = 100) -> None:
        """Switch rate limits on, in requests per second; None switches one off."""
        self._api.limits.per_endpoint, self._api.limits.overall = per_endpoint, overall

    def crash(self, path: str = "", times: int = 1) -> None:
        """Fail inside the endpoint: a 500 that is saved under its idempotency key and does nothing else."""
        self._api.crashes.append(Fault(do="status", path=path, times=times))

    def hold_requests(self) -> None:
        """Keep requests in flight: accepted, their idempotency keys taken, nothing done yet."""
        self._api.going.clear()

    def release_requests(self) -> None:
        """Carry out what is in flight."""
        self._api.going.set()

    # Playing the buyer

    def pay(self, invoice_id: str) -> Resource:
        """What the page's Pay button does."""
        books, invoice = self._owed(invoice_id)
        settling.pay_by_card(books, invoice, GOOD_CARD)
        return books.present(invoice)

    def decline(self, invoice_id: str) -> Resource:
        """What the page does with a card that is declined."""
        books, invoice = self._owed(invoice_id)
        try:
            settling.pay_by_card(books, invoice, DECLINED_CARD)
        except Refused as declined:
            if declined.status != 402:
                raise
        return books.present(invoice)

    def pay_session(self, session_id: str, card: str = GOOD_CARD) -> Resource:
        """Complete a checkout session as its page would."""
        books, session = self._find("checkout.session", session_id)
        checkout.pay(books, session, card)
        return books.present(session)

    def settle_session(self, session_id: str, *, comes: bool = True) -> Resource:
        """Have the money of a session that was paid by bank come, or not."""
        books, session = self._find("checkout.session", session_id)
        checkout.settle_bank(books, session, comes=comes)
        return books.present(session)

    def visit_link(self, link_id: str) -> Resource:
        """Open a payment link: a checkout session of one's own."""
        books, link = self._find("payment_link", link_id)
        return books.present(links.visit(books, link))

    def keep_card(self, customer_id: str, card: str = GOOD_CARD) -> None:
        """Leave a card for what is owed later."""
        books, customer = self._find("customer", customer_id)
        methods.keep(books, customer, card)

    def renew(self, subscription_id: str) -> Resource:
        """Let a subscription's period be over: its next invoice, charged to the card the first was paid with."""
        books, subscription = self._find("subscription", subscription_id)
        return books.present(subscriptions.renew(books, subscription))

    # Playing the seller in the dashboard, and the buyer's bank

    def refund(self, invoice_id: str, amount: int | None = None) -> Resource:
        """Give money back for a paid invoice: all that is left, or so much."""
        books, intent = self._paid(invoice_id)
        asked = {"payment_intent": intent} | ({} if amount is None else {"amount": amount})
        return books.present(payments.refund(books, asked, ""))

    def dispute(self, invoice_id: str, reason: str = "product_not_received") -> Resource:
        """Have the buyer's bank question what was paid for an invoice."""
        books, intent = self._paid(invoice_id)
        return books.present(payments.dispute(books, payments.charge_of(books, {"payment_intent": intent}), reason))

    def close_dispute(self, dispute_id: str, status: str = "lost") -> Resource:
        """Have the buyer's bank decide: won, lost or warning_closed, as the seller sees it."""
        books, dispute = self._find("dispute", dispute_id)
        payments.close_dispute(books, dispute, status)
        return books.present(dispute)

    def settle_refund(self, refund_id: str) -> Resource:
        """Have a refund arrive that was under way."""
        books, refund = self._find("refund", refund_id)
        payments.settle_refund(books, refund)
        return books.present(refund)

    def fail_refund(self, refund_id: str, reason: str = "expired_or_canceled_card") -> Resource:
        """Have a refund come back, days later."""
        books, refund = self._find("refund", refund_id)
        payments.fail_refund(books, refund, reason)
        return books.present(refund)

    def void(self, invoice_id: str) -> Resource:
        """Void an open invoice."""
        books, _ = self._find("invoice", invoice_id)
        return books.present(settling.void(books, {}, invoice_id))

    # Webhooks

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver a webhook, in order."""
        return self._postman.deliveries

    def add_endpoint(
        self,
        url: str,
        secret: str,
        events: list[str] | None = None,
        *,
        account_id: str = DEFAULT_ACCOUNT,
        connect: bool = False,
    ) -> Resource:
        """Register an endpoint with a secret of your choice; with `connect` it hears of connected accounts."""
        books = self.accounts[account_id]
        return books.present(endpoints.add_endpoint(books, url, secret, events or ["*"], connect=connect))

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
        """Deliver this type of event (`invoice.paid`, `invoice.*`) so much later; 0 ends it."""
        self._postman.late[type_] = seconds

    def redeliver(self, event_id: str) -> int:
        """Send an event once more, freshly signed; to how many endpoints."""
        return self._send_again(event_id)

    def deliver_forged(self, event_id: str) -> int:
        """Send an event signed with a secret that is not the endpoint's; to how many endpoints."""
        return self._send_again(event_id, forged=True)

    async def drain(self) -> None:
        """Wait until no delivery is pending."""
        await self._postman.drain()

    # On the wire

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, and let the hosted pages know where they are."""
        url = await super().start(host, port)
        for books in self.accounts.values():
            books.site = url
        return url

    async def stop(self) -> None:
        """Stop listening and drop the webhooks under way."""
        await self._postman.close()
        await super().stop()

    def routes(self, app: web.Application) -> None:
        """The API, the buyers' pages and the controls."""
        self._api.routes(app)
        Pages(self.accounts).routes(app)
        self._connect.routes(app)
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

    def _announce(self, books: Books, event: Resource) -> None:
        """Send a new event to every endpoint that asked for it."""
        sent = parcels(books, event, self._now)
        event["pending_webhooks"] = len(sent)
        self._postman.post(sent)

    def _send_again(self, event_id: str, *, forged: bool = False) -> int:
        sent = parcels(*self._find("event", event_id), self._now, forged=forged)
        self._postman.send(sent)
        return len(sent)

    def _find(self, kind: str, id_: str) -> tuple[Books, Resource]:
        for books in self.accounts.values():
            if (found := books.get(kind, id_)) is not None:
                return books, found
        raise KeyError(f"{kind} {id_}")

    def _paid(self, invoice_id: str) -> tuple[Books, str]:
        books, invoice = self._find("invoice", invoice_id)
        if invoice["status"] != "paid":
            raise ValueError(f"invoice {invoice_id} is {invoice['status']}: there is no money in it")
        payment = books.at("invoice_payment", invoice["_payment"])
        return books, str(payment["payment"]["payment_intent"])

    def _owed(self, invoice_id: str) -> tuple[Books, Resource]:
        books, invoice = self._find("invoice", invoice_id)
        if invoice["status"] not in ("open", "uncollectible"):
            raise ValueError(f"invoice {invoice_id} is {invoice['status']}: nobody can pay it")
        return books, invoice
