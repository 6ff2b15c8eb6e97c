"""Kappa, weighted kappa, ICC and bias beside independent libraries and published examples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from callcoach.calibration.agreement import (
    bias,
    cohen_kappa,
    icc_2_1,
    icc_statistic,
    kappa_statistic,
    percent_agreement,
)
from callcoach.calibration.bands import Bands
from callcoach.calibration.fairness import newcombe
from callcoach.calibration.resample import estimate, resampled, wilson
from callcoach.config.calibration import CalibrationConfig
from callcoach.errors import ConfigError

CONFIG = CalibrationConfig(resamples=300)
Table = list[list[int]]

# Tables of counts as printed: rows the one rater, columns the other.
FLEISS: Table = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]  # Fleiss 1981, table 13.1: kappa 0.68
SCLEROSIS: Table = [  # Landis and Koch 1977, Winnipeg patients: kappa 0.208
    [38, 5, 0, 1],
    [33, 11, 3, 0],
    [10, 14, 5, 6],
    [3, 7, 3, 10],
]
CARCINOMA: Table = [  # Agresti 2002, section 10.5: kappa 0.493, quadratic weights 0.78
    [22, 2, 2, 0],
    [5, 7, 14, 0],
    [0, 2, 36, 0],
    [0, 1, 17, 10],
]
SKIN: Table = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]  # SAS manual: 0.3449
# Shrout and Fleiss 1979, table 2: six targets, four judges. Table 4: ICC(2,1) = 0.29.
JUDGES = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)


def unfolded(table: Table) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    rows, columns = np.nonzero(table)
    counts = np.array(table)[rows, columns]
    return np.repeat(rows, counts), np.repeat(columns, counts)


def counted(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], bands: int) -> Table:
    table = np.zeros((bands, bands), int)
    np.add.at(table, (first, second), 1)
    return table.tolist()


def value_of(number: float | None) -> float:
    assert number is not None
    return number


def anova_icc(scores: npt.NDArray[np.float64]) -> float:
    """ICC(2,1) from the mean squares of a two-way analysis of variance by statsmodels."""
    calls, raters = scores.shape
    long = pd.DataFrame(
        {
            "call": np.repeat(np.arange(calls), raters),
            "rater": np.tile(np.arange(raters), calls),
            "score": scores.ravel(),
        }
    )
    table = anova_lm(ols("score ~ C(call) + C(rater)", long).fit())
    square = table["sum_sq"] / table["df"]
    msr, msc, mse = square["C(call)"], square["C(rater)"], square["Residual"]
    return float((msr - mse) / (msr + (raters - 1) * mse + raters / calls * (msc - mse)))


# ----------------------------------------------------------------- published


@pytest.mark.parametrize(
    "table, kappa, digits",
    [(FLEISS, 0.68, 2), (SCLEROSIS, 0.208, 3), (CARCINOMA, 0.493, 3), (SKIN, 0.3449, 4)],
)
def test_kappa_of_published_tables(table: Table, kappa: float, digits: int) -> None:
    found = value_of(cohen_kappa(*unfolded(table), len(table), CONFIG).value)
    assert round(found, digits) == kappa
    assert found == pytest.approx(cohens_kappa(np.array(table)).kappa, abs=1e-9)


def test_weighted_kappa_of_a_published_table() -> None:
    found = cohen_kappa(*unfolded(CARCINOMA), 4, CONFIG, quadratic=True).value
    assert round(value_of(found), 2) == 0.78


def test_icc_of_the_published_judges() -> None:
    found = value_of(icc_2_1(JUDGES, CONFIG).value)
    assert round(found, 2) == 0.29
    assert found == pytest.approx(anova_icc(JUDGES), abs=1e-9)


# ----------------------------------------------------------------- random data


@pytest.mark.parametrize("seed", range(30))
def test_kappas_agree_with_two_libraries(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bands = int(rng.integers(2, 6))
    first = rng.integers(0, bands, 80)
    second = np.where(rng.random(80) < rng.random(), first, rng.integers(0, bands, 80))
    table = np.array(counted(first, second, bands))
    for quadratic, weights, fc in ((False, None, None), (True, "quadratic", "fc")):
        found = value_of(cohen_kappa(first, second, bands, CONFIG, quadratic).value)
        assert found == pytest.approx(cohens_kappa(table, wt=fc).kappa, abs=1e-9)
        known = cohen_kappa_score(first, second, labels=range(bands), weights=weights)
        assert found == pytest.approx(known, abs=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_icc_agrees_with_an_analysis_of_variance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    calls, raters = int(rng.integers(3, 25)), int(rng.integers(2, 6))
    scores = rng.normal(50, 20, (calls, 1)) + rng.normal(0, 10, (calls, raters))
    scores += rng.normal(0, 8, raters)
    assert value_of(icc_2_1(scores, CONFIG).value) == pytest.approx(anova_icc(scores), abs=1e-9)


def test_a_weight_counts_like_as_many_rows() -> None:
    """What the resamples rest on: weights give the statistic of the repeated rows."""
    rng = np.random.default_rng(4)
    weights = rng.integers(0, 4, 12)
    first, second = rng.integers(0, 3, 12), rng.integers(0, 3, 12)
    scores = rng.normal(50, 20, (12, 3))
    weighted = weights.astype(float)[None, :]
    again = np.ones((1, int(weights.sum())))
    for quadratic in (False, True):
        repeated = kappa_statistic(
            np.repeat(first, weights), np.repeat(second, weights), 3, quadratic
        )
        found = kappa_statistic(first, second, 3, quadratic)(weighted)
        assert found == pytest.approx(repeated(again), abs=1e-12)
    repeated_icc = icc_statistic(np.repeat(scores, weights, axis=0))(again)
    assert icc_statistic(scores)(weighted) == pytest.approx(repeated_icc, abs=1e-12)


def test_intervals_of_shares_agree_with_a_library() -> None:
    for true, calls, rest_true, rest_calls in ((0, 12, 3, 20), (12, 12, 34, 40), (7, 15, 20, 33)):
        assert wilson(true / calls, calls, 0.95) == pytest.approx(
            proportion_confint(true, calls, method="wilson"), abs=1e-9
        )
        known = confint_proportions_2indep(true, calls, rest_true, rest_calls, method="newcomb")
        found = newcombe(true / calls, calls, rest_true / rest_calls, rest_calls, 0.95)
        assert found == pytest.approx(known, abs=1e-9)


# ----------------------------------------------------------------- properties

BAND_PAIRS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=40)
FEW = CalibrationConfig(min_interval_calls=10_000)  # values alone


@given(BAND_PAIRS, st.booleans())
def test_kappa_is_symmetric_and_at_most_one(pairs: list[tuple[int, int]], quad: bool) -> None:
    first, second = np.array(pairs).T
    one = cohen_kappa(first, second, 3, FEW, quad)
    other = cohen_kappa(second, first, 3, FEW, quad)
    assert one == other or one.value == pytest.approx(other.value, abs=1e-12)
    if one.value is None:
        assert one.reason and len(set(first) | set(second)) == 1
    else:
        assert one.value <= 1 and (one.value == 1) == bool((first == second).all())


@given(BAND_PAIRS, st.permutations([0, 1, 2]))
def test_kappa_does_not_know_the_names_of_bands(
    pairs: list[tuple[int, int]], names: list[int]
) -> None:
    first, second = np.array(pairs).T
    renamed = np.array(names)
    found = cohen_kappa(first, second, 3, FEW).value
    assert found == pytest.approx(cohen_kappa(renamed[first], renamed[second], 3, FEW).value)


@given(BAND_PAIRS)
def test_weighted_kappa_does_not_change_when_the_scale_is_turned(
    pairs: list[tuple[int, int]],
) -> None:
    first, second = np.array(pairs).T
    found = cohen_kappa(first, second, 3, FEW, quadratic=True).value
    turned = cohen_kappa(2 - first, 2 - second, 3, FEW, quadratic=True).value
    assert found == pytest.approx(turned)


SCORES = st.integers(2, 4).flatmap(
    lambda raters: st.lists(
        st.lists(st.integers(0, 100), min_size=raters, max_size=raters), min_size=3, max_size=12
    )
)


@given(SCORES)
def test_icc_does_not_know_who_is_who(rows: list[list[int]]) -> None:
    scores = np.array(rows, float)
    found = icc_2_1(scores, FEW).value
    order = np.random.default_rng(len(rows)).permutation(scores.shape[1])
    assert found == pytest.approx(icc_2_1(scores[::-1][:, order], FEW).value, abs=1e-9)
    if found is not None:
        assert found <= 1 + 1e-9
        same = icc_2_1(scores / 10 + 3, FEW).value
        assert found == pytest.approx(same, abs=1e-6)  # another scale, another zero


@given(st.lists(st.integers(0, 100), min_size=3, max_size=20, unique=True), st.integers(1, 50))
def test_icc_falls_when_a_rater_is_always_higher(of_calls: list[int], more: int) -> None:
    calls = np.array(of_calls, float)
    values = [
        value_of(icc_2_1(np.column_stack([calls, calls + add]), FEW).value)
        for add in (0, more, 2 * more)
    ]
    assert values[0] == pytest.approx(1)
    assert values[0] > values[1] > values[2]


# ----------------------------------------------------------------- intervals


def test_the_same_data_give_the_same_interval_and_another_seed_another() -> None:
    first, second = unfolded(SKIN)
    one = cohen_kappa(first, second, 4, CONFIG)
    assert one == cohen_kappa(first, second, 4, CONFIG)
    other = cohen_kappa(first, second, 4, CONFIG.model_copy(update={"seed": 2}))
    assert one.value == other.value and one.low != other.low


def test_the_interval_of_kappa_is_near_the_published_one() -> None:
    """The asymptotic limits of the SAS manual's example; the bootstrap comes close to them."""
    known = cohens_kappa(np.array(SKIN))
    found = cohen_kappa(*unfolded(SKIN), 4, CalibrationConfig())
    assert found.low == pytest.approx(known.kappa_low, abs=0.02)
    assert found.high == pytest.approx(known.kappa_upp, abs=0.02)


