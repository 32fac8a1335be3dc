"""`cardloom botify-emulator`: Botify's API on this machine, from the demo or a crawl of yours."""

import tempfile
from pathlib import Path

import click

from cardloom import crawl
from cardloom.errors import Missing


@click.command("botify-emulator")
@click.option("--demo", is_flag=True, help="Serve made-up projects.")
@click.option(
    "--from",
    "folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Serve a crawl of yours: links.csv and meta.csv, else crawl.sqlite.",
)
@click.option(
    "--port", default=5080, show_default=True, type=click.IntRange(0, 65535), help="0: any."
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME[,…]",
    help="Make something go wrong; may be repeated. The help page Botify lists what.",
)
def emulator(demo: bool, folder: Path | None, port: int, faults: tuple[str, ...]) -> None:
    """Emulate Botify's API on 127.0.0.1, for trying things out without an account."""
    if demo == (folder is not None):
        raise Missing("Say what to serve: --demo or --from FOLDER, one of them.")
    # It brings aiohttp's server, which the help of all commands should not wait for.
    from cardloom.apps.botify.emulator import run_emulator

    if folder is None:
        run_emulator(faults=faults, port=port, say=_say)
        return
    with tempfile.TemporaryDirectory(prefix="cardloom-botify-") as spare:
        links, meta = _files(folder, Path(spare))
        run_emulator(links, meta, faults=faults, port=port, say=_say)


def _say(line: str) -> None:
    click.echo(line)


def _files(folder: Path, spare: Path) -> tuple[Path, Path]:
    """links.csv and meta.csv of a crawl; written to `spare` where only its database is there."""
    links, meta = folder / "links.csv", folder / "meta.csv"
    if links.is_file() and meta.is_file():
        return links, meta
    database = folder / "crawl.sqlite"
    if not database.is_file():
        raise Missing(f"{folder} holds no crawl: neither links.csv with meta.csv nor crawl.sqlite.")
    made = spare / "links.csv", spare / "meta.csv"
    crawl.write_links(database, made[0])
    crawl.write_meta(database, made[1])
    return made
