"""What the modules of the command share: types of arguments."""

from __future__ import annotations

from pathlib import Path

import click

FOLDER = click.Path(path_type=Path, file_okay=False)

ANY_PATH = click.Path(path_type=Path)
