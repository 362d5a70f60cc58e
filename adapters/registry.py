"""Which payment providers there are. Adding one is one line here; see ADDING_A_PROVIDER.md.

Another package may bring one along: an entry point in the group `live_assist.providers` that names its class.
"""

from __future__ import annotations

import logging
from importlib.metadata import entry_points

from adapters.base import PaymentProvider
from adapters.clover import CloverProvider
from adapters.manual import ManualProvider
from adapters.square import SquareProvider
from adapters.stripe import StripeProvider
from bot.kit.errors import BadInput

_log = logging.getLogger(__name__)

GROUP = "live_assist.providers"


def _installed() -> dict[str, type[PaymentProvider]]:
    """Providers of other packages; one that cannot be loaded, or takes the name of ours, is left out and logged."""
    found: dict[str, type[PaymentProvider]] = {}
    for point in entry_points(group=GROUP):
        try:
            provider = point.load()
        except Exception:
            _log.exception("the provider %s cannot be loaded", point.value)
            continue
        if not (isinstance(provider, type) and issubclass(provider, PaymentProvider)):
            _log.error("%s is no payment provider", point.value)
        elif provider.name in _OURS or provider.name in found:
            _log.error("there is a provider %s already; %s is left out", provider.name, point.value)
        else:
            found[provider.name] = provider
    return found


_OURS: dict[str, type[PaymentProvider]] = {
    "stripe": StripeProvider,
    "square": SquareProvider,
    "clover": CloverProvider,
    "manual": ManualProvider,
}

PROVIDERS: dict[str, type[PaymentProvider]] = {**_OURS, **_installed()}


def provider_class(name: str) -> type[PaymentProvider]:
    """The provider of that name, however it was typed; raises BadInput with the names there are."""
    try:
        return PROVIDERS[name.strip().lower()]
    except KeyError:
        raise BadInput(f"There is no provider “{name}”. There are: {', '.join(PROVIDERS)}.") from None


def display_name(name: str) -> str:
    """What people call a provider; of one whose package is gone, what it was kept by."""
    provider = PROVIDERS.get(name)
    return name.title() if provider is None else provider.display_name
