"""Two replicas that do the same at the same moment: it is done once, and neither of them fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage import buyers, channels, counters, deliveries, inbox, integrations, operators, workspaces
from storage.buyers import Author
from storage.crypto import Vault
from storage.database import Database
from storage.deliveries import DeliveryStatus
from storage.tables import metadata
from tests.meeting import LateCommit, meet

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MAI = Author(channel_id=1, platform="telegram", kind="user", platform_user_id="77", username="mai", name="Mai")
LAN = Author(channel_id=1, platform="telegram", kind="user", platform_user_id="78", username="lan", name="Lan")

Deed = Callable[[sa.Connection], Any]


@dataclass
class Pair:
    """Two replicas on one database; what the first writes is committed late."""

    first: LateCommit
    second: Database

    async def both(self, one: Deed, other: Deed | None = None) -> tuple[Any, Any]:
        """What each came to; without an `other` both do the same."""
        return await meet(self.first, self.first.write(one), self.second.write(other or one))

    async def rows(self, table: str) -> int:
        """How many rows there are."""
        count = sa.select(sa.func.count()).select_from(metadata.tables[table])
        return int(await self.second.read(lambda tx: tx.execute(count).scalar_one()))


@pytest.fixture
async def empty(postgres_url: str) -> AsyncIterator[Pair]:
    """At the very first start."""
    pair = Pair(LateCommit(postgres_url), Database(postgres_url))
    yield pair
    await pair.first.close()
    await pair.second.close()


@pytest.fixture
async def pair(empty: Pair) -> Pair:
    """With a workspace and a channel."""
    await empty.second.write(workspaces.ensure_first, NOON)
    await empty.second.write(_channel)
    return empty


def _channel(tx: sa.Connection) -> int:
    return channels.ensure(tx, 1, platform="telegram", external_id="1001", title="Sale", now=NOON).id


async def test_the_first_workspace_is_made_once(empty: Pair) -> None:
    assert await empty.both(lambda tx: workspaces.ensure_first(tx, NOON)) == (1, 1)
    assert await empty.rows("workspaces") == 1


async def test_a_channel_is_made_once(empty: Pair) -> None:
    await empty.second.write(workspaces.ensure_first, NOON)
    first, second = await empty.both(_channel)
    assert first == second
    assert await empty.rows("channels") == 1


async def test_a_key_from_the_environment_is_connected_once(pair: Pair) -> None:
    vault = Vault([b"k" * 32])

    def connect(tx: sa.Connection) -> int:
        return integrations.connect(
            tx,
            vault,
            1,
            "stripe",
            display_name="Mai's shop",
            account_id="acct_1",
            livemode=False,
            credentials={"secret_key": "sk_test_1"},
            settings={},
            now=NOON,
        )

    first, second = await pair.both(connect)
    assert first == second
    assert await pair.rows("integrations") == 1


async def test_two_who_count_the_same_are_both_counted(pair: Pair) -> None:
    await pair.both(lambda tx: counters.add(tx, 1, "events_again", 2))
    assert await pair.second.read(counters.all_of, 1) == {"events_again": 4}


async def test_an_event_is_kept_once(pair: Pair) -> None:
    first, second = await pair.both(
        lambda tx: inbox.keep(tx, 1, source="stripe", event_id="evt_1", kind="paid", body_enc=b"{}", now=NOON)
    )
    assert (first, second) == (1, None)


async def test_somebody_new_is_one_buyer_whoever_meets_them(pair: Pair) -> None:
    first, second = await pair.both(
        lambda tx: buyers.meet(tx, 1, [MAI], NOON), lambda tx: buyers.meet(tx, 1, [LAN, MAI], NOON)
    )
    assert first[1, "user", "77"] == second[1, "user", "77"]
    assert first[1, "user", "77"] != second[1, "user", "78"]
    assert (await pair.rows("buyers"), await pair.rows("identities")) == (2, 2)


async def test_an_identity_is_linked_once_and_stays_with_whom_it_belongs_to(pair: Pair) -> None:
    await pair.second.write(buyers.meet, 1, [MAI, LAN], NOON)

    def link(buyer_id: int) -> Deed:
        return lambda tx: buyers.link_identity(tx, 1, buyer_id, channel_id=1, kind="psid", platform_user_id="9")

    assert await pair.both(link(1), link(2)) == (None, None)
    assert [one.platform_user_id for one in await pair.second.read(buyers.identities_of, 1, 1)] == ["77", "9"]
    assert [one.platform_user_id for one in await pair.second.read(buyers.identities_of, 1, 2)] == ["78"]


async def test_the_newest_customer_of_a_buyer_is_kept(pair: Pair) -> None:
    await pair.second.write(buyers.meet, 1, [MAI], NOON)

    def keep(customer_id: str) -> Deed:
        return lambda tx: buyers.keep_customer(
            tx, 1, 1, provider="stripe", account_id="acct_1", customer_id=customer_id
        )

    assert await pair.both(keep("cus_1"), keep("cus_2")) == (None, None)
    assert await pair.second.read(buyers.customer_of, 1, 1, "stripe", "acct_1") == "cus_2"


async def test_a_message_is_written_down_once(pair: Pair) -> None:
    def queue(tx: sa.Connection) -> int | None:
        return deliveries.queue(tx, 1, purpose="notice", dedupe_key="1:x", text="Hello", channel_id=1, now=NOON)

    assert await pair.both(queue) == (1, None)


async def test_a_message_is_queued_again_once(pair: Pair) -> None:
    await pair.second.write(
        lambda tx: deliveries.queue(tx, 1, purpose="notice", dedupe_key="1:x", text="Hello", channel_id=1, now=NOON)
    )
    await pair.second.write(deliveries.settle, 1, 1, DeliveryStatus.UNKNOWN)
    assert await pair.both(lambda tx: deliveries.again(tx, 1, 1, but=(DeliveryStatus.QUEUED,))) == (2, None)


async def test_only_one_of_two_begins_a_delivery(pair: Pair) -> None:
    await pair.second.write(
        lambda tx: deliveries.queue(tx, 1, purpose="notice", dedupe_key="1:x", text="Hello", channel_id=1, now=NOON)
    )
    assert await pair.both(lambda tx: deliveries.begin(tx, 1, 1, "chat")) == (True, False)


async def test_a_pairing_code_is_used_once(pair: Pair) -> None:
    await pair.second.write(operators.new_code, 1, "ABCD", role="owner", expires_at=NOON + timedelta(hours=1))
    assert await pair.both(lambda tx: operators.use_code(tx, 1, "ABCD", NOON)) == ("owner", None)


async def test_of_two_new_pairing_codes_the_later_one_counts(pair: Pair) -> None:
    def new(code: str) -> Deed:
        return lambda tx: operators.new_code(tx, 1, code, role="owner", expires_at=NOON + timedelta(hours=1))

    await pair.both(new("FIRST"), new("LATER"))
    assert await pair.second.write(operators.use_code, 1, "FIRST", NOON) is None
    assert await pair.second.write(operators.use_code, 1, "LATER", NOON) == "owner"


async def test_a_person_who_pairs_twice_is_one_operator(pair: Pair) -> None:
    def join(tx: sa.Connection) -> int:
        return operators.pair(
            tx, 1, name="Ann", role="owner", channel_id=1, platform_user_id="5", chat_id="5", now=NOON
        ).id

    first, second = await pair.both(join)
    assert first == second
    assert (await pair.rows("operators"), await pair.rows("operator_identities")) == (1, 1)
