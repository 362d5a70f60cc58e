"""The delivery ladder: which way comes next, and which is never tried."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workflows.ladder import REPLY_WITHIN, WINDOW, OwnComment, is_shut_out, next_rung, whole_channel
from messaging.base import Where
from storage.buyers import Identity

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
TELEGRAM, FACEBOOK = 1, 2


def identity(
    kind: str, user: str, *, channel: int = FACEBOOK, reachable: bool | None = None, wrote: timedelta | None = None
) -> Identity:
    return Identity(
        id=1,
        buyer_id=1,
        channel_id=channel,
        kind=kind,
        platform_user_id=user,
        name="Mai",
        chat_id=user,
        reachable=reachable,
        last_inbound_at=None if wrote is None else NOW - wrote,
    )


def comment(comment_id: str, *, channel: int = FACEBOOK, age: timedelta = timedelta(hours=1)) -> OwnComment:
    return OwnComment(channel_id=channel, comment_id=comment_id, written_at=NOW - age)


CHAT = identity("user", "500", channel=TELEGRAM)
COMMENTER = identity("commenter", "77")
IN_WINDOW = identity("psid", "88", wrote=timedelta(hours=23))
OUT_OF_WINDOW = identity("psid", "88", wrote=timedelta(hours=25))
EVERYBODY = [CHAT, COMMENTER, IN_WINDOW]


def climb(
    identities: Sequence[Identity],
    comments: Sequence[OwnComment] = (),
    *,
    purpose: str = "link",
    used: Collection[str] = (),
    tried: Sequence[str] = (),
    templates: Collection[int] = (),
) -> list[str]:
    """Every rung in turn, each refused."""
    refused = list(tried)
    while True:
        rung = next_rung(
            purpose=purpose,
            identities=identities,
            comments=comments,
            tried=refused,
            used=used,
            templates=templates,
            now=NOW,
        )
        if rung is None:
            return refused[len(tried) :]
        refused.append(rung.name)


def test_the_private_chat_comes_first_then_private_replies_then_the_open_window() -> None:
    ways = climb(EVERYBODY, [comment("c2"), comment("c1")])
    assert ways == ["private_chat:500", "private_reply:c2", "private_reply:c1", "open_window:88"]


@pytest.mark.parametrize("purpose", ["thanks", "promotion", "reminder", "reply"])
def test_a_private_reply_is_spent_on_pay_links_and_offers_only(purpose: str) -> None:
    assert climb([COMMENTER], [comment("c1")], purpose="offer") == ["private_reply:c1"]
    assert climb([COMMENTER, IN_WINDOW], [comment("c1")], purpose=purpose) == ["open_window:88"]
    assert climb([COMMENTER], [comment("c1")], purpose=purpose) == []


def test_a_reply_another_message_used_up_is_not_asked_for_again() -> None:
    assert climb([COMMENTER], [comment("c2"), comment("c1")], used={"private_reply:c2"}) == ["private_reply:c1"]
    # A chat is not used up by what was said in it.
    assert climb([CHAT], used={"private_chat:500"}) == ["private_chat:500"]


@pytest.mark.parametrize(
    ("age", "ways"),
    [(REPLY_WITHIN - timedelta(minutes=2), ["private_reply:c1"]), (REPLY_WITHIN, []), (timedelta(days=30), [])],
)
def test_a_comment_can_be_answered_privately_for_a_week(age: timedelta, ways: list[str]) -> None:
    assert climb([COMMENTER], [comment("c1", age=age)]) == ways


@pytest.mark.parametrize(
    ("wrote", "open_"), [(timedelta(0), True), (WINDOW - timedelta(minutes=2), True), (WINDOW, False)]
)
def test_the_window_is_open_for_a_day_after_they_wrote(wrote: timedelta, open_: bool) -> None:
    assert climb([identity("psid", "88", wrote=wrote)]) == (["open_window:88"] if open_ else [])


def test_nobody_is_written_to_who_never_wrote_or_shut_the_door() -> None:
    assert climb([identity("psid", "88")]) == []
    assert climb([OUT_OF_WINDOW]) == []
    assert climb([identity("user", "500", channel=TELEGRAM, reachable=False)]) == []
    assert climb([identity("user", "500", channel=TELEGRAM, reachable=True)]) == ["private_chat:500"]


def test_a_comment_on_telegram_or_of_somebody_else_gives_no_private_reply() -> None:
    assert climb([CHAT], [comment("-100:7", channel=TELEGRAM)]) == ["private_chat:500"]
    assert climb([IN_WINDOW], [comment("c1")]) == ["open_window:88"]


def test_a_closed_channel_is_left_out_whole_and_the_others_are_tried() -> None:
    closed = [whole_channel(FACEBOOK)]
    assert climb(EVERYBODY, [comment("c1")], tried=closed) == ["private_chat:500"]
    assert climb([COMMENTER, IN_WINDOW], [comment("c1")], tried=closed) == []


def test_only_closed_channels_make_a_message_shut_out() -> None:
    assert is_shut_out([whole_channel(TELEGRAM), whole_channel(FACEBOOK)])
    assert not is_shut_out([whole_channel(FACEBOOK), "private_chat:500"])
    assert not is_shut_out([])


@given(
    st.lists(st.sampled_from([CHAT, COMMENTER, IN_WINDOW, OUT_OF_WINDOW]), max_size=6),
    st.lists(st.sampled_from(["c1", "c2", "c3"]), unique=True),
    st.sampled_from(["link", "thanks"]),
)
def test_every_climb_ends_and_tries_no_rung_twice(
    identities: list[Identity], comment_ids: list[str], purpose: str
) -> None:
    ways = climb(identities, [comment(one) for one in comment_ids], purpose=purpose)
    assert len(ways) == len(set(ways))
    assert all(not way.startswith(Where.COMMENT_PUBLICLY) for way in ways)


def test_a_template_comes_last_and_says_nothing_but_links() -> None:
    everybody = [COMMENTER, OUT_OF_WINDOW]
    assert climb(everybody, [comment("c1")], templates={FACEBOOK}) == ["private_reply:c1", "template:88"]
    assert climb([IN_WINDOW], templates={FACEBOOK}) == ["open_window:88", "template:88"]
    assert climb([IN_WINDOW], templates={TELEGRAM}) == ["open_window:88"]
    assert climb([OUT_OF_WINDOW], templates={FACEBOOK}, purpose="reminder") == ["template:88"]
    assert climb([OUT_OF_WINDOW], templates={FACEBOOK}, purpose="thanks") == []
