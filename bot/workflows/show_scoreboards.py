"""Shows scoreboards: in each Telegram group that hears a show one message, edited as the items move.

Telegram has no way to send a message once for sure, so it is marked `sending` before the call: what a crash cuts off
is not sent again by itself. To edit it twice does no harm.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.option_stock import with_pieces
from bot.domain.show import Show, ShowStatus
from bot.kit.errors import BadInput, Busy, NotAuthorised, OutcomeUnknown, OutsideError, Refused, Unreachable
from bot.workflows.assistant import Assistant, Connected
from bot.workflows.follow_feeds import follow_feed
from bot.workflows.tell import Parcel, hand_over, tell_operators
from messaging.base import Address, Because, CannotReach, Moved, Outgoing, Where
from messaging.scoreboard import MOST_NAMES, board_text
from messaging.texts import Texts, language_of_market
from storage import channels, events, items, scoreboards, shows, templates
from storage.scoreboards import Board, BoardStatus

_log = logging.getLogger(__name__)

SPARE = 96
"""Units kept free below a platform's limit."""
MOST_ITEMS = 200
"""More lines than any message has room for."""
MOST_DELETED = 3
"""A message that is deleted so often is not wanted in that group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of a look at every scoreboard."""

    touched: bool = False
    """A platform was called."""
    behind: bool = False
    """Something has yet to be shown, although nothing may move any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What one message has to say now."""

    text: str
    """Empty while there is nothing to be said."""
    over: bool
    """Nothing will move any more."""


class Scoreboards:
    """Every scoreboard, as far as this process has shown it."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._seen: dict[int, int] = {}
        """Workspace → the newest event that everything shown has in it."""
        self._told: dict[tuple[int, int], str] = {}
        """(board, attempt) → what it says."""
        self._deleted: Counter[int] = Counter()

    async def take_over(self) -> None:
        """What somebody who is gone was sending may be there or not: the operators are asked."""
        for workspace_id in self._workspaces():
            parcels = await self._assistant.database.write(_cut_off, workspace_id, self._assistant.now())
            await hand_over(self._assistant, workspace_id, parcels)

    async def bring_up(self) -> Looked:
        """Bring every scoreboard up to what moved; where nothing did, this is one short question."""
        looks = [await self._bring_up_those_of(workspace_id) for workspace_id in self._workspaces()]
        return _together(looks)

    def _workspaces(self) -> set[int]:
        connected = self._assistant.connected.values()
        return {one.channel.workspace_id for one in connected if one.platform.can_edit}

    async def _bring_up_those_of(self, workspace_id: int) -> Looked:
        read = self._assistant.database.read
        newest = await read(events.latest, workspace_id)
        if newest == self._seen.get(workspace_id):
            return Looked()
        boards = await read(scoreboards.moving, workspace_id)
        looked = _together(await asyncio.gather(*(self._bring_up_one(workspace_id, board) for board in boards)))
        if not looked.behind:
            self._seen[workspace_id] = newest
        return looked

    async def _bring_up_one(self, workspace_id: int, board: Board) -> Looked:
        connected = self._assistant.on(board.channel_id)
        if connected is None or board.status is BoardStatus.SENDING:
            return Looked()
        look = await self._look(workspace_id, board, connected)
        if not self._is_news(board, look):
            if look.over:
                await self._settle(workspace_id, board, BoardStatus.OVER, board.message_id)
            return Looked()
        try:
            turn = await connected.platform.turn(_chat(board))
            look = await self._look(workspace_id, board, connected)  # it may have moved while this waited
            if self._is_news(board, look):
                with turn:
                    await self._show(workspace_id, board, look, connected)
        except NotAuthorised as trouble:
            _log.warning("a scoreboard cannot be shown: %s", trouble)
        except CannotReach as no:
            return await self._cannot(workspace_id, board, no)
        except Moved as moved:
            await self._assistant.database.write(_follow, workspace_id, board, moved)
            return Looked(touched=True, behind=True)
        except Refused as no:
            _log.warning("a scoreboard cannot be shown: %s", no)
            await self._settle(workspace_id, board, BoardStatus.OFF, None)
        except OutsideError as trouble:
            _log.info("a scoreboard is shown later: %s", trouble)
            return Looked(touched=True, behind=True)
        return Looked(touched=True)

    def _is_news(self, board: Board, look: _Look) -> bool:
        """Whether the message should say something else than it does; none is begun when the show is over."""
        if not look.text or (look.over and board.message_id is None):
            return False
        return self._told.get((board.id, board.attempt)) != look.text

    async def _look(self, workspace_id: int, board: Board, connected: Connected) -> _Look:
        limit = connected.platform.text_limit - SPARE
        return await self._assistant.database.read(_look, workspace_id, board, limit, self._assistant.now())

    async def _show(self, workspace_id: int, board: Board, look: _Look, connected: Connected) -> None:
        message = Outgoing(to=_chat(board), text=look.text, tag=f"scoreboard:{board.id}")
        if board.message_id is not None:
            await connected.platform.edit(board.chat_id, board.message_id, message)
            status = BoardStatus.OVER if look.over else BoardStatus.SHOWN
            if status is not board.status:
                await self._settle(workspace_id, board, status, board.message_id)
        elif await self._assistant.database.write(scoreboards.begin, workspace_id, board):
            await self._to_its_end(self._send(workspace_id, board, message, connected))
        else:
            return
        self._told[board.id, board.attempt] = look.text

    async def _send(self, workspace_id: int, board: Board, message: Outgoing, connected: Connected) -> None:
        try:
            sent = await connected.platform.send(message)
        except (Busy, Unreachable, NotAuthorised):
            await self._settle(workspace_id, board, BoardStatus.WANTED, None)
            raise
        except OutcomeUnknown:
            parcels = await self._assistant.database.write(_lost, workspace_id, board, self._assistant.now())
            await hand_over(self._assistant, workspace_id, parcels)
            return
        await self._settle(workspace_id, board, BoardStatus.SHOWN, sent.message_id)

    async def _to_its_end(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for something that is not broken off when the service stops."""
        task = asyncio.create_task(work)

        async def to_its_end() -> None:
            await asyncio.wait({task})

        self._assistant.spawn(to_its_end())
        await asyncio.shield(task)

    async def _cannot(self, workspace_id: int, board: Board, no: CannotReach) -> Looked:
        """A message that was deleted is sent anew, unless that happens again and again."""
        self._deleted[board.id] += 1
        again = no.because is Because.MESSAGE_GONE and self._deleted[board.id] < MOST_DELETED
        _log.info("a scoreboard is %s: %s", "sent anew" if again else "not shown any more", no)
        await self._settle(workspace_id, board, BoardStatus.WANTED if again else BoardStatus.OFF, None)
        self._told.pop((board.id, board.attempt), None)
        return Looked(touched=True, behind=again)

    async def _settle(self, workspace_id: int, board: Board, status: BoardStatus, message_id: str | None) -> None:
        await self._assistant.database.write(scoreboards.settle, workspace_id, board, status, message_id)


