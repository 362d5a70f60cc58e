"""Which payment providers there are. Adding one is one line here; see ADDING_A_PROVIDER.md."""

from __future__ import annotations

from adapters.base import PaymentProvider
from adapters.stripe import StripeProvider
from bot.kit.errors import BadInput

PROVIDERS: dict[str, type[PaymentProvider]] = {
    "stripe": StripeProvider,
}


def provider_class(name: str) -> type[PaymentProvider]:
    """The provider of that name, however it was typed; raises BadInput with the names there are."""
    try:
        return PROVIDERS[name.strip().lower()]
    except KeyError:
        raise BadInput(f"There is no provider “{name}”. There are: {', '.join(PROVIDERS)}.") from None
