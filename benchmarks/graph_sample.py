"""Writes links.csv and meta.csv of a made-up site, the same each time for the same arguments.

    python benchmarks/graph_sample.py FOLDER [--nodes 200000] [--links 1000000] [--seed 0]

Sections of very different size, folders within them, a menu that stands on many pages, a few
links across, orphans, dead ends, broken pages, redirects: what crawls of large sites look like.
Beside the columns of our crawler, meta.csv has visits, impressions, last_modified and language.
"""

import argparse
import csv
import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

WORDS = (
    "garden kitchen travel science music history sport weather market health energy water forest "
    "city school craft paper cotton silver copper bridge harbour mountain river island winter "
    "summer letter number colour engine signal camera printer table window carpet button thread"
).split()
SECTIONS = (
    "products blog docs support magazine shop forum recipes events people places guides reviews "
    "press careers archive library courses partners research community news gallery jobs"
).split()
LANGUAGES = ["en", "de", "fr", "es", "pl", ""]
SITE = "https://www.example.org/"
Numbers = NDArray[np.int64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nodes", type=int, default=200_000)
    parser.add_argument("--links", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--gz", action="store_true", help="write links.csv.gz too")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    pages, links = write_sample(given.folder, given.nodes, given.links, given.seed)
    if given.gz:
        content = (given.folder / "links.csv").read_bytes()
        (given.folder / "links.csv.gz").write_bytes(gzip.compress(content, 6, mtime=0))
    print(f"{given.folder}: {pages:,} pages, {links:,} links")


def write_sample(folder: Path, nodes: int, links: int, seed: int = 0) -> tuple[int, int]:
    """Write both files for at least 50 pages; how many pages and links they hold."""
    random = np.random.default_rng(seed)
    section, subsection = tree(nodes, random)
    pairs = links_of(section, subsection, links, random)
    urls, titles = names_of(section, subsection, random)
    write_links(folder / "links.csv", urls, pairs)
    write_meta(folder / "meta.csv", urls, titles, section, pairs, random)
    return nodes, len(pairs)


def tree(nodes: int, random: np.random.Generator) -> tuple[Numbers, Numbers]:
    """The section and the folder of each page; page 0 is the home page, alone in section 0."""
    sections = max(4, min(400, int(nodes**0.5 / 3)))
    share = (np.arange(sections) + 2.0) ** -0.9
    section = np.sort(random.choice(sections, nodes - 1, p=share / share.sum())) + 1
    section = np.concatenate(([0], section))
    first = np.searchsorted(section, section)
    within = np.arange(nodes) - first
    # Folders of about 8 to 120 pages, another size in each section.
    size = (8 * 15 ** random.random(sections + 1)).astype(int)[section]
    folder = section * 1_000_000 + within // size
    return section, np.unique(folder, return_inverse=True)[1].astype(np.int64)


def links_of(section: Numbers, folder: Numbers, links: int, random: np.random.Generator) -> Numbers:
    """Pairs (source, target), distinct: menu, section, folder, next to one another, and across."""
    nodes = len(section)
    first_of_section = np.searchsorted(section, np.arange(section[-1] + 1))
    first_of_folder = np.searchsorted(folder, np.arange(folder[-1] + 1))
    end_of_folder = np.append(first_of_folder[1:], nodes)
    end_of_section = np.append(first_of_section[1:], nodes)
    orphan = random.random(nodes) < 0.008
    orphan[first_of_folder] = False
    dead = random.random(nodes) < 0.04
    dead[first_of_folder] = False
    menu = np.concatenate(([0], first_of_section[1:13], first_of_folder[-2:]))
    pages = np.arange(1, nodes)
    must = [  # a way down to every page, and up again
        np.column_stack((first_of_folder[folder[pages]], pages)),
        np.column_stack((first_of_section[section[pages]], first_of_folder[folder[pages]])),
        np.column_stack((np.zeros(len(first_of_section), int), first_of_section)),
        np.column_stack((pages, first_of_folder[folder[pages]])),
    ]
    pairs = np.concatenate(must)
    wave = 0
    while True:
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        pairs = pairs[~orphan[pairs].any(axis=1) & ~dead[pairs[:, 0]]]
        keys = np.unique(pairs[:, 0] * nodes + pairs[:, 1])
        pairs = np.column_stack((keys // nodes, keys % nodes))
        lacking = links - len(pairs)
        wave += 1
        if lacking <= 0 or wave > 12:
            break
        source = random.integers(0, nodes, int(lacking * 1.15) + 8)
        way = random.random(len(source))
        target = spread(first_of_folder[folder[source]], end_of_folder[folder[source]], random, 1.6)
        of_section = spread(
            first_of_section[section[source]], end_of_section[section[source]], random, 3.0
        )
        anywhere = (nodes * random.random(len(source)) ** 2.5).astype(np.int64)
        target = np.where(way < 0.34, of_section, target)
        target = np.where(way < 0.16, menu[random.integers(0, len(menu), len(source))], target)
        target = np.where(way < 0.05, anywhere, target)
        pairs = np.concatenate((pairs, np.column_stack((source, target))))
    if len(pairs) > links > 0:
        pairs = pairs[np.sort(random.permutation(len(pairs))[:links])]
    return pairs


def spread(low: Numbers, high: Numbers, random: np.random.Generator, power: float) -> Numbers:
    """A number from each range, the lower the likelier: the first pages of a list are linked most."""
    return low + ((high - low) * random.random(len(low)) ** power).astype(np.int64)


def names_of(
    section: Numbers, folder: Numbers, random: np.random.Generator
) -> tuple[list[str], list[str]]:
    first_of_section = set(np.searchsorted(section, np.arange(section[-1] + 1)).tolist())
    first_of_folder = set(np.searchsorted(folder, np.arange(folder[-1] + 1)).tolist())
    words = random.integers(0, len(WORDS), (len(section), 3)).tolist()
    urls, titles = [], []
    rows = zip(section.tolist(), folder.tolist(), words, strict=True)
    for page, (part, place, (one, two, three)) in enumerate(rows):
        top = SECTIONS[part % len(SECTIONS)] + (f"-{part}" if part > len(SECTIONS) else "")
        below = f"{WORDS[place % len(WORDS)]}-{WORDS[place * 7 % 41 % len(WORDS)]}-{place}"
        if page == 0:
            urls.append(SITE)
            titles.append("Example: everything there is")
        elif page in first_of_section:
            urls.append(f"{SITE}{top}/")
            titles.append(f"{top.title()} | Example")
        elif page in first_of_folder:
            urls.append(f"{SITE}{top}/{below}/")
            titles.append(f"{below.replace('-', ' ').title()} – {top.title()} | Example")
        else:
            slug = f"{WORDS[one]}-{WORDS[two]}-{WORDS[three]}"
            urls.append(f"{SITE}{top}/{below}/{slug}-{page}.html")
            titles.append(f"{slug.replace('-', ' ').capitalize()} | Example")
    return urls, titles


def write_links(path: Path, urls: list[str], pairs: Numbers) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("source,target\r\n")
        for start in range(0, len(pairs), 100_000):
            part = pairs[start : start + 100_000].tolist()
            file.write("".join([f"{urls[a]},{urls[b]}\r\n" for a, b in part]))


def write_meta(
    path: Path,
    urls: list[str],
    titles: list[str],
    section: Numbers,
    pairs: Numbers,
    random: np.random.Generator,
) -> None:
    nodes = len(urls)
    status = random.choice(
        [200, 301, 404, 410, 500, 0], nodes, p=[0.955, 0.02, 0.018, 0.002, 0.003, 0.002]
    )
    status[np.searchsorted(section, np.arange(section[-1] + 1))] = 200
    inlinks, outlinks = (np.bincount(pairs[:, end], minlength=nodes) for end in (1, 0))
    matrix = sparse.csr_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(nodes, nodes))
    depth = csgraph.dijkstra(matrix, unweighted=True, indices=0)
    visits = (random.pareto(1.1, nodes) * (1 + inlinks) * 0.6).astype(int)
    size = random.lognormal(10.2, 0.7, nodes).astype(int)
    ms = random.lognormal(4.8, 0.6, nodes).astype(int)
    days = random.integers(0, 2_000, nodes)
    modified = np.datetime_as_string(np.datetime64("2026-11-01") - days)
    mapped = random.random(nodes) < 0.93
    language = random.choice(len(LANGUAGES), nodes, p=[0.6, 0.15, 0.1, 0.07, 0.05, 0.03])
    leads = random.integers(0, nodes, nodes)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            "id status depth title indexable inlinks outlinks bytes ms content_type in_sitemap "
            "pagetype redirect_to visits impressions last_modified language".split()
        )
        for page in range(nodes):
            good = status[page] == 200
            kind = "home" if page == 0 else SECTIONS[section[page] % len(SECTIONS)]
            rows.writerow(
                (
                    urls[page],
                    status[page],
                    "" if np.isinf(depth[page]) else int(depth[page]),
                    titles[page] if good else "",
                    "true" if good else "false",
                    inlinks[page],
                    outlinks[page],
                    size[page],
                    ms[page],
                    "text/html",
                    "true" if mapped[page] else "false",
                    kind,
                    urls[leads[page]] if status[page] == 301 else "",
                    visits[page] if page % 9 else "",
                    visits[page] * 17 + page % 13,
                    modified[page] if good else "",
                    LANGUAGES[language[page]],
                )
            )


if __name__ == "__main__":
    main()
