"""A workflow as its author writes it: an ordered list of cards, each a question or a function.

The parameter names of a card's function are the earlier cards it depends on; the keyword-only
`run`, after a bare `*`, is the one service object. The decorators give the function back as it
was, so that a notebook and a test can call it.
"""

import ast
import difflib
import hashlib
import inspect
import json
import linecache
import re
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar, overload

from cardloom.engine.events import MOST_CARDS
from cardloom.engine.questions import KINDS, Question
from cardloom.engine.values import encode
from cardloom.errors import Missing, NotFound, WorkflowError
from cardloom.types import Json

_DO_OPTIONS = frozenset({"show", "process", "retries", "timeout", "once"})
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Card:
    """One card: a question known beforehand, a function that asks, or a function that does."""

    name: str
    asks: bool
    label: str
    help: str = ""
    question: Question | None = None
    function: Callable[..., Any] | None = field(default=None, repr=False)
    params: tuple[str, ...] = ()
    wants_run: bool = False
    show: Callable[..., Any] | None = field(default=None, repr=False)
    process: bool = False
    retries: int = 0
    timeout: float | None = None
    once: bool = False
    code: str = ""
    line: int = 0

    @property
    def static(self) -> bool:
        """A question that is known without running anything."""
        return self.question is not None


def _refuse(sentence: str, where: Callable[..., Any] | None = None, line: int = 0) -> WorkflowError:
    code = getattr(inspect.unwrap(where), "__code__", None) if where else None
    if code is not None:
        return WorkflowError(sentence, Path(code.co_filename), code.co_firstlineno)
    return WorkflowError(sentence, line=line or None)


def source_hash(function: Callable[..., Any]) -> str:
    """16 hex digits for what the function does: its syntax tree, without decorators or comments."""
    try:
        tree = ast.parse(textwrap.dedent(_source(function)))
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                node.decorator_list = []
        text = ast.dump(tree)
    except (OSError, TypeError, SyntaxError):
        code = function.__code__
        text = repr((code.co_code, code.co_names, code.co_varnames))
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _source(function: Callable[..., Any]) -> str:
    """As inspect.getsource, which first looks through every module of the process: 10 ms a start."""
    code = inspect.unwrap(function).__code__
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
    if not lines:
        raise OSError("The source is not there.")
    return "".join(inspect.getblock(lines))


def _question_hash(question: Question) -> str:
    told = json.dumps(question.describe(encode), sort_keys=True)
    parse = (
        source_hash(question.parse) if question.parse and inspect.isfunction(question.parse) else ""
    )
    return hashlib.blake2b((told + parse).encode(), digest_size=8).hexdigest()


def _title_of(name: str) -> str:
    return name.replace("_", " ").strip().capitalize() or name


def name_of(path: Path, title: str) -> str:
    """The file's name, as the catalog has it; the title's words where there is no file."""
    if (
        path.suffix == ".py"
        and "ipykernel" not in str(path)
        and re.fullmatch(r"[A-Za-z][\w-]*", path.stem)
    ):
        return path.stem
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "workflow"


def _told(function: Callable[..., Any]) -> tuple[str, str]:
    """(label, help) of a card: the first line of its docstring, and the rest."""
    text = inspect.getdoc(function) or ""
    first, _, rest = text.partition("\n")
    return first.strip().rstrip(".") or _title_of(function.__name__), rest.strip()


