"""``callcoach guide check``: what each table of a guide will do, and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcoach.coaching.codes import CODES
from callcoach.coaching.guide_check import check_guide
from callcoach.config.guide import read_guide
from callcoach.errors import ConfigError

HEAD = 'name = "Ours"\nversion = "2"\n'
CALM = """
[chapter.calm]
title = "Calm"
asks = "Stay calm."
why = "It helps."
kind = "measured"
strength_tip = "Keep it."
opportunity_tip = "Breathe."
"""
WORDS = 'title = "a"\nwhy = "b"\nadvice = "c"\n'


def check(folder: Path, text: str) -> str:
    path = folder / "guide.toml"
    path.write_text(text, encoding="utf-8")
    return check_guide(path)


def test_changes_and_additions_are_told_apart(tmp_path: Path) -> None:
    text = (
        HEAD
        + 'extends = "shipped"\n[chapter.attend]\nasks = "x"\nwhy = "y"\n'
        + CALM
        + '[finding.cut_in]\ntitle = "Too early"\n'
    )
    lines = check(tmp_path, text).splitlines()
    assert "the guide “Ours”, version 2" in lines[0]
    assert lines[1] == "It changes and adds to the shipped guide."
    assert lines[2].startswith("Chapters: 13. Situations: 5.")
    told = "\n".join(lines)
    assert "line 4: [chapter.attend] changes asks, why of the chapter “Attentive listening”" in told
    assert "line 8: [chapter.calm] adds the chapter “Calm”." in told and "practices" in told
    assert (
        "line 15: [finding.cut_in] changes title of the words for cut_in (to work on) in "
        "“Attentive listening”, found by interruptions_per_10_min"
    ) in told
    assert "[chapter.calm]: heard and not_heard are empty" in told
    assert "the shipped words are shown" not in told


def test_words_for_no_moment_are_told_with_the_nearest_code(tmp_path: Path) -> None:
    told = check(tmp_path, HEAD + f'extends = "shipped"\n[finding.cut_inn]\n{WORDS}')
    assert "[finding.cut_inn] no measure tells this code" in told
    assert "did you mean 'cut_in'?" in told
    told = check(tmp_path, HEAD + f'extends = "shipped"\n[finding.zzzzzz]\n{WORDS}')
    assert "never shown" in told and "did you mean" not in told


def test_a_guide_of_ones_own_is_told_what_it_leaves_out(tmp_path: Path) -> None:
    told = check(tmp_path, HEAD + CALM + f"[finding.cut_in]\n{WORDS}")
    assert "It stands in place of the shipped guide." in told
    shipped = read_guide(None)
    for chapter in shipped.chapters:
        assert f"[chapter.{chapter.id}]: “{chapter.title}” has no row in reports" in told
    for situation in shipped.situations:
        assert f"[situation.{situation.id}]: “{situation.title}” has no row in reports" in told
    assert told.count("the shipped words are shown") == len(CODES) - 1
    assert "[finding.cut_in]: the shipped words" not in told


def test_nothing_is_missing_from_the_shipped_guide() -> None:
    told = check_guide(Path(__file__).parent.parent / "configs" / "guide.toml")
    assert told.endswith("Nothing is missing.\n")
    assert "never shown" not in told
    assert told.count("[finding.") == len(CODES)


def test_the_example_of_the_docs_is_right(tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent / "docs" / "guide.md").read_text(encoding="utf-8")
    told = check(tmp_path, text.split("```toml\n")[1].split("```")[0])
    assert "adds the chapter “Our greeting”" in told and told.endswith("Nothing is missing.\n")


def test_a_wrong_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"line 3: unknown key 'chapers'; did you mean 'chapter'"):
        check(tmp_path, HEAD + "[chapers.x]\n")
