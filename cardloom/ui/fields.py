"""Questions as form fields, and a sent form as answers.

`fields(question, …)` draws; `read(question, form)` gives what the engine checks. A card with one
question names its field `value`; a Form's fields have their own names.
"""

from collections.abc import Mapping
from typing import Any

from cardloom.engine import MISSING, Choice, Confirm, Number, Question, Text, Upload
from cardloom.engine import Option as OneOption
from cardloom.ui.tags import (
    A,
    Button,
    Div,
    Fieldset,
    Input,
    Label,
    Legend,
    Li,
    Option,
    P,
    Part,
    Select,
    Small,
    Span,
    Textarea,
    Ul,
)

Typed = Mapping[str, list[str]]  # what stands in the fields, by name: a draft or a refused answer

ONE = "value"
MOST_RADIOS = 15  # beyond it a list of options becomes a drop-down


def fields(
    question: Question,
    card: str,
    *,
    typed: Typed | None = None,
    value: Any = MISSING,
    error: str = "",
    wrong_field: str = "",
) -> list[Part]:
    """The fields of `question`. What was typed wins over `value`, which wins over the default."""
    if question.parts:
        about = [P(question.help, cls="help")] if question.help else []
        return about + [
            part
            for name, inner in question.parts.items()
            for part in _field(
                inner,
                card,
                name,
                typed,
                value.get(name, MISSING) if isinstance(value, Mapping) else MISSING,
                error if name == wrong_field else "",
                in_form=True,
            )
        ]
    return _field(question, card, ONE, typed, value, error, in_form=False)


def read(question: Question, form: Any) -> Any:
    """What the form says, as `question.check` takes it. `form` has get and getlist."""
    if question.parts:
        return {name: _read(inner, form, name, True) for name, inner in question.parts.items()}
    return _read(question, form, ONE, False)


def typed_of(question: Question, form: Any) -> dict[str, list[str]]:
    """The text in the form's fields, to be kept as a draft; files are left out."""
    named = question.parts or {ONE: question}
    return {
        name: [item for item in form.getlist(name) if isinstance(item, str)]
        for name, inner in named.items()
        if not inner.uploads
    }


def _read(question: Question, form: Any, name: str, in_form: bool) -> Any:
    if question.multiple:
        return form.getlist(name)
    given = form.get(name)
    if question.uploads and not getattr(given, "filename", ""):
        return None
    if given is None:
        return question.unticked if in_form else MISSING
    return given


def _field(
    question: Question,
    card: str,
    name: str,
    typed: Typed | None,
    value: Any,
    error: str,
    in_form: bool,
) -> list[Part]:
    ident = f"field-{card}-{name}"
    if value is MISSING:
        value = question.default
    given = (typed or {}).get(name)
    told: dict[str, Any] = {"id": ident, "name": name}
    about = [f"{ident}-help"] if question.help else []
    if error:
        told["aria_invalid"] = "true"
        about.append(f"{ident}-error")
    if about:
        told["aria_describedby"] = " ".join(about)
    notes = [Small(question.help, id=f"{ident}-help")] if question.help else []
    if error:
        notes.append(P(error, id=f"{ident}-error", cls="error", role="alert"))
    match question:
        case Choice():
            return [_choice(question, told, given, value, notes, in_form)]
        case Confirm():
            return [_confirm(question, told, given, value, notes, in_form)]
    return [_label(question.label, ident, in_form), _plain(question, told, given, value), *notes]


def _label(text: str, ident: str, in_form: bool) -> Part:
    # A card with one question shows it as its heading; the label is then for those who listen.
    return Label(text, fr=ident, cls="" if in_form else "listen")


