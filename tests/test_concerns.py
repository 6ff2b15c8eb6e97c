"""What customers voice: on the sample calls, and on sentences made to look alike."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.config.language import ConcernsConfig
from callcoach.config.phrasebook import MatchingConfig, shipped_book
from callcoach.config.turn_weights import shipped_weights
from callcoach.dialogue.concerns import find_concerns
from callcoach.dialogue.phrasebook import Matcher
from callcoach.model.language import Concern, ConcernKind, Utterance
from callcoach.model.party import Role
from callcoach.model.timeline import Span

TRUTH = Path(__file__).parent.parent / "data_samples" / "truth"
WEIGHTS = shipped_weights()
MATCHER = Matcher(shipped_book(), None, MatchingConfig())


def heard(*said: str, **more: object) -> tuple[Concern, ...]:
    turns = [
        Utterance(f"t{at}", Role.CUSTOMER, text, **more)  # type: ignore[arg-type]
        for at, text in enumerate(said)
    ]
    return find_concerns(turns, MATCHER, ConcernsConfig(), WEIGHTS)


def samples() -> list[tuple[Utterance, frozenset[str]]]:
    result = []
    for path in sorted(TRUTH.glob("*.json")):
        for turn in json.loads(path.read_text(encoding="utf-8"))["turns"]:
            said = Utterance(f"{path.stem}-{turn['id']}", Role(turn["speaker"]), turn["text"])
            result.append((said, frozenset(turn["concern"])))
    return result


def f1(true: list[frozenset[str]], found: list[frozenset[str]]) -> float:
    right = sum(len(t & f) for t, f in zip(true, found, strict=True))
    return 2 * right / (sum(map(len, true)) + sum(map(len, found)))


def found_kinds(turns: list[Utterance]) -> list[frozenset[str]]:
    by_turn = {c.turn: c for c in find_concerns(turns, MATCHER, ConcernsConfig(), WEIGHTS)}
    return [frozenset(by_turn[u.id].kinds) if u.id in by_turn else frozenset() for u in turns]


def test_the_samples_by_words_alone() -> None:
    turns, true = zip(*samples(), strict=True)
    assert f1(list(true), found_kinds(list(turns))) >= 0.88


def test_marks_and_capitals_hardly_matter() -> None:
    turns = [said for said, _ in samples()]
    bare = [replace(u, text=re.sub(r"[.,?!]", "", u.text.lower())) for u in turns]
    assert f1(found_kinds(turns), found_kinds(bare)) >= 0.95


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("The light won't come on.", ConcernKind.PROBLEM),
        ("The brakes aren't holding.", ConcernKind.PROBLEM),
        ("I am worried about the money.", ConcernKind.FEELING),
        ("I have been waiting since Monday.", ConcernKind.WAITING),
        ("So what are you going to do about it?", ConcernKind.DEMAND),
        ("This is the second time I have to explain it.", ConcernKind.REPEAT_CONTACT),
        ("Let me talk to your supervisor.", ConcernKind.MANAGER_REQUEST),
        ("You will hear from my lawyer.", ConcernKind.THREAT),
        ("You people are useless.", ConcernKind.HARSH),
    ],
)
def test_each_kind(said: str, kind: ConcernKind) -> None:
    (concern,) = heard(said)
    assert kind in concern.kinds
    assert concern.quote == said
    assert all(fired.quote == said for fired in concern.fired)


@pytest.mark.parametrize(
    "said",
    [
        "I'd like to change my address, please.",
        "It's no problem at all.",
        "I'm not upset any more.",
        "No worries.",
        "I can't wait to see it.",
        "It works now, thank you.",
        "My manager wants me to order three.",
        "Yes.",
        "",
    ],
)
def test_no_concern(said: str) -> None:
    assert heard(said) == ()


def test_agents_voice_no_concern() -> None:
    said = Utterance("t1", Role.AGENT, "I am upset and my card was stolen.")
    assert find_concerns([said], MATCHER, ConcernsConfig(), WEIGHTS) == ()


def test_more_kinds_and_more_tension_are_stronger() -> None:
    (one,) = heard("My lamp is broken.")
    (two,) = heard("My lamp is broken. I am furious.")
    (tense,) = heard("My lamp is broken.", tension=0.9)
    assert 0 < one.strength < two.strength <= 1
    assert one.strength < tense.strength <= 1
    assert (two.kind, two.kinds) == (
        ConcernKind.FEELING,
        (ConcernKind.FEELING, ConcernKind.PROBLEM),
    )


def test_words_that_are_unsure_lower_the_confidence() -> None:
    (sure,) = heard("My lamp is broken.", certainty=0.95)
    (unsure,) = heard("My lamp is broken.", certainty=0.4)
    (unknown,) = heard("My lamp is broken.")
    assert unsure.confidence == pytest.approx(sure.confidence / 2)
    assert unknown.confidence == sure.confidence


def test_times_are_the_turns() -> None:
    (concern,) = heard("My lamp is broken.", span=Span(3.0, 5.5))
    assert (concern.start_s, concern.end_s) == (3.0, 5.5)


@given(st.integers(0, 10), st.sampled_from([Role.AGENT, Role.CUSTOMER, Role.UNKNOWN]))
def test_an_empty_turn_changes_nothing(at: int, role: Role) -> None:
    turns = [said for said, _ in samples()[:12]]
    more = [*turns[:at], Utterance("empty", role, ""), *turns[at:]]
    config = ConcernsConfig()
    assert find_concerns(more, MATCHER, config, WEIGHTS) == find_concerns(
        turns, MATCHER, config, shipped_weights()
    )


def test_ids_change_nothing_else() -> None:
    turns = [said for said, _ in samples()[:40]]
    moved = [replace(u, id=f"x{u.id}") for u in turns]
    plain, shifted = (find_concerns(t, MATCHER, ConcernsConfig(), WEIGHTS) for t in (turns, moved))
    assert [replace(c, id=f"c-x{c.turn}", turn=f"x{c.turn}") for c in plain] == list(shifted)
