"""Shared by all tests: nothing may be downloaded."""

import os
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("untimed", deadline=None)  # a busy machine is no defect
settings.load_profile("untimed")


LONG = os.environ.get("CALLCOACH_LONG", "")
"""Empty: no long tests; ``only``: no others; else all."""

LONG_S = float(os.environ.get("CALLCOACH_LONG_S", "inf"))
"""After so many seconds no further long test begins."""

_BEGAN = time.monotonic()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out long tests, unless told, and begin with the files that have slow ones.

    A slow file that began last would be waited for by all the rest.
    """
    if LONG == "only":
        others = [item for item in items if not item.get_closest_marker("long")]
        items[:] = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=others)
    elif not LONG:
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="long: make test-all"))
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin no long test when their time is up."""
    if item.get_closest_marker("long") and time.monotonic() - _BEGAN > LONG_S:
        pytest.skip(f"long: the {LONG_S:.0f} s for such tests are over")
