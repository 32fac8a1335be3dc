"""A look at one row of an export before it is paid: a job takes any query and fails later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cardloom.botify.curl import Call
from cardloom.botify.depths import query_call
from cardloom.botify.errors import BadRequest
from cardloom.botify.exports import Export
from cardloom.botify.lists import all_rows
from cardloom.botify.transport import Transport


@dataclass(frozen=True, slots=True)
class Probe:
    """What one row says of an export.

    good     the export's query works
    sample   column → value of one page; {} where no page matches
    refused  column → Botify's words, for each column that cannot be had
    message  Botify's words on the whole query where it does not work
    """

    good: bool
    sample: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    message: str = ""


async def ask_probe(transport: Transport, export: Export) -> Probe:
    """Ask for one row; where that is refused, for each column by itself to learn which is at fault."""
    try:
        rows = await all_rows(
            transport, probe_call(transport, export, export.query), pages=1, whole=False
        )
    except BadRequest as error:
        refused = await _refused(transport, export)
        return Probe(False, {}, refused, str(error.message or error))
    return Probe(True, _sample(export, rows[0]) if rows else {})


def probe_call(transport: Transport, export: Export, query: dict[str, Any]) -> Call:
    call: Call = query_call(transport, export.project, query, 1)
    return call


async def _refused(transport: Transport, export: Export) -> dict[str, str]:
    sent = export.sent()
    metrics = set(export.query["query"]["metrics"])
    refused: dict[str, str] = {}
    for name, place in zip(export.columns[1:], export.order[1:], strict=True):
        full = sent[place]
        inner = dict(export.query["query"])
        inner["dimensions"] = [sent[0]] + ([] if full in metrics else [full])
        inner["metrics"] = [full] if full in metrics else []
        query = {**export.query, "query": inner}
        if not full.startswith("search_console."):
            query = {**query, "collections": [f"crawl.{export.analysis}"]}
            query.pop("periods", None)
        try:
            await all_rows(transport, probe_call(transport, export, query), pages=1, whole=False)
        except BadRequest as error:
            refused[name] = error.message or str(error)
    return refused


def _sample(export: Export, row: dict[str, Any]) -> dict[str, Any]:
    values = [*(row.get("dimensions") or []), *(row.get("metrics") or [])]
    return {
        name: values[place] if place < len(values) else None
        for name, place in zip(export.columns, export.order, strict=True)
    }
