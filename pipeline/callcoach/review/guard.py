"""What every request must pass before the app sees it, and what every answer carries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY = "callcoach.body"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
FORM = "application/x-www-form-urlencoded"

_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: browsers then send "Origin: null" with a form, and whose form it is could
    # not be told.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}


class Guard:
    """Lets a request through that is meant for this app, and is no larger than it may be.

    - The ``Host`` must be one of ``hosts`` (400): a name of somebody else's that was made to point
      to this machine does not reach the app. The port may be another one: that of a tunnel.
    - A form must come from the app's own pages by what the browser says of it (403), must be a
      plain form (415) and no larger than ``max_body`` bytes (413).

    The form is handed on in the scope, under :data:`BODY`.
    """

    def __init__(self, app: App, hosts: frozenset[str], max_body: int) -> None:
        self._app = app
        self._hosts = hosts
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] != "http":
            return
        guarded = _with_headers(send)
        headers = {name.decode("latin-1").lower(): value for name, value in scope["headers"]}
        header = {name: value.decode("latin-1") for name, value in headers.items()}
        if _hostname(header.get("host", "")) not in self._hosts:
            await _refuse(guarded, 400, "This address is not one of this app.")
        elif scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, guarded)
        elif scope["method"] != "POST":
            await _refuse(guarded, 405, "This is not possible here.")
        elif not _own_page(header):
            await _refuse(guarded, 403, "This form did not come from a page of this app.")
        elif header.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            await _refuse(guarded, 415, "Only plain forms are taken.")
        else:
            body = await self._body(header, receive)
            if body is None:
                await _refuse(
                    guarded, 413, "This text is too long. Go back, make it shorter and save again."
                )
            else:
                scope[BODY] = body
                await self._app(scope, receive, guarded)

    async def _body(self, header: dict[str, str], receive: Receive) -> bytes | None:
        """The whole body, ``None`` where it is too large."""
        told = header.get("content-length", "")
        if told.isdigit() and int(told) > self._max_body:
            return None
        body: bytes = b""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body += bytes(message.get("body", b""))
            if len(body) > self._max_body:
                return None
            if not message.get("more_body", False):
                return body


def _hostname(host: str) -> str:
    """The name in a ``Host`` header, without its port; empty where it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _own_page(header: dict[str, str]) -> bool:
    """Whether a form comes from a page of the same address, by what the browser says of it."""
    if header.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = header.get("origin")
    return origin is None or origin == f"http://{header['host']}"


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [
                *message["headers"],
                *(
                    (name.encode(), value.encode())
                    for name, value in _HEADERS.items()
                    if name.encode() not in there
                ),
            ]
        await send(message)

    return sending


async def _refuse(send: Send, status: int, text: str) -> None:
    body = f"{text}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        # The rest of a refused body is not read.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
