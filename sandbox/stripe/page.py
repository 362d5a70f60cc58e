"""The pages a buyer sees, for an invoice or a checkout session: a card that works, and one that does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader

from sandbox.stripe import accounts, checkout, links, methods, money, settling, subscriptions
from sandbox.stripe.books import Books
from sandbox.stripe.errors import Refused
from sandbox.stripe.payments import BANK, DECLINED_CARD, GOOD_CARD
from sandbox.stripe.pdf import one_page
from sandbox.stripe.resources import Resource

_CARDS = {"pay": GOOD_CARD, "decline": DECLINED_CARD, "keep": GOOD_CARD, "bank": BANK}
_MORE = {
    "invoice": {"keep": "Pay, and keep the card for next time"},
    "session": {"bank": "Pay by bank: the money comes later"},
}
"""What can be done on one kind of page and not on the other."""

_SAID = {
    "open": "",
    "paid": "This invoice is paid. Thank you.",
    "void": "This invoice has been voided. Nothing is owed.",
    "uncollectible": "",
    "complete": "This order is paid. Thank you.",
    "under_way": "Thank you. Your bank will send the money in the next days.",
    "closed": "",
    "expired": "This checkout page has expired. Ask the seller for a new link.",
}
_OWED = ("open", "uncollectible")

_templates = Environment(loader=PackageLoader("sandbox.stripe"), autoescape=True)
_templates.filters["money"] = money.written


class Pages:
    """Serves the hosted pages of every account."""

    def __init__(self, accounts: Mapping[str, Books]) -> None:
        self._accounts = accounts

    def routes(self, app: web.Application) -> None:
        """Add the pages' routes."""
        app.router.add_get("/i/{account}/{token}", self._show_invoice)
        app.router.add_post("/i/{account}/{token}", self._answer_invoice)
        app.router.add_get("/i/{account}/{token}/pdf", self._print_invoice)
        app.router.add_get("/c/{account}/{session}", self._show_session)
        app.router.add_post("/c/{account}/{session}", self._answer_session)
        app.router.add_get("/setup/s/{account}/{token}", self._show_form)
        app.router.add_post("/setup/s/{account}/{token}", self._answer_form)
        app.router.add_get("/l/{account}/thanks", self._thank)
        app.router.add_get("/l/{account}/{token}", self._follow_link)
        app.router.add_get("/p/{account}/{token}", self._show_portal)
        app.router.add_post("/p/{account}/{token}", self._answer_portal)

    async def _show_invoice(self, request: web.Request) -> web.Response:
        return _invoice_page(*self._invoice(request))

    async def _answer_invoice(self, request: web.Request) -> web.Response:
        books, invoice = self._invoice(request)
        choice = (await request.post()).get("choice")
        if choice not in _CARDS or choice in _MORE["session"]:
            notice = "You can pay later: this page stays where it is." if invoice["status"] in _OWED else ""
            return _invoice_page(books, invoice, notice=notice)
        if invoice["status"] not in _OWED:
            return _invoice_page(books, invoice)
        try:
            settling.pay_by_card(books, invoice, _CARDS[str(choice)])
        except Refused as declined:
            return _invoice_page(books, invoice, declined=declined)
        if choice == "keep":
            methods.keep(books, books.at("customer", invoice["customer"]), GOOD_CARD)
        raise web.HTTPSeeOther(request.path)

    async def _print_invoice(self, request: web.Request) -> web.Response:
        books, invoice = self._invoice(request)
        code = invoice["currency"]
        rows = [
            f"{line['quantity']} x {line['description'] or 'Item'}: {money.written(line['amount'], code)}"
            for line in invoice["lines"]["data"]
        ]
        title = f"Invoice {invoice['number']} from {books.account['business_profile']['name']}"
        body = one_page([title, "", *rows, "", f"Amount due: {money.written(invoice['amount_due'], code)}"])
        return web.Response(body=body, content_type="application/pdf")

    async def _show_session(self, request: web.Request) -> web.Response:
        return _session_page(*self._session(request))

    async def _answer_session(self, request: web.Request) -> web.Response:
        books, session = self._session(request)
        choice = (await request.post()).get("choice")
        if session["status"] != "open":
            return _session_page(books, session)
        if choice not in _CARDS or choice in _MORE["invoice"]:
            raise web.HTTPSeeOther(session["cancel_url"] or request.path)
        try:
            checkout.pay(books, session, _CARDS[str(choice)])
        except Refused as declined:
            return _session_page(books, session, declined=declined)
        raise web.HTTPSeeOther(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))

    async def _show_form(self, request: web.Request) -> web.Response:
        books, _ = self._form(request)
        html = _templates.get_template("setup.html").render(due=books.account["requirements"]["currently_due"])
        return web.Response(text=html, content_type="text/html", headers=_HEADERS)

    async def _answer_form(self, request: web.Request) -> web.Response:
        books, form = self._form(request)
        choice = (await request.post()).get("choice")
        del books.forms[request.match_info["token"]]
        if choice in ("all", "some"):
            accounts.fill_in(books, complete=choice == "all")
        raise web.HTTPSeeOther(form["return_url"])

    def _form(self, request: web.Request) -> tuple[Books, Resource]:
        """The form of a link; one that was used or is old leads to where a new one is given."""
        books = self._accounts.get(request.match_info["account"])
        if books is None:
            raise web.HTTPNotFound(text="There is no such account.")
        form = books.forms.get(request.match_info["token"])
        if form is None:
            raise web.HTTPGone(text="This link was used. Go back to where you found it.")
        if form["expires_at"] <= books.now():
            raise web.HTTPSeeOther(form["refresh_url"])
        return books, form

    async def _follow_link(self, request: web.Request) -> web.Response:
        """Open a session of one's own, or read why there is none."""
        books, id_ = self._named(request, "There is no such payment link.")
        link = books.at("payment_link", id_)
        try:
            session = links.visit(books, link, request.query.get("client_reference_id"))
        except Refused as closed:
            items = link["line_items"]["data"]
            return _render(books, kind="link", title="Payment link", items=items, status="closed", notice=str(closed))
        raise web.HTTPSeeOther(session["url"])

    async def _thank(self, request: web.Request) -> web.Response:
        if not (books := self._accounts.get(request.match_info["account"])):
            raise web.HTTPNotFound(text="There is no such payment link.")
        return _render(books, kind="link", title="Payment link", items=[], status="complete")

    async def _show_portal(self, request: web.Request) -> web.Response:
        books, id_ = self._named(request, "There is no such customer.")
        html = _templates.get_template("portal.html").render(
            merchant=books.account["business_profile"]["name"],
            customer=books.at("customer", id_),
            invoices=[one for one in books.newest("invoice") if one["customer"] == id_],
            subscriptions=[one for one in books.newest("subscription") if one["customer"] == id_],
        )
        return web.Response(text=html, content_type="text/html", headers=_HEADERS)

    async def _answer_portal(self, request: web.Request) -> web.Response:
        """End a subscription, if it is this customer's."""
        books, id_ = self._named(request, "There is no such customer.")
        chosen = str((await request.post()).get("cancel"))
        subscription = books.get("subscription", chosen)
        if subscription and subscription["customer"] == id_ and subscription["status"] != "canceled":
            subscriptions.cancel(books, {}, chosen)
        raise web.HTTPSeeOther(request.path)

    def _named(self, request: web.Request, otherwise: str) -> tuple[Books, str]:
        books = self._accounts.get(request.match_info["account"])
        id_ = books and books.tokens.get(request.match_info["token"])
        if not books or not id_:
            raise web.HTTPNotFound(text=otherwise)
        return books, id_

    def _invoice(self, request: web.Request) -> tuple[Books, Resource]:
        books, invoice_id = self._named(request, "There is no such invoice.")
        return books, books.at("invoice", invoice_id)

    def _session(self, request: web.Request) -> tuple[Books, Resource]:
        books = self._accounts.get(request.match_info["account"])
        session = books and books.get("checkout.session", request.match_info["session"])
        if not books or not session:
            raise web.HTTPNotFound(text="There is no such checkout page.")
        checkout.expire_due(books)
        return books, session


