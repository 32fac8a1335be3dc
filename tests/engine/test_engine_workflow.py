"""A workflow as its author writes it, and the sentences for what is written wrong."""

import dataclasses

import pytest

from cardloom import Choice, Number, Text, Workflow
from cardloom.errors import NotFound, WorkflowError


@dataclasses.dataclass
class Page:
    url: str


def test_ask_and_do_make_cards_in_order_with_labels_and_help():
    flow = Workflow("A title", group="g", training="t", example="e")
    flow.ask(first_name=Text("", help="as in your passport"), color=Choice("Colour?", ["red"]))

    @flow.ask
    def size(color):
        """Which size.

        The rest is help.
        """

    @flow.do
    def make_it(first_name, size, *, run):
        pass

    flow.check()
    assert [(c.name, c.asks, c.label) for c in flow.cards] == [
        ("first_name", True, "First name"),
        ("color", True, "Colour?"),
        ("size", True, "Which size"),
        ("make_it", False, "Make it"),
    ]
    assert [c.help for c in flow.cards] == ["as in your passport", "", "The rest is help.", ""]
    assert flow.card("make_it").params == ("first_name", "size")
    assert flow.card("make_it").wants_run
    assert [c.static for c in flow.cards] == [True, True, False, False]


def test_the_decorators_give_the_function_back():
    flow = Workflow("Back")

    def plain():
        return 3

    async def later(plain):
        return 4

    def show(value):
        return value

    assert flow.do(plain) is plain
    decorate = flow.do(show=show, process=True, retries=3, timeout=2, once=True)
    assert decorate(later) is later
    card = flow.card("later")
    assert (card.show, card.process, card.retries, card.timeout, card.once) == (
        show,
        True,
        3,
        2,
        True,
    )


def test_a_card_that_is_not_there_is_said_with_the_nearest():
    flow = Workflow("Near")
    flow.ask(colour=Text("?"))
    with pytest.raises(NotFound, match=r"Near has no card called 'color'\. Did you mean 'colour'"):
        flow.card("color")
    with pytest.raises(NotFound, match="There are: colour"):
        flow.card("zzz")


def test_its_own_dataclasses_are_known_by_name():
    assert Workflow("Types").types["Page"] is Page


def wrong(build, sentence):
    flow = Workflow("Wrong")
    with pytest.raises(WorkflowError, match=sentence) as error:
        build(flow)
        flow.check()
    return error.value


def test_mistakes_are_sentences_with_a_line():
    def unknown(flow):
        flow.ask(name=Text("?"))

        @flow.do
        def verdict(nam):
            pass

    error = wrong(unknown, "verdict asks for 'nam', and there is no such card. Did you mean 'name'")
    assert error.path.name == "test_engine_workflow.py"
    assert error.line > 80

    def later(flow):
        @flow.do
        def one(two):
            pass

        @flow.do
        def two():
            pass

    wrong(later, "one asks for 'two', which comes later in the file. Move two above it")

    def cycle(flow):
        @flow.do
        def one(two):
            pass

        @flow.do
        def two(one):
            pass

    wrong(cycle, "one and two ask for each other")

    def itself(flow):
        @flow.do
        def one(one):
            pass

    wrong(itself, "one asks for itself")

    def twice(flow):
        flow.ask(one=Text("?"))

        @flow.do
        def one():
            pass

    assert wrong(twice, "Two cards are called 'one'").line


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda f: None, "Wrong has no cards"),
        (lambda f: f.ask(x="text"), "The card 'x' must be a question.*it is 'text'"),
        (lambda f: f.ask(run=Text("?")), "'run' can't be a card's name"),
        (lambda f: f.ask(_x=Text("?")), "'_x' can't be a card's name"),
        (lambda f: f.ask(**{"a b": Text("?")}), "'a b' can't be a card's name"),
        (lambda f: f.ask(**{"../x": Text("?")}), "can't be a card's name"),
        (lambda f: f.ask(**{"ünï": Text("?")}), "can't be a card's name"),
        (lambda f: f.do(lambda: 1), "'<lambda>' can't be a card's name"),
    ],
)
def test_names_and_questions_that_cannot_be(build, sentence):
    wrong(build, sentence)


def test_parameters_that_are_no_cards():
    def star(flow):
        @flow.do
        def one(*names):
            pass

    wrong(star, r"one takes \*names: a card's parameters are earlier cards")

    def stars(flow):
        @flow.do
        def one(**names):
            pass

    wrong(stars, r"one takes \*\*names")

    def service(flow):
        @flow.do
        def one(*, model):
            pass

    wrong(service, "asks for 'model' after the \\*, where only `run` may stand")

    def bare(flow):
        @flow.do
        def one(run):
            pass

    wrong(bare, "must take `run` after a bare")


def test_a_question_that_cannot_be_kept_is_refused_when_it_is_written():
    flow = Workflow("Unkept")
    with pytest.raises(TypeError, match=r"builtins\.object cannot be kept"):
        flow.ask(x=Choice("?", [object()]))
    with pytest.raises(TypeError, match=r"builtins\.complex cannot be kept"):
        flow.ask(x=Number("?", default=1j))
