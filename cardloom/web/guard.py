"""The one outer layer: what may reach the app at all, and what every answer carries.

Any page that the person visits may send requests to localhost. So, for HTTP and WebSocket alike
and before routing: (1) only our own names in Host, which ends DNS rebinding; (2) whatever may
change something must come from our own pages, or carry the token that only this user can read;
(3) a GET changes nothing, which the routes keep, and is answered to another site's page only where
the person goes there. Deny by default. A browser's question whether it
may read what the person shared (OPTIONS, below /share/ alone) is passed on: it changes nothing.
"""

import hmac
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD"})
METHODS = SAFE_METHODS | {"POST"}
SHARED = "/share/"
TOKEN_HEADER = "x-cardloom-token"  # noqa: S105 - the header's name

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    # Not "no-referrer": with it browsers send `Origin: null` from our own forms, which we refuse.
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    # A page from the history must not show what has changed since.
    "cache-control": "no-store",
}


class Guard:
    """Refuses what does not come from this app's own pages or its own user."""

    def __init__(self, app: ASGIApp, port: int, token: str, names: Iterable[str] = ()) -> None:
        self.app = app
        self._token = token
        hosts = {"localhost", "127.0.0.1", "[::1]", *names}
        self._hosts = {f"{host}:{port}".encode() for host in hosts}
        if port == 80:
            self._hosts |= {host.encode() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if not refusal:
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(refusal, 403, HEADERS)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str:
        """Why the request is refused; empty when it may pass."""
        if scope["type"] not in ("http", "websocket"):
            return "Unknown kind of request."
        hosts = _all(scope, b"host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return "This address is not Cardloom's. Open it as http://127.0.0.1 with its port."
        method = scope.get("method", "GET")  # a WebSocket begins as a GET and may do anything
        if scope["type"] == "http":
            if method in SAFE_METHODS:
                return _foreign_look(scope)
            if method == "OPTIONS" and scope["path"].startswith(SHARED):
                return ""
            if method not in METHODS:
                return f"{method} is not used here."
        token = _all(scope, TOKEN_HEADER.encode())
        if len(token) == 1 and hmac.compare_digest(token[0], self._token.encode()):
            return ""
        if self._from_our_page(scope, hosts[0].lower()):
            return ""
        return "This was not sent by one of Cardloom's own pages, so it was refused."

    def _from_our_page(self, scope: Scope, host: bytes) -> bool:
        site, origin = _all(scope, b"sec-fetch-site"), _all(scope, b"origin")
        if len(site) > 1 or len(origin) > 1:
            return False
        if origin and not _same_origin(origin[0], host):
            return False  # also "null": a sandboxed frame, a file, a redirect across sites
        if site:
            return site[0] in (b"same-origin", b"none")
        return bool(origin)


def _foreign_look(scope: Scope) -> str:
    """Why a GET is refused: another site may lead to a page of ours, and may use none as a part.

    A picture, a script or a stream that a foreign page asks for reads nothing, since the browser
    keeps the answer from it, but it costs the server work. Source: the resource isolation policy of
    https://web.dev/articles/fetch-metadata. What the person shared is read by one foreign page.
    """
    site = _all(scope, b"sec-fetch-site")
    if all(each in (b"same-origin", b"none") for each in site) or scope["path"].startswith(SHARED):
        return ""
    if _all(scope, b"sec-fetch-mode") == [b"navigate"] and (
        _all(scope, b"sec-fetch-dest") in ([], [b"document"])
    ):
        return ""
    return "Another site's page asked for this, so it was refused."


def _same_origin(origin: bytes, host: bytes) -> bool:
    try:
        parts = urlsplit(origin.decode("ascii"))
    except ValueError:
        return False
    return parts.scheme == "http" and parts.netloc.lower().encode() == host


def _all(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key.lower() == name]


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: list[Any] = list(message.get("headers", []))
            present = {key.lower() for key, _ in headers}
            for name, value in HEADERS.items():
                if name.encode() not in present:
                    headers.append((name.encode(), value.encode()))
            message = {**message, "headers": headers}
        await send(message)

    return wrapped
