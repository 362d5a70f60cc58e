"""Buyers in chat: the card, notes, strikes, flags, who owes, and two who are one person."""

from __future__ import annotations

import pytest

from bot.commands.desk import take
from bot.domain.invoice import InvoiceStatus
from messaging.base import Button, Message, Person
from storage import buyers, invoices
from storage.deliveries import Delivery
from tests.bot.commands.conftest import KEY, Chatter, Shop, payloads
from tests.postgres import one_database


def urls(delivery: Delivery) -> list[str]:
    return [one.url for row in delivery.buttons for data in row if (one := Button(**data)).url]


async def _bill_mai(shop: Shop, seller: Chatter, status: InvoiceStatus = InvoiceStatus.SENT) -> None:
    await shop.connect_stripe()
    await shop.comments("mai", "sold 12", name="Mai Nguyen")
    await seller.says("/end")
    await seller.says("/invoice all")
    await shop.set_invoices(status=status)


async def test_the_card_says_all_that_is_known_with_the_pay_links(shop: Shop, seller: Chatter) -> None:
    await _bill_mai(shop, seller)
    await seller.says("/note @mai pays on Fridays")
    await seller.says("/strike @mai did not answer")
    await seller.says("/show new Saturday USD")
    await seller.says("/item add 15 Scarf 7")
    await seller.says("/live")
    await shop.comments("mai", "sold 15")
    (card,) = await seller.replies("/buyer @mai")
    assert card.text == (
        "🔴 @mai (Mai Nguyen), #1\n"
        "Telegram @mai\n"
        "1 strike: did not answer\n"
        "Note: pays on Fridays\n"
        "2 shows, 0 paid, 1 unpaid\n"
        "Unpaid: 19.90 USD on 1 invoice\n"
        "Won and not billed yet: 1, 7.00 USD"
    )
    assert urls(card) == ["https://pay.example/1"]
    assert payloads(card)[-2:] == ["block #1", "strike #1"]
    await seller.taps("block #1", hears="@mai is blocked")
    (card,) = await seller.replies("/buyer #1")
    assert card.text.startswith("🔴🚫 @mai")
    assert "Blocked: comments are seen and claim nothing." in card.text
    assert payloads(card)[-2:] == ["unblock #1", "strike #1"]


async def test_a_new_commenter_has_a_card_too(shop: Shop, seller: Chatter) -> None:
    await shop.comments("hoa", "hello")
    await seller.says("/buyer @hoa", hears="⚪ @hoa, #1\nTelegram @hoa\n0 shows, 0 paid, 0 unpaid")


