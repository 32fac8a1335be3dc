"""The link graph of a Botify crawl: its links, what is known of its pages, and a map of both.

Each step says what it will cost before anything is paid, and nothing is paid for twice: not after a
crash, not after a change of mind, not where the files lie in the workspace already.
"""

from dataclasses import asdict

from cardloom import (
    Bars,
    Choice,
    Code,
    Facts,
    Form,
    GraphMap,
    Markdown,
    Option,
    Skip,
    Table,
    Text,
    Workflow,
    botify,
)
from cardloom import graph as graphs

BUDGET = 1_000_000  # links: what Botify exports at most, and what a map is still quick with


def one_project(text):
    return botify.clean_project_url(text).url


link_graph = Workflow(
    "Link Graph",
    key=one_project,
    example="https://app.botify.com/organisation/project/",
    training="Exports the link graph of a Botify crawl, and the pages' attributes, and maps them.",
)


# -- 1: the project, which is the run's key ------------------------------------------------------


def client_for(run, calls):
    """Botify as this workspace is connected with it; `calls` hears of each request."""
    return botify.open_client(run.secret(botify.SECRET), run.workspace, calls.append)


def told(calls):
    return [asdict(call) for call in botify.distinct(calls)]


def show_calls(value):
    for call in (botify.Call(**each) for each in value["calls"]):
        title = f"{call.method} {call.url}"
        yield Code(call.curl(), f"{title} as curl")
        yield Code(call.python(), f"{title} as Python")


def show_project(value):
    figures = {"Organisation": value["org"], "Project": value["slug"], "As": value["username"]}
    return [Facts(figures), *show_calls(value)]


@link_graph.do(show=show_project)
async def project(*, run):
    """Project"""
    address, calls = botify.clean_project_url(run.key), []
    async with client_for(run, calls) as client:
        who = await client.profile()
    return {
        "org": address.org,
        "slug": address.slug,
        "username": who.username,
        "calls": told(calls),
    }


def address_of(project):
    return botify.clean_project_url(f"{project['org']}/{project['slug']}")


# -- 2: the analysis -----------------------------------------------------------------------------


def show_analyses(value):
    rows = value["analyses"]
    here = [row for row in rows if row["here"]]
    good = [row for row in rows if row["status"] == "success"]
    parts = [Facts({"Crawls": len(rows), "Finished": len(good), "In the workspace": len(here)})]
    if here:
        parts.append(Table(["Crawl", ""], [[row["slug"], row["here"]] for row in here]))
    return [*parts, *show_calls(value)]


@link_graph.do(show=show_analyses)
async def analyses(project, *, run):
    """Crawls of the project

    Run it again to see what has been crawled or exported since.
    """
    address, calls = address_of(project), []
    async with client_for(run, calls) as client:
        found = await client.analyses(address, only_success=False)
    here = {kept.analysis: kept.here for kept in botify.kept_of(run.workspace, address)}
    rows = [
        {
            "slug": a.slug,
            "name": a.name,
            "status": a.status,
            "pages": a.pages,
            "here": here.pop(a.slug, ""),
        }
        for a in found
    ]
    gone = [
        {
            "slug": slug,
            "name": slug,
            "status": "not at Botify any more",
            "pages": None,
            "here": what,
        }
        for slug, what in sorted(here.items(), reverse=True)
    ]
    return {"analyses": rows + gone, "calls": told(calls)}


@link_graph.ask
def analysis(project, analyses):
    """Which crawl?"""
    options = [option for row in analyses["analyses"] for option in crawl_options(project, row)]
    if not options:
        return Skip("This project has no crawls.")
    first = next((option.value for option in options if not option.disabled), None)
    return Choice("Which crawl?", options, **({"default": first} if first else {}))


