"""Reviews as people's scores, and how often people agreed with the findings."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from statsmodels.stats.proportion import proportion_confint

from callcoach.calibration.human import HumanScore, HumanScores
from callcoach.calibration.reviewed import joined, opinions_of, review_scores
from callcoach.calibration.text import opinions_text
from callcoach.cli import main
from callcoach.review.store import reviews_of
from callcoach.reviews import CallReviews, Opinion, ReviewRole
from callcoach.settings.calibration import CalibrationConfig
from reviewing import AT, opinion, score
from shipped import ReviewStore
from stored import PRACTICE
from stored import scored as scored_calls

CONFIG = CalibrationConfig()
CALLS = [f"c{number:03d}" for number in range(40)]


def of(*said) -> dict[str, CallReviews]:
    """Reviews by call, without a store."""
    by_call: dict[str, CallReviews] = {}
    for one in said:
        old = by_call.get(one.call_id, CallReviews())
        part = "scores" if hasattr(one, "score") else "findings"
        by_call[one.call_id] = replace(old, **{part: (*getattr(old, part), one)})
    return by_call


def test_scores_of_reviews_are_those_of_their_raters() -> None:
    reviews = of(
        score(60, call_id="c1", seen=False),
        score(70, call_id="c1", reviewer="Ben"),
        score(None, call_id="c2", reviewer="ben", seen=False),
        score(10, call_id="c1", reviewer="Maya", role=ReviewRole.AGENT),
        score(10, call_id="c1", practice="gone"),
        score(10, call_id="elsewhere"),
    )
    found = review_scores(reviews, ["attend"], ["c1", "c2"])
    assert found.all.scores == (
        HumanScore("c1", "Ana", "attend", 60),
        HumanScore("c1", "Ben", "attend", 70),
        HumanScore("c2", "Ben", "attend", None),
    )
    assert [one.rater for one in found.blind.scores] == ["Ana", "Ben"]
    assert found.after == 1 and found.all.unknown_calls == ("elsewhere",)


def test_one_person_with_two_roles_is_one_rater_and_the_latest_counts() -> None:
    first = score(60, role=ReviewRole.COACH)
    later = replace(score(80, role=ReviewRole.QA), at=AT + timedelta(hours=1))
    for order in ((first, later), (later, first)):
        (found,) = review_scores(of(*order), ["attend"], ["c1"]).all.scores
        assert found.score == 80


def test_a_file_goes_before_reviews() -> None:
    file = HumanScores((HumanScore("c1", "ana", "attend", 50),))
    found = review_scores(of(score(60), score(70, call_id="c2")), ["attend"], ["c1", "c2"])
    assert joined(file, found.all).scores == (
        HumanScore("c1", "ana", "attend", 50),
        HumanScore("c2", "ana", "attend", 70),
    )


def test_precision_is_the_share_of_findings_that_people_agree_with() -> None:
    said = [opinion(call_id=f"c{n}", key="k") for n in range(8)]
    said += [opinion(Opinion.DISAGREE, call_id=f"c{n}", key="k") for n in range(8, 12)]
    said += [opinion(Opinion.UNSURE, call_id="c12", key="k")]
    said += [opinion(Opinion.DISAGREE, call_id="c0", key="k", role=ReviewRole.AGENT)]
    keys = {f"c{n}": ["k"] for n in range(13)}
    total, practice, code = opinions_of(of(*said), keys, CONFIG).rows
    assert (total.agree, total.disagree, total.undecided) == (8, 4, 1)
    assert total.share == pytest.approx(8 / 12)
    low, high = proportion_confint(8, 12, alpha=0.05, method="wilson")
    assert (total.low, total.high) == (pytest.approx(low), pytest.approx(high))
    assert (practice.practice, practice.code) == ("attend", None)
    assert (code.practice, code.code) == ("attend", "cut_in")
    assert (total.agents_agree, total.agents_disagree) == (0, 1)


def test_each_finding_counts_once_by_the_majority() -> None:
    def all_of(*votes: Opinion) -> tuple[int, int, int]:
        said = [opinion(vote, key="k", reviewer=f"r{n}") for n, vote in enumerate(votes)]
        total = opinions_of(of(*said), {"c1": ["k"]}, CONFIG).rows[0]
        return total.agree, total.disagree, total.undecided

    agree, disagree, unsure = Opinion.AGREE, Opinion.DISAGREE, Opinion.UNSURE
    assert all_of(agree, agree, disagree) == (1, 0, 0)
    assert all_of(disagree, unsure) == (0, 1, 0)
    assert all_of(agree, disagree) == (0, 0, 1)
    assert all_of(unsure) == (0, 0, 1)


def test_few_findings_have_no_interval_and_gone_ones_are_left_out() -> None:
    found = opinions_of(of(opinion(key="k"), opinion(key="gone")), {"c1": ["k"]}, CONFIG)
    assert found.gone == 1
    assert (found.rows[0].share, found.rows[0].low, found.rows[0].high) == (1.0, None, None)
    text = opinions_text(found)
    assert "1\u00a0opinion on findings that the reports no longer have" in text
    assert opinions_of({}, {}, CONFIG).rows == ()
    assert "Nobody has judged" in opinions_text(opinions_of({}, {}, CONFIG))


def test_only_an_agents_opinion_is_no_precision() -> None:
    said = opinion(key="k", role=ReviewRole.AGENT)
    total = opinions_of(of(said), {"c1": ["k"]}, CONFIG).rows[0]
    assert (total.agree, total.disagree, total.share, total.agents_agree) == (0, 0, None, 1)


def calibrated(*arguments: object):
    return CliRunner().invoke(main, ["calibrate", *map(str, arguments)])


def reviewed(out: Path, *, seen: bool) -> None:
    """Forty calls, scored as the machine does: agreement is full."""
    scored_calls(out, [30.0, 60.0, 90.0, 62.0] * 10, ["a"] * 40)
    store = ReviewStore(out)
    for call_id, value in zip(CALLS, [31.0, 61.0, 91.0, 60.0] * 10, strict=True):
        store.add(score(value, call_id=call_id, practice=PRACTICE, seen=seen))


def test_the_command_takes_reviews_for_peoples_scores(tmp_path: Path) -> None:
    reviewed(tmp_path / "out", seen=False)
    permit = tmp_path / "permit.json"
    done = calibrated(tmp_path / "out", "--reviews", "-o", tmp_path / "n.csv", "--json", permit)
    assert done.exit_code == 0, done.output
    assert "40\u00a0calls scored by 1\u00a0rater" in done.output
    assert "after the report was opened" not in done.output
    (row,) = csv.DictReader((tmp_path / "n.csv").read_text().splitlines())
    assert (row["practice"], row["calls"], row["may_be_automatic"]) == (PRACTICE, "40", "True")
    assert (tmp_path / "n-opinions.csv").is_file()
    assert "true" in permit.read_text()


def test_scores_after_the_report_allow_nothing_automatic(tmp_path: Path) -> None:
    reviewed(tmp_path / "out", seen=True)
    permit = tmp_path / "permit.json"
    done = calibrated(tmp_path / "out", "--reviews", "--json", permit)
    assert done.exit_code == 0, done.output
    assert "40 of 40 scores were given after the report was opened" in " ".join(done.output.split())
    assert "true" not in json.dumps(json.loads(permit.read_text()))


def test_opinions_alone_are_counted_too(tmp_path: Path) -> None:
    out = tmp_path / "out"
    store = scored_calls(out, [50.0], ["a"])
    findings = store.load("c000").findings or ()
    assert findings
    for one in findings[:2]:
        ReviewStore(out).add(replace(opinion(call_id="c000"), finding=one.key))
    done = calibrated(out, "--reviews")
    assert done.exit_code == 0, done.output
    assert "No scores of people yet" in done.output and "all findings" in done.output


def test_without_people_there_is_nothing_to_compare(tmp_path: Path) -> None:
    out = tmp_path / "out"
    scored_calls(out, [50.0], ["a"])
    for arguments, told in (((), "or --reviews"), (("--reviews",), "nobody has reviewed")):
        done = calibrated(out, *arguments)
        assert done.exit_code == 2 and told in done.output
    assert not (out / "reviews.sqlite").exists()


def test_reviews_of_a_store_are_the_same_as_those_in_memory(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    said = (score(60, seen=False), opinion())
    for one in said:
        store.add(one)
    assert reviews_of(store.events()) == of(*said)
