"""`python -m bot` is `live-assist`."""

import gc

gc.disable()  # what is loaded stays: to look for garbage among it meanwhile takes a tenth of a start

from bot.cli import main  # noqa: E402
from bot.kit.garbage import keep_for_good  # noqa: E402


def run() -> None:
    """What the command does."""
    keep_for_good()
    main()


if __name__ == "__main__":
    run()
