"""The pages a buyer sees, for an invoice or a payment link: a card that works, and one that does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web
from jinja2 import Environment, PackageLoader

from sandbox.square import orders, payments
from sandbox.square.books import Books, Json

_OWED = ("UNPAID", "PARTIALLY_PAID", "OPEN")
_SAID = {
    "PAID": "This invoice is paid. Thank you.",
    "REFUNDED": "This invoice is refunded.",
    "PARTIALLY_REFUNDED": "This invoice is paid, and partly refunded.",
    "CANCELED": "This invoice has been canceled. Nothing is owed.",
    "DONE": "This order is paid. Thank you.",
}


def written(money: Json) -> str:
    """An amount as people read it."""
    digits = 0 if money["currency"] == "JPY" else 2
    return f"{money['amount'] / 10**digits:,.{digits}f} {money['currency']}"


_templates = Environment(loader=PackageLoader("sandbox.square"), autoescape=True)
_templates.filters["money"] = written


class Pages:
    """Serves the pages of every merchant."""

    def __init__(self, merchants: Mapping[str, Books]) -> None:
        self._merchants = merchants

    def routes(self, app: web.Application) -> None:
        """Add the pages' routes."""
        app.router.add_get("/pay-invoice/{invoice_id}", self._show_invoice)
        app.router.add_post("/pay-invoice/{invoice_id}", self._answer_invoice)
        app.router.add_get("/u/{token}", self._show_link)
        app.router.add_post("/u/{token}", self._answer_link)

    async def _show_invoice(self, request: web.Request) -> web.Response:
        return self._invoice_page(*self._invoice(request))

    async def _answer_invoice(self, request: web.Request) -> web.Response:
        books, invoice = self._invoice(request)
        choice = (await request.post()).get("choice")
        if invoice["status"] in _OWED and choice == "decline":
            payments.decline(books, invoice["order_id"], "INVOICES")
            return self._invoice_page(books, invoice, declined=payments.DECLINED)
        if invoice["status"] in _OWED and choice == "pay":
            payments.pay_invoice(books, invoice)
            raise web.HTTPSeeOther(request.path)
        return self._invoice_page(books, invoice)

    async def _show_link(self, request: web.Request) -> web.Response:
        return self._link_page(*self._link(request))

    async def _answer_link(self, request: web.Request) -> web.Response:
        books, link = self._link(request)
        choice = (await request.post()).get("choice")
        owed = orders.due(books.at("order", link["order_id"])) > 0
        if owed and choice == "decline":
            payments.decline(books, link["order_id"], "ECOMMERCE_API")
            return self._link_page(books, link, declined=payments.DECLINED)
        if owed and choice == "pay":
            payments.pay_link(books, link)
            raise web.HTTPSeeOther(link.get("checkout_options", {}).get("redirect_url") or request.path)
        return self._link_page(books, link)

    def _invoice(self, request: web.Request) -> tuple[Books, Json]:
        id_ = request.match_info["invoice_id"]
        return self._find(
            lambda books: found if (found := books.get("invoice", id_)) and "public_url" in found else None
        )

    def _link(self, request: web.Request) -> tuple[Books, Json]:
        token = f"/u/{request.match_info['token']}"
        return self._find(
            lambda books: next((one for one in books.all("payment_link") if one["url"].endswith(token)), None)
        )

    def _find(self, look: Callable[[Books], Json | None]) -> tuple[Books, Json]:
        for books in self._merchants.values():
            if (found := look(books)) is not None:
                return books, found
        raise web.HTTPNotFound(text="There is nothing to pay here.")

    def _invoice_page(self, books: Books, invoice: Json, *, declined: str = "") -> web.Response:
        order = books.at("order", invoice["order_id"])
        title = f"Invoice {invoice['invoice_number']}"
        return _render(books, order, title, invoice["status"], memo=invoice.get("description", ""), declined=declined)

    def _link_page(self, books: Books, link: Json, *, declined: str = "") -> web.Response:
        order = books.at("order", link["order_id"])
        status = "OPEN" if orders.due(order) > 0 else "DONE"
        return _render(books, order, "Checkout", status, memo=link.get("description", ""), declined=declined)


def _render(books: Books, order: Json, title: str, status: str, *, memo: str, declined: str) -> web.Response:
    currency = order["total_money"]["currency"]
    lines = [(line["name"], line["quantity"], line["gross_sales_money"]) for line in order["line_items"]]
    off = [
        (one.get("name", "Discount"), "1", {"amount": -one["applied_money"]["amount"], "currency": currency})
        for one in order.get("discounts", [])
    ]
    html = _templates.get_template("pay.html").render(
        merchant=books.merchant["business_name"],
        title=title,
        lines=lines + off,
        total=order["total_money"],
        due={"amount": orders.due(order) if status in _OWED else 0, "currency": currency},
        owed=status in _OWED,
        said=_SAID.get(status, ""),
        status=status,
        memo=memo,
        declined=declined,
    )
    return web.Response(
        text=html,
        content_type="text/html",
        status=402 if declined else 200,
        headers={
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        },
    )