def crawl_options(project, row):
    """The crawl itself, disabled where it lies here or can't be had; and what to do with what lies here."""
    slug, here, status = row["slug"], row["here"], row["status"]
    name = slug if row["name"] == slug else f"{slug} ({row['name']})"
    note = "" if row["pages"] is None else f"{row['pages']:,} pages"
    if not here:
        why = {"success": "", "": "", "failed": "this crawl failed"}
        yield Option(slug, name, note, why.get(status, f"not finished: {status}"))
        return
    kept = botify.clean_project_url(f"{project['org']}/{project['slug']}")
    shelf = f"/botify/exports/{kept.org}/{kept.slug}"
    names = [f"{kept.slug}_{slug}_links.csv", f"{kept.slug}_{slug}_meta.csv"]
    files = names if here == "links and attributes here" else names[:1]
    links = {f"Download {n}": f"/downloads/link-graph/{kept.org}/{kept.slug}/{n}" for n in files}
    yield Option(slug, name, note, here, links | {"Open, or export again": shelf})
    yield Option(f"open {slug}", f"Open {slug}", "map the files that are here")
    if here == "links here" and status == "success":
        yield Option(f"add {slug}", f"Add attributes to {slug}", "its links are used as they are")


def slug_of(analysis):
    return analysis.rpartition(" ")[2]


def is_open(analysis):
    return analysis is None or analysis.startswith("open ")


HERE = Skip("Not needed: what is in the workspace is used.")


# -- 3: the depth --------------------------------------------------------------------------------


def show_depths(value):
    rows = value["depths"]
    return [
        Bars({str(row["depth"]): row["links"] for row in rows}, "Links by depth of their page"),
        Bars({f"up to {row['depth']}": row["links_up_to"] for row in rows}, "Links up to a depth"),
        *(
            [f"{value['unreached']:,} pages have no depth: no link leads there."]
            if value["unreached"]
            else []
        ),
        *show_calls(value),
    ]


@link_graph.do(show=show_depths)
async def depths(project, analysis, *, run):
    """Links by depth"""
    if is_open(analysis):
        return HERE
    calls = []
    async with client_for(run, calls) as client:
        found = await client.depths(address_of(project), slug_of(analysis))
    if not found.links:
        raise ValueError(f"The crawl {slug_of(analysis)} has no link graph. Choose another.")
    within = found.within(BUDGET - 1)
    return {
        "depths": [asdict(row) for row in found.rows],
        "unreached": found.unreached,
        "within": within.depth if within else found.rows[0].depth,
        "calls": told(calls),
    }


@link_graph.ask
def depth(depths):
    """How deep?"""
    if depths is None:
        return HERE
    options = [
        Option(row["depth"], f"Up to depth {row['depth']}", cost(row)) for row in depths["depths"]
    ]
    return Choice("How deep?", options, default=depths["within"])


def cost(row):
    links, pages = row["links_up_to"], row["pages_up_to"]
    parts = [f"{links:,} links", *([] if pages is None else [f"{pages:,} pages"])]
    parts.append(f"about {min(links, BUDGET) / 10 + min(pages or 0, BUDGET):,.1f} credits")
    if links >= BUDGET:
        parts.append(f"Botify cuts the links off at {BUDGET:,}")
    return ", ".join(parts)


# -- 4: the attributes ---------------------------------------------------------------------------


def show_fields(value):
    missing = [
        [item["label"], item["missing"]]
        for group in value["groups"]
        for item in group["items"]
        if item["missing"]
    ]
    parts = [Facts({"Fields of the crawl": len(value["all"])})]
    if missing:
        parts.append(Table(["Not to be had", "Why"], missing))
    return [*parts, *show_calls(value)]


@link_graph.do(show=show_fields)
async def fields(project, analysis, *, run):
    """What is known of the pages"""
    if is_open(analysis):
        return HERE
    address, calls = address_of(project), []
    async with client_for(run, calls) as client:
        crawl = await client.fields(address, slug_of(analysis))
        connected = {each.id for each in await client.collections(address)}
        console = None
        if "search_console" in connected:
            console = await client.fields(address, slug_of(analysis), "search_console")
    groups = [asdict(group) for group in botify.menu(crawl, console)]
    single = [field.id for field in crawl if not field.multiple]
    return {"groups": groups, "all": single, "calls": told(calls)}


