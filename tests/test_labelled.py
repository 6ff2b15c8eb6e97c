"""The labelled turns: kinds that exist, halves that do not meet, texts that were labelled."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

import labelled
from callcoach.model.language import ConcernKind, ParaphraseKind, QuestionKind, ResponseKind
from callcoach.model.party import Role
from labelled import Half, LabelledTurn, Source, rows, shared_calls, split_turns, text_hash

RULES = Path(__file__).parent.parent / "docs" / "labelling.md"
needs_shared = pytest.mark.skipif(not labelled.SHARED.is_file(), reason="needs the shared calls")
BOTH = pytest.mark.parametrize("half", list(Half))
# How the halves were drawn, before the labels were made (docs/labelling.md).
WRITTEN_DRAWS = ((1, 28, 14, 2026), (29, 44, 8, 2027))
SHARED_SEED, SHARED_TURNS, SHARED_ALIKE = 2026, 200, 0.3


def turns(half: Half) -> tuple[LabelledTurn, ...]:
    return labelled.labelled(half)


@BOTH
def test_every_line_is_read_and_in_its_half(half: Half) -> None:
    read = turns(half)
    expected = [
        row for row in rows(half) if labelled.SHARED.is_file() or row["source"] == "written"
    ]
    assert len(read) == len(expected)
    assert {turn.half for turn in read} == {half}
    keys = [(row["dialogue"], row["turn"]) for row in rows(half)]
    assert len(set(keys)) == len(keys)


@BOTH
def test_every_turn_of_a_dialogue_is_labelled(half: Half) -> None:
    seen = Counter(turn.dialogue for turn in turns(half))
    assert seen == {turn.dialogue: len(turn.call) for turn in turns(half)}


@BOTH
def test_labels_fit_the_speaker_and_each_other(half: Half) -> None:
    for turn in turns(half):
        name = turn.utterance.id
        if turn.utterance.role is Role.CUSTOMER:
            assert not (turn.responses or turn.questions or turn.paraphrase), name
        else:
            assert not turn.concerns, name
        for kinds in (turn.concerns, turn.responses, turn.questions):
            assert len(set(kinds)) == len(kinds), name
        gives_back = turn.paraphrase not in (None, ParaphraseKind.CONFIRM_DETAIL)
        assert (ResponseKind.PARAPHRASE in turn.responses) == gives_back, name
        if turn.paraphrase is ParaphraseKind.REFLECT_FEELING:
            assert ResponseKind.VALIDATE in turn.responses, name
        form = {QuestionKind.OPEN, QuestionKind.CLOSED} & set(turn.questions)
        assert bool(form) == bool(turn.questions), name


@BOTH
def test_a_turn_that_ignores_does_nothing_else_and_follows_a_concern(half: Half) -> None:
    found = {(turn.dialogue, turn.turn): turn for turn in turns(half)}
    for turn in found.values():
        if ResponseKind.IGNORE in turn.responses:
            assert turn.responses == (ResponseKind.IGNORE,), turn.utterance.id
            assert found[turn.dialogue, turn.turn - 1].concerns, turn.utterance.id


def test_no_dialogue_is_in_two_parts() -> None:
    parts = [{row["dialogue"] for row in rows(half)} for half in Half]
    assert all(parts)
    assert len(set().union(*parts)) == sum(map(len, parts))


def test_the_halves_are_as_they_were_drawn() -> None:
    drawn: set[str] = set()
    for first, last, size, seed in WRITTEN_DRAWS:
        names = [f"written-{number:02d}" for number in range(first, last + 1)]
        drawn |= set(random.Random(seed).sample(names, size))
    assert {row["dialogue"] for row in rows(Half.TEST) if row["source"] == "written"} == drawn


@needs_shared
def test_the_shared_calls_are_as_they_were_drawn() -> None:
    calls = {name: [said.text for said in call] for name, call in shared_calls()}
    names = sorted(calls)
    random.Random(SHARED_SEED).shuffle(names)
    drawn: list[str] = []
    for name in names:
        said = set(calls[name])
        alike = (
            len(said & set(calls[other])) / min(len(said), len(set(calls[other])))
            for other in drawn
        )
        if all(share <= SHARED_ALIKE for share in alike):
            drawn.append(name)
        if sum(len(calls[other]) for other in drawn) >= SHARED_TURNS:
            break
    for half, expected in ((Half.DEV, drawn[::2]), (Half.TEST, drawn[1::2])):
        found = {row["dialogue"] for row in rows(half) if row["source"] == "shared"}
        assert found == set(expected)


def test_every_line_of_a_shared_call_has_the_hash_of_its_text_and_not_the_text() -> None:
    for row in (*rows(Half.DEV), *rows(Half.TEST)):
        assert ("sha256" in row) == (row["source"] == "shared")
        assert "text" not in row


@needs_shared
def test_another_text_than_the_labelled_one_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = list(shared_calls())
    worse = [(name, (*call[1:], call[0])) for name, call in calls]
    monkeypatch.setattr(labelled, "shared_calls", lambda: iter(worse))
    with pytest.raises(ValueError, match="another text"):
        turns(Half.DEV)


@BOTH
def test_without_the_shared_calls_the_written_ones_remain(
    half: Half, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(labelled, "SHARED", tmp_path / "missing.json")
    read = turns(half)
    assert {turn.source for turn in read} == {Source.WRITTEN}
    assert len(read) == sum(row["source"] == "written" for row in rows(half))


def test_there_is_enough_to_measure_each_kind_on() -> None:
    both = [row for half in Half for row in rows(half)]
    assert sum(row["source"] == "shared" for row in both) >= 200
    assert sum(row["source"] == "written" for row in both) >= 140
    assert sum(row["speaker"] == "customer" for row in both) >= 90
    heard = Counter(kind for row in rows(Half.TEST) for kind in row["response"])
    assert [kind for kind in ResponseKind if heard[kind] < 8] == []


def test_a_call_is_split_at_its_marks() -> None:
    content = "**A title** **Agent:** Hello, **you**. **Customer:** Hi **Agent:**  Yes? "
    assert split_turns(content) == [
        ("agent", "Hello, **you**."),
        ("customer", "Hi"),
        ("agent", "Yes?"),
    ]
    assert text_hash("Hi") != text_hash("hi")


def test_the_rules_name_every_kind() -> None:
    page = RULES.read_text(encoding="utf-8")
    for kind in (*ConcernKind, *ResponseKind, *QuestionKind, *ParaphraseKind):
        assert f"| `{kind.value}` |" in page, kind


def test_the_rules_quote_nothing_of_the_test_half() -> None:
    written = [turn for turn in turns(Half.TEST) if turn.source is Source.WRITTEN]
    said = " ".join(_plain(turn.utterance.text) for turn in written)
    quotes = [_plain(text) for text in re.findall(r'"([^"]+)"', RULES.read_text(encoding="utf-8"))]
    longer = [quote for quote in quotes if len(quote.split()) >= 4]
    assert longer
    assert [quote for quote in longer if quote in said] == []


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9']+", text.lower().replace("’", "'")))
