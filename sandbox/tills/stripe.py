"""Stripe as the demo uses it."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import parse_qs

from sandbox.stripe import DEFAULT_ACCOUNT, DEFAULT_KEY, StripeStandIn
from sandbox.tills.base import Bill, Till

NOT_WELCOME = "This customer cannot be created: the name is on your block list."


class StripeTill(Till):
    """Invoices at Stripe, under Stripe's own rate limits."""

    title: ClassVar = "Stripe"
    connect: ClassVar = f"/stripe connect {DEFAULT_KEY}"

    def __init__(self) -> None:
        self._stripe = StripeStandIn()
        self._stripe.limits()
        self._books = self._stripe.accounts[DEFAULT_ACCOUNT]

    @property
    def stand_in(self) -> StripeStandIn:
        """Stripe itself."""
        return self._stripe

    def settings(self) -> dict[str, str]:
        """Where it is; its key is for the chat."""
        return {"STRIPE_API_BASE": self._stripe.url}

    def bills(self) -> list[Bill]:
        """Every invoice that is not a draft."""
        return [
            Bill(
                id=one["id"],
                name=one["customer_name"],
                total=one["total"],
                paid=one["amount_paid"],
                is_open=one["status"] == "open",
                pieces=sum(line["quantity"] for line in one["lines"]["data"]),
                url=one["hosted_invoice_url"],
            )
            for one in self._books.all("invoice")
            if one["status"] != "draft"
        ]

    def refuse(self, name: str) -> str:
        """No customer of this name."""
        error = {"type": "invalid_request_error", "message": NOT_WELCOME}
        first_name = name.split()[0]
        self._stripe.fail(
            "status", path="/v1/customers", contains=first_name, times=1000, status=400, body={"error": error}
        )
        return NOT_WELCOME

    def refused(self) -> set[str]:
        """Whom Stripe did not take as a customer."""
        return {
            name
            for call in self._stripe.calls
            if call.path == "/v1/customers" and 400 <= call.status < 500
            for name in parse_qs(call.body).get("name", [])
        }

    def failed(self) -> int:
        """Charges that failed."""
        return sum(charge["status"] == "failed" for charge in self._books.all("charge"))

    def events(self) -> list[str]:
        """Everything on Stripe's list of events."""
        return [str(event["id"]) for event in self._books.all("event")]

    def paid_event(self, bill: Bill) -> str:
        """`invoice.paid`."""
        return next(
            str(event["id"])
            for event in self._books.all("event")
            if event["type"] == "invoice.paid" and event["data"]["object"]["id"] == bill.id
        )
