"""Square as the demo uses it."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from sandbox.square import DEFAULT_MERCHANT, DEFAULT_TOKEN, SquareStandIn
from sandbox.tills.base import Bill, Till

NOT_WELCOME = "The customer profile cannot be created: the name is on your block list"
PER_SECOND = 20


class SquareTill(Till):
    """Invoices at Square, connected by the settings."""

    title: ClassVar = "Square"

    def __init__(self) -> None:
        self._square = SquareStandIn()
        self._square.limits(PER_SECOND)
        self._books = self._square.merchants[DEFAULT_MERCHANT]

    @property
    def stand_in(self) -> SquareStandIn:
        """Square itself."""
        return self._square

    def settings(self) -> dict[str, str]:
        """Where it is, and a token for it."""
        return {
            "SQUARE_API_BASE": self._square.url,
            "SQUARE_ENVIRONMENT": "sandbox",
            "SQUARE_ACCESS_TOKEN": DEFAULT_TOKEN,
        }

    def bills(self) -> list[Bill]:
        """Every invoice that is not a draft."""
        return [self._bill(one) for one in self._books.all("invoice") if one["status"] != "DRAFT"]

    def refuse(self, name: str) -> str:
        """No customer of this name."""
        error = {"category": "INVALID_REQUEST_ERROR", "code": "BAD_REQUEST", "detail": NOT_WELCOME}
        first_name = name.split()[0]
        self._square.fail(
            "status", path="/v2/customers", contains=first_name, times=1000, status=400, body={"errors": [error]}
        )
        return NOT_WELCOME

    def refused(self) -> set[str]:
        """Whom Square did not take as a customer."""
        return {
            json.loads(call.body)["given_name"]
            for call in self._square.calls
            if call.path == "/v2/customers" and 400 <= call.status < 500 and call.status != 429
        }

    def failed(self) -> int:
        """Payments that failed."""
        return sum(one["status"] == "FAILED" for one in self._books.all("payment"))

    def events(self) -> list[str]:
        """Everything Square has reported."""
        return [str(event["event_id"]) for event in self._books.all("event")]

    def paid_event(self, bill: Bill) -> str:
        """`invoice.payment_made`."""
        return next(
            str(event["event_id"])
            for event in self._books.all("event")
            if event["type"] == "invoice.payment_made" and event["data"]["id"] == bill.id
        )

    def _bill(self, invoice: dict[str, Any]) -> Bill:
        order = self._books.at("order", invoice["order_id"])
        request = invoice["payment_requests"][0]
        return Bill(
            id=invoice["id"],
            name=invoice["primary_recipient"]["given_name"],
            total=request["computed_amount_money"]["amount"],
            paid=request["total_completed_amount_money"]["amount"],
            is_open=invoice["status"] in ("UNPAID", "PARTIALLY_PAID"),
            pieces=sum(int(line["quantity"]) for line in order["line_items"]),
            url=invoice["public_url"],
        )
