"""Telegram: groups where buyers comment, and private chats with a bot."""

from messaging.telegram.errors import CONFLICT
from messaging.telegram.platform import TelegramPlatform
from messaging.telegram.updates import read_update

__all__ = ["CONFLICT", "TelegramPlatform", "read_update"]