@link_graph.ask
def attributes(fields):
    """Which attributes?"""
    if fields is None:
        return HERE
    known = set(fields["all"])

    def by_name(text):
        names = [line.strip() for line in text.splitlines() if line.strip()]
        if unknown := [name for name in names if name not in known]:
            raise ValueError(f"{unknown[0]!r} is no field of this crawl with one value a page.")
        return names

    groups = {f"group_{n}": ticks(group) for n, group in enumerate(fields["groups"], 1)}
    more = Text("Others, by name, one a line", lines=2, optional=True, default="", parse=by_name)
    return Form("Which attributes?", **groups, more=more)


def ticks(group):
    options = [
        Option(item["field"], item["label"], item["field"], item["missing"])
        for item in group["items"]
    ]
    usual = [item["field"] for item in group["items"] if item["usual"]]
    return Choice(group["name"], options, multiple=True, optional=True, default=usual)


def chosen(attributes):
    """The fields that were ticked or typed, in the order asked, each once."""
    return list(dict.fromkeys(field for part in (attributes or {}).values() for field in part))


def links_export(project, analysis, depth):
    return botify.links_export(address_of(project), slug_of(analysis), depth, BUDGET)


def meta_export(project, analysis, depth, attributes):
    columns = botify.short_names(chosen(attributes))
    return botify.attributes_export(address_of(project), slug_of(analysis), columns, depth, BUDGET)


def show_check(value):
    row = {name: "" if cell is None else cell for name, cell in value["sample"].items()}
    parts = [Table(list(row), [list(row.values())], "One page, as Botify has it")] if row else []
    return [*parts, *show_calls(value)]


@link_graph.do(show=show_check)
async def check(project, analysis, depth, attributes, *, run):
    """Ask for one row, which is free"""
    if is_open(analysis):
        return HERE
    calls, sample = [], {}
    async with client_for(run, calls) as client:
        exports = [links_export(project, analysis, depth)]
        if chosen(attributes):
            exports.append(meta_export(project, analysis, depth, attributes))
        for export in exports:
            probe = await client.probe(export)
            if not probe.good:
                named = "; ".join(f"{name}: {why}" for name, why in probe.refused.items())
                raise ValueError(
                    f"Botify refuses the export of {export.kind} ({named or probe.message}). Nothing was "
                    "paid. Change the attributes, or the crawl."
                )
            sample = probe.sample
    return {"sample": sample, "calls": told(calls)}


# -- 5: the exports ------------------------------------------------------------------------------


@link_graph.ask
def order(project, analysis, depths, depth, attributes, check):
    """Export?"""
    if is_open(analysis):
        return HERE
    row = next(row for row in depths["depths"] if row["depth"] == depth)
    links = (
        0
        if analysis.startswith("add ")
        else links_export(project, analysis, depth).credits(row["links_up_to"])
    )
    pages = row["pages_up_to"] or 0
    meta = (
        meta_export(project, analysis, depth, attributes).credits(pages)
        if chosen(attributes)
        else 0
    )
    return Choice(
        "Export?",
        [
            Option(
                "export",
                f"Export, for about {links + meta:,.1f} credits",
                "nothing is paid for exports that Botify has made already, or that are here",
            ),
            Option(
                "anew",
                "Make new exports",
                "paid again, even where Botify has them; for those that got lost",
            ),
        ],
        default="export",
        help=f"Links about {links:,.1f} credits, attributes about {meta:,.1f}.",
    )


def show_file(value):
    place = f"/{value['path']}"
    figures = {
        "Rows": value["rows"],
        "Bytes": value["size"],
        "Columns": ", ".join(value["columns"]),
    }
    if value["depth"] is not None:
        figures["Up to depth"] = value["depth"]
    parts = [Facts(figures), Markdown(f"[Download `{value['path'].rpartition('/')[2]}`]({place})")]
    if value["cut_off"]:
        parts.insert(
            0,
            f"Cut off at the limit of {value['received']:,} rows: there are probably more. Choose a "
            "smaller depth for all of them.",
        )
    if value["incomplete"]:
        parts.append(
            f"{value['incomplete']:,} rows without a target were left out: pages that link nowhere."
        )
    if value["before"]:
        parts.append("It was in the workspace already: nothing was fetched or paid.")
    elif value["adopted"]:
        parts.append("Botify had this export already: nothing was paid again.")
    return [*parts, *show_calls(value)]


