"""The platforms we speak on. This list is the only place that names them all."""

from __future__ import annotations

from collections.abc import Mapping

from messaging.base import Platform
from messaging.messenger import MessengerPlatform
from messaging.telegram import TelegramPlatform

PLATFORMS: Mapping[str, type[Platform]] = {
    platform.name: platform for platform in (TelegramPlatform, MessengerPlatform)
}
"""By the name that channels are stored under."""
