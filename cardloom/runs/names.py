"""A run's key, which may be any text, and its folder's name, which may not.

A plain key is its own folder name. Any other becomes a readable rest and a hash, so that every two
keys have two folders, on every file system: `Ada` and `ada`, `CON`, `a/b`, `../..`, an emoji.
"""

import hashlib
import re

from cardloom.engine import Workflow
from cardloom.errors import Missing

LONGEST_KEY = 8_000  # characters

_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


def folder_name(key: str) -> str:
    """The folder (and address) of the run with this key; only `[A-Za-z0-9._~-]`, at most 64 long."""
    if _PLAIN.fullmatch(key) and not _RESERVED.fullmatch(key) and ".." not in key:
        return key
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    readable = re.sub(r"[^A-Za-z0-9]+", "-", re.sub(r"^https?://", "", key[:80])).strip("-")
    return f"{readable[:48].rstrip('-') or 'run'}~{digest}"


def is_folder_name(name: str) -> bool:
    """Whether `name` could have come from `folder_name`: no path ever leaves the runs' folder."""
    return bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.~_-]{0,63}", name)) and ".." not in name


def clean_key(workflow: Workflow, key: str) -> str:
    """The key as the workflow wants it; Missing with the workflow's own words when it refuses."""
    key = key.strip()
    if not key:
        raise Missing("Give the run a name: your own words for finding it again.")
    if len(key) > LONGEST_KEY:
        raise Missing(f"A run's name has at most {LONGEST_KEY:,} characters.")
    if workflow.clean_key is None:
        return key
    try:
        return workflow.clean_key(key)
    except ValueError as error:
        raise Missing(str(error)) from error
