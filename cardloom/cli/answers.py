"""The questions that cards ask now, for commands that answer them."""

from collections.abc import Iterable

from cardloom.engine import Card, Question, moves
from cardloom.errors import CardloomError, Missing
from cardloom.runs import Run
from cardloom.workspace import RunStore, Secrets


def question_of(store: RunStore, opened: Run, card: Card) -> Question:
    """The question that the card asks now; its sentence is raised where it asks none."""
    if card.static:
        return moves.question_of(card, opened.state())
    # Only a question made by a function needs a machine to run it, and who waits for an open page
    # to follow should not wait for the machine's libraries.
    import asyncio

    from cardloom.jobs import Driver, Http

    async def ask() -> Question:
        http = Http()
        try:
            return await Driver(opened, Secrets(store.workspace), http).question(card.name)
        finally:
            await http.close()

    return asyncio.run(ask())


def questions_of(store: RunStore, opened: Run, names: Iterable[str]) -> dict[str, Question]:
    """The questions of these cards with their authors' `parse`, where they have been asked."""
    assert opened.workflow is not None
    found = {}
    for name in names:
        card = opened.workflow.card(name)
        try:
            if not card.asks:
                moves.question_of(card, opened.state())  # raises its sentence
            elif card.static or opened.state().card(name).question:
                found[name] = question_of(store, opened, card)
        except CardloomError as error:
            raise Missing(str(error)) from error
    return found
