"""The machine's scores beside people's."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from callcoach.calibration.bands import Bands
from callcoach.calibration.compare import calibrate
from callcoach.calibration.edges import suggest_edges
from callcoach.calibration.human import HumanScore, HumanScores
from callcoach.calibration.pairs import ScoredCall, pair
from callcoach.calibration.result import Calibration, PracticeCalibration
from callcoach.calibration.text import calibration_text
from callcoach.config.calibration import CalibrationConfig
from callcoach.reports.tables.calibration_rows import calibration_rows
from callcoach.reports.tables.spreadsheet import csv_text

CONFIG = CalibrationConfig(resamples=400)
Scores = Sequence[float | None]


def people(*raters: Scores, practice: str = "validate") -> HumanScores:
    """Each rater's scores of the calls c000, c001, ..."""
    return HumanScores(
        tuple(
            HumanScore(f"c{number:03}", f"rater {index}", practice, score)
            for index, scores in enumerate(raters)
            for number, score in enumerate(scores)
        )
    )


def machine(scores: Scores, practice: str = "validate") -> list[ScoredCall]:
    return [ScoredCall(f"c{number:03}", {practice: s}) for number, s in enumerate(scores)]


def only(calibration: Calibration) -> PracticeCalibration:
    (practice,) = calibration.practices
    return practice


SPREAD = [float(10 * (n % 10) + 5) for n in range(60)]


def test_one_practice_by_hand() -> None:
    ours: Scores = [10, 60, 90, 90, None, 20, 80]
    theirs: Scores = [20, 60, 80, 60, 40, None, 90]
    found = only(calibrate(machine(ours), people(theirs), CONFIG))
    assert (found.calls, found.raters) == (5, 1)
    assert (found.only_people, found.only_machine, found.neither) == (1, 1, 0)
    assert found.agreement.value == pytest.approx(4 / 5)
    table = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 2]])
    assert found.kappa.value == pytest.approx(cohens_kappa(table).kappa)
    assert found.weighted_kappa.value == pytest.approx(cohens_kappa(table, wt="fc").kappa)
    assert found.bias.mean.value == pytest.approx((-10 + 0 + 10 + 30 - 10) / 5)
    assert [(b.name, b.by_people, b.by_machine) for b in found.prevalence] == [
        ("low", pytest.approx(0.2), pytest.approx(0.2)),
        ("middle", pytest.approx(0.4), pytest.approx(0.2)),
        ("high", pytest.approx(0.4), pytest.approx(0.6)),
    ]
    first, *others = found.most_different
    assert (first.call_id, first.machine, first.people, first.difference) == ("c003", 90, 60, 30)
    assert [c.call_id for c in others] == ["c000", "c002", "c006"]  # c001 does not differ
    assert found.kappa.low is None and "5 of the 10 calls" in str(found.kappa.reason)
    assert found.automatic is not None and not found.automatic.may
    assert found.automatic.reason == "5 of the 30 calls that it takes"
    assert any("under 30 calls" in note for note in found.notes)


def test_people_are_the_mean_of_their_scores_unless_most_say_not_applicable() -> None:
    human = people([80, 80, None, None], [60, None, None, 50], [10, None, 40, 60])
    found = pair(machine([1, 2, 3, 4]), human, "validate")
    assert found.people[0] == 50 and found.people[3] == 55
    assert np.isnan(found.people[[1, 2]]).all()  # one of three scored
    tie = pair(machine([1]), people([80], [None]), "validate")
    assert tie.people.tolist() == [80]  # half is not most


def test_sure_agreement_may_be_automatic_and_unsure_may_not() -> None:
    good = only(calibrate(machine(SPREAD), people(SPREAD), CONFIG))
    assert good.automatic is not None and good.automatic.may
    assert good.kappa.low is not None and good.kappa.low >= 0.6
    rng = np.random.default_rng(3)
    noisy = [float(s) for s in np.clip(np.array(SPREAD) + rng.normal(0, 25, 60), 0, 100)]
    poor = only(calibrate(machine(noisy), people(SPREAD), CONFIG))
    assert poor.automatic is not None and not poor.automatic.may
    assert "as low as" in poor.automatic.reason and "0.6 at least" in poor.automatic.reason
    few = only(calibrate(machine(SPREAD[:29]), people(SPREAD[:29]), CONFIG))
    assert few.automatic is not None and not few.automatic.may
    low = CONFIG.model_copy(update={"automatic_kappa": 0.05})
    assert only(calibrate(machine(noisy), people(SPREAD), low)).automatic.may  # type: ignore[union-attr]