def test_intervals_narrow_with_more_calls() -> None:
    first, second = unfolded(FLEISS)
    one = cohen_kappa(first, second, 3, CONFIG)
    more = cohen_kappa(np.tile(first, 4), np.tile(second, 4), 3, CONFIG)
    assert more.value == pytest.approx(one.value)
    width, narrower = (value_of(e.high) - value_of(e.low) for e in (one, more))
    assert narrower < 0.7 * width


def test_intervals_of_kappa_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(11)
    truth, held = 0.7, 0
    for _ in range(200):
        people = rng.integers(0, 3, 80)
        machine = np.where(rng.random(80) < truth, people, rng.integers(0, 3, 80))
        found = cohen_kappa(machine, people, 3, CONFIG)
        held += value_of(found.low) <= truth <= value_of(found.high)
    assert 0.88 <= held / 200 <= 0.99


def test_perfect_agreement_is_not_taken_for_certain() -> None:
    few, many = (np.tile([0, 1, 2], n) for n in (5, 50))
    for quadratic in (False, True):
        found = cohen_kappa(few, few, 3, CONFIG, quadratic)
        assert found.value == 1 and found.high == 1 and value_of(found.low) < 0.75
        assert value_of(cohen_kappa(many, many, 3, CONFIG, quadratic).low) > 0.92
    skewed = np.array([2] * 27 + [0] * 3)
    assert value_of(cohen_kappa(skewed, skewed, 3, CONFIG).low) < 0.6


