"""Cardloom's side: `cardloom_crawl.py URL FOLDER CONCURRENCY`; the last line is JSON figures."""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

from cardloom.crawl import Limits, crawl, write_links, write_meta

url, folder, concurrency = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
limits = Limits(pages=1_000_000, depth=1_000, rate=0, robots=True, concurrency=concurrency)

began = time.perf_counter()
totals = asyncio.run(crawl(url, limits, folder / "crawl.db"))
crawled = time.perf_counter()
links = write_links(folder / "crawl.db", folder / "links.csv")
write_meta(folder / "crawl.db", folder / "meta.csv")
ended = time.perf_counter()
own, reader = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(
    json.dumps(
        {
            "pages": totals.pages,
            "seconds": ended - began,
            "crawl_seconds": crawled - began,
            "links": links,
            "cpu": own.ru_utime + own.ru_stime + reader.ru_utime + reader.ru_stime,
            "mb": (own.ru_maxrss + reader.ru_maxrss) / 1024,
        }
    )
)
