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
    journal,
)
from cardloom import graph as graphs

BUDGET = 1_000_000  # links: what Botify exports at most, and what a map is still quick with


def one_project(text):
    """Any address of a project is the one run of it; a fork says so behind the address."""
    address, fork, name = text.partition(" fork")
    return f"{botify.clean_project_url(address).url}{fork}{name}"


link_graph = Workflow(
    "Link Graph",
    key=one_project,
    example="https://app.botify.com/organisation/project/",
    training="Exports the link graph of a Botify crawl, and the pages' attributes, and maps them.",
)


# -- 1: the project, which is the run's key ------------------------------------------------------


def client_for(run, calls):
    """Botify as this workspace is connected with it; `calls` hears of each request."""
    return botify.open_client(run.secret(botify.API_SECRET), run.workspace, calls.append)


def show_calls(value):
    calls = value["calls"]
    if not calls["curl"]:
        return []
    return [Code(calls["curl"], "Calls as curl"), Code(calls["python"], "Calls as Python")]


def show_project(value):
    figures = {"Organisation": value["org"], "Project": value["slug"], "As": value["username"]}
    return [Facts(figures), *show_calls(value)]


@link_graph.do(show=show_project)
async def project(*, run):
    """Project"""
    address = botify.clean_project_url(run.key.partition(" ")[0])
    calls: list[botify.Call] = []
    async with client_for(run, calls) as client:
        who = await client.profile()
    return {
        "org": address.org,
        "slug": address.slug,
        "username": who.username,
        "calls": botify.written(calls),
    }


def address_of(project):
    return botify.clean_project_url(f"{project['org']}/{project['slug']}")


# -- 2: the analysis -----------------------------------------------------------------------------


def show_analyses(value):
    rows = value["analyses"]
    here = sum(1 for row in rows if row["here"])
    good = sum(1 for row in rows if row["status"] == "success")
    figures = {"Crawls": len(rows), "Finished": good, "In the workspace": here}
    return [Facts(figures), *show_calls(value)]


