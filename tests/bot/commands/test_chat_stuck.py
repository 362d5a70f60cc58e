"""What is stuck, in chat: listed newest first, tried again or set aside by a tap."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.domain.invoice import InvoiceStatus
from bot.kit.errors import OutsideError
from bot.workflows.give_up import Work, give_up, in_words
from bot.workflows.send_links import queue_link
from storage import dead_letters, deliveries, inbox, invoices
from storage.deliveries import Delivery, DeliveryStatus
from tests.bot.commands.conftest import Chatter, Clock, RecordingJobs, Shop, open_shop, payloads

SECRET = "sk_test_51NobodysSecret4242"


@pytest.fixture
def clock(shop: Shop) -> Clock:
    return shop.clock


@pytest.fixture
def jobs(shop: Shop) -> RecordingJobs:
    return shop.jobs


@pytest.fixture
async def rival(shop: Shop) -> Chatter:
    """An operator of another shop in the same house."""
    other = await open_shop(shop.assistant, shop.clock, shop.jobs, shop.stripe, name="Second")
    return await other.operator("Bob")


async def bills(shop: Shop, seller: Chatter, *names: str) -> None:
    """Each of these has won a dress and has an invoice that is being made."""
    await shop.connect_stripe()
    await seller.says("/item edit 12 x9")
    for name in names:
        await shop.comments(name, "sold 12")
    await seller.says("/invoice all", hears="")


async def gives_up(shop: Shop, kind: str, subject: int, *, attempt: int = 1, reason: str = "a wire was cut") -> None:
    await give_up(
        shop.assistant, Work(workspace_id=shop.workspace_id, kind=kind, subject_id=subject, attempt=attempt), reason
    )


async def link_is(shop: Shop, status: DeliveryStatus, error: str, *, invoice_id: int = 1) -> int:
    """The invoice is placed, and its link became this; returns the delivery."""

    def settle(tx: sa.Connection) -> int:
        external = {"external_id": f"in_{invoice_id}", "external_url": f"https://pay.example/{invoice_id}"}
        invoices.change(tx, shop.workspace_id, invoice_id, **external)
        (parcel,) = queue_link(tx, shop.workspace_id, invoice_id, "", shop.clock())
        deliveries.settle(tx, shop.workspace_id, parcel.delivery_id, status, error=error)
        return parcel.delivery_id

    return int(await shop.write(settle))


async def keeps_event(shop: Shop) -> int:
    """A payment event waits to be acted on."""
    kept = await shop.write(
        inbox.keep,
        shop.workspace_id,
        source="stripe:acct_1",
        event_id="evt_1",
        kind="invoice.paid",
        body_enc=b"sealed",
        now=shop.clock(),
    )
    return int(kept)


async def notices(shop: Shop) -> list[Delivery]:
    """What the operators were told about work."""
    return [one for one in await shop.told("notice") if not one.text.startswith("Now hearing")]


async def test_when_nothing_is_stuck_it_says_so(seller: Chatter) -> None:
    await seller.says("/stuck", hears="Nothing is stuck.")
    await seller.says("/stuck retry all", hears="Nothing to try again.")
    assert "stuck" not in await seller.says("/status")


async def test_an_invoice_that_gave_up_is_told_with_a_button_and_tried_again_under_the_next_attempt(
    shop: Shop, seller: Chatter, jobs: RecordingJobs
) -> None:
    await bills(shop, seller, "mai")
    await gives_up(shop, "invoice", 1)
    assert await shop.statuses() == [InvoiceStatus.ERROR]
    (told,) = await notices(shop)
    assert told.text.startswith("I gave up making the invoice of 19.90 USD for @mai: a wire was cut.")
    assert payloads(told) == ["stuck retry invoice 1"]
    await seller.says("/stuck", hears=["1 thing is stuck:", "1. Making the invoice of 19.90 USD for @mai: a wire"])
    await seller.says("/status", hears="1 stuck: /stuck")

    await seller.taps(payloads(told)[0], hears="Trying it again.")
    assert await shop.statuses() == [InvoiceStatus.DRAFT]
    assert jobs.placed == [1, 1]
    assert (await shop.read(invoices.get, shop.workspace_id, 1)).tries == 2
    await seller.taps(payloads(told)[0], hears="That is not stuck any more.")
    await seller.says("/stuck", hears="Nothing is stuck.")

    await gives_up(shop, "invoice", 1, attempt=2)
    await seller.says("/stuck", hears="1 thing is stuck:")


async def test_giving_up_is_told_once_however_often_it_is_found_and_many_are_told_as_one(
    shop: Shop, seller: Chatter, clock: Clock
) -> None:
    await bills(shop, seller, "mai", "lan", "hoa")
    for number in (1, 1, 2):
        await gives_up(shop, "invoice", number)
    assert len(await notices(shop)) == 1
    await seller.says("/stuck", hears="2 things are stuck:")
    clock.passes(minutes=11)
    await gives_up(shop, "invoice", 3)
    assert len(await notices(shop)) == 2


async def test_all_that_is_stuck_is_listed_newest_first_with_two_buttons_each(
    shop: Shop, seller: Chatter, clock: Clock
) -> None:
    await bills(shop, seller, "mai", "lan")
    clock.passes(minutes=1)
    delivery = await link_is(shop, DeliveryStatus.UNKNOWN, "Telegram did not answer in time")
    clock.passes(minutes=1)
    await shop.write(invoices.change, shop.workspace_id, 2, status=InvoiceStatus.ERROR, error_message="Card declined.")
    event = await keeps_event(shop)
    await gives_up(shop, "settle", event)
    (listed,) = await seller.replies("/stuck")
    assert listed.text.splitlines() == [
        "3 things are stuck:",
        "1. Taking in what Stripe told me (invoice.paid): a wire was cut",
        "2. Sending the pay link to @mai: may have worked: Telegram did not answer in time",
        "3. Making the invoice of 19.90 USD for @lan: Card declined.",
    ]
    assert payloads(listed) == [
        f"stuck retry settle {event}",
        f"stuck aside settle {event}",
        f"stuck retry deliver {delivery}",
        f"stuck aside deliver {delivery}",
        "stuck retry invoice 2",
        "stuck aside invoice 2",
        "stuck retry all",
    ]


async def test_trying_all_again_leaves_alone_what_may_have_arrived(
    shop: Shop, seller: Chatter, jobs: RecordingJobs
) -> None:
    await bills(shop, seller, "mai", "lan", "hoa")
    unsure = await link_is(shop, DeliveryStatus.UNKNOWN, "cut off", invoice_id=1)
    failed = await link_is(shop, DeliveryStatus.FAILED, "Telegram cannot be reached", invoice_id=2)
    await gives_up(shop, "invoice", 3)
    event = await keeps_event(shop)
    await gives_up(shop, "settle", event)
    before = list(jobs.delivered)
    await seller.says("/stuck retry all", hears="Trying 3 again.")
    assert failed in jobs.delivered[len(before) :]
    assert unsure not in jobs.delivered[len(before) :]
    assert jobs.placed == [1, 2, 3, 3]
    assert jobs.settled == [(event, 2)]
    await seller.says("/stuck", hears=["1 thing is stuck:", "@mai: may have worked"])
    await seller.taps(f"stuck retry deliver {unsure}", hears="Trying it again.")
    assert jobs.delivered[-2] == unsure
    await seller.says("/stuck", hears="Nothing is stuck.")


@pytest.mark.parametrize("kind", ["invoice", "deliver", "settle"])
async def test_what_is_set_aside_is_listed_no_more_until_it_is_stuck_once_more(
    shop: Shop, seller: Chatter, kind: str
) -> None:
    await bills(shop, seller, "mai")
    subject = 1
    if kind == "deliver":
        subject = await link_is(shop, DeliveryStatus.MANUAL, "They have not started a chat.")
    elif kind == "settle":
        subject = await keeps_event(shop)
        await gives_up(shop, "settle", subject)
    else:
        await shop.write(invoices.change, shop.workspace_id, 1, status=InvoiceStatus.ERROR, error_message="No.")
    await seller.taps(f"stuck aside {kind} {subject}", hears="Set aside: ")
    await seller.says("/stuck", hears="Nothing is stuck.")
    await seller.taps(f"stuck aside {kind} {subject}", hears="That is not stuck any more.")
    if kind == "deliver":
        await shop.write(deliveries.again, shop.workspace_id, subject)
        await shop.write(deliveries.settle, shop.workspace_id, subject, DeliveryStatus.FAILED, error="once more")
    else:
        if kind == "invoice":
            await seller.says("/invoice retry")
        await gives_up(shop, kind, subject, attempt=2)
    await seller.says("/stuck", hears="1 thing is stuck:")


async def test_what_went_on_by_other_ways_is_not_stuck_any_more(shop: Shop, seller: Chatter) -> None:
    await bills(shop, seller, "mai", "lan")
    await gives_up(shop, "invoice", 1)
    await seller.says("/invoice retry", hears="")
    await link_is(shop, DeliveryStatus.FAILED, "cut off", invoice_id=2)
    event = await keeps_event(shop)
    await gives_up(shop, "settle", event)
    await seller.says("/stuck", hears="2 things are stuck:")
    await shop.write(invoices.change, shop.workspace_id, 2, status=InvoiceStatus.PAID)
    await shop.write(inbox.done, shop.workspace_id, event, "applied", shop.clock())
    await seller.says("/stuck", hears="Nothing is stuck.")


async def test_a_void_and_a_run_that_gave_up_begin_again(shop: Shop, seller: Chatter, jobs: RecordingJobs) -> None:
    await bills(shop, seller, "mai")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await gives_up(shop, "void", 1)
    await gives_up(shop, "run", 1)
    answer = await seller.says("/stuck", hears="Voiding the invoice of 19.90 USD for @mai: a wire was cut")
    assert "Showing how invoicing goes" in answer
    await seller.says("/stuck retry all", hears="Trying 2 again.")
    assert jobs.voided == [1]
    assert jobs.watched == [1, 1]
    await seller.says("/stuck", hears="Nothing is stuck.")


async def test_a_pay_link_that_gave_up_has_failed_or_may_have_arrived(shop: Shop, seller: Chatter) -> None:
    await bills(shop, seller, "mai", "lan")
    waiting = await link_is(shop, DeliveryStatus.QUEUED, "", invoice_id=1)
    in_flight = await link_is(shop, DeliveryStatus.SENDING, "", invoice_id=2)
    await gives_up(shop, "deliver", waiting)
    await gives_up(shop, "deliver", in_flight)
    statuses = [(await shop.read(deliveries.get, shop.workspace_id, one)).status for one in (waiting, in_flight)]
    assert statuses == [DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN]
    told = [one.text for one in await notices(shop)]
    assert [text.partition(":")[0] for text in told] == [
        "The pay link for @mai did not go out",
        "The pay link for @lan may or may not have arrived",
    ]
    await seller.says("/stuck", hears=["2 things are stuck:", "@lan: may have worked: a wire was cut"])


async def test_a_message_to_an_operator_that_gave_up_makes_no_further_message(shop: Shop, seller: Chatter) -> None:
    await bills(shop, seller, "mai")
    await gives_up(shop, "invoice", 1)
    (notice,) = await notices(shop)
    await gives_up(shop, "deliver", notice.id)
    assert len(await notices(shop)) == 1
    await seller.says("/stuck", hears="Sending a message to a chat: a wire was cut")


async def test_work_of_an_unknown_kind_can_only_be_set_aside(shop: Shop, seller: Chatter) -> None:
    await gives_up(shop, "tidy", 4)
    (told,) = await notices(shop)
    assert told.text.startswith("I gave up some work (tidy 4): a wire was cut.")
    assert payloads(told) == []
    (listed,) = await seller.replies("/stuck")
    assert payloads(listed) == ["stuck aside tidy 4"]
    await seller.says("/stuck retry all", hears="Nothing to try again.")
    await seller.taps("stuck aside tidy 4", hears="Set aside: some work (tidy 4).")


async def test_a_long_list_is_cut_and_still_tried_again_as_a_whole(
    shop: Shop, seller: Chatter, jobs: RecordingJobs
) -> None:
    await bills(shop, seller, *"abcdefg")
    for number in range(1, 8):
        await gives_up(shop, "invoice", number)
    (listed,) = await seller.replies("/stuck")
    assert listed.text.endswith("… and 2 more")
    assert len(payloads(listed)) == 11
    await seller.says("/stuck retry all", hears="Trying 7 again.")
    assert sorted(jobs.placed[7:]) == [1, 2, 3, 4, 5, 6, 7]


async def test_another_shop_sees_and_moves_none_of_it(shop: Shop, seller: Chatter, rival: Chatter) -> None:
    await bills(shop, seller, "mai")
    await gives_up(shop, "invoice", 1)
    await rival.says("/stuck", hears="Nothing is stuck.")
    for line in ("stuck retry invoice 1", "stuck aside invoice 1", "stuck retry invoice 99999999999999999999"):
        await rival.taps(line, hears="That is not stuck any more.")
    assert await shop.read(dead_letters.unsettled, shop.workspace_id) != []


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (OutsideError("Stripe said no."), "Stripe said no."),
        (KeyError("x"), "something went wrong here (KeyError: 'x')"),
        (
            ValueError(f"bad key {SECRET}\nand more"),
            "something went wrong here (ValueError: bad key sk_test_… and more)",
        ),
        (
            sa.exc.OperationalError("UPDATE buyers SET name = ?", {"name": "Mai"}, TimeoutError("locked")),
            "the database did not do its part (TimeoutError)",
        ),
    ],
)
def test_a_reason_is_one_line_in_words_without_secrets_or_data(failure: Exception, words: str) -> None:
    assert in_words(failure) == words
    assert len(in_words(ValueError("x" * 999))) == 200
