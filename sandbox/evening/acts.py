"""The acts of the evening, in order: everybody does what the script says, and waits for what it leads to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from html import unescape

import aiohttp

from sandbox.evening import script
from sandbox.evening.books import Row, expected, seen, told
from sandbox.evening.cast import Guest, Platform
from sandbox.evening.report import Report
from sandbox.evening.script import Said
from sandbox.evening.service import Facts, Service, Trouble
from sandbox.evening.stage import Stage

PATIENCE = 120.0
"""Seconds until something that does not happen ends the evening. Telegram lets one message a second into a chat."""
LOOK_AGAIN = 0.1

ANSWERS = {"pay": (200, "is paid"), "decline": (402, "was declined")}
"""What the provider's page says to each of its buttons."""


class Evening:
    """One evening, with the service it is played against and the people who play it."""

    def __init__(self, stage: Stage, service: Service, report: Report, *, pause: float) -> None:
        self._stage = stage
        self._service = service
        self._report = report
        self._pause = pause
        self._expected = expected().counts
        self._not_welcome = ""
        """Why the provider does not take somebody, once it does not."""

    async def play(self) -> None:
        """Every act, one after the other. Raises Trouble or AssertionError when one does not lead where it should."""
        acts: dict[str, Callable[[], Awaitable[str]]] = {
            "The doors open": self._open_doors,
            "The seller pairs": self._pair,
            f"{self._stage.till.title} is connected": self._connect,
            "Items are listed": self._list_items,
            "The show goes live": self._go_live,
            "Everybody claims": self._sell,
            "Somebody passes": self._release,
            "The show ends": self._end,
            "Invoices go out": self._bill,
            "A door is opened late": self._follow,
            "A refusal stays one": self._retry,
            "Buyers pay": self._pay,
            "A card is declined": self._decline,
            "A report comes twice": self._tell_twice,
            "A report is forged": self._forge,
            "The dust settles": self._settle,
        }
        for title, act in acts.items():
            self._report.act(title, await act())
            self._service.check_alive()

    async def _open_doors(self) -> str:
        await self._service.ready()
        await self._service.open_api()
        await self._stage.facebook.verify(f"{self._service.url}/webhooks/facebook")
        return f"the service is ready at {self._service.url}"

    async def _pair(self) -> str:
        await self._tell(f"/pair {self._service.pairing_code()}", hears="Welcome")
        return f"{self._stage.seller.first_name}, in a private chat on Telegram"

    async def _connect(self) -> str:
        stage, till = self._stage, self._stage.till
        if not till.connect:
            return "by its settings, before anybody came"
        key = await stage.seller.says(till.connect, to=stage.bot)
        await stage.seller.hears(f"{till.title} is connected", in_chat=stage.bot, timeout=PATIENCE)
        await self._until("the key is gone from the chat", lambda: key.deleted)
        return "with a test key, which is gone from the chat again"

    async def _list_items(self) -> str:
        await self._tell(f"/show new {script.TITLE}", hears=script.TITLE)
        lines = "\n".join(item.line for item in script.ITEMS.values())
        await self._tell(f"/item add {lines}", hears="C5 T-shirt")
        return f"{len(script.ITEMS)} in one message"

    async def _go_live(self) -> str:
        stage = self._stage
        starters = [person for guest, person in stage.chatters.items() if guest.presses_start]
        await asyncio.gather(*(person.starts(stage.bot) for person in starters))
        await stage.group.adds_bot(stage.bot, by=stage.seller)
        await stage.page.goes_live(script.TITLE)
        await stage.seller.says("/live", to=stage.group)
        await stage.seller.hears("is live", in_chat=stage.group, timeout=PATIENCE)
        await asyncio.gather(*(person.hears(in_chat=stage.bot, timeout=PATIENCE) for person in starters))
        return f"in a group of {len(stage.group.members)} and in a live video; {len(starters)} have pressed Start"

    async def _sell(self) -> str:
        stage = self._stage
        await asyncio.gather(self._speak(script.IN_THE_GROUP), self._speak(script.BELOW_THE_LIVE_VIDEO))
        async with stage.facebook.batch(shuffled=True, duplicates=1):
            await self._speak(script.THE_RUSH, pause=0)
        await stage.telegram.drain(timeout=PATIENCE)
        await stage.facebook.drain()
        facts = await self._facts(
            "every comment is decided", lambda facts: self._agrees(facts, Row.COMMENTS, Row.DUPLICATES)
        )
        counts = told(facts).counts
        return f"{counts[Row.COMMENTS]} comments, {counts[Row.WINNERS]} won, {counts[Row.WAITLIST]} waiting"

    async def _speak(self, lines: Sequence[Said], *, pause: float | None = None) -> None:
        stage = self._stage
        for line in lines:
            self._report.aside(f"{line.by.name}: {line.text}")
            if line.by.platform is Platform.TELEGRAM:
                await stage.chatters[line.by].says(line.text, to=stage.group)
            else:
                await stage.commenters[line.by].comments(stage.page.live_videos[0], line.text)
                if line is script.DELIVERED_TWICE:
                    await stage.facebook.redeliver()
            await asyncio.sleep(self._pause if pause is None else pause)

    async def _release(self) -> str:
        stage, (code, passes), next_one = self._stage, script.RELEASE, script.PROMOTED
        await self._tell(f"/release {code} {passes.handle}", hears=next_one.handle)
        await stage.chatters[next_one].hears(code, in_chat=stage.bot, timeout=PATIENCE)
        return f"{passes.name} gives {code} back; {next_one.name} was next in line, and knows"

    async def _end(self) -> str:
        await self._tell("/end", hears="has ended")
        return "what is written from now on is no claim"

    async def _bill(self) -> str:
        stage, asked_in_group = self._stage, (script.FOLLOWS_THE_LINK, script.NEVER_OPENS)
        self._not_welcome = stage.till.refuse(script.REFUSED.name)
        await self._tell("/invoice all", hears=script.TITLE)
        await self._facts(
            "every invoice is sent, refused or to be copied",
            lambda facts: (
                len(facts.invoices) == self._expected[Row.INVOICES] + self._expected[Row.REFUSED]
                and told(facts).counts[Row.SENT] == self._expected[Row.INVOICES] - len(asked_in_group)
                and told(facts).counts[Row.MANUAL] == len(asked_in_group)
                and self._agrees(facts, Row.REFUSED)
            ),
        )
        for guest in asked_in_group:
            await self._until(f"{guest.name} is asked in the group", partial(stage.door_in_the_group, guest))
            await self._until(f"{guest.name}'s link can be copied", partial(stage.link_to_copy, guest))
        counts = seen(stage).counts
        return (
            f"{counts[Row.INVOICES]} at {stage.till.title}, {counts[Row.SENT]} links in private messages, "
            f"{counts[Row.MANUAL]} to copy, {counts[Row.REFUSED]} refused"
        )

    async def _follow(self) -> str:
        stage, guest = self._stage, script.FOLLOWS_THE_LINK
        door = stage.door_in_the_group(guest)
        assert door is not None, "the act before has seen it"
        await stage.chatters[guest].follows(door)
        await self._until(f"{guest.name} has her link", lambda: stage.pay_link(guest))
        return f"{guest.name} taps the button in the group, and gets her link"

    async def _retry(self) -> str:
        stage = self._stage
        before = len(stage.told_the_seller())
        await stage.seller.says("/invoice retry", to=stage.bot)
        await self._until(
            "the seller hears of the second refusal",
            lambda: any(self._not_welcome in text for text in stage.told_the_seller()[before:]),
        )
        return f"{script.REFUSED.name}: {self._not_welcome}"

    async def _pay(self) -> str:
        stage, talker = self._stage, script.WRITES_BACK
        heard = len(stage.heard(talker))
        await stage.commenters[talker].messages(stage.page, "got it, paying now 💛")
        await self._until(f"{talker.name} is answered", lambda: len(stage.heard(talker)) > heard)
        for guest in script.PAYS:
            await self._visit(guest, "pay")
        await self._until_paid(*script.PAYS)
        return f"{len(script.PAYS)} of them, on the page behind their link"

    async def _decline(self) -> str:
        stage, guest = self._stage, script.DECLINED
        before = len(stage.told_the_seller())
        await self._visit(guest, "decline")
        await self._until(
            f"the seller hears of {guest.name}'s card",
            lambda: any(guest.handle in text and "failed" in text for text in stage.told_the_seller()[before:]),
        )
        return f"{guest.name} still owes; the seller knows"

    async def _tell_twice(self) -> str:
        stage, guest, provider = self._stage, script.PAYS_TWICE_TOLD, self._stage.till.stand_in
        await self._visit(guest, "pay")
        await provider.drain()
        provider.redeliver(stage.paid_event(guest))
        await provider.drain()
        await self._until_paid(guest)
        return f"{guest.name} has paid once all the same"

    async def _forge(self) -> str:
        stage, guest, provider = self._stage, script.PAYS_LATE, self._stage.till.stand_in
        provider.hold_webhooks()
        await self._visit(guest, "pay")
        provider.deliver_forged(stage.paid_event(guest))
        await provider.drain()
        forged = provider.deliveries[-1]
        if forged.status != 401 or guest.name in _paid(await self._service.read()):
            raise Trouble(f"a forged report of {guest.name}'s payment was answered {forged.status}, not refused")
        provider.release_webhooks("reversed")
        await provider.drain()
        await self._until_paid(guest)
        return f"and not believed; the true one of {guest.name}'s payment comes late, and is"

    async def _settle(self) -> str:
        stage = self._stage
        await self._facts("every payment is booked", lambda facts: self._agrees(facts, Row.PAID, Row.SENT))
        await self._until(
            "everybody who can be thanked is", lambda: seen(stage).counts[Row.THANKED] >= self._expected[Row.THANKED]
        )
        return f"{self._expected[Row.THANKED]} buyers have been thanked"

    # How things are done and waited for

    async def _tell(self, command: str, *, hears: str) -> None:
        """The seller types a command in the private chat and reads the answer."""
        seller, bot = self._stage.seller, self._stage.bot
        await seller.says(command, to=bot)
        await seller.hears(hears, in_chat=bot, timeout=PATIENCE)

    async def _visit(self, guest: Guest, choice: str) -> None:
        """Open the link from the private message in a browser, and press one of the buttons there."""
        link = self._stage.pay_link(guest)
        if link is None:
            raise Trouble(f"{guest.name} has no link to pay by")
        async with aiohttp.ClientSession() as browser:
            async with browser.get(link) as page:
                if (button := _PAY.search(await page.text())) is None:
                    raise Trouble(f"{guest.name} cannot pay: {link} answered {page.status} without a Pay button")
                link = unescape(button[1])
            async with browser.get(link) as page:
                if page.status != 200 or f'value="{choice}"' not in await page.text():
                    raise Trouble(f"{guest.name} cannot pay: {link} answered {page.status}")
            async with browser.post(page.url, data={"choice": choice}) as page:
                status, words = ANSWERS[choice]
                if page.status != status or words not in await page.text():
                    raise Trouble(f"{guest.name} pressed {choice!r}, and {link} answered {page.status}")

    async def _until_paid(self, *guests: Guest) -> None:
        names = {guest.name for guest in guests}
        await self._facts(f"{', '.join(sorted(names))} count as paid", lambda facts: names <= _paid(facts))

    def _agrees(self, facts: Facts, *rows: Row) -> bool:
        counts = told(facts).counts
        return all(counts[row] == self._expected[row] for row in rows)

    async def _facts(self, what: str, check: Callable[[Facts], bool]) -> Facts:
        """Ask the service until `check` is content."""
        facts = await self._service.read()
        try:
            async with asyncio.timeout(PATIENCE):
                while not check(facts):
                    self._service.check_alive()
                    await asyncio.sleep(LOOK_AGAIN)
                    facts = await self._service.read()
        except TimeoutError:
            raise Trouble(f"waited {PATIENCE:g} s in vain until {what}; {_summary(facts)}") from None
        return facts

    async def _until(self, what: str, look: Callable[[], object]) -> None:
        """Look at the outside world until something is there."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not look():
                    self._service.check_alive()
                    await asyncio.sleep(LOOK_AGAIN)
        except TimeoutError:
            told_last = "\n".join(self._stage.told_the_seller()[-3:])
            raise Trouble(f"waited {PATIENCE:g} s in vain until {what}; the seller read last:\n{told_last}") from None


_PAY = re.compile(r'<a class="pay" href="([^"]+)"')
"""The button of the page that a buyer's link opens."""


def _paid(facts: Facts) -> set[str]:
    return {invoice["buyer"]["name"] for invoice in facts.invoices if invoice["status"] == "paid"}


def _summary(facts: Facts) -> str:
    return "the service says " + ", ".join(f"{count} {row}" for row, count in told(facts).counts.items())
