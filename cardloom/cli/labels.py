"""`cardloom title`, `tag`, `archive` and `unarchive`: what you say about a run, beside its journal."""

from dataclasses import replace

import click

from cardloom.cli.group import store_at, workspace_option
from cardloom.errors import Missing


@click.command()
@click.argument("run_name", metavar="RUN")
@click.argument("text", metavar="TITLE")
@workspace_option
def title(run_name: str, text: str, workspace: str | None) -> None:
    """Give RUN a TITLE, shown beside its key. An empty one ("") takes it away."""
    store = store_at(workspace)
    opened = store.by_name(run_name)
    about = store.label(opened, lambda about: about.named(text))
    said = f"is called “{about.title}”" if about.title else "has no title"
    click.echo(f"{opened.name} {said}.")


# A tag to take away may begin with any letter: no short option may be in its way.
@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@click.argument("run_name", metavar="RUN")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="+TAG|-TAG…")
@click.option("--workspace", metavar="DIR", help="The workspace. Default: as for the others.")
def tag(run_name: str, words: tuple[str, ...], workspace: str | None) -> None:
    """Add tags to RUN (+client) and take tags away (-draft)."""
    for word in words:
        if word[:1] not in ("+", "-"):
            raise Missing(f"{word!r} neither adds nor takes away. Write +{word} or -{word}.")
    store = store_at(workspace)
    opened = store.by_name(run_name)
    add = [word[1:] for word in words if word[0] == "+"]
    remove = [word[1:] for word in words if word[0] == "-"]
    about = store.label(opened, lambda about: about.tagged(add, remove))
    click.echo(
        f"{opened.name} has {'the tags ' + ', '.join(about.tags) if about.tags else 'no tags'}."
    )


@click.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
def archive(run_name: str, workspace: str | None) -> None:
    """Put RUN away: lists leave it out, nothing else changes."""
    _archive(run_name, workspace, True)


@click.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
def unarchive(run_name: str, workspace: str | None) -> None:
    """Take RUN back among the others."""
    _archive(run_name, workspace, False)


def _archive(run_name: str, workspace: str | None, archived: bool) -> None:
    store = store_at(workspace)
    opened = store.by_name(run_name)
    store.label(opened, lambda about: replace(about, archived=archived))
    click.echo(f"{opened.name} is {'archived' if archived else 'among the others again'}.")
