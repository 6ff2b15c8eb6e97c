"""The scorecard file and the rows, coverage and overall score it gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import factory
from callcoach.analysis.trust import with_trust
from callcoach.coaching.diff import diff
from callcoach.coaching.facts import facts_of
from callcoach.coaching.measures.catalogue import MEASURES
from callcoach.coaching.measures.catalogue import measured as measure
from callcoach.coaching.scorecard import check_against_guide, read_scorecard, scorecard_of
from callcoach.config.guide import Guide, read_guide
from callcoach.config.measures import MeasuresConfig
from callcoach.config.permit import Permit, Permits, permits_json
from callcoach.config.scorecard import ScorecardFile
from callcoach.errors import ConfigError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import OVERALL, Scorecard
from callcoach.model.recording import CallWarning

SHIPPED = Path(__file__).resolve().parents[1] / "configs" / "scorecard.toml"
CHAPTERS = (
    "validate", "attend", "clarify", "gentle_voice", "responses", "respect", "empathy",
    "body_language", "solutions", "composure", "escalate", "follow_up",
)  # fmt: skip
SITUATIONS = ("wont_listen", "heated", "under_pressure", "cannot_meet", "after_mistake")
SMALL = """
name = "small"
version = "3"
[[practices.attend.items]]
measure = "interruptions_per_10_min"
poor = 10.0
good = 0.0
[[practices.follow_up.items]]
measure = "closing_thanks"
poor = 0.0
good = 1.0
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "card.toml"
    path.write_text(text, encoding="utf-8")
    return path


def scored(analysis: CallAnalysis, card: ScorecardFile, guide: Guide | None = None) -> Scorecard:
    config = MeasuresConfig()
    facts = facts_of(with_trust(analysis, config))
    return scorecard_of(facts, measure(facts, config), card, guide or read_guide(None))


# --------------------------------------------------------------------------- the file


def test_the_shipped_scorecard_has_a_row_for_every_chapter_and_situation():
    card = read_scorecard(None)
    assert set(card.practices) == set(CHAPTERS)
    assert set(card.situations) == set(SITUATIONS)
    check_against_guide(card, read_guide(None))


def test_every_default_has_its_reason_in_the_shipped_file():
    """Each item has a comment of its own, or stands in the block of situations or closing marks."""
    chapters = SHIPPED.read_text(encoding="utf-8").split("# ---")[1]
    for block in chapters.split("[[practices.")[1:]:
        head = block.split("measure =")[0]
        assert "#" in head or "closing_" in block, block


def test_the_hash_follows_the_content_and_nothing_else(tmp_path):
    same = read_scorecard(written(tmp_path, "# a comment\n" + SMALL))
    plain = read_scorecard(written(tmp_path, SMALL))
    other = read_scorecard(written(tmp_path, SMALL.replace("10.0", "9.0")))
    assert same.sha256 == plain.sha256 != other.sha256
    assert len(plain.sha256) == 64


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "small"', "name = ", "not valid TOML"),
        ('name = "small"\n', "", "name is missing; expected name = "),
        ("poor = 10.0", "por = 10.0", "[practices.attend.items 1] unknown key 'por'; did you mean"),
        ("poor = 10.0", 'poor = "ten"', "poor = 'ten'"),
        ("poor = 10.0", "poor = 0.0", "poor and good must differ"),
        ("[[practices.attend", "[[practises.attend", "unknown key 'practises'; did you mean"),
        ("closing_thanks", "closing_thank", "unknown measure 'closing_thank'; did you mean"),
        ('version = "3"', 'version = "3"\nmin_coverage = 2', "min_coverage = 2"),
        (
            "[[practices.follow_up",
            '[practices.seen]\nweight = 1\nnot_audible = "no"\n[[practices.follow_up',
            "must have weight 0",
        ),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_with_file_key_and_what_is_expected(tmp_path, old, new, told):
    assert old in SMALL
    path = written(tmp_path, SMALL.replace(old, new))
    with pytest.raises(ConfigError) as error:
        read_scorecard(path)
    assert str(path) in str(error.value)
    assert told in str(error.value)


def automatic(folder, calibration='calibration_file = "permit.json"\n'):
    """The small scorecard with an automatic practice."""
    text = SMALL.replace(
        "[[practices.attend.items]]",
        "[practices.attend]\nautomatic = true\n[[practices.attend.items]]",
    ).replace('version = "3"\n', f'version = "3"\n{calibration}')
    return written(folder, text)


def permit(folder, sha256, **practices):
    (folder / "permit.json").write_text(permits_json(Permits(sha256, practices)), encoding="utf-8")


@pytest.fixture
def small_sha256(tmp_path_factory):
    return read_scorecard(written(tmp_path_factory.mktemp("plain"), SMALL)).sha256


