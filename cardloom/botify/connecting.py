"""Asking Botify as the account of a workspace: checking a token, and the client for its API.

Apart from the account itself, which the first page reads and which needs no client for that.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cardloom.botify.account import MOST, Account, clean_or_empty, read_account
from cardloom.botify.address import API
from cardloom.botify.client import Client
from cardloom.botify.curl import Call
from cardloom.botify.errors import BotifyError


async def connect(token: str, base: str = API) -> Account:
    """Whose token it is, asked at `base`, and the projects it opens; nothing is kept.

    ValueError for a token or an address that cannot be one, the client's errors for a refusal. A list
    of projects that cannot be had is empty: the token works without it.
    """
    async with Client(token, base) as client:
        profile = await client.profile()
        try:
            projects = await client.projects(profile.username)
        except BotifyError:
            projects = []
    urls = tuple(url for project in projects if (url := clean_or_empty(project.url)))
    return Account(profile.username, profile.name, base, urls[:MOST])


def open_client(
    token: str, workspace: Path, on_call: Callable[[Call], object] | None = None
) -> Client:
    """A client for the API that this workspace is connected with; Botify's own where it is with none."""
    account = read_account(workspace)
    return Client(token, account.base if account else API, on_call=on_call)
