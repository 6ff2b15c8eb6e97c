"""Measures of answers: what the agent did with concerns, on calls built for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.config.measures import MeasuresConfig
from callcoach.model.coaching import Verdict
from callcoach.model.language import (
    ConcernKind,
    Paraphrase,
    ParaphraseKind,
    Question,
    QuestionKind,
    ResponseKind,
)
from said import Line, agent, call_of, customer, measure

CONFIG = MeasuresConfig()
HELLO = agent("Harbour Energy, Maya speaking.")
UPSET = customer("My heating is off and I am upset.", ConcernKind.FEELING, strength=0.9)


def talk(*lines: Line) -> list[Line]:
    return [HELLO, *lines]


def answered(*kinds: ResponseKind, concern: Line = UPSET) -> list[Line]:
    return talk(concern, agent("This is what I say to that.", *kinds), customer("Well, then do."))


@pytest.mark.parametrize(
    ("kinds", "share"),
    [
        ((ResponseKind.VALIDATE,), 1.0),
        ((ResponseKind.APOLOGISE,), CONFIG.partly),
        ((ResponseKind.ACKNOWLEDGE,), CONFIG.partly),
        ((ResponseKind.SOLVE,), 0.0),
        ((), 0.0),
        ((ResponseKind.VALIDATE, ResponseKind.BLAME), 0.0),
    ],
)
def test_validated_share(kinds: tuple[ResponseKind, ...], share: float) -> None:
    found = measure(call_of(answered(*kinds)))["validated_share"]
    assert found.value == pytest.approx(share)
    assert found.support == 0.8  # one concern, as far as it is sure


def test_understanding_in_the_second_turn_counts_less() -> None:
    late = talk(
        UPSET,
        agent("I can send Tom on Friday.", ResponseKind.SOLVE),
        customer("And why did nobody tell me?"),
        agent("That is annoying, I see.", ResponseKind.VALIDATE),
    )
    found = measure(call_of(late))["validated_share"]
    assert found.value == pytest.approx(CONFIG.late)


def test_strong_concerns_weigh_more() -> None:
    lines = talk(
        replace(UPSET, strength=0.9),
        agent("I see why you are upset.", ResponseKind.VALIDATE),
        customer("And it was cold too."),
        agent("Noted, it is in the file."),
        customer("I waited so long.", ConcernKind.WAITING, strength=0.3),
        agent("Which number is it?"),
        customer("It is on the letter."),
        agent("Then let us go on with it."),
    )
    found = measure(call_of(lines))["validated_share"]
    assert found.value == pytest.approx(0.9 / 1.2)
    verdicts = [(e.code, e.verdict) for e in found.evidence]
    assert verdicts == [
        ("validated", Verdict.STRENGTH),
        ("not_validated", Verdict.OPPORTUNITY),
    ]
    assert found.evidence[0].quote == "I see why you are upset."
    assert found.evidence[0].before == UPSET.text


def test_no_concern_leaves_nothing_to_validate_but_dismissals_count() -> None:
    lines = talk(
        customer("I have a new address."), agent("It is only a form.", ResponseKind.DISMISS)
    )
    found = measure(call_of(lines))
    assert found["validated_share"].value is None
    assert not found["validated_share"].applies
    assert found["dismissals"].value == 1
    assert found["dismissals"].evidence[0].code == "dismissed"


def test_a_mild_problem_is_not_felt_and_a_strong_one_is() -> None:
    mild = customer("The box is broken.", ConcernKind.PROBLEM, strength=0.3)
    strong = replace(mild, strength=CONFIG.felt_min_strength)
    assert not measure(call_of(answered(concern=mild)))["validated_share"].applies
    assert measure(call_of(answered(concern=strong)))["validated_share"].value == 0.0


def test_a_concern_that_ends_the_recording_is_not_judged() -> None:
    found = measure(call_of(talk(UPSET)))
    for name in ("validated_share", "fitting_share", "tailored_share", "explored_share"):
        assert found[name].value is None, name
        assert not found[name].applies, name


@pytest.mark.parametrize(
    ("concern", "kinds", "share"),
    [
        (ConcernKind.FEELING, (ResponseKind.VALIDATE, ResponseKind.SOLVE), 1.0),
        (ConcernKind.PROBLEM, (ResponseKind.APOLOGISE, ResponseKind.EXPLORE), 1.0),
        (ConcernKind.FEELING, (ResponseKind.SOLVE,), 0.5),
        (ConcernKind.FEELING, (ResponseKind.VALIDATE,), 0.5),
        (ConcernKind.WAITING, (ResponseKind.APOLOGISE,), 1.0),
        (ConcernKind.WAITING, (ResponseKind.SOLVE,), CONFIG.partly),
        (ConcernKind.WAITING, (ResponseKind.STATE_LIMIT,), 0.0),
        (ConcernKind.DEMAND, (ResponseKind.OFFER_OPTIONS,), 1.0),
        (ConcernKind.DEMAND, (ResponseKind.VALIDATE,), 0.0),
        (ConcernKind.FEELING, (ResponseKind.VALIDATE, ResponseKind.SOLVE, ResponseKind.DEFEND), 0),
    ],
)
def test_fitting_share(concern: ConcernKind, kinds: tuple[ResponseKind, ...], share: float) -> None:
    lines = answered(*kinds, concern=customer("That is what I tell you now.", concern))
    assert measure(call_of(lines))["fitting_share"].value == pytest.approx(share)


def test_thanks_honour_a_wait() -> None:
    waited = customer("I waited an hour.", ConcernKind.WAITING)
    lines = talk(waited, agent("Thank you for your patience with this."))
    assert measure(call_of(lines))["fitting_share"].value == 1.0


def test_threats_alone_have_no_words_in_the_guides_table() -> None:
    lines = answered(ResponseKind.SOLVE, concern=customer("I will sue.", ConcernKind.THREAT))
    assert not measure(call_of(lines))["fitting_share"].applies


@pytest.mark.parametrize(("tailored", "share"), [(True, 1.0), (False, CONFIG.stock), (None, 0.0)])
def test_tailored_share(tailored: bool | None, share: float) -> None:
    call = call_of(answered(ResponseKind.VALIDATE))
    (response,) = call.responses or ()
    call = replace(call, responses=(replace(response, tailored=tailored),))
    assert measure(call)["tailored_share"].value == pytest.approx(share)


def test_a_line_said_before_counts_once_a_turn() -> None:
    call = call_of(answered(ResponseKind.APOLOGISE))
    (response,) = call.responses or ()
    call = replace(call, responses=(replace(response, canned=True),))
    found = measure(call)["canned_lines"]
    assert found.value == 1
    assert [e.code for e in found.evidence] == ["said_before"]


def test_a_reproach_by_meaning_alone_must_be_sure() -> None:
    def blames(by: str, confidence: float) -> float | None:
        line = agent("Did you do that?", ResponseKind.BLAME, by=by, confidence=confidence)
        return measure(call_of(talk(UPSET, line)))["blames"].value

    assert blames("meaning", 0.3) == 0
    assert blames("meaning", 0.9) == 1
    assert blames("words", 0.3) == 1


def test_paraphrases() -> None:
    lines = talk(UPSET, agent("So the heating is off, right?", ResponseKind.PARAPHRASE))
    given = Paraphrase(
        "t3", "t2", 0.9, ParaphraseKind.RESTATE, True, "the heating is off", UPSET.text, 0.9
    )
    detail = replace(given, kind=ParaphraseKind.CONFIRM_DETAIL)
    found = measure(call_of(lines, paraphrases=(given, detail)))
    assert found["paraphrases"].value == 1
    assert found["paraphrased_share"].value == 1.0
    assert [e.code for e in found["paraphrases"].evidence] == ["gave_back"]
    assert found["paraphrases"].evidence[0].before == UPSET.text


@pytest.mark.parametrize(
    ("question", "code"),
    [("Is the water still running?", "gave_back"), ("Did I get that right?", "gave_back_wrong")],
)
def test_no_to_another_question_corrects_nothing(question: str, code: str) -> None:
    lines = talk(UPSET, agent(f"So it is off. {question}", ResponseKind.PARAPHRASE))
    given = Paraphrase("t3", "t2", 0.9, ParaphraseKind.RESTATE, False, "it is off", "off", 0.9)
    asked = Question("t3", QuestionKind.CLOSED, question)
    found = measure(call_of(lines, paraphrases=(given,), questions=(asked,)))["paraphrases"]
    assert [e.code for e in found.evidence] == [code]


def test_a_reproach_gives_nothing_back() -> None:
    lines = talk(
        UPSET, agent("You did not confirm it.", ResponseKind.BLAME, ResponseKind.PARAPHRASE)
    )
    given = Paraphrase("t3", "t2", 0.9, ParaphraseKind.RESTATE, None, "confirm it", "it", 0.9)
    found = measure(call_of(lines, paraphrases=(given,)))
    assert found["paraphrases"].value == 0
    assert found["paraphrased_share"].value == 0.0


def test_without_a_sentence_model_paraphrases_are_not_measured() -> None:
    found = measure(call_of(answered(), paraphrases=None))["paraphrases"]
    assert found.value is None
    assert found.applies


def test_open_questions_about_the_matter() -> None:
    lines = talk(UPSET, agent("What happened? Is it off? What is your account number?"))
    asked = (
        Question("t3", QuestionKind.OPEN, "What happened?"),
        Question("t3", QuestionKind.CLOSED, "Is it off?"),
        Question("t3", QuestionKind.CLOSED, "What is your account number?"),
    )
    found = measure(call_of(lines, questions=asked))["open_question_share"]
    assert found.value == pytest.approx(0.5)
    assert found.support == 2


def test_asking_again_explores_nothing() -> None:
    lines = answered(ResponseKind.EXPLORE)
    again = Question("t3", QuestionKind.REPEATED, "Since when?", "t1")
    assert measure(call_of(lines))["explored_share"].value == 1.0
    assert measure(call_of(lines, questions=(again,)))["explored_share"].value == 0.0


_KINDS = st.lists(st.sampled_from(list(ResponseKind)), max_size=4, unique=True)
_CONCERNS = st.lists(st.sampled_from(list(ConcernKind)), min_size=1, max_size=3, unique=True)


@given(st.lists(st.tuples(_CONCERNS, _KINDS, st.floats(0.05, 1.0)), min_size=1, max_size=5))
def test_values_stay_in_their_range(
    parts: list[tuple[list[ConcernKind], list[ResponseKind], float]],
) -> None:
    lines = [HELLO]
    for concerns, kinds, strength in parts:
        lines.append(customer("This is what troubles me.", *concerns, strength=strength))
        lines.append(agent("This is what I say to that.", *kinds))
    for name, found in measure(call_of(lines)).items():
        assert 0.0 <= found.confidence <= 1.0
        if found.value is not None:
            assert found.value >= 0.0
            if name.endswith("_share"):
                assert found.value <= 1.0, name
        else:
            assert found.reason


@given(_CONCERNS, _KINDS)
def test_understanding_more_never_lowers_validation(
    concerns: list[ConcernKind], kinds: list[ResponseKind]
) -> None:
    def share(extra: tuple[ResponseKind, ...]) -> float | None:
        lines = answered(
            *dict.fromkeys((*kinds, *extra)), concern=customer("It troubles me.", *concerns)
        )
        return measure(call_of(lines))["validated_share"].value

    plain, more = share(()), share((ResponseKind.VALIDATE,))
    assert (plain is None) == (more is None)
    if plain is not None and more is not None:
        assert more >= plain
