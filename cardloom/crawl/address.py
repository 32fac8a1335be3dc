"""Addresses: one spelling for a site, links made absolute, and what belongs to the site.

All parsing is the WHATWG URL standard's (ada-url), because that is what browsers do with a
link. Nothing is sorted, decoded or otherwise improved: only the fragment goes.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from ada_url import URL, join_url

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.I)
_PORT = re.compile(r"[^/?#@]*:\d+(?:[/?#]|$)")
_LOOPBACK = re.compile(r"(?:localhost|127(?:\.\d+){3}|\[::1\])(?=[:/?#]|$)", re.I)
_BLANK = "".join(map(chr, range(0x21)))  # what the standard strips: C0 controls and space
_LONGEST_SITE = 2_000
_REMEMBERED = 200_000


def clean_site(text: str) -> str:
    """Any spelling of a site → the one address its crawl starts from.

    `example.com`, `HTTPS://Example.com:443/#x` and `//example.com` all become
    `https://example.com/`. A path and a query stay, a fragment goes. Without a scheme it is
    https, and http for this machine's own names (localhost, 127.0.0.1, [::1]).

    Raises ValueError, as a sentence to show at the field, for anything that is not a site.
    Source: https://url.spec.whatwg.org/
    """
    spelled = text.strip(_BLANK + "\u00a0\ufeff")
    if not spelled:
        raise ValueError("Type the address of a site, for example example.com.")
    if len(spelled) > _LONGEST_SITE:
        raise ValueError(f"That address is longer than {_LONGEST_SITE:,} characters.")
    if any(c < " " or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in spelled):
        raise ValueError("That address has characters in it that cannot be typed.")
    url = _parse_site(_with_scheme(spelled), spelled)
    if url.protocol not in ("http:", "https:"):
        raise ValueError(f"A site begins with http:// or https://, not {url.protocol}//.")
    if url.username or url.password:
        raise ValueError("Leave the user name and password out: the crawler does not log in.")
    if "" in url.hostname.removesuffix(".").split("."):
        raise ValueError(f"“{spelled}” is not a site: a part of its name is empty.")
    if url.port == "0":
        raise ValueError("Port 0 cannot be connected to.")
    return str(url.href.partition("#")[0])


def clean_sitemap(text: str) -> str:
    """The address of a sitemap as a person types it: whole, or from the site's root as `/map.xml`.

    Empty stays empty. Raises ValueError, as a sentence, for what is no address.
    """
    text = text.strip()
    return text if not text or text.startswith("/") else clean_site(text)


def _with_scheme(spelled: str) -> str:
    if spelled.startswith("//"):
        return "https:" + spelled
    scheme = _SCHEME.match(spelled)
    if scheme and not _PORT.match(spelled):
        if scheme[1].lower() in ("http", "https") or "://" in spelled:
            return spelled
        raise ValueError(f"A site begins with http:// or https://, not {scheme[1].lower()}:.")
    if _LOOPBACK.match(spelled):
        return "http://" + spelled
    host = re.split(r"[/?#]", spelled, maxsplit=1)[0]
    if not host:
        raise ValueError(f"“{spelled}” names no host: type it like example.com{spelled}.")
    if not re.search(r"[.\[:]|[^\x00-\x7f]", host):
        raise ValueError(
            f"“{spelled}” is not a site: type example.com, or http://{spelled} for a machine "
            "on your own network."
        )
    return "https://" + spelled


def _parse_site(address: str, spelled: str) -> URL:
    if re.match(r"[a-z]+:[/\\]*(?:[?#]|$)", address, re.I):
        raise ValueError(f"“{spelled}” names no host.")
    try:
        return URL(address)
    except ValueError:
        raise ValueError(f"“{spelled}” is not an address a browser would open.") from None


@dataclass(frozen=True, slots=True)
class Scope:
    """What belongs to the site: same host and port; http and https are one at their own ports."""

    hosts: tuple[str, ...]  # as WHATWG writes them, with the port only where it is not the scheme's
    below: tuple[str, ...]  # ".example.com:8080" where subdomains belong to it
    prefixes: tuple[str, ...]

    def holds(self, url: str) -> bool:
        """Whether this address, as the standard writes it, is in scope; never where it is none."""
        if url.startswith(self.prefixes):
            return True
        if not url.startswith(("http://", "https://")):
            return False
        try:
            host = URL(url).host
        except ValueError:
            return False
        return host in self.hosts or host.endswith(self.below)

    def joined(self, other: Scope) -> Scope:
        """Both of them as one."""
        return Scope(
            tuple(dict.fromkeys(self.hosts + other.hosts)),
            tuple(dict.fromkeys(self.below + other.below)),
            tuple(dict.fromkeys(self.prefixes + other.prefixes)),
        )


def scope_of(site: str, subdomains: bool = False) -> Scope:
    """The scope of a `clean_site` address."""
    url = URL(site)
    host = url.host
    if subdomains and not re.fullmatch(r"[\d.]+|\[.*\]", url.hostname):
        host = url.host.removeprefix("www.")
        return Scope((host,), (f".{host}",), (f"http://{host}/", f"https://{host}/"))
    return Scope((host,), (), (f"http://{host}/", f"https://{host}/"))


def is_twin(one: str, other: str) -> bool:
    """Whether two addresses are of one name, `www.`, port and scheme aside."""
    try:
        names = {URL(url).hostname.removeprefix("www.") for url in (one, other)}
    except ValueError:
        return False
    return len(names) == 1


def is_private(url: str) -> bool:
    """Whether an address is written as one of this machine or of a private network."""
    try:
        name = URL(url).hostname
        own = name == "localhost" or name.endswith(".localhost")
        return own or not ipaddress.ip_address(name.strip("[]")).is_global
    except ValueError:
        return False


def origin_of(url: str) -> str:
    """`https://example.com:8080` of an absolute http(s) address."""
    return url[: url.find("/", 8)]


def has_credentials(url: str) -> bool:
    """Whether an absolute address carries a user name, which the crawler will not send."""
    return "@" in origin_of(url)


@dataclass(frozen=True, slots=True)
class Refused:
    """A link that cannot be one: why, and the beginning of what was written."""

    reason: str
    text: str


class Resolver:
    """Makes a page's links absolute, and remembers: pages of one folder repeat each other."""

    def __init__(self, scope: Scope, url_chars: int) -> None:
        self._scope = scope
        self._longest = url_chars
        self._folders: dict[str, dict[str, str | Refused | None]] = {}
        self._remembered = 0

    def base(self, page: str, href: str | None) -> str:
        """The address that links on a page are relative to, given its first `<base href>`."""
        if href is None:
            return page
        try:
            base = join_url(page, href).partition("#")[0]
        except ValueError:
            return page
        return page if base.startswith(("data:", "javascript:")) else str(base)

    def leads_on(self, url: str) -> bool:
        """Whether an absolute address may join the frontier: in scope, and not absurdly long."""
        return len(url) <= self._longest and self._scope.holds(url)

    def absolute(self, base: str, href: str) -> str:
        """`href` as an absolute address without its fragment. Raises ValueError."""
        return str(join_url(base, href.partition("#")[0]))

    def targets(self, base: str, hrefs: list[str]) -> list[str | Refused | None]:
        """For each href: its address in scope, None where it leads out of it, or Refused."""
        folder = self._folder(base)
        found = []
        for href in hrefs:
            if href in folder:
                found.append(folder[href])
                continue
            target = self._target(base, href)
            found.append(target)
            if _depends_on_folder_alone(href):
                folder[href] = target
                self._remembered += 1
        return found

    def _folder(self, base: str) -> dict[str, str | Refused | None]:
        if self._remembered > _REMEMBERED:
            self._folders.clear()
            self._remembered = 0
        path = base.partition("?")[0]
        return self._folders.setdefault(path[: path.rfind("/") + 1] or base, {})

    def _target(self, base: str, href: str) -> str | Refused | None:
        if len(href) > self._longest * 4:
            return Refused("longer than an address may be", href[:200])
        try:
            url = join_url(base, href)
        except ValueError:
            return Refused("not an address", href[:200])
        if not self._scope.holds(url):
            return None
        if len(url) > self._longest:
            return Refused("longer than an address may be", href[:200])
        return str(url)


def _depends_on_folder_alone(href: str) -> bool:
    # “”, “?q” and “http:?q” are resolved against the whole address of the page; all other
    # spellings only against its folder.
    first = href.lstrip(_BLANK)[:1]
    return bool(first) and first != "?" and (":" not in href or "://" in href.partition("?")[0])
