"""What a person can act on: each finding is a table, one sentence, and the pages to light up.

A finding says what is so, not what it means for a site. Those whose columns are not there, or
that find nothing, are left out. docs/findings.md defines each.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.connection import components
from cardloom.graph.inspection import ROWS, Cell, Finding, Site, found, many, of_pages, site_of
from cardloom.graph.structure import UNKNOWN_DEPTH, Graph, hubs

DEEP = 5  # clicks
FEW = 3  # pages that link
PLACES = 5  # pages named as examples in a row


def findings(graph: Graph, rank: NDArray[np.float64] | None = None) -> list[Finding]:
    """All that was found, in the order of docs/findings.md.

    `rank` is what `pagerank` returned, for those who have it already.
    """
    site = site_of(graph, rank)
    return [finding for look in LOOKS if (finding := look(site)) is not None]


def _orphans(site: Site) -> Finding | None:
    from_others = site.inlinks.copy()
    loops = site.graph.links[site.graph.links[:, 0] == site.graph.links[:, 1], 0]
    from_others[loops] -= 1
    nodes = np.flatnonzero(from_others == 0)
    return of_pages(
        site, "orphans", "Orphans", "{n} {pages} linked from no other page.",
        nodes[nodes != site.graph.home],
    )  # fmt: skip


def _broken(site: Site) -> Finding | None:
    status = site.graph.status
    if not status.any():
        return None
    nodes = site.best_first(np.flatnonzero((status >= 400) & (site.inlinks > 0)), site.inlinks)
    rows = [
        (
            site.graph.urls[node],
            int(status[node]),
            int(site.inlinks[node]),
            "\n".join(site.graph.urls[source] for source in site.linking(node)[:PLACES]),
        )
        for node in nodes[:ROWS].tolist()
    ]
    links = int(site.inlinks[nodes].sum())
    sentence = f"{many(len(nodes), 'broken page is', 'broken pages are')} linked, {links:,} times."
    columns = ("Page", "Status", "Links to it", "Stands on")
    return found("broken", "Broken targets", sentence, columns, rows, nodes)


def _redirect_chains(site: Site) -> Finding | None:
    column = site.graph.column("redirect_to")
    if column is None or column.kind not in ("text", "category"):
        return None
    place = {url: node for node, url in enumerate(site.graph.urls)}
    leads = [place.get(label) for label in column.labels]
    after = {int(node): leads[int(column.values[node])] for node in np.flatnonzero(column.known)}
    ends = set(after.values())
    rows: list[tuple[Cell, ...]] = []
    nodes, starts, loops = set[int](), list[int](), 0
    # A circle has no beginning; what no chain from a beginning reached is one.
    for start in [*(node for node in after if node not in ends), *after]:
        if start in nodes:
            continue
        chain = [start]
        while (last := after.get(chain[-1])) is not None and last not in chain:
            chain.append(last)
        nodes.update(chain)
        loop = last is not None
        if len(chain) > 2 or loop:
            loops += loop
            starts.append(start)
            if len(rows) < ROWS:
                hops = " → ".join(site.graph.urls[node] for node in chain[:10])
                rows.append((hops, len(chain) - 1, "goes in a circle" if loop else ""))
    sentence = f"{many(len(starts), 'redirect leads', 'redirects lead')} to another redirect."
    if loops:
        sentence = sentence[:-1] + f", {loops:,} of them in a circle."
    columns = ("From", "Hops", "")
    return found(
        "redirect-chains", "Redirect chains", sentence, columns, rows, np.array(starts, int)
    )


def _deep_traffic(site: Site) -> Finding | None:
    traffic, depth = site.traffic(), site.graph.depth
    if traffic is None:
        return None
    busy = np.nan_to_num(traffic.values) > 0
    nodes = np.flatnonzero(busy & (depth >= DEEP) & (depth != UNKNOWN_DEPTH))
    nodes = site.best_first(nodes, np.nan_to_num(traffic.values))
    rows = [
        (site.graph.urls[n], int(traffic.values[n]), int(depth[n]), int(site.inlinks[n]))
        for n in nodes[:ROWS].tolist()
    ]
    pages = many(len(nodes), "page", "pages")
    sentence = f"{pages} with {traffic.name} lie {DEEP} clicks or more from home."
    columns = ("Page", traffic.name.capitalize(), "Depth", "Links to it")
    return found("deep-traffic", "Deep pages with traffic", sentence, columns, rows, nodes)


def _few_inlinks(site: Site) -> Finding | None:
    traffic = site.traffic()
    if traffic is None or not np.nan_to_num(traffic.values).any():
        return None
    values = np.nan_to_num(traffic.values)
    busy = values > np.median(values[values > 0])
    nodes = site.best_first(np.flatnonzero(busy & (site.inlinks < FEW) & site.fine()), values)
    rows = [
        (site.graph.urls[n], int(values[n]), int(site.inlinks[n])) for n in nodes[:ROWS].tolist()
    ]
    sentence = (
        f"{many(len(nodes), 'page', 'pages')} with more {traffic.name} than most "
        f"have fewer than {FEW} links."
    )
    columns = ("Page", traffic.name.capitalize(), "Links to it")
    return found("few-inlinks", "Traffic and few links", sentence, columns, rows, nodes)


def _hubs(site: Site) -> Finding | None:
    nodes = hubs(site.graph)
    rows = [
        (site.graph.urls[n], int(site.inlinks[n]), float(site.rank[n]))
        for n in nodes[:ROWS].tolist()
    ]
    sentence = (
        f"{many(len(nodes), 'page is', 'pages are')} linked from so many that they frame the site."
    )
    columns = ("Page", "Links to it", "PageRank")
    return found("hubs", "Hubs", sentence, columns, rows, nodes)


def _partly_read(site: Site) -> NDArray[np.bool_]:
    column = site.graph.column("incomplete")
    return np.zeros(len(site.graph), bool) if column is None else column.known


def _not_wholly_read(site: Site) -> Finding | None:
    column = site.graph.column("incomplete")
    if column is None or column.kind not in ("text", "category"):
        return None
    nodes = site.best_first(np.flatnonzero(column.known), site.inlinks)
    rows = [
        (site.graph.urls[n], column.labels[int(column.values[n])], int(site.inlinks[n]))
        for n in nodes[:ROWS].tolist()
    ]
    sentence = (
        f"{many(len(nodes), 'page was', 'pages were')} not wholly read, so links may be missing."
    )
    columns = ("Page", "Reason", "Links to it")
    return found("not-wholly-read", "Not wholly read", sentence, columns, rows, nodes)


def _dead_ends(site: Site) -> Finding | None:
    read = site.fine() if site.graph.status.any() else np.zeros(len(site.graph), bool)
    read &= ~_partly_read(site)
    nodes = np.flatnonzero(read & (site.outlinks == 0) & (site.inlinks > 0))
    return of_pages(site, "dead-ends", "Dead ends", "{n} {pages} linked, and link nowhere.", nodes)


def _same_titles(site: Site) -> Finding | None:
    groups: dict[str, list[int]] = {}
    fine = site.fine()
    for node, title in enumerate(site.graph.titles):
        # Letters alone: numbers and signs are what near-duplicates differ in.
        if title and fine[node]:
            key = "".join(c for c in title.lower() if c.isalpha())
            groups.setdefault(key or title, []).append(node)
    alike = sorted((g for g in groups.values() if len(g) > 1), key=lambda g: (-len(g), g[0]))
    rows = [
        (
            site.graph.titles[g[0]],
            len(g),
            "\n".join(site.graph.urls[node] for node in g[:PLACES]),
        )
        for g in alike[:ROWS]
    ]
    nodes = np.array(sorted(node for g in alike for node in g), np.int64)
    sentence = f"{len(nodes):,} pages share {many(len(alike), 'title', 'titles')}, numbers and signs aside."
    return found(
        "same-titles", "Near-duplicate titles", sentence, ("Title", "Pages", "For example"), rows,
        nodes, total=len(alike), row_nodes=[g[0] for g in alike],
    )  # fmt: skip


def _islands(site: Site) -> Finding | None:
    labels = components(site.graph)
    sizes = np.bincount(labels)
    islands = [label for label in range(1, len(sizes)) if sizes[label] > 1]
    order, ends = np.argsort(labels, kind="stable"), np.cumsum(sizes)
    rows: list[tuple[Cell, ...]] = []
    tops: list[int] = []
    for label in islands[:ROWS]:
        members = order[ends[label] - sizes[label] : ends[label]]
        top = int(site.best_first(members)[0])
        tops.append(top)
        rows.append((site.graph.urls[top], int(sizes[label])))
    nodes = np.flatnonzero((labels > 0) & (sizes[labels] > 1))
    groups = many(len(islands), "group of pages has", "groups of pages have")
    sentence = f"{groups} no link to or from the rest."
    return found(
        "islands", "Islands", sentence, ("First page", "Pages"), rows, nodes,
        total=len(islands), row_nodes=tops,
    )  # fmt: skip


def _outside_sitemap(site: Site) -> Finding | None:
    column = site.graph.column("in_sitemap")
    if column is None or column.kind != "category":
        return None
    inside = np.array([label.lower() in ("true", "1", "yes") for label in (*column.labels, "")])
    if not inside[column.values].any():
        return None
    nodes = np.flatnonzero(~inside[column.values] & site.fine() & column.known)
    return of_pages(
        site, "outside-sitemap", "Outside the sitemap", "{n} {pages} in no sitemap.", nodes
    )


def _nofollow_sinks(site: Site) -> Finding | None:
    nofollow = site.graph.nofollow
    if nofollow is None:
        return None
    targets = site.graph.links[:, 1]
    kept = np.bincount(targets[~nofollow], minlength=len(site.graph))
    nodes = np.flatnonzero((kept == 0) & (site.inlinks > 0))
    sentence = "{n} {pages} linked with nofollow only."
    return of_pages(site, "nofollow-sinks", "Nofollow sinks", sentence, nodes)


LOOKS: tuple[Callable[[Site], Finding | None], ...] = (
    _orphans,
    _broken,
    _not_wholly_read,
    _redirect_chains,
    _deep_traffic,
    _few_inlinks,
    _dead_ends,
    _same_titles,
    _islands,
    _outside_sitemap,
    _nofollow_sinks,
    _hubs,
)
