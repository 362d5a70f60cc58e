"""Square: invoices and payment links with a page to pay on, and signed reports of what became of them."""

from adapters.square.client import Settings
from adapters.square.provider import SquareProvider

__all__ = ["Settings", "SquareProvider"]
