import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.model.timeline import Span, complement, intersections, merged, total_s

times = st.integers(0, 1000).map(lambda n: n / 8)  # eighths add and subtract exactly


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start_s = draw(times)
    return Span(start_s, start_s + draw(times))


def covered(items: object, at_s: float) -> bool:
    return any(item.contains(at_s) for item in items)  # type: ignore[attr-defined]


@pytest.mark.parametrize("start, end", [(2.0, 1.0), (-0.1, 1.0), (float("nan"), 1.0)])
def test_impossible_spans_are_refused(start: float, end: float) -> None:
    with pytest.raises(ValueError, match="start <= end"):
        Span(start, end)


def test_an_endless_span_is_refused() -> None:
    with pytest.raises(ValueError, match="start <= end"):
        Span(0.0, float("inf"))


def test_touching_is_no_overlap() -> None:
    assert not Span(0, 1).overlaps(Span(1, 2))
    assert Span(0, 1).intersection(Span(1, 2)) is None
    assert Span(0, 1).gap_s(Span(1, 2)) == 0
    assert Span(0, 1).gap_s(Span(3, 4)) == 2


@given(spans(), spans())
def test_intersection_agrees_with_overlap_and_is_symmetric(a: Span, b: Span) -> None:
    shared = a.intersection(b)
    assert shared == b.intersection(a)
    assert a.overlap_s(b) == b.overlap_s(a)
    if shared is not None:
        assert shared.duration_s == a.overlap_s(b)
        assert a.gap_s(b) == 0
    assert a.union(b).duration_s >= max(a.duration_s, b.duration_s)


@given(spans(), spans(), times)
def test_algebra_moves_with_time(a: Span, b: Span, by_s: float) -> None:
    shared = a.intersection(b)
    moved = a.shifted(by_s).intersection(b.shifted(by_s))
    assert moved == (shared.shifted(by_s) if shared else None)


@given(st.lists(spans(), max_size=8), times)
def test_merged_covers_the_same_moments(items: list[Span], at_s: float) -> None:
    joined = merged(items)
    assert covered(joined, at_s) == covered(items, at_s)
    assert all(x.end_s < y.start_s for x, y in itertools.pairwise(joined))


@given(st.lists(spans(), max_size=8), spans(), times)
def test_complement_is_the_rest(items: list[Span], within: Span, at_s: float) -> None:
    rest = complement(items, within)
    expected = within.contains(at_s) and not covered(items, at_s)
    assert covered(rest, at_s) == expected


@given(st.lists(spans(), max_size=6), st.lists(spans(), max_size=6), times)
def test_intersections_hold_what_both_hold(a: list[Span], b: list[Span], at_s: float) -> None:
    both = intersections(merged(a), merged(b))
    assert covered(both, at_s) == (covered(a, at_s) and covered(b, at_s))


def test_total_counts_shared_time_once() -> None:
    assert total_s([Span(0, 2), Span(1, 3), Span(5, 6)]) == 4


def test_merged_joins_small_gaps() -> None:
    assert merged([Span(0, 1), Span(1.5, 2)], join_gap_s=0.5) == (Span(0, 2),)
