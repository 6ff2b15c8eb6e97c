"""Commands for runs that nobody watches: how far they are, what is purged, whether all is whole."""

from __future__ import annotations

import re
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from callcoach.cli.types import ANY_PATH, FOLDER
from callcoach.errors import EXIT_FAILURES

if TYPE_CHECKING:
    from callcoach.batch.retention.purge import Purged, RetentionRule
    from callcoach.config.config import Config
    from callcoach.storage.output_folder import Store


_AGE = re.compile(r"(\d{1,5})([dw])")

_DAYS = {"d": 1, "w": 7}

_REFRESH_S = 2.0

_MOST_SHOWN = 20


def _age(ctx: click.Context, param: click.Parameter, value: str | None) -> timedelta | None:
    """An age such as ``90d`` or ``12w``."""
    if value is None:
        return None
    match = _AGE.fullmatch(value)
    if match is None:
        raise click.BadParameter(f"{value!r} is no age; write it like 90d (days) or 12w (weeks)")
    return timedelta(days=int(match[1]) * _DAYS[match[2]])


def _columns(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Columns with their values: ``COLUMN=VALUE``."""
    pairs = []
    for value in values:
        column, _, wanted = value.partition("=")
        if not column.strip() or not wanted.strip():
            raise click.BadParameter(f"{value!r} is no COLUMN=VALUE, such as customer_id=4711")
        pairs.append((column.strip(), wanted.strip()))
    return tuple(pairs)


@click.command()
@click.argument("out", type=FOLDER)
@click.option("--watch", is_flag=True, help="Show it again every two seconds until the run ends.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(out: Path, watch: bool, as_json: bool) -> None:
    """Show how far the run in OUT is and what failed; it may be at work."""
    from callcoach.batch.monitor.status import read_status, status_text
    from callcoach.storage.output_folder import Store

    store = Store.existing(out)
    if not watch:
        found = read_status(store)
        click.echo(found.json if as_json else status_text(found))
        return
    if as_json:
        raise click.UsageError("--watch shows it to people; give --json without it")
    from rich.live import Live
    from rich.text import Text

    with Live(auto_refresh=False) as live:
        while True:
            found = read_status(store)
            live.update(Text(status_text(found)), refresh=True)
            if found.running_since is None:
                return
            time.sleep(_REFRESH_S)


@click.command()
@click.argument("out", type=FOLDER)
@click.option("--older-than", callback=_age, help="Calls of longer ago, such as 90d or 12w.")
@click.option("--call", "calls", multiple=True, help="The call with this id (may be repeated).")
@click.option("--agent", "agents", multiple=True, help="Calls of this agent (may be repeated).")
@click.option(
    "--where",
    callback=_columns,
    metavar="COLUMN=VALUE",
    multiple=True,
    help="Calls with this value in a column of the manifest, such as customer_id=4711.",
)
@click.option("--config", "config_path", type=ANY_PATH, help="Settings of the pages (TOML).")
@click.option("--dry-run", is_flag=True, help="Tell what would go, and remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(
    out: Path,
    older_than: timedelta | None,
    calls: tuple[str, ...],
    agents: tuple[str, ...],
    where: tuple[tuple[str, str], ...],
    config_path: Path | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Remove everything OUT holds of some calls, and leave a receipt.

    Calls must fit all of the options that are given. Without any, a purge that was stopped in the
    middle is finished. Recordings in the source are not touched, and not analysed again. The pages
    about all calls are written again, by the settings if they are given.
    """
    from callcoach.batch.retention.purge import RetentionRule, pending_plan
    from callcoach.batch.retention.purge import purge as remove
    from callcoach.config.config import load_config
    from callcoach.storage.output_folder import Store

    config = load_config(config_path)
    rule = RetentionRule(older_than, calls, agents, where)
    store = Store.existing(out)
    with store.locked():
        clean, stopped = True, pending_plan(store)
        if stopped is not None:
            what = f"the purge of {stopped.at}, which was stopped"
            if dry_run:
                click.echo(f"would finish {what}")
            else:
                clean = _told(remove(store, stopped, config), what)
        if rule != RetentionRule():
            clean = _purge_by(rule, store, config, dry_run, yes) and clean
        elif stopped is None:
            raise click.UsageError(
                "say which calls: --older-than, --call, --agent or --where; no purge was stopped "
                "in the middle"
            )
    if not clean:
        sys.exit(EXIT_FAILURES)


def _purge_by(rule: RetentionRule, store: Store, config: Config, dry_run: bool, yes: bool) -> bool:
    """Remove what a rule names, if it is meant; returns whether no trace is left."""
    from callcoach.batch.retention.purge import plan_purge
    from callcoach.batch.retention.purge import purge as remove

    plan = plan_purge(store, rule)
    if not plan.calls:
        click.echo("no call fits; nothing was removed")
        return True
    for call in plan.calls[:_MOST_SHOWN]:
        click.echo(f"  {call.call_id}")
    if len(plan.calls) > _MOST_SHOWN:
        click.echo(f"  and {len(plan.calls) - _MOST_SHOWN} more")
    counts = plan.counts
    what = (
        f"calls: {counts.calls}, files: {counts.files} ({counts.bytes / 1e6:.1f} MB), rows of "
        f"databases: {counts.rows}, lines of logs: {counts.log_lines}"
    )
    if dry_run:
        click.echo(f"would remove {what}")
        return True
    if not yes and not click.confirm(f"remove {what}? This cannot be undone"):
        click.echo("nothing was removed")
        return True
    return _told(remove(store, plan, config), what)


def _told(purged: Purged, what: str) -> bool:
    """Say what a purge did; returns whether no trace is left."""
    click.echo(f"removed {what}. Receipt: {purged.receipt}")
    for trace in purged.left[:_MOST_SHOWN]:
        click.echo(f"  {trace.path} still holds {trace.word}; look at it", err=True)
    return not purged.left


@click.command()
@click.argument("out", type=FOLDER)
@click.option(
    "--call",
    "calls",
    multiple=True,
    help="Check that nothing is left of this purged call (may be repeated).",
)
def verify(out: Path, calls: tuple[str, ...]) -> None:
    """Check that OUT is whole and private, and that nothing is left of purged calls.

    Every finished call must have its files, tables and ledger must agree, nothing may be readable
    by others.
    """
    from callcoach.batch.retention.verify import check_folder, check_gone
    from callcoach.storage.output_folder import Store

    store = Store.existing(out)
    with store.locked():
        faults = check_folder(store) + check_gone(store, calls)
    for fault in faults:
        click.echo(f"{fault.place}: {fault.what}")
    if faults:
        sys.exit(EXIT_FAILURES)
    gone = f"; nothing is left of {', '.join(calls)}" if calls else ""
    click.echo(f"ok {out}: whole and private{gone}")
