"""Clover as the demo uses it."""

from __future__ import annotations

import json
from typing import ClassVar

from sandbox.clover import MERCHANT_ID, PRIVATE_KEY, SIGNING_SECRET, CloverStandIn
from sandbox.clover.books import Session
from sandbox.tills.base import Bill, Till

NOT_WELCOME = "This checkout cannot be created: the name is on your block list"
PER_SECOND, AT_ONCE = 16, 5


class CloverTill(Till):
    """Pages at Clover, connected by the settings, and opened when somebody comes to pay."""

    title: ClassVar = "Clover"
    bills_at_once: ClassVar = False

    def __init__(self) -> None:
        self._clover = CloverStandIn()
        self._clover.limits.token_rate, self._clover.limits.token_at_once = PER_SECOND, AT_ONCE
        self._books = self._clover.merchant

    @property
    def stand_in(self) -> CloverStandIn:
        """Clover itself."""
        return self._clover

    def settings(self) -> dict[str, str]:
        """Where it is, and a key for it."""
        return {
            "CLOVER_API_BASE": self._clover.url,
            "CLOVER_ENVIRONMENT": "sandbox",
            "CLOVER_MERCHANT_ID": MERCHANT_ID,
            "CLOVER_PRIVATE_KEY": PRIVATE_KEY,
            "CLOVER_WEBHOOK_SECRET": SIGNING_SECRET,
        }

    def is_served_by(self, url: str) -> None:
        """Enter the service's address in the dashboard, as merchants do."""
        self._clover.report_to(f"{url}/api/webhooks/clover")

    def bills(self) -> list[Bill]:
        """Every page that was opened."""
        return [self._bill(one) for one in self._books.sessions.values()]

    def refuse(self, name: str) -> str:
        """No page for this name."""
        self._clover.fail(
            "status",
            path="/v1/checkouts",
            contains=name.split()[0],
            times=1000,
            status=400,
            body={"message": NOT_WELCOME},
        )
        return NOT_WELCOME

    def refused(self) -> set[str]:
        """Whom Clover opened no page for."""
        return {
            _name(json.loads(call.body)["shoppingCart"]["lineItems"][0])
            for call in self._clover.calls
            if call.path.endswith("/v1/checkouts") and call.status == 400
        }

    def failed(self) -> int:
        """Cards that were declined."""
        return sum(one.type.endswith("DECLINED") for one in self._clover.reports.values())

    def events(self) -> list[str]:
        """Everything Clover has reported."""
        return list(self._clover.reports)

    def paid_event(self, bill: Bill) -> str:
        """The report of the payment that was made on a page."""
        order_id = self._books.sessions[bill.id].order_id
        return next(one.id for one in self._books.payments.values() if one.order_id == order_id)

    def _bill(self, session: Session) -> Bill:
        state = self._books.state_of(session)
        return Bill(
            id=session.id,
            name=_name(session.lines[0]),
            total=session.total,
            paid=session.total if state == "PAID" else 0,
            is_open=state == "OPEN",
            pieces=sum(line["unitQty"] for line in session.lines),
            url=f"{self._clover.url}/checkout/{session.id}",
        )


def _name(line: dict[str, str]) -> str:
    """Whose it is: the note of the first line says so between what for and which order."""
    return line["note"].split(" · ")[1]
