"""A lean Stripe on loopback: what an invoice takes, at the real limits, with answers as large as the real ones."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count, takewhile
from time import perf_counter
from urllib.parse import parse_qsl

from aiohttp import web

from benchmarks.outbound_calls import Call, Calls, Ceiling, Windows
from sandbox.stripe.resources import Resource, listing, new

CALLS_PER_INVOICE = 4
"""Customer, draft, lines, finalise."""
FINALIZE = "POST /v1/invoices/…/finalize"
"""The last of them: when it was let in, there is an invoice."""

LIVE_KEY = "sk_live_benchmark000000000000"
TEST_KEY = "sk_test_benchmark000000000000"

Deed = Callable[[str, dict[str, str]], Resource]


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests a second. https://docs.stripe.com/rate-limits"""

    overall: int
    per_endpoint: int

    @property
    def invoices(self) -> float:
        """How many invoices for new customers they allow a second."""
        return min(self.per_endpoint, self.overall / CALLS_PER_INVOICE)


LIVE = Limits(overall=100, per_endpoint=25)
SANDBOX = Limits(overall=25, per_endpoint=25)


class Stripe:
    """One account, whatever the key. It answers after `takes` seconds, and refuses what is above its `limits`."""

    def __init__(self) -> None:
        self.limits: Limits | None = None
        self.takes = 0.0
        self.calls = Calls()
        self._windows = Windows()
        self._invoices: dict[str, Resource] = {}
        self._answers: dict[str, bytes] = {}
        """By idempotency key."""
        self._number = count(1)

    def app(self) -> web.Application:
        """What the adapter asks; anything else is not found."""
        app = web.Application()
        deeds: tuple[tuple[str, str, Deed], ...] = (
            ("GET", "/v1/account", lambda _id, _form: new("account", id="acct_benchmark")),
            ("POST", "/v1/webhook_endpoints", lambda _id, form: _webhook(form)),
            ("GET", "/v1/events", lambda _id, _form: listing("/v1/events", [])),
            ("POST", "/v1/customers", lambda _id, form: new("customer", name=form["name"])),
            ("POST", "/v1/invoices", self._draft),
            ("GET", "/v1/invoices/{id}", lambda id, _form: self._invoices[id]),
            ("POST", "/v1/invoices/{id}/add_lines", self._add_lines),
            ("POST", "/v1/invoices/{id}/finalize", self._finalize),
        )
        for method, path, deed in deeds:
            app.router.add_route(method, path, self._endpoint(f"{method} {path}".replace("{id}", "…"), deed))
        return app

    def _endpoint(self, name: str, deed: Deed) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            reached = self._reached(name)
            with self.calls.answering(Call(perf_counter(), name, refused=bool(reached))):
                if reached:
                    return _busy(reached)
                form = dict(parse_qsl(await request.text()))
                if self.takes:
                    await asyncio.sleep(self.takes)
                key = request.headers.get("Idempotency-Key") or f"none-{next(self._number)}"
                if key not in self._answers:
                    self._answers[key] = json.dumps(deed(request.match_info.get("id", ""), form)).encode()
                return web.Response(body=self._answers[key], content_type="application/json")

        return answer

    def _reached(self, name: str) -> str:
        """Which limit this call is above; empty when it is let in."""
        if self.limits is None:
            return ""
        own, everything = Ceiling(name, self.limits.per_endpoint), Ceiling("everything", self.limits.overall)
        refused = self._windows.admit((own, everything), perf_counter())
        if refused is None:
            return ""
        return "endpoint-rate" if refused[0] == own else "global-rate"

    def _draft(self, _id: str, form: dict[str, str]) -> Resource:
        invoice = new(
            "invoice",
            customer=form["customer"],
            currency=form["currency"],
            description=form["description"],
            metadata={name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")},
        )
        self._invoices[invoice["id"]] = invoice
        return invoice

    def _add_lines(self, id: str, form: dict[str, str]) -> Resource:
        invoice = self._invoices[id]
        for number in takewhile(lambda number: f"lines[{number}][quantity]" in form, count()):
            line = f"lines[{number}]"
            quantity = int(form[f"{line}[quantity]"])
            amount = quantity * int(form[f"{line}[price_data][unit_amount]"])
            invoice["lines"]["data"].append(
                new(
                    "line_item",
                    amount=amount,
                    currency=invoice["currency"],
                    description=form[f"{line}[price_data][product_data][name]"],
                    invoice=id,
                    quantity=quantity,
                )
            )
            for total in ("amount_due", "amount_remaining", "subtotal", "total"):
                invoice[total] += amount
        return invoice

    def _finalize(self, id: str, _form: dict[str, str]) -> Resource:
        invoice = self._invoices[id]
        invoice |= {"status": "open", "hosted_invoice_url": f"https://invoice.stripe.com/i/acct_benchmark/{id}"}
        return invoice


def _webhook(form: dict[str, str]) -> Resource:
    return new("webhook_endpoint", url=form["url"]) | {"secret": "whsec_benchmark"}


def _busy(reason: str) -> web.Response:
    """No word on when to come again: https://docs.stripe.com/rate-limits"""
    error = {"code": "rate_limit", "message": "Request rate limit exceeded.", "type": "invalid_request_error"}
    return web.json_response({"error": error}, status=429, headers={"Stripe-Rate-Limited-Reason": reason})
