"""What a pay page looks like: the order in the buyer's language, on a phone first, without a line of script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from bot.domain.invoice import Invoice, LineKind
from bot.domain.money import Money
from bot.workflows.follow_links import Link, Standing
from messaging.texts import Texts

LOOK_AGAIN = 5
LOOK_SELDOM = 30
"""Seconds after which a page that waits for something looks again."""

_SAID = {
    Standing.PAID: "page_paid",
    Standing.REFUNDED: "page_refunded",
    Standing.RELEASED: "page_released",
    Standing.EXPIRED: "page_expired",
    Standing.MAKING: "page_making",
    Standing.REFUSED: "page_trouble",
}
_WITHOUT_ORDER = (Standing.RELEASED, Standing.EXPIRED)
"""Where nobody is to read what they would have had, and try to pay for it."""

_templates = Environment(loader=PackageLoader("bot.pay"), autoescape=True)
_style = files("bot.pay").joinpath("templates/pay.css").read_text(encoding="utf-8")
_style_hash = base64.b64encode(hashlib.sha256(_style.encode()).digest()).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the order, as it is read."""

    kind: str
    quantity: int
    description: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """One sum below it."""

    name: str
    amount: str


def order_page(link: Link, public_url: str, *, waits: bool = False, trouble: bool = False) -> web.Response:
    """The page of a link as it stands; `waits` for money that was paid, or is in `trouble` at the provider."""
    texts, invoice = link.texts, link.invoice
    standing = link.standing
    payable = standing is Standing.PAYABLE and not waits
    has_page = payable and not invoice.how_to_pay
    kind = _SAID.get(standing, "")
    if standing is Standing.PAYABLE and waits:
        kind = "page_moment"
    elif standing is Standing.PAYABLE and trouble:
        kind = "page_trouble"
    again = {"page_moment": LOOK_AGAIN, "page_making": LOOK_SELDOM if invoice.unpriced else LOOK_AGAIN}.get(kind, 0)
    bad = trouble or standing in (Standing.EXPIRED, Standing.REFUSED)
    return _respond(
        texts.language,
        public_url,
        status=503 if trouble or standing is Standing.REFUSED else 200,
        headers={"Retry-After": "60"} if trouble or standing is Standing.REFUSED else {},
        shop=link.shop,
        title=texts.say("page_order", show=link.show),
        says=texts.say(kind, total=Money(invoice.paid_cents or invoice.amount_cents, invoice.currency))
        if kind
        else invoice.how_to_pay,
        tone="bad" if bad else "good" if standing in (Standing.PAID, Standing.PAYABLE) else "",
        again=again,
        invoice=None if standing in _WITHOUT_ORDER else invoice,
        lines=_rows(texts, invoice),
        sums=_sums(texts, invoice, payable),
        button=texts.say("pay_button", total=invoice.rest) if has_page else "",
        link=link.url,
        where=texts.say("page_where", provider=link.provider),
        receipt=_receipt(invoice) if standing is Standing.PAID else "",
    )


def plain_page(language: str, says: str, *, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """A page that says one thing, about no order."""
    return _respond(language, "", status=status, headers=headers or {}, says=says, tone="bad")


_NAMED = {LineKind.SHIPPING: "page_shipping", LineKind.CREDIT: "page_credit"}
"""Lines that are not in the seller's own words."""


def _rows(texts: Texts, invoice: Invoice) -> list[Row]:
    return [
        Row(
            kind=line.kind.value,
            quantity=line.quantity if line.kind is LineKind.ITEM else 0,
            description=texts.say(_NAMED[line.kind]) if line.kind in _NAMED else line.description,
            amount="" if line.unit_cents is None else str(Money(line.amount_cents, invoice.currency)),
        )
        for line in invoice.lines
    ]


def _sums(texts: Texts, invoice: Invoice, payable: bool) -> list[Sum]:
    sums = [Sum(name=texts.say("page_total"), amount=str(invoice.total))]
    if payable and invoice.paid_cents:
        paid = Money(-invoice.paid_cents, invoice.currency)
        sums.append(Sum(name=texts.say("page_paid_part"), amount=str(paid)))
        sums.append(Sum(name=texts.say("page_due"), amount=str(invoice.rest)))
    return sums


def _receipt(invoice: Invoice) -> str:
    """What the shop can find it by: “LA-3-17 · 2026-11-20”."""
    paid = f" · {invoice.paid_at:%Y-%m-%d}" if invoice.paid_at is not None else ""
    return f"{invoice.number}{paid}"


def _respond(
    language: str, public_url: str, *, status: int, headers: Mapping[str, str], **shown: object
) -> web.Response:
    html = _templates.get_template("pay.html").render(language=language, style=Markup(_style), **shown)  # noqa: S704
    return web.Response(text=html, content_type="text/html", status=status, headers={**_headers(public_url), **headers})


def _headers(public_url: str) -> dict[str, str]:
    """For a page whose address is its secret; where a form leads is not limited, as providers redirect it."""
    # On a machine of one's own the demo shows the page inside its own.
    local = urlsplit(public_url).hostname in ("127.0.0.1", "localhost")
    frames = "http://127.0.0.1:* http://localhost:*" if local else "'none'"
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{_style_hash}'; base-uri 'none'; frame-ancestors {frames}"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }
