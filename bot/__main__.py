"""`python -m bot` is `live-assist`."""

from bot.cli import main

main()
