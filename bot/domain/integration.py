"""What a seller decides about one connection: everything that can be set, and what holds until it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MEMO = "{show} ({number})"
"""What an invoice says of itself."""
LONGEST_MEMO = 200
MOST_DUE_DAYS = 365

_FACT = re.compile(r"{(\w+)}")
_FACTS = frozenset({"show", "number", "buyer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """How one connection is used."""

    memo_template: str = MEMO
    """With {show}, {number} and {buyer} to be filled in."""
    message_template: str | None = None
    """What goes out with a pay link, in place of the workspace's own text; the same facts as that."""
    checkout_style: str | None = None
    """What a link opens at the provider; None is the provider's usual one."""
    due_days: int | None = None
    """Days until an invoice is due; None is when the provider says."""
    auto_sync: bool = True
    """Whether the provider's books are read every hour."""
    sync_invoices: bool = True
    sync_payments: bool = True
    webhook_enabled: bool = True
    """Whether the provider is asked to report to us."""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Preferences:
        """Those among an integration's settings."""
        return cls(**{name: settings[name] for name in cls.__slots__ if name in settings})

    def memo(self, *, show: str, number: str, buyer: str) -> str:
        """What this invoice says of itself."""
        facts = {"show": show, "number": number, "buyer": buyer}
        return " ".join(_FACT.sub(lambda found: facts.get(found[1], ""), self.memo_template).split())


def is_memo(text: str) -> bool:
    """Whether a memo can be made of this: no fact that is not known, and no brace that stands alone."""
    plain = _FACT.sub("", text)
    return set(_FACT.findall(text)) <= _FACTS and not {"{", "}"} & set(plain)
