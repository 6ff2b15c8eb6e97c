"""The time of day at which a run stops: across midnight and the change to summer time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcoach.batch.run.deadline import next_time
from callcoach.errors import SourceError


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    "now, asked, found",
    [
        ("2026-01-10T22:00:00+01:00", "06:00", "2026-01-11T06:00:00+01:00"),  # across midnight
        ("2026-01-10T02:00:00+01:00", "6:00", "2026-01-10T06:00:00+01:00"),
        ("2026-01-10T06:00:00+01:00", "06:00", "2026-01-11T06:00:00+01:00"),  # now is over
        ("2026-03-28T23:00:00+01:00", "06:00", "2026-03-29T06:00:00+02:00"),  # a short night
        ("2026-03-28T23:00:00+01:00", "02:30", "2026-03-29T03:30:00+02:00"),  # left out
        ("2026-10-24T23:00:00+02:00", "06:00", "2026-10-25T06:00:00+01:00"),  # a long night
        ("2026-10-25T01:00:00+02:00", "02:30", "2026-10-25T02:30:00+02:00"),  # comes twice
        ("2026-10-25T02:45:00+02:00", "02:30", "2026-10-25T02:30:00+01:00"),
    ],
)
def test_until_is_the_next_time_by_the_clock_on_the_wall(
    berlin: None, now: str, asked: str, found: str
) -> None:
    assert next_time(asked, at(now)) == at(found)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 23), st.integers(0, 59))
def test_until_is_never_over_and_never_far(now: int, hour: int, minute: int) -> None:
    assert now < next_time(f"{hour:02d}:{minute:02d}", now) <= now + 26 * 3600


@pytest.mark.parametrize("text", ["25:00", "06:60", "six", "", "06", "06:00:00", "-1:00"])
def test_a_wrong_time_of_day_is_explained(text: str) -> None:
    with pytest.raises(SourceError, match="write it like 06:00"):
        next_time(text, 0.0)