def test_the_limit_for_automatic_is_the_lower_end_of_the_interval() -> None:
    """A kappa of 0.8 on 30 calls is not sure to be above 0.6."""
    theirs = [20.0, 60.0, 90.0] * 10
    ours = [*theirs[:26], 20.0, 90.0, 20.0, 60.0]
    found = only(calibrate(machine(ours), people(theirs), CONFIG))
    assert found.kappa.value is not None and found.kappa.value > 0.75
    assert found.kappa.low is not None and found.kappa.low < 0.6
    assert found.automatic is not None and not found.automatic.may


def test_raters_among_themselves_beside_the_machine() -> None:
    rng = np.random.default_rng(5)
    truth = rng.uniform(0, 100, 80)

    def noisy(sd: float) -> list[float]:
        return [float(s) for s in np.clip(truth + rng.normal(0, sd, 80), 0, 100)]

    raters = [noisy(5), noisy(5), noisy(5)]
    found = only(calibrate(machine(noisy(30)), people(*raters), CONFIG))
    assert found.rater_to_rater.pairs == 3 and found.machine_to_rater.pairs == 3
    for name in ("kappa", "weighted_kappa", "icc"):
        among = getattr(found.rater_to_rater, name)
        ours = getattr(found.machine_to_rater, name)
        assert ours.high < among.low, name
        assert ours.low < ours.value < ours.high and ours.calls == 80
    kappas = []
    for one, other in ((0, 1), (0, 2), (1, 2)):
        table = np.zeros((3, 3))
        np.add.at(
            table, (Bands().of(np.array(raters[one])), Bands().of(np.array(raters[other]))), 1
        )
        kappas.append(cohens_kappa(table).kappa)
    assert found.rater_to_rater.kappa.value == pytest.approx(np.mean(kappas))


def test_raters_who_share_few_calls_are_not_compared() -> None:
    first = [*SPREAD[:30], *([None] * 30)]
    second = [*([None] * 21), *SPREAD[21:]]  # 9 calls in common
    rows = [row for row in people(first, second).scores if row.score is not None]
    found = only(calibrate(machine(SPREAD), HumanScores(tuple(rows)), CONFIG))
    assert found.calls == 60 and found.machine_to_rater.pairs == 2
    assert found.rater_to_rater.pairs == 0 and found.rater_to_rater.kappa.value is None
    assert found.rater_to_rater.kappa.reason == "no two share enough calls"


def test_people_who_disagree_are_told_so() -> None:
    rng = np.random.default_rng(6)
    found = only(
        calibrate(machine(SPREAD), people(SPREAD, rng.permutation(SPREAD).tolist()), CONFIG)
    )
    assert any("people agree with each other at kappa" in note for note in found.notes)


def test_a_common_band_is_told() -> None:
    theirs = [90.0] * 57 + [10.0] * 3
    found = only(calibrate(machine(theirs), people(theirs), CONFIG))
    assert any("95% of the calls into 'high'" in note for note in found.notes)
    assert only(calibrate(machine(SPREAD), people(SPREAD), CONFIG)).notes == ()


def test_the_order_of_rows_makes_no_difference() -> None:
    rng = np.random.default_rng(8)
    ours = rng.integers(0, 101, 40).astype(float).tolist()
    human = people(SPREAD[:40], SPREAD[1:41])
    calls, rows = machine(ours), list(human.scores)
    before = calibrate(calls, human, CONFIG)
    random.Random(1).shuffle(calls)
    random.Random(2).shuffle(rows)
    assert calibrate(calls, HumanScores(tuple(rows)), CONFIG) == before


def test_the_total_is_last_and_has_no_automatic() -> None:
    human = HumanScores(
        people(SPREAD, practice="overall").scores + people(SPREAD).scores, ("gone",)
    )
    calls = [
        ScoredCall(f"c{n:03}", {"overall": s, "validate": s, "attend": s})
        for n, s in enumerate(SPREAD)
    ]
    found = calibrate(calls, human, CONFIG)
    assert [p.practice for p in found.practices] == ["validate", "overall"]
    assert found.practices[1].automatic is None and found.practices[1].icc.value == 1
    assert found.unknown_calls == ("gone",) and found.calls == 60


def test_practices_can_have_bands_of_their_own() -> None:
    own = Bands((30.0,), ("no", "yes"))
    found = only(calibrate(machine(SPREAD), people(SPREAD), CONFIG, bands_of={"validate": own}))
    assert found.bands == own and [b.name for b in found.prevalence] == ["no", "yes"]
    usual = only(calibrate(machine(SPREAD), people(SPREAD), CONFIG, bands=own))
    assert usual.bands == own


