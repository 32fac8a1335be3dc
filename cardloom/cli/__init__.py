"""The command: serve a workspace, and do from a terminal whatever the page can do.

Exit codes: 0 done, 1 a card failed, 2 something is missing or wrong in the call, 3 refused.
A module for each noun; COMMANDS says where each command is.
"""

import io
import sys

import click

from cardloom.cli.group import Commands

COMMANDS = {
    "activity": "activity:activity",
    "answer": "answer:answer",
    "archive": "labels:archive",
    "backup": "backup:backup",
    "compare": "compare:compare",
    "compose": "compose:compose",
    "copy": "workflow:copy",
    "delete": "trash:delete",
    "diagram": "diagram:diagram",
    "export": "export:export",
    "fork": "fork:fork",
    "import": "export:import_",
    "insights": "insights:insights",
    "list": "show:list_",
    "log": "journal:log",
    "new": "workflow:new",
    "provenance": "provenance:provenance",
    "redo": "rewind:redo",
    "reindex": "show:reindex",
    "repair": "journal:repair",
    "replay": "replay:replay",
    "reproduce": "reproduce:reproduce",
    "restore": "backup:restore",
    "rewind": "rewind:rewind",
    "run": "run:run",
    "secret": "secret:secret",
    "serve": "serve:serve",
    "show": "show:show",
    "sweep": "sweep:sweep",
    "tag": "labels:tag",
    "title": "labels:title",
    "trash": "trash:trash",
    "unarchive": "labels:unarchive",
    "undelete": "trash:undelete",
    "undo": "rewind:undo",
    "verify": "journal:verify",
}

# Names of 0.1.0, which go with the release after the next one.
ALIASES = {"graph": "diagram", "rename": "title", "why": "provenance"}


@click.group(
    cls=Commands,
    places=COMMANDS,
    aliases=ALIASES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="cardloom", message="cardloom %(version)s")
def main() -> None:
    """Cardloom: fill in cards, let Python do the work, lose nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a key or a value may hold half a character
            stream.reconfigure(errors="backslashreplace")
