"""The phrase book: shipped lines, a team's own, and how they match."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from callcoach.dialogue.phrasebook import NONE, Matcher, shipped_book
from callcoach.dialogue.phrases import spelled_out
from callcoach.errors import ConfigError
from callcoach.language import ConcernKind, ResponseKind
from callcoach.settings.phrasebook import (
    MatchingConfig,
    PhraseBook,
    PhraseGroup,
    extended,
    read_book,
)


class Points:
    """An encoder of known cosines: each text has its place on a circle."""

    name = "points"

    def __init__(self, degrees: dict[str, float]) -> None:
        self.degrees = degrees

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        angles = np.radians([self.degrees.get(text, 180.0) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


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
    # A paraphrase and what is ignored are told by comparing turns, not by lines.
    told = set(ResponseKind) - {ResponseKind.PARAPHRASE, ResponseKind.IGNORE}
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


def test_a_meaning_needs_its_cosine_and_to_be_nearest() -> None:
    texts = {"That one sentence": 0.0, "Another one of those": 60.0, "said near the first": 40.0}
    texts |= {"said between the two": 31.0, "said far away from": 120.0}
    groups = {
        "feeling": {"meaning": ("That one sentence",), "similarity": 0.5},
        "problem": {"meaning": ("Another one of those",), "similarity": 0.5},
    }
    config = MatchingConfig(sure_similarity=0.99)
    matcher = Matcher(book(**groups), Points(texts), config)
    assert kinds(matcher, "said near the first") == ["problem"]
    assert kinds(matcher, "said far away from") == ["problem"]
    texts["said far away from"] = 125.0
    assert kinds(matcher, "said far away from") == []
    fired = matcher.fired("concern", ("said near the first",))[0][1]
    assert (fired.by, fired.line) == ("meaning", "Another one of those")
    assert fired.similarity == pytest.approx(np.cos(np.radians(20)), abs=1e-3)


def test_sentences_of_no_kind_hold_a_match_back() -> None:
    texts = {"That one sentence": 0.0, "Nothing at all here": 50.0, "said near the none": 40.0}
    groups = {"feeling": {"meaning": ("That one sentence",), "similarity": 0.5}}
    assert kinds(Matcher(book(**groups), Points(texts), MatchingConfig()), "said near the none")
    groups[NONE] = {"meaning": ("Nothing at all here",)}
    config = MatchingConfig(sure_similarity=0.99)
    assert not kinds(Matcher(book(**groups), Points(texts), config), "said near the none")


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
