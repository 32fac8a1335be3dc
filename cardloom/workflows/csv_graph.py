"""A link graph from any tool's list of links: Screaming Frog's, Ahrefs', or a table of your own.

Rows that are no link are left out and counted; the map and what is wrong on the site follow.
"""

from cardloom import Choice, Facts, Form, GraphMap, Skip, Table, Upload, Workflow
from cardloom import graph as graphs

csv_graph = Workflow(
    "Link graph from CSV",
    example="a name, like our site in May",
    training="Turns a CSV of links, and optionally one about pages, into a link graph.",
)

TABLES = [".csv", ".tsv", ".txt", ".gz", ".zip", ".xlsx", ".xls", ".ods", ".parquet"]
WORDS = {
    "source": "A link stands on",
    "target": "and leads to",
    "nofollow": "Which links are nofollow",
    "weight": "Weight of the link",
    "id": "Address of the page",
    "title": "Title",
    "status": "Status code",
    "depth": "Clicks from the first page",
    "pagetype": "Kind of page",
    "visits": "Visits",
    "redirect_to": "Redirects to",
}
MUST = ("source", "target", "id")

csv_graph.ask(
    links=Upload(
        "Which file holds the links?",
        accept=TABLES,
        help="A row for each link, with where it stands and where it leads. Screaming Frog: Bulk "
        "Export, Links, All Inlinks. CSV, Excel or Parquet; a zip of one table and gzip are fine.",
    ),
    pages=Upload(
        "Is there a file about the pages?",
        accept=TABLES,
        optional=True,
        help="Titles, status codes, visits and the like, a row for each page. Screaming Frog: "
        "Internal, Export. The map can be coloured by any of its columns.",
    ),
)


@csv_graph.ask
def columns(links, pages):
    """Which columns are what?"""
    sheets = [graphs.look_at_links(links), *([graphs.look_at_pages(pages)] if pages else [])]
    unknown = [sheet for sheet in sheets if not sheet.tool]
    if not unknown:
        return Skip(" and ".join(f"{sheet.path.name} is known: {sheet.tool}" for sheet in sheets))
    roles = {
        role: _column(role, sheet)
        for sheet in unknown
        for role in (graphs.LINK_ROLES if sheet.path == links else graphs.PAGE_ROLES)
    }
    return Form("Which columns are what?", help=_shown(unknown), **roles)


def _column(role, sheet):
    guess = sheet.columns.get(role)
    default = {"default": guess} if guess else {}
    return Choice(WORDS[role], list(sheet.header), optional=role not in MUST, **default)


def _shown(sheets):
    rows = [
        f"{sheet.path.name} begins with: {', '.join(sheet.sample[0])[:200]}"
        for sheet in sheets
        if sheet.sample
    ]
    return " ".join(rows)


def show_taken(value):
    left = [
        [name, reason, count, _lines(value.get("lines", {}).get(name, {}).get(reason, ()), count)]
        for name in ("links", "pages")
        for reason, count in value["left_out"][name].items()
    ]
    counts = {"Links": value["rows"]["links"]}
    if value["meta"]:
        counts["Pages with attributes"] = value["rows"]["pages"]
    known = {f"Columns of the {name}": tool for name, tool in value["tools"].items()}
    columns = ["File", "Left out because", "Rows", "In line"]
    table = [Table(columns, left, "Rows that were left out")] if left else []
    return [Facts(counts | known), *table, *value.get("notes", ())]


def _lines(lines, count):
    return ", ".join(f"{line:,}" for line in lines) + (" …" if len(lines) < count else "")


@csv_graph.do(process=True, show=show_taken)
def taken(links, pages, columns, *, run):
    """Links and pages as one writes them here"""
    chosen = {role: name for role, name in (columns or {}).items() if name}
    sheet = graphs.look_at_links(links)
    target = run.file("links.csv")
    found = graphs.take_links(sheet, sheet.columns if sheet.tool else chosen, target, run.progress)
    if not found.rows:
        raise ValueError(_none(links, "link with two addresses", found))
    made = {
        "links": target,
        "meta": None,
        "rows": {"links": found.rows, "pages": 0},
        "left_out": {"links": found.left_out, "pages": {}},
        "lines": {"links": _first(found), "pages": {}},
        "notes": list(found.notes),
        "tools": {"links": sheet.tool or "as you said"},
    }
    if pages:
        sheet = graphs.look_at_pages(pages)
        made["meta"] = run.file("meta.csv")
        found = graphs.take_pages(
            sheet, sheet.columns if sheet.tool else chosen, made["meta"], run.progress
        )
        if not found.rows:
            raise ValueError(_none(pages, "page with an address", found))
        made["rows"]["pages"], made["left_out"]["pages"] = found.rows, found.left_out
        made["lines"]["pages"] = _first(found)
        made["notes"] += found.notes
        made["tools"]["pages"] = sheet.tool or "as you said"
    return made


def _first(found):
    return {reason: list(lines) for reason, lines in found.lines.items()}


def _none(path, what, found):
    """Why nothing of a file could be taken, and what to do."""
    why = "; ".join(
        f"{count:,} rows are left out: {reason}, the first in line {found.lines[reason][0]}"
        for reason, count in found.left_out.items()
    )
    return (
        f"{path.name} has no row that is a {what}{' (' + why + ')' if why else ''}. "
        "Are these the right columns? An address begins with http:// or https://."
    )


def show_map(manifest):
    return GraphMap(manifest.parent, "Link graph")


@csv_graph.do(process=True, show=show_map)
def graph(taken, *, run):
    """Link graph"""
    manifest = run.file("map/graph.json")
    graphs.build_map(taken["links"], manifest.parent, taken["meta"], report=run.progress)
    return manifest


def show_findings(found):
    if not found:
        return "Nothing was found that one would have to look at."
    return [Table(part["columns"], part["rows"], part["title"], part["note"]) for part in found]


@csv_graph.do(process=True, show=show_findings)
def findings(taken):
    """What is wrong"""
    graph = graphs.read_graph(taken["links"], taken["meta"])
    return [
        {
            "title": f"{found.title}: {found.total:,}",
            "note": found.sentence,
            "columns": list(found.columns),
            "rows": [list(row) for row in found.rows],
        }
        for found in graphs.findings(graph)
    ]
