"""The table of commands: a usage line is parser, help and documentation at once."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from bot.domain.show import Show
from bot.kit.redact import redact
from bot.workflows.assistant import Assistant
from bot.workflows.run_shows import current_show
from messaging.base import Button, Message, Platform
from storage.channels import Channel
from storage.operators import Operator

ALIKE = 0.65
"""How much a mistyped word looks like the right one, from 0 to 1."""
MAX_PAYLOAD = 64
"""Bytes a button can carry, on every platform."""
FLAGS = re.IGNORECASE | re.DOTALL
"""How command lines are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a command knows about the moment it is given."""

    assistant: Assistant
    workspace_id: int
    operator: Operator | None
    """None for somebody who is not paired (yet)."""
    message: Message
    channel: Channel
    now: datetime
    inbox_id: int
    commands: Commands
    """The table this command is in."""
    place: int = 0
    """Which command of the message this is."""

    @property
    def by(self) -> str:
        """What the operator is called."""
        return self.operator.name if self.operator is not None else "an operator"

    @property
    def answered(self) -> int | None:
        """The operator who is answered, and need not be told the same again."""
        return self.operator.id if self.operator is not None else None

    @property
    def key(self) -> str:
        """Names this command, also when a crash has its message acted on again."""
        return f"{self.inbox_id}:{self.place}"

    async def show(self) -> Show:
        """The show that commands are about. Raises BadInput while there is none."""
        return await self.assistant.database.read(current_show, self.workspace_id)

    @property
    def platform(self) -> Platform | None:
        """The platform the command came through, or None when it was disconnected meanwhile."""
        connected = self.assistant.on(self.channel.id)
        return connected.platform if connected else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered; an empty text answers nothing."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    also_delete: bool = False
    """The message held a secret: delete it where possible, and say whether that worked."""


Handler = Callable[..., Awaitable[Reply | str]]
H = TypeVar("H", bound=Handler)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One line of the table."""

    usage: str
    topic: str
    """Where `/help` lists it; empty for what only buttons send."""
    private: bool
    """Only in the private chat with us: its text may hold a secret."""
    role: str
    """The least an operator must be: `operator` or `owner`; `anybody` needs no pairing."""
    help: str
    details: str
    """What else there is to say about it; may be empty."""
    example: str
    """A line as it may be typed, without its slash; empty where the usage is one."""
    handler: Handler
    pattern: re.Pattern[str] = field(repr=False)
    family: bool = False
    """Whether its first word is enough to name it, and others that begin so, among many."""

    @property
    def brief(self) -> str:
        """How it is named among many."""
        return self.head.split()[0] if self.family else self.head

    @property
    def head(self) -> str:
        """The words it begins with, up to the first thing to be filled in."""
        words = self.usage.split(" ")
        fixed = next((place for place, word in enumerate(words) if not _LITERAL.fullmatch(word)), len(words))
        return " ".join(words[:fixed])

    def arguments(self, line: str) -> list[str | None] | None:
        """What the line fills in, in order; None when it does not fit the usage."""
        match = self.pattern.fullmatch(line)
        return None if match is None else [value.strip() if value else None for value in match.groups()]


class Unfit(Exception):
    """No command fits the line; carries what to answer."""

    def __init__(self, reply: Reply, *, nearest: Sequence[Command] = ()) -> None:
        super().__init__(reply.text)
        self.reply = reply
        self.nearest = tuple(nearest)


