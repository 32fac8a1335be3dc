"""The host of finished files, on a port of its own as Botify's is another host. It needs no token:
it writes down every header it gets, and refuses who brings one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from cardloom.apps.botify.emulator.api import HTML, guarded
from cardloom.apps.botify.emulator.desk import DESK, Desk

_PIECE = 1 << 18


def make_file_host(desk: Desk) -> web.Application:
    app = web.Application(middlewares=[guarded])
    app[DESK] = desk
    app.router.add_get("/exports/{number}/{name}", _file)
    return app


async def _file(request: web.Request) -> web.StreamResponse:
    desk = request.app[DESK]
    desk.file_headers.append(dict(request.headers))
    if "Authorization" in request.headers:
        return web.Response(status=400, text="Only one auth mechanism allowed")
    number = request.match_info["number"]
    record = desk.ledger.jobs.get(int(number)) if number.isdigit() else None
    if record is None or not record.file.exists() or desk.faults.take("file", "expired"):
        return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
    if desk.faults.take("file", "file-500"):
        return web.Response(status=500)
    if desk.faults.take("file", "file-html"):
        return web.Response(text=HTML.format(title="Maintenance"), content_type="text/html")
    return await _send(request, desk, record.file)


async def _send(request: web.Request, desk: Desk, path: Path) -> web.StreamResponse:
    size = path.stat().st_size
    etag, begin, shift = f'"{path.stem}-{size}"', 0, 0
    headers = {"Content-Type": "application/octet-stream"}
    asked = request.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
    alone = desk.faults.take("file", "no-range") is not None
    if asked.isdigit() and not alone:
        begin = int(asked)
        if desk.faults.take("file", "changed"):
            etag = '"another"'
        if desk.faults.take("file", "changed-silently"):
            etag, shift = request.headers.get("If-Range", etag), 1
        if request.headers.get("If-Range") != etag:
            begin = 0
        if begin >= size:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    if not desk.faults.take("file", "no-validator"):
        headers["ETag"] = etag
        moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        headers["Last-Modified"] = moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
    if not alone:
        headers["Accept-Ranges"] = "bytes"
    if begin:
        headers["Content-Range"] = f"bytes {begin}-{size - 1}/{size}"
    if desk.faults.take("file", "file-gzip-coding"):
        headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(size - begin)
    response = web.StreamResponse(status=206 if begin else 200, headers=headers)
    await response.prepare(request)
    end = size
    if desk.faults.take("file", "cut"):
        end = begin + max(1, (size - begin) // 2)
    with path.open("rb") as file:
        # `changed-silently`: the bytes that come belong to another place of the file.
        file.seek(max(0, begin - 64 * shift))
        left = end - begin
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            await response.write(piece)
            left -= len(piece)
    if end < size and request.transport is not None:
        # What was written should arrive before the line breaks.
        request.transport.close()
        return response
    await response.write_eof()
    return response
