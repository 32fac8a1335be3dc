"""The whole vocabulary of a journal: every type of event, its fields, what they hold and how much.

One table. The page on the journal's format is made of it, the fold reads no field that does not fit
it (`validate.sound`), and an import is refused for a line that breaks it (`validate.fault`). An
event that a fork repeats keeps its time and its `by`, and says `from`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

PEOPLE = ("person", "cli", "notebook", "api", "llm", "fork", "default", "kept")

MOST_CARDS = 2_000  # of one run: a page of them is drawn in a second
MOST_OPTIONS = 50_000  # of one question
MOST_PARTS = 250_000  # entries of all lists and objects of one event, values apart
LONGEST_NAME = 1_000  # characters of a card's, a parameter's or a field's name
LONGEST_LABEL = 20_000  # characters of a label, a title, a person's why
LONGEST_KEY = 8_000  # characters of a run's key
LONGEST_TEXT = 100_000_000  # characters of what a card writes, or of a trace
LARGEST = 1 << 53  # beyond it JavaScript and others read another number


@dataclass(frozen=True)
class Type:
    """What a field holds: `words` name it for a reader, `classes` for Python.

    `most` bounds the characters of text, the entries of a list or an object, the size of a number.
    `each` is what every entry is, `parts` what the named ones are; `unique` is the part that no two
    entries share.
    """

    words: str
    classes: tuple[type, ...]
    most: int = LARGEST
    each: "Type | None" = None
    parts: "Mapping[str, Field]" = field(default_factory=dict)
    unique: str = ""


@dataclass(frozen=True)
class Field:
    """One field: what it holds and means, and whether its event means nothing without it."""

    type: Type
    meaning: str
    required: bool = False


@dataclass(frozen=True)
class EventType:
    """One type of event: what it says, its own fields, whether it is synced to the disk."""

    meaning: str
    fields: Mapping[str, Field]
    synced: bool = True


NULL = type(None)
TIME = Type("UTC time", (str,), 30)
TEXT = Type("text", (str,), LONGEST_TEXT)
LABEL = Type("text", (str,), LONGEST_LABEL)
NAME = Type("name", (str,), LONGEST_NAME)
KEY = Type("name", (str,), LONGEST_KEY)
ORIGIN = Type("run and event", (str,), LONGEST_KEY + 200)
WHOLE = Type("whole number", (int,))
EVENT = Type("n of an event", (int,))
NUMBER = Type("number", (int, float))
PERHAPS = Type("number or null", (int, float, NULL))
BOUND = Type("number or null", (int, float, NULL), 10**308)
FLAG = Type("true or false", (bool,))
VALUE = Type("value", (str, int, float, bool, list, dict, NULL))
FILE = Type("file", (dict,))
FILES = Type("list of files", (list,), MOST_PARTS, each=FILE)
VALUES = Type("values by name", (dict,), MOST_CARDS, each=VALUE)
NAMES = Type("list of names", (list,), MOST_CARDS, each=NAME)
RUNS = Type("list of names", (list,), MOST_CARDS, each=KEY)
INPUTS = Type("n by parameter", (dict,), MOST_CARDS, each=EVENT)
LINKS = Type("addresses by text", (dict,), 100, each=LABEL)

OPTION = Type(
    "option",
    (dict,),
    100,
    parts={
        "value": Field(VALUE, "the answer", True),
        "label": Field(LABEL, "its label", True),
        "note": Field(LABEL, "a note beside it"),
        "disabled": Field(LABEL, "why it can't be chosen"),
        "links": Field(LINKS, "links beside it"),
    },
)
_SHOWN = {
    "kind": Field(NAME, "text, number, choice, confirm, form or upload", True),
    "label": Field(LABEL, "its label"),
    "default": Field(VALUE, "the answer that is filled in"),
    "options": Field(Type("list of options", (list,), MOST_OPTIONS, each=OPTION), "of a choice"),
    "accept": Field(NAMES, "of an upload: the kinds of files"),
    **dict.fromkeys(("help", "placeholder", "unit", "yes", "no"), Field(LABEL, "words")),
    **dict.fromkeys(("optional", "whole", "exact", "multiple", "must", "parse"), Field(FLAG, "")),
    **dict.fromkeys(("min", "max"), Field(BOUND, "")),
    **dict.fromkeys(("lines", "max_bytes"), Field(WHOLE, "")),
}
_INNER = Type("question", (dict,), 100, parts=_SHOWN)
_FIELDS = Type("questions by name", (dict,), MOST_CARDS, each=_INNER)
QUESTION = Type("question", (dict,), 100, parts={**_SHOWN, "fields": Field(_FIELDS, "of a form")})
CARD = Type(
    "card",
    (dict,),
    100,
    parts={
        "name": Field(NAME, "its name", True),
        "asks": Field(FLAG, "whether it asks"),
        "label": Field(LABEL, "its label"),
        "params": Field(NAMES, "the cards that it takes"),
        "code": Field(NAME, "hash of its source"),
        "once": Field(FLAG, "whether its effect must not be repeated"),
        "question": Field(QUESTION, "its question, if it is known"),
    },
)
CARDS = Type("list of cards", (list,), MOST_CARDS, each=CARD, unique="name")

COMMON: Mapping[str, Field] = {
    "n": Field(WHOLE, "its number, from 1"),
    "at": Field(TIME, "when it was written", True),
    "type": Field(NAME, "its type", True),
    "by": Field(NAME, "who did it"),
    "why": Field(LABEL, "the person's own reason"),
    "from": Field(ORIGIN, "the run and event that it repeats, or comes from"),
}

_CARD = {"card": Field(NAME, "the card's name", True)}
_INPUTS = {
    "inputs": Field(INPUTS, "for each parameter, the n of the event whose value it took"),
    "code": Field(NAME, "hash of the function's source"),
}
_STARTED = {"started": Field(EVENT, "n of the `started` event this belongs to")}
_TEXT = {"text": Field(TEXT, "it")}
_PROPOSAL = {"proposal": Field(EVENT, "n of the `proposed` event")}

EVENTS: Mapping[str, EventType] = {
    "created": EventType(
        "The run began.",
        {
            "workflow": Field(NAME, "the workflow's name", True),
            "key": Field(KEY, "the run's key, as the workflow cleaned it", True),
            "title": Field(LABEL, "the workflow's title"),
            "format": Field(WHOLE, "version of this format, 1"),
            "cards": Field(
                CARDS,
                "the cards as they were: name, asks, label, params, code, once, question if known",
            ),
            "from": Field(
                ORIGIN,
                "of a fork: the run it comes from and the event it was forked at, `workflow/run#n`",
            ),
            "answers": Field(
                VALUES, "of a fork: answers to give as soon as their questions are asked, by card"
            ),
            "held": Field(
                NAMES,
                "of a fork: cards whose effect the other run began, which wait for a person's word",
            ),
            "runs": Field(RUNS, "of a composed run: the runs it is made of"),
        },
    ),
    "asked": EventType(
        "A question that depends on earlier cards was worked out and put to the person.",
        {
            **_CARD,
            "question": Field(QUESTION, "the question with its options"),
            **_INPUTS,
            **_STARTED,
        },
    ),
    "answered": EventType(
        "A question got its answer.",
        {
            **_CARD,
            "value": Field(VALUE, "the checked answer"),
            "typed": Field(
                VALUE, "what was given, where the workflow's `parse` made another value of it"
            ),
            **_INPUTS,
        },
    ),
    "reopened": EventType("A settled card was put back: it is asked, or runs, again.", _CARD),
    "started": EventType(
        "A card's function began. Without a sync, unless the card is `once`: a start that a power "
        "cut takes back is made again.",
        {**_CARD, **_INPUTS, "attempt": Field(WHOLE, "1, 2, … since it last finished")},
    ),
    "progressed": EventType(
        "How far a running card is; at most two a second.",
        {
            **_CARD,
            **_STARTED,
            "done": Field(NUMBER, "units done"),
            "total": Field(PERHAPS, "units in all"),
            "note": Field(TEXT, "text"),
        },
        synced=False,
    ),
    "wrote": EventType(
        "Text streamed into a running card; at most ten a second.",
        {**_CARD, **_STARTED, "text": Field(TEXT, "the text to append")},
        synced=False,
    ),
    "remembered": EventType(
        "A sub-step of a card is done and will be recalled, not repeated.",
        {
            **_CARD,
            **_STARTED,
            "key": Field(TEXT, "the sub-step's key"),
            "value": Field(VALUE, "its value"),
        },
    ),
    "finished": EventType(
        "A card's function returned.",
        {
            **_CARD,
            "value": Field(VALUE, "what it returned"),
            "files": Field(FILES, "files published"),
            **_INPUTS,
            **_STARTED,
            "seconds": Field(PERHAPS, "time taken"),
        },
    ),
    "failed": EventType(
        "A card's function raised an error.",
        {
            **_CARD,
            **_STARTED,
            "error": Field(TEXT, "one sentence"),
            "trace": Field(TEXT, "the author's own frames"),
        },
    ),
    "cancelled": EventType("A running card was stopped.", {**_CARD, **_STARTED}),
    "interrupted": EventType(
        "A running card was cut by a crash or a shutdown.",
        {
            **_CARD,
            **_STARTED,
            "crashed": Field(FLAG, "true where the process that worked on it had died"),
        },
    ),
    "skipped": EventType("A card said that it is not needed.", {**_CARD, **_INPUTS, **_STARTED}),
    "rewound": EventType(
        "The state is that of event `to` again.",
        {
            "to": Field(EVENT, "n of an earlier event", True),
            "as": Field(NAME, "undo or redo, where it was one"),
        },
    ),
    "finalized": EventType("The run is locked.", {}),
    "unfinalized": EventType("The run is open again.", {}),
    "noted": EventType(
        "A remark by a card or a person.",
        {
            "card": Field(NAME, "the card, if any"),
            "text": Field(TEXT, "it"),
            "started": Field(EVENT, "n of its `started` event, if any"),
        },
    ),
    "said": EventType("A person said something to the assistant.", _TEXT),
    "replied": EventType("The assistant replied.", _TEXT),
    "proposed": EventType(
        "The assistant proposed an act.", {"act": Field(VALUE, "what it would do")}
    ),
    "accepted": EventType("A proposal was accepted.", _PROPOSAL),
    "declined": EventType("A proposal was declined.", _PROPOSAL),
}
