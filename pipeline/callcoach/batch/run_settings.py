"""The settings of the last run, kept in its folder: what is done to its calls later needs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from callcoach.batch.store import Store, write_file
from callcoach.call import CallAnalysis
from callcoach.config import Config
from callcoach.errors import ConfigError

FILE = "settings.json"

_LEFT_OUT = {"notify", "log", "arrivals", "retention", "weights", "paraphrase_weights"}
"""Sections that steer a run alone, some of which name places outside; weights are always ours."""


def keep_settings(store: Store, config: Config) -> None:
    """Keep the settings that a run analyses calls with.

    Raises
    ------
    StoreError
        If they cannot be written.
    """
    left_out = _LEFT_OUT if config.matching.own_file else _LEFT_OUT | {"phrases"}
    values: dict[str, Any] = config.model_dump(mode="json", exclude=left_out)
    for key, name in values["coaching"].items():
        values["coaching"][key] = str(Path(name).absolute()) if name else name
    text = json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    path, data = store.root / FILE, text.encode()
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
