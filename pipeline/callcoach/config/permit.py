"""Which scores may be given without a person: what a calibration allowed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callcoach.errors import ConfigError

if TYPE_CHECKING:
    pass


_KEYS = ("may_be_automatic", "kappa_low", "calls")


@dataclass(frozen=True)
class Permit:
    """What was found for one practice.

    ``kappa_low`` is the lower end of kappa's interval, ``None`` where there is none; ``calls`` is
    how many calls machine and people both scored.
    """

    may_be_automatic: bool
    kappa_low: float | None
    calls: int


@dataclass(frozen=True)
class Permits:
    """What a calibration allows for the scorecard with a hash."""

    scorecard_sha256: str
    practices: Mapping[str, Permit]

    def refusal(self, practice: str, scorecard_sha256: str) -> str | None:
        """Why a practice may not be automatic, ``None`` where it may."""
        if scorecard_sha256 != self.scorecard_sha256:
            return "the calibration is of another scorecard, or of this one before it was changed"
        permit = self.practices.get(practice)
        if permit is None:
            return "the calibration has no scores of people for it"
        if permit.may_be_automatic:
            return None
        low = "no lower end" if permit.kappa_low is None else f"{permit.kappa_low:.2f} at least"
        return f"the calibration does not allow it (kappa: {low}, {permit.calls} calls)"


def permits_json(permits: Permits) -> str:
    """The file's content, ending in a newline. ``kappa_low`` is rounded down to 4 decimals."""
    practices = {
        name: {
            "may_be_automatic": one.may_be_automatic,
            "kappa_low": None if one.kappa_low is None else math.floor(one.kappa_low * 1e4) / 1e4,
            "calls": one.calls,
        }
        for name, one in permits.practices.items()
    }
    document = {"scorecard_sha256": permits.scorecard_sha256, "practices": practices}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def read_permits(path: Path) -> Permits:
    """Read what :func:`permits_json` wrote.

    Raises
    ------
    ConfigError
        If the file cannot be read or is no such file; the message names the key and what is
        expected.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"cannot read the calibration {path}: {error.strerror}; write it with `callcoach "
            "calibrate --json`"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"{path} is not valid JSON: {error}; write it with `callcoach calibrate --json`"
        ) from error
    if not isinstance(document, dict):
        raise ConfigError(_wrong(path, "the file", "an object with scorecard_sha256, practices"))
    sha256, practices = document.get("scorecard_sha256"), document.get("practices")
    if not isinstance(sha256, str) or not sha256:
        raise ConfigError(_wrong(path, "scorecard_sha256", "the scorecard's hash as text"))
    if not isinstance(practices, dict):
        raise ConfigError(_wrong(path, "practices", "an object with one object for each practice"))
    return Permits(sha256, {name: _permit(path, name, value) for name, value in practices.items()})


def _permit(path: Path, name: str, value: Any) -> Permit:
    place = f"practices.{name}"
    if not isinstance(value, dict):
        raise ConfigError(_wrong(path, place, f"an object with {', '.join(_KEYS)}"))
    may, low, calls = (value.get(key) for key in _KEYS)
    if not isinstance(may, bool):
        raise ConfigError(_wrong(path, f"{place}.may_be_automatic", "true or false"))
    if low is not None and (isinstance(low, bool) or not isinstance(low, int | float)):
        raise ConfigError(_wrong(path, f"{place}.kappa_low", "a number or null"))
    if isinstance(calls, bool) or not isinstance(calls, int) or calls < 0:
        raise ConfigError(_wrong(path, f"{place}.calls", "a whole number from 0 up"))
    return Permit(may, None if low is None else float(low), calls)


def _wrong(path: Path, key: str, expected: str) -> str:
    return f"{path}: {key}: expected {expected}; write it with `callcoach calibrate --json`"
