"""A scoreboard is told what moved, once, whatever the group does to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown
from bot.kit.pacing import Turn
from bot.workflows.assistant import Connected
from bot.workflows.run_shows import end_show, go_live
from bot.workflows.show_scoreboards import Looked, Scoreboards
from messaging.base import Address, Because, CannotReach, Outgoing, Sent
from storage import scoreboards
from storage.channels import Channel
from storage.scoreboards import Board, BoardStatus
from tests.bot.commands.conftest import RecordingPlatform
from tests.bot.workflows.evening import Evening, an_evening

GONE = CannotReach("That message of ours is gone.", because=Because.MESSAGE_GONE)
KICKED = CannotReach("Our bot may not write there.", because=Because.NOT_POSSIBLE)


class Group(RecordingPlatform):
    """A group that takes what it is sent, or fails as it is told."""

    def __init__(self) -> None:
        super().__init__("1", "Sale")
        self.said: list[str] = []
        self.edits: list[tuple[str, str]] = []
        self.fails: list[Exception] = []

    async def turn(self, to: Address) -> Turn:
        return Turn()

    async def send(self, message: Outgoing) -> Sent:
        if self.fails:
            raise self.fails.pop(0)
        self.said.append(message.text)
        return Sent(message_id=str(len(self.said)), chat_id=message.to.id)

    async def edit(self, chat_id: str, message_id: str, message: Outgoing) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.edits.append((message_id, message.text))


@dataclass
class Friday:
    """A show in a group, with whoever keeps its scoreboard."""

    evening: Evening
    group: Group
    keeper: Scoreboards = field(init=False)

    def __post_init__(self) -> None:
        self.keeper = Scoreboards(self.evening.assistant)

    async def moves(self, buyer: int) -> Looked:
        """Somebody claims, and the scoreboard is brought up."""
        await self.evening.happens("says", buyer, "sold 12")
        return await self.keeper.bring_up()

    async def board(self) -> Board:
        evening = self.evening
        (board,) = await evening.database.read(scoreboards.of_show, evening.workspace_id, evening.show_id)
        return board


@pytest.fixture
async def friday(database_url: str) -> AsyncIterator[Friday]:
    async with an_evening(database_url) as evening:
        group = Group()
        channel = Channel(
            id=evening.channel_id, workspace_id=evening.workspace_id, platform="telegram", external_id="1", title="Sale"
        )
        evening.assistant.connected[channel.id] = Connected(channel=channel, platform=group)
        await evening.add("12", quantity=3)
        yield Friday(evening, group)


async def test_it_is_sent_once_and_then_edited_and_only_when_it_says_something_else(friday: Friday) -> None:
    assert await friday.moves(0) == Looked(touched=True)
    assert await friday.moves(1) == Looked(touched=True)
    assert await friday.keeper.bring_up() == Looked()
    await friday.evening.says(2, "so pretty")
    assert await friday.keeper.bring_up() == Looked()
    assert len(friday.group.said) == 1
    assert [message_id for message_id, _ in friday.group.edits] == ["1"]
    assert "1 left · mai, lan" in friday.group.edits[0][1]


@pytest.mark.parametrize("trouble", [Busy("too fast", retry_after=3.0), OutcomeUnknown("no answer")])
async def test_an_edit_that_did_not_get_through_is_made_later(friday: Friday, trouble: Exception) -> None:
    await friday.moves(0)
    friday.group.fails = [trouble]
    assert await friday.moves(1) == Looked(touched=True, behind=True)
    assert await friday.keeper.bring_up() == Looked(touched=True)
    assert len(friday.group.edits) == 1


async def test_a_group_that_was_too_busy_gets_its_first_message_later(friday: Friday) -> None:
    friday.group.fails = [Busy("too fast", retry_after=3.0)]
    assert await friday.moves(0) == Looked(touched=True, behind=True)
    assert (await friday.board()).status is BoardStatus.WANTED
    await friday.keeper.bring_up()
    assert len(friday.group.said) == 1


async def test_a_message_that_may_have_been_sent_is_not_sent_again(friday: Friday) -> None:
    friday.group.fails = [OutcomeUnknown("no answer")]
    await friday.moves(0)
    await friday.moves(1)
    assert (await friday.board()).status is BoardStatus.UNKNOWN
    assert friday.group.said == []


async def test_a_message_that_was_being_sent_when_somebody_died_is_left_to_a_person(friday: Friday) -> None:
    evening = friday.evening
    await evening.database.write(scoreboards.begin, evening.workspace_id, await friday.board())
    await friday.moves(0)
    assert friday.group.said == []
    await Scoreboards(evening.assistant).take_over()
    assert (await friday.board()).status is BoardStatus.UNKNOWN


async def test_a_deleted_message_comes_again_but_not_for_ever(friday: Friday) -> None:
    await friday.moves(0)
    for buyer in (1, 2):
        friday.group.fails = [GONE]
        assert (await friday.moves(buyer)).behind
        await friday.keeper.bring_up()
    assert len(friday.group.said) == 3
    friday.group.fails = [GONE]
    assert not (await friday.moves(3)).behind
    assert (await friday.board()).status is BoardStatus.OFF


async def test_a_group_that_shows_us_the_door_is_left_alone(friday: Friday) -> None:
    friday.group.fails = [KICKED]
    await friday.moves(0)
    await friday.moves(1)
    assert friday.group.said == []


async def test_a_bot_that_is_shut_out_for_a_while_goes_on_where_it_was(friday: Friday) -> None:
    await friday.moves(0)
    friday.group.fails = [NotAuthorised("the token is not good")]
    await friday.moves(1)
    await friday.moves(2)
    assert len(friday.group.said) == 1
    assert "sold out" in friday.group.edits[-1][1]


async def test_the_end_is_said_once_and_a_show_that_goes_on_goes_on_in_the_same_message(friday: Friday) -> None:
    await friday.moves(0)
    await end_show(*friday.evening.where)
    await friday.keeper.bring_up()
    assert "The show has ended" in friday.group.edits[-1][1]
    assert (await friday.board()).status is BoardStatus.OVER
    await go_live(*friday.evening.where, {})
    await friday.moves(1)
    assert "The show has ended" not in friday.group.edits[-1][1]
    assert (len(friday.group.said), (await friday.board()).status) == (1, BoardStatus.SHOWN)


async def test_a_show_that_is_over_begins_no_scoreboard(friday: Friday) -> None:
    await end_show(*friday.evening.where)
    await friday.keeper.bring_up()
    assert friday.group.said == []
    assert (await friday.board()).status is BoardStatus.OVER
