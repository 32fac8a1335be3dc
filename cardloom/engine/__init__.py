"""The engine: what it all means. Definitions, questions, events, fold, plan, moves.

Pure: no clock, disk, network or randomness; they come as arguments.
"""

from cardloom.engine.compare import Cell, Comparison, Difference, FileRow, Row, Side, compare
from cardloom.engine.compose import RECORDS, Composed, Part, compose, outline_of
from cardloom.engine.events import EVENTS
from cardloom.engine.fork import Fork, fork
from cardloom.engine.history import redo_target, undo_target
from cardloom.engine.moves import BadAnswer, Late
from cardloom.engine.plan import Next, Plan, Step, View, fresh, next_card, plan_change, views_of
from cardloom.engine.questions import (
    MISSING,
    Choice,
    Confirm,
    Form,
    Number,
    Option,
    Question,
    Skip,
    Text,
    Upload,
    Wrong,
    revive,
)
from cardloom.engine.state import CardState, State, equal_inputs, fold, path
from cardloom.engine.values import File, Unstorable, decode, encode, files, same
from cardloom.engine.views import Bars, Code, Facts, Files, GraphMap, Markdown, Table
from cardloom.engine.workflow import Card, Workflow, nearest

__all__ = [
    "EVENTS",
    "MISSING",
    "RECORDS",
    "BadAnswer",
    "Bars",
    "Card",
    "CardState",
    "Cell",
    "Choice",
    "Code",
    "Comparison",
    "Composed",
    "Confirm",
    "Difference",
    "Facts",
    "File",
    "FileRow",
    "Files",
    "Fork",
    "Form",
    "GraphMap",
    "Late",
    "Markdown",
    "Next",
    "Number",
    "Option",
    "Part",
    "Plan",
    "Question",
    "Row",
    "Side",
    "Skip",
    "State",
    "Step",
    "Table",
    "Text",
    "Unstorable",
    "Upload",
    "View",
    "Workflow",
    "Wrong",
    "compare",
    "compose",
    "decode",
    "encode",
    "equal_inputs",
    "files",
    "fold",
    "fork",
    "fresh",
    "nearest",
    "next_card",
    "outline_of",
    "path",
    "plan_change",
    "redo_target",
    "revive",
    "same",
    "undo_target",
    "views_of",
]
