"""The app on this machine: a socket, links to print, and a clean stop."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from callcoach.config import Config
from callcoach.errors import CallCoachError, SourceError
from callcoach.review.guard import LOOPBACK, App

_STOP_S = 3  # open downloads have so long to end
_WILDCARDS = ("0.0.0.0", "::", "")


class ServeError(CallCoachError):
    """The app cannot listen."""


@dataclass(frozen=True)
class Address:
    """Where the app listens; ``hosts`` are the names by which it may be asked."""

    host: str
    port: int

    @property
    def hosts(self) -> frozenset[str]:
        """Names that the ``Host`` of a request may have."""
        own = frozenset({self.host.lower()})
        return own | LOOPBACK if self.is_loopback else own

    @property
    def is_loopback(self) -> bool:
        """Whether nobody but this machine can reach it."""
        return is_loopback(self.host)

    @property
    def url(self) -> str:
        """``http://127.0.0.1:8765``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    if host.lower() in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_host(host: str, *, network: bool) -> None:
    """Refuse to listen to a network that was not asked for.

    Raises
    ------
    SourceError
        If ``host`` can be reached from other machines and ``network`` is not set, or stands for
        every address of the machine.
    """
    if host in _WILDCARDS:
        raise SourceError(
            f"--host {host!r} stands for every address of this machine, and callcoach could not "
            "tell whether it is asked by its own name; give the one address or name to use"
        )
    if not is_loopback(host) and not network:
        raise SourceError(
            f"--host {host} lets other machines in, and the connection is not encrypted; add "
            "--allow-network if that is wanted, or leave --host away"
        )


def bound(host: str, port: int) -> tuple[socket.socket, Address]:
    """A listening socket, and its address with the port that it got.

    Raises
    ------
    ServeError
        If it cannot listen there.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise ServeError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}; another program "
            "may use the port: give another one with --port, or 0 for any that is free"
        ) from error
    return listening, Address(host, listening.getsockname()[1])


def check_installed() -> None:
    """Refuse to go on without the packages of the app.

    Raises
    ------
    ServeError
        If one of them is missing.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise ServeError(
            f"the review app needs the package {error.name}; install it with "
            "pip install 'callcoach[review]'"
        ) from error


def serve(app: App, listening: socket.socket) -> None:
    """Answer requests until Ctrl-C. Nothing is logged: addresses hold links."""
    import contextlib

    import uvicorn

    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="error",
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_STOP_S,
    )
    with contextlib.suppress(KeyboardInterrupt), listening:
        uvicorn.Server(config).run(sockets=[listening])


def app_for(out: Path, config: Config, hosts: frozenset[str]) -> App:
    """The app; its packages are loaded here."""
    from callcoach.review.app import build_app

    return build_app(out, config, hosts=hosts)


def link_url(address: Address, token: str) -> str:
    """What a person opens."""
    return f"{address.url}/open/{token}"


def told(address: Address, links: Sequence[tuple[str, str]], days: float) -> str:
    """What is printed at the start: the links, for whom and how long."""
    lines = [f"Links, for {days:g} days. Who has a link can read and write what it allows:"]
    lines += [f"  {words}: {link_url(address, token)}" for words, token in links]
    return "\n".join(lines)
