"""Buyers who claim are answered where the show wants that, and see their cart when they ask for it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.commands.desk import take
from bot.domain.invoice import InvoiceStatus
from bot.kit.errors import Busy
from bot.kit.pacing import Turn
from bot.workflows.assistant import Connected
from bot.workflows.deliver_messages import try_delivery
from bot.workflows.read_comments import Heard
from messaging.base import Address, Comment, Message, Person, Verb, Where
from storage import buyers, channels
from storage.deliveries import Delivery, DeliveryStatus
from storage.tables import buyers as buyers_table
from tests.bot.commands.conftest import Chatter, RecordingPage, Shop, numbers
from tests.statements import statements

POST = "9001_77"


@pytest.fixture
async def talkative(seller: Chatter) -> Chatter:
    """An operator whose show answers."""
    await seller.says("/rules answers on", hears="answers is now on")
    return seller


async def opens_chat(shop: Shop, buyer: str) -> None:
    """A buyer has pressed Start."""
    await shop.comments(buyer, "hello")
    await shop.write(buyers.set_reachable, shop.workspace_id, shop.channel.id, f"id-{buyer}", reachable=True)


async def answers(shop: Shop) -> list[str]:
    return [told.text for told in await shop.told("answer")]


async def page(shop: Shop) -> int:
    """A Facebook Page of the shop."""
    made = await shop.write(
        channels.ensure, shop.workspace_id, platform="messenger", external_id="9001", title="Shop", now=shop.clock()
    )
    shop.assistant.connected[made.id] = Connected(channel=made, platform=RecordingPage("9001", "Shop"))
    return int(made.id)


async def comments_on(shop: Shop, channel_id: int, *said: tuple[str, str], verb: Verb = Verb.ADDED) -> list[str]:
    """People comment on the Page's post, in one batch; the comments' ids."""
    heard = [
        Heard(
            channel_id=channel_id,
            platform="messenger",
            comment=Comment(
                feed_id=POST,
                feed_title="",
                comment_id=f"77_{next(numbers)}",
                verb=verb,
                revision=0,
                author=Person(id=f"fb-{name}", kind="commenter", name=name),
                text=text,
                written_at=shop.clock(),
            ),
        )
        for name, text in said
    ]
    effects = await shop.write(shop.decider.decide, shop.workspace_id, heard, shop.clock())
    shop.decider.remember(effects)
    return [one.comment.comment_id for one in heard]


async def test_nobody_is_answered_unless_the_show_says_so(shop: Shop, seller: Chatter) -> None:
    await opens_chat(shop, "mai")
    await comments_on(shop, await page(shop), ("Anna Lee", "sold 12"))
    await shop.comments("mai", "sold 12")
    assert await answers(shop) == []


async def test_below_a_facebook_post_everybody_hears_what_became_of_their_claim(shop: Shop, talkative: Chatter) -> None:
    channel_id = await page(shop)
    await comments_on(
        shop,
        channel_id,
        ("Anna", "sold 14"),
        ("Bea", "sold 14"),
        ("Anna", "sold 14"),
        ("Carla", "sold 99"),
        ("Dora", "sold 12 x9"),
        ("Emi", "so pretty"),
        ("Fay", "sold 12 or 14"),
    )
    told = await shop.told("answer")
    assert [one.text.partition(",")[0] for one in told] == ["Anna", "Bea", "Anna", "Carla", "Dora", "Fay"]
    assert {one.chat_id.partition(":")[0] for one in told} == {"comment"}
    assert {one.channel_id for one in told} == {channel_id}
    for said, part in zip(told, ["14 Hat", "number 1", "already", "99", "2", "which one"], strict=True):
        assert part in said.text


async def test_items_that_fared_alike_share_a_sentence(shop: Shop, talkative: Chatter) -> None:
    await talkative.says("/template got_it en {name}: {item} for {price}")
    await comments_on(shop, await page(shop), ("Anna", "12+1 14+1"))
    assert await answers(shop) == ["Anna: 12 Blue dress, 14 Hat for 19.90 USD, 5.00 USD"]


async def test_who_has_a_private_chat_is_told_there_and_the_others_of_a_group_are_not(
    shop: Shop, talkative: Chatter
) -> None:
    await opens_chat(shop, "mai")
    await shop.comments("mai", "sold 12")
    await shop.comments("lan", "sold 12")
    (told,) = await shop.told("answer")
    assert (told.chat_id, "12 Blue dress" in told.text) == ("id-mai", True)


async def test_everybody_reads_their_own_language_and_else_that_of_the_show(shop: Shop, talkative: Chatter) -> None:
    await shop.assistant.database.write(
        lambda tx: tx.execute(sa.text("UPDATE shows SET market = 'vn'")),
    )
    channel_id = await page(shop)
    await comments_on(shop, channel_id, ("Anna", "hello"))
    await shop.write(lambda tx: tx.execute(buyers_table.update().values(language="sv")))
    await comments_on(shop, channel_id, ("Anna", "chốt 14"), ("Bea", "chốt 14"))
    first, second = await answers(shop)
    assert "din" in first or "du får" in first or "dig" in first
    assert second.startswith("Bea ơi")


async def test_a_blocked_buyer_hears_nothing(shop: Shop, talkative: Chatter) -> None:
    channel_id = await page(shop)
    await comments_on(shop, channel_id, ("Anna", "hello"))
    await shop.write(lambda tx: tx.execute(buyers_table.update().values(blocked=True)))
    await comments_on(shop, channel_id, ("Anna", "sold 14"))
    assert await answers(shop) == []


async def test_a_comment_that_is_told_twice_is_answered_once(shop: Shop, talkative: Chatter) -> None:
    channel_id = await page(shop)
    heard = Heard(
        channel_id=channel_id,
        platform="messenger",
        comment=Comment(
            feed_id=POST,
            feed_title="",
            comment_id="77_once",
            verb=Verb.ADDED,
            revision=0,
            author=Person(id="fb-Anna", kind="commenter", name="Anna"),
            text="sold 14",
            written_at=shop.clock(),
        ),
    )
    for _ in range(2):
        await shop.write(shop.decider.decide, shop.workspace_id, [heard], shop.clock())
    assert len(await answers(shop)) == 1


class BusyPage(RecordingPage):
    """A Page that is asked for a turn, and has none to give."""

    def __init__(self) -> None:
        super().__init__("9001", "Shop")
        self.asked: list[Address] = []

    async def turn(self, to: Address) -> Turn:
        self.asked.append(to)
        raise Busy("too much at once", retry_after=1.0)


async def way_of(shop: Shop, channel_id: int, told: Delivery) -> Address:
    """Where a message is about to go."""
    channel, busy = shop.assistant.connected[channel_id].channel, BusyPage()
    shop.assistant.connected[channel_id] = Connected(channel=channel, platform=busy)
    await try_delivery(shop.assistant, shop.workspace_id, told.id, 0)
    (to,) = busy.asked
    return to


async def late(shop: Shop, told: Delivery, **by: float) -> Delivery:
    """The answer's turn comes so much later."""
    shop.clock.passes(**by)
    await try_delivery(shop.assistant, shop.workspace_id, told.id, 0)
    return (await shop.told("answer"))[0]


