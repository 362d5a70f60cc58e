"""What buyers read: message templates, rendered as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, StrictUndefined

from bot.domain.invoice import Invoice, LineKind
from bot.domain.money import Money

# Plain text for chats, never HTML: nothing is escaped because nothing is markup.
_environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701

LINK = _environment.from_string(
    """\
Hi {{ name }}! Here is your order from {{ show }}:
{% for line in lines %}
{{ line }}
{% endfor %}
Total: {{ total }}
"""
)

COVERED = _environment.from_string(
    """\
Hi {{ name }}! Your order from {{ show }} is settled, there is nothing to pay:
{% for line in lines %}
{{ line }}
{% endfor %}
"""
)

PROMPT = _environment.from_string(
    "{{ name }}, your pay link is ready. Please open a private chat with us so that we can send it to you."
)


GREETING = (
    "Hello! I am the shop's assistant, a bot. Claim in the live show; here I send you your pay links and receipts."
)
NOTHING_OPEN = "I am the shop's assistant, a bot. You have nothing to pay right now; your pay links will come here."


def reminder_message(payable: Sequence[Invoice]) -> str:
    """What a buyer with open invoices hears when they write to us; the links are buttons."""
    owed = ", ".join(str(invoice.total) for invoice in payable)
    return f"You have an open order: {owed}. Tap to pay:"


def link_message(name: str, show: str, invoice: Invoice) -> str:
    """The message that carries an invoice's pay link; the link itself is its button."""
    return LINK.render(name=name, show=show, lines=_lines(invoice), total=str(invoice.total)).strip()


def covered_message(name: str, show: str, invoice: Invoice) -> str:
    """What a buyer reads whose order leaves nothing to pay."""
    return COVERED.render(name=name, show=show, lines=_lines(invoice)).strip()


def _lines(invoice: Invoice) -> list[str]:
    """The lines of an invoice: “2 × 12 Dress: 39.80 USD”, “Shipping: 7.00 USD”, “VAT 7% included: 1.31 USD”."""
    shown = []
    for line in invoice.lines:
        amount = str(Money(line.amount_cents, invoice.currency))
        if line.kind is not LineKind.ITEM:
            shown.append(f"{line.description}: {amount}" if line.amount_cents else line.description)
        else:
            priced = f": {amount}" if line.unit_cents is not None else ""
            shown.append(f"{line.quantity} × {line.description}{priced}")
    return shown


def prompt_message(label: str) -> str:
    """What everybody may read: a buyer is asked to open the door."""
    return PROMPT.render(name=label)
