"""`cardloom botify-connect`: the Connect page from a terminal; the token comes by standard input."""

import asyncio
import sys

import click

from cardloom import botify
from cardloom.errors import Missing
from cardloom.workspace import Secrets
from cardloom.workspace.option import workspace_at, workspace_option


@click.command("botify-connect")
@workspace_option
@click.option("--api", default="", metavar="URL", help="The API's address. Default: Botify's own.")
@click.option("--forget", is_flag=True, help="Forget the token and the account.")
def connect(workspace: str | None, api: str, forget: bool) -> None:
    """Check a Botify token and keep it for the Link Graph workflow."""
    place = workspace_at(workspace)
    if forget:
        Secrets(place).set(botify.API_SECRET, "")
        botify.keep_account(place.root, None)
        click.echo("The token and the account are forgotten. What was exported stays.")
        return
    given = click.prompt("Token", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    try:
        token = botify.clean_token(given)
        account = asyncio.run(botify.connect(token, botify.clean_api(api)))
    except ValueError as error:
        raise Missing(str(error)) from error
    Secrets(place).set(botify.API_SECRET, token)
    botify.keep_account(place.root, account)
    click.echo(f"Connected as {account.username}, with {len(account.projects)} projects.")