# ----------------------------------------------------------------- degenerate


def test_one_band_gives_no_kappa_and_says_why() -> None:
    same = np.full(40, 2)
    found = cohen_kappa(same, same, 3, CONFIG)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.reason is not None and "one band" in found.reason
    assert percent_agreement(same, same, CONFIG).value == 1


def test_one_rater_in_one_band_gives_zero() -> None:
    assert cohen_kappa(np.full(40, 2), np.tile([1, 2], 20), 3, CONFIG).value == 0


def test_too_many_undefined_resamples_give_no_interval() -> None:
    first = np.array([2] * 29 + [0])
    second = np.array([2] * 28 + [0, 0])
    found = cohen_kappa(first, second, 3, CONFIG)
    assert found.value is not None and found.low is None
    assert found.reason is not None and "% of the resamples" in found.reason


def test_no_calls_one_call_and_few_calls() -> None:
    none = np.array([], int)
    assert cohen_kappa(none, none, 3, CONFIG).reason == "no calls were scored by both"
    assert percent_agreement(none, none, CONFIG).value is None
    assert icc_2_1(np.empty((0, 2)), CONFIG).value is None
    one = icc_2_1(np.array([[10.0, 20.0]]), CONFIG)
    assert one.value is None and one.reason is not None and "one call" in one.reason
    few = cohen_kappa(np.array([0, 1, 2]), np.array([0, 1, 1]), 3, CONFIG)
    assert few.value is not None and few.low is None
    assert few.reason == "3 of the 10 calls that an interval needs"


