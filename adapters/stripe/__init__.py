"""Stripe: invoices with a page to pay on, and signed reports of what became of them."""

from adapters.stripe.client import Settings
from adapters.stripe.provider import StripeProvider

__all__ = ["Settings", "StripeProvider"]
