"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

PIPELINE = Path(__file__).parents[1] / "pipeline"
MODULES = sorted(
    ".".join(path.relative_to(PIPELINE).with_suffix("").parts)
    for path in (PIPELINE / "callcoach").rglob("*.py")
    if "    >>> " in path.read_text(encoding="utf-8")
)
LEAST = 30  # functions with an example: the ones whose numbers and texts matter most


def examples(module: str) -> list[doctest.DocTest]:
    found = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(module))
    return [test for test in found if test.examples]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_are_true(module: str) -> None:
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for test in examples(module):
        runner.run(test, out=said.append)
    assert runner.tries and not runner.failures, "".join(said)


def test_what_matters_most_has_an_example() -> None:
    assert sum(len(examples(module)) for module in MODULES) >= LEAST
    packages = {module.split(".")[1] for module in MODULES}
    expected = {"model", "voice", "dialogue", "text", "privacy", "coaching", "calibration"}
    assert packages >= expected
