"""Addresses: which project a pasted URL means, and what counts as the same server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

API = "https://api.botify.com/v1"
APP = "app.botify.com"
ANALYSIS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:-(\d+))?")
_NAME = re.compile(r"[\w.~@+-]{1,200}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PAGES = frozenset({"account", "login", "logout", "signup", "api", "static", "admin"})


@dataclass(frozen=True, slots=True)
class ProjectAddress:
    """`org` (an organisation's slug or a login), `slug` of the project, the canonical `url`, and
    the `analysis` the pasted address pointed at, "" if none."""

    org: str
    slug: str
    url: str
    analysis: str = ""


def clean_project_url(text: str) -> ProjectAddress:
    """The project that any address of the Botify app means; `org/project` will do as well.

    Takes the first two parts of the path as organisation and project, in whatever page of the app
    it was copied. Raises ValueError, as a sentence for the field.
    """
    given = text.strip()
    if not given:
        raise ValueError("Paste the address of your project in Botify, as your browser shows it.")
    if any(not c.isprintable() or c.isspace() for c in given):
        raise ValueError("A project's address has no spaces in it. Copy it again from the browser.")
    path, query, fragment = _taken_apart(given)
    parts = [unquote(part) for part in path.split("/") if part]
    if len(parts) < 2 or parts[0] in _PAGES:
        raise ValueError(
            f"This address names no project. It should look like https://{APP}/organisation/project/."
        )
    org, slug = parts[:2]
    for part in (org, slug):
        if not _NAME.fullmatch(part) or part.strip(".") == "":
            raise ValueError(f"{part[:60]!r} can't be an organisation or project of Botify.")
    analysis = parts[2] if len(parts) > 2 else ""
    if not ANALYSIS.fullmatch(analysis):
        asked = parse_qs(query) or parse_qs(fragment.partition("?")[2])
        analysis = (asked.get("analysisSlug") or [""])[0]
    known = analysis if ANALYSIS.fullmatch(analysis) else ""
    return ProjectAddress(org, slug, f"https://{APP}/{org}/{slug}/", known)


def _taken_apart(given: str) -> tuple[str, str, str]:
    """(path, query, fragment) of an address of the app, with or without scheme and host."""
    if re.fullmatch(r"[^/?#:]+/[^/?#]+/?", given) and not given.lower().startswith(APP):
        return given, "", ""
    with_scheme = given if "://" in given else f"https://{given.lstrip('/')}"
    try:
        found = urlsplit(with_scheme)
        host, port = (found.hostname or "").rstrip("."), found.port
    except ValueError:
        raise ValueError("This is not an address. Copy it again from the browser.") from None
    if found.scheme not in ("http", "https"):
        raise ValueError(f"A project's address begins with https://{APP}/.")
    if host != APP or port not in (None, 80, 443) or found.username or found.password:
        raise ValueError(
            f"A project's address begins with https://{APP}/; this one leads to "
            f"{host[:80] or 'nowhere'}."
        )
    return found.path, found.query, found.fragment


def clean_base(url: str) -> str:
    """The API's base address without a last slash. ValueError where a token would travel openly."""
    found = urlsplit(url.strip())
    if found.scheme not in ("http", "https") or not found.hostname:
        raise ValueError(f"The API's address should look like {API}.")
    if found.username or found.password or found.query or found.fragment:
        raise ValueError("The API's address has no user name, no ? and no #.")
    if found.scheme == "http" and found.hostname not in _LOOPBACK:
        raise ValueError("The API's address must be https: a token would travel openly.")
    return url.strip().rstrip("/")


def origin(url: str) -> tuple[str, str, int]:
    """(scheme, host, port) of an absolute address; empty parts where it is none."""
    try:
        found = urlsplit(url)
        port = found.port or {"http": 80, "https": 443}.get(found.scheme, 0)
    except ValueError:
        return "", "", 0
    return found.scheme, (found.hostname or "").lower(), port
