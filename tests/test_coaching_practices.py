"""Scores of practices: known values in, known points out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.coaching.measures.catalogue import MEASURES
from callcoach.coaching.practices import NOTHING_TO_JUDGE, TOO_LITTLE, judge, points, score
from callcoach.coaching.scorecard import read_scorecard
from callcoach.config.scorecard import Condition, ItemCard, PracticeCard, ScorecardFile
from callcoach.model.coaching import FindingKind, Measurement

SHARE = ItemCard(measure="validated_share", poor=0.0, good=0.8)
COUNT = ItemCard(measure="dismissals", poor=2.0, good=0.0)


def found(name: str, value: float | None, **changes: object) -> Measurement:
    item = Measurement(
        name=name,
        value=value,
        reason=None if value is not None else "not heard",
        support=4.0,
        kind=FindingKind.SUGGESTION,
        confidence=0.8,
        applies=True,
    )
    return replace(item, **changes)  # type: ignore[arg-type]


def by_name(*items: Measurement) -> dict[str, Measurement]:
    return {item.name: item for item in items}


def card_of(**practices: PracticeCard) -> ScorecardFile:
    return ScorecardFile(name="test", version="1", practices=practices)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(-1.0, 0.0), (0.0, 0.0), (0.2, 25.0), (0.4, 50.0), (0.8, 100.0), (1, 100)],
)
def test_points_lie_on_a_straight_line_between_poor_and_good(value, expected):
    assert points(value, SHARE) == pytest.approx(expected)


def test_more_is_worse_where_good_is_under_poor():
    assert [points(value, COUNT) for value in (0, 1, 2, 3)] == [100.0, 50.0, 0.0, 0.0]


def test_a_practice_is_the_weighted_mean_of_its_items():
    card = card_of(validate=PracticeCard(items=(SHARE.model_copy(update={"weight": 3.0}), COUNT)))
    (practice,) = score(
        by_name(found("validated_share", 0.4), found("dismissals", 0, confidence=0.4)), card
    )
    assert practice.score == pytest.approx((3 * 50 + 100) / 4)
    assert practice.confidence == pytest.approx((3 * 0.8 + 0.4) / 4)
    assert [item.score for item in practice.items] == [pytest.approx(50.0), 100.0]


def test_what_was_not_measured_is_left_out_and_never_taken_as_zero():
    judged = judge((SHARE, COUNT), by_name(found("validated_share", None), found("dismissals", 0)))
    assert judged.score == 100.0
    assert judged.items[0].score is None
    assert judged.items[0].reason == "not heard"


def test_nothing_to_judge_does_not_apply():
    judged = judge((SHARE,), by_name(found("validated_share", None, applies=False)))
    assert judged.score is None
    assert judged.reason == "not heard"
    assert not judged.applies


def test_not_measured_applies_and_says_why():
    card = card_of(validate=PracticeCard(items=(SHARE, COUNT)))
    measured = by_name(
        found("validated_share", None, applies=False, reason="no concern was heard"),
        found("dismissals", None, reason="the words are missing"),
    )
    (practice,) = score(measured, card)
    assert practice.score is None
    assert practice.applies
    assert practice.reason == "the words are missing"


def test_a_condition_takes_an_item_out():
    item = COUNT.model_copy(update={"when": Condition(measure="dismissals", at_least=1)})
    none = judge((item,), by_name(found("dismissals", 0)))
    assert (none.score, none.applies) == (None, False)
    one = judge((item,), by_name(found("dismissals", 1)))
    assert (one.score, one.applies) == (50.0, True)


@pytest.mark.parametrize(
    ("measure", "value", "at_least", "reason"),
    [
        ("repeated_questions", 0.0, 1.0, "no question was asked twice"),
        ("silent_wait_s", 0.0, 3.0, "there was no long silence that nobody announced"),
        ("silent_wait_s", 2.4, 3.0, "too little to count: it counts from 3 s on"),
        ("flat_share", 0.03, 0.05, "too little to count: it counts from 5 % on"),
        ("tension_fall", 0.0, 0.1, NOTHING_TO_JUDGE),
    ],
)
def test_an_item_that_does_not_count_says_what_was_not_heard(measure, value, at_least, reason):
    item = ItemCard(
        measure=measure, poor=9.0, good=0.0, when=Condition(measure=measure, at_least=at_least)
    )
    judged = judge((item,), by_name(found(measure, value)))
    assert (judged.score, judged.items[0].reason, judged.reason) == (None, reason, reason)
    assert judge((item,), by_name(found(measure, at_least))).score is not None


def test_too_much_of_another_measure_takes_an_item_out():
    item = COUNT.model_copy(update={"when": Condition(measure="blames", at_most=1)})
    judged = judge((item,), by_name(found("dismissals", 1), found("blames", 2)))
    assert (judged.score, judged.reason) == (None, NOTHING_TO_JUDGE)


def test_every_condition_of_the_shipped_scorecard_says_what_was_not_heard():
    card = read_scorecard(None)
    parts = (*card.practices.values(), *card.situations.values())
    conditions = [item.when for part in parts for item in part.items if item.when is not None]
    assert conditions
    assert all(MEASURES[when.measure].none for when in conditions)


def test_a_condition_that_is_not_measured_gives_its_reason():
    item = SHARE.model_copy(update={"when": Condition(measure="blames", at_most=3)})
    judged = judge(
        (item,), by_name(found("validated_share", 0.8), found("blames", None, reason="no words"))
    )
    assert (judged.score, judged.reason, judged.applies) == (None, "no words", True)


@pytest.mark.parametrize(("bonus", "expected"), [(0.0, 50.0), (0.39, 50.0), (0.8, 75.0)])
def test_a_bonus_only_raises(bonus, expected):
    extra = SHARE.model_copy(update={"measure": "extra", "bonus": True})
    judged = judge((SHARE, extra), by_name(found("validated_share", 0.4), found("extra", bonus)))
    assert judged.score == pytest.approx(expected)


def test_a_bonus_alone_is_no_score():
    extra = SHARE.model_copy(update={"measure": "extra", "bonus": True})
    judged = judge((SHARE, extra), by_name(found("validated_share", None), found("extra", 1.0)))
    assert judged.score is None
    assert judged.reason == "not heard"


def test_with_too_little_support_there_is_no_score():
    card = card_of(validate=PracticeCard(items=(SHARE,), min_support=3))
    (enough,) = score(by_name(found("validated_share", 0.8, support=3.0)), card)
    (little,) = score(by_name(found("validated_share", 0.8, support=2.9)), card)
    assert enough.score == 100.0
    assert (little.score, little.reason, little.support) == (None, TOO_LITTLE, 2.9)


def test_a_score_is_as_sure_as_its_least_sure_item():
    measured = by_name(
        found("validated_share", 0.8, kind=FindingKind.MEASURED), found("dismissals", 0)
    )
    assert judge((SHARE, COUNT), measured).kind is FindingKind.SUGGESTION
    assert judge((SHARE,), measured).kind is FindingKind.MEASURED


def test_what_cannot_be_heard_has_no_score_and_no_weight():
    card = card_of(
        body_language=PracticeCard(weight=0, not_audible="watch it in person"),
        validate=PracticeCard(items=(SHARE,)),
    )
    seen, _ = score(by_name(found("validated_share", 0.8)), card)
    assert (seen.score, seen.reason, seen.applies) == (None, "watch it in person", False)
    assert seen.kind is FindingKind.NOT_AUDIBLE


VALUES = st.floats(-10, 10, allow_nan=False)
ITEMS = st.builds(
    ItemCard,
    measure=st.just("x"),
    poor=st.floats(-5, -0.01),
    good=st.floats(0.01, 5),
    weight=st.floats(0.1, 10),
    bonus=st.booleans(),
)


@given(st.lists(st.tuples(ITEMS, st.none() | VALUES), min_size=1, max_size=6))
def test_scores_stay_between_0_and_100_and_bonus_items_never_lower_them(drawn):
    items = [item.model_copy(update={"measure": f"m{i}"}) for i, (item, _) in enumerate(drawn)]
    measured = by_name(*(found(f"m{i}", value) for i, (_, value) in enumerate(drawn)))
    judged = judge(items, measured)
    plain = [item for item in items if not item.bonus]
    base = judge(plain, measured) if plain else None
    if base is None or base.score is None:
        assert judged.score is None
        assert judged.reason
    else:
        assert judged.score is not None
        assert base.score - 1e-6 <= judged.score <= 100.0


@given(VALUES, VALUES, VALUES)
def test_a_better_value_never_gives_fewer_points(other, low, high):
    low, high = sorted((low, high))
    items = (SHARE, COUNT)
    scores = [
        judge(items, by_name(found("validated_share", v), found("dismissals", other))).score
        for v in (low, high)
    ]
    assert scores[0] <= scores[1]


# --------------------------------------------------------------------------- little to go by


@pytest.mark.parametrize(("support", "expected"), [(1, 50.0), (2, 25.0), (3, 0.0), (300, 0.0)])
def test_what_stands_on_little_is_drawn_to_an_ordinary_call(support: float, expected: float):
    card = card_of(validate=PracticeCard(items=(SHARE,))).model_copy(
        update={"ordinary": 75.0, "ordinary_occasions": 3.0}
    )
    value = replace(found("validated_share", 0.0), support=support)
    (practice,) = score(by_name(value), card)
    assert practice.score == pytest.approx(expected)
    assert practice.drawn_from == (0.0 if support < 3 else None)


def test_a_card_that_draws_nothing_leaves_scores_alone():
    (practice,) = score(
        by_name(found("validated_share", 0.0)), card_of(validate=PracticeCard(items=(SHARE,)))
    )
    assert (practice.score, practice.drawn_from) == (0.0, None)
