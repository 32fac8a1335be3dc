"""robots.txt: one a host and scheme, read once and kept in the crawl's database.

Source: RFC 9309. A 4xx allows all; a 5xx or no answer forbids all; half a megabyte is read; the
rules at the end of up to five redirects hold, wherever those lead. Names of crawlers are taken
as Google's parser takes them: `Cardloom/0.1` is Cardloom.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from protego import Protego

from cardloom.crawl.address import origin_of
from cardloom.crawl.fetch import PRODUCT, Answer, Fetcher, host_of
from cardloom.crawl.redirect import redirect_target
from cardloom.crawl.store import Store

_NAME = PRODUCT.lower()
_BYTES = 512_000
_HOPS = 5
_TOO_MANY = 429
_USER_AGENT_LINE = re.compile(r"\s*user[ -]?agent\s*(?::|\s)([^#]*)", re.I)
_PRODUCT = re.compile(r"[a-z_-]*", re.I)
_LINES = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt says. `closed` is the reason where nothing may be read at all."""

    parsed: Protego | None = None
    closed: str = ""

    def forbid(self, url: str) -> str:
        """Why this address may not be read, or an empty string."""
        if self.closed:
            return self.closed
        if self.parsed is not None and not self.parsed.can_fetch(url, _NAME):
            return "blocked by robots.txt"
        return ""

    @property
    def sitemaps(self) -> list[str]:
        """The addresses of its Sitemap lines, as written."""
        return list(self.parsed.sitemaps) if self.parsed else []

    @property
    def delay(self) -> float:
        """Seconds of its Crawl-delay for us, else 0."""
        return (self.parsed.crawl_delay(_NAME) or 0.0) if self.parsed else 0.0


class Robots:
    """The rules of each host of a crawl, loaded before its first page is asked for."""

    def __init__(self, fetcher: Fetcher, store: Store, obey: bool) -> None:
        self._fetcher = fetcher
        self._store = store
        self._obey = obey
        self._rules: dict[str, Rules] = {}

    async def rules(self, url: str) -> Rules:
        """The rules for this address; fetched where they are not known."""
        origin = origin_of(url)
        if origin not in self._rules:
            rules = parse(*await self._text(origin))
            if self._obey and rules.delay:
                self._slow_down(origin, rules.delay)
            self._rules[origin] = rules
        return self._rules[origin]

    async def forbid(self, url: str) -> str:
        """Why this address may not be read, or an empty string; empty where not obeyed."""
        return (await self.rules(url)).forbid(url) if self._obey else ""

    def _slow_down(self, origin: str, delay: float) -> None:
        gap = self._fetcher.pace(host_of(f"{origin}/")).slow_to(delay)
        kept = "" if gap >= delay else f", of which {gap:g} are kept"
        self._store.note(
            f"{origin}/robots.txt asks for {delay:g} seconds between requests (Crawl-delay){kept}: "
            f"100 pages take at least {_minutes(gap * 100)}."
        )

    async def _text(self, origin: str) -> tuple[int, str]:
        kept = self._store.robots(origin)
        if kept is None:
            answer = await self._fetch(f"{origin}/robots.txt")
            text = _whole_lines(answer) if answer.status else answer.reason
            kept = answer.status, text
            self._store.keep_robots(origin, *kept)
            note = _note(origin, answer)
            if note and self._obey:
                self._store.note(note)
        return kept

    async def _fetch(self, url: str) -> Answer:
        for _ in range(_HOPS + 1):
            answer = await self._fetcher.get(url, lambda status, _: 200 <= status < 300, _BYTES)
            target = redirect_target(url, answer)
            if target is None or not target.startswith(("http://", "https://")):
                return answer
            url = target
        return Answer(404, "")  # more redirects than the RFC follows: there is no robots.txt


def _whole_lines(answer: Answer) -> str:
    # A rule that was cut off in its middle would forbid more than its author meant.
    body = answer.body
    if len(body) >= _BYTES:
        body = body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]
    return body.decode("utf-8", "replace")


def _note(origin: str, answer: Answer) -> str:
    """What a person should know of how a robots.txt was taken."""
    name = f"{origin}/robots.txt"
    if answer.status >= 500:
        return (
            f"{name} answered {answer.status}, so nothing of this host was read, as RFC 9309 "
            "says. Try again later, or do not obey robots.txt in the settings."
        )
    if answer.status == _TOO_MANY:
        return (
            f"{name} answered 429 (too many requests), so its rules are not known. RFC 9309 "
            "takes that for no rules, and the host was read."
        )
    if 200 <= answer.status < 300 and answer.reason:
        return f"{name} was not wholly read ({answer.reason}). The rules that came were obeyed."
    return ""


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"


def parse(status: int, text: str) -> Rules:
    """The rules of a robots.txt that came with this status (0: no answer)."""
    if 200 <= status < 300:
        return Rules(Protego.parse("\n".join(_ours(_LINES.split(text.lstrip("\ufeff"))))))
    if 300 <= status < 500:
        return Rules()
    why = f"robots.txt answered {status}" if status else "robots.txt did not answer"
    return Rules(closed=f"{why}, so nothing may be read")


def _ours(lines: Iterable[str]) -> Iterable[str]:
    # Protego keeps every group's rules for every name of the group: ten thousand names before
    # ten thousand rules would be a hundred million. So all names of others become one.
    for line in lines:
        named = _USER_AGENT_LINE.match(line)
        yield f"User-agent: {_crawler(named[1].strip())}" if named else line


def _crawler(name: str) -> str:
    if name.startswith("*") and not name[1:2].strip():
        return "*"
    found = _PRODUCT.match(name)
    return _NAME if found and found[0].lower() == _NAME else "someone-else"
