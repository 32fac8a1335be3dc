"""Which collections a project has, and which fields a collection has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cardloom.botify.address import ProjectAddress
from cardloom.botify.analyses import project_path
from cardloom.botify.errors import Unexpected
from cardloom.botify.lists import all_rows, text
from cardloom.botify.transport import Transport


@dataclass(frozen=True, slots=True)
class Collection:
    """A set of fields: `crawl.20240101`, `search_console` … `timestamped` ones need a period."""

    id: str
    name: str
    timestamped: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a collection. `id` is as the functions here want it, without the collection.

    `kind` is dimension or metric, `multiple` a field with several values a page: exported, each
    value is a row of its own.
    """

    id: str
    name: str
    type: str = ""
    kind: str = "dimension"
    group: str = ""
    multiple: bool = False


async def ask_collections(transport: Transport, project: ProjectAddress) -> list[Collection]:
    call = transport.call("GET", f"/projects/{project_path(project)}/collections")
    rows = await all_rows(transport, call)
    return [
        Collection(found, text(row.get("name")) or found, row.get("timestamped") is True)
        for row in rows
        if (found := text(row.get("id")))
    ]


async def ask_fields(transport: Transport, project: ProjectAddress, collection: str) -> list[Field]:
    """The fields of a collection, deprecated ones left out, each once, in Botify's order."""
    path = f"/projects/{project_path(project)}/collections/{quote(collection, safe='')}"
    body = await transport.get(path)
    datasets = body.get("datasets") if isinstance(body, dict) else body
    if not isinstance(datasets, list):
        raise Unexpected("The collection lists no fields", endpoint=f"GET {path}")
    found: dict[str, Field] = {}
    for dataset in datasets:
        inner = dataset.get("fields") if isinstance(dataset, dict) else None
        for row in inner if isinstance(inner, list) else [dataset]:
            if isinstance(row, dict) and (field := _field(row, dataset, collection)):
                found.setdefault(field.id, field)
    return list(found.values())


def _field(row: dict[str, Any], dataset: Any, collection: str) -> Field | None:
    name = text(row.get("id")).removeprefix(f"{collection}.")
    if not name or row.get("deprecated") is True or "fields" in row:
        return None
    outer = dataset if isinstance(dataset, dict) else {}
    return Field(
        id=name,
        name=text(row.get("name")) or name,
        type=text(row.get("type")),
        kind=text(row.get("kind")) or "dimension",
        group=text(row.get("group")) or text(outer.get("name")),
        multiple=row.get("multiple") is True or outer.get("multiple") is True,
    )
