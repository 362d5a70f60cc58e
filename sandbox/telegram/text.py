"""Message text: Telegram HTML taken apart, entities found, everything counted in UTF-16 units."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.refusal import Refusal, bad_request

MESSAGE_LIMIT = 4096
CAPTION_LIMIT = 1024

# https://core.telegram.org/bots/api#html-style
TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
}

_FOUND = {
    "bot_command": re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"),
    "mention": re.compile(r"(?<![\w@/])@[A-Za-z0-9_]{3,32}(?!\w)"),
    "hashtag": re.compile(r"(?<!\w)#\w*[^\W\d]\w*"),
    "url": re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]"),
}
_OPAQUE = {"code", "pre", "text_link"}
"""Nothing is looked for inside these."""

_ATTRIBUTE = re.compile(r"""\s*([^\s=>]+)(?:\s*=\s*("[^"]*"|'[^']*'|[A-Za-z0-9.-]+)(?=[\s>]))?""")
_TAG_END = re.compile(r"\s*>")
_END_TAG = re.compile(r"</([^\s>]*)\s*>")
# Only these named references exist; any other stays as it was typed.
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9A-Fa-f]{1,6})(?![A-Za-z0-9]);?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Text:
    """What people read, with its entities, and the source it was made from."""

    plain: str = ""
    source: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)


def units(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def typed(text: str) -> Text:
    """What a person typed."""
    return Text(text, text, list(_detect(text)))


def compose(source: str, parse_mode: str, entities: list[dict[str, Any]] | None, *, caption: bool = False) -> Text:
    """What a bot sends, checked and cut down to what people read."""
    if not source and not caption:
        raise bad_request("message text is empty")
    if len(source.encode("utf-8", "surrogatepass")) > 1 << 15:
        raise bad_request("text is too long")
    found = [_checked(entity) for entity in entities or []]
    plain = _CONTROL.sub(" ", source.replace("\r", ""))
    if parse_mode.lower() == "html":
        plain, found = parse_html(plain)
    elif parse_mode:
        # MarkdownV2 exists out there; here one markup is spoken, and checked to the letter.
        raise bad_request("unsupported parse_mode")
    plain, found = _strip(plain, found)
    if not plain and not caption:
        raise bad_request("text must be non-empty")
    if units(plain) > (CAPTION_LIMIT if caption else MESSAGE_LIMIT):
        raise bad_request("message caption is too long" if caption else "message is too long")
    opaque = [entity for entity in found if entity["type"] in _OPAQUE]
    found += [extra for extra in _detect(plain) if not any(_overlap(extra, entity) for entity in opaque)]
    return Text(plain, source, sorted(found, key=lambda entity: (entity["offset"], -entity["length"])))


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """The text without its tags, and an entity for each; or the refusal the real parser gives."""
    reader = _HtmlReader(source)
    while reader.at < len(source):
        reader.step()
    if reader.open:
        raise _unparsable(f"Can't find end tag corresponding to start tag {reader.open[-1].name}")
    return "".join(reader.out), reader.entities


@dataclass(frozen=True)
class _Tag:
    name: str
    attributes: dict[str, str]
    offset: int


class _HtmlReader:
    """Goes through the source once, keeping what people read and the tags that are open."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out: list[str] = []
        self.length = 0
        self.open: list[_Tag] = []
        self.entities: list[dict[str, Any]] = []

    def step(self) -> None:
        if self.source.startswith("</", self.at):
            self._close_tag()
        elif self.source[self.at] == "<":
            self._open_tag()
        elif reference := _REFERENCE.match(self.source, self.at):
            self.at = reference.end()
            self._keep(html.unescape(reference[0].rstrip(";") + ";"))
        else:
            self.at += 1
            self._keep(self.source[self.at - 1])

    def _keep(self, piece: str) -> None:
        self.out.append(piece)
        self.length += units(piece)

    def _open_tag(self) -> None:
        where = self._where()
        written = re.split(r"[\s>]", self.source[self.at + 1 :], maxsplit=1)[0]
        name = written.lower()
        self.at += 1 + len(written)
        if self.at == len(self.source):
            raise _unparsable(f"Unclosed start tag {where}")
        if name not in TAGS:
            raise _unparsable(f'Unsupported start tag "{name}" {where}')
        attributes = self._attributes(name, where)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _unparsable(f'Tag "span" must have class "tg-spoiler" {where}')
        self.open.append(_Tag(name, attributes, self.length))

    def _attributes(self, tag: str, where: str) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while (end := _TAG_END.match(self.source, self.at)) is None:
            attribute = _ATTRIBUTE.match(self.source, self.at)
            if attribute is None:
                raise _unparsable(f"Unclosed start tag {where}")
            name, value = attribute[1], attribute[2]
            if value is None and (tag, name) != ("blockquote", "expandable"):
                raise _unparsable(f'Expected equal sign in declaration of an attribute of the tag "{tag}" {where}')
            attributes[name] = html.unescape((value or "").strip("\"'"))
            self.at = attribute.end()
        self.at = end.end()
        return attributes

    def _close_tag(self) -> None:
        where = self._where()
        if not self.open:
            raise _unparsable(f"Unexpected end tag {where}")
        end = _END_TAG.match(self.source, self.at)
        if end is None:
            raise _unparsable(f"Unclosed end tag {where}")
        tag, found = self.open.pop(), end[1].lower()
        if found and found != tag.name:
            raise _unparsable(f'Unmatched end tag {where}, expected "</{tag.name}>", found "</{found}>"')
        self.at = end.end()
        entity = {"type": TAGS[tag.name], "offset": tag.offset, "length": self.length - tag.offset}
        if tag.name == "a":
            entity["url"] = tag.attributes.get("href", "")
        if "expandable" in tag.attributes:
            entity["type"] = "expandable_blockquote"
        # A link to nowhere is shown as plain text, and so is anything around nothing.
        if entity["length"] and entity.get("url", "somewhere"):
            self.entities.append(entity)

    def _where(self) -> str:
        return f"at byte offset {len(self.source[: self.at].encode('utf-8', 'surrogatepass'))}"


def _detect(text: str) -> Iterator[dict[str, Any]]:
    taken: list[dict[str, Any]] = []
    for kind in ("url", "bot_command", "mention", "hashtag"):
        for match in _FOUND[kind].finditer(text):
            entity = {"type": kind, "offset": units(text[: match.start()]), "length": units(match[0])}
            if not any(_overlap(entity, other) for other in taken):
                taken.append(entity)
    yield from sorted(taken, key=lambda entity: entity["offset"])


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    starts, ends = max(one["offset"], other["offset"]), min(_end(one), _end(other))
    return bool(starts < ends)


def _end(entity: dict[str, Any]) -> int:
    return int(entity["offset"] + entity["length"])


def _strip(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    lead = units(text) - units(text.lstrip())
    stripped = text.strip()
    total = units(stripped)
    kept = []
    for entity in entities:
        start, end = max(0, entity["offset"] - lead), min(total, _end(entity) - lead)
        if start < end:
            kept.append({**entity, "offset": start, "length": end - start})
    return stripped, kept


def _checked(entity: dict[str, Any]) -> dict[str, Any]:
    for name, kind in (("type", str), ("offset", int), ("length", int)):
        if not isinstance(entity.get(name), kind):
            raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
    return dict(entity)


def _unparsable(why: str) -> Refusal:
    return bad_request(f"can't parse entities: {why}")
