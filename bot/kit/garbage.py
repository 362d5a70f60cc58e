"""Garbage: what lives as long as the process is not looked at again and again."""

from __future__ import annotations

import gc


def keep_for_good() -> None:
    """Have Python's collector of garbage pass by whatever has been made so far, and look after what comes.

    For when everything is loaded, and when a start is over. A look at all of that takes a tenth of a second on a slow
    machine, in which nobody is answered; and there is one whenever enough is new.
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.freeze()
    gc.enable()
