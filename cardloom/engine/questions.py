"""What an asking card shows, and how an answer is checked.

A question is data plus one check. `describe()` is what the `asked` event stores and the page
draws; `revive()` makes a question of a description again (without `parse`, which is code).
`check(raw)` turns what a form, a terminal or Python gave into the value, or raises Wrong.
What sets one kind of question apart is a property of it: nobody has to ask for its type.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, ClassVar, Self

from cardloom.engine.values import File
from cardloom.trace import sentence

MISSING: Any = type("Missing", (), {"__repr__": lambda _: "MISSING", "__bool__": lambda _: False})()
LONGEST_ANSWER = 1_000_000  # characters of one text answer
LARGEST = Decimal("1e308")  # what a float holds; whole numbers far beyond it fill the memory

Encode = Callable[[Any], Any]  # the value codec, in either direction


class Wrong(ValueError):
    """An answer that is not accepted. `field` names the form's field it belongs to, if any."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Option:
    """One thing to choose: the value, its label, a note beside it, why it can't be chosen, and
    links to places of this app: pairs of text and address, or a dict of these."""

    value: Any
    label: str
    note: str = ""
    disabled: str = ""
    links: Any = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "links", tuple(dict(self.links).items()))

    @property
    def id(self) -> str:
        """How a form names the option: its text, which is unique among plain values."""
        return self.value if isinstance(self.value, str) else repr(self.value)


def _as_option(item: Any) -> Option:
    if isinstance(item, Option):
        return item
    if isinstance(item, tuple):
        value, *rest = item
        return Option(value, str(rest[0]) if rest else str(value), str(rest[1]) if rest[1:] else "")
    return Option(item, str(item))


def _as_options(options: Iterable[Any] | Mapping[Any, str]) -> tuple[Option, ...]:
    if isinstance(options, Mapping):
        made = tuple(Option(value, str(label)) for value, label in options.items())
    else:
        made = tuple(_as_option(item) for item in options)
    counted = Counter(option.id for option in made)
    if twice := next((name for name, count in counted.items() if count > 1), None):
        raise ValueError(f"The option {twice!r} is offered twice. Give each option its own value.")
    return made


class _Question:
    """What each kind of question can be asked about itself; a kind says what differs in it."""

    kind: ClassVar[str]
    label: str
    unticked: ClassVar[Any] = MISSING  # what a field of a form means that a browser did not send
    parse: Callable[[Any], Any] | None

    @property
    def parts(self) -> Mapping[str, "Question"]:
        """The questions of a form, by field; empty for a single question."""
        return {}

    @property
    def uploads(self) -> bool:
        """Whether a file is part of the answer."""
        return False

    @property
    def optional(self) -> bool:
        """Whether nothing is an answer too."""
        return False

    @property
    def multiple(self) -> bool:
        """Whether one field takes several values."""
        return False

    @property
    def options(self) -> Sequence[Option]:
        """What there is to choose from."""
        return ()

    @property
    def parses(self) -> bool:
        """Whether the author's code turns the answer, or a part of it, into the value."""
        return any(each.parse is not None for each in (self, *self.parts.values()))

    def kept(self, raw: Any, keep: Callable[["Upload", Any], Any]) -> Any:
        """What is given, with each file in it as `keep` makes it of the question and the file."""
        return raw

    def _parsed(self, value: Any) -> Any:
        if self.parse is None:
            return value
        try:
            return self.parse(value)
        except ValueError as error:
            raise Wrong(str(error) or "This is not accepted.") from error


@dataclass(frozen=True, kw_only=True)
class _Common(_Question):
    """What every question but a form may say besides its label."""

    help: str = ""
    default: Any = MISSING
    parse: Callable[[Any], Any] | None = field(default=None, repr=False, compare=False)

    def describe(self, encode: Encode) -> dict[str, Any]:
        """The question as JSON; only what differs from the usual is in it."""
        told: dict[str, Any] = {"kind": self.kind, "label": self.label}
        known = {f.name: f.default for f in fields(self)}
        for name, usual in known.items():
            value = getattr(self, name)
            if name not in _APART and value != usual:
                told[name] = list(value) if isinstance(value, (tuple, list)) else value
        if "options" in known:
            told["options"] = [_describe_option(option, encode) for option in self.options]
        if self.default is not MISSING:
            told["default"] = encode(self.default)
        return told | ({"parse": True} if self.parse is not None else {})

    @classmethod
    def revive(cls, told: Mapping[str, Any], decode: Encode) -> Self:
        """The question of a description of this kind."""
        known = {f.name for f in fields(cls)}
        given = {k: v for k, v in told.items() if k in known and (k not in _APART or k == "label")}
        if "default" in told:
            given["default"] = decode(told["default"])
        if "options" in told and "options" in known:
            given["options"] = [_revive_option(option, decode) for option in told["options"]]
        return cls(**given)

    def with_parse(self, source: "Question") -> Self:
        """This question, revived, with the code of `source`: the same one as its author wrote it."""
        return replace(self, parse=source.parse)

    def ahead(self) -> Self:
        """The question as it can be checked before any file of the answer is kept."""
        return self

    def remembering(self) -> Self:
        """This question with a `parse` that is called once for an answer, and recalled from then on.

        A move may be tried where its author's code does no harm, and made where that must not run.
        """
        return self if self.parse is None else replace(self, parse=_recalled(self.parse))


