"""A run's key, which may be any text, and its folder's name, which may not.

A plain key is its own folder name. Any other becomes a readable rest and a hash, so that every two
keys have two folders, on every file system: `Ada` and `ada`, `CON`, `a/b`, `../..`, an emoji. Keys
that look the same are one key: composed and decomposed letters, invisible marks, kinds of space.
"""

import hashlib
import re
import unicodedata

from cardloom.engine import Workflow
from cardloom.engine.events import LONGEST_KEY
from cardloom.errors import Missing

_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


_JOINERS = "\u200c\u200d"  # invisible, and part of how Persian and some emoji are written


def one_form(key: str) -> str:
    """The key as it is kept: composed letters (NFC), single spaces, no zero-width or direction marks."""
    shown = (
        c
        for c in unicodedata.normalize("NFC", key)
        if unicodedata.category(c) != "Cf" or c in _JOINERS
    )
    return " ".join("".join(shown).split())


def folder_of(key: str) -> str:
    """The folder of the run with this key: the same for every key that looks the same."""
    plain = one_form(key)
    return folder_name(re.sub(rf"[{_JOINERS}\ufe00-\ufe0f]", "", plain) or plain)


def earlier_folders(key: str) -> list[str]:
    """Folders that the key, as typed here or elsewhere, had before keys had one form."""
    typed = key.strip()
    forms = (typed, *(unicodedata.normalize(form, typed) for form in ("NFC", "NFD")))
    return list(dict.fromkeys(map(folder_name, forms)))


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
    key = one_form(key)
    if not key.strip(_JOINERS):
        raise Missing("Give the run a name: your own words for finding it again.")
    if len(key) > LONGEST_KEY:
        raise Missing(f"A run's name has at most {LONGEST_KEY:,} characters.")
    if workflow.clean_key is None:
        return key
    try:
        return workflow.clean_key(key)
    except ValueError as error:
        raise Missing(str(error)) from error