def _plain(question: Question, told: dict[str, Any], given: list[str] | None, value: Any) -> Part:
    shown = given[0] if given else "" if value is MISSING or value is None else str(value)
    match question:
        case Text(lines=1):
            return Input(
                type="text",
                value=shown,
                placeholder=question.placeholder,
                autocomplete="off",
                **told,
            )
        case Text():
            return Textarea(shown, rows=question.lines, placeholder=question.placeholder, **told)
        case Number():
            # Not type=number: it hides what it cannot read, and a wheel turn changes it.
            box = Input(
                type="text",
                inputmode="numeric" if question.whole else "decimal",
                value=shown,
                placeholder=question.placeholder,
                autocomplete="off",
                **told,
            )
            return Div(box, Span(question.unit), cls="with-unit") if question.unit else box
        case Upload():
            return Input(type="file", accept=",".join(question.accept) or None, **told)
    raise TypeError(f"{question!r} has no field")


def _choice(
    question: Choice,
    told: dict[str, Any],
    given: list[str] | None,
    value: Any,
    notes: list[Part],
    in_form: bool,
) -> Part:
    chosen = _chosen(question, given, value)
    if len(question.options) > MOST_RADIOS and not question.multiple:
        said = "None" if question.optional else "Choose …"
        blank = Option(said, value="", disabled=not question.optional, selected=not chosen)
        options = [
            Option(
                f"{o.label} · {o.disabled or o.note}" if o.disabled or o.note else o.label,
                value=o.id,
                selected=o.id in chosen,
                disabled=bool(o.disabled),
            )
            for o in question.options
        ]
        label = _label(question.label, told["id"], in_form)
        linked = [Li(o.label, " ", *_links(o)) for o in question.options if _links(o)]
        beside = Ul(*linked, cls="option-links") if linked else ""
        return Div(label, Select(blank, *options, **told), beside, *notes)
    kind = "checkbox" if question.multiple else "radio"
    rows = []
    for index, option in enumerate(question.options):
        box = Input(
            type=kind,
            id=f"{told['id']}-{index}",
            name=told["name"],
            value=option.id,
            checked=option.id in chosen,
            disabled=bool(option.disabled),
        )
        about = option.disabled or option.note
        said = Span(option.label, Small(about) if about else "", cls="option-text")
        rows.append(Label(box, said, cls="option off" if option.disabled else "option"))
        if links := _links(option):  # beside the label, where a click would choose the option
            rows.append(P(*links, cls="option-links"))
    if question.optional and not question.multiple:  # a radio button can't be switched off again
        none = Input(
            type="radio",
            id=f"{told['id']}-none",
            name=told["name"],
            value="",
            checked=not chosen,
        )
        rows.append(Label(none, Span("None", cls="option-text"), cls="option"))
    legend = Legend(question.label, cls="" if in_form else "listen")
    described = {k: v for k, v in told.items() if k == "aria_describedby"}
    return Fieldset(legend, *rows, *notes, cls="options", **described)


def _links(option: OneOption) -> list[Part]:
    """The option's links. Journals are data: only places of this app are linked."""
    here = [
        (text, place)
        for text, place in dict(option.links).items()
        if place.startswith("/") and not place.startswith(("//", "/\\"))
    ]
    return [part for text, place in here for part in (" · ", A(text, href=place))][1:]


def _chosen(question: Choice, given: list[str] | None, value: Any) -> set[str]:
    if given is not None:
        return set(given)
    values = value if question.multiple and isinstance(value, (list, tuple)) else [value]
    return {
        o.id for o in question.options for v in values if type(v) is type(o.value) and v == o.value
    }


def _confirm(
    question: Confirm,
    told: dict[str, Any],
    given: list[str] | None,
    value: Any,
    notes: list[Part],
    in_form: bool,
) -> Part:
    if in_form:
        ticked = "yes" in given if given is not None else value is True
        box = Input(type="checkbox", value="yes", checked=ticked, role="switch", **told)
        return Div(Label(box, question.label, cls="option"), *notes)
    about = {k: v for k, v in told.items() if k == "aria_describedby"}
    yes = Button(question.yes, name=ONE, value="yes", id=told["id"], **about)
    no = Button(question.no, name=ONE, value="no", cls="secondary")
    return Div(yes, "" if question.must else no, *notes, cls="buttons")
