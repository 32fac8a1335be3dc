"""A composed run: the journals of several runs told as one, in the order in which things happened.

    bridge/ada      answered ── answered ─────────── finished
    poem/ada                 answered ── started ──────────── finished
    composed/day    answered answered answered started finished finished

It is a record: its cards carry the names of their runs, no workflow stands behind it, and nothing in
it runs again. It is whole in itself, and can be composed again.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import merge

from cardloom.engine.copies import NOT_REPEATED, copy_event, named_folders
from cardloom.engine.events import MOST_CARDS
from cardloom.engine.state import State, fold, path
from cardloom.engine.status import CardStatus
from cardloom.engine.workflow import Workflow
from cardloom.errors import Refused
from cardloom.types import Event, Json

RECORDS = "composed"  # the folder of composed runs, when the person says nothing else
LONGEST_NAME = 100  # characters of a card's name: folders of files are named after it


@dataclass(frozen=True)
class Part:
    """One of the runs: its name (`workflow/run`), its events up to a moment, its cards."""

    run: str
    events: Sequence[Event]
    outline: Sequence[Mapping[str, Json]]


@dataclass(frozen=True)
class Composed:
    """The events of the new run, and for each run it is made of its folders: old name → new name."""

    events: list[Event]
    folders: Mapping[str, Mapping[str, str]]


def outline_of(workflow: Workflow | None, state: State) -> list[dict[str, Json]]:
    """Every card that a run has or had: the workflow's, then those that only its journal knows."""
    told = workflow.outline() if workflow is not None else []
    names = {card["name"] for card in told}
    for known in [*state.outline, *({"name": name, "label": name} for name in state.cards)]:
        if isinstance(known.get("name"), str) and known["name"] not in names:
            names.add(known["name"])
            told.append(dict(known))
    return told


def compose(parts: Sequence[Part], *, workflow: str, key: str, title: str, by: str) -> Composed:
    """The run that tells the `parts` as one. What was rewound over, or is half done, is left out."""
    names = _card_names(parts)
    counted = [_counted(part.events) for part in parts]
    numbers = _numbers(counted)
    folders = {
        part.run: _folders(events, numbers[i], names[i])
        for i, (part, events) in enumerate(zip(parts, counted, strict=True))
    }
    if (most := sum(len(part.outline) for part in parts)) > MOST_CARDS:
        raise Refused(f"These runs have {most:,} cards together, and {MOST_CARDS:,} are the most.")
    created = {
        "type": "created",
        "workflow": workflow,
        "key": key,
        "title": title,
        "format": 1,
        "cards": [
            _renamed(card, names[i], part.run)
            for i, part in enumerate(parts)
            for card in part.outline
        ],
        "runs": [part.run for part in parts],
        "by": by,
    }
    copies = [
        copy_event(
            event, numbers[i], folders[parts[i].run], parts[i].run, partial(_rename, names[i])
        )
        for i, event in _in_time(counted)
    ]
    return Composed([created, *copies], folders)


def _counted(events: Sequence[Event]) -> list[Event]:
    """The events that count, without those of a function that is still at work."""
    then = fold(events)
    working = {
        n: card.started_n for n, card in then.cards.items() if card.status == CardStatus.RUNNING
    }
    return [
        event
        for event in path(events, len(events))
        if event.get("type") not in NOT_REPEATED
        and event["n"] < working.get(event.get("card", ""), event["n"] + 1)
    ]


def _in_time(counted: Sequence[Sequence[Event]]) -> Iterable[tuple[int, Event]]:
    """(number of the part, event) by time; the order within a part is never changed.

    A fork's first events are older than the fork, and clocks are set back: an event is never told
    before the one that it follows in its own journal.
    """

    def timed(number: int, events: Sequence[Event]) -> Iterable[tuple[str, int, int, Event]]:
        latest = ""
        for event in events:
            latest = max(latest, event["at"])
            yield latest, number, event["n"], event

    streams = (timed(number, events) for number, events in enumerate(counted))
    return ((number, event) for _, number, _, event in merge(*streams, key=lambda told: told[:3]))


def _numbers(counted: Sequence[Sequence[Event]]) -> list[dict[int, int]]:
    """For each part, the new numbers of its events by their old ones."""
    numbers: list[dict[int, int]] = [{} for _ in counted]
    for n, (number, event) in enumerate(_in_time(counted), 2):
        numbers[number][event["n"]] = n
    return numbers


def _folders(
    events: Sequence[Event], numbers: Mapping[int, int], names: Mapping[str, str]
) -> dict[str, str]:
    """New names of the folders of files by their old ones: `photo-3a51c07b` → `trip_ada__photo-3a…`."""
    folders: dict[str, str] = {}
    for event in events:
        card = names.get(event.get("card", ""), "")
        for folder in named_folders(event):
            folders.setdefault(folder, f"{card}-{folder.rpartition('-')[2]}")
        if event.get("type") == "started":
            folders[f"{event['card']}-{event['n']}"] = f"{card}-{numbers[event['n']]}"
    return folders


def _card_names(parts: Sequence[Part]) -> list[dict[str, str]]:
    """For each part, the names of its cards in the composed run: `bridge_ada__name`."""
    taken: set[str] = set()
    prefixes: set[str] = set()
    names = []
    for part in parts:
        prefix = _free(re.sub(r"[^A-Za-z0-9]+", "_", part.run).strip("_") or "run", prefixes)
        names.append({c["name"]: _free(f"{prefix}__{c['name']}", taken) for c in part.outline})
    return names


def _free(name: str, taken: set[str]) -> str:
    """`name`, or with a number where it is taken; small and large letters are one on some disks."""
    stem = name[:LONGEST_NAME]
    names = (stem if i == 1 else f"{stem}_{i}" for i in range(1, 100_000))
    free = next(name for name in names if name.lower() not in taken)
    taken.add(free.lower())
    return free


def _rename(names: Mapping[str, str], name: str) -> str:
    return names.get(name, name)  # of a journal from elsewhere: a name that is no card's


def _renamed(card: Mapping[str, Json], names: Mapping[str, str], run: str) -> dict[str, Json]:
    params = [names.get(str(param), str(param)) for param in card.get("params") or []]
    label = card.get("label") or card["name"]
    return {**card, "name": names[card["name"]], "label": f"{label} · {run}", "params": params}
