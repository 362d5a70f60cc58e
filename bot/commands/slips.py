"""Slips: what operators type at speed, and the command line they mean by it.

A slip that can mean only one thing is put right. One that guesses at the verb is offered, to be sent by a tap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.commands.table import FLAGS

_CODE = r"(?=\S*\d)\S+"
"""Codes in a place where a word could stand as well have a digit."""
_CHANGE = r"(?:[x×*] ?\d+|\d+[x×]|[+−-] ?\d+|\W?\d[\d.,]*(?: ?[a-z]{3})?|closed?|open)"
_STOCK = r"(?:stock|qty|quantity|pieces)"

_PUT_RIGHT: tuple[tuple[str, str], ...] = (
    # One word, or a dash, where a space belongs.
    (r"(item|show|stripe|invoice|send|resend)[_-](.+)", r"\1 \2"),
    (r"(item)(add|edit|list|remove)\b(.*)", r"\1 \2\3"),
    (r"(show)(new|list|use)\b(.*)", r"\1 \2\3"),
    (r"(stripe)(connect|status|test|disconnect)\b(.*)", r"\1 \2\3"),
    (r"(invoice|send)all", r"\1 all"),
    # The words the other way round.
    (r"(add|edit|remove|list)[ _-]?items?\b(.*)", r"item \1\2"),
    (r"new[ _-]?show\b(.*)", r"show new\1"),
    (r"list[ _-]?shows?|shows", r"show list"),
    (r"(connect|disconnect)[_-](.+)", r"\1 \2"),
    # Everybody.
    (r"(invoices?|bill|send) (?:every(?:one|body)|all (?:buyers|winners|of them)|them all)", r"\1 all"),
    (r"send(?: all)? links?|send", r"send all"),
    (r"resend[ _]?(?:all|links?|every(?:one|body))", r"resend"),
    (r"invoices (.+)", r"invoice \1"),
    # Items without “add” or “edit”.
    (r"items|list", r"item list"),
    (rf"item ({_CODE})", r"who \1"),
    (rf"item ({_CODE}) ({_CHANGE}(?: {_CHANGE})*|title .+)", r"item edit \1 \2"),
    (rf"item\s({_CODE}\s.+)", r"item add \1"),
    (r"(add|edit|remove)\s(.+)", r"item \1 \2"),
    (r"(?:item )?(?:delete|del|rm) (\S+)", r"item remove \1"),
    (r"item (?:change|update|set) (.+)", r"item edit \1"),
    (r"price (\S+) (.+)", r"item edit \1 \2"),
    (rf"{_STOCK} (\S+) [x×]? ?(\d+)", r"item edit \1 x\2"),
    (rf"{_STOCK} (\S+) ([+−-]) ?(\d+)", r"item edit \1 \2\3"),
    (r"(close|open) (?!show$|live$)(\S+)", r"item edit \2 \1"),
    # Claims.
    (r"claim(?: (\S+))?", r"claims \1"),
    (r"(?:winners?|waitlist|waiting)(?: (\S+))?", r"claims \1"),
    (r"who (?:has|won|got|wants|gets) (\S+)", r"who \1"),
    (r"buyer", r"buyers"),
    # Buyers.
    (r"merge (\S+) into (\S+)", r"merge \2 \1"),
    (r"merge (\S+) (?:and|with|\+|&) (\S+)", r"merge \1 \2"),
    (r"unstrike (\S+)", r"strike \1 -1"),
    (r"strike (\S+) (?:undo|off|back|[−-] ?1)", r"strike \1 -1"),
    (r"pay[ _-]first (.+)", r"payfirst \1"),
    (r"(?:debts?|owing|who owes)", r"owed"),
    (r"release (\S+) from (.+)", r"release \1 \2"),
    (r"award (\S+) to (.+)", r"award \1 \2"),
    (r"award (\S+) [x×*] ?(\d+) (.+)", r"award \1 \3 x\2"),
    (r"award (.+) (?:[×*] ?(\d+)|x (\d+)|(\d+)[x×])", r"award \1 x\2\3\4"),
    (r"undo (?:last|that|it|this)", r"undo"),
    # Shows.
    (r"live (?:now|here|show|please)", r"live"),
    (r"end (?:now|show|live|it|please)", r"end"),
    (r"show #?(\d+)", r"show use \1"),
    # A key without “connect”.
    (r"stripe ((?:sk|rk)_.+)", r"stripe connect \1"),
)

_OFFERED: tuple[tuple[str, str], ...] = (
    (r"(?:stop|finish|done|close)(?: show| live)?", r"end"),
    (r"(?:start|begin|open) (?:show|live)|go ?live", r"live"),
    (r"bill (.+)", r"invoice \1"),
    (r"(?:give|sold) (\S+) (?:to )?(.+)", r"award \1 \2"),
    (r"(?:take|takeback|unclaim) (\S+) (?:from )?(.+)", r"release \1 \2"),
    (r"revert|oops", r"undo"),
)

_COMPILED = [
    (re.compile(pattern, FLAGS), meant, surely)
    for table, surely in ((_PUT_RIGHT, True), (_OFFERED, False))
    for pattern, meant in table
]

_QUOTES = dict.fromkeys(map(ord, "“”„«»"))
_ENDS = " .,;:…。、，；：\\"
_EMPHASIS = "!?！？"
_TITLED = re.compile(rf"show ?new|new[ _-]?show|(item[ _-]?)?(add|edit)|item\s{_CODE}\s", FLAGS)
"""The beginnings of commands whose last words are a title, in which a “!” is meant."""
_WRITTEN = re.compile(r"template\s", FLAGS)
"""The beginning of lines in which every sign is meant: they are what buyers will read."""
_STEPS = 3
"""A slip may be put right into another one: “additem 12” is “item add 12”."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a line means."""

    line: str
    surely: bool = True
    """False when it is to be offered, not done."""


def put_right(line: str) -> Meant:
    """The command line (without its slash) that is meant; a line without a slip means itself."""
    if _WRITTEN.match(line):
        return Meant(line)
    line = line.translate(_QUOTES).rstrip(_ENDS)
    if not _TITLED.match(line):
        line = line.rstrip(_ENDS + _EMPHASIS)
    for _ in range(_STEPS):
        for pattern, meant, surely in _COMPILED:
            if (match := pattern.fullmatch(line)) is not None:
                corrected = match.expand(meant).strip()
                if not surely:
                    return Meant(corrected, surely=False)
                line = corrected
                break
        else:
            break
    return Meant(line)
