"""Facebook: comments under a Page's live videos and posts, and its Messenger conversations."""

from messaging.messenger.events import pages_in, read_webhook
from messaging.messenger.platform import MessengerPlatform

__all__ = ["MessengerPlatform", "pages_in", "read_webhook"]
