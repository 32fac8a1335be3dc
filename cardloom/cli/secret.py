"""`cardloom secret`: keep or forget a secret; its value is never taken from the call itself."""

import sys

import click

from cardloom.cli.group import workspace_at, workspace_option
from cardloom.errors import Missing
from cardloom.workspace import Secrets


@click.command()
@click.argument("name")
@workspace_option
@click.option("--forget", is_flag=True, help="Forget it.")
def secret(name: str, workspace: str | None, forget: bool) -> None:
    """Keep a secret for cards that ask for it with run.secret(NAME)."""
    place = workspace_at(workspace)
    if forget:
        value = ""
    elif sys.stdin.isatty():
        value = click.prompt(f"Value of {name}", hide_input=True)
    else:
        value = sys.stdin.readline().strip()
        if not value:
            raise Missing(
                f"Nothing came in for {name}. Pipe its value in, or call it on a terminal."
            )
    Secrets(place).set(name, value)
    click.echo(f"{name} is {'forgotten' if forget else 'kept, readable by you alone'}.")
