"""Speech without words: what counts as such, who is told, and what is no longer claimed."""

from __future__ import annotations

import dataclasses

import pytest

from callcoach.config.config import Config
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.understand import understand
from callcoach.dialogue.unheard import without_unheard
from callcoach.model.language import Language, ResponseKind, RuleMatch, TurnActs, Utterance
from callcoach.model.party import Party, Role, Side
from callcoach.model.recording import Severity
from callcoach.model.speech import Activity, SpeechRegion, Timing, Word
from callcoach.model.timeline import Span
from callcoach.speech.coverage import missing_warnings, missing_words, with_wordless, wordless

CONFIG = Config()


def word(start_s: float, end_s: float, text: str = "yes", speaker: str = "agent") -> Word:
    return Word(start_s, end_s, speaker, text, 0.9, Timing.MEASURED)


def spoken(*spans: tuple[float, float], speaker: str = "agent") -> Activity:
    return Activity(speaker, tuple(SpeechRegion(a, b, speaker) for a, b in spans))


def test_speech_with_words_all_over_it_has_none_missing() -> None:
    words = [word(10.1, 10.4), word(11.2, 11.6), word(12.9, 13.0)]
    assert wordless([Span(10.0, 14.0)], words) == ()


@pytest.mark.parametrize(
    ("region", "words", "missing"),
    [
        ((10.0, 10.4), [], []),  # a breath or "mm-hm"
        ((10.0, 10.6), [], [(10.0, 10.6)]),
        ((10.0, 16.0), [(10.1, 10.5)], [(10.5, 16.0)]),
        ((10.0, 16.0), [(12.0, 12.4), (15.5, 15.9)], [(10.0, 12.0), (12.4, 15.5)]),
        ((10.0, 12.0), [(10.0, 10.0)], [(10.02, 12.0)]),  # moved to the edge, without length
        ((10.0, 16.0), [(9.0, 9.5), (17.0, 17.5)], [(10.0, 16.0)]),
    ],
)
def test_speech_without_words(
    region: tuple[float, float],
    words: list[tuple[float, float]],
    missing: list[tuple[float, float]],
) -> None:
    found = wordless([Span(*region)], [word(a, b) for a, b in words])
    assert [(s.start_s, s.end_s) for s in found] == [pytest.approx(m) for m in missing]


def test_short_answers_in_a_row_without_words_count_together() -> None:
    quick = [Span(10 + 0.6 * i, 10.35 + 0.6 * i) for i in range(5)]
    (run,) = wordless(quick, [])
    assert (run.start_s, run.end_s) == (10.0, pytest.approx(12.75))
    assert wordless(quick[:2], []) == ()  # 0.7 s of speech: a hesitation
    assert wordless(quick, [word(11.25, 11.5)]) == ()  # one of them has a word
    apart = [Span(10 + 3.0 * i, 10.35 + 3.0 * i) for i in range(5)]
    assert wordless(apart, []) == ()  # a listener
    (missing,) = missing_words([spoken(*((s.start_s, s.end_s) for s in quick))], [])
    assert missing.seconds == pytest.approx(5 * 0.35)  # without the pauses between


def test_a_spelled_number_stands_for_the_time_of_its_digits() -> None:
    assert wordless([Span(10.0, 15.0)], [word(14.0, 14.8, "4-0-1-8-7-2-9-9-1-3-5-2")]) == ()
    assert wordless([Span(10.0, 15.0)], [word(14.0, 14.8, "four")]) != ()


def parties_and_warnings(
    agent: Activity, customer: Activity, *words: Word
) -> tuple[tuple[Party, ...], tuple[str, ...]]:
    parties = (
        Party("agent", Role.AGENT, Side.LEFT, agent.speech_s),
        Party("customer", Role.CUSTOMER, Side.RIGHT, customer.speech_s),
    )
    missing = missing_words([agent, customer], words)
    filled = with_wordless(parties, missing)
    warnings = missing_warnings(filled, missing)
    assert all(w.code == "words_missing" and w.severity is Severity.WARNING for w in warnings)
    return filled, tuple(w.text for w in warnings)


def test_more_than_a_small_part_without_words_is_told_with_its_place() -> None:
    agent = spoken((10.0, 12.0), (65.0, 69.0), (80.0, 81.0))
    customer = spoken((20.0, 21.0), speaker="customer")
    filled, warnings = parties_and_warnings(
        agent, customer, word(10.2, 11.8), word(20.1, 20.9, speaker="customer")
    )
    assert [party.wordless_s for party in filled] == [pytest.approx(5.0), 0.0]
    (text,) = warnings
    assert "5 of 7 s of what the agent said has no words" in text
    assert "1:05 (4 s)" in text


def test_a_small_part_without_words_is_no_warning() -> None:
    many = [(10.0 + 3 * i, 12.0 + 3 * i) for i in range(30)]
    words = [word(a + 0.1, b - 0.1) for a, b in many[1:]]
    filled, warnings = parties_and_warnings(spoken(*many), spoken(speaker="customer"), *words)
    assert filled[0].wordless_s == pytest.approx(2.0)
    assert warnings == ()


# ------------------------------------------------------------------------------ what is claimed

SAID = (
    ("agent", "Good morning, this is Laura, how can I help?", 0.0, 4.0),
    ("customer", "I am really upset, you charged me twice and nobody calls me back.", 5.0, 9.0),
    ("agent", "Please give me your account number.", 15.0, 17.0),
    ("customer", "It is four four one seven.", 18.0, 20.0),
    ("agent", "And what is your postcode?", 21.0, 23.0),
    ("customer", "It is the same as before.", 24.0, 26.0),
)


CONCERN, LATE = "t1", Span(10.0, 13.0)


def understood() -> tuple[Language, tuple[Utterance, ...]]:
    utterances = tuple(
        Utterance(f"t{i}", Role(role), text, Span(start_s, end_s), 0.9)
        for i, (role, text, start_s, end_s) in enumerate(SAID)
    )
    matcher = Matcher(CONFIG.phrases, None, CONFIG.matching)
    return understand(utterances, (), matcher, CONFIG), utterances


def test_nothing_is_claimed_about_an_answer_without_words() -> None:
    language, utterances = understood()
    (response,) = [r for r in language.responses if r.turn == "t2"]
    assert ResponseKind.VALIDATE not in response.kinds
    heard = without_unheard(language, utterances, [LATE], CONFIG.responses)
    assert response.concern not in {r.concern for r in heard.responses}
    assert heard.concerns == language.concerns


def test_speech_without_words_elsewhere_takes_nothing_away() -> None:
    language, utterances = understood()
    for elsewhere in ([], [Span(1.0, 3.0)], [Span(27.0, 30.0)]):
        assert without_unheard(language, utterances, elsewhere, CONFIG.responses) == language


def test_a_turn_with_words_missing_ignores_nothing() -> None:
    language, utterances = understood()
    fired = tuple(RuleMatch(kind, "form", 1.0, "your account number") for kind in ("on", "asks"))
    both = TurnActs("t2", (ResponseKind.IGNORE, ResponseKind.EXPLORE), fired, 0.6)
    alone = TurnActs("t4", (ResponseKind.IGNORE,), fired[:1], 0.6)
    language = dataclasses.replace(language, acts=(both, alone))
    within = [Span(15.5, 16.5), Span(21.0, 22.0)]
    heard = without_unheard(language, utterances, within, CONFIG.responses)
    assert heard.acts == (TurnActs("t2", (ResponseKind.EXPLORE,), fired[1:], 0.6),)
