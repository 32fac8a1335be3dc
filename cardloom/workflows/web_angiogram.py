"""See a web site's circulation: crawl it, write its links and pages to two CSV files, map them.

Every page goes to the disk as it is read, so a crawl that is cut goes on where it was.
"""

from dataclasses import asdict

from cardloom import (
    Bars,
    Choice,
    Confirm,
    Facts,
    Form,
    GraphMap,
    Number,
    Table,
    Text,
    Workflow,
)
from cardloom import crawl as crawler
from cardloom import graph as graphs

angiogram = Workflow(
    "Web Angiogram",
    example="a name, like our site in May",
    training="Crawls one web site politely and turns it into a link graph.",
)


def one_site(text):
    return crawler.clean_site(text)


def one_sitemap(text):
    return crawler.clean_sitemap(text)


angiogram.ask(
    site=Text(
        "Which site?",
        placeholder="https://example.com/",
        help="Its first page; the crawl stays on this host.",
        parse=one_site,
    ),
    limits=Form(
        "How far may the crawl go?",
        pages=Number("Pages at most", whole=True, min=1, max=1_000_000, default=500),
        depth=Number("Clicks from the first page at most", whole=True, min=0, max=100, default=10),
        rate=Number("Requests a second (0: as fast as it goes)", min=0, max=1000, default=5),
        scope=Choice(
            "Where may it go?",
            [("host", "This host only"), ("subdomains", "Its subdomains too")],
            default="host",
        ),
        robots=Confirm("Obey robots.txt and nofollow", default=True),
        orphans=Confirm("Also read pages that only a sitemap names", default=True),
        sitemap=Text(
            "Sitemap, if robots.txt does not name it",
            placeholder="/sitemap_index.xml",
            optional=True,
            default="",
            parse=one_sitemap,
        ),
        cookies=Confirm("Keep the site's cookies while crawling", default=False),
    ),
)


def show_crawl(value):
    totals = dict(value["totals"])
    said = [line for name in ("coverage", "failure") if (line := totals.pop(name, ""))]
    return [*said, Facts({name.capitalize(): figure for name, figure in totals.items()})]


@angiogram.do(process=True, show=show_crawl)
async def crawl(site, limits, *, run):
    """Crawl the site"""
    bounds = crawler.Limits(
        pages=limits["pages"],
        depth=limits["depth"],
        rate=limits["rate"],
        robots=limits["robots"],
        subdomains=limits["scope"] == "subdomains",
        sitemap=limits.get("sitemap", ""),
        sitemap_pages=limits.get("orphans", True),
        cookies=limits.get("cookies", False),
    )
    database = run.file("crawl.sqlite")
    totals = await crawler.crawl(site, bounds, database, report=run.progress)
    if totals.failure:
        raise ValueError(totals.failure)
    return {"database": database, "totals": asdict(totals)}


@angiogram.do(process=True)
def links(crawl, *, run):
    """Write links.csv"""
    target = run.file("links.csv")
    rows = crawler.write_links(crawl["database"], target)
    return {"file": target, "rows": rows}


@angiogram.do(process=True)
def meta(crawl, *, run):
    """Write meta.csv"""
    target = run.file("meta.csv")
    rows = crawler.write_meta(crawl["database"], target)
    return {"file": target, "rows": rows}


def show_summary(found):
    figures = {
        "Pages read": found["pages"],
        "Addresses known": found["known"],
        "Links": found["links"],
        "Broken": found["broken"]["total"],
        "Redirect chains": found["redirects"]["total"],
        "Orphans": found["orphans"]["total"],
        "Not read": sum(found["left_out"].values()),
        "Not wholly read": found["incomplete"]["total"],
        "Seconds": round(found["seconds"], 1),
    }
    top = [[p["title"] or p["url"], p["url"], p["inlinks"], p["pagerank"]] for p in found["top"]]
    parts = [
        Facts(figures),
        found["coverage"],
        *found["notes"],
        Bars(found["depths"], "Pages by clicks from the first page"),
        Bars({_status(code): n for code, n in found["statuses"].items()}, "Answers by status"),
        Table(["Title", "Page", "Links to it", "PageRank"], top, "Top pages by PageRank"),
    ]
    return [*parts, *_troubles(found)]


def _status(code):
    return "no answer" if code == "0" else code


def _troubles(found):
    broken = [
        [row["target"], row["status"] or row["reason"], row["total"], "\n".join(row["pages"])]
        for row in found["broken"]["rows"]
    ]
    if broken:
        columns = ["Target", "Answer", "Links", "Stands on"]
        yield Table(columns, broken, "Broken links", _more(found["broken"], broken))
    chains = [
        [
            " → ".join(hop["url"] for hop in row["hops"]),
            row["end"],
            "goes in a circle" if row["loop"] else "",
        ]
        for row in found["redirects"]["rows"]
    ]
    if chains:
        yield Table(["From", "Ends at", ""], chains, "Redirects", _more(found["redirects"], chains))
    cut = [[row["url"], row["reason"]] for row in found["incomplete"]["rows"]]
    if cut:
        note = _more(found["incomplete"], cut)
        yield Table(["Page", "Reason"], cut, "Not wholly read: links may be missing", note)
    orphans = [[row["url"], _answer(row["status"])] for row in found["orphans"]["rows"]]
    if orphans:
        note = _more(found["orphans"], orphans)
        yield Table(["Page", "Answer"], orphans, "In the sitemap, and linked from nowhere", note)
    blocked = [[row["url"], row["reason"]] for row in found["blocked"]["rows"]]
    if blocked:
        note = _more(found["blocked"], blocked)
        yield Table(["Address", "Why"], blocked, "Blocked or refused", note)


def _answer(status):
    return "not asked for" if status is None else _status(str(status))


def _more(part, rows):
    return f"The first {len(rows)} of {part['total']:,}." if part["total"] > len(rows) else ""


@angiogram.do(process=True, show=show_summary)
def summary(crawl, links, meta):
    """Summary"""
    found = crawler.summary(crawl["database"])
    graph = graphs.read_graph(links["file"], meta["file"])
    top = graphs.top_pages(graph, 15)
    keys = ("url", "title", "inlinks", "outlinks", "pagerank")
    found["top"] = [{key: getattr(page, key) for key in keys} for page in top]
    return found


def show_map(manifest):
    return GraphMap(manifest.parent, "Link graph")


@angiogram.do(process=True, show=show_map)
def graph(links, meta, *, run):
    """Link graph"""
    manifest = run.file("map/graph.json")
    graphs.build_map(links["file"], manifest.parent, meta["file"], report=run.progress)
    return manifest
