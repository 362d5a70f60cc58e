"""The payment stand-ins as the demo uses them, by the names they have on its command line."""

from sandbox.tills.base import Bill, Till
from sandbox.tills.clover import CloverTill
from sandbox.tills.square import SquareTill
from sandbox.tills.stripe import StripeTill

TILLS: dict[str, type[Till]] = {"stripe": StripeTill, "square": SquareTill, "clover": CloverTill}

__all__ = ["TILLS", "Bill", "CloverTill", "SquareTill", "StripeTill", "Till"]
