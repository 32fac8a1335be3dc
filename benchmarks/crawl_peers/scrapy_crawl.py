"""Scrapy's side, in its own idiom: `scrapy_crawl.py URL FOLDER CONCURRENCY feed|lean`.

feed: one item a link, through Scrapy's CSV feed export. lean: the spider writes its rows itself,
which no tutorial does and which costs Scrapy less. Links are extracted once a page.
"""

import csv
import json
import resource
import sys
import time
from pathlib import Path

from scrapy import Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import HtmlResponse
from scrapy.linkextractors import LinkExtractor

url, folder, concurrency, way = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
host = url.split("/")[2]
counts = {"pages": 0, "links": 0}
rows = csv.writer((folder / "scrapy.csv").open("w", newline="")) if way == "lean" else None


def without_fragment(href: str) -> str | None:
    return href.partition("#")[0] or None


class Links(Spider):
    name = "links"
    start_urls = (url,)
    links = LinkExtractor(
        tags=("a", "area"),
        attrs=("href",),
        allow=rf"^https?://{host}/",
        deny_extensions=[],
        process_value=without_fragment,
    )

    def parse(self, response):
        counts["pages"] += 1
        if not isinstance(response, HtmlResponse):
            return
        for link in self.links.extract_links(response):
            if link.url != response.url:
                counts["links"] += 1
                if rows:
                    rows.writerow((response.url, link.url))
                else:
                    yield {"source": response.url, "target": link.url}
            yield response.follow(link)


settings = {
    "ROBOTSTXT_OBEY": True,
    "CONCURRENT_REQUESTS": concurrency,
    "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
    "DOWNLOAD_DELAY": 0,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "WARNING",
    "HTTPERROR_ALLOWED_CODES": [404],
    "FEEDS": {} if rows else {str(folder / "scrapy.csv"): {"format": "csv", "overwrite": True}},
}
began = time.perf_counter()
process = CrawlerProcess(settings)
process.crawl(Links)
process.start()
ended = time.perf_counter()
own = resource.getrusage(resource.RUSAGE_SELF)
figures = {"seconds": ended - began, "cpu": own.ru_utime + own.ru_stime, "mb": own.ru_maxrss / 1024}
print(json.dumps(counts | figures))
