"""The notebooks run from top to bottom on a real output folder."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from callcoach.config.permit import read_permits
from callcoach.reports.tables.tables import build_tables
from callcoach.storage.output_folder import write_file
from factory import mono, two_channels
from stored import PRACTICE, people, scored, write_tables

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
CALLS = 42


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Scored calls of two sites with their tables, and what two people scored."""
    machine = np.tile([10.0, 60.0, 90.0], CALLS // 3)
    scored(tmp_path, machine, ["north", "south"] * (CALLS // 2))
    write_tables(build_tables([two_channels(), mono()]), tmp_path, write_file)
    human = people(tmp_path / "human.csv", machine + 5, np.roll(machine, 1)[: CALLS // 2])
    monkeypatch.setenv("CALLCOACH_OUT", str(tmp_path))
    monkeypatch.setenv("CALLCOACH_HUMAN", str(human))
    monkeypatch.setenv("CALLCOACH_GROUP", "site")
    return tmp_path


def run(path: Path) -> list[Any]:
    """All outputs of a notebook, in order."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path, output: Path) -> None:
    outputs = run(path)
    assert sum(one.output_type == "execute_result" for one in outputs) >= 4
    assert not any(one.output_type == "error" for one in outputs)
    if path.stem == "calibrate_scorecard":
        permit = read_permits(output / "calibration.json").practices[PRACTICE]
        assert permit.calls == CALLS
        shown = "\n".join(one["data"]["text/plain"] for one in outputs if "data" in one)
        assert "differ" in shown and f"people: {PRACTICE}" in shown
        said = "".join(one["text"] for one in outputs if one.output_type == "stream")
        assert f"{CALLS} calls, scored by" in said and "2 groups" in said


def test_there_are_notebooks_and_they_are_stored_without_outputs() -> None:
    assert len(NOTEBOOKS) >= 2
    for path in NOTEBOOKS:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert not any(cell.get("outputs") for cell in cells), path.name


def imported(path: Path) -> set[str]:
    """What a notebook takes from callcoach: modules that it names."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return {name for name in found if name.split(".")[0] == "callcoach"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_the_public_interface_only(path: Path) -> None:
    assert imported(path) == {"callcoach"}
