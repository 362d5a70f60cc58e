"""What work is called: whoever hands it over again under the same name has it done once."""

from __future__ import annotations

_TRIED_ONCE = ("settle", "run")
"""Work that is tried once as a rule: it names its attempt only when it is tried again."""


def key(kind: str, subject_id: int, attempt: int) -> str:
    """`kind:subject:attempt`, of which `bot.jobs.durable` reads what was given up."""
    return f"{kind}:{subject_id}" if attempt == 1 and kind in _TRIED_ONCE else f"{kind}:{subject_id}:{attempt}"
