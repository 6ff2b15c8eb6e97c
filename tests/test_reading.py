"""The sheet that readers judge, and the precision that comes of it."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

from callcoach.calibration.resample import wilson
from callcoach.coaching.coach import coach
from callcoach.coaching.scorecard import read_scorecard
from callcoach.config.config import Config
from callcoach.config.guide import read_guide
from callcoach.model.analysis import CallAnalysis
from factory import tense_call

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
sys.path.append(str(BENCHMARKS))
from reading import Answer, Judgement, blind, read_judgements, sheet, table  # noqa: E402


@pytest.fixture(scope="module")
def call() -> CallAnalysis:
    return coach(tense_call(), read_guide(None), read_scorecard(None), None, Config().measures)


def test_the_sheet_has_every_finding_and_tells_no_code_or_confidence(call: CallAnalysis) -> None:
    text = sheet([call])
    assert call.findings
    for finding in call.findings:
        assert f"finding {blind(call.call.id, finding.key)}" in text
        assert finding.title in text
        assert finding.key not in text
    assert "confidence" not in text


def test_the_sheet_shows_what_was_said_around_a_finding(call: CallAnalysis) -> None:
    assert call.findings
    finding = call.findings[0]
    said = next(turn for turn in call.turns if turn.id == finding.turn)
    assert said.text in sheet([call])


def test_precision_counts_what_could_be_judged(call: CallAnalysis) -> None:
    assert call.findings
    name = call.call.id
    key = blind(name, call.findings[0].key)
    answers = [Answer.HOLDS, Answer.HOLDS, Answer.HOLDS, Answer.DOES_NOT, Answer.CANNOT_TELL]
    found = [
        Judgement(name, key, answer, f"r{at}", "language model" if at else "person")
        for at, answer in enumerate(answers)
    ]
    text = table([call], [*found, Judgement(name, "gone", Answer.HOLDS, "r", "person")])
    low, high = wilson(0.75, 4, 0.95)
    assert f"| 3 | 1 | 1 | 0.75 | {low:.2f} to {high:.2f} |" in text
    assert f"`{call.findings[0].code}`" in text
    assert "language model (4 verdicts), person (1 verdicts)" in text
    assert "gone: 1" in text


def test_verdicts_without_a_reader_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["call", "finding", "verdict", "reader", "what"])
        rows.writerow(["a", "b", "holds", "Mo", "person"])
        rows.writerow(["a", "b", "holds", "", "person"])
    with pytest.raises(SystemExit, match="line 3"):
        read_judgements(path)
