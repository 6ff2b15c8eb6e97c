"""The settings of the last run, kept in its folder: what is done to its calls later needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from callcoach.batch.store import Store, write_file
from callcoach.call import CallAnalysis
from callcoach.config import Config
from callcoach.errors import ConfigError

FILE = "settings.json"

_RUN_ONLY = {"notify", "log", "arrivals", "retention"}
"""Sections that steer a run alone; some of them name places outside."""


def keep_settings(store: Store, config: Config) -> None:
    """Keep the settings that a run analyses calls with.

    Raises
    ------
    StoreError
        If they cannot be written.
    """
    values: dict[str, Any] = config.model_dump(mode="json", exclude=_RUN_ONLY)
    for key, name in values["coaching"].items():
        values["coaching"][key] = str(Path(name).absolute()) if name else name
    text = Config.model_validate(values).model_dump_json(exclude=_RUN_ONLY, indent=1)
    path, data = store.root / FILE, text.encode() + b"\n"
    if not path.is_file() or path.read_bytes() != data:
        write_file(path, data)


def settings_for(store: Store, analysis: CallAnalysis, given: Config | None = None) -> Config:
    """The settings that a call was analysed with.

    Parameters
    ----------
    store
        The output folder.
    analysis
        The call.
    given
        Settings that a person names; ``None`` takes those of the last run, else the defaults.

    Raises
    ------
    ConfigError
        If these are not the ones.
    """
    wanted = analysis.provenance.config_sha256
    tried = (given,) if given is not None else (_kept(store), Config())
    for config in tried:
        if config is not None and config.sha256 == wanted:
            return config
    found = "these settings are not" if given is not None else "the folder does not have"
    raise ConfigError(
        f"call {analysis.call.id}: {found} the ones that it was analysed with; give the run's own "
        "with --config, or run again first"
    )


def _kept(store: Store) -> Config | None:
    """The settings of the last run, ``None`` where they are not here or of another version."""
    try:
        return Config.model_validate_json((store.root / FILE).read_bytes())
    except (OSError, ValidationError):
        return None