class Workflow:
    """An ordered list of cards under a title.

    `key` cleans a run's key or refuses it with a ValueError; `group` is where the home page lists
    it; `training` is what the assistant should know; `example` is a key to suggest.
    """

    # Set where the app is put together: runs a workflow without a page. The engine has no disk.
    headless: ClassVar[Callable[..., Any] | None] = None

    def __init__(
        self,
        title: str,
        *,
        key: Callable[[str], str] | None = None,
        group: str = "",
        training: str = "",
        example: str = "",
    ) -> None:
        caller = sys._getframe(1)
        self.title = title
        self.clean_key = key
        self.group, self.training, self.example = group, training, example
        self.about = ""
        self.module: Mapping[str, Any] = caller.f_globals
        self.path = Path(caller.f_code.co_filename)
        self.name = name_of(self.path, title)
        self._cards: dict[str, Card] = {}

    # -- what authors call ---------------------------------------------------------------------

    @overload
    def ask(self, function: F, /) -> F: ...
    @overload
    def ask(self, /, **questions: Question) -> None: ...
    def ask(self, function: Any = None, /, **questions: Question) -> Any:
        """Add asking cards: one of each keyword, or one of a function that returns its question."""
        if function is not None:
            label, help_ = _told(function)
            return self._add_function(function, asks=True, label=label, help=help_)
        line = sys._getframe(1).f_lineno
        for name, question in questions.items():
            if not isinstance(question, tuple(KINDS.values())):
                raise _refuse(
                    f"The card {name!r} must be a question: Text, Number, Choice, Confirm, Form or "
                    f"Upload, and it is {question!r}.",
                    line=line,
                )
            self.add(
                Card(
                    name,
                    asks=True,
                    label=question.label or _title_of(name),
                    help=question.help,
                    question=question,
                    code=_question_hash(question),
                    line=line,
                )
            )
        return None

    @overload
    def do(self, function: F, /) -> F: ...
    @overload
    def do(
        self,
        /,
        *,
        show: Callable[..., Any] | None = None,
        process: bool = False,
        retries: int = 0,
        timeout: float | None = None,
        once: bool = False,
    ) -> Callable[[F], F]: ...
    def do(self, function: Any = None, /, **options: Any) -> Any:
        """Add a doing card: its parameters are earlier cards, what it returns is its value.

        `show(value)` draws the value; `process=True` runs it in a process of its own; `retries` is
        how often it is tried again after an error; `timeout` its limit in seconds; `once=True`
        marks an effect that the machine must never repeat by itself.
        """
        if unknown := sorted(options.keys() - _DO_OPTIONS):
            raise _refuse(
                f"{unknown[0]!r} is not an option of .do.{nearest(unknown[0], _DO_OPTIONS)}",
                line=sys._getframe(1).f_lineno,
            )
        if function is None:
            return lambda made: self._add_do(made, **options)
        return self._add_do(function, **options)

    def run(self, key: str | None = None, /, **answers: Any) -> Any:
        """Run without a page: answers by card name, values back. See `cardloom.headless.run`."""
        if Workflow.headless is None:
            raise Missing("Import cardloom before running a workflow: `import cardloom`.")
        return Workflow.headless(self, key, answers)

    # -- what the house calls ------------------------------------------------------------------

    @property
    def cards(self) -> tuple[Card, ...]:
        return tuple(self._cards.values())

    def __contains__(self, name: object) -> bool:
        return name in self._cards

    def card(self, name: str) -> Card:
        """The card called `name`; NotFound suggests the nearest name."""
        try:
            return self._cards[name]
        except KeyError:
            raise NotFound(
                f"{self.title} has no card called {name!r}.{nearest(name, self._cards)}"
            ) from None

    def file_of(self, name: str) -> Path:
        """The file that card `name` is written in: of a composed workflow, that of its part."""
        function = self.card(name).function
        code = getattr(inspect.unwrap(function), "__code__", None) if function else None
        return Path(code.co_filename) if code is not None else self.path

    @property
    def types(self) -> dict[str, type]:
        """The dataclasses of the workflow's own file, by name, for values that hold them."""
        return {
            name: item
            for name, item in self.module.items()
            if isinstance(item, type) and hasattr(item, "__dataclass_fields__")
        }

    def check(self) -> None:
        """Raise WorkflowError unless every parameter is an earlier card."""
        if not self._cards:
            raise _refuse(f"{self.title} has no cards. Add one with .ask(…) or @….do.")
        if len(self._cards) > MOST_CARDS:
            raise _refuse(
                f"{self.title} has {len(self._cards):,} cards, and {MOST_CARDS:,} are the most. "
                "Ask for many values in one Upload or one Form."
            )
        earlier: set[str] = set()
        for card in self.cards:
            for param in card.params:
                if param in earlier:
                    continue
                raise _refuse(self._wrong_param(card, param, earlier), card.function)
            earlier.add(card.name)

    def _wrong_param(self, card: Card, param: str, earlier: set[str]) -> str:
        if param == card.name:
            return f"{card.name} asks for itself. A card's parameters are earlier cards."
        if param not in self._cards:
            return f"{card.name} asks for {param!r}, and there is no such card.{nearest(param, earlier)}"
        if card.name in self._cards[param].params:
            return f"{card.name} and {param} ask for each other. One of them must come without the other."
        return (
            f"{card.name} asks for {param!r}, which comes later in the file. Move {param} above it."
        )

    def outline(self) -> list[dict[str, Json]]:
        """The cards as the `created` event keeps them, so that a journal reads without this file."""
        return [
            {
                "name": card.name,
                "asks": card.asks,
                "label": card.label,
                "params": list(card.params),
                "code": card.code,
                **({"once": True} if card.once else {}),
                **({"question": card.question.describe(encode)} if card.question else {}),
            }
            for card in self.cards
        ]

    def _add_do(
        self,
        function: F,
        show: Callable[..., Any] | None = None,
        process: bool = False,
        retries: int = 0,
        timeout: float | None = None,
        once: bool = False,
    ) -> F:
        label, help_ = _told(function)
        return self._add_function(
            function,
            asks=False,
            label=label,
            help=help_,
            show=show,
            process=process,
            retries=retries,
            timeout=timeout,
            once=once,
        )

    def _add_function(self, function: F, **facts: Any) -> F:
        name = function.__name__
        params, wants_run = self._params(function)
        self.add(
            Card(
                name,
                function=function,
                params=params,
                wants_run=wants_run,
                code=source_hash(function),
                line=function.__code__.co_firstlineno,
                **facts,
            ),
        )
        return function

    def _params(self, function: Callable[..., Any]) -> tuple[tuple[str, ...], bool]:
        """(names of earlier cards, whether it wants `run`)."""
        params, wants_run = [], False
        for param in inspect.signature(function).parameters.values():
            if param.kind in (param.VAR_POSITIONAL, param.VAR_KEYWORD, param.POSITIONAL_ONLY):
                raise _refuse(
                    f"{function.__name__} takes {param}: a card's parameters are earlier cards, each "
                    "by its name.",
                    function,
                )
            if param.kind is param.KEYWORD_ONLY:
                if param.name != "run":
                    raise _refuse(
                        f"{function.__name__} asks for {param.name!r} after the *, where only `run` "
                        "may stand.",
                        function,
                    )
                wants_run = True
            elif param.name == "run":
                raise _refuse(
                    f"{function.__name__} must take `run` after a bare *: (…, *, run).", function
                )
            else:
                params.append(param.name)
        return tuple(params), wants_run

    def add(self, card: Card) -> None:
        """Add a card that is made already; WorkflowError for a name that is taken or can't be one."""
        if card.name in self._cards:
            raise _refuse(
                f"Two cards are called {card.name!r}. Each card needs a name of its own.",
                card.function,
                card.line,
            )
        if (
            not re.fullmatch(r"[a-z][a-z0-9_]*", card.name, re.IGNORECASE | re.ASCII)
            or card.name == "run"
        ):
            raise _refuse(
                f"{card.name!r} can't be a card's name. Use letters, digits and _, beginning with a "
                "letter; `run` is taken.",
                card.function,
                card.line,
            )
        self._cards[card.name] = card


def nearest(name: str, names: Any) -> str:
    """' Did you mean …?' with the nearest of `names`, or ' There are: …', or nothing."""
    names = sorted(names)
    if close := difflib.get_close_matches(name, names, n=1, cutoff=0.5):
        return f" Did you mean {close[0]!r}?"
    return f" There are: {', '.join(names)}." if names else ""