def test_a_calibrated_practice_may_be_automatic(tmp_path, small_sha256):
    permit(tmp_path, small_sha256, attend=Permit(True, 0.6, 30))
    card = read_scorecard(automatic(tmp_path))
    assert card.sha256 == small_sha256  # else the calibration would be of another scorecard
    assert card.automatic == ("attend",)
    rows = scored(factory.two_channels(), card)
    assert [p.id for p in rows.practices if p.automatic] == ["attend"]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda folder, own: permit(folder, own, attend=Permit(False, 0.59, 40)),
         ["the calibration does not allow it", "0.59 at least, 40 calls"]),
        (lambda folder, own: permit(folder, own, follow_up=Permit(True, 0.9, 40)),
         ["no scores of people"]),
        (lambda folder, own: permit(folder, "ab" * 32, attend=Permit(True, 0.9, 40)),
         ["another scorecard"]),
        (lambda folder, own: None, ["cannot read the calibration"]),
        (lambda folder, own: (folder / "permit.json").write_text("{"), ["not valid JSON"]),
    ],
)  # fmt: skip
def test_an_automatic_practice_without_a_fitting_calibration_is_refused(
    tmp_path, small_sha256, made, told
):
    made(tmp_path, small_sha256)
    path = automatic(tmp_path)
    with pytest.raises(ConfigError) as error:
        read_scorecard(path)
    message = str(error.value)
    assert "\n" not in message
    for word in (str(path), "[practices.attend] automatic", "permit.json", *told):
        assert word in message
    assert "callcoach calibrate --json" in message


def test_an_automatic_practice_needs_the_name_of_a_calibration(tmp_path):
    path = automatic(tmp_path, calibration="")
    with pytest.raises(ConfigError) as error:
        read_scorecard(path)
    for word in (str(path), "[practices.attend] automatic", "calibration_file = ", "--json"):
        assert word in str(error.value)


def test_a_calibration_that_no_practice_needs_is_not_read(tmp_path, small_sha256):
    text = SMALL.replace('version = "3"\n', 'version = "3"\ncalibration_file = "gone.json"\n')
    assert read_scorecard(written(tmp_path, text)).sha256 == small_sha256


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot read the scorecard .*nowhere"):
        read_scorecard(tmp_path / "nowhere.toml")


def test_a_practice_that_the_guide_does_not_know_is_told(tmp_path):
    card = read_scorecard(written(tmp_path, SMALL.replace("practices.attend", "practices.atend")))
    with pytest.raises(ConfigError, match=r"practices\.atend.*did you mean 'attend'"):
        check_against_guide(card, read_guide(None))


def test_a_moment_without_words_is_told_when_the_scorecard_is_loaded(tmp_path):
    shipped = read_guide(None)
    words = {code: text for code, text in shipped.findings.items() if code != "cut_in"}
    guide = shipped.model_copy(update={"findings": words})
    card = read_scorecard(written(tmp_path, SMALL))
    with pytest.raises(ConfigError, match=r"'interruptions_per_10_min'.*\[finding\.cut_in\]"):
        check_against_guide(card, guide)
    other = read_scorecard(written(tmp_path, SMALL.replace("interruptions_per_10_min", "blames")))
    check_against_guide(other, guide)


# --------------------------------------------------------------------------- rows and overall


@pytest.mark.parametrize(
    "analysis", [factory.two_channels(), factory.tense_call(), factory.mono(), factory.empty()]
)
def test_every_chapter_and_situation_has_a_score_or_a_reason_in_every_call(analysis):
    rows = scored(analysis, read_scorecard(None))
    assert {p.id for p in rows.practices} == set(CHAPTERS)
    assert {s.id for s in rows.situations} == set(SITUATIONS)
    for row in (*rows.practices, *rows.situations):
        assert (row.score is None) == bool(row.reason)
    assert (rows.overall is None) == bool(rows.reason)


def test_rows_come_in_the_guides_order_and_chapters_without_rule_say_so(tmp_path):
    rows = scored(factory.two_channels(), read_scorecard(written(tmp_path, SMALL)))
    assert [p.id for p in rows.practices] == [c.id for c in read_guide(None).chapters]
    validate = rows.practice("validate")
    assert validate is not None
    assert validate.reason == "the scorecard has no rule for this chapter"


def test_where_nobody_knows_the_agent_nothing_is_scored():
    rows = scored(factory.mono(), read_scorecard(None))
    assert all(p.score is None for p in rows.practices)
    assert rows.overall is None
    assert not any(s.heard for s in rows.situations)


def test_the_overall_score_is_the_weighted_mean_of_what_has_a_score(tmp_path):
    card = read_scorecard(None)
    rows = scored(factory.tense_call(), card)
    known = [(p.weight, p.score) for p in rows.practices if p.score is not None]
    assert len(known) >= 3
    mean = sum(w * s for w, s in known) / sum(w for w, _ in known)
    assert rows.overall == pytest.approx(mean)


