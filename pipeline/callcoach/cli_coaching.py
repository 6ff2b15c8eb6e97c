"""The commands about guide, scorecard, categories and calibration.

All of them work on analyses that are there already: nothing is transcribed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from callcoach.cli_types import ANY_PATH, EXIT_FAILURES, FOLDER
from callcoach.errors import SourceError

if TYPE_CHECKING:
    from callcoach.batch.rescore import Standard
    from callcoach.batch.store import Store
    from callcoach.calibration.human import HumanScores
    from callcoach.calibration.pairs import ScoredCall
    from callcoach.calibration.stored import StoredScores
    from callcoach.call import CallAnalysis
    from callcoach.reports.rows import Row
    from callcoach.reviews import CallReviews


@click.command()
@click.argument("out", type=FOLDER)
@click.option("--scorecard", type=ANY_PATH, help="Score the calls by this scorecard (TOML).")
@click.option("--guide", type=ANY_PATH, help="Take the words from this guide (TOML).")
@click.option("--categories", type=ANY_PATH, help="Tag the calls by these categories (TOML).")
@click.option("--config", "config_path", type=ANY_PATH, help="Settings (TOML).")
@click.option("--jobs", type=click.IntRange(1, 256), help="Calls worked on at the same time.")
def report(
    out: Path,
    scorecard: Path | None,
    guide: Path | None,
    categories: Path | None,
    config_path: Path | None,
    jobs: int | None,
) -> None:
    """Write the pages and tables in OUT again from the stored analyses.

    With a scorecard, a guide, categories or settings the calls are scored by these first; what is
    not given is taken from the settings, else the shipped one. Nothing is transcribed.
    """
    from callcoach.batch.ledger import Ledger
    from callcoach.batch.observers import logged
    from callcoach.batch.rescore import load_standard, rescore
    from callcoach.batch.runner import available_cores
    from callcoach.batch.site import write_site
    from callcoach.batch.store import Store
    from callcoach.config import load_config

    store, config = Store.existing(out), load_config(config_path)
    jobs = jobs or available_cores()
    standard: Standard | None = None
    if scorecard or guide or categories or config_path:
        standard = load_standard(config, guide=guide, scorecard=scorecard, categories=categories)
    with store.locked(), store.closing(), logged(store, config):
        ledger = Ledger(store.ledger)
        try:
            looked_at = rescore(store, ledger, standard, jobs=jobs) if standard else ()
            written = [one.call_id for one in looked_at if one.changed]
            site = write_site(store, ledger, config, pages=True, written=written, jobs=jobs)
        finally:
            ledger.close()
    failed = [one for one in looked_at if one.error is not None]
    if standard is not None:
        changed = sum(one.changed for one in looked_at)
        click.echo(
            f"Scored by {standard.card.name} {standard.card.version} with the guide "
            f"{standard.guide.name} {standard.guide.version}: "
            f"{changed} of {site.calls} calls changed."
        )
    click.echo(
        f"{site.written} of {site.calls} reports written anew. Reports: {out / 'index.html'}"
    )
    # A call that cannot be read cannot be scored either: it is told once.
    errors = {one.call_id: one.error or "" for one in site.problems}
    errors |= {one.call_id: one.error or "" for one in failed}
    for call_id, error in sorted(errors.items()):
        click.echo(f"  {call_id}: {error}", err=True)
    if site.unread is not None:
        click.echo(f"  reports have no reviews: {site.unread}", err=True)
    if errors or site.unread is not None:
        sys.exit(EXIT_FAILURES)


@click.group()
def scorecard() -> None:
    """Scorecards: what a change would do."""


@scorecard.command("diff")
@click.argument("out", type=FOLDER)
@click.argument("before", metavar="A", type=ANY_PATH)
@click.argument("after", metavar="B", type=ANY_PATH)
@click.option("--config", "config_path", type=ANY_PATH, help="Settings (TOML).")
def scorecard_diff(out: Path, before: Path, after: Path, config_path: Path | None) -> None:
    """Show what scores would change in OUT from scorecard A to scorecard B.

    Nothing is written.
    """
    from callcoach.batch.rescore import load_standard
    from callcoach.batch.store import Store
    from callcoach.coaching.diff import diff
    from callcoach.config import load_config
    from callcoach.reports.scorecard_diff import diff_text

    config = load_config(config_path)
    first, second = (load_standard(config, scorecard=path) for path in (before, after))
    analyses = _analyses(Store.existing(out))
    found = diff(analyses, first.guide, first.card, second.card, first.measures)
    click.echo(diff_text(found), nl=False)


@click.group()
def guide() -> None:
    """Guides: what their lines will do."""


@guide.command("check")
@click.argument("file", type=ANY_PATH)
def guide_check(file: Path) -> None:
    """Check a guide and print what each line of it will do."""
    from callcoach.coaching.guide_check import check_guide

    click.echo(check_guide(file), nl=False)


@click.command()
@click.argument("out", type=FOLDER)
@click.argument("human", metavar="[HUMAN.csv]", type=ANY_PATH, required=False)
@click.option(
    "--reviews",
    "use_reviews",
    is_flag=True,
    help="Take the scores and opinions of the review app, too or instead.",
)
@click.option(
    "--group", "column", help="Also compare groups of calls by this column of the manifest."
)
@click.option(
    "-o",
    "--output",
    type=ANY_PATH,
    help="CSV file for the numbers; groups go to NAME-groups.csv, opinions to NAME-opinions.csv.",
)
@click.option(
    "--json", "permit", type=ANY_PATH, help="File that tells which practices may be automatic."
)
@click.option("--config", "config_path", type=ANY_PATH, help="Settings (TOML).")
def calibrate(
    out: Path,
    human: Path | None,
    use_reviews: bool,
    column: str | None,
    output: Path | None,
    permit: Path | None,
    config_path: Path | None,
) -> None:
    """Compare the scores in OUT with people's scores.

    HUMAN.csv has the columns call_id, rater, practice and score (0 to 100, or na). With --reviews
    people's scores are those of `callcoach review`. Nothing in OUT is changed.
    """
    from callcoach.batch.store import Store, write_file
    from callcoach.calibration.compare import calibrate as compared
    from callcoach.calibration.fairness import check_fairness
    from callcoach.calibration.permit import permits_json, permits_of
    from callcoach.calibration.reviewed import opinions_of
    from callcoach.calibration.stored import groups_of, measures_of, one_scorecard
    from callcoach.calibration.table import calibration_rows, fairness_rows, opinion_rows
    from callcoach.calibration.text import calibration_text, fairness_text, opinions_text
    from callcoach.config import load_config
    from callcoach.review.store import load_reviews

    if human is None and not use_reviews:
        raise SourceError("give HUMAN.csv with people's scores, or --reviews, or both")
    whole = load_config(config_path)
    config = whole.calibration
    calls, unscored = _stored_scores(Store.existing(out))
    sha256 = one_scorecard(calls, unscored, str(out))
    groups = None if column is None else groups_of(calls, column)
    machine = [one.call for one in calls]
    reviews = load_reviews(out, whole.review.busy_s) if use_reviews else {}
    if use_reviews and not reviews and human is None:
        raise SourceError(f"nobody has reviewed a call in {out} yet; `callcoach review {out}`")
    people, blind = _people(human, reviews, machine)
    click.echo(f"Scorecard: {calls[0].scorecard}")
    if people.scores:
        result = compared(machine, people, config)
        click.echo(calibration_text(result), nl=False)
        if output is not None:
            write_file(output, _csv(calibration_rows(result)))
        if permit is not None:
            allowed = result if blind == people else compared(machine, blind, config)
            write_file(permit, permits_json(permits_of(allowed, sha256)).encode())
    else:
        click.echo("No scores of people yet.")
        if permit is not None or output is not None:
            raise SourceError(
                "there are no scores of people to compare with, so no file is written"
            )
    if use_reviews:
        keys = {one.call.call_id: one.findings for one in calls}
        opinions = opinions_of(reviews, keys, config)
        click.echo("\n" + opinions_text(opinions), nl=False)
        if output is not None:
            write_file(_beside(output, "opinions"), _csv(opinion_rows(opinions)))
    if groups is not None and column is not None:
        fairness = check_fairness(
            machine, groups, config, column, measures=measures_of(calls), human=people
        )
        click.echo("\n" + fairness_text(fairness), nl=False)
        if output is not None:
            write_file(_beside(output, "groups"), _csv(fairness_rows(fairness)))


def _people(
    human: Path | None, reviews: Mapping[str, CallReviews], machine: Sequence[ScoredCall]
) -> tuple[HumanScores, HumanScores]:
    """People's scores, and those of them that were given without seeing the machine's.

    A file is taken as given blind: that is what its raters are asked for.
    """
    from callcoach.calibration.human import OVERALL, HumanScores, read_human
    from callcoach.calibration.reviewed import joined, review_scores

    calls = [call.call_id for call in machine]
    practices = [name for name in machine[0].scores if name != OVERALL]
    given = HumanScores(()) if human is None else read_human(human, practices, calls)
    found = review_scores(reviews, practices, calls)
    people, blind = joined(given, found.all), joined(given, found.blind)
    if not found.after:
        return people, people
    note = (
        f"{found.after} of {len(people.scores)} scores were given after the report was opened: "
        "people follow a score that they have seen, so the agreement may be too high. They do not "
        "count for what may be automatic"
    )
    return HumanScores(people.scores, people.unknown_calls, (*people.notes, note)), blind


def _beside(output: Path, what: str) -> Path:
    return output.with_name(f"{output.stem}-{what}{output.suffix}")


def _stored_scores(store: Store) -> tuple[Sequence[StoredScores], int]:
    """The scores of all finished calls, and how many calls have none."""
    from callcoach.calibration.stored import scores_of

    found = [scores_of(analysis) for analysis in _analyses(store)]
    calls = [one for one in found if one is not None]
    return calls, len(found) - len(calls)


def _analyses(store: Store) -> Iterator[CallAnalysis]:
    """The finished calls one after the other, in order of their ids."""
    from callcoach.batch.ledger import Ledger, State

    ledger = Ledger(store.ledger)
    try:
        entries = ledger.entries()
    finally:
        ledger.close()
    return (store.load(entry.call_id) for entry in entries if entry.state is State.DONE)


def _csv(rows: Sequence[Row]) -> bytes:
    import pandas as pd

    from callcoach.reports.spreadsheet import csv_text

    return csv_text(pd.DataFrame(rows)).encode()
