"""The guide: every chapter and situation is there, has words, and has a row in every report."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import factory
from callcoach.coaching.codes import CODES
from callcoach.coaching.measures.catalogue import MEASURES
from callcoach.config.guide import Guide, read_guide
from callcoach.config.scorecard import SituationEvent
from callcoach.errors import ConfigError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import FindingKind, ItemScore, Verdict
from callcoach.model.voice import StretchKind
from callcoach.reports.call.measure_words import good_text, measure_title, poor_text, value_text
from callcoach.reports.labels import measure_name
from callcoach.text.formatting import NBSP
from coached import coached
from shipped import page_of, render_html, render_markdown

CHAPTERS = (
    "validate", "attend", "clarify", "gentle_voice", "responses", "respect", "empathy",
    "body_language", "solutions", "composure", "escalate", "follow_up",
)  # fmt: skip
SITUATIONS = ("wont_listen", "heated", "under_pressure", "cannot_meet", "after_mistake")
CALLS = [factory.two_channels, factory.mono, factory.empty, factory.tense_call]
DOCS = Path(__file__).parent.parent / "docs"
SMALL = """
name = "Ours"
version = "1"
[chapter.calm]
title = "Calm"
asks = "Stay calm."
why = "It helps."
kind = "measured"
strength_tip = "Keep it."
opportunity_tip = "Breathe."
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "guide.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_guide_has_every_chapter_and_situation() -> None:
    guide = read_guide(None)
    assert tuple(chapter.id for chapter in guide.chapters) == CHAPTERS
    assert tuple(item.id for item in guide.situations) == SITUATIONS
    silent = [c.id for c in guide.chapters if c.kind is FindingKind.NOT_AUDIBLE]
    assert silent == ["body_language"]
    for item in (*guide.chapters, *guide.situations):
        assert bool(item.heard) == (item.id != "body_language"), item.id
        assert item.not_heard, item.id


def test_every_code_has_words_and_every_words_a_code() -> None:
    guide = read_guide(None)
    assert sorted(guide.findings) == sorted(CODES)
    for code in CODES.values():
        assert code.measure in MEASURES, code
        assert not code.chapter or guide.chapter(code.chapter), code
    assert guide.finding("no_such_code") is None
    # One measure alone is a mark on the curve and has no words.
    alone = {kind.value for kind in StretchKind} - set(CODES)
    assert alone == {"slow", "pressed", "pitch_up", "unsteady"}
    # Events make a situation count; they are no findings and need no words.
    assert not {event.value for event in SituationEvent} & set(CODES)


@pytest.mark.parametrize("build", CALLS)
def test_measures_tell_known_codes_only(build: Callable[[], CallAnalysis]) -> None:
    from callcoach.coaching.facts import facts_of
    from callcoach.coaching.measures.catalogue import measured
    from callcoach.config.measures import MeasuresConfig

    config = MeasuresConfig()
    for item in measured(facts_of(build()), config).values():
        for moment in item.evidence:
            assert moment.code in CODES, moment
            assert moment.verdict in (CODES[moment.code].verdict, Verdict.NOTE), moment


def test_words_speak_to_the_agent_and_judge_nobody() -> None:
    guide = read_guide(None)
    for code, text in guide.findings.items():
        assert re.search("“[^”]+”", text.advice), f"{code}: no example sentence"
        assert text.title[-1] not in ".!?", code
    words = " ".join(
        value
        for part in (*guide.chapters, *guide.situations, *guide.findings.values())
        for value in part.model_dump().values()
        if isinstance(value, str)
    )
    for verdict in ("you are rude", "you failed", "bad ", "poor ", "incompetent", "the agent"):
        assert verdict not in words.lower(), verdict


