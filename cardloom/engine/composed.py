"""A workflow made of others: the cards of the first, then those of the second, which may name them.

    bridge   name quest color verdict
    poem     name subject poem(name, subject)          poem's question `name` is not asked:
    day      name quest color verdict subject poem     bridge's answer feeds poem's cards

A question whose name is taken already is not asked again; the earlier card's value stands for it. A
doing card whose name is taken gets its workflow's name before its own, and its own later cards
follow it.
"""

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cardloom.engine.workflow import Card, Workflow
from cardloom.errors import WorkflowError


def join(flow: Workflow, parts: Sequence[Workflow]) -> Workflow:
    """`flow` with the cards and dataclasses of the parts; WorkflowError where they can't be one."""
    module = dict(flow.module)
    for part in parts:
        for name, kind in part.types.items():
            if module.setdefault(name, kind) is not kind:
                raise WorkflowError(
                    f"Two of the workflows have something called {name}, and a journal could not "
                    f"tell the one from the other. Rename it in {part.path.name}."
                )
        own: dict[str, str] = {}
        for card in part.cards:
            _add(flow, part, card, own)
    flow.module = module
    return flow


def _add(flow: Workflow, part: Workflow, card: Card, own: dict[str, str]) -> None:
    """Add one card; `own` are the names that the part's cards have in `flow`, by their own."""
    if card.name in flow and card.asks:
        own[card.name] = card.name
        return
    name = _free(flow, part, card.name)
    own[card.name] = name
    params = {param: own.get(param, param) for param in card.params}
    function = card.function
    if function is not None and any(new != old for old, new in params.items()):
        function = _renamed(function, {new: old for old, new in params.items()})
    flow.add(replace(card, name=name, params=tuple(params.values()), function=function))


def _free(flow: Workflow, part: Workflow, name: str) -> str:
    if name not in flow:
        return name
    stem = re.sub(r"\W", "_", f"{part.name}_{name}")
    names = (stem if i == 1 else f"{stem}_{i}" for i in range(1, 1000))
    return next(free for free in names if free not in flow)


def _renamed(function: Callable[..., Any], names: dict[str, str]) -> Callable[..., Any]:
    """`function`, called with its parameters under new names; async stays async."""

    @functools.wraps(function)
    def call(**given: Any) -> Any:
        return function(**{names.get(name, name): value for name, value in given.items()})

    @functools.wraps(function)
    async def wait(**given: Any) -> Any:
        return await function(**{names.get(name, name): value for name, value in given.items()})

    return wait if inspect.iscoroutinefunction(function) else call
