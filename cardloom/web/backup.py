"""A backup a day while the server runs, made on a thread of its own; a failed one is told and tried again."""

import asyncio
import logging

from cardloom.errors import CardloomError
from cardloom.journal import now
from cardloom.web.context import AppContext
from cardloom.workspace.backup import Clock, daily

FIRST = 60.0  # seconds after the start: what a person came for goes first
LOOK = 600.0  # seconds between two looks at the clock

log = logging.getLogger("cardloom")


async def keep_daily(
    context: AppContext, *, clock: Clock = now, first: float = FIRST, every: float = LOOK
) -> None:
    """Look now and then whether a backup is due, until cancelled."""
    await asyncio.sleep(first)
    while True:
        try:
            await asyncio.to_thread(daily, context.workspace, clock)
            context.store.notices.take_back("backup")
        except (CardloomError, OSError) as error:
            log.warning("No daily backup: %s", error)
            context.store.notices.say("backup", f"No daily backup could be made. {error}")
        await asyncio.sleep(every)