def kept_for(run, project, analysis):
    return botify.place(run.workspace, address_of(project), slug_of(analysis))


def described(run, path, note, calls, before=True, adopted=False):
    """What the card says of a file in the workspace, which is not a file of the run."""
    told_of = asdict(note)
    for inner in ("key", "at"):
        told_of.pop(inner)
    told_of["columns"] = list(note.columns)
    where = path.relative_to(run.workspace).as_posix()
    return {"path": where, **told_of, "before": before, "adopted": adopted, "calls": told(calls)}


async def fetch(run, export, path, order, depth):
    calls = []
    async with client_for(run, calls) as client:
        got = await botify.obtain(
            client,
            export,
            path,
            once=run.once,
            anew=order == "anew",
            depth=depth,
            report=run.progress,
        )
    return described(run, got.path, got.note, calls, got.before, got.adopted)


@link_graph.do(process=True, once=True, show=show_file)
async def links(project, analysis, depth, check, order, *, run):
    """Links"""
    if analysis is None:
        return Skip("This project has no crawls.")
    kept = kept_for(run, project, analysis)
    if slug_of(analysis) != analysis:
        return described(run, kept.links, botify.read_note(kept.links), [])
    return await fetch(run, links_export(project, analysis, depth), kept.links, order, depth)


@link_graph.do(process=True, once=True, show=show_file)
async def meta(project, analysis, depth, attributes, check, order, *, run):
    """Attributes of the pages"""
    if analysis is None:
        return Skip("This project has no crawls.")
    kept = kept_for(run, project, analysis)
    if is_open(analysis):
        if not kept.here.startswith("links and attributes"):
            return Skip("There is no file of attributes in the workspace.")
        return described(run, kept.meta, botify.read_note(kept.meta), [])
    if not chosen(attributes):
        return Skip("No attributes were chosen.")
    export = meta_export(project, analysis, depth, attributes)
    return await fetch(run, export, kept.meta, order, depth)


# -- 6: the map, and what to do with it ----------------------------------------------------------


def show_map(value):
    files = [f"[`{path.rpartition('/')[2]}`](/{path})" for path in value["files"]]
    parts = [GraphMap(value["manifest"].parent, "Link graph")]
    if value["cut_off"]:
        parts.append(
            "The links were cut off at the limit: what looks like an orphan may have links."
        )
    return [
        *parts,
        Markdown(f"Its files: {', '.join(files)}. The findings below are on the map too."),
    ]


@link_graph.do(process=True, show=show_map)
def graph(links, meta, *, run):
    """Map"""
    if links is None:
        return Skip("There are no links.")
    manifest = run.file("map/graph.json")
    given = [part for part in (links, meta) if part]
    paths = [run.workspace / part["path"] for part in given]
    graphs.build_map(paths[0], manifest.parent, paths[1] if meta else None, report=run.progress)
    return {
        "manifest": manifest,
        "files": [part["path"] for part in given],
        "cut_off": links["cut_off"],
    }


def show_findings(found):
    parts = [
        Table(f["columns"], f["rows"], f"{f['title']}: {f['total']:,}", f["sentence"])
        for f in found["findings"]
    ]
    top = [[p["title"] or p["url"], p["url"], p["inlinks"], p["pagerank"]] for p in found["top"]]
    return [
        Facts({"Pages": found["pages"], "Links": found["links"], "Findings": len(parts)}),
        *parts,
        Table(["Title", "Page", "Links to it", "PageRank"], top, "Top pages by PageRank"),
    ]


@link_graph.do(process=True, show=show_findings)
def findings(links, meta, *, run):
    """Findings"""
    if links is None:
        return Skip("There are no links.")
    pages = run.workspace / meta["path"] if meta else None
    read = graphs.read_graph(run.workspace / links["path"], pages)
    rank = graphs.pagerank(read)
    keys = ("title", "sentence", "columns", "rows", "total")
    top = graphs.top_pages(read, 15, rank)
    return {
        "pages": len(read),
        "links": len(read.links),
        "findings": [{k: getattr(f, k) for k in keys} for f in graphs.findings(read, rank)],
        "top": [{k: getattr(p, k) for k in ("url", "title", "inlinks", "pagerank")} for p in top],
    }