@link_graph.do(show=show_analyses)
async def analyses(project, *, run):
    """Crawls of the project

    Run it again to see what has been crawled or exported since.
    """
    address = address_of(project)
    calls: list[botify.Call] = []
    async with client_for(run, calls) as client:
        found = await client.analyses(address, only_success=False)
    rows = botify.with_kept(run.workspace, address, found)
    return {"analyses": rows, "calls": botify.written(calls)}


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
    address = address_of(project)
    files = f"/downloads/link-graph/{address.org}/{address.slug}/{address.slug}_{slug}"
    links = {"Download links": f"{files}_links.csv"}
    if here == "links and attributes here":
        links["Download attributes"] = f"{files}_meta.csv"
    open_again = f"/botify/exports/{address.org}/{address.slug}"
    yield Option(slug, name, note, here, links | {"Open, or export again": open_again})
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
    calls: list[botify.Call] = []
    async with client_for(run, calls) as client:
        found = await client.depths(address_of(project), slug_of(analysis))
    if not found.links:
        raise ValueError(f"The crawl {slug_of(analysis)} has no link graph. Choose another.")
    within = found.within(BUDGET - 1)
    return {
        "depths": [asdict(row) for row in found.rows],
        "unreached": found.unreached,
        "within": within.depth if within else found.rows[0].depth,
        "calls": botify.written(calls),
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
    parts = [f"{links:,} links"]
    if pages is not None:
        parts.append(f"{pages:,} page{'' if pages == 1 else 's'}")
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
    table = [Table(["Not available", "Why"], missing)] if missing else []
    return [Facts({"Fields of the crawl": len(value["all"])}), *table, *show_calls(value)]


@link_graph.do(show=show_fields)
async def fields(project, analysis, *, run):
    """What is known of the pages"""
    if is_open(analysis):
        return HERE
    address = address_of(project)
    calls: list[botify.Call] = []
    async with client_for(run, calls) as client:
        crawl = await client.fields(address, slug_of(analysis))
        connected = {each.id for each in await client.collections(address)}
        console = None
        if "search_console" in connected:
            console = await client.fields(address, slug_of(analysis), "search_console")
    groups = [asdict(group) for group in botify.menu(crawl, console)]
    single = [field.id for field in crawl if not field.multiple]
    return {"groups": groups, "all": single, "calls": botify.written(calls)}


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
    row = [[name, "" if cell is None else cell] for name, cell in value["sample"].items()]
    table = [Table(["Column", "Of one page"], row)] if row else []
    return [*table, *show_calls(value)]


@link_graph.do(show=show_check)
async def check(project, analysis, depth, attributes, *, run):
    """Ask for one row, which is free"""
    if is_open(analysis):
        return HERE
    calls: list[botify.Call] = []
    async with client_for(run, calls) as client:
        exports = [links_export(project, analysis, depth)]
        if chosen(attributes):
            exports.append(meta_export(project, analysis, depth, attributes))
        sample = await botify.check_exports(client, exports)
    return {"sample": sample, "calls": botify.written(calls)}


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
    name = value["path"].rpartition("/")[2]
    figures = {"Rows": value["rows"], "Bytes": value["size"]}
    if value["depth"] is not None:
        figures["Up to depth"] = value["depth"]
    notes = [
        f"Cut off at the limit of {value['received']:,} rows: there are probably more."
        if value["cut_off"]
        else "",
        f"{value['incomplete']:,} rows without a target were left out: pages that link nowhere."
        if value["incomplete"]
        else "",
        "It was in the workspace already: nothing was fetched or paid."
        if value["before"]
        else "Botify had this export already: nothing was paid again."
        if value["adopted"]
        else "",
    ]
    return [
        Facts(figures),
        *(note for note in notes if note),
        Markdown(f"[Download `{name}`](/{value['path']}): {', '.join(value['columns'])}"),
        *show_calls(value),
    ]


def kept_for(run, project, analysis):
    return botify.place(run.workspace, address_of(project), slug_of(analysis))


async def fetch(run, export, path, order, depth):
    calls: list[botify.Call] = []
    anew = order == "anew"
    async with client_for(run, calls) as client:
        got = await botify.obtain(
            client,
            export,
            path,
            once=run.once,
            anew=anew,
            depth=depth,
            report=run.progress,
            turn=journal.FileLock(path.with_name(f"{path.name}.lock")).take,
        )
    return {**got.told(run.workspace), "calls": botify.written(calls)}


def as_it_is(run, path):
    found = botify.use(path)
    if found is None:
        return Skip(f"{path.name} is not in the workspace.")
    return {**found.told(run.workspace), "calls": botify.written([])}


@link_graph.do(process=True, once=True, show=show_file)
async def links(project, analysis, depth, check, order, *, run):
    """Links"""
    if analysis is None:
        return Skip("This project has no crawls.")
    path = kept_for(run, project, analysis).links
    if slug_of(analysis) != analysis:
        return as_it_is(run, path)
    return await fetch(run, links_export(project, analysis, depth), path, order, depth)


@link_graph.do(process=True, once=True, show=show_file)
async def meta(project, analysis, depth, attributes, check, order, *, run):
    """Attributes of the pages"""
    if analysis is None:
        return Skip("This project has no crawls.")
    path = kept_for(run, project, analysis).meta
    if is_open(analysis):
        return as_it_is(run, path)
    if not chosen(attributes):
        return Skip("No attributes were chosen.")
    export = meta_export(project, analysis, depth, attributes)
    return await fetch(run, export, path, order, depth)


# -- 6: the map, and what to do with it ----------------------------------------------------------


def show_map(value):
    files = [f"[`{path.rpartition('/')[2]}`](/{path})" for path in value["files"]]
    cut = "The links were cut off at the limit: what looks like an orphan may have links."
    return [
        GraphMap(value["manifest"].parent, "Link graph"),
        cut if value["cut_off"] else None,
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
