"""What Telegram tells us becomes events; what we do not know is kept; nothing makes the reader stumble."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.base import Comment, Event, FeedMoved, Message, Person, Reachability, Standing, Unknown, Verb
from messaging.telegram.updates import CONTENT, READERS, read_update

BOT = "live_assist_bot"
MAI = {
    "id": 5001,
    "is_bot": False,
    "first_name": "Mai",
    "last_name": "Trần",
    "username": "mai",
    "language_code": "vi",
}
GROUP = {"id": -1001234567890, "type": "supergroup", "title": "Lan's Closet"}
PRIVATE = {"id": 5001, "type": "private", "first_name": "Mai", "last_name": "Trần"}
AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 18, 5, tzinfo=UTC)


def message(chat: dict[str, Any] = GROUP, **what: Any) -> dict[str, Any]:
    return {"message_id": 77, "from": MAI, "chat": chat, "date": int(AT.timestamp()), **what}


def read(update: Any) -> Event:
    events = read_update(update, bot_username=BOT, now=NOW)
    assert len(events) == 1
    return events[0]


def read_message(chat: dict[str, Any] = GROUP, **what: Any) -> Event:
    return read({"update_id": 9, "message": message(chat, **what)})


def test_what_is_said_in_a_group_is_a_comment() -> None:
    assert read_message(text="chốt 12") == Comment(
        feed_id="-1001234567890",
        feed_title="Lan's Closet",
        comment_id="-1001234567890:77",
        verb=Verb.ADDED,
        revision=0,
        author=Person(id="5001", kind="user", username="mai", name="Mai Trần", language="vi"),
        text="chốt 12",
        written_at=AT,
    )


def test_a_caption_is_as_good_as_a_text() -> None:
    comment = read_message(photo=[{"file_id": "x"}], caption="sold 12")
    assert isinstance(comment, Comment)
    assert comment.text == "sold 12"


def test_an_edit_has_a_revision_of_its_own() -> None:
    edited = message(text="sold 13", edit_date=int(AT.timestamp()) + 60)
    comment = read({"update_id": 9, "edited_message": edited})
    assert isinstance(comment, Comment)
    assert (comment.verb, comment.revision, comment.written_at) == (
        Verb.EDITED,
        int(AT.timestamp()) + 60,
        AT,
    )


def test_a_caption_taken_away_is_an_edit_to_nothing() -> None:
    comment = read({"update_id": 9, "edited_message": message(photo=[{}], edit_date=1)})
    assert isinstance(comment, Comment)
    assert (comment.verb, comment.text) == (Verb.EDITED, "")


def test_an_answer_names_the_comment_it_answers() -> None:
    comment = read_message(text="me too", reply_to_message=message(text="sold 12", message_id=70))
    assert isinstance(comment, Comment)
    assert comment.reply_to == "-1001234567890:70"


def test_in_a_forum_only_a_real_answer_answers_something() -> None:
    topic: dict[str, Any] = {"is_topic_message": True, "message_thread_id": 5}
    said = read_message(text="sold 12", reply_to_message={"message_id": 5}, **topic)
    answered = read_message(text="sold 12", reply_to_message={"message_id": 70}, **topic)
    assert isinstance(said, Comment)
    assert isinstance(answered, Comment)
    assert (said.reply_to, answered.reply_to) == (None, "-1001234567890:70")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/show Friday jade", "/show Friday jade"),
        ("/show@live_assist_bot Friday jade", "/show Friday jade"),
        ("/show@LIVE_assist_bot", "/show"),
        ("/sold 12 to @mai", "/sold 12 to @mai"),
        ("/12", "/12"),
    ],
)
def test_a_command_in_a_group_is_a_message_without_our_name_in_it(text: str, command: str) -> None:
    heard = read_message(text=text)
    assert isinstance(heard, Message)
    assert (heard.text, heard.private, heard.chat_id, heard.message_id) == (
        command,
        False,
        "-1001234567890",
        "77",
    )


def test_a_private_message_is_a_message_with_its_person() -> None:
    assert read_message(PRIVATE, text="/start inv_7f3") == Message(
        event_id="9",
        chat_id="5001",
        chat_title="Mai Trần",
        private=True,
        person=Person(id="5001", kind="user", username="mai", name="Mai Trần", language="vi"),
        text="/start inv_7f3",
        message_id="77",
        sent_at=AT,
    )


def test_a_tap_is_a_message_that_waits_for_an_answer() -> None:
    query = {"id": "4382", "from": MAI, "data": "resend:7", "message": message(text="Send again?")}
    heard = read({"update_id": 9, "callback_query": query})
    assert isinstance(heard, Message)
    assert (heard.tap_id, heard.text, heard.private, heard.message_id) == ("4382", "resend:7", False, "77")
    assert heard.sent_at == NOW


def test_a_tap_on_a_message_too_old_to_be_shown_still_counts() -> None:
    gone = {"message_id": 77, "chat": PRIVATE, "date": 0}
    heard = read({"update_id": 9, "callback_query": {"id": "1", "from": MAI, "data": "x", "message": gone}})
    assert isinstance(heard, Message)
    assert (heard.private, heard.sent_at) == (True, NOW)


@pytest.mark.parametrize(("status", "is_open"), [("kicked", False), ("member", True)])
def test_blocking_and_coming_back_opens_and_closes_the_door(status: str, is_open: bool) -> None:
    change = {
        "chat": PRIVATE,
        "from": MAI,
        "date": int(AT.timestamp()),
        "new_chat_member": {"status": status},
    }
    heard = read({"update_id": 9, "my_chat_member": change})
    assert isinstance(heard, Reachability)
    assert (heard.open, heard.person.id, heard.chat_id, heard.at) == (is_open, "5001", "5001", AT)


@pytest.mark.parametrize(
    ("member", "inside", "administrator"),
    [
        ({"status": "administrator"}, True, True),
        ({"status": "member"}, True, False),
        ({"status": "restricted", "is_member": True}, True, False),
        ({"status": "restricted", "is_member": False}, False, False),
        ({"status": "left"}, False, False),
        ({"status": "kicked"}, False, False),
    ],
)
def test_how_we_stand_in_a_group_is_heard(member: dict[str, Any], inside: bool, administrator: bool) -> None:
    heard = read({"update_id": 9, "my_chat_member": {"chat": GROUP, "from": MAI, "new_chat_member": member}})
    assert heard == Standing(
        event_id="9",
        person=Person(id="5001", kind="user", username="mai", name="Mai Trần", language="vi"),
        chat_id="-1001234567890",
        chat_title="Lan's Closet",
        inside=inside,
        administrator=administrator,
    )


def test_a_group_that_becomes_a_supergroup_says_so_in_both() -> None:
    old, new = {"id": -55, "type": "group", "title": "Fans"}, GROUP
    told = FeedMoved(event_id="9", feed_id="-55", to="-1001234567890")
    assert read_message(old, migrate_to_chat_id=-1001234567890) == told
    assert read_message(new, migrate_from_chat_id=-55) == told


ANONYMOUS: dict[str, Any] = {
    "from": {"id": 1087968824, "is_bot": True, "username": "GroupAnonymousBot"},
    "sender_chat": GROUP,
}
AS_CHANNEL: dict[str, Any] = {
    "from": {"id": 136817688, "is_bot": True},
    "sender_chat": {"id": -1009, "type": "channel"},
}


def test_an_anonymous_administrators_command_is_the_groups() -> None:
    heard = read_message(text="/end", **ANONYMOUS)
    assert isinstance(heard, Message)
    assert (heard.text, heard.person) == ("/end", Person(id="-1001234567890", kind="group", name="Lan's Closet"))


A_BOT: dict[str, Any] = {"from": {"id": 3, "is_bot": True}}


@pytest.mark.parametrize("sender", [ANONYMOUS, AS_CHANNEL, {"from": None}, {"from": {"id": True}}])
def test_a_comment_by_nobody_we_can_name_has_no_author(sender: dict[str, Any]) -> None:
    comment = read_message(text="sold 12", **sender)
    assert isinstance(comment, Comment)
    assert comment.author is None


@pytest.mark.parametrize(
    ("update", "kind"),
    [
        ({"message": message(text="/end", **AS_CHANNEL)}, "anonymous_command"),
        ({"message": message(text="/end@other_bot")}, "command_for_another_bot"),
        ({"message": message(text="hi", **A_BOT)}, "from_a_bot"),
        (
            {"message": message(text="Tonight!", is_automatic_forward=True, **AS_CHANNEL)},
            "linked_channel_post",
        ),
        ({"message": message(photo=[{}])}, "photo"),
        ({"message": message(PRIVATE, sticker={})}, "sticker"),
        ({"message": message(new_chat_members=[MAI])}, "people_joined"),
        ({"message": message({"id": -1, "type": "channel"}, text="x")}, "message_elsewhere"),
        ({"message": message(web_app_data={})}, "message_without_text"),
        ({"message": {"text": "no chat"}}, "message_without_id"),
        ({"edited_message": message(PRIVATE, text="typo")}, "edited_message"),
        ({"edited_message": message(text="/end")}, "edited_command"),
        ({"edited_message": message(location={})}, "location"),
        ({"callback_query": {"id": "1", "from": MAI, "game_short_name": "x"}}, "tap"),
        ({"my_chat_member": {"chat": GROUP, "from": MAI}}, "bot_elsewhere"),
        ({"my_chat_member": {"chat": {"id": -1, "type": "channel"}, "from": MAI}}, "bot_elsewhere"),
        ({"my_chat_member": {"chat": PRIVATE, "from": MAI, "new_chat_member": {}}}, "my_chat_member"),
        ({"channel_post": {}}, "channel_post"),
        ({"Bad Kind\n": {}}, "unknown"),
    ],
)
def test_what_we_do_not_act_on_is_kept_under_a_name(update: dict[str, Any], kind: str) -> None:
    raw = {"update_id": 9, **update}
    assert read(raw) == Unknown(event_id="9", kind=kind, raw=raw)


@pytest.mark.parametrize("update", [None, [], "x", 7, {}, {"update_id": None, "message": []}])
def test_what_is_no_update_is_kept_under_an_id_of_its_own(update: Any) -> None:
    assert isinstance(read(update), Unknown)
    assert read(update).event_id == read(update).event_id != ""  # type: ignore[union-attr]


def test_poison_is_taken_out_of_the_text() -> None:
    comment = read_message(text="sold\0 12 \ud83d")
    assert isinstance(comment, Comment)
    assert comment.text == "sold 12 \N{REPLACEMENT CHARACTER}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("message_id", "from", "chat", "date", "text", "caption", "id", "type", "data", "message", "edit_date")
PARTS = st.recursive(
    JSON | st.sampled_from(["private", "supergroup", "/x@y", 10**400, -(10**9), 1e999]),
    lambda inner: st.dictionaries(st.sampled_from([*KEYS, *CONTENT]), inner, max_size=6),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*READERS, "update_id", "poll"]), PARTS, max_size=3) | JSON)
def test_no_update_makes_the_reader_stumble_or_disappears(update: Any) -> None:
    assert len(read_update(update, bot_username=BOT)) == 1


@pytest.mark.parametrize(
    ("sent", "picture"),
    [
        ({"photo": [{"file_id": "small"}, {"file_id": "large"}]}, "photo:large"),
        ({"document": {"file_id": "scan", "mime_type": "application/pdf"}}, "document:scan"),
        ({"document": {"file_id": "shot", "mime_type": "image/png"}}, "document:shot"),
    ],
)
def test_a_picture_in_a_private_chat_is_heard_with_or_without_words(sent: dict[str, Any], picture: str) -> None:
    for words, said in (({}, ""), ({"caption": "paid"}, "paid")):
        heard = read_message(PRIVATE, **sent, **words)
        assert isinstance(heard, Message)
        assert (heard.text, heard.picture) == (said, picture)


def test_what_shows_nothing_is_no_picture() -> None:
    for sent in ({"photo": [{}]}, {"photo": []}, {"document": {"file_id": "x", "mime_type": "text/x-sh"}}):
        assert isinstance(read_message(PRIVATE, **sent), Unknown)
    said = read_message(text="/paid @mai cash", photo=[{"file_id": "x"}])
    assert isinstance(said, Message)
    assert said.picture == ""
