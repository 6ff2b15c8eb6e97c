"""Measures of conduct and outcome: respect, composure, escalation, solutions, the end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcoach.coaching.measures.outcome import MISHEARD
from callcoach.config.measures import MeasuresConfig
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import Verdict
from callcoach.model.language import (
    ClosingKind,
    ClosingMark,
    ConcernKind,
    ResponseKind,
    TensionArc,
    TensionPoint,
)
from callcoach.model.party import Role
from callcoach.model.recording import CallWarning
from callcoach.model.speech import Timing, Word
from said import Line, agent, call_of, customer, measure

CONFIG = MeasuresConfig()
HELLO = agent("Harbour Energy, Maya speaking.")
HARSH = customer("You people are all useless.", ConcernKind.HARSH, strength=0.9)
PROBLEM = customer("The box you sent is broken.", ConcernKind.PROBLEM, strength=0.4)


def filler(count: int) -> list[Line]:
    pairs = [
        (agent("Let us see what it says."), customer("It says what it says.")) for _ in range(count)
    ]
    return [line for pair in pairs for line in pair]


def test_blames_and_defences_quote_the_line() -> None:
    lines = [
        HELLO,
        PROBLEM,
        agent("You should have told us.", ResponseKind.BLAME),
        customer("I did tell you."),
        agent("That is not my fault.", ResponseKind.DEFEND),
    ]
    found = measure(call_of(lines))
    assert found["blames"].value == found["defences"].value == 1
    (blamed,) = found["blames"].evidence
    assert (blamed.code, blamed.quote, blamed.before) == ("blamed", lines[2].text, PROBLEM.text)
    assert blamed.verdict is Verdict.OPPORTUNITY


def test_zero_is_heard_none() -> None:
    found = measure(call_of([HELLO, PROBLEM, agent("I send a new one.", ResponseKind.SOLVE)]))
    for name in ("blames", "defences", "dismissals", "over_promises", "canned_lines"):
        assert found[name].value == 0, name
        assert found[name].confidence == pytest.approx(CONFIG.unheard_confidence)


def test_courtesy_share() -> None:
    lines = [
        HELLO,
        PROBLEM,
        agent("Could you read me the number, please?"),
        customer("It is on the letter."),
        agent("Please, you should have said so.", ResponseKind.BLAME),
        customer("I see how it is."),
        agent("The box comes on Friday."),
    ]
    found = measure(call_of(lines))["courtesy_share"]
    assert found.value == pytest.approx(1 / 4)
    assert [e.turn for e in found.evidence] == ["t3"]


@pytest.mark.parametrize(
    ("kind", "counter", "returned"),
    [
        (ResponseKind.BLAME, 1.0, 0.0),
        (ResponseKind.DEFEND, 1.0, 0.0),
        (ResponseKind.EXPLORE, 0.0, 1.0),
        (ResponseKind.VALIDATE, 0.0, 0.0),
    ],
)
def test_after_harsh_words(kind: ResponseKind, counter: float, returned: float) -> None:
    found = measure(call_of([HELLO, HARSH, agent("What I say to that.", kind)]))
    assert found["counter_share"].value == counter
    assert found["returned_share"].value == returned


def test_composure_needs_a_hard_moment() -> None:
    found = measure(call_of([HELLO, PROBLEM, agent("I send a new one.", ResponseKind.SOLVE)]))
    for name in ("counter_share", "returned_share", "level_after_tense_db"):
        assert found[name].value is None, name
        assert not found[name].applies, name


# --------------------------------------------------------------------------- escalation

TRIGGERS = [
    (ConcernKind.MANAGER_REQUEST, 0.2),
    (ConcernKind.THREAT, 0.2),
    (ConcernKind.REPEAT_CONTACT, 0.2),
    (ConcernKind.HARSH, CONFIG.escalate_harsh_strength),
]
NO_TRIGGERS = [
    (ConcernKind.PROBLEM, 1.0),
    (ConcernKind.FEELING, 1.0),
    (ConcernKind.HARSH, CONFIG.escalate_harsh_strength - 0.01),
]


@pytest.mark.parametrize(("kind", "strength"), TRIGGERS)
def test_reasons_to_escalate(kind: ConcernKind, strength: float) -> None:
    asked = customer("That is what I tell you now.", kind, strength=strength)
    missed = measure(call_of([HELLO, asked, agent("Let us see what it says.")]))
    assert missed["escalation_offered_share"].value == 0.0
    assert [e.code for e in missed["escalation_offered_share"].evidence] == ["not_escalated"]
    offer = agent("I can put you through to Ann.", ResponseKind.OFFER_ESCALATION)
    met = measure(call_of([HELLO, asked, offer]))
    assert met["escalation_offered_share"].value == 1.0
    assert met["escalation_delay_turns"].value == 1


@pytest.mark.parametrize(("kind", "strength"), NO_TRIGGERS)
def test_no_reason_is_never_held_against_anyone(kind: ConcernKind, strength: float) -> None:
    asked = customer("That is what I tell you now.", kind, strength=strength)
    found = measure(call_of([HELLO, asked, agent("Let us see what it says.")]))
    assert not found["escalation_offered_share"].applies
    assert found["escalation_offered_share"].evidence == ()


def test_a_likeness_in_meaning_alone_is_no_reason() -> None:
    asked = replace(customer("I call about a car.", ConcernKind.REPEAT_CONTACT), by="meaning")
    found = measure(call_of([HELLO, asked, agent("Let us see what it says.")]))
    assert not found["escalation_offered_share"].applies


@pytest.mark.parametrize(("turns", "share"), [(3, 1.0), (4, 0.0)])
def test_an_offer_must_come_soon(turns: int, share: float) -> None:
    asked = customer("Give me your manager.", ConcernKind.MANAGER_REQUEST)
    offer = agent("I can put you through to Ann.", ResponseKind.OFFER_ESCALATION)
    lines = [HELLO, asked, *filler(turns), offer]
    assert CONFIG.escalation_turns == 4
    assert measure(call_of(lines))["escalation_offered_share"].value == share


def test_a_limit_stated_twice_is_a_reason() -> None:
    limit = agent("We can not do that here.", ResponseKind.STATE_LIMIT)
    insists = customer("But I need it now.", ConcernKind.DEMAND)
    once = [HELLO, PROBLEM, limit, insists, agent("It is so.")]
    twice = [*once[:-1], limit, customer("That can not be it.")]
    assert not measure(call_of(once))["escalation_offered_share"].applies
    assert measure(call_of(twice))["escalation_offered_share"].value == 0.0
    # A limit that is said again and that nobody minds is no reason.
    agreed = [HELLO, PROBLEM, limit, customer("Okay. What is their number?"), limit]
    assert not measure(call_of(agreed))["escalation_offered_share"].applies


# --------------------------------------------------------------------------- outcome


@pytest.mark.parametrize(
    ("kind", "share", "code"),
    [
        (ResponseKind.SOLVE, 1.0, "solved"),
        (ResponseKind.OFFER_OPTIONS, 1.0, "offered_options"),
        (ResponseKind.OWN, 1.0, "owned"),
        (ResponseKind.VALIDATE, 0.0, "left_open"),
    ],
)
@pytest.mark.parametrize("later", [0, 3])
def test_solved_now_or_later(kind: ResponseKind, share: float, code: str, later: int) -> None:
    lines = [HELLO, PROBLEM, *filler(later), agent("What I do about it.", kind)]
    found = measure(call_of(lines))["solved_share"]
    assert found.value == share
    assert [e.code for e in found.evidence] == [code]


def test_take_it_or_leave_it_solves_nothing() -> None:
    lines = [
        HELLO,
        PROBLEM,
        agent("Take it or leave it.", ResponseKind.SOLVE, ResponseKind.DISMISS),
    ]
    assert measure(call_of(lines))["solved_share"].value == 0.0


def test_limits_with_a_way() -> None:
    limit = agent("We can not do that.", ResponseKind.STATE_LIMIT)
    way = agent("Friday or Monday would work.", ResponseKind.OFFER_OPTIONS)
    bare = [HELLO, PROBLEM, limit, customer("And now what is it?"), agent("It is so.")]
    assert measure(call_of(bare))["limit_with_way_share"].value == 0.0
    assert measure(call_of([*bare[:4], way]))["limit_with_way_share"].value == 1.0
    assert not measure(call_of([HELLO, PROBLEM, way]))["limit_with_way_share"].applies


@pytest.mark.parametrize(
    ("owner", "when", "value"),
    [(None, None, 0.6), (Role.AGENT, None, 0.8), (Role.AGENT, "on Friday", 1.0)],
)
def test_next_step(owner: Role | None, when: str | None, value: float) -> None:
    mark = ClosingMark(ClosingKind.NEXT_STEP, "t3", "I will call", owner, when)
    call = call_of([HELLO, PROBLEM, agent("I will call you.")], closing=(mark,))
    found = measure(call)["closing_next_step"]
    assert found.value == pytest.approx(value)
    assert [e.code for e in found.evidence] == ["closing_next_step"]


def test_what_the_end_lacks() -> None:
    found = measure(call_of([HELLO, PROBLEM, agent("It comes. Goodbye then.")]))
    codes = {e.code for item in found.values() for e in item.evidence}
    assert {"missing_next_step", "missing_anything_else"} <= codes
    assert found["closing_thanks"].value == 0.0
    assert found["closing_thanks"].evidence == ()


def test_a_recording_that_breaks_off_lacks_nothing() -> None:
    cut = CallWarning("cut_off", "It breaks off.")
    found = measure(call_of([HELLO, PROBLEM, agent("It comes.")], warnings=(cut,)))
    assert found["closing_next_step"].value is None
    assert "breaks off" in (found["closing_next_step"].reason or "")


@pytest.mark.parametrize(
    ("line", "applies"),
    [
        ("If you need anything, just call us.", False),
        ("Let me know if the lamp comes on again.", False),
        ("Feel free to ring any time.", False),
        ("Well, goodbye then.", True),
    ],
)
def test_who_says_how_to_come_back_left_nothing_out(line: str, applies: bool) -> None:
    found = measure(call_of([HELLO, PROBLEM, agent(line)]))["closing_anything_else"]
    assert found.applies is applies
    assert bool(found.evidence) is applies


def heard_at(probability: float) -> CallAnalysis:
    """A call whose last words are so probable, and that lacks all that belongs to an end."""
    call = call_of([HELLO, PROBLEM, agent("We will see. Goodbye.")])
    last = call.turns[-1]
    word = Word(last.start_s, last.end_s, last.speaker, "Weevil", probability, Timing.MEASURED)
    return replace(call, words=(word,))


def test_an_end_that_was_misheard_lacks_nothing() -> None:
    found = measure(heard_at(0.2))["closing_anything_else"]
    assert found.value is None
    assert found.reason == MISHEARD


def test_what_the_end_lacks_is_as_sure_as_its_words() -> None:
    (sure,) = measure(heard_at(1.0))["closing_anything_else"].evidence
    (unsure,) = measure(heard_at(0.6))["closing_anything_else"].evidence
    assert unsure.confidence == pytest.approx(0.6 * sure.confidence)


@pytest.mark.parametrize("kind", [ResponseKind.BLAME, ResponseKind.DEFEND, ResponseKind.DISMISS])
def test_no_strength_stands_on_a_line_that_puts_off(kind: ResponseKind) -> None:
    way = ResponseKind.OFFER_OPTIONS
    fair = [HELLO, PROBLEM, agent("You can have a new one or your money.", way)]
    sour = [HELLO, PROBLEM, agent("You can have a new one, most people take care.", way, kind)]
    assert "t3" in praised(call_of(fair))
    assert "t3" not in praised(call_of(sour))


def praised(call: CallAnalysis) -> set[str | None]:
    """The turns that a strength stands on."""
    moments = [moment for item in measure(call).values() for moment in item.evidence]
    return {moment.turn for moment in moments if moment.verdict is Verdict.STRENGTH}


def _arc(peak: float, end: float) -> TensionArc:
    points = (TensionPoint("t2", peak, "a"), TensionPoint("t4", end, "b"))
    return TensionArc(points[0], points[0], points[1], None, None)


def test_tension_fall() -> None:
    lines = [
        HELLO,
        HARSH,
        agent("I see why.", ResponseKind.VALIDATE),
        customer("All right then, do it."),
    ]
    found = measure(call_of(lines, arc=_arc(0.9, 0.2)))["tension_fall"]
    assert found.value == pytest.approx(0.7)
    assert [(e.code, e.turn) for e in found.evidence] == [("calmed", "t3")]
    assert not measure(call_of(lines, arc=_arc(0.3, 0.1)))["tension_fall"].applies
    rising = measure(call_of(lines, arc=_arc(0.6, 0.8)))["tension_fall"]
    assert rising.value == 0.0


def test_an_end_that_voices_a_concern_is_no_calm() -> None:
    last = customer("I want somebody who helps.", ConcernKind.FEELING, strength=0.8)
    lines = [HELLO, HARSH, agent("I see why.", ResponseKind.VALIDATE), last]
    found = measure(call_of(lines, arc=_arc(0.9, 0.1)))["tension_fall"]
    assert found.value == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("text", "kinds", "value"),
    [
        ("That was our mistake.", (), 1.0),
        ("That is not our mistake.", (), 0.0),
        ("I will take care of it.", (ResponseKind.OWN,), 0.0),
        ("We forgot to call, sorry.", (ResponseKind.OWN, ResponseKind.APOLOGISE), 1.0),
    ],
)
def test_mistake_owned(text: str, kinds: tuple[ResponseKind, ...], value: float) -> None:
    found = measure(call_of([HELLO, PROBLEM, agent(text, *kinds)]))["mistake_owned"]
    assert found.value == value
    assert len(found.evidence) == value


def test_prevention_told() -> None:
    line = agent("We check each bill, so that this does not happen again.")
    found = measure(call_of([HELLO, PROBLEM, line]))["prevention_told"]
    assert found.value == 1.0
    assert found.evidence[0].code == "prevention_told"
    plain = replace(line, text="We will send another bill.")
    assert measure(call_of([HELLO, PROBLEM, plain]))["prevention_told"].value == 0.0


# --------------------------------------------------------------------------- praise


def strengths(call: CallAnalysis) -> list[str | None]:
    return [
        moment.quote
        for item in measure(call).values()
        for moment in item.evidence
        if moment.verdict is Verdict.STRENGTH and moment.speaker == "agent"
    ]


def test_a_line_that_puts_the_customer_off_is_no_praise() -> None:
    kind = agent("Please read me what it says, thank you.", ResponseKind.SOLVE)
    unkind = agent(
        "Please read the manual first, thank you.", ResponseKind.SOLVE, ResponseKind.BLAME
    )
    lines = [HELLO, PROBLEM, kind, customer("It says what it says."), unkind]
    quotes = strengths(call_of(lines))
    assert any(quote and "what it says" in quote for quote in quotes)
    assert not any(quote and "manual" in quote for quote in quotes)