@dataclass(frozen=True)
class Text(_Common):
    """One line of text, or several with `lines=`. An empty answer needs `optional=True`."""

    kind: ClassVar[str] = "text"
    label: str
    placeholder: str = ""
    lines: int = 1
    optional: bool = False

    def check(self, raw: Any) -> Any:
        if raw is None or raw is MISSING:
            raw = ""
        if not isinstance(raw, str):
            raise Wrong(f"Text is wanted here, and {raw!r} is not text.")
        if len(raw) > LONGEST_ANSWER:
            raise Wrong(f"This is longer than {LONGEST_ANSWER:,} characters. Upload it as a file.")
        text = raw.replace("\r\n", "\n")
        if self.lines == 1:
            text = text.strip()
        if not text.strip() and not self.optional:
            raise Wrong("Please write something here.")
        return self._parsed(text)


@dataclass(frozen=True)
class Number(_Common):
    """A number: int when `whole`, else float, or Decimal with `exact=True`; `unit` is shown."""

    kind: ClassVar[str] = "number"
    label: str
    min: float | None = None
    max: float | None = None
    whole: bool = False
    exact: bool = False
    unit: str = ""
    placeholder: str = ""
    optional: bool = False

    def __post_init__(self) -> None:
        for name in ("min", "max"):  # JSON has no Decimal, and a page shows the limit
            if isinstance(limit := getattr(self, name), Decimal):
                object.__setattr__(self, name, float(limit))

    def check(self, raw: Any) -> Any:
        if raw is None or raw is MISSING or (isinstance(raw, str) and not raw.strip()):
            if self.optional:
                return self._parsed(None)
            raise Wrong("Please give a number.")
        return self._parsed(self._in_range(self._number(raw)))

    def _number(self, raw: Any) -> Decimal:
        if isinstance(raw, bool) or (isinstance(raw, int) and raw.bit_length() > 1_300):
            raise Wrong("A number is wanted here.")
        text = raw.strip() if isinstance(raw, str) else str(raw)
        if len(text) > 400:
            raise Wrong("A number is wanted here.")
        # 1 000, 1_000 and 1'000 are how people write thousands; "1,000" may mean 1 or 1000.
        text = re.sub(r"(?<=\d)[ _'\u00a0\u202f](?=\d)", "", text)
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise Wrong(f"{text!r} is not a number. Write it like 1500 or 2.5.") from error
        if not number.is_finite() or number.copy_abs() > LARGEST:
            raise Wrong(f"{text!r} is not a number one can count with.")
        return number

    def _in_range(self, number: Decimal) -> int | float | Decimal:
        if self.whole and number != number.to_integral_value():
            raise Wrong(f"A whole number is wanted here, not {number}.")
        if self.min is not None and number < Decimal(str(self.min)):
            raise Wrong(f"At least {self.min:g}, please.")
        if self.max is not None and number > Decimal(str(self.max)):
            raise Wrong(f"At most {self.max:g}, please.")
        if self.whole:
            return int(number)
        return number if self.exact else float(number)


@dataclass(frozen=True)
class Choice(_Common):
    """One of several options, or any number of them with `multiple=True` (then a list).

    `options` is a list of values, a dict of value to label, or tuples `(value, label, note)`;
    `Option(value, label, note, disabled="why")` shows one that cannot be chosen now.
    """

    kind: ClassVar[str] = "choice"
    label: str
    options: Any = ()
    multiple: bool = False
    optional: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", _as_options(self.options))

    def check(self, raw: Any) -> Any:
        if self.multiple:
            items = raw if isinstance(raw, (list, tuple, set)) else [raw]
            items = [
                item for item in items if item is not MISSING and item is not None and item != ""
            ]
            if not items and not self.optional:
                raise Wrong("Please choose at least one.")
            chosen = [self._option(item) for item in items]
            return self._parsed([o.value for o in self.options if o in chosen])
        if isinstance(raw, (list, tuple)) and len(raw) == 1:
            raw = raw[0]
        if raw is None or raw is MISSING or raw == "":
            if self.optional:
                return self._parsed(None)
            raise Wrong("Please choose one.")
        return self._parsed(self._option(raw).value)

    def _option(self, raw: Any) -> Option:
        option: Option
        for option in self.options:
            if (type(raw) is type(option.value) and raw == option.value) or raw == option.id:
                if option.disabled:
                    raise Wrong(f"{option.label} can't be chosen: {option.disabled}")
                return option
        names = ", ".join(o.label for o in self.options[:12] if not o.disabled)
        raise Wrong(f"{str(raw)[:80]!r} was not offered. Choose one of: {names}.")


