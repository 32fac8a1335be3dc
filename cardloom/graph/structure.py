"""What a link graph is in memory: addresses in sorted order, links as pairs of their indices.

A node is its index in `urls`; every array beside it has one entry a node, in that order.
Nothing here reads, measures or draws.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cardloom.tables.errors import TableError

UNKNOWN_STATUS = 0
UNKNOWN_DEPTH = 65_535
# A page linked with this many others, and with this share of all, is part of the site's frame.
SITEWIDE_LINKS = 60
SITEWIDE_SHARE = 0.005


Kind = Literal["number", "date", "category", "text"]

# A file that is no link graph is most often no table at all: one error for both.
GraphError = TableError


@dataclass(frozen=True, eq=False)
class Column:
    """A measure or mark of every page, with n entries in the order of `Graph.urls`.

    - kind "number": `values` are float64, nan where there is none.
    - kind "date": `values` are float64, seconds since 1970-01-01 UTC, nan where there is none.
    - kind "category": `values` are int64, indices into `labels`, -1 where there is none.
    - kind "text": `values` are int64, indices into `labels`, the distinct texts, -1 for none.
    """

    name: str
    kind: Kind
    values: NDArray[np.float64] | NDArray[np.int64]
    labels: tuple[str, ...] = ()

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which pages have a value: bool (n,)."""
        if self.kind in ("number", "date"):
            return ~np.isnan(self.values)
        return self.values >= 0


@dataclass(frozen=True, eq=False)
class Graph:
    """Pages and the links between them, as `read_graph` returns it.

    With n pages and m links:

    - `urls`: n absolute http(s) URLs, sorted by code point, each once.
    - `links`: uint32 array of shape (m, 2), rows (source, target) as indices into `urls`,
      sorted, each pair once. Links of a page to itself are kept.
    - `titles`: n strings on one line each, "" where unknown.
    - `pagetypes`: n strings, "" where unknown.
    - `status`: uint16 (n,), the HTTP status, 0 where there is none.
    - `depth`: uint16 (n,), clicks from the home page, 65535 where unknown.
    - `home`: the index of the home page, None for an empty graph.
    - `columns`: what else is known of the pages, as `Column`s of n entries.
    - `nofollow`: bool (m,), whether a link is nofollow; None where the file did not say.
    """

    urls: tuple[str, ...]
    links: NDArray[np.uint32]
    titles: tuple[str, ...]
    pagetypes: tuple[str, ...]
    status: NDArray[np.uint16]
    depth: NDArray[np.uint16]
    home: int | None
    columns: tuple[Column, ...] = ()
    nofollow: NDArray[np.bool_] | None = None

    def column(self, name: str) -> Column | None:
        """The column of this name, None where there is none."""
        return next((column for column in self.columns if column.name == name), None)

    def __len__(self) -> int:
        """The number of pages."""
        return len(self.urls)


def adjacency(graph: Graph) -> sparse.csr_array:
    """The n × n matrix with a 1 (float64) at row source, column target of every link."""
    count = len(graph)
    ones = np.ones(len(graph.links))
    entries = (ones, (graph.links[:, 0], graph.links[:, 1]))
    return sparse.csr_array(entries, shape=(count, count))


def hubs(graph: Graph) -> NDArray[np.int64]:
    """The pages of the site's frame, which menus and footers link to: most linked first.

    Those that more than 0.5 % of all pages link to, and no fewer than 60.
    """
    incoming = np.bincount(graph.links[:, 1], minlength=len(graph))
    found = np.flatnonzero(incoming > _many(len(graph)))
    return found[np.argsort(-incoming[found], kind="stable")]


def _many(count: int) -> float:
    return max(SITEWIDE_LINKS, count * SITEWIDE_SHARE)


def bonds(graph: Graph) -> sparse.csr_array:
    """How closely any two pages belong together: a symmetric n × n matrix of weights.

    A link counts 1 / sqrt(out-links of its source × in-links of its target): a footer link that
    stands on every page says nothing of what belongs together, a rare one says much. Links to
    `hubs`, and from pages that link to as many, count only for pages that have no others. Links
    of a page to itself are left out.
    """
    count = len(graph)
    links = graph.links[graph.links[:, 0] != graph.links[:, 1]].astype(np.int64)
    source, target = links[:, 0], links[:, 1]
    outgoing = np.bincount(source, minlength=count)
    incoming = np.bincount(target, minlength=count)
    many = _many(count)
    frame = (incoming > many) | (outgoing > many)
    telling = (incoming[target] <= many) & (outgoing[source] <= many)
    placed = frame.copy()
    placed[links[telling].ravel()] = True
    telling |= ~(placed[source] & placed[target])
    # Where nothing but frame is left, as on a site of one menu, the frame is the site.
    if not telling.any():
        telling[:] = True
    source, target = source[telling], target[telling]
    weight = (outgoing[source] * incoming[target]) ** -0.5
    one_way = sparse.csr_array((weight, (source, target)), shape=(count, count))
    return sparse.csr_array(one_way + one_way.T)
