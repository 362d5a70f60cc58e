"""A Clover on loopback: pages to pay on for a quarter of an hour, payments, refunds, tokens and signed webhooks."""

from sandbox.clover.books import DECLINED_CARD, GOOD_CARD, Merchant
from sandbox.clover.server import APP_ID, APP_SECRET, MERCHANT_ID, PRIVATE_KEY, SIGNING_SECRET, CloverStandIn

__all__ = [
    "APP_ID",
    "APP_SECRET",
    "DECLINED_CARD",
    "GOOD_CARD",
    "MERCHANT_ID",
    "PRIVATE_KEY",
    "SIGNING_SECRET",
    "CloverStandIn",
    "Merchant",
]
