"""Files that hold what is nobody else's business: made so that only their owner can read them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def make_private(path: Path) -> None:
    """Make an empty file for its owner alone, and the folder it is in; what is there already is left as it is.

    SQLite gives a database's write-ahead log the rights of its file (`findCreateFileMode` in
    https://github.com/sqlite/sqlite/blob/master/src/os_unix.c). Raises OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
