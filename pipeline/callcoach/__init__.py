"""callcoach: per-call coaching reports from recorded customer-service calls.

What stands in ``__all__`` is the public interface, described in ``docs/api.md``; the rest may
change with any version. Nothing of it is loaded before it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callcoach.coaching.one_call import analyse_call, coach_call
    from callcoach.config.config import Config as Settings
    from callcoach.config.config import load_config as load_settings
    from callcoach.errors import CallCoachError
    from callcoach.model.analysis import CallAnalysis
    from callcoach.model.failed_call import FailedCall
    from callcoach.reports.finished_run import FinishedRun, open_run
    from callcoach.reports.run_calibration import GroupComparison, RunCalibration
    from callcoach.reports.tables.tables import Tables

__version__ = "0.1.0"

__all__ = [
    "CallAnalysis",
    "CallCoachError",
    "FailedCall",
    "FinishedRun",
    "GroupComparison",
    "RunCalibration",
    "Settings",
    "Tables",
    "__version__",
    "analyse_call",
    "coach_call",
    "load_settings",
    "open_run",
]

# The module that each name is in, and what it is called there.
_HOMES = {
    "CallAnalysis": "model.analysis:CallAnalysis",
    "CallCoachError": "errors:CallCoachError",
    "FailedCall": "model.failed_call:FailedCall",
    "FinishedRun": "reports.finished_run:FinishedRun",
    "GroupComparison": "reports.run_calibration:GroupComparison",
    "RunCalibration": "reports.run_calibration:RunCalibration",
    "Settings": "config.config:Config",
    "Tables": "reports.tables.tables:Tables",
    "analyse_call": "coaching.one_call:analyse_call",
    "coach_call": "coaching.one_call:coach_call",
    "load_settings": "config.config:load_config",
    "open_run": "reports.finished_run:open_run",
}


if not TYPE_CHECKING:  # a checker would take any name for one that is there

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, _, attribute = _HOMES[name].partition(":")
        value = getattr(import_module(f"{__name__}.{module}"), attribute)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
