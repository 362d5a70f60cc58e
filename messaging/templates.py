"""What buyers read that is more than a sentence: put together from the texts, as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.invoice import Invoice
from bot.domain.money import Money
from messaging.base import Button
from messaging.texts import Texts


def reminder_message(texts: Texts, payable: Sequence[Invoice]) -> str:
    """What a buyer with open invoices hears when they write to us; the links are buttons."""
    return texts.say("reminder", total=", ".join(str(invoice.total) for invoice in payable))


def link_message(texts: Texts, name: str, show: str, invoice: Invoice) -> str:
    """The message that carries an invoice's pay link; the link itself is its button."""
    lines = [
        order_line(
            line.quantity,
            line.description,
            Money(line.amount_cents, invoice.currency) if line.unit_cents is not None else None,
        )
        for line in invoice.lines
    ]
    return texts.say("link", name=name, show=show, lines="\n".join(lines), total=invoice.total)


def order_line(quantity: int, description: str, amount: Money | None) -> str:
    """One line of an order; without an amount as long as it has no price."""
    return f"{quantity} × {description}{f': {amount}' if amount is not None else ''}"


def pay_buttons(texts: Texts, payable: Sequence[Invoice]) -> list[list[Button]]:
    """A button for each invoice that has a link to pay by."""
    return [
        [Button(title=texts.say("pay_button", total=invoice.total), url=invoice.external_url)]
        for invoice in payable
        if invoice.external_url is not None
    ]


def called(code: str, title: str) -> str:
    """An item as a buyer knows it: its code and its title."""
    return f"{code} {title}".strip()