def _invoice_page(
    books: Books, invoice: Resource, *, notice: str = "", declined: Refused | None = None
) -> web.Response:
    return _render(
        books,
        kind="invoice",
        title=f"Invoice {invoice['number']}",
        items=invoice["lines"]["data"],
        currency=invoice["currency"],
        total=invoice["total"],
        due=invoice["amount_due"],
        status=invoice["status"],
        memo=invoice["description"],
        later="Pay later",
        notice=notice,
        declined=declined,
    )


def _session_page(books: Books, session: Resource, *, declined: Refused | None = None) -> web.Response:
    return _render(
        books,
        kind="session",
        title="Checkout",
        items=session["line_items"]["data"],
        currency=session["currency"],
        total=session["amount_total"],
        due=session["amount_total"],
        status="under_way"
        if session["status"] == "complete" and session["payment_status"] == "unpaid"
        else session["status"],
        memo=session["_intent"].get("description"),
        later="Go back",
        declined=declined,
    )


_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


def _render(
    books: Books,
    *,
    kind: str,
    items: list[Resource],
    status: str,
    declined: Refused | None = None,
    **shown: Any,
) -> web.Response:
    html = _templates.get_template("pay.html").render(
        merchant=books.account["business_profile"]["name"],
        lines=[
            (one["description"], one["quantity"], one["amount" if kind == "invoice" else "amount_total"])
            for one in items
        ],
        status=status,
        said=_SAID[status],
        owed=status in _OWED,
        declined=declined,
        more=_MORE.get(kind, {}),
        **shown,
    )
    return web.Response(
        text=html,
        content_type="text/html",
        status=200 if declined is None else declined.status,
        headers=_HEADERS,
    )