def test_a_bad_recording_lowers_the_coverage_and_not_the_scores():
    call = replace(factory.tense_call(), warnings=())
    card = read_scorecard(None)
    clean = scored(call, card)
    noisy = scored(replace(call, warnings=(CallWarning("noisy", "a noisy line"),)), card)
    assert [p.score for p in noisy.practices] == [p.score for p in clean.practices]
    assert noisy.coverage < clean.coverage


def test_under_the_least_coverage_there_is_no_overall_score(tmp_path):
    call = factory.tense_call()
    low = read_scorecard(written(tmp_path, SMALL)).model_copy(update={"min_coverage": 0.0})
    high = low.model_copy(update={"min_coverage": 1.0})
    worn = replace(call, warnings=(CallWarning("noisy", "a noisy line"),))
    assert scored(worn, low).overall is not None
    none = scored(worn, high)
    assert none.overall is None
    assert "100 % are needed" in (none.reason or "")


def test_a_critical_measure_caps_the_overall_score_and_says_why(tmp_path):
    critical = (
        '[[critical]]\nmeasure = "closing_thanks"\nat_least = {}\ncap = 12.0\nwhy = "a test"\n'
    )
    plain = scored(factory.two_channels(), read_scorecard(written(tmp_path, SMALL)))
    assert plain.overall is not None and plain.overall > 12.0
    assert plain.caps == ()
    held = read_scorecard(written(tmp_path, SMALL + critical.format(0.0)))
    capped = scored(factory.two_channels(), held)
    assert capped.overall == 12.0
    assert [cap.why for cap in capped.caps] == ["a test"]
    free = read_scorecard(written(tmp_path, SMALL + critical.format(2.0)))
    assert scored(factory.two_channels(), free).overall == plain.overall


def test_the_result_names_the_scorecard_and_the_guide(tmp_path):
    card = read_scorecard(written(tmp_path, SMALL))
    guide = read_guide(None)
    rows = scored(factory.two_channels(), card)
    assert (rows.name, rows.version, rows.sha256) == ("small", "3", card.sha256)
    assert (rows.guide, rows.guide_sha256) == (guide.name, guide.sha256)


def test_every_measure_of_the_shipped_card_is_in_the_catalogue():
    assert set(read_scorecard(None).measures()) <= set(MEASURES)


# --------------------------------------------------------------------------- diff


def test_a_measure_that_was_renamed_says_its_new_name(tmp_path):
    text = SMALL.replace("interruptions_per_10_min", "unexplained_wait_s")
    with pytest.raises(ConfigError, match="it is called 'silent_wait_s' now"):
        read_scorecard(written(tmp_path, text))


def test_the_same_scorecard_changes_nothing():
    card = read_scorecard(None)
    found = diff(
        [factory.two_channels(), factory.tense_call()],
        read_guide(None),
        card,
        card,
        MeasuresConfig(),
    )
    assert found.calls == 2
    assert all(row.changed == 0 for row in found.practices)
    assert all(row.mean_before == row.mean_after for row in found.practices)
    assert found.most_changed == ()


def test_a_diff_counts_what_changes_and_names_the_calls(tmp_path):
    before = read_scorecard(written(tmp_path, SMALL))
    after = read_scorecard(written(tmp_path, SMALL.replace("good = 1.0", "good = 2.0")))
    calls = [factory.two_channels(), factory.tense_call(), factory.mono()]
    found = diff(iter(calls), read_guide(None), before, after, MeasuresConfig())
    rows = {row.practice: row for row in found.practices}
    thanked = [scored(call, before).practice("follow_up").score for call in calls[:2]]
    assert rows["follow_up"].changed == sum(score > 0 for score in thanked) > 0
    assert rows["follow_up"].scored_before == rows["follow_up"].scored_after == 2
    assert rows["follow_up"].mean_after == pytest.approx(sum(thanked) / 4)
    assert rows["attend"].changed == 0
    assert found.practices[-1].practice == OVERALL
    assert {call.call_id for call in found.most_changed} <= {c.call.id for c in calls}
    assert len(found.most_changed) == rows[OVERALL].changed
    assert (found.before, found.after) == ("small 3", "small 3")


def test_a_practice_that_comes_and_goes_counts_as_changed(tmp_path):
    with_it = read_scorecard(written(tmp_path, SMALL))
    without = with_it.model_copy(update={"practices": {"attend": with_it.practices["attend"]}})
    found = diff([factory.two_channels()], read_guide(None), with_it, without, MeasuresConfig())
    row = next(row for row in found.practices if row.practice == "follow_up")
    assert (row.changed, row.scored_before, row.scored_after) == (1, 1, 0)
    assert (row.mean_after, row.difference) == (None, None)
