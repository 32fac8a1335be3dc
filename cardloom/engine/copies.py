"""Events that one run repeats from another: renumbered, their files in folders of the new run.

Forks and composed runs are made of such copies. A copy keeps its time and its `by`, and says `from`.
"""

from collections.abc import Callable, Mapping, Sequence

from cardloom.engine.values import File, files
from cardloom.types import Event, Json

# What befell the other run as a whole, what was half done, and what was talked about.
TALK = ("said", "replied", "proposed", "accepted", "declined")
NOT_REPEATED = frozenset(("created", "rewound", "finalized", "unfinalized", "remembered", *TALK))
STORED = ("value", "typed", "files")  # fields of an event that may name files


def copy_event(
    event: Event,
    numbers: Mapping[int, int],
    folders: Mapping[str, str],
    origin: str,
    rename: Callable[[str], str] = str,
) -> Event:
    """`event` of the run `origin` as another run writes it, without its n and sum.

    `numbers` are the new numbers of events by their old ones (0 for what is not repeated), `folders`
    the new names of folders of files; `rename` gives a card's new name.
    """
    told = {k: v for k, v in event.items() if k not in ("n", "sum")}
    if "card" in told:
        told["card"] = rename(told["card"])
    if "inputs" in told:
        told["inputs"] = {rename(name): numbers.get(n, 0) for name, n in told["inputs"].items()}
    if "started" in told:
        told["started"] = numbers.get(told["started"], 0)
    for name in STORED:
        if name in told:
            told[name] = _moved(told[name], folders)
    return {**told, "from": f"{origin}#{event['n']}"}


def named_folders(event: Event) -> set[str]:
    """The folders of files that an event names."""
    stored = [event[name] for name in STORED if name in event]
    return {file.path.partition("/")[0] for file in files(stored)}


def _moved(stored: Json, folders: Mapping[str, str]) -> Json:
    """A stored value whose files lie in the new run's own folders."""
    if isinstance(stored, list):
        return [_moved(item, folders) for item in stored]
    if not isinstance(stored, dict):
        return stored
    if stored.get("$") == "file" and isinstance(stored.get("path"), str):
        folder, slash, rest = stored["path"].partition("/")
        return {**stored, "path": f"{folders.get(folder, folder)}{slash}{rest}"}
    return {key: _moved(item, folders) for key, item in stored.items()}


def files_of(events: Sequence[Event]) -> tuple[File, ...]:
    """Every file that any event names, each once, by path: what a copy of the run has to hold."""
    named: dict[str, File] = {}
    for event in events:
        for part in ("value", "typed", "files", "answers"):
            for file in files(event.get(part)):
                named.setdefault(file.path, file)
    return tuple(named[path] for path in sorted(named))
