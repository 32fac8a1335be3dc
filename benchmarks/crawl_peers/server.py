"""Serves a folder of files from memory on 127.0.0.1, as fast as plain asyncio goes.

`server.py FOLDER PORT`. Counts what is asked: GET /-asked- tells {path: times} and forgets it.
Made for benchmarks: it knows GET, keep-alive and nothing else.
"""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript"}


class Answers:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked: Counter[str] = Counter()
        self.kept: dict[str, bytes] = {}

    def answer(self, target: str) -> bytes:
        if target == "/-asked-":
            told = json.dumps(self.asked).encode()
            self.asked.clear()
            return message("200 OK", "application/json", told)
        self.asked[target] += 1
        path = target.partition("?")[0]
        if path not in self.kept:
            self.kept[path] = self.read(path)
        return self.kept[path]

    def read(self, path: str) -> bytes:
        file = (self.root / unquote(path).lstrip("/")).resolve()
        if not file.is_relative_to(self.root):
            return message("403 Forbidden", "text/plain", b"no")
        if file.is_dir() and not path.endswith("/"):
            return message("301 Moved", "text/plain", b"", f"Location: {path}/\r\n")
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file():
            return message("404 Not Found", "text/html", b"<h1>not found</h1>")
        return message(
            "200 OK", TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes()
        )


def message(status: str, content_type: str, body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{more}\r\n".encode() + body


class Connection(asyncio.Protocol):
    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.read += data
        while b"\r\n\r\n" in self.read:
            head, _, self.read = self.read.partition(b"\r\n\r\n")
            self.transport.write(self.answers.answer(head.split(b" ", 2)[1].decode()))


async def main(root: Path, port: int) -> None:
    answers = Answers(root.resolve())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
