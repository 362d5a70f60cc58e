"""How comments are read, as a page: docs/claims.md is made of the very examples that the tests read."""

from __future__ import annotations

import re

from bot.domain.reading.examples import CODES, EXAMPLES, OPTIONS, Row, rows

MOST_SHOWN = 10
"""Comments of a row; the tests read all of them."""

NAMES = {
    "us": "United States",
    "ph": "Philippines",
    "tw": "Taiwan",
    "hk": "Hong Kong",
    "th": "Thailand",
    "vn": "Vietnam",
    "my": "Malaysia",
    "sg": "Singapore",
    "nordic": "Denmark, Norway, Sweden",
    "id": "Indonesia",
    "es": "Spanish",
    "fr": "French",
    "kr": "Korea",
    "cn": "China",
}

HEAD = f"""\
# How comments are read

Every comment of a live show is read as one of these: a **claim** of items, **giving back**, **waiting in line**, a
**question**, asking for the **cart**, or **talk**. What can be read in two ways is **unclear**: it is never guessed,
and waits for you under `/doubts`, with a button for each meaning.

- A claim names an item of the show, with a claim word (“sold 12”), with “+1” (“A7+1”), or alone (“12”).
- Codes are found however they are written: `a-7`, `A 7`, `#A7` and `Ａ７` are A7. Digits of every script, full-width
  letters, capitals, accents typed in two ways, emoji, and characters nobody sees make no difference.
- A number is first an item, if the show has it; then a quantity. Phone numbers are neither: they are kept as contact.
- Options (sizes, colours) stand in any order and in the usual spellings: `XL`, `x-large`, `extra large`.
- Several items go into one comment, with spaces, commas (`,` `，` `、`), “and”, “+” or new lines between.
- A comment with a question in it claims nothing, however clear the rest is: “sold 12 pending question”.

## Whose words count

`/market us, ph` says where your buyers are. Without it, the words of all markets count that cannot mean something
else elsewhere. Words of your own go beside them: `/rules words claim gimme, need it` and `/rules words cancel drop`.

## Trying it

`/try sold 12 x2` in chat says how a comment would be read in the current show, and why; nothing is claimed by it. The
same on the command line, for any market, with the items named:

```sh
.venv/bin/live-assist parse --market th --items 12,A7 "CF 12"
.venv/bin/live-assist parse --stdin < requests.jsonl    # a line {{"text": …, "items": […], "market": …}} each
```

## What is unclear

When the first unclear comment comes, every operator gets one message with a button; no more until somebody has looked,
or a quarter of an hour has passed. `/doubts` lists the oldest with who wrote what, why it is unclear, and a button for
each thing it may claim, and for “Nothing”. A tap counts from that moment, by the rules of any comment: what is sold
out by then is waited for. The first tap counts; `/undo` takes it back. A comment that was edited or deleted since is
off the list.

## Examples

In a show with the items {", ".join(CODES)}, in {", ".join(OPTIONS)}. “⏎” is a new line. This part is made of what the
tests read: `.venv/bin/python -m bot.commands.claims_page > docs/claims.md`.
"""

_KINDS = {
    "claim": "claims {}",
    "cancel": "gives back {}",
    "queue": "waits in line for {}",
    "question": "a question",
    "cart": "asks for the cart",
    "none": "talk",
    "ambiguous": "unclear: yours to decide",
}
_WANTED = re.compile(r"(.+)x(\d+)(?:\((.+)\))?")


def claims_page() -> str:
    """The page, in Markdown."""
    parts = [HEAD]
    for market in EXAMPLES:
        parts += [f"### {NAMES[market]} (`{market}`)\n", "| buyers write | it means |", "|---|---|"]
        parts += map(_line, rows(market))
        parts.append("")
    return "\n".join(parts)


def _line(row: Row) -> str:
    shown = " · ".join(f"`{comment.replace(chr(10), ' ⏎ ')}`" for comment in row.comments[:MOST_SHOWN])
    return f"| {shown} | {meaning(row)} |"


def meaning(row: Row) -> str:
    """What the comments of a row mean, in words."""
    kind, *wanted = row.meaning.split(" ")
    phones = [one[1:] for one in wanted if one.startswith("☎")]
    items = ", ".join(_item(one) for one in wanted if not one.startswith("☎"))
    means = _KINDS[kind].format(items) if items or "{}" not in _KINDS[kind] else "waits in line"
    about = f", where it can only be about {row.about}" if row.about else ""
    return f"{means}{about}" + "".join(f"; phone {phone}" for phone in phones)


def _item(wanted: str) -> str:
    found = _WANTED.fullmatch(wanted)
    assert found is not None, f"{wanted} is no item with its quantity"
    options = f" ({found[3].replace(',', ', ')})" if found[3] else ""
    return f"{found[1]}{options}" + (f" ×{found[2]}" if found[2] != "1" else "")


if __name__ == "__main__":
    import sys

    sys.stdout.write(claims_page())
