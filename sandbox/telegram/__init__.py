"""A Bot API server with people in it: they write, tap, edit and block; bots poll or get webhooks.

telegram = TelegramStandIn()
await telegram.start()
bot = telegram.add_bot("1001:sandbox", "live_assist_bot", "Live Assist")
mai = telegram.person("Mai", username="mai")
await mai.starts(bot)
await mai.says("/help", to=bot)
await mai.hears("sold", in_chat=bot)
"""

from sandbox.telegram.bots import Bot
from sandbox.telegram.chats import Button, Chat, Message, PrivateChat, User
from sandbox.telegram.limits import Rates
from sandbox.telegram.people import Group, Person
from sandbox.telegram.server import TelegramStandIn

__all__ = [
    "Bot",
    "Button",
    "Chat",
    "Group",
    "Message",
    "Person",
    "PrivateChat",
    "Rates",
    "TelegramStandIn",
    "User",
]
