"""Who was first: comments become decisions, in order, once, and never more than there is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.show_rules import Again, ShowRules
from bot.workflows.decide_comments import Decider, Effects
from bot.workflows.read_comments import Heard
from messaging.base import Comment, Person, Verb
from storage import channels, claims, items, shows, workspaces
from storage.tables import metadata

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass
class Table:
    """A live show to comment on, in a database in memory."""

    tx: sa.Connection
    workspace_id: int
    channel_id: int
    show_id: int
    now: datetime = NOON
    decider: Decider = field(default_factory=Decider)
    number: int = 0

    def add(self, code: str, quantity: int = 1, **more: Any) -> int:
        show = shows.get(self.tx, self.workspace_id, self.show_id)
        assert show is not None
        item = items.add(
            self.tx,
            self.workspace_id,
            show,
            code=code,
            title="",
            price_cents=100,
            quantity=quantity,
            now=self.now,
            **more,
        )
        shows.touch_items(self.tx, self.workspace_id, self.show_id, self.now)
        return item

    def comment(self, who: str | None, text: str, **more: Any) -> Heard:
        self.number += 1
        given: dict[str, Any] = {
            "feed_id": "post-1",
            "feed_title": "",
            "comment_id": f"c{self.number}",
            "verb": Verb.ADDED,
            "revision": 0,
            "author": Person(id=who, kind="user", username=who) if who else None,
            "text": text,
            "written_at": self.now + timedelta(seconds=self.number),
        }
        return Heard(channel_id=self.channel_id, platform="telegram", comment=Comment(**given | more))

    def hear(self, *heard: Heard) -> Effects:
        effects = self.decider.decide(self.tx, self.workspace_id, heard, self.now)
        self.decider.remember(effects)
        return effects

    def say(self, who: str | None, text: str, **more: Any) -> Heard:
        one = self.comment(who, text, **more)
        self.hear(one)
        return one

    def changed(self, one: Heard, verb: Verb, text: str = "", revision: int = 1) -> Heard:
        return one._replace(comment=one.comment._replace(verb=verb, text=text, revision=revision))

    def ledger(self) -> list[tuple[str, str, str]]:
        """(text, status, reason) of everything, in the ledger's order."""
        rows = claims.ledger_page(self.tx, self.workspace_id, self.show_id, limit=10_000)
        return [
            (r.text, r.claim.status.value if r.claim else r.status, r.claim.reason if r.claim else r.reason)
            for r in rows
        ]

    def statuses(self) -> list[str]:
        return [status for _, status, _ in self.ledger()]

    def holders(self, code: str) -> list[tuple[str, str, int | None]]:
        item = items.by_code(self.tx, self.workspace_id, self.show_id, code)
        assert item is not None
        rows = self.tx.execute(
            sa.text(
                "SELECT b.handle, c.status, c.position FROM claims c JOIN buyers b ON b.id = c.buyer_id "
                "WHERE c.item_id = :item AND c.status IN ('winner', 'waitlisted') ORDER BY c.seq, c.wish"
            ),
            {"item": item.id},
        )
        return [(row.handle, row.status, row.position) for row in rows]


def open_table() -> Table:
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    tx = engine.connect()
    metadata.create_all(tx)
    workspace_id = workspaces.ensure_first(tx, NOON)
    channel = channels.ensure(tx, workspace_id, platform="telegram", external_id="1", title="Sale", now=NOON)
    show = shows.create(tx, workspace_id, title="Friday", currency="USD", now=NOON)
    shows.start(tx, workspace_id, show.id, NOON)
    return Table(tx=tx, workspace_id=workspace_id, channel_id=channel.id, show_id=show.id)


@pytest.fixture
async def table() -> AsyncIterator[Table]:
    opened = open_table()
    yield opened
    opened.tx.close()
    opened.tx.engine.dispose()


def test_the_first_wins_the_next_waits_and_chatter_is_kept_but_ignored(table: Table) -> None:
    table.add("12")
    table.say("mai", "so pretty")
    table.say("mai", "sold 12")
    table.say("lan", "sold 12!")
    table.say("hoa", "SOLD #12")
    assert table.statuses() == ["ignored", "winner", "waitlisted", "waitlisted"]
    assert table.holders("12") == [("mai", "winner", None), ("lan", "waitlisted", 1), ("hoa", "waitlisted", 2)]


def test_the_same_comment_twice_changes_nothing(table: Table) -> None:
    table.add("12", 2)
    one = table.say("mai", "sold 12")
    table.hear(one)
    table.hear(one, one)
    assert table.statuses() == ["winner"]


def test_claiming_again_is_a_duplicate_whether_won_or_waiting(table: Table) -> None:
    table.add("12")
    for who in ("mai", "lan", "mai", "lan"):
        table.say(who, "sold 12")
    assert table.statuses() == ["winner", "waitlisted", "duplicate", "duplicate"]


def test_several_wishes_in_one_comment_are_decided_one_by_one(table: Table) -> None:
    table.add("粉")
    table.add("白")
    table.say("mai", "白+1")
    table.say("lan", "粉+1 白+1")
    assert table.statuses() == ["winner", "winner", "waitlisted"]


