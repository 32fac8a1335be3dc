"""What a person says about a run: a title, tags, and whether it is put away.

    runs/bridge/ada/about.json    {"title": "The good one", "tags": ["client"], "archived": true}

Labels are no part of what happened, so they are not in the journal. The file may come from
elsewhere: what is not as it should be is left out, with a word.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from cardloom.disk import write_private
from cardloom.errors import Missing
from cardloom.types import Json

NAME = "about.json"
LONGEST_TITLE = 200  # characters
LONGEST_TAG = 40  # characters
MOST_TAGS = 20
MOST_BYTES = 65_536


@dataclass(frozen=True)
class About:
    """A run's labels. `trouble` is a sentence where the file could not be used."""

    title: str = ""
    tags: tuple[str, ...] = ()
    archived: bool = False
    trouble: str = ""

    def named(self, title: str) -> "About":
        """With this title; an empty one takes the title away."""
        return replace(self, title=clean_title(title))

    def tagged(self, add: Iterable[str] = (), remove: Iterable[str] = ()) -> "About":
        """With the tags `add`, without the tags `remove`."""
        gone = {clean_tag(tag) for tag in remove}
        kept = [tag for tag in self.tags if tag not in gone]
        tags = tuple(dict.fromkeys([*kept, *(clean_tag(tag) for tag in add)]))
        if len(tags) > MOST_TAGS:
            raise Missing(f"A run has at most {MOST_TAGS} tags; this would be its {len(tags)}th.")
        return replace(self, tags=tags)


def clean_title(text: str) -> str:
    """The title on one line; Missing when it is too long."""
    line = " ".join(text.split())
    if len(line) > LONGEST_TITLE:
        raise Missing(f"A title has at most {LONGEST_TITLE} characters; this one has {len(line)}.")
    return line


def clean_tag(text: str) -> str:
    """The tag in small letters; Missing when it can't be one."""
    tag = " ".join(text.split()).lower()
    if not tag or len(tag) > LONGEST_TAG or "," in tag or tag[0] in "+-" or not tag.isprintable():
        raise Missing(
            f"{text[:60]!r} can't be a tag. A tag has 1 to {LONGEST_TAG} characters, no comma, and "
            "does not begin with + or -."
        )
    return tag


def split_tags(text: str) -> list[str]:
    """The tags in a line like `client, good`."""
    return [part for part in text.split(",") if part.strip()]


def read_about(folder: Path) -> About:
    """The labels of the run in `folder`; blank ones, with a word, where its file is not right."""
    path = folder / NAME
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return About()
    except OSError as error:
        return About(trouble=_ignored(error.strerror or type(error).__name__))
    if len(data) > MOST_BYTES:
        return About(trouble=_ignored(f"it is larger than {MOST_BYTES:,} bytes"))
    try:
        return _checked(json.loads(data))
    except Missing as error:
        return About(trouble=_ignored(str(error).rstrip(".")))
    except (ValueError, RecursionError):
        return About(trouble=_ignored("it is not JSON"))


def _ignored(why: str) -> str:
    return f"{NAME} is left out: {why}."


def _checked(found: Json) -> About:
    if not isinstance(found, dict):
        raise Missing("it is not an object.")
    title, tags = found.get("title", ""), found.get("tags", [])
    archived = found.get("archived", False)
    if not isinstance(title, str):
        raise Missing("its title is not text.")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Missing("its tags are not a list of texts.")
    if not isinstance(archived, bool):
        raise Missing("archived is neither true nor false.")
    return About(clean_title(title), archived=archived).tagged(tags)


def write_about(folder: Path, about: About) -> None:
    """Keep the labels, whole or not at all; without any there is no file."""
    path = folder / NAME
    if about == About():
        path.unlink(missing_ok=True)
        return
    told = {"title": about.title, "tags": list(about.tags), "archived": about.archived}
    write_private(path, json.dumps(told, ensure_ascii=True, indent=1) + "\n")
