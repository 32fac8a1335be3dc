"""`cardloom demo`: the main job with no person and no network, from an empty folder to a link graph.

Starts the app, has it crawl its own help pages through Web Angiogram by the same button that the
first page offers, waits for the run, and prints what came out and where the files are.
"""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import click

from cardloom.catalog import Catalog
from cardloom.engine.status import CardStatus
from cardloom.errors import CardloomError
from cardloom.runs import Run
from cardloom.workspace import PORT, RunStore, Workspace, find_workspace, status
from cardloom.workspace.option import workspace_option

PATIENCE = 120.0  # seconds until the demo says that something is wrong


class DemoFailed(CardloomError):
    """The demo did not come to its end; the text says how far it came."""


@click.command()
@workspace_option
@click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0: any."
)
def demo(workspace: str | None, port: int) -> None:
    """Crawl Cardloom's own help pages, print what came out, and stop."""
    sys.exit(run_demo(find_workspace(workspace), port))


def run_demo(workspace: Workspace, port: int, say: Callable[[str], Any] = print) -> int:
    """Run the demo in `workspace` with a server of its own; 0, or 1 with a sentence."""
    workspace.make()
    command = [sys.executable, "-m", "cardloom", "serve", "--no-open"]
    command += ["--workspace", str(workspace.root), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
    try:
        assert server.stdout is not None
        first = server.stdout.readline().strip()
        if not first:
            raise DemoFailed("The app did not start; its own words stand above.")
        say(first)
        about = json.loads((workspace.private / "server.json").read_text(encoding="utf-8"))
        _summarise(_wait(_begin(about, workspace)), say)
        return 0
    except CardloomError as error:
        say(str(error))
        return 1
    finally:
        server.terminate()
        server.wait(10)


def _begin(about: dict[str, Any], workspace: Workspace) -> Run:
    host = about["address"].removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request("POST", "/demo", headers={"X-Cardloom-Token": about["token"]})
    reply = connection.getresponse()
    place = reply.getheader("location", "")
    connection.close()
    if reply.status != 303:
        raise DemoFailed(f"The app answered {reply.status} to the demo's button.")
    _, _, workflow, name = place.split("/")
    return RunStore(workspace, Catalog(workspace.root)).find(workflow, name)


def _wait(run: Run) -> Run:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        now = status(run)
        if now == "done":
            return run
        if now == "stopped":
            failed = [c.error for c in run.state().cards.values() if c.status == CardStatus.FAILED]
            raise DemoFailed(f"The demo stopped. {' '.join(failed)}")
        time.sleep(0.1)
    raise DemoFailed(f"The demo is not done after {PATIENCE:g} seconds; it is {status(run)}.")


def _summarise(run: Run, say: Callable[[str], Any]) -> None:
    found = run.value("summary")
    say(f"\nCrawled {found['site']} in {found['seconds']:.1f} s:")
    say(f"  {found['pages']} pages, {found['links']} links, {found['broken']['total']} broken")
    depths = ", ".join(f"{count} at {depth}" for depth, count in found["depths"].items())
    say(f"  pages by clicks from the first: {depths}")
    for page in found["top"][:5]:
        say(f"  {page['pagerank']:.3f}  {page['title'] or page['url']}")
    say("\nFiles:")
    for card in ("links", "meta"):
        say(f"  {run.value(card)['file']}")
    say(f"  {run.value('graph')}")
    say(f"  {run.journal.path}")
    say("\nThe run is kept. Serve this workspace to see it with its map: `make run`.")
