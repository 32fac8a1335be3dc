"""The account that a workspace is connected with: whose it is, where its API is, which projects it has.

It stands in `.cardloom/botify.json`. The token is not in it: that is the secret `botify`, and it goes
to no other address than the one it was checked at.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cardloom.botify.address import API, ProjectAddress, clean_base, clean_project_url
from cardloom.disk import write_private

API_SECRET = "botify"  # noqa: S105 - the secret's name
MOST = 1000  # projects that are remembered, to be suggested


@dataclass(frozen=True, slots=True)
class Account:
    """Whose token it is (`username`, `name`), the API's address `base`, the addresses of `projects`."""

    username: str
    name: str = ""
    base: str = API
    projects: tuple[str, ...] = ()


def clean_api(text: str) -> str:
    """The API's base address as a person wrote it: empty is Botify's own, /v1 may be left out.

    ValueError, as a sentence for the field, for what is no address or where a token would travel
    openly.
    """
    given = text.strip().rstrip("/")
    if not given:
        return API
    base = clean_base(given if "://" in given else f"https://{given}")
    return base if urlsplit(base).path.strip("/") else f"{base}/v1"


def read_account(workspace: Path) -> Account | None:
    """The account that this workspace is connected with, None where it is with none."""
    try:
        told = json.loads(_path(workspace).read_text(encoding="utf-8"))
        projects = tuple(url for each in told["projects"] if (url := clean_or_empty(str(each))))
        base = clean_base(str(told["base"]))
        return Account(str(told["username"]), str(told["name"]), base, projects)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_account(workspace: Path, account: Account | None) -> None:
    """Remember an account; None forgets it."""
    if account is None:
        _path(workspace).unlink(missing_ok=True)
        return
    told = {
        "username": account.username,
        "name": account.name,
        "base": account.base,
        "projects": list(account.projects),
    }
    write_private(_path(workspace), json.dumps(told, indent=1))


def read_candidates(path: Path) -> list[ProjectAddress]:
    """The projects in a list that a person keeps: a line for an organisation, indented ones below it.

    Empty lines, `#` comments and whatever says "ad hoc" are left out, an ad hoc organisation with all
    its projects; so is what can't be a project's name. [] where there is no such file.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return []
    found: dict[str, ProjectAddress] = {}
    org = ""
    for line in lines:
        name = line.strip().lstrip("-*• ").rstrip(":").strip()
        if not name or name.startswith("#"):
            continue
        temporary = "ad hoc" in name.lower().replace("-", " ").replace("_", " ")
        if not line[:1].isspace():
            org = "" if temporary else name
        elif org and not temporary and (url := clean_or_empty(f"{org}/{name}")):
            found.setdefault(url, clean_project_url(url))
    return list(found.values())


def clean_or_empty(url: str) -> str:
    """The canonical address of a project; "" for what is none."""
    try:
        return clean_project_url(url).url
    except ValueError:
        return ""


def _path(workspace: Path) -> Any:
    return workspace / ".cardloom" / "botify.json"
