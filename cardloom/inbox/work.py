"""Working on one request: the run is begun or gone on with, by the rules of `cardloom run`.

What is left open is left for a person: the outcome is then `waiting`, with the names of the cards.
After a crash, cards that the journal has answers for since the request began are let alone.
"""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cardloom.engine import Card, Question, Step, Workflow, next_card
from cardloom.errors import CardloomError, Refused, Unwritable
from cardloom.headless import drive, look_ahead
from cardloom.inbox.folder import Inbox
from cardloom.inbox.request import Request, read_request
from cardloom.journal import stamp
from cardloom.runs import Run, default_key
from cardloom.workspace import RunStore

log = logging.getLogger("cardloom")


class _Open(CardloomError):
    """A question has no answer in the request."""


def _leave_open(card: Card, question: Question) -> Any:
    raise _Open(card.name)


async def work(inbox: Inbox, path: Path, store: RunStore) -> None:
    """Take the request at `path` in `processing` to its outcome.

    Unwritable and OSError leave it where it is: the outcome could not be written either.
    """
    result: dict[str, Any] = {"status": "failed", "received": _received(path)}
    opened: Run | None = None
    try:
        request = read_request(path)
        result["request"] = _told(request)
        opened = _open(store, request, inbox, path)
        result["run"] = opened.name
        answers = _still_due(request.answers, opened, inbox.began(path))
        await drive(store, opened, answers, by="api", ask=_leave_open, defaults=request.defaults)
        result["status"] = "done"
    except _Open:
        result["status"] = "waiting"
    except Unwritable:
        raise
    except CardloomError as error:
        result["error"] = str(error)
    except OSError:
        raise
    except Exception as error:  # a request that we cannot do must not come back at every start
        log.error("The request %s failed", path, exc_info=error)
        result["error"] = (
            f"The app made a mistake ({type(error).__name__}); the terminal tells more."
        )
    if opened is not None:
        result |= _stand(opened)
    inbox.finish(path, result)
    if "error" in result:
        store.notices.say(path.name, f"The request {path.name} failed: {result['error']}")
    if opened is not None:
        store.let_go(opened)


def _received(path: Path) -> str:
    """When the file was written, as its own time says."""
    return stamp(datetime.fromtimestamp(path.lstat().st_mtime, UTC))


def _told(request: Request) -> dict[str, Any]:
    return {
        "workflow": request.workflow,
        "key": request.key,
        "answers": request.answers,
        "defaults": request.defaults,
    }


def _open(store: RunStore, request: Request, inbox: Inbox, path: Path) -> Run:
    """The run, with nothing written where an answer is wrong; Missing, Refused."""
    flow = store.catalog.workflow(request.workflow)
    key = _key_of(flow, request)
    place = store.place(flow, key)
    look_ahead(store, place, request.answers, asks=True)
    if place.state().finalized and not inbox.began(path):
        raise Refused(f"{place.name} is locked. Unlock it on its page, then ask again.")
    if not inbox.began(path):
        inbox.begin(path, place.name, place.state().n)
    return store.open(flow, key, by="api")


def _key_of(flow: Workflow, request: Request) -> str:
    return request.key or default_key(flow, request.answers)


def folder_for(store: RunStore, request: Request) -> Path:
    """The folder of the run that the request is about; NotFound, WorkflowError, Missing."""
    flow = store.catalog.workflow(request.workflow)
    return store.folder_for(flow, _key_of(flow, request))


def _still_due(answers: dict[str, Any], opened: Run, began: dict[str, Any]) -> dict[str, Any]:
    """The answers but for cards that were answered since: by this request, or by a person after it."""
    since = began.get("n")
    events = opened.journal.read()
    if not isinstance(since, int) or began.get("run") != opened.name or since > len(events):
        return answers
    given = {event["card"] for event in events[since:] if event["type"] == "answered"}
    return {name: value for name, value in answers.items() if name not in given}


def _stand(opened: Run) -> dict[str, Any]:
    """How the run stands: its last event and sum, the stored values, and the cards left open."""
    state, flow = opened.state(), opened.workflow
    cards = flow.cards if flow else ()
    events = opened.journal.read()
    stand: dict[str, Any] = {
        "n": state.n,
        "sum": events[-1]["sum"] if events else "",
        "values": {c.name: state.card(c.name).value for c in cards if state.card(c.name).settled},
    }
    upcoming = next_card(flow, state) if flow else None
    if upcoming is not None and upcoming.step is Step.WAIT:
        stand["missing"] = [c.name for c in cards if c.asks and not state.card(c.name).settled]
    return stand