def test_scores_without_spread_give_no_icc() -> None:
    found = icc_2_1(np.full((30, 2), 70.0), CONFIG)
    assert found.value is None and found.reason is not None


def test_bias_and_its_limits() -> None:
    people = np.array([10.0, 20, 30, 40, 50] * 6)
    machine = people + np.array([4.0, 6] * 15)
    found = bias(machine, people, CONFIG)
    assert found.mean.value == pytest.approx(5)
    sd = (machine - people).std(ddof=1)
    assert found.low_limit == pytest.approx(5 - 1.959964 * sd)
    assert found.high_limit == pytest.approx(5 + 1.959964 * sd)
    assert 4.5 < value_of(found.mean.low) < 5 < value_of(found.mean.high) < 5.5
    alike = bias(people + 5, people, CONFIG).mean
    assert alike.value == 5 and alike.low is None and alike.reason is not None
    single = bias(np.array([5.0]), np.array([4.0]), CONFIG)
    assert single.mean.value == 1 and single.low_limit is None


def test_resamples_draw_as_many_calls_as_there_are() -> None:
    sums = resampled(lambda weights: weights.sum(axis=1), 17, CONFIG)
    assert sums.shape == (300,) and (sums == 17).all()
    other = resampled(lambda weights: weights[:, 0], 17, CONFIG, stream=1)
    assert (other != resampled(lambda weights: weights[:, 0], 17, CONFIG)).any()
    assert estimate(lambda w: w.sum(axis=1), 17, CONFIG, "").low is None  # no spread


# ----------------------------------------------------------------- bands


def test_a_score_on_an_edge_belongs_to_the_band_above() -> None:
    scores = np.array([0, 49.9, 50, 74.9, 75, 100, np.nan])
    assert Bands().of(scores).tolist() == [0, 0, 1, 1, 2, 2, -1]
    assert Bands().words() == "low under 50, middle 50 to under 75, high from 75"
    assert Bands((60.0,), ("no", "yes")).words() == "no under 60, yes from 60"


@pytest.mark.parametrize(
    "edges, names",
    [((75, 50), "abc"), ((50, 50), "abc"), ((0, 50), "abc"), ((50, 101), "abc"), ((), "a")],
)
def test_edges_that_make_no_bands_are_refused(edges: tuple[float, ...], names: str) -> None:
    with pytest.raises(ConfigError, match="rise"):
        Bands(edges, tuple(names))
    with pytest.raises(ValueError):
        CalibrationConfig(band_edges=edges, band_names=tuple(names))


@pytest.mark.parametrize("names", [("a", "b"), ("a", "b", "a"), ("a", "b", "c", "d")])
def test_names_that_do_not_fit_the_edges_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="3 bands"):
        Bands((50, 75), names)
    with pytest.raises(ValueError, match="band_names"):
        CalibrationConfig(band_names=names)