class Commands:
    """All commands, in the order they were added."""

    def __init__(self, *families: Commands) -> None:
        self._all: list[Command] = [command for family in families for command in family]

    def add(
        self,
        usage: str,
        *,
        topic: str,
        example: str = "",
        private: bool = False,
        role: str = "operator",
        family: bool = False,
    ) -> Callable[[H], H]:
        """Put a function into the table.

        A usage is made of words, `<word>` to fill in, `<rest...>` for the rest of the text with its lines,
        `[...]` around what may be left out, and `this|that` for a choice. What is filled in or chosen is handed
        to the function in that order. The docstring's first line is the help, the rest of it its details.
        """

        def put(handler: H) -> H:
            pattern = _compile(usage)
            wanted = len(inspect.signature(handler).parameters) - 1
            if wanted != pattern.groups:
                raise TypeError(f"{usage!r} fills in {pattern.groups}, {handler.__name__} takes {wanted}")
            text, _, details = (inspect.getdoc(handler) or "").partition("\n")
            self._all.append(
                Command(
                    usage=usage,
                    topic=topic,
                    private=private,
                    role=role,
                    help=text,
                    details=" ".join(details.split()),
                    example=example,
                    handler=handler,
                    pattern=pattern,
                    family=family,
                )
            )
            return handler

        return put

    def __iter__(self) -> Iterator[Command]:
        return iter(self._all)

    def find(self, line: str) -> tuple[Command, list[str | None]]:
        """The command a line (without its slash) means; raises Unfit with what to answer."""
        for command in self._all:
            arguments = command.arguments(line)
            if arguments is not None:
                return command, arguments
        raise self._unfit(line)

    def topics(self) -> dict[str, list[Command]]:
        """Topic → its commands."""
        found: dict[str, list[Command]] = {}
        for command in self._all:
            if command.topic:
                found.setdefault(command.topic, []).append(command)
        return found

    def _unfit(self, line: str) -> Unfit:
        shown = [command for command in self._all if command.topic]
        words = line.split()
        typed = " ".join(words).lower()
        heads = sorted({command.head for command in shown}, key=len, reverse=True)
        head = next((head for head in heads if f"{typed} ".startswith(f"{head} ")), None)
        if head is not None:
            return _wrong_arguments([command for command in shown if command.head == head])
        first = words[0].lower() if words else ""
        family = [command for command in shown if command.head.split()[0] == first]
        if family and len(words) == 1:
            return _wrong_arguments(family)
        corrected = self._corrected(line, [one for one in heads if not family or one.split()[0] == first])
        if corrected is not None:
            nearest = [command for command in shown if command.arguments(corrected) is not None]
            if nearest:
                return did_you_mean(corrected, nearest)
            return _wrong_arguments(
                [command for command in shown if f"{corrected.lower()} ".startswith(f"{command.head} ")]
            )
        if not family:
            names = list(dict.fromkeys(command.head.split()[0] for command in shown))
            close = difflib.get_close_matches(first, names, n=1, cutoff=ALIKE)
            family = [command for command in shown if close and command.head.split()[0] == close[0]]
        if family:
            return _wrong_arguments(family)
        return Unfit(Reply(text="I do not know that command. Send /help to see them all."))

    def _corrected(self, line: str, heads: Sequence[str]) -> str | None:
        """The line with its first words replaced by the most similar beginning of a command."""
        best, place, score = "", 0, ALIKE
        for head in heads:
            count = len(head.split())
            found = re.match(rf"(?:\S+(?:\s+|$)){{{count}}}", line)
            if found is None:
                continue
            alike = difflib.SequenceMatcher(None, " ".join(found[0].lower().split()), head).ratio()
            if alike > score:
                best, place, score = head, found.end(), alike
        return f"{best} {line[place:]}".strip() if best else None


def button(title: str, line: str) -> tuple[tuple[Button, ...], ...]:
    """One button that sends a command line (without its slash); none when the line is too long for a button."""
    return ((Button(title=title, payload=line),),) if 0 < len(line.encode()) <= MAX_PAYLOAD else ()


def command_lines(text: str) -> list[str]:
    """The command lines of a message, each without its slash; lines that begin without one belong to the one before.

    Full-width letters and signs, odd spaces and invisible marks become what was meant.
    """
    plain = text.translate(_FOLD).strip()
    tidy = "\n".join(line for raw in plain.splitlines() if (line := " ".join(raw.split())))
    parts = [part for part in re.split(r"(?:\A|(?<=\n))/+ ?", tidy) if part.strip()]
    return [re.sub(r"\A(\w+)@\w+", r"\1", part.strip()) for part in parts]


def is_command(text: str) -> bool:
    """Whether a message begins with a slash, in any width."""
    return text.translate(_FOLD).lstrip().startswith("/")


_LITERAL = re.compile(r"\w+")
_SLOT = re.compile(r"<(?P<name>\w+)(?P<rest>\.\.\.)?>")
# Full-width ASCII and the ideographic space, as CJK keyboards send them; marks nobody can see go.
_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    **dict.fromkeys((0x3000, 0x00A0, 0x202F), 0x20),
    **dict.fromkeys((0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF)),
}


def _compile(usage: str) -> re.Pattern[str]:
    pattern = ""
    for place, token in enumerate(usage.split(" ")):
        optional = token.startswith("[") and token.endswith("]")
        word = token[1:-1] if optional else token
        choices = word.split("|")
        if len(choices) > 1:
            part = "(" + "|".join(_slots(choice, capture=False) for choice in choices) + ")"
        else:
            part = _slots(word, capture=True)
        part = (r"\s" if place else "") + part
        pattern += f"(?:{part})?" if optional else part
    return re.compile(pattern, FLAGS)


def _slots(word: str, *, capture: bool) -> str:
    pattern, end = "", 0
    for slot in _SLOT.finditer(word):
        value = ".+?" if slot["rest"] else r"\S+"
        pattern += re.escape(word[end : slot.start()]) + (f"({value})" if capture else value)
        end = slot.end()
    return pattern + re.escape(word[end:])


def did_you_mean(line: str, nearest: Sequence[Command]) -> Unfit:
    """The answer that offers a line, to be sent by a tap."""
    if any(command.private for command in nearest):
        return _wrong_arguments(nearest)  # what was typed may hold a secret: it is not repeated
    buttons = button("Yes", line) if "\n" not in line and redact(line) == line else ()
    return Unfit(Reply(text=f"Did you mean this? Send:\n/{line}", buttons=buttons), nearest=nearest)


def _wrong_arguments(commands: Sequence[Command]) -> Unfit:
    lines = [f"/{command.usage} — {command.help}" for command in commands]
    lines += [f"Like: /{command.example}" for command in commands if command.example and len(commands) == 1]
    return Unfit(Reply(text="\n".join(["Send it like this:", *lines])), nearest=commands)
