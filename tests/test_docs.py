"""The documentation names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from callcoach.cli.main import main
from callcoach.coaching.measures.catalogue import MEASURES as CATALOGUE
from callcoach.config.config import Config, known_keys
from callcoach.model.interaction import OverlapKind
from callcoach.reports.call import measure_words

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MEASURES = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")


def commands(group: click.Group, prefix: str = "") -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += commands(command, f"{prefix}{name} ")
        else:
            found.append((prefix + name, command))
    return found


@pytest.mark.parametrize("name, command", commands(main))
def test_readme_names_every_command_and_option(name: str, command: click.Command) -> None:
    assert re.search(rf"`(callcoach )?{name}\b", README), name
    for option in (p for p in command.params if isinstance(p, click.Option)):
        where = README + (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
        assert option.opts[0] in where, f"{name} {option.opts[0]}"


def test_every_command_explains_itself() -> None:
    for name, command in commands(main):
        assert command.help, name


def test_links_in_the_documentation_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_measures_explains_every_kind_of_overlap() -> None:
    for kind in OverlapKind:
        assert f"`{kind.value}`" in MEASURES


def test_the_scorecard_page_lists_every_measure_and_no_other() -> None:
    page = (ROOT / "docs" / "scorecard.md").read_text(encoding="utf-8").split("## Measures")[1]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.M)
    assert dict(rows) == {measure.name: measure.unit for measure in CATALOGUE.values()}


def test_every_measure_has_a_short_name_and_no_other() -> None:
    assert set(measure_words._NAMES) == set(CATALOGUE)


def test_settings_named_in_the_documentation_exist() -> None:
    known = {f"{section}.{key}" for section, key, _ in known_keys()}
    sections = "|".join(Config.model_fields)
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for name in re.findall(rf"`((?:{sections})\.\w+)`", page.read_text(encoding="utf-8")):
            assert name in known, f"{page.name}: {name}"


def test_the_tree_speaks_of_itself_alone() -> None:
    """No placeholder is left behind in what people read."""
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]:
        assert not re.search(r"TODO|FIXME|XXX|lorem", page.read_text(encoding="utf-8"), re.I), page