def test_inside_one_batch_the_platforms_time_decides(table: Table) -> None:
    table.add("12")
    late = table.comment("mai", "sold 12", written_at=NOON + timedelta(seconds=9))
    early = table.comment("lan", "sold 12", written_at=NOON + timedelta(seconds=3))
    table.hear(late, early)
    assert table.holders("12") == [("lan", "winner", None), ("mai", "waitlisted", 1)]


def test_all_or_nothing_nobody_is_promised_half(table: Table) -> None:
    table.add("12", 3)
    table.say("mai", "sold 12 x2")
    table.say("lan", "sold 12 x2")
    table.say("hoa", "sold 12")
    table.say("bob", "sold 12 x9")
    assert table.statuses() == ["winner", "waitlisted", "waitlisted", "rejected"]


def test_an_unknown_code_is_unmatched_and_a_closed_item_rejected(table: Table) -> None:
    item = table.add("12")
    items.change(table.tx, table.workspace_id, item, open=False)
    shows.touch_items(table.tx, table.workspace_id, table.show_id, table.now)
    table.say("mai", "sold 99")
    table.say("mai", "sold 12")
    assert [(status, reason) for _, status, reason in table.ledger()] == [
        ("unmatched", "there is no item 99"),
        ("rejected", "12 is closed"),
    ]


def test_a_comment_without_an_author_is_left_to_the_operator(table: Table) -> None:
    table.add("12")
    table.say(None, "sold 12")
    assert table.statuses() == ["ambiguous"]
    assert table.holders("12") == []


def test_a_deleted_comment_gives_its_item_to_the_next_once(table: Table) -> None:
    table.add("12")
    first = table.say("mai", "sold 12")
    table.say("lan", "sold 12")
    table.say("hoa", "sold 12")
    gone = table.changed(first, Verb.REMOVED, revision=0)
    table.hear(gone)
    table.hear(gone)
    assert table.holders("12") == [("lan", "winner", None), ("hoa", "waitlisted", 1)]


def test_a_comment_deleted_before_it_was_read_never_claims(table: Table) -> None:
    table.add("12")
    one = table.comment("mai", "sold 12")
    table.hear(table.changed(one, Verb.REMOVED, revision=0))
    table.hear(one)
    assert table.holders("12") == []


def test_an_edit_makes_a_claim_of_chatter_but_never_changes_one(table: Table) -> None:
    table.add("12")
    table.add("13")
    chatter = table.say("mai", "sodl 12")
    table.hear(table.changed(chatter, Verb.EDITED, "sold 12"))
    assert table.holders("12") == [("mai", "winner", None)]
    table.hear(table.changed(chatter, Verb.EDITED, "sold 13", revision=2))
    assert table.holders("12") == [("mai", "winner", None)]
    assert table.holders("13") == []


def test_a_comment_heard_after_its_own_edit_claims_once(table: Table) -> None:
    table.add("12", 5)
    table.add("13", 5)
    one, chatter = table.comment("mai", "sold 12"), table.comment("lan", "sold 12")
    table.hear(table.changed(one, Verb.EDITED, "sold 13"), table.changed(chatter, Verb.EDITED, "nice"))
    table.hear(one, chatter)
    assert table.holders("13") == [("mai", "winner", None)]
    assert table.holders("12") == [("lan", "winner", None)]


@pytest.mark.parametrize("late", [Verb.ADDED, Verb.EDITED])
def test_whatever_is_heard_of_a_comment_after_it_was_deleted_claims_nothing(table: Table, late: Verb) -> None:
    table.add("12", 5)
    one = table.say("mai", "hello")
    table.hear(table.changed(one, Verb.EDITED, "helo"), table.changed(one, Verb.REMOVED, revision=0))
    table.hear(table.changed(one, late, "sold 12", revision=3))
    assert table.holders("12") == []


def test_a_late_comment_counts_when_it_was_written_while_the_show_was_live(table: Table) -> None:
    table.add("12", 5)
    held_up = table.comment("mai", "sold 12", written_at=NOON + timedelta(minutes=5))
    too_late = table.comment("lan", "sold 12", written_at=NOON + timedelta(minutes=11))
    shows.end(table.tx, table.workspace_id, table.show_id, NOON + timedelta(minutes=10))
    table.hear(held_up, too_late)
    assert table.holders("12") == [("mai", "winner", None)]


def test_a_show_that_chose_its_group_hears_no_other(table: Table) -> None:
    table.add("12", 5)
    channels.choose_feed(table.tx, table.workspace_id, table.show_id, table.channel_id, ["post-2"])
    table.say("mai", "sold 12")
    table.say("lan", "sold 12", feed_id="post-2")
    assert table.holders("12") == [("lan", "winner", None)]


def test_a_muted_group_is_not_heard(table: Table) -> None:
    table.add("12", 5)
    table.say("mai", "hello", feed_title="Strangers")
    (feed,) = channels.feeds_of(table.tx, table.workspace_id)
    channels.mute_feed(table.tx, table.workspace_id, feed.id, muted=True)
    table.say("mai", "sold 12")
    assert table.holders("12") == []


