"""What the modules of the command share: exit codes and types of arguments."""

from __future__ import annotations

from pathlib import Path

import click

from callcoach.errors import EXIT_COULD_NOT_RUN as EXIT_COULD_NOT_RUN
from callcoach.errors import EXIT_FAILURES as EXIT_FAILURES
from callcoach.errors import EXIT_USAGE as EXIT_USAGE

FOLDER = click.Path(path_type=Path, file_okay=False)

ANY_PATH = click.Path(path_type=Path)