@pytest.mark.parametrize("scored", [True, False])
@pytest.mark.parametrize("build", CALLS)
def test_every_chapter_and_situation_has_a_row_in_every_report(
    build: Callable[[], CallAnalysis], scored: bool
) -> None:
    analysis = coached(build()) if scored else build()
    guide = read_guide(None)
    page = render_html(analysis)
    for item in guide.chapters:
        assert page.count(f'id="chapter-{item.id}"') == 1, item.id
    for item in guide.situations:
        assert page.count(f'id="situation-{item.id}"') == 1, item.id
    report = render_markdown(analysis)
    part = page_of(analysis).guide
    assert [row.title for row in part.chapters] == [c.title for c in guide.chapters]
    assert [row.title for row in part.situations] == [s.title for s in guide.situations]
    for row in (*part.chapters, *part.situations):
        assert f"| {row.title} | {row.score}" in report, row.title
        assert row.state == "scored" or row.note or row.state == "silent", row
    assert part.chapters[CHAPTERS.index("body_language")].score == "cannot be heard"


def test_a_chapter_that_was_not_scored_keeps_its_row(tmp_path: Path) -> None:
    """Also one that a team added after the call was scored."""
    head = 'name = "Ours"\nversion = "1"\nextends = "shipped"\n'
    guide = read_guide(write(tmp_path, head + SMALL.split('version = "1"\n')[1]))
    assert [c.id for c in guide.chapters] == [*CHAPTERS, "calm"]
    row = page_of(coached(factory.two_channels()), guide).guide.chapters[-1]
    assert (row.title, row.state, row.score) == ("Calm", "open", "not scored")
    assert "no rule" in row.note


def test_rows_of_another_guide_are_not_lost(tmp_path: Path) -> None:
    """What was scored by a guide that the page does not have is shown by its name."""
    guide = read_guide(write(tmp_path, SMALL))
    part = page_of(coached(factory.two_channels()), guide).guide
    assert [row.title for row in part.chapters[:2]] == ["Calm", "Validate"]
    assert len(part.chapters) == 13 and len(part.situations) == 5
    assert part.situations[0].title == "Wont listen" and part.situations[0].tips == ()


def test_a_guide_of_ones_own_replaces_chapters_and_keeps_words(tmp_path: Path) -> None:
    guide = read_guide(write(tmp_path, SMALL))
    assert [c.id for c in guide.chapters] == ["calm"] and guide.situations == ()
    assert guide.findings == read_guide(None).findings


def test_a_guide_can_change_single_keys(tmp_path: Path) -> None:
    shipped = read_guide(None)
    text = (
        'name = "Ours"\nversion = "2"\nextends = "shipped"\n'
        '[chapter.attend]\nasks = "Let them finish."\n[finding.cut_in]\ntitle = "Too early"\n'
    )
    guide = read_guide(write(tmp_path, text))
    attend, before = guide.chapter("attend"), shipped.chapter("attend")
    assert attend is not None and before is not None
    assert attend == before.model_copy(update={"asks": "Let them finish."})
    assert guide.findings["cut_in"].title == "Too early"
    assert guide.findings["cut_in"].advice == shipped.findings["cut_in"].advice
    assert [c for c in guide.chapters if c.id != "attend"] == [
        c for c in shipped.chapters if c.id != "attend"
    ]
    assert guide.sha256 != shipped.sha256 == read_guide(None).sha256


def test_equal_words_give_equal_hashes(tmp_path: Path) -> None:
    one: Guide = read_guide(write(tmp_path, SMALL))
    other = read_guide(write(tmp_path, "# a remark\n" + SMALL.replace("\n", "\n\n")))
    assert one.sha256 == other.sha256
    assert one.sha256 != read_guide(write(tmp_path, SMALL.replace("Breathe", "Wait"))).sha256