async def show_anew(assistant: Assistant, workspace_id: int, show: Show, *, group: tuple[int, str] | None) -> int:
    """Send the scoreboard again, below everything, in this (channel, chat) or in every group; returns in how many.

    The old message is deleted. Raises BadInput when there is nothing to show.
    """
    if show.status is not ShowStatus.LIVE:
        raise BadInput(f"“{show.title}” is not live. To start it: /live")
    if not show.rules.scoreboard:
        raise BadInput("The scoreboard is off. To have it: /rules scoreboard on")
    boards = await assistant.database.write(_send_anew, workspace_id, show, group, assistant.now())
    for board in boards:
        connected = assistant.on(board.channel_id)
        if connected is not None and board.message_id is not None:
            with suppress(OutsideError):  # an old one that stays says what was true
                await connected.platform.delete(board.chat_id, board.message_id)
    return len(boards)


def _send_anew(
    tx: sa.Connection, workspace_id: int, show: Show, group: tuple[int, str] | None, now: datetime
) -> list[Board]:
    if not items.of_show(tx, workspace_id, show.id):
        raise BadInput("There is nothing to show yet. Send: /item add 12 Blue dress 19.90 x3")
    if group is not None:
        scoreboards.want(tx, workspace_id, [(show.id, *group)])
    boards = [
        board
        for board in scoreboards.of_show(tx, workspace_id, show.id)
        if group in (None, (board.channel_id, board.chat_id))
    ]
    for board in boards:
        scoreboards.send_anew(tx, workspace_id, board.id)
    shows.note(tx, workspace_id, show.id, now)
    return boards


def _look(tx: sa.Connection, workspace_id: int, board: Board, limit: int, now: datetime) -> _Look:
    """What a message has to say now."""
    show = shows.get(tx, workspace_id, board.show_id)
    assert show is not None, "scoreboards refer to their show"
    late = timedelta(minutes=show.rules.late_minutes)
    over = show.status is ShowStatus.ENDED and show.ended_at is not None and show.ended_at + late <= now
    listed = with_pieces(items.of_show(tx, workspace_id, show.id)) if show.rules.scoreboard else []
    if not listed:
        return _Look(text="", over=over)
    texts = Texts(language_of_market(show.market), templates.of_workspace(tx, workspace_id))
    won = [item.id for item in listed[-MOST_ITEMS:] if item.won]
    winners = scoreboards.first_winners(tx, workspace_id, won, most=MOST_NAMES + 1) if won else {}
    return _Look(text=board_text(texts, show, listed, winners, limit=limit), over=over)


def _cut_off(tx: sa.Connection, workspace_id: int, now: datetime) -> list[Parcel]:
    return _ask_about(tx, workspace_id, scoreboards.cut_off(tx, workspace_id), now)


def _lost(tx: sa.Connection, workspace_id: int, board: Board, now: datetime) -> list[Parcel]:
    scoreboards.settle(tx, workspace_id, board, BoardStatus.UNKNOWN, None)
    return _ask_about(tx, workspace_id, [board], now)


def _ask_about(tx: sa.Connection, workspace_id: int, lost: Sequence[Board], now: datetime) -> list[Parcel]:
    titles = {(feed.channel_id, feed.external_id): feed.title for feed in channels.feeds_of(tx, workspace_id)}
    return [
        parcel
        for board in lost
        for parcel in tell_operators(
            tx,
            workspace_id,
            f"The scoreboard in “{titles.get((board.channel_id, board.chat_id)) or board.chat_id}” may or may not have "
            "arrived. If it has not: /scoreboard again",
            key=f"scoreboard:{board.id}:{board.attempt}",
            now=now,
        )
    ]


def _follow(tx: sa.Connection, workspace_id: int, board: Board, moved: Moved) -> None:
    follow_feed(tx, workspace_id, board.channel_id, old=moved.feed_id, new=moved.to)


def _chat(board: Board) -> Address:
    return Address(where=Where.CHAT, id=board.chat_id)


def _together(looks: list[Looked]) -> Looked:
    return Looked(touched=any(look.touched for look in looks), behind=any(look.behind for look in looks))
