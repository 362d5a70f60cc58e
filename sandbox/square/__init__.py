"""A stand-in for Square: its API, its webhooks, its OAuth page and the pages where a buyer pays."""

from sandbox.square.server import DEFAULT_LOCATION, DEFAULT_MERCHANT, DEFAULT_TOKEN, SquareStandIn

__all__ = ["DEFAULT_LOCATION", "DEFAULT_MERCHANT", "DEFAULT_TOKEN", "SquareStandIn"]
