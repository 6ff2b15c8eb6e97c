"""Clauses: nothing is lost, and cuts fall where a thought ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.text.clauses import MAX_WORDS, clauses


def test_sentences_are_kept_apart_with_their_marks() -> None:
    assert clauses("Oh no. Did it break? I am sorry!") == ("Oh no.", "Did it break?", "I am sorry!")


def test_a_title_ends_no_sentence() -> None:
    assert clauses("Mr. Brown called. He was cross.") == ("Mr. Brown called.", "He was cross.")


def test_a_short_sentence_stays_whole() -> None:
    assert clauses("I called, and nobody came.") == ("I called, and nobody came.",)


def test_without_marks_thoughts_are_cut() -> None:
    said = (
        "my parcel was marked as delivered on monday but there was nothing at my door and i "
        "asked all of my neighbours"
    )
    parts = clauses(said)
    assert "but there was nothing at my door" in parts
    assert all(len(part.split()) <= MAX_WORDS for part in parts)


@pytest.mark.parametrize(
    "said",
    [
        "this is the third time i call about the washing machine that stops in the middle",
        "i can see why you are upset about a bill that came out of the blue on a sunday",
    ],
)
def test_no_cut_inside_a_phrase(said: str) -> None:
    first = clauses(said)[0]
    assert "third time i call" in first or "i can see why you are upset" in first


@given(st.lists(st.sampled_from("I we and but so . , ? it's Mr. called broken 9 -".split())))
def test_the_words_come_back_unchanged(words: list[str]) -> None:
    text = " ".join(words)
    back = " ".join(clauses(text)).split()
    # A dash between two thoughts is a mark, not a word.
    assert [w for w in back if w != "-"] == [w for w in text.split() if w != "-"]