HEAD = 'name = "Ours"\nversion = "1"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = \nversion = 3", r"guide\.toml is not valid TOML: .*line 1"),
        ('version = "1"\n[chapter.x]\n', r"guide\.toml: name is missing; expected a line such as"),
        (SMALL.replace('"1"', "1"), r"line 3: version = 1: expected a text such as"),
        (HEAD, r"guide\.toml: has no chapter; .*\[chapter\.NAME\]"),
        (HEAD + 'extends = "ours"\n', r'line 3: extends = \'ours\': expected "shipped"'),
        (HEAD + "chapters = 3\n", r"line 3: unknown key 'chapters'; did you mean 'chapter'"),
        (HEAD + "chapter = 3\n", r"line 3: chapter: expected tables such as \[chapter\.NAME\]"),
        (HEAD + '[chapter]\ntitle = "x"\n', r"line 4: \[chapter\] needs a name"),
        (SMALL.replace("asks", "ask"), r"line 6: \[chapter\.calm\] unknown key 'ask'.*'asks'"),
        (SMALL.replace('why = "It helps."\n', ""), r"line 4: \[chapter\.calm\] why is missing; "),
        (SMALL.replace('"It helps."', '" "'), r"line 7: \[chapter\.calm\] why is empty; expected"),
        (SMALL.replace('"It helps."', "4"), r"line 7: .*why = 4: expected a text\. Why it"),
        (
            SMALL.replace('"measured"', '"mesured"'),
            r"line 8: .*kind = 'mesured'; expected: measured, .*Did you mean 'measured'\?",
        ),
        (SMALL + 'heard = "x"\n', r"line 11: .*heard = 'x': expected a list of texts"),
        (SMALL.replace(".calm", ".Be-calm"), r"line 4: \[chapter\.Be-calm\]: a name has small"),
        (
            HEAD + 'extends = "shipped"\n[finding.cut_inn]\ntitle = "x"\n',
            r"line 4: .*why is missing; .* Or did you mean \[finding\.cut_in\], which is there",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as raised:
        read_guide(path)
    assert str(raised.value).startswith(str(path))


def test_a_guide_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the guide .*none\.toml: No such file"):
        read_guide(tmp_path / "none.toml")
    path = tmp_path / "guide.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot read the guide"):
        read_guide(path)


def test_the_docs_name_every_chapter_situation_and_code() -> None:
    text = (DOCS / "guide.md").read_text(encoding="utf-8")
    assert [name for name in (*CHAPTERS, *SITUATIONS, *CODES) if f"`{name}`" not in text] == []


def test_every_measure_has_a_short_name_and_stands_in_the_docs() -> None:
    text = (DOCS / "scorecard.md").read_text(encoding="utf-8")
    for name in MEASURES:
        assert measure_title(name) != measure_name(name), name
        assert f"`{name}`" in text, name


@pytest.mark.parametrize(
    ("measure", "unit", "value", "expected"),
    [
        ("uncut_share", "share", 0.804, "80 %"),
        ("blames", "count", 0.0, "none"),
        ("blames", "count", 1.0, "1 time"),
        ("interruptions_per_10_min", "per 10 min", 1.44, "1.4 in 10 minutes"),
        ("backchannels_per_min", "per min", 4.0, "4 a minute"),
        ("silent_wait_s", "s", 12.34, "12.3 s"),
        ("calmness", "points", 73.3, "73 of 100"),
        ("pitch_after_tense_st", "st", 0.5, "0.5 semitones"),
        ("escalation_delay_turns", "turns", 1.0, "1 turn"),
        ("closing_thanks", "0..1", 1.0, "yes"),
        ("closing_thanks", "0..1", 0.0, "no"),
        ("closing_next_step", "0..1", 0.8, "in part (0.8 of 1)"),
        ("tension_fall", "0..1", 0.35, "0.35 of 1"),
        ("tension_fall", "0..1", 0.0, "0.00 of 1"),
    ],
)
def test_values_in_words(measure: str, unit: str, value: float, expected: str) -> None:
    assert value_text(measure, unit, value).replace(NBSP, " ") == expected


@pytest.mark.parametrize(
    ("measure", "unit", "good", "poor", "expected"),
    [
        ("uncut_share", "share", 0.8, 0.0, ("80 % or more", "0 %")),
        ("uncut_share", "share", 1.0, 0.5, ("100 %", "50 % or less")),
        ("concern_cut_share", "share", 0.0, 0.5, ("0 %", "50 % or more")),
        ("blames", "count", 0.0, 2.0, ("none", "2 times or more")),
        ("pitch_after_tense_st", "st", 0.5, 4.0, ("0.5 semitones or less", "4 semitones or more")),
        ("closing_thanks", "0..1", 1.0, 0.0, ("yes", "no")),
    ],
)
def test_what_is_good_in_words(
    measure: str, unit: str, good: float, poor: float, expected: tuple[str, str]
) -> None:
    item = ItemScore(measure, unit, None, None, "x", good, poor, 1.0)
    assert tuple(t.replace(NBSP, " ") for t in (good_text(item), poor_text(item))) == expected
