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
    told = ""
    while True:
        try:
            made = await asyncio.to_thread(daily, context.workspace, clock)
            if made is not None:
                context.store.activity.tell("backup made", text=made.name)
            told = ""
        except (CardloomError, OSError) as error:
            log.warning("No daily backup: %s", error)
            if str(error) != told:  # once, not every ten minutes
                context.store.activity.tell("backup failed", text=str(error))
            told = str(error)
        await asyncio.sleep(every)
