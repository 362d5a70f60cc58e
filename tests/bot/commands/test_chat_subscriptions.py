"""What a buyer pays again and again, and their own page at the provider, in chat."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.base import ProviderSubscription, SubscriptionOrder
from bot.kit.errors import OutcomeUnknown, Refused, Unreachable
from messaging.base import Button
from storage import subscriptions
from storage.deliveries import Delivery
from tests.bot.commands.conftest import GROUP, Chatter, Shop, payloads

PAGE = "https://pay.example/first"


class Boxes:
    """A Stripe that keeps subscriptions, once per key, and loses answers when told to."""

    def __init__(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.there: dict[str, ProviderSubscription] = {}
        """By key."""
        self.orders: list[SubscriptionOrder] = []
        self.loses_answers = 0
        self.refuses: Exception | None = None
        for name in ("open_subscription", "ask_subscription", "change_subscription", "open_portal"):
            monkeypatch.setattr(shop.stripe, name, getattr(self, name))

    async def open_subscription(self, order: SubscriptionOrder, *, key: str) -> ProviderSubscription:
        if self.refuses is not None:
            raise self.refuses
        self.orders.append(order)
        made = ProviderSubscription(
            external_id=f"sub_{len(self.there) + 1}",
            customer_id="cus_1",
            status="incomplete",
            amount=order.amount,
            url=PAGE,
        )
        made = self.there.setdefault(key, made)
        if self.loses_answers:
            self.loses_answers -= 1
            raise OutcomeUnknown("Stripe did not answer.")
        return made

    def stands(self, external_id: str, status: str) -> ProviderSubscription:
        """Have it stand so from now on."""
        ((key, known),) = ((key, one) for key, one in self.there.items() if one.external_id == external_id)
        self.there[key] = replace(known, status=status, url=None)
        return self.there[key]

    async def ask_subscription(self, external_id: str) -> ProviderSubscription:
        if self.refuses is not None:
            raise self.refuses
        return next(one for one in self.there.values() if one.external_id == external_id)

    async def change_subscription(self, external_id: str, change: str, *, key: str) -> ProviderSubscription:
        return self.stands(external_id, {"pause": "paused", "resume": "active", "cancel": "canceled"}[change])

    async def open_portal(self, customer_id: str, *, return_url: str) -> str:
        return f"https://stripe.example/{customer_id}?back={return_url}"


@pytest.fixture
async def boxes(shop: Shop, seller: Chatter, monkeypatch: pytest.MonkeyPatch) -> Boxes:
    """@mai has claimed a dress, and Stripe is connected."""

    async def no_wait(_seconds: float) -> None:
        """Nobody waits in a test."""

    shop.assistant.sleep = no_wait
    await shop.connect_stripe()
    await shop.comments("mai", "sold 12")
    return Boxes(shop, monkeypatch)


def _titles(reply: Delivery) -> list[str]:
    return [Button(**one).title for row in reply.buttons for one in row]


async def test_a_buyer_is_sent_the_page_in_private_and_nobody_else_sees_it(
    shop: Shop, seller: Chatter, boxes: Boxes
) -> None:
    said = await seller.says(
        "/subscribe @mai 25 Month A box a month",
        group=GROUP,
        hears="@mai: “A box a month”, 25.00 USD each month: first payment to come. I send them the page",
    )
    assert PAGE not in said
    (told,) = await shop.told("subscription")
    assert (told.buyer_id, told.text.partition(".")[0]) == (boxes.orders[0].buyer_id, "A box a month: 25")
    assert Button(**told.buttons[0][0]) == Button(title="Pay 25.00 USD", url=PAGE)
    assert told.id in shop.jobs.delivered
    assert (boxes.orders[0].interval, boxes.orders[0].title) == ("month", "A box a month")


async def test_the_list_pauses_resumes_and_ends_after_asking(shop: Shop, seller: Chatter, boxes: Boxes) -> None:
    await seller.says("/subscriptions", hears="No subscription. To begin one: /subscribe")
    await seller.says("/subscribe @mai 25 month A box")
    (listed,) = await seller.replies("/subscriptions")
    assert _titles(listed) == ["Cancel 1"]
    boxes.stands("sub_1", "active")
    (listed,) = await seller.replies("/subscriptions")
    assert listed.text == "1. @mai: “A box”, 25.00 USD each month: active"
    assert _titles(listed) == ["Pause 1", "Cancel 1"]
    await seller.taps(payloads(listed)[0], hears="“A box”, 25.00 USD each month: paused")
    (listed,) = await seller.replies("/subscriptions")
    assert _titles(listed) == ["Resume 1", "Cancel 1"]
    (asked,) = await seller.replies(payloads(listed)[1], tap=True)
    assert asked.text.startswith("End @mai's subscription “A box”, 25.00 USD each month at once?")
    assert (await shop.read(subscriptions.get, shop.workspace_id, 1)).status == "paused", "it only asks"
    await seller.taps(payloads(asked)[0], hears="canceled")
    await seller.says("/subscriptions", hears="No subscription.")
    await seller.says("/subscriptions @mai", hears="1. @mai: “A box”, 25.00 USD each month: canceled")
    await seller.taps("subscription resume 1", hears="That subscription is canceled for good")
    await seller.taps("subscription pause 9", hears="There is no such subscription.")


async def test_one_whose_answer_was_lost_is_gone_on_with_by_one_tap(shop: Shop, seller: Chatter, boxes: Boxes) -> None:
    boxes.loses_answers = 4
    (reply,) = await seller.replies("/subscribe @mai 25 month A box")
    assert reply.text == "Stripe did not answer. Nothing is begun twice by trying again."
    assert await shop.told("subscription") == []
    (listed,) = await seller.replies("/subscriptions")
    assert "not known whether it began" in listed.text
    assert payloads(listed) == payloads(reply)
    await seller.taps(payloads(reply)[0], hears="first payment to come. I send them the page")
    await seller.taps(payloads(reply)[0], hears="first payment to come")
    assert len(boxes.there) == len(await shop.told("subscription")) == 1


async def test_a_no_of_the_provider_is_told_in_its_words(seller: Chatter, boxes: Boxes) -> None:
    boxes.refuses = Refused("Stripe charges no less than 0.50 USD.")
    await seller.says("/subscribe @mai 0.10 month A box", hears="Stripe charges no less than 0.50 USD.")
    await seller.says("/subscriptions", hears="No subscription.")


async def test_the_list_says_what_was_last_seen_when_nobody_answers(seller: Chatter, boxes: Boxes) -> None:
    await seller.says("/subscribe @mai 25 month A box")
    boxes.refuses = Unreachable("Stripe is away.")
    await seller.says("/subscriptions", hears="first payment to come")


async def test_without_a_provider_that_can_the_next_step_is_said(seller: Chatter, shop: Shop) -> None:
    await shop.comments("mai", "sold 12")
    await seller.says("/subscribe @mai 25 month A box", hears="Connect Stripe in our private chat: /connect stripe")
    await seller.says("/portal @mai", hears="In our private chat: /connect stripe")
    await seller.says("/subscribe @mai x month A box", hears="is not a sum")


async def test_a_buyers_own_page_leads_back_to_our_chat(seller: Chatter, boxes: Boxes) -> None:
    await seller.says("/portal @mai", hears="@mai is no customer at Stripe yet")
    await seller.says("/subscribe @mai 25 month A box")
    (reply,) = await seller.replies("/portal @mai")
    assert "https://stripe.example/cus_1?back=https://t.me/shop_bot" in reply.text
    assert reply.buttons[0][0]["copy"].startswith("https://stripe.example/cus_1")
    assert "private chat" in (await seller.says("/portal @mai", group=GROUP))


@pytest.mark.parametrize("environment", [{"LIVE_ASSIST_VARIANT": "lite"}])
async def test_a_variant_without_providers_has_no_such_commands(seller: Chatter) -> None:
    for line in ("/subscriptions", "/charge @mai", "/portal @mai"):
        await seller.says(line, hears="I do not know that command")
