"""The demo: Web Angiogram on this server's own help pages, with its questions answered.

No person and no network: what a newcomer sees within seconds, and what `make demo` runs.
"""

from cardloom.runs import Run
from cardloom.web.context import AppContext
from cardloom.workspace import status

WORKFLOW = "web_angiogram"
KEY = "cardloom help"
LIMITS = {"pages": "200", "depth": "10", "rate": "0", "robots": "yes", "scope": "host"}


async def begin_demo(context: AppContext, port: int) -> Run:
    """Open the demo's run and answer what it asks; the server does the rest.

    A demo that is done stays as it is. One that stopped half-way may have begun on another port.
    """
    flow = context.catalog.workflow(WORKFLOW)
    run = context.store.open(flow, KEY, by="person")
    if status(run) != "done":
        intake = context.jobs.driver(run).intake
        for card, raw in {"site": f"http://127.0.0.1:{port}/help", "limits": LIMITS}.items():
            given = intake.take(card, raw, await intake.question(card))
            intake.settle(given, by="default")
    return run
