"""The outside world of the evening: the three stand-ins on loopback, and everybody who plays in them."""

from __future__ import annotations

from types import TracebackType

from sandbox.evening.cast import SELLER, SHOP, Guest, Platform
from sandbox.evening.script import EVERYTHING
from sandbox.facebook import FacebookStandIn
from sandbox.telegram import TelegramStandIn
from sandbox.tills import Bill, StripeTill, Till

BOT_TOKEN = "1001:AAsandbox_token_of_the_evening_bot_0000"
APP_SECRET = "sandbox-app-secret"
VERIFY_TOKEN = "sandbox-verify-token"
PAGE_ID = "100200300400"
PAGE_TOKEN = "EAAsandboxpagetoken0000000000"


class Stage:
    """Telegram with a group, Facebook with a Page, a till with an account. Use it with `async with`."""

    def __init__(self, till: Till | None = None) -> None:
        self.telegram = TelegramStandIn()
        self.facebook = FacebookStandIn(app_secret=APP_SECRET, verify_token=VERIFY_TOKEN)
        self.till = till or StripeTill()
        self.bot = self.telegram.add_bot(BOT_TOKEN, "mais_closet_bot", SHOP)
        self.page = self.facebook.add_page(PAGE_ID, SHOP, PAGE_TOKEN)
        self.seller = self.telegram.person(SELLER, username="mai")
        self.guests = list(dict.fromkeys(line.by for line in EVERYTHING))
        self.chatters = {
            guest: self.telegram.person(guest.name, username=guest.username)
            for guest in self.guests
            if guest.platform is Platform.TELEGRAM
        }
        self.commenters = {
            guest: self.facebook.person(guest.name) for guest in self.guests if guest.platform is Platform.FACEBOOK
        }
        self.group = self.telegram.group(f"{SHOP} on Fridays", [self.seller, *self.chatters.values()])

    async def __aenter__(self) -> Stage:
        for stand_in in (self.telegram, self.facebook, self.till.stand_in):
            await stand_in.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stand_in in (self.telegram, self.facebook, self.till.stand_in):
            await stand_in.stop()

    def settings(self) -> dict[str, str]:
        """The environment with which the service finds these stand-ins."""
        return {
            "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
            "TELEGRAM_API_BASE": self.telegram.url,
            "FACEBOOK_APP_SECRET": APP_SECRET,
            "FACEBOOK_VERIFY_TOKEN": VERIFY_TOKEN,
            "FACEBOOK_PAGE_ID": PAGE_ID,
            "FACEBOOK_PAGE_TOKEN": PAGE_TOKEN,
            "FACEBOOK_GRAPH_BASE": f"{self.facebook.url}/v26.0",
            **self.till.settings(),
        }

    def heard(self, guest: Guest) -> list[str]:
        """What the shop has written to somebody in private, oldest first."""
        if guest.platform is Platform.FACEBOOK:
            return [message.text for message in self.commenters[guest].inbox]
        chat = self.chatters[guest].chat(self.bot)
        return [message.text for message in chat.messages if message.sender is self.bot]

    def pay_link(self, guest: Guest) -> str | None:
        """Where the newest Pay button in somebody's private messages leads; None when they have none."""
        if guest.platform is Platform.FACEBOOK:
            shown = [
                (button.title, button.url) for message in self.commenters[guest].inbox for button in message.buttons
            ]
        else:
            chat = self.chatters[guest].chat(self.bot)
            shown = [
                (button.text, button.url)
                for message in chat.messages
                if message.sender is self.bot
                for button in message.buttons
            ]
        return next((url for title, url in reversed(shown) if url and title.startswith("Pay")), None)

    def door_in_the_group(self, guest: Guest) -> str | None:
        """The link by which the shop asked somebody, before the whole group, to open the private chat."""
        for message in self.group.messages:
            if message.sender is self.bot and guest.handle in message.text:
                return next((button.url for button in message.buttons if button.url), None)
        return None

    def link_to_copy(self, guest: Guest) -> bool:
        """Whether the seller has a message with this buyer's name and pay page, ready to be copied."""
        return any(guest.handle in text and "/pay/" in text for text in self.told_the_seller())

    def told_the_seller(self) -> list[str]:
        """Everything the seller has read in the private chat, each edit on its own."""
        return [appearance.text for appearance in self.seller.chat(self.bot).appearances]

    def bill_of(self, guest: Guest) -> Bill:
        """Somebody's newest bill at the provider."""
        return next(bill for bill in reversed(self.till.bills()) if bill.name == guest.name)

    def paid_event(self, guest: Guest) -> str:
        """The id of the event by which the provider reports somebody's payment."""
        return self.till.paid_event(self.bill_of(guest))
