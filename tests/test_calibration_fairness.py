"""Groups of calls beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from callcoach.calibration.fairness import Fairness, GroupDifference, Quantity, check_fairness
from callcoach.calibration.human import HumanScore, HumanScores
from callcoach.calibration.pairs import ScoredCall
from callcoach.calibration.text import fairness_text
from callcoach.config.calibration import CalibrationConfig
from callcoach.reports.tables.calibration_rows import fairness_rows

CONFIG = CalibrationConfig(resamples=400)
RNG = np.random.default_rng(12)
CALLS = 90
THEIRS = RNG.uniform(0, 100, CALLS)
NAMES = [f"c{n:02}" for n in range(CALLS)]
SITES = {name: "north south west".split()[n % 3] for n, name in enumerate(NAMES)}


def machine(scores: Sequence[float | None]) -> list[ScoredCall]:
    return [ScoredCall(name, {"validate": s}) for name, s in zip(NAMES, scores, strict=True)]


def people() -> HumanScores:
    return HumanScores(
        tuple(
            HumanScore(name, "ann", "validate", float(s))
            for name, s in zip(NAMES, THEIRS, strict=True)
        )
    )


def get(found: Fairness, quantity: Quantity, group: str, name: str = "validate") -> GroupDifference:
    (one,) = [
        d for d in found.differences if (d.quantity, d.group, d.name) == (quantity, group, name)
    ]
    return one


def shifted(by: float) -> list[float]:
    """The machine scores the calls of the south differently."""
    noise = np.random.default_rng(1).normal(0, 5, CALLS)
    south = np.array([by if SITES[name] == "south" else 0.0 for name in NAMES])
    return np.clip(THEIRS + noise + south, 0, 100).tolist()


def test_values_and_differences_by_hand() -> None:
    scores = shifted(-20)
    found = check_fairness(machine(scores), SITES, CONFIG, "site")
    assert found.column == "site" and found.groups == (("north", 30), ("south", 30), ("west", 30))
    south = get(found, Quantity.SCORE, "south")
    inside = [s for name, s in zip(NAMES, scores, strict=True) if SITES[name] == "south"]
    outside = [s for name, s in zip(NAMES, scores, strict=True) if SITES[name] != "south"]
    assert (south.calls, south.rest_calls) == (30, 60)
    assert south.value == pytest.approx(np.mean(inside))
    assert south.rest == pytest.approx(np.mean(outside))
    assert south.difference == pytest.approx(np.mean(inside) - np.mean(outside))
    assert south.low is not None and south.high is not None
    assert south.low < south.difference < south.high  # type: ignore[operator]


def test_a_machine_that_scores_a_group_lower_than_people_do_is_seen() -> None:
    found = check_fairness(machine(shifted(-20)), SITES, CONFIG, human=people())
    bias = get(found, Quantity.BIAS, "south")
    assert bias.stands_out and bias.difference is not None and -25 < bias.difference < -13
    assert get(found, Quantity.AGREEMENT, "south").difference < 0  # type: ignore[operator]
    assert get(found, Quantity.KAPPA, "south").value < 0.8  # type: ignore[operator]
    fair = check_fairness(machine(shifted(0)), SITES, CONFIG, human=people())
    assert not get(fair, Quantity.BIAS, "south").stands_out


def test_groups_whose_calls_differ_are_no_bias_of_the_machine() -> None:
    """People see the same difference, so scores differ and the machine's distance does not."""
    noise = np.random.default_rng(1).normal(0, 5, CALLS)
    halves = {name: "better" if s > 50 else "worse" for name, s in zip(NAMES, THEIRS, strict=True)}
    scores = np.clip(THEIRS + noise, 0, 100).tolist()
    found = check_fairness(machine(scores), halves, CONFIG, human=people())
    assert get(found, Quantity.SCORE, "better").stands_out
    assert not get(found, Quantity.BIAS, "better").stands_out


def test_two_groups_mirror_each_other_and_count_once() -> None:
    pairs = {name: "a" if n % 2 else "b" for n, name in enumerate(NAMES)}
    found = check_fairness(machine(shifted(-20)), pairs, CONFIG)
    one, other = (get(found, Quantity.SCORE, group) for group in "ab")
    assert one.difference == pytest.approx(-other.difference)  # type: ignore[operator]
    assert found.comparisons == 1 and found.by_chance == pytest.approx(0.05)
    three = check_fairness(machine(shifted(-20)), SITES, CONFIG)
    assert three.comparisons == 3 and three.by_chance == pytest.approx(0.15)


def test_measures_and_missing_values() -> None:
    rate = {
        name: None if SITES[name] == "west" and n % 2 else 4.0 + n % 5 + (SITES[name] == "north")
        for n, name in enumerate(NAMES)
    }
    found = check_fairness(machine(shifted(0)), SITES, CONFIG, measures={"rate": rate})
    north = get(found, Quantity.MEASURE, "north", "rate")
    assert north.calls == 30 and north.rest_calls == 45 and north.stands_out
    west = get(found, Quantity.MEASURED, "west", "rate")
    assert west.value == pytest.approx(0.5) and west.rest == 1 and west.stands_out
    assert not [d for d in found.differences if d.name == "validate" and d.quantity == "measured"]
    never = check_fairness(machine(shifted(0)), SITES, CONFIG, measures={"rate": {}})
    assert not [d for d in never.differences if d.name == "rate"]


