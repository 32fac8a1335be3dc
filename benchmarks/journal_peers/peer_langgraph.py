"""LangGraph with SqliteSaver and durability="sync": each append is one superstep's checkpoint."""

import sqlite3
from pathlib import Path
from typing import Any, TypedDict

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph


class State(TypedDict):
    n: int
    most: int
    value: str


def step(state: State) -> dict[str, Any]:
    return {"n": state["n"] + 1, "value": "blue"}


def opened(folder: Path) -> Any:
    connection = sqlite3.connect(folder / "graph.sqlite", check_same_thread=False, timeout=60)
    connection.execute("PRAGMA synchronous=FULL")
    saver = SqliteSaver(connection)
    saver.setup()
    graph = StateGraph(State)
    graph.add_node("step", step)
    graph.add_edge(START, "step")
    graph.add_conditional_edges("step", lambda s: END if s["n"] >= s["most"] else "step")
    return graph.compile(checkpointer=saver)


def work(graph: Any, me: int, count: int) -> None:
    config = {"configurable": {"thread_id": f"{me}-{count}"}, "recursion_limit": count + 5}
    graph.invoke({"n": 0, "most": count, "value": ""}, config, durability="sync")
