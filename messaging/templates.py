"""What buyers read that is more than a sentence: put together from the texts, as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.invoice import ALREADY_PAID, Invoice, LineKind
from bot.domain.money import Money
from messaging.base import Button
from messaging.texts import Texts


def reminder_message(texts: Texts, payable: Sequence[Invoice]) -> str:
    """What a buyer with open invoices hears when they write to us; the links are buttons."""
    return texts.say("reminder", total=", ".join(str(invoice.rest) for invoice in payable))


def link_message(texts: Texts, name: str, show: str, invoice: Invoice) -> str:
    """The message that carries an invoice's pay link; the link itself is its button, or it says how else to pay."""
    told = texts.say("link", name=name, show=show, lines="\n".join(_lines(texts, invoice)), total=invoice.rest)
    return "\n".join(filter(None, (told, invoice.how_to_pay)))


def covered_message(texts: Texts, name: str, show: str, invoice: Invoice) -> str:
    """What a buyer reads whose order leaves nothing to pay."""
    return texts.say("covered", name=name, show=show, lines="\n".join(_lines(texts, invoice)))


_NAMED = {"Shipping": "page_shipping", "Store credit": "page_credit", ALREADY_PAID: "page_paid_part"}
"""Lines that no seller has worded."""


def _lines(texts: Texts, invoice: Invoice) -> list[str]:
    """The lines of an invoice: “2 × 12 Dress: 39.80 USD”, “Shipping: 7.00 USD”, “VAT 7% included: 1.31 USD”."""
    shown = []
    for line in invoice.asking(invoice.rest.amount):
        amount = Money(line.amount_cents, invoice.currency)
        if line.kind is not LineKind.ITEM:
            said = texts.say(_NAMED[line.title]) if line.title in _NAMED else line.description
            shown.append(f"{said}: {amount}" if line.amount_cents else said)
        else:
            shown.append(order_line(line.quantity, line.description, amount if line.unit_cents is not None else None))
    return shown


def order_line(quantity: int, description: str, amount: Money | None) -> str:
    """One line of an order; without an amount as long as it has no price."""
    return f"{quantity} × {description}{f': {amount}' if amount is not None else ''}"


def pay_buttons(texts: Texts, payable: Sequence[Invoice], public_url: str) -> list[list[Button]]:
    """A button for each invoice that has a link to pay by; `public_url` is where the world reaches us, if it does."""
    return [
        [Button(title=texts.say("pay_button", total=invoice.rest), url=link)]
        for invoice in payable
        if (link := invoice.pay_link(public_url)) is not None
    ]


def called(code: str, title: str) -> str:
    """An item as a buyer knows it: its code and its title."""
    return f"{code} {title}".strip()