def test_small_groups_get_no_interval_and_a_note() -> None:
    few = {name: "few" if n < 14 else "many" for n, name in enumerate(NAMES)}
    found = check_fairness(machine(shifted(0)), few, CONFIG)
    one = get(found, Quantity.SCORE, "few")
    assert one.difference is not None and one.low is None and not one.stands_out
    assert one.reason == "the group has 14 of the 15 calls needed"
    assert get(found, Quantity.SCORE, "many").reason == "the rest has 14 of the 15 calls needed"
    assert found.notes == ("under 15 calls, so without intervals: few (14)",)
    assert found.comparisons == 0


def test_the_two_sides_are_drawn_by_themselves() -> None:
    """Equal values on both sides must not be drawn in step: the difference would seem certain."""
    scores = np.repeat(np.arange(45.0), 2).tolist()
    pairs = {name: "ab"[n % 2] for n, name in enumerate(NAMES)}
    found = get(check_fairness(machine(scores), pairs, CONFIG), Quantity.SCORE, "a")
    spread = np.std(np.arange(45.0)) * np.sqrt(2 / 45)
    assert found.difference == 0 and found.low is not None and found.high is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 * spread, rel=0.15)


def test_values_without_spread_get_no_interval() -> None:
    scores = [100.0 if SITES[name] == "west" else s for name, s in zip(NAMES, THEIRS, strict=True)]
    west = get(check_fairness(machine(scores), SITES, CONFIG), Quantity.SCORE, "west")
    assert west.difference is not None and west.low is None
    assert west.reason is not None and "alike" in west.reason
    same = check_fairness(machine(THEIRS.tolist()), SITES, CONFIG, human=people())
    kappa = get(same, Quantity.KAPPA, "west")
    assert kappa.value == 1 and kappa.low is None
    agreement = get(same, Quantity.AGREEMENT, "west")
    assert agreement.low is not None and agreement.low < 0 < agreement.high  # type: ignore[operator]


def test_calls_without_a_group_are_left_out() -> None:
    some = {name: site for name, site in SITES.items() if site != "west"} | {"c02": " "}
    found = check_fairness(machine(shifted(0)), some, CONFIG, human=people())
    assert found.left_out == 30 and len(found.groups) == 2
    assert get(found, Quantity.BIAS, "north").rest_calls == 30
    alone = check_fairness(machine(shifted(0)), dict.fromkeys(NAMES, "x"), CONFIG)
    assert alone.differences == () and alone.notes == (
        "there is only one group: nothing to compare",
    )
    assert check_fairness(machine(shifted(0)), {}, CONFIG).notes == ("no call has a group",)


def test_without_differences_about_as_many_stand_out_as_chance_says() -> None:
    rng = np.random.default_rng(21)
    out = 0
    for _ in range(200):
        scores = rng.choice([0.0, 50.0, 100.0], CALLS).tolist()
        found = check_fairness(machine(scores), SITES, CONFIG)
        out += sum(d.stands_out for d in found.differences)
    assert 0.02 <= out / 600 <= 0.10


def test_the_order_of_calls_makes_no_difference() -> None:
    calls = machine(shifted(-20))
    before = check_fairness(calls, SITES, CONFIG, human=people())
    assert check_fairness(calls[::-1], SITES, CONFIG, human=people()) == before


def test_the_text_tells_what_stands_out_and_how_many_were_compared() -> None:
    found = check_fairness(machine(shifted(-20)), SITES, CONFIG, "site", human=people())
    text = fairness_text(found).replace("\u00a0", " ")
    assert "Groups of calls by site: north 30, south 30, west 30" in text
    joined = " ".join(text.split())
    assert f"{found.comparisons} comparisons of a group with the rest" in joined
    assert "by chance alone" in joined and "does not say why" in joined
    assert "validate, machine minus people, points: south −" in text
    assert "nan" not in text and max(map(len, text.splitlines())) <= 100
    pairs = {name: "a" if SITES[name] == "south" else "b" for name in NAMES}
    two = check_fairness(machine(shifted(-20)), pairs, CONFIG, human=people())
    lines = [line for line in fairness_text(two).splitlines() if line.startswith("validate")]
    assert lines and not [line for line in lines if ": b " in line]


def test_the_table_has_all_comparisons() -> None:
    found = check_fairness(machine(shifted(-20)), SITES, CONFIG, "site", human=people())
    rows = fairness_rows(found)
    assert len(rows) == len(found.differences) == 3 * 4
    assert rows[0]["column"] == "site" and rows[0]["quantity"] == "score"
    assert {row["stands_out"] for row in rows} == {True, False}
