"""How far a crawl may go, and what it came to. Plain values: nothing here does anything."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one crawl.

    pages           addresses asked for at most; a redirect or a 404 counts as one
    depth           clicks from the start page at most; 0 reads the start page alone
    rate            requests a second to one host, retries included; 0 is no limit.
                    A Crawl-delay in robots.txt makes it slower, never faster
    robots          obey robots.txt, rel=nofollow and the meta robots nofollow
    subdomains      take in the hosts below the site's own (`www.` is set aside first)
    concurrency     requests open to one host at a time
    page_bytes      bytes of one page at most, after decompression; the rest is not read
    page_seconds    seconds for one answer, from the connection to the last byte
    parse_seconds   seconds for reading one page's HTML
    retries         further tries after 500, 502, 504 and network failures. A 429 or 503 slows
                    down its host, and the page is asked for again until the host answers
    wait_seconds    longest wait before a retry, whatever Retry-After says
    redirects       redirects followed in a row
    cookies         keep the site's cookies while crawling, and send them back
    sitemap         address of a sitemap that robots.txt does not name; `/x.xml` is from the root
    sitemaps        sitemap files read at most (50 MB each, unpacked)
    sitemap_urls    addresses taken from sitemaps at most
    sitemap_pages   ask for pages that only a sitemap names, after all others
    url_chars       characters of an address at most; a longer link is counted as refused

    Raises ValueError, as a sentence, for a value that means nothing.
    """

    pages: int = 500
    depth: int = 10
    rate: float = 5.0
    robots: bool = True
    subdomains: bool = False
    concurrency: int = 8
    page_bytes: int = 8_000_000
    page_seconds: float = 30.0
    parse_seconds: float = 10.0
    retries: int = 2
    wait_seconds: float = 60.0
    redirects: int = 10
    cookies: bool = False
    sitemap: str = ""
    sitemaps: int = 50_000
    sitemap_urls: int = 1_000_000
    sitemap_pages: bool = True
    url_chars: int = 4_096

    def __post_init__(self) -> None:
        for name in ("pages", "concurrency", "page_bytes", "url_chars"):
            _at_least(name, getattr(self, name), 1)
        for name in ("depth", "rate", "retries", "wait_seconds", "redirects"):
            _at_least(name, getattr(self, name), 0)
        for name in ("sitemaps", "sitemap_urls"):
            _at_least(name, getattr(self, name), 0)
        for name in ("page_seconds", "parse_seconds"):
            _at_least(name, getattr(self, name), 0.001)


def _at_least(name: str, value: float, least: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"The limit “{name}” has to be a number, and {value!r} is not one.")
    if value < least:
        raise ValueError(f"The limit “{name}” has to be {least:g} or more, not {value:g}.")


@dataclass(frozen=True, slots=True)
class Totals:
    """What stands in a crawl's database when `crawl` returns, earlier sittings included.

    pages     addresses asked for and recorded
    known     addresses in scope, read or not
    links     rows that `write_links` will write
    seconds   time spent crawling, all sittings together
    finished  False when `cancelled` stopped it; the next call goes on from there
    coverage  a sentence: how many of the known addresses were read, and why the others were not
    failure   a sentence: why nothing at all could be read, and what to do; else empty. The next
              call tries again
    """

    pages: int
    known: int
    links: int
    seconds: float
    finished: bool
    coverage: str
    failure: str