@dataclass(frozen=True)
class Confirm(_Common):
    """Yes or no: True or False. With `must=True` only yes goes on."""

    kind: ClassVar[str] = "confirm"
    unticked: ClassVar[Any] = "no"  # an empty checkbox is not sent at all
    label: str
    yes: str = "Yes"
    no: str = "No"
    must: bool = False

    def check(self, raw: Any) -> Any:
        said = raw.strip().lower() if isinstance(raw, str) else raw
        if said in ("yes", "y", "true", "1", "on", self.yes.lower()) or said is True:
            return self._parsed(True)
        if said in ("no", "n", "false", "0", "off", self.no.lower()) or said is False:
            if self.must:
                raise Wrong(f"This goes on only with {self.yes!r}.")
            return self._parsed(False)
        raise Wrong(f"Please answer {self.yes} or {self.no}.")


@dataclass(frozen=True)
class Upload(_Common):
    """A file from the person's machine; the card's value is its path in the run's files.

    `accept` is a list of endings (`[".csv", ".gz"]`), `max_bytes` the largest size taken.
    """

    kind: ClassVar[str] = "upload"
    label: str
    accept: Sequence[str] = ()
    max_bytes: int = 1_000_000_000
    optional: bool = False

    @property
    def uploads(self) -> bool:
        return True

    def ahead(self) -> Self:
        return replace(self, parse=None)  # it is for the file as the run keeps it

    def kept(self, raw: Any, keep: Callable[["Upload", Any], Any]) -> Any:
        return keep(self, raw)

    def check(self, raw: Any) -> Any:
        if raw is None or raw is MISSING or raw == "":
            if self.optional:
                return None
            raise Wrong("Please choose a file.")
        name = raw.name if isinstance(raw, (File, Path)) else Path(str(raw)).name
        self.check_name(name)
        size = raw.size if isinstance(raw, File) else None
        if size is not None and size > self.max_bytes:
            raise Wrong(f"{name} is larger than the {self.max_bytes:,} bytes taken here.")
        return self._parsed(raw)

    def check_name(self, name: str) -> None:
        """Raise Wrong for a file of another kind, before any of it is read."""
        if self.accept and not name.lower().endswith(tuple(a.lower() for a in self.accept)):
            raise Wrong(
                f"{name} can't be used here. Choose a file ending in {', '.join(self.accept)}."
            )