async def test_an_answer_that_is_late_and_wrong_by_now_is_not_given(shop: Shop, talkative: Chatter) -> None:
    await comments_on(shop, await page(shop), ("Anna", "sold 14"))
    (told,) = await shop.told("answer")
    shop.clock.passes(seconds=30)
    await talkative.says("/release 14", hears="taken back")
    after = await late(shop, told, minutes=3)
    assert (after.status, after.error) == (DeliveryStatus.FAILED, "it came too late to be said")
    await talkative.says("/stuck", hears="Nothing is stuck.")
    await talkative.says("/status", hears="Answers not given today: 1")


async def test_an_answer_that_is_a_little_late_and_still_right_is_given(shop: Shop, talkative: Chatter) -> None:
    await comments_on(shop, await page(shop), ("Anna", "sold 14"))
    (told,) = await shop.told("answer")
    shop.clock.passes(minutes=3)
    way = await way_of(shop, told.channel_id or 0, told)
    assert way == Address(where=Where.COMMENT_PUBLICLY, id=told.chat_id.removeprefix("comment:"))


async def test_nobody_is_answered_after_a_quarter_of_an_hour(shop: Shop, talkative: Chatter) -> None:
    await comments_on(shop, await page(shop), ("Anna", "sold 14"))
    (told,) = await shop.told("answer")
    assert (await late(shop, told, minutes=16)).status is DeliveryStatus.FAILED


