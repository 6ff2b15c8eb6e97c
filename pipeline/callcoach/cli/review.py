"""The command of the review app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from callcoach.cli.types import ANY_PATH, FOLDER

if TYPE_CHECKING:
    from callcoach.review.links import AccessLinks
    from callcoach.storage.reviews import ReviewStore


@click.command()
@click.argument("out", type=FOLDER)
@click.option(
    "--link",
    "wanted",
    multiple=True,
    metavar="WHO",
    help="Make a link for coach, qa or agent:ID (may be given more than once). Without this, and "
    "without --no-serve, one for a coach.",
)
@click.option("--links", "list_links", is_flag=True, help="List the links and stop.")
@click.option("--revoke", metavar="NAME", help="Take a link back, by its name in --links; stop.")
@click.option("--export", type=ANY_PATH, help="Write all that was said to this CSV file and stop.")
@click.option("--no-serve", is_flag=True, help="Make the links, but do not start the app.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--allow-network",
    is_flag=True,
    help="Let --host be one that other machines reach. The connection is not encrypted.",
)
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; 0 takes a free one.")
@click.option("--config", "config_path", type=ANY_PATH, help="Settings (TOML).")
def review(
    out: Path,
    wanted: tuple[str, ...],
    list_links: bool,
    revoke: str | None,
    export: Path | None,
    no_serve: bool,
    host: str,
    allow_network: bool,
    port: int | None,
    config_path: Path | None,
) -> None:
    """Say what you think of the reports in OUT, in a browser on this machine.

    Coaches and agents open the links that are printed. What they say is kept in OUT beside the
    reports and changes no analysis. Stop with Ctrl-C.
    """
    from callcoach.config.config import load_config
    from callcoach.model.reviews import ReviewRole
    from callcoach.review.links import AccessLinks, Permission, parse_grant
    from callcoach.review.server import (
        Address,
        app_for,
        bound,
        check_host,
        check_installed,
        serve,
        told,
    )
    from callcoach.storage.output_folder import Store
    from callcoach.storage.reviews import ReviewStore

    folder = Store.existing(out)
    whole = load_config(config_path)
    config = whole.review
    grants = [parse_grant(text) for text in wanted]
    check_host(host, network=allow_network)
    store = ReviewStore(out, config.busy_s)
    doors = AccessLinks(store, config)
    if revoke is not None:
        doors.revoke(revoke)
        click.echo(f"The link {revoke} no longer works.")
    if list_links:
        _list(doors)
    if export is not None:
        with folder.closing():  # what is written into OUT must not come after a purge of it
            _export(store, export)
    if revoke is not None or list_links or export is not None:
        return
    if not no_serve:
        check_installed()
        grants = grants or [Permission(ReviewRole.COACH)]
        listening, address = bound(host, config.port if port is None else port)
    else:
        listening, address = None, Address(host, port or config.port)
    links = [(grant.words, doors.make_link(grant)) for grant in grants]
    if links:
        click.echo(told(address, links, config.link_days))
    if listening is None:
        return
    if not address.is_loopback:
        click.echo(
            "Warning: other machines can reach this address, and the connection is not encrypted: "
            "whoever can listen in on your network can read what is sent. Use it only in a network "
            "that you trust; a tunnel (docs/review.md) is safer.",
            err=True,
        )
    click.echo(f"The review app runs at {address.url}. Stop it with Ctrl-C.")
    serve(app_for(out, whole, address.hosts), listening)
    click.echo("Stopped. All that was saved is kept.")


def _list(doors: AccessLinks) -> None:
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    links = doors.links()
    for link in links:
        state = "works" if link.works(now) else "taken back" if link.revoked_at else "too old"
        until = link.expires_at.astimezone()
        click.echo(f"{link.name}  {link.grant.words:20} {state:10} until {until:%Y-%m-%d %H:%M}")
    if not links:
        click.echo("No link was made yet.")


def _export(store: ReviewStore, path: Path) -> None:
    from callcoach.reports.tables.review_table import export_table
    from callcoach.reports.tables.spreadsheet import csv_text
    from callcoach.storage.output_folder import write_file

    events = store.events()
    write_file(path, csv_text(export_table(events)).encode())
    click.echo(f"{len(events)} entries written: {path}")