def test_nothing_in_common() -> None:
    found = only(calibrate(machine([None, 50]), people([80, None]), CONFIG))
    assert found.calls == 0 and found.prevalence == () and found.most_different == ()
    assert found.kappa.value is None and found.bias.mean.value is None
    assert (found.only_people, found.only_machine) == (1, 1)
    assert found.automatic is not None and not found.automatic.may
    assert "0 calls scored by machine and people" in calibration_text(
        calibrate(machine([None, 50]), people([80, None]), CONFIG)
    ).replace("\u00a0", " ")
    assert calibrate(machine([50]), HumanScores(()), CONFIG).practices == ()


# ----------------------------------------------------------------- other edges


def test_a_shifted_machine_gets_the_edges_that_undo_the_shift() -> None:
    theirs = np.random.default_rng(2).uniform(0, 100, 200)
    ours = theirs * 0.6
    found = suggest_edges(ours, theirs, Bands(), CONFIG)
    assert found is not None and found.edges == (30.0, 45.0)
    assert found.kappa_after == pytest.approx(1.0) and found.kappa_before < 0.8
    assert found.calls == 200


def test_other_edges_are_not_suggested_without_a_gain() -> None:
    theirs = np.random.default_rng(2).uniform(0, 100, 60)
    assert suggest_edges(theirs, theirs, Bands(), CONFIG) is None  # perfect already
    assert suggest_edges(theirs * 0.6, theirs, Bands(), CONFIG) is not None
    assert suggest_edges(theirs[:29] * 0.6, theirs[:29], Bands(), CONFIG) is None  # too few
    assert suggest_edges(theirs, np.full(60, 90.0), Bands(), CONFIG) is None  # one band


def test_chance_hardly_ever_suggests_other_edges() -> None:
    rng = np.random.default_rng(9)
    found = 0
    for _ in range(200):
        truth = rng.uniform(0, 100, 40)
        ours, theirs = (np.clip(truth + rng.normal(0, 20, 40), 0, 100) for _ in range(2))
        found += suggest_edges(ours, theirs, Bands(), CONFIG) is not None
    assert found <= 12


def test_edges_fit_the_number_of_bands() -> None:
    theirs = np.random.default_rng(4).uniform(0, 100, 150)
    bands = Bands((20.0, 40.0, 60.0, 80.0), tuple("abcde"))
    found = suggest_edges(theirs * 0.5, theirs, bands, CONFIG)
    assert found is not None and found.edges == (10.0, 20.0, 30.0, 40.0)


# ----------------------------------------------------------------- text and table


def test_the_text_says_what_every_number_is() -> None:
    theirs = np.random.default_rng(2).uniform(0, 100, 60).tolist()
    ours = [score * 0.6 for score in theirs]
    human = people(theirs, ours)
    text = calibration_text(
        calibrate(machine(ours), HumanScores(human.scores, ("x\x1b[2J",), ("a note",)), CONFIG)
    ).replace("\u00a0", " ")
    for words in (
        "60 calls scored by 2 raters and analysed. In brackets: 95 % intervals.",
        "Not analysed and left out: 1 call: x[2J",
        "Note: a note",
        "low under 50, middle 50 to under 75, high from 75",
        "of calls by people",
        "same band",
        "weighted kappa",
        "ICC(2,1) of scores",
        "machine minus people −",
        "95 % of calls differ by",
        "machine to a rater",
        "rater to rater",
        "differs most",
        "may be automatic    no: kappa may be as low as",
        "suggestion          bands of the machine's scores at",
        "Nothing was changed.",
    ):
        assert words in text, words
    assert "\x1b" not in text and "nan" not in text.lower() and "None" not in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_table_has_a_row_for_each_practice() -> None:
    import pandas as pd

    calibration = calibrate(machine(SPREAD), people(SPREAD, SPREAD[1:]), CONFIG)
    (row,) = calibration_rows(calibration)
    practice = only(calibration)
    assert row["practice"] == "validate" and row["calls"] == 60
    assert row["kappa"] == practice.kappa.value and row["kappa_low"] == practice.kappa.low
    assert row["rater_to_rater_pairs"] == 1
    empty = calibration_rows(calibrate(machine([None]), people([50]), CONFIG))[0]
    assert set(empty) == set(row) and empty["kappa"] is None
    assert csv_text(pd.DataFrame([row, empty])).count("\n") == 3
