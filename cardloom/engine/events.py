"""The whole vocabulary of a journal: every type of event, its fields, and what it means.

The page on the journal's format is generated from here, and the fold reads nothing else.
Fields that every event has: n, at, type, sum (made by the journal), and often by and why. An event
that a fork repeats keeps its time and its `by`, and says `from`: the run and n it was taken from.
"""

from dataclasses import dataclass

PEOPLE = ("person", "cli", "notebook", "api", "llm", "fork", "default", "kept")


@dataclass(frozen=True)
class Kind:
    """One type of event: what it says, its own fields (name to meaning), whether it is synced."""

    meaning: str
    fields: dict[str, str]
    synced: bool = True


_CARD = {"card": "the card's name"}
_INPUTS = {
    "inputs": "for each parameter, the n of the event whose value it took",
    "code": "hash of the function's source",
}
_STARTED = {"started": "n of the `started` event this belongs to"}

KINDS: dict[str, Kind] = {
    "created": Kind(
        "The run began.",
        {
            "workflow": "the workflow's name",
            "key": "the run's key, as the workflow cleaned it",
            "title": "the workflow's title",
            "format": "version of this format, 1",
            "cards": "the cards as they were: name, asks, label, params, code, once, question if known",
            "from": "of a fork: the run it comes from and the event it was forked at, `workflow/run#n`",
            "answers": "of a fork: answers to give as soon as their questions are asked, by card",
            "held": "of a fork: cards whose effect the other run began, which wait for a person's word",
            "runs": "of a composed run: the runs it is made of",
        },
    ),
    "asked": Kind(
        "A question that depends on earlier cards was worked out and put to the person.",
        {**_CARD, "question": "the question with its options", **_INPUTS, **_STARTED},
    ),
    "answered": Kind(
        "A question got its answer.",
        {
            **_CARD,
            "value": "the checked answer",
            "typed": "what was given, where the workflow's `parse` made another value of it",
            **_INPUTS,
        },
    ),
    "reopened": Kind("A settled card was put back: it is asked, or runs, again.", _CARD),
    "started": Kind(
        "A card's function began. Without a sync, unless the card is `once`: a start that a power "
        "cut takes back is made again.",
        {**_CARD, **_INPUTS, "attempt": "1, 2, … since it last finished"},
    ),
    "progressed": Kind(
        "How far a running card is; at most two a second.",
        {
            **_CARD,
            **_STARTED,
            "done": "units done",
            "total": "units in all, or null",
            "note": "text",
        },
        synced=False,
    ),
    "wrote": Kind(
        "Text streamed into a running card; at most ten a second.",
        {**_CARD, **_STARTED, "text": "the text to append"},
        synced=False,
    ),
    "remembered": Kind(
        "A sub-step of a card is done and will be recalled, not repeated.",
        {**_CARD, **_STARTED, "key": "the sub-step's key", "value": "its value"},
    ),
    "finished": Kind(
        "A card's function returned.",
        {
            **_CARD,
            "value": "what it returned",
            "files": "files published",
            **_INPUTS,
            **_STARTED,
            "seconds": "time taken",
        },
    ),
    "failed": Kind(
        "A card's function raised an error.",
        {**_CARD, **_STARTED, "error": "one sentence", "trace": "the author's own frames"},
    ),
    "cancelled": Kind("A running card was stopped.", {**_CARD, **_STARTED}),
    "interrupted": Kind(
        "A running card was cut by a crash or a shutdown.",
        {**_CARD, **_STARTED, "crashed": "true where the process that worked on it had died"},
    ),
    "skipped": Kind("A card said that it is not needed.", {**_CARD, **_INPUTS, **_STARTED}),
    "rewound": Kind(
        "The state is that of event `to` again.",
        {"to": "n of an earlier event", "as": "undo or redo, where it was one"},
    ),
    "finalized": Kind("The run is locked.", {}),
    "unfinalized": Kind("The run is open again.", {}),
    "noted": Kind(
        "A remark by a card or a person.",
        {"card": "the card, if any", "text": "it", "started": "n of its `started` event, if any"},
    ),
    "said": Kind("A person said something to the assistant.", {"text": "it"}),
    "replied": Kind("The assistant replied.", {"text": "it"}),
    "proposed": Kind("The assistant proposed an act.", {"act": "what it would do"}),
    "accepted": Kind("A proposal was accepted.", {"proposal": "n of the `proposed` event"}),
    "declined": Kind("A proposal was declined.", {"proposal": "n of the `proposed` event"}),
}
