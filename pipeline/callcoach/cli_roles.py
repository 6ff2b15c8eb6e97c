"""The command that says who the agent is in a finished call."""

from __future__ import annotations

from pathlib import Path

import click

from callcoach.cli_types import ANY_PATH, FOLDER


@click.command()
@click.argument("out", type=FOLDER)
@click.argument("call_id")
@click.option(
    "--agent",
    metavar="SPEAKER",
    help="Who the agent is: speaker_1, speaker_2, agent or customer as the call has it now; none "
    "where nobody knows.",
)
@click.option(
    "--customer",
    metavar="SPEAKER",
    help="Who the customer is, where more than two people speak.",
)
@click.option("--config", "config_path", type=ANY_PATH, help="Settings of the run (TOML).")
def roles(
    out: Path, call_id: str, agent: str | None, customer: str | None, config_path: Path | None
) -> None:
    """Say who the agent is in the call CALL_ID of OUT.

    All that depends on it is worked out anew from the stored words: nothing is transcribed, and the
    recording is not needed. Later runs keep to it. Without --agent it is told who speaks.
    """
    from callcoach.batch.observers import logged
    from callcoach.batch.roles import finished_call, name_agent, speakers_of
    from callcoach.batch.store import Store
    from callcoach.config import load_config

    store = Store.existing(out)
    config = load_config(config_path)
    if agent is None:
        for one in speakers_of(finished_call(store, call_id)):
            click.echo(f"{one.id}: {f'“{one.first}”' if one.first else '(no words were heard)'}")
        click.echo("Say who the agent is with --agent and one of these.")
        return
    with store.locked(), store.closing(), logged(store, config):
        given = None if config_path is None else config
        after = name_agent(store, call_id, agent, given, customer=customer)
    for one in speakers_of(after):
        click.echo(f"{one.id}: {f'“{one.first}”' if one.first else '(no words were heard)'}")
    score = None if after.scorecard is None else after.scorecard.overall
    told = "No overall score." if score is None else f"Overall score: {score:.0f} of 100."
    click.echo(f"{told} Report: {store.call_folder(call_id) / 'report.html'}")
