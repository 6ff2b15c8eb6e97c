"""The phrase book: shipped lines, a team's own, and how they match."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from callcoach.config.phrasebook import (
    MatchingConfig,
    PhraseBook,
    PhraseGroup,
    extended,
    read_book,
    shipped_book,
)
from callcoach.dialogue.example_classifier import NONE
from callcoach.dialogue.phrasebook import Matcher
from callcoach.errors import ConfigError
from callcoach.model.language import ConcernKind, ResponseKind
from callcoach.text.phrases import spelled_out


class Points:
    """An encoder of known cosines: each text has its place on a circle."""

    name = "points"

    def __init__(self, degrees: dict[str, float]) -> None:
        self.degrees = degrees

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        angles = np.radians([self.degrees.get(text, 180.0) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    def describe(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return self.encode(texts)[:, np.newaxis]


def book(**groups: dict[str, object]) -> PhraseBook:
    filled = {
        kind: PhraseGroup(practice="validate", reason="a test", **lines)  # type: ignore[arg-type]
        for kind, lines in groups.items()
    }
    return PhraseBook(concern=filled)


def kinds(matcher: Matcher, *clauses: str) -> list[str]:
    return [kind for kind, _ in matcher.fired("concern", clauses)]


def by_words(**lines: object) -> Matcher:
    return Matcher(book(feeling=lines), None, MatchingConfig())


def test_every_kind_that_has_lines_is_a_kind() -> None:
    known = {NONE, *ConcernKind}
    assert set(shipped_book().concern) == known
    # What is ignored is told by comparing turns, not by lines.
    told = set(ResponseKind) - {ResponseKind.IGNORE}
    assert set(shipped_book().response) == {NONE, *told}


@pytest.mark.parametrize("family", ["concern", "response"])
def test_every_group_says_why_and_has_each_line_once(family: str) -> None:
    for group in shipped_book().family(family).values():
        assert group.practice and group.reason
        for lines in (group.words, group.meaning, group.unless, group.unlike):
            assert len(lines) == len(set(lines))


@pytest.mark.parametrize(
    "said",
    ["I'm upset.", "i am upset", "Im upset", "I’m really, um, very upset!", "well I am SO upset"],
)
def test_short_forms_marks_and_fillers_make_no_difference(said: str) -> None:
    assert kinds(by_words(words=("i am upset",)), said) == ["feeling"]


def test_words_match_whole() -> None:
    assert not kinds(by_words(words=("cross",)), "I came across it")


def test_a_star_stands_for_up_to_three_words() -> None:
    matcher = by_words(words=("speak to * manager",))
    assert kinds(matcher, "let me speak to your branch manager")
    assert kinds(matcher, "let me speak to manager")
    assert not kinds(matcher, "speak to one two three four manager")


def test_unless_cancels_in_the_same_clause_only() -> None:
    matcher = by_words(words=("upset",), unless=("not upset",))
    assert not kinds(matcher, "I am not upset")
    assert kinds(matcher, "I am not upset", "My wife is upset") == ["feeling"]


def test_the_longest_line_is_named() -> None:
    matcher = by_words(words=("upset", "i am upset"))
    assert matcher.fired("concern", ("I am upset",))[0][1].line == "i am upset"


FEELING = ("I am so cross about it", "that made me so cross", "I could cry about it")
PROBLEM = ("the lamp is broken now", "my lamp broke again", "it fell apart at once")
PLACES = {text: 10.0 * i for i, text in enumerate(FEELING)} | {
    text: 120.0 + 10 * i for i, text in enumerate(PROBLEM)
}


def learnt(places: dict[str, float], config: MatchingConfig | None = None, **none: Any) -> Matcher:
    groups = {"feeling": {"meaning": FEELING, "words": ("so cross",)}, **none}
    groups["problem"] = {"meaning": PROBLEM}
    # With so few examples the words would tell all of them apart, and the places nothing.
    config = config or MatchingConfig(words_weight=0.5)
    return Matcher(book(**groups), Points(PLACES | places), config)


def test_a_meaning_is_learnt_from_the_examples() -> None:
    matcher = learnt({"we were both near tears": 15.0, "no light comes from it": 128.0})
    ((kind, fired),) = matcher.fired("concern", ("we were both near tears",))
    assert (kind, fired.by) == ("feeling", "meaning")
    # The nearest example is named, with its cosine.
    assert fired.line in FEELING[1:]
    assert fired.similarity == pytest.approx(np.cos(np.radians(5)), abs=1e-3)
    assert kinds(matcher, "no light comes from it") == ["problem"]
    (shares,) = matcher.all_shares("concern", ("we were both near tears",))
    assert shares["feeling"] > 0.65 > 0.35 > shares["problem"]
    # Too short to be judged by meaning alone.
    assert kinds(learnt({"near tears": 15.0}), "near tears") == []


def test_a_probability_of_its_own_holds_a_kind_back() -> None:
    places = {"we were both near tears": 15.0}
    assert kinds(learnt(places), "we were both near tears") == ["feeling"]
    assert kinds(learnt(places, MatchingConfig(probability=0.999)), "we were both near tears") == []


def test_a_line_of_words_needs_the_consent_of_the_meaning() -> None:
    clause = "thank you it is so cross stitched"
    places = {clause: 128.0}
    assert "feeling" in kinds(learnt(places, MatchingConfig(consent=0.0)), clause)
    assert "feeling" not in kinds(learnt(places, MatchingConfig(consent=0.5)), clause)
    words_alone = Matcher(book(feeling={"words": ("so cross",)}), None, MatchingConfig())
    assert kinds(words_alone, clause) == ["feeling"]


def test_sentences_of_no_kind_hold_a_match_back() -> None:
    places = {"we were both near tears": 20.0}
    assert kinds(learnt(places), "we were both near tears") == ["feeling"]
    none = ("the weather is nice", "thanks for the tea", "yes that is fine", "it was near lunch")
    near = dict.fromkeys(none, 20.0)
    matcher = learnt(places | near, **{NONE: {"meaning": none}})
    assert kinds(matcher, "we were both near tears") == []


def test_what_was_learnt_is_kept(tmp_path: Path) -> None:
    class Counting(Points):
        asked = 0

        def describe(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
            self.asked += len(texts)
            return super().describe(texts)

    said = ("we were both near tears",)
    encoder = Counting(PLACES | {said[0]: 15.0})
    lines = book(feeling={"meaning": FEELING}, problem={"meaning": PROBLEM})

    def built(lines: PhraseBook = lines) -> tuple[int, list[dict[str, float]]]:
        encoder.asked = 0
        matcher = Matcher(lines, encoder, MatchingConfig(), tmp_path / "fits")
        return encoder.asked, matcher.all_shares("concern", said)

    learnt_anew, shares = built()
    assert learnt_anew == 6 and built() == (0, shares)
    (kept,) = (tmp_path / "fits").glob("*.npz")
    for damage in (b"", b"no numbers", kept.read_bytes()[:-8]):
        kept.write_bytes(damage)
        assert built() == (6, shares)
        assert built() == (0, shares)
    # Neither another model's fit nor one of other lines is this one.
    encoder.name = "another"
    assert built()[0] == 6
    assert built(book(feeling={"meaning": FEELING[1:]}, problem={"meaning": PROBLEM}))[0] == 5


def test_a_team_adds_and_drops_lines(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[concern.feeling]\nwords = ["proper narked"]\ndrop = ["upset"]\n')
    shipped = shipped_book()
    mine = extended(shipped, own)
    matcher = Matcher(mine, None, MatchingConfig())
    assert "feeling" in kinds(matcher, "I am proper narked")
    assert "upset" not in mine.concern["feeling"].words
    assert mine.model_dump_json() != shipped.model_dump_json()
    assert mine.response == shipped.response


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('[concern.feelings]\nwords = ["x"]', "'feeling'"),
        ('[concerns.feeling]\nwords = ["x"]', "'concern'"),
        ('[concern.feeling]\nword = ["x"]', "'words'"),
        ('[concern.feeling]\ndrop = ["upsett"]', "'upset'"),
        ("[concern", "TOML"),
    ],
)
def test_a_wrong_file_names_what_is_near(tmp_path: Path, text: str, hint: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(ConfigError, match=hint) as caught:
        extended(shipped_book(), own)
    assert str(own) in str(caught.value)


def test_a_group_comes_once(tmp_path: Path) -> None:
    group = '[concern.feeling]\npractice = "validate"\nreason = "a test"\n'
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(group)
    with pytest.raises(ConfigError, match="already"):
        read_book(sorted(tmp_path.glob("*.toml")))


def test_a_line_needs_words() -> None:
    with pytest.raises(ConfigError, match=r"'\*'"):
        by_words(words=("* manager",))


def test_spelled_out() -> None:
    assert spelled_out("I’ve apologised, it's been ages; can't you?") == (
        "i have apologized it has been ages can not you"
    )