async def test_the_word_cart_brings_what_a_buyer_has_so_far(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 12 x2")
    await shop.comments("lan", "sold 14")
    await shop.comments("mai", "sold 14")
    await shop.comments("mai", "cart")
    (told,) = await shop.told("cart")
    assert told.text.splitlines() == [
        "mai, this is yours so far in Friday sale:",
        "2 × 12 Blue dress: 39.80 USD",
        "14 Hat: number 1 in line",
        "Together: 39.80 USD",
    ]
    assert told.buttons == []


async def test_who_gets_fewer_than_they_asked_for_hears_how_many(shop: Shop, talkative: Chatter) -> None:
    await talkative.says("/item edit 12 x5\n/rules most 3\n/rules partial on")
    await opens_chat(shop, "mai")
    await shop.comments("mai", "sold 12 x4")
    (told,) = await answers(shop)
    assert "12 Blue dress ×3" in told


async def test_a_bundle_counts_before_there_is_a_bill(shop: Shop, seller: Chatter) -> None:
    await seller.says("/item edit 12 20 3 for 50 x9")
    await shop.comments("mai", "sold 12")
    await shop.comments("lan", "sold 12 x2")
    await shop.comments("hoa", "sold 12 x4")
    await shop.comments("hoa", "cart")
    (told,) = await shop.told("cart")
    assert told.text.splitlines()[1:] == [
        "4 × 12 Blue dress: 80.00 USD",
        "3 for 50.00 USD: 12 Blue dress: -10.00 USD",
        "Together: 70.00 USD",
    ]
    await seller.says("/buyers", hears=["@mai: 12, 20.00 USD", "@lan: 12 ×2, 40.00 USD", "@hoa: 12 ×4, 70.00 USD"])
    await seller.says("/end", hears="7 pieces won by 3 buyers, 130.00 USD.")


async def test_a_cart_has_a_button_for_every_open_invoice_and_nothing_that_is_paid(shop: Shop, seller: Chatter) -> None:
    await shop.connect_stripe()
    await shop.comments("mai", "sold 12")
    await seller.says("/invoice all")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await shop.comments("mai", "Cart")
    (told,) = await shop.told("cart")
    assert [button["title"] for row in told.buttons for button in row] == ["Pay 19.90 USD"]
    await shop.set_invoices(status=InvoiceStatus.PAID, paid_at=shop.clock())
    shop.clock.passes(minutes=6)
    await shop.comments("mai", "cart")
    told = (await shop.told("cart"))[-1]
    assert (told.text, told.buttons) == ("mai, you have nothing in Friday sale yet.", [])


async def test_nobody_is_shown_their_cart_twice_within_five_minutes(shop: Shop, seller: Chatter) -> None:
    channel_id = await page(shop)
    await comments_on(shop, channel_id, ("Anna", "cart"), ("Anna", "my cart"), ("Bea", "cart"))
    assert len(await shop.told("cart")) == 2
    shop.clock.passes(minutes=4)
    await comments_on(shop, channel_id, ("Anna", "cart"))
    assert len(await shop.told("cart")) == 2
    shop.clock.passes(minutes=2)
    await comments_on(shop, channel_id, ("Anna", "cart"))
    assert len(await shop.told("cart")) == 3


async def test_a_cart_asked_for_in_private_comes_instead_of_the_greeting(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 12")

    async def writes(text: str) -> None:
        number = next(numbers)
        message = Message(
            event_id=f"event-{number}",
            chat_id="id-mai",
            chat_title="mai",
            private=True,
            person=Person(id="id-mai", kind="user", username="mai"),
            text=text,
            message_id=f"m{number}",
            sent_at=shop.clock(),
        )
        await take(shop.assistant, shop.channel, message, inbox_id=number)

    before = len(await shop.told("reply"))
    await writes("cart")
    assert [told.text.splitlines()[1] for told in await shop.told("cart")] == ["1 × 12 Blue dress: 19.90 USD"]
    assert len(await shop.told("reply")) == before
    await writes("cart")
    assert len(await shop.told("cart")) == 1
    assert (await shop.told("reply"))[-1].text.startswith("I am the shop's assistant")


async def test_a_buyer_without_a_chat_gets_their_cart_as_a_private_reply_to_the_word(
    shop: Shop, seller: Chatter
) -> None:
    channel_id = await page(shop)
    (comment_id,) = await comments_on(shop, channel_id, ("Anna", "cart"))
    (told,) = await shop.told("cart")
    assert await way_of(shop, channel_id, told) == Address(where=Where.COMMENT_PRIVATELY, id=comment_id)


async def test_who_claims_after_the_end_hears_that_it_is_over_and_who_talks_hears_nothing(
    shop: Shop, talkative: Chatter
) -> None:
    channel_id = await page(shop)
    await talkative.says("/end", hears="has ended")
    shop.clock.passes(seconds=20)
    await comments_on(shop, channel_id, ("Anna", "sold 14"), ("Bea", "thank you all"), ("Carla", "sold 99"))
    (said,) = await answers(shop)
    assert said.startswith("Anna, ")
    assert "over" in said or "ended" in said
    shop.clock.passes(minutes=20)
    await comments_on(shop, channel_id, ("Dora", "sold 14"))
    assert len(await answers(shop)) == 1


async def test_a_buyer_from_whom_an_item_is_taken_hears_it_where_the_show_answers(
    shop: Shop, talkative: Chatter
) -> None:
    await shop.comments("mai", "sold 14")
    await talkative.says("/release 14", hears="taken back")
    assert ["mai, 14 Hat" in told.text for told in await shop.told("promotion")] == [True]
    await talkative.says("/rules answers off")
    await shop.comments("mai", "sold 14")
    await talkative.says("/release 14", hears="taken back")
    assert len(await shop.told("promotion")) == 1


async def test_what_nobody_asked_for_costs_no_statement(shop: Shop, seller: Chatter) -> None:
    """With answers off and nobody asking for a cart, a batch is decided by the statements it always took."""
    await shop.comments("mai", "hello")
    writer = shop.assistant.database
    engine = writer._writing if writer.is_sqlite else writer._engine.sync_engine
    assert engine is not None
    with statements(engine) as run:
        await shop.comments("mai", "sold 12")
    touched = " ".join(sql for sql, _ in run).lower()
    assert ("insert into claims" if writer.is_sqlite else "copy claims") in touched
    for table in ("deliveries", "templates", "scoreboards", "identities"):
        assert table not in touched
    await seller.says("/rules answers on")
    with statements(engine) as run:
        await shop.comments("mai", "sold 14")
    assert "templates" in " ".join(sql for sql, _ in run).lower()
