"""Serving: one server a workspace, on this machine only, until it is told to stop."""

import asyncio
import json
import logging
import os
import secrets
import socket
import threading
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import uvicorn

from cardloom.disk import write_private
from cardloom.errors import Missing, Refused
from cardloom.journal import FileLock
from cardloom.web import watchdog
from cardloom.web.app import build
from cardloom.workspace import Workspace

HOST = "127.0.0.1"
# Seconds until an idle connection is closed. A request that is sent at that very moment is lost, and
# not every client sends it again: a busy server met that each time with uvicorn's five.
KEEP_ALIVE = 75


def take_workspace(workspace: Workspace) -> FileLock:
    """The claim of the one server of this workspace; Refused says who holds it."""
    claim = FileLock(workspace.private / "server.lock")
    if claim.take():
        return claim
    held = running_server(workspace)
    where = f" at {held['address']} (process {held['pid']})" if held else ""
    raise Refused(
        f"Another Cardloom serves {workspace.root} already{where}. Use that one, or stop it first."
    )


def running_server(workspace: Workspace) -> dict[str, Any] | None:
    """What the server of this workspace said of itself: address, pid, token; None if unknown."""
    try:
        found = json.loads((workspace.private / "server.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _listen(port: int) -> socket.socket:
    # Named TCP, so that asyncio turns Nagle's algorithm off: else an answer may wait 40 ms for the
    # browser's acknowledgement of the one before.
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # on Windows it would let a second server take the port
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
    except OSError as error:
        made.close()
        raise Missing(
            f"Port {port} is taken or not allowed ({error.strerror}). Choose another with --port, "
            f"for instance --port {port + 1 if 1024 < port < 65000 else 5002}."
        ) from error
    return made


class _Server(uvicorn.Server):
    """uvicorn, telling when it is ready and letting go of open streams when it ends."""

    def __init__(self, config: uvicorn.Config, ready: Any, ending: Any, ended: Any) -> None:
        super().__init__(config)
        self._ready, self._ending, self._ended = ready, ending, ended

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals without raising them again at the end: what follows is ours to do."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        with watchdog.signals(self.handle_exit, self._ended):
            yield

    def handle_exit(self, sig: int, frame: Any) -> None:
        self._ending()
        super().handle_exit(sig, frame)


def serve(
    workspace: Workspace,
    port: int,
    *,
    open_browser: bool,
    say: Any = print,
    shipped: Sequence[str] = (),
) -> int:
    """Serve `workspace` on 127.0.0.1 until interrupted; the exit code. `shipped` names modules of apps."""
    workspace.make()
    claim = take_workspace(workspace)
    try:
        listening = _listen(port)
        port = listening.getsockname()[1]
        address = f"http://{HOST}:{port}"
        token = secrets.token_urlsafe(32)
        app, context = build(workspace, port, token, shipped)
        about = {"address": address, "pid": os.getpid(), "token": token}
        write_private(workspace.private / "server.json", json.dumps(about))

        def gone() -> None:
            (workspace.private / "server.json").unlink(missing_ok=True)

        def ready() -> None:
            say(f"Cardloom is at {address}   (workspace {workspace.root}, Ctrl+C stops it)")
            if open_browser and _has_browser():
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

        logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
        logging.getLogger("uvicorn.error").addFilter(_tells)
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="httptools",
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=KEEP_ALIVE,
        )
        watchdog.take_no_input()
        watchdog.tie_forks(listening.fileno())
        server = _Server(config, ready, context.close, gone)
        server.run(sockets=[listening])
        say("Stopped. Everything is in the journals.")
        return 0
    finally:
        (workspace.private / "server.json").unlink(missing_ok=True)
        claim.free()


def _tells(record: logging.LogRecord) -> bool:
    """Whether uvicorn says something that a person needs. A download that is cut off because the
    server was stopped is what they asked for."""
    cut = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cut and not str(record.msg).startswith("Cancel %s running task")


def _has_browser() -> bool:
    """Whether a page would open where the person sees it: not over SSH, not without a screen."""
    if os.environ.get("SSH_CONNECTION") or os.environ.get("CI"):
        return False
    if os.name == "posix" and os.uname().sysname == "Linux":
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True