async def test_notes_add_up_until_they_are_wiped(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    await seller.says("/note @mai likes blue", hears="Noted about @mai:\nlikes blue")
    await seller.says("/note @mai pays {late}", hears="likes blue\npays {late}")
    await seller.says(f"/note @mai {'x' * 990}", hears=["at most 1,000 are kept", "/note @mai clear"])
    await seller.says("/note @mai clear", hears="The note about @mai is wiped.")
    await seller.says("/note @nobody {late}", hears="Nobody in this show is called @nobody.")


async def test_a_strike_is_given_by_hand_and_taken_back(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    await seller.says("/strike @mai -1", hears="@mai has no strike.")
    (reply,) = await seller.replies("/strike @mai")
    assert reply.text == "@mai has 1 strike now."
    assert payloads(reply) == ["strike #1 -1", "block #1"]
    await seller.says("/strike @mai was rude", hears="@mai has 2 strikes now.")
    await seller.taps("strike #1 -1", hears="@mai has 1 strike now.")
    await seller.says("/unstrike @mai", hears="@mai has no strikes now.")


async def test_a_mark_is_made_once_however_often_the_message_is_acted_on(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    message = Message(
        event_id="event",
        chat_id="private-Ann",
        chat_title="Ann",
        private=True,
        person=Person(id="person-Ann", kind="user"),
        text="/strike @mai\n/note @mai likes blue",
        message_id="m",
        sent_at=shop.clock(),
    )
    for _ in range(2):  # as after a crash between the deed and its answer
        await take(shop.assistant, shop.channel, message, inbox_id=900_000)
    mai = await shop.read(buyers.get, shop.workspace_id, 1)
    assert (mai.strikes, mai.note) == (1, "likes blue")


@one_database
@pytest.mark.parametrize(
    "line", ["/note @mai {}", "/strike @mai {}", "/strike @mia {}", "/strike connect {}", "/strpe {}", "/stripe x {}"]
)
async def test_a_key_that_lands_here_is_neither_kept_nor_repeated(shop: Shop, seller: Chatter, line: str) -> None:
    await shop.comments("mai", "sold 12")
    for typed in (line.format(KEY), "/buyer @mai"):
        for reply in await seller.replies(typed):
            assert KEY not in f"{reply.text} {reply.buttons}"


async def test_flags_are_set_and_cleared(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 12", name="Mai Nguyen")
    await seller.says(
        "/block @mai",
        hears="@mai is blocked: their comments claim nothing. What they have or wait for stays: 12. "
        "To take it back: /release 12 @mai",
    )
    await seller.says("/unblock Mai Nguyen", hears="@mai can claim again, from the next comment on.")
    await seller.says("/deposit Mai Nguyen on", hears="When it is: /deposit @mai paid")
    await seller.says("/payfirst @mai on", hears="to the next in line as soon as somebody waits for it")
    await seller.says("/buyer @mai", hears=["A deposit is due before any claim counts.", "Pays first:"])
    await seller.says("/deposit @mai paid", hears="@mai paid their deposit and can claim")
    await seller.says("/payfirst @mai off", hears="held for them again")
    card = await seller.says("/buyer @mai")
    assert "deposit" not in card
    assert "Pays first" not in card


async def test_every_process_hears_of_a_flag_before_the_next_comment(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    before = shop.decider._people._as_of
    await seller.says("/block @mai")
    await shop.comments("mai", "hello again")
    assert shop.decider._people._as_of > before


async def test_lists_say_who_owes_and_who_is_blocked(shop: Shop, seller: Chatter) -> None:
    await _bill_mai(shop, seller)
    await seller.says("/show new Saturday USD")
    await seller.says("/item add 15 Scarf 7 x2")
    await seller.says("/live")
    for buyer in ("mai", "lan", "hoa"):
        await shop.comments(buyer, "sold 15")
    await seller.says("/block @hoa")
    await seller.says("/who 15", hears="15 Scarf: 2 of 2 won\n  @mai 🔴, @lan\n  waiting: 1. @hoa 🚫")
    await seller.says("/buyers", hears=["🔴 @mai: 15, 7.00 USD", "🟢 @lan: 15, 7.00 USD"])
    await shop.set_invoices(status=InvoiceStatus.PARTLY_PAID)
    await seller.says("/claims", hears="@mai 🟡, @lan")
    await shop.set_invoices(status=InvoiceStatus.PAID)
    await seller.says("/claims", hears="  @mai, @lan\n")


async def test_owed_lists_who_owes_most_first(shop: Shop, seller: Chatter) -> None:
    await seller.says("/owed", hears="Nobody owes anything.")
    await shop.comments("lan", "sold 14")
    await shop.comments("lan", "sold 12")
    await seller.says("/owed", hears="Nobody owes anything.")
    await _bill_mai(shop, seller)
    await seller.says("/show new Saturday EUR")
    await seller.says("/item add 15 Scarf 7\n16 Mug")
    await seller.says("/live")
    await shop.comments("mai", "sold 15")
    await shop.comments("hoa", "sold 16")
    await seller.says("/end")
    (reply,) = await seller.replies("/owed")
    assert reply.text == (
        "3 buyers owe 7.00 EUR and 44.80 USD:\n"
        "🔴 @lan: 24.90 USD\n"
        "🔴 @mai: 7.00 EUR and 19.90 USD\n"
        "🔴 @hoa: no price yet"
    )
    assert payloads(reply) == ["buyer #1", "buyer #2", "buyer #3"]
    await seller.taps("buyer #2", hears="@mai (Mai Nguyen)")


async def test_a_void_invoice_is_owed_by_nobody(shop: Shop, seller: Chatter) -> None:
    await _bill_mai(shop, seller, InvoiceStatus.VOID)
    await seller.says("/owed", hears="Nobody owes anything.")


async def test_two_who_are_one_are_merged_after_a_question(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello", name="Mai Nguyen")
    await shop.comments("mai.fb", "sold 12")
    await shop.comments("mai.fb", "sold 14")
    (reply,) = await seller.replies("/merge @mai.fb into @mai")
    assert reply.text == (
        "Merge @mai.fb into @mai (Mai Nguyen)? 2 claims and 1 identity will be @mai's. This cannot be undone."
    )
    await seller.says("/claims 12", hears="@mai.fb")
    await seller.taps(payloads(reply)[0], hears="@mai.fb is @mai now.")
    await seller.taps(payloads(reply)[0], hears="That is one buyer already: @mai. Send /buyer @mai")
    await seller.says("/claims 12", hears="  @mai")
    await seller.says("/release 14 @mai.fb", hears="14 taken back from @mai.")
    await seller.says("/undo", hears="@mai has 14 again")
    await shop.comments("mai.fb", "sold 12")
    await seller.says("/claims 12", hears="12 Blue dress: 1 of 2 won")
    await seller.says("/merge @mai @mai.fb", hears="That is one buyer already: @mai.")


async def test_invoices_and_messages_go_along(shop: Shop, seller: Chatter) -> None:
    await _bill_mai(shop, seller)
    await shop.comments("lan", "hello")
    await seller.says("/show new Saturday USD")
    await seller.says("/live")
    await shop.comments("lan", "hello")
    await seller.taps("merge yes #2 #1", hears="@mai is @lan now.")
    (one,) = await shop.read(invoices.unpaid_of_buyer, shop.workspace_id, 2)
    assert one.number == "LA-1-1"
    await seller.says("/buyer @mai", hears=["🔴 @lan", "1 show, 0 paid, 1 unpaid", "Telegram @lan"])


@one_database
@pytest.mark.parametrize("line", ["/merge yes #a #b", "/merge @mai", "/deposit @mai", "/block"])
async def test_what_does_not_fit_says_what_does(shop: Shop, seller: Chatter, line: str) -> None:
    await shop.comments("mai", "hello")
    await seller.says(line, hears="Send it like this")