class Form(_Question):
    """Several questions on one card, by name; the value is a dict of their values."""

    kind: ClassVar[str] = "form"
    parse: Callable[[Any], Any] | None

    def __init__(
        self,
        label: str = "",
        /,
        *,
        help: str = "",
        parse: Callable[[dict[str, Any]], Any] | None = None,
        **questions: "Question",
    ) -> None:
        if not isinstance(help, str) or not (parse is None or callable(parse)):
            raise TypeError(
                "`help` and `parse` belong to the Form itself and can't name its fields."
            )
        if not questions:
            raise ValueError("A Form needs at least one question: Form(name=Text('Your name?')).")
        for name, question in questions.items():
            if not isinstance(question, _Common):
                raise TypeError(
                    f"{name!r} in a Form must be Text, Number, Choice, Confirm or Upload."
                )
        self.label, self.help, self.parse, self.questions = label, help, parse, questions

    @property
    def parts(self) -> Mapping[str, "Question"]:
        return self.questions

    @property
    def uploads(self) -> bool:
        return any(question.uploads for question in self.questions.values())

    @property
    def default(self) -> Any:
        values = {name: q.default for name, q in self.questions.items()}
        return MISSING if any(v is MISSING for v in values.values()) else values

    def describe(self, encode: Encode) -> dict[str, Any]:
        """The form as JSON, with its questions in `fields`."""
        inner = {name: question.describe(encode) for name, question in self.questions.items()}
        told = {"kind": self.kind, "label": self.label, "help": self.help, "fields": inner}
        return told | ({"parse": True} if self.parse is not None else {})

    @classmethod
    def revive(cls, told: Mapping[str, Any], decode: Encode) -> "Form":
        """The form of a description."""
        inner: dict[str, Any] = {n: revive(q, decode) for n, q in told["fields"].items()}
        return cls(told.get("label", ""), help=told.get("help", ""), **inner)

    def with_parse(self, source: "Question") -> "Form":
        """This form, revived, with the code of `source` and of the questions in it."""
        return self._made(
            {n: q.with_parse(source.parts.get(n, q)) for n, q in self.questions.items()},
            source.parse,
        )

    def ahead(self) -> "Form":
        """The form as it can be checked before any file of the answer is kept."""
        inner = {name: question.ahead() for name, question in self.questions.items()}
        return self._made(inner, None) if self.uploads else self

    def remembering(self) -> "Form":
        """This form with each `parse` called once for an answer, and recalled from then on."""
        inner = {name: question.remembering() for name, question in self.questions.items()}
        return self._made(inner, _recalled(self.parse)) if self.parses else self

    def kept(self, raw: Any, keep: Callable[[Upload, Any], Any]) -> Any:
        if not isinstance(raw, Mapping):
            return raw
        return {n: self._field(n, lambda q, v: q.kept(v, keep), v) for n, v in raw.items()}

    def _field(self, name: str, do: Callable[["Question", Any], Any], raw: Any) -> Any:
        """`do(question, raw)` for one field; what is Wrong there says so with the field's label."""
        if name not in self.questions:
            return raw
        question = self.questions[name]
        try:
            return do(question, raw)
        except Wrong as wrong:
            raise Wrong(f"{question.label}: {wrong}", name) from wrong

    def _made(self, questions: Mapping[str, "Question"], parse: Any) -> "Form":
        return Form(self.label, help=self.help, parse=parse, **questions)

    def check(self, raw: Any) -> Any:
        if not isinstance(raw, Mapping):
            raise Wrong(f"Several answers are wanted here: {', '.join(self.questions)}.")
        if unknown := [name for name in raw if name not in self.questions]:
            raise Wrong(
                f"There is no field {unknown[0]!r} here. The fields are: {', '.join(self.questions)}."
            )
        values = {}
        for name, question in self.questions.items():
            given = raw.get(name, MISSING)
            if given is MISSING and question.default is not MISSING:
                given = question.default
            values[name] = self._field(name, lambda question, raw: question.check(raw), given)
        return self._parsed(values)


@dataclass(frozen=True)
class Skip:
    """Returned by a card instead of a question or a value: the card is skipped, and says why."""

    why: str


Question = Text | Number | Choice | Confirm | Form | Upload
KINDS: dict[str, type[Question]] = {
    kind.kind: kind for kind in (Text, Number, Choice, Confirm, Form, Upload)
}
_APART = ("parse", "default", "label", "options")  # described each in its own way


def revive(told: Mapping[str, Any], decode: Encode) -> Question:
    """The question of a description; raises ValueError when it is not one."""
    kind = KINDS.get(str(told.get("kind")))
    if kind is None:
        raise ValueError(f"{told.get('kind')!r} is not a kind of question.")
    return kind.revive(told, decode)


def _describe_option(option: Option, encode: Encode) -> dict[str, Any]:
    told = {"value": encode(option.value), "label": option.label}
    told |= {k: v for k in ("note", "disabled") if (v := getattr(option, k))}
    return told | ({"links": dict(option.links)} if option.links else {})


def _revive_option(told: Mapping[str, Any], decode: Encode) -> Option:
    # A journal is data and may say anything of the links.
    links = told.get("links")
    safe = {str(k): str(v) for k, v in links.items()} if isinstance(links, dict) else {}
    value, label = decode(told["value"]), told["label"]
    return Option(value, label, told.get("note", ""), told.get("disabled", ""), safe)


def _recalled(parse: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    if parse is None:
        return None
    known: list[tuple[Any, Any, Wrong | None]] = []

    def recall(value: Any) -> Any:
        found = [each for each in known if type(each[0]) is type(value) and each[0] == value]
        if not found:
            found = [(value, *_tried(parse, value))]
            known.extend(found)
        _, made, refused = found[0]
        if refused is not None:
            raise refused
        return made

    return recall


def _tried(parse: Callable[[Any], Any], value: Any) -> tuple[Any, Wrong | None]:
    try:
        return parse(value), None
    except ValueError as error:
        return None, Wrong(_refusal(error))
    except BaseException as error:
        return None, Wrong(f"The answer could not be checked. {sentence(error)}")


def _refusal(error: ValueError) -> str:
    try:
        return str(error) or "This is not accepted."
    except BaseException:  # its author's too
        return "This is not accepted."
