"""A stand-in for Stripe: its API, its webhooks and the page where a buyer pays."""

from sandbox.postman import Delivery
from sandbox.stripe.api import ApiCall
from sandbox.stripe.server import DEFAULT_ACCOUNT, DEFAULT_CLIENT, DEFAULT_KEY, StripeStandIn

__all__ = ["DEFAULT_ACCOUNT", "DEFAULT_CLIENT", "DEFAULT_KEY", "ApiCall", "Delivery", "StripeStandIn"]