@pytest.mark.parametrize(
    "text",
    [
        "sold 12\x00",
        "sold 12 \ud800",
        "\u202esold 12",
        "s\u200bold 12",
        "sold 12 😍🔥",
        "sold 12 '; DROP TABLE claims; --",
        "<script>alert(1)</script> sold 12",
        "مرحبا " * 20 + "sold 12",
        "x" * 10_000,
    ],
)
def test_no_comment_stops_the_ones_beside_it(table: Table, text: str) -> None:
    table.add("12", 5)
    table.add("13")
    table.hear(table.comment("mai", text), table.comment("lan", "sold 13"))
    assert table.holders("13") == [("lan", "winner", None)]
    assert len(table.ledger()) == 2


def test_a_key_pasted_as_a_comment_is_not_kept(table: Table) -> None:
    table.say("mai", "sk_live_51AbCdEfGhIjKlMnOp oh no")
    assert "51AbCd" not in table.ledger()[0][0]


_people = st.sampled_from(["mai", "lan", "hoa", "bob", "eve"])
_acts = st.lists(
    st.one_of(
        st.tuples(
            st.just("say"), _people, st.sampled_from(["sold 1", "sold 2", "sold 1 x2", "1+1 2+1", "hello", "sold 9"])
        ),
        st.tuples(st.just("delete"), st.integers(0, 30)),
        st.tuples(st.just("edit"), st.integers(0, 30), st.sampled_from(["sold 2", "nice"])),
        st.tuples(st.just("again"), st.integers(0, 30)),
    ),
    max_size=30,
)


@given(acts=_acts, stock=st.tuples(st.integers(1, 3), st.integers(1, 3)), split=st.integers(1, 7))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_oversold_and_the_line_has_no_gaps(acts: list[Any], stock: tuple[int, int], split: int) -> None:
    table = open_table()
    try:
        for code, quantity in zip("12", stock, strict=True):
            table.add(code, quantity)
        heard: list[Heard] = []
        waiting: list[Heard] = []
        for revision, act in enumerate(acts, 1):
            if act[0] == "say":
                heard.append(table.comment(act[1], act[2]))
                waiting.append(heard[-1])
            elif heard:
                one = heard[act[1] % len(heard)]
                if act[0] == "delete":
                    one = table.changed(one, Verb.REMOVED, revision=0)
                elif act[0] == "edit":
                    one = table.changed(one, Verb.EDITED, act[2], revision)
                waiting.append(one)
            if len(waiting) >= split:
                table.hear(*waiting)
                waiting = []
        table.hear(*waiting)
        for item in items.of_show(table.tx, table.workspace_id, table.show_id):
            active = claims.active(table.tx, table.workspace_id, table.show_id, item_id=item.id)
            winners = [claim for claim in active if claim.status == "winner"]
            line = sorted(claim.position for claim in active if claim.status == "waitlisted" and claim.position)
            assert sum(claim.quantity for claim in winners) == item.won <= item.quantity
            assert line == list(range(1, item.waiting + 1))
            if item.waiting:
                first = next(claim for claim in active if claim.position == 1)
                assert first.quantity > item.left, "whoever is first in line and fits is served"
    finally:
        table.tx.close()
        table.tx.engine.dispose()


@pytest.mark.parametrize("again", [Again.IGNORE, Again.REPLACE])
def test_every_statement_of_a_batch_finds_its_rows_by_an_index(table: Table, again: Again) -> None:
    shows.set_rules(table.tx, table.workspace_id, table.show_id, ShowRules(again=again), NOON)
    table.add("12", 3)
    for who in ("mai", "lan"):
        table.say(who, "sold 12 x2")
    run: list[str] = []
    driver = table.tx.connection.driver_connection
    assert driver is not None
    driver.set_trace_callback(run.append)
    table.hear(table.comment("mai", "sold 12"), table.comment("lan", "sold 12"), table.comment("hoa", "so pretty"))
    driver.set_trace_callback(None)
    plans = ["\n".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {sql}")) for sql in run]
    assert any("SEARCH buyers USING INDEX ix_buyers_flagged" in plan for plan in plans)
    for sql, plan in zip(run, plans, strict=True):
        assert not re.search(r"SCAN (?!json_each|anon_1|\(subquery)", plan), f"{sql}\n{plan}"
        assert "json_each" not in plan.partition("\n")[2], f"read again for each row of a table: {sql}\n{plan}"


def test_whoever_is_flagged_in_the_shop_next_door_is_none_of_our_business(table: Table) -> None:
    table.add("12")
    next_door = workspaces.add(table.tx, name="Next door", plan="free", now=NOON)
    table.say("mai", "so pretty")
    table.tx.execute(sa.text("UPDATE buyers SET workspace_id = :there, deposit_due = true"), {"there": next_door})
    assert not shows.listening(table.tx, table.workspace_id).flagged
    assert table.hear(table.comment("lan", "sold 12")).flagged is False
