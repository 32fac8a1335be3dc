"""Who and what there is at the emulated Botify: a user, organisations, projects, analyses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cardloom.apps.botify.emulator.demo import demo_site
from cardloom.apps.botify.emulator.site import Site, read_site
from cardloom.errors import Missing

TOKEN = "emulator-token"  # noqa: S105 - opens nothing but the emulator
USER = "ada.lovelace"
ORG = "demo-org"
_MANY = 45


@dataclass(frozen=True, slots=True)
class Crawl:
    """One analysis. `site` is None where the crawl failed."""

    slug: str
    status: str = "success"
    site: Site | None = None


@dataclass(frozen=True, slots=True)
class Emulated:
    """One project. `closed` answers 403; `console`: Search Console is connected."""

    org: str
    slug: str
    name: str
    crawls: tuple[Crawl, ...]
    console: bool = True
    closed: bool = False

    def crawl(self, slug: str) -> Crawl | None:
        return next((crawl for crawl in self.crawls if crawl.slug == slug), None)


@dataclass(frozen=True, slots=True)
class World:
    """All of it. Only `token` is let in."""

    projects: tuple[Emulated, ...]
    token: str = TOKEN
    user: str = USER
    extra: dict[str, str] = field(default_factory=dict)

    def project(self, org: str, slug: str) -> Emulated | None:
        return next((p for p in self.projects if (p.org, p.slug) == (org, slug)), None)

    def of(self, owner: str) -> list[Emulated] | None:
        """Projects of a user (all that the token opens) or an organisation; None if unknown."""
        if owner == self.user:
            return list(self.projects)
        found = [project for project in self.projects if project.org == owner]
        return found or None


def demo_world() -> World:
    """Four projects: a full one, one with little in it, one with many analyses, a closed one."""
    full = (
        Crawl("20240101", site=demo_site()),
        Crawl("20240101-2", site=demo_site(300, 8)),
        Crawl("20231201", "failed"),
    )
    bare = (Crawl("20240102", site=demo_site(60, 3, pagetype=False)),)
    months = [f"{2020 + n // 12}{n % 12 + 1:02}15" for n in range(_MANY - 11)]
    days = ["20231224"] + [f"20231224-{n}" for n in range(2, 12)]
    many = tuple(Crawl(slug, site=demo_site(60, 3)) for slug in [*months, *days])
    return World(
        (
            Emulated(ORG, "demo.example", "Demo shop", full),
            Emulated(ORG, "plain.example", "Plain, no console", bare, console=False),
            Emulated(ORG, "long.example", "Many analyses", many),
            Emulated(ORG, "closed.example", "Closed", (), closed=True),
        )
    )


def world_of(links: Path, meta: Path) -> World:
    """One project made of a crawl of ours: its host is the project, the file's day the analysis."""
    site = read_site(links, meta)
    if not site.pages:
        raise Missing(f"{meta} has no page in it that was crawled.")
    host = urlsplit(site.pages[0]["url"]).netloc.replace(":", "-") or "site"
    day = datetime.fromtimestamp(meta.stat().st_mtime, UTC).strftime("%Y%m%d")
    return World((Emulated(ORG, host, host, (Crawl(day, site=site),)),))
