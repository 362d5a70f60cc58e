"""Clover: pages to pay on that are made when the buyer comes, and signed reports of what was paid on them."""

from adapters.clover.provider import CloverProvider

__all__ = ["CloverProvider"]
