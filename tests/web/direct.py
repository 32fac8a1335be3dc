"""The guarded app, called without a server or a socket."""

import asyncio
from urllib.parse import unquote

from cardloom.web.app import build
from cardloom.workspace import Workspace

PORT = 5001


class App:
    """The guarded app, called as a server calls it, with no socket between."""

    def __init__(self, folder):
        self.runner = asyncio.Runner()
        workspace = Workspace(folder).make()
        self.app, self.context = self.runner.run(self._build(workspace))
        self.workspace = workspace

    async def _build(self, workspace):
        return build(workspace, PORT, "token")

    def call(self, method, path, headers=(), body=b""):
        return self.runner.run(self._call(method, path, headers, body))

    async def _call(self, method, target, headers, body):
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": unquote(path),
            "raw_path": path.encode("latin-1", "replace"),
            "query_string": query.encode("latin-1", "replace"),
            "root_path": "",
            "scheme": "http",
            "server": ("127.0.0.1", PORT),
            "client": ("127.0.0.1", 1),
            "headers": [
                (b"host", b"127.0.0.1:%d" % PORT),
                (b"x-cardloom-token", b"token"),
                *headers,
            ],
        }
        told = {"body": b""}
        inbox = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive():
            return inbox.pop() if inbox else {"type": "http.disconnect"}

        async def send(message):
            if message["type"] == "http.response.start":
                told["status"] = message["status"]
                told["headers"] = dict(message["headers"])
            else:
                told["body"] += message.get("body", b"")

        await asyncio.wait_for(self.app(scope, receive, send), 10)
        return told["status"], told["headers"], told["body"].decode("utf-8", "replace")

    def journals(self):
        return {p: p.read_bytes() for p in self.workspace.runs.rglob("journal*.jsonl")}

    def close(self):
        async def stop():
            await self.context.jobs.close()
            self.context.store.close()

        self.runner.run(stop())
        self.runner.close()
