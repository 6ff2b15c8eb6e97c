"""The command that copies the tables out for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from callcoach.cli.types import ANY_PATH, FOLDER


@click.command()
@click.argument("out", type=FOLDER)
@click.option(
    "-o", "--output", required=True, type=ANY_PATH, help="A workbook NAME.xlsx, or a folder."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["xlsx", "csv", "parquet"]),
    help="What to write; a workbook is known by its ending.",
)
@click.option("--tables", "names", help="Only these tables, like calls,practices,findings.")
@click.option(
    "--with",
    "extra",
    help="Columns of calls that every table gets, like queue,team (else: queue, where there is "
    "one).",
)
def export(out: Path, output: Path, form: str | None, names: str | None, extra: str | None) -> None:
    """Write the tables in OUT as an Excel workbook, as CSV or as Parquet.

    Nothing in OUT is changed.
    """
    from datetime import datetime

    from callcoach.batch.publish.export import export as exported
    from callcoach.batch.publish.export import format_of
    from callcoach.storage.output_folder import Store

    kind = format_of(output, form)
    rows = exported(
        Store.existing(out),
        output,
        kind,
        names=_listed(names) or (),
        extra=_listed(extra),
        now=datetime.now().astimezone(),
    )
    click.echo(f"{len(rows)} tables, {sum(rows.values())} rows: {output}")


def _listed(text: str | None) -> tuple[str, ...] | None:
    """The names between commas."""
    return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())
