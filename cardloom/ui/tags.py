"""The HTML elements that pages and fragments are made of: FastHTML's FT, by the short way.

`fasthtml.components` maps every attribute through a dozen conveniences that this app does not use,
at 46 µs an element where `fastcore.xml`, which defines the same FT, takes 13. Its `ft` lets the
mapping of names and values and the class be given, and with the ones below it takes 4. A page of
two hundred cards has four thousand elements: that is the difference between seen and not.
"""

from functools import lru_cache, partial
from typing import Any

from fastcore.xml import FT, Html, NotStr, attrmap, to_xml, valmap
from fastcore.xml import ft as _ft

Part = Any  # an element, text, a list of them, or nothing: fastcore has no types


class Element(FT):  # type: ignore[misc]  # fastcore has no types
    """An FT that is made without asking at each of its five parts whether it is an attribute."""

    def __init__(
        self, tag: str, cs: tuple[Any, ...], attrs: dict[str, Any], void_: bool = False
    ) -> None:
        self.__dict__.update(tag=tag, children=cs, attrs=attrs, void_=void_, listeners_=[])

    def __ft__(self) -> FT:
        # Whoever draws an element asks for this first; without it FT searches its attributes.
        return self


# `hx_get` → `hx-get`, `cls` → `class`: a few dozen names, asked for thousands of times a page.
_name = lru_cache(maxsize=1024)(attrmap)


def _value(value: Any) -> Any:
    return value if value.__class__ is str else valmap(value)


ft = partial(_ft, attrmap=_name, valmap=_value, ft_cls=Element)

H1 = partial(ft, "h1")
H2 = partial(ft, "h2")
H3 = partial(ft, "h3")
A = partial(ft, "a")
Article = partial(ft, "article")
Body = partial(ft, "body")
Br = partial(ft, "br", void_=True)
Button = partial(ft, "button")
Code = partial(ft, "code")
Dd = partial(ft, "dd")
Del = partial(ft, "del")
Details = partial(ft, "details")
Div = partial(ft, "div")
Dl = partial(ft, "dl")
Dt = partial(ft, "dt")
Fieldset = partial(ft, "fieldset")
Figcaption = partial(ft, "figcaption")
Figure = partial(ft, "figure")
Footer = partial(ft, "footer")
Form = partial(ft, "form")
Head = partial(ft, "head")
Header = partial(ft, "header")
Img = partial(ft, "img", void_=True)
Input = partial(ft, "input", void_=True)
Ins = partial(ft, "ins")
Label = partial(ft, "label")
Legend = partial(ft, "legend")
Li = partial(ft, "li")
Link = partial(ft, "link", void_=True)
Main = partial(ft, "main")
Meta = partial(ft, "meta", void_=True)
Nav = partial(ft, "nav")
Noscript = partial(ft, "noscript")
Option = partial(ft, "option")
P = partial(ft, "p")
Pre = partial(ft, "pre")
Script = partial(ft, "script")
Section = partial(ft, "section")
Select = partial(ft, "select")
Small = partial(ft, "small")
Span = partial(ft, "span")
Strong = partial(ft, "strong")
Summary = partial(ft, "summary")
Table = partial(ft, "table")
Tbody = partial(ft, "tbody")
Td = partial(ft, "td")
Textarea = partial(ft, "textarea")
Th = partial(ft, "th")
Thead = partial(ft, "thead")
Title = partial(ft, "title")
Tr = partial(ft, "tr")
Ul = partial(ft, "ul")
Caption = partial(ft, "caption")
Datalist = partial(ft, "datalist")
Output = partial(ft, "output")
Progress = partial(ft, "progress")
Time = partial(ft, "time")


def html(*parts: Part) -> str:
    """The parts as HTML, without white space that the page did not ask for.

    A key, a value or a file's name may hold half a character (a lone surrogate), which no answer can
    be encoded with: it is shown as a question mark. Every page and fragment is made here.
    """
    text = "".join(str(to_xml(part, indent=False)) for part in parts)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


__all__ = [
    "FT",
    "H1",
    "H2",
    "H3",
    "A",
    "Article",
    "Body",
    "Br",
    "Button",
    "Caption",
    "Code",
    "Datalist",
    "Dd",
    "Del",
    "Details",
    "Div",
    "Dl",
    "Dt",
    "Fieldset",
    "Figcaption",
    "Figure",
    "Footer",
    "Form",
    "Head",
    "Header",
    "Html",
    "Img",
    "Input",
    "Ins",
    "Label",
    "Legend",
    "Li",
    "Link",
    "Main",
    "Meta",
    "Nav",
    "Noscript",
    "NotStr",
    "Option",
    "Output",
    "P",
    "Part",
    "Pre",
    "Progress",
    "Script",
    "Section",
    "Select",
    "Small",
    "Span",
    "Strong",
    "Summary",
    "Table",
    "Tbody",
    "Td",
    "Textarea",
    "Th",
    "Thead",
    "Time",
    "Title",
    "Tr",
    "Ul",
    "ft",
    "html",
]
