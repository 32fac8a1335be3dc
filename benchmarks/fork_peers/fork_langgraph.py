"""LangGraph, SqliteSaver, durability="sync": the thread is forked at the checkpoint before step 5."""

import sqlite3
from itertools import pairwise
from pathlib import Path
from typing import Any

from graph12 import FIRST, OTHER, TAKES, step
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

State = TypedDict("State", {"given": str, **{f"n{n}": str for n in TAKES}}, total=False)  # type: ignore


def node(number: int) -> Any:
    def work(state: Any) -> dict[str, str]:
        given = state["given"] if number == 5 else ""
        return {f"n{number}": step(number, *(state[f"n{n}"] for n in TAKES[number]), given=given)}

    return work


class Peer:
    """A graph of twelve nodes in a line, as its documentation writes a chain of steps."""

    def __init__(self, folder: Path) -> None:
        connection = sqlite3.connect(folder / "graph.sqlite", check_same_thread=False)
        connection.execute("PRAGMA synchronous=FULL")
        saver = SqliteSaver(connection)
        saver.setup()
        graph = StateGraph(State)
        for number in TAKES:
            graph.add_node(f"step{number}", node(number))
        names = [START, *(f"step{n}" for n in TAKES), END]
        for before, after in pairwise(names):
            graph.add_edge(before, after)
        self.graph = graph.compile(checkpointer=saver)
        self.config = {"configurable": {"thread_id": "first"}, "recursion_limit": 50}

    def first(self) -> str:
        return str(self.graph.invoke({"given": FIRST}, self.config, durability="sync")["n12"])

    def fork(self) -> str:
        history = self.graph.get_state_history(self.config)
        before = next(found for found in history if found.next == ("step5",))
        config = self.graph.update_state(before.config, {"given": OTHER})
        return str(self.graph.invoke(None, config, durability="sync")["n12"])
