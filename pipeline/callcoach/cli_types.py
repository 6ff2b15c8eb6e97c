"""What the modules of the command share: exit codes and types of arguments."""

from __future__ import annotations

from pathlib import Path

import click

EXIT_COULD_NOT_RUN = 1
EXIT_USAGE = 2
EXIT_FAILURES = 3

FOLDER = click.Path(path_type=Path, file_okay=False)
ANY_PATH = click.Path(path_type=Path)
