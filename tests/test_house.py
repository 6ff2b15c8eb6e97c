"""The picture of the house is the house: packages, the order of imports, places of things."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pipeline" / "callcoach"
PAGE = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
LAYERS: list[str] = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)


def contracts() -> list[dict[str, object]]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found: list[dict[str, object]] = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    return found


def test_the_page_names_every_package_in_the_order_of_imports() -> None:
    rooms = {p.name for p in PACKAGE.iterdir() if (p / "__init__.py").is_file()} | {"errors"}
    assert set(LAYERS) == rooms
    assert contracts()[0]["layers"] == LAYERS


def test_nothing_lies_loose_at_the_top() -> None:
    assert {p.name for p in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py", "errors.py"}


def test_every_file_that_the_page_names_is_there() -> None:
    named = re.findall(r"`([a-z_/]+(?:\.py|/))`", PAGE)
    assert len(named) > 15
    for name in named:
        assert (PACKAGE / name).exists(), name


def imports_pass(folder: Path) -> bool:
    config = folder / "pyproject.toml"
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", config]
    environment = {"PYTHONPATH": str(folder / "pipeline"), "PATH": ""}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        pytest.fail(done.stdout + done.stderr)
    return done.returncode == 0


def test_an_import_against_the_arrows_is_refused(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "pipeline" / "callcoach")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert imports_pass(tmp_path)
    wrong = tmp_path / "pipeline" / "callcoach" / "text" / "clauses.py"
    code = wrong.read_text(encoding="utf-8")
    wrong.write_text(code + "\nfrom callcoach.reports import labels as labels\n", encoding="utf-8")
    assert not imports_pass(tmp_path)
