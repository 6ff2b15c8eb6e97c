"""What was said, in the reports: quoted, linked, escaped, honest about gaps and about doubt."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from enum import Enum
from html import unescape
from typing import Any

import pandas as pd
import pytest

import factory
from callcoach.model.analysis import CallAnalysis
from callcoach.model.language import (
    ClosingKind,
    ConcernKind,
    GistPart,
    ParaphraseKind,
    Question,
    QuestionKind,
    ResponseKind,
    RuleMatch,
    TensionArc,
    TensionPoint,
    TurnActs,
)
from callcoach.model.unmeasured import Unmeasured
from callcoach.reports import labels
from callcoach.reports.call import language_words
from callcoach.reports.call.language_words import FAIRLY_SURE, SURE, sureness, tension_word
from callcoach.reports.tables.columns import COLUMNS
from callcoach.reports.tables.tables import build_tables
from callcoach.text import formatting
from shipped import page_of, render_html, render_markdown
from spoken import PARTS, none_heard, not_said, response

NASTY = "<script>alert(\"x\")</script> & 'q' | `c` *b* [l](http://x.y) \u202eback\x00"
CALLS = [factory.two_channels, factory.tense_call]
TEXTS = {"quote", "restated", "line", "when", "turned_by_quote"}


def texts_of(value: Any, name: str = "") -> Iterator[str]:
    """Everything that was said, wherever it stands in a result."""
    if isinstance(value, tuple):
        for item in value:
            yield from texts_of(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts_of(getattr(value, field.name), field.name)
    elif isinstance(value, str) and name in TEXTS:
        yield value


def changed(value: Any, change: Callable[[str], str], name: str = "") -> Any:
    """The same with every text of :data:`TEXTS` changed."""
    if isinstance(value, tuple):
        return tuple(changed(item, change) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: changed(getattr(value, f.name), change, f.name) for f in _fields(value)}
        return dataclasses.replace(value, **fields)
    if isinstance(value, str) and not isinstance(value, Enum) and name in TEXTS:
        return change(value)
    return value


def _fields(value: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(value)


def section(page: str, heading: str) -> str:
    """The HTML of the section with a heading's id."""
    return (
        page.split(f'<section aria-labelledby="{heading}"')[-1]
        .split(f'<section class="{heading}"')[-1]
        .split("</section>")[0]
    )


def words_of(html: str) -> str:
    """What people read: inline marks join what stands beside them, all others part it."""
    text = re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:a|bdi|span|strong)\b[^>]*>", "", html))
    return " ".join(unescape(text).split()).replace(formatting.NBSP, " ")


def heard(analysis: CallAnalysis) -> str:
    return words_of(section(render_html(analysis), "heard"))


def with_response(kinds: tuple[ResponseKind, ...], **changes: Any) -> CallAnalysis:
    """The billing call with one concern and one response."""
    base = factory.two_channels()
    concern = (base.concerns or ())[0]
    answer = response("t2", changes.pop("answer", "t4"), *kinds, **changes)
    return dataclasses.replace(base, concerns=(concern,), responses=(answer,))


def answer_of(analysis: CallAnalysis) -> Any:
    return page_of(analysis).language.concerns.pairs[0].answer


@pytest.mark.parametrize("build", CALLS)
def test_page_and_markdown_hold_every_quote(build: Callable[[], CallAnalysis]) -> None:
    analysis = build()
    page = render_html(analysis)
    sections = words_of(section(page, "gist")) + heard(analysis)
    report = render_markdown(analysis).split("## Moments in which both spoke")[0]
    parts = [getattr(analysis, part) for part in PARTS if part != "acts"]
    quotes = set(texts_of(tuple(parts)))
    assert len(quotes) > 15
    for quote in quotes:
        assert quote in sections, quote
        assert formatting.markdown(quote) in report, quote


@pytest.mark.parametrize("build", CALLS)
def test_hostile_words_are_shown_as_words(build: Callable[[], CallAnalysis]) -> None:
    base = build()
    evil = {part: changed(getattr(base, part), lambda _: NASTY) for part in PARTS}
    analysis = dataclasses.replace(base, **evil)
    page, report = render_html(analysis), render_markdown(analysis)
    assert page.count("<script") == 1  # its own
    assert "\u202e" not in page and "\x00" not in page
    shown = "<script>alert(\"x\")</script> & 'q' | `c` *b* [l](http://x.y) back"
    part = section(page, "gist") + section(page, "heard")
    assert unescape(re.sub("<[^>]+>", "", part)).count(shown) > 20
    assert "<script" not in re.sub(r"\\<", "", report) and "\u202e" not in report
    assert report.count(formatting.markdown(NASTY)) > 20


@pytest.mark.parametrize("build", [*CALLS, factory.long_call])
def test_every_link_leads_to_the_line_of_its_turn(build: Callable[[], CallAnalysis]) -> None:
    analysis = build()
    page = render_html(analysis)
    part = section(page, "gist") + section(page, "heard")
    links = re.findall(r'href="#([^"]+)"', part)
    assert set(links) <= set(re.findall(r'id="([^"]+)"', page)) and len(links) > 20
    lines = {line.anchor: line for line in page_of(analysis).lines}
    pairs = page_of(analysis).language.concerns.pairs
    for pair, concern in zip(pairs, analysis.concerns or (), strict=True):
        assert pair.quote.turn is not None and concern.turn in lines[pair.quote.turn].turns


def test_a_turn_that_the_transcript_lacks_gets_no_link() -> None:
    base = factory.two_channels()
    lost = dataclasses.replace((base.concerns or ())[0], turn="gone")
    page = section(render_html(dataclasses.replace(base, concerns=(lost,))), "heard")
    cell = page.split('<td data-name="The customer said">')[1].split("</p>")[0]
    assert "third time" in cell and "href" not in cell


def test_concerns_come_in_order_of_time_whatever_their_order() -> None:
    base = factory.two_channels()
    backwards = dataclasses.replace(base, concerns=tuple(reversed(base.concerns or ())))
    assert render_html(backwards) == render_html(base)
    times = [pair.quote.time for pair in page_of(backwards).language.concerns.pairs]
    assert times == ["0:05", "0:21", "0:58", "1:19"]


@pytest.mark.parametrize("build", [factory.mono, factory.empty])
def test_not_measured_is_one_line_with_the_reason(build: Callable[[], CallAnalysis]) -> None:
    analysis = build()
    page = render_html(analysis)
    reason = next(item.reason for item in analysis.unmeasured if item.measure == "concerns")
    part = section(page, "heard")
    assert "<table" not in part and "<li" not in part and "<h3" not in part
    assert words_of(part).count(f"Not measured: {reason}.") == 1
    for title in ("The call in three lines", "Was the customer hea"):
        report = render_markdown(analysis).split(f"## {title}")[1].split("\n## ")[0]
        assert report.count(f"Not measured: {reason}.") == 1
        assert "not heard" not in report and "was heard" not in report


def test_a_page_with_nothing_at_its_top_says_so_once() -> None:
    analysis = factory.mono()
    reason = next(item.reason for item in analysis.unmeasured if item.measure == "gist")
    page = render_html(analysis)
    assert 'aria-labelledby="gist"' not in page
    text = words_of(section(page, "leads"))
    assert f"is not told: {reason}." in text
    assert "Not looked for" not in text and "Not measured" not in text
    usual = render_html(factory.two_channels())
    assert 'aria-labelledby="gist"' in usual and "is not told" not in usual


@pytest.mark.parametrize("part", ["concerns", "responses", "paraphrases", "questions", "closing"])
def test_a_part_that_was_not_measured_tells_why_and_the_rest_stays(part: str) -> None:
    analysis = factory.two_channels(
        **{part: None}, unmeasured=(Unmeasured(part, "because of | this"),)
    )
    text = heard(analysis)
    assert (
        text.count("not measured: because of | this")
        + text.count("Not measured: because of | this")
        == 1
    )
    assert "because of \\| this" in render_markdown(analysis)
    assert "Everything here is a suggestion" in text
    assert ("Showed understanding" in text) is (part not in ("concerns", "responses"))
    assert ("Summed up" in text) is (part != "paraphrases")
    assert ("Asked again" in text) is (part != "questions")
    assert ("Thanked the customer" in text) is (part != "closing")


@pytest.mark.parametrize("part", ["gist", "arc"])
def test_each_half_of_the_top_stands_alone(part: str) -> None:
    analysis = factory.two_channels(**{part: None}, unmeasured=(Unmeasured(part, "too short"),))
    text = words_of(section(render_html(analysis), "gist"))
    assert text.count("Not measured: too short.") == 1
    assert ("What the customer came with" in text) is (part == "arc")
    assert ("At the end" in text) is (part == "gist")
    assert "too short" in render_markdown(analysis).split("## Who spoke how much")[0]


def test_nothing_heard_is_said_kindly() -> None:
    analysis = factory.two_channels(**none_heard())
    page = render_html(analysis)
    for text in (
        words_of(section(page, "gist")) + heard(analysis),
        render_markdown(analysis).split("## Moments in which")[0],
    ):
        for expected in (
            "No next step was heard.",
            "No offer or solution was heard.",
            "No concern of the customer was heard in this call.",
            "No place was heard in which the agent gave back what the customer had said.",
            "No question of the agent was heard.",
            "Asked for feedback: not heard",
            "Said what happens next: not heard",
        ):
            assert expected in text, expected
    assert "<table" not in section(page, "heard")


def test_a_missing_line_of_the_three_is_said() -> None:
    base = factory.two_channels()
    lines = tuple(line for line in base.gist or () if line.part is not GistPart.NEXT_STEP)
    text = words_of(section(render_html(dataclasses.replace(base, gist=lines)), "gist"))
    assert "What was agreed next No next step was heard." in text
    assert "No offer" not in text


def test_what_became_of_a_concern() -> None:
    kinds = (ResponseKind.VALIDATE, ResponseKind.SOLVE)
    answer = answer_of(
        with_response(
            kinds, validated_before_solution=True, quote="it is", tailored=False, canned=True
        )
    )
    assert answer.answered and answer.what == "Showed understanding, gave a solution or a step"
    assert answer.order == "yes"
    assert len(answer.notes) == 2 and "general" in answer.notes[0] and "before" in answer.notes[1]


@pytest.mark.parametrize(
    ("kinds", "first", "expected"),
    [
        ((ResponseKind.VALIDATE, ResponseKind.SOLVE), True, "yes"),
        ((ResponseKind.VALIDATE,), True, "yes; no solution yet"),
        ((ResponseKind.VALIDATE, ResponseKind.SOLVE), False, "no, the solution came first"),
        ((ResponseKind.OFFER_OPTIONS,), False, "no, a solution without it"),
        ((ResponseKind.EXPLORE,), None, "neither was heard"),
    ],
)
def test_whether_understanding_came_first(
    kinds: tuple[ResponseKind, ...], first: bool | None, expected: str
) -> None:
    analysis = with_response(kinds, validated_before_solution=first, quote="so")
    assert answer_of(analysis).order == expected
    assert f"Understanding before the solution: {expected}." in heard(analysis)
    assert f"Understanding before the solution: {expected}." in render_markdown(analysis)


@pytest.mark.parametrize(
    ("kinds", "turn", "expected"),
    [
        ((), None, "The agent did not speak again"),
        ((), "t4", "No answer to it was heard"),
        (
            (ResponseKind.IGNORE,),
            "t4",
            "No answer to it was heard: the talk went on with something else",
        ),
    ],
)
def test_a_concern_without_an_answer_is_marked(
    kinds: tuple[ResponseKind, ...], turn: str | None, expected: str
) -> None:
    analysis = with_response(kinds, answer=turn)
    answer = answer_of(analysis)
    assert not answer.answered and answer.what == expected and answer.order == ""
    assert f"○ {expected}" in heard(analysis)
    assert "In 1 of 1 nothing was heard that takes the concern up." in heard(analysis)
    assert f"**○:** {expected}" in render_markdown(analysis)


def test_a_concern_whose_answer_has_no_words_is_no_open_one() -> None:
    base = factory.two_channels()
    analysis = dataclasses.replace(base, responses=())
    text = heard(analysis)
    assert text.count("○ The words of the answer are missing: listen to it") == 4
    assert "No answer to it was heard" not in text
    tables = build_tables([analysis])
    assert tables.calls.concerns_unanswered[0] == 0
    assert tables.concerns.answered.isna().all()


def test_the_reader_can_see_why() -> None:
    text = heard(factory.two_channels())
    assert "“This is the third time I call about the same bill.” has the words “third time”" in text
    assert "is near in meaning to “I was charged two times for it.” (0.71 of 1)" in text
    assert "by the form of the sentence: something does not do what it should" in text
    assert "Showed understanding: “that is a lot of calls for one mistake” has the words" in text
    page = render_html(factory.two_channels())
    assert page.count("<summary>Why?") == 8
    assert section(page, "heard").count("(a guess)") == 3  # a concern, its answer, a paraphrase


def test_evidence_is_that_of_the_answers_own_turns() -> None:
    def act(turn: str, **lines: str) -> TurnActs:
        fired = tuple(RuleMatch(f"{line} * line", "words", 1.0, line) for line in lines.values())
        return TurnActs(turn, tuple(ResponseKind(kind) for kind in lines), fired, 0.9)

    analysis = dataclasses.replace(
        with_response((ResponseKind.VALIDATE, ResponseKind.SOLVE)),
        acts=(
            act("t1", validate="too early"),
            act("t4", validate="first", explore="not of the answer"),
            act("t6", validate="second", solve="solved"),
            act("t8", solve="too late"),
        ),
    )
    assert [why.heard for why in answer_of(analysis).why] == ["first", "solved"]
    assert answer_of(analysis).why[0].match == "has the words “first … line”"
    assert answer_of(dataclasses.replace(analysis, acts=None)).why == ()


def test_an_answer_is_quoted_where_it_was_said() -> None:
    """The words that count most may stand in the turn after the one that answers first."""
    base = factory.two_channels()
    said = with_response((ResponseKind.EXPLORE,), quote="Of course. May I have")
    assert answer_of(said).quote.time == "0:25" and answer_of(said).quote.turn == "turn-6"
    # A customer's turn with the same words is not the place; unknown words stay with the answer.
    for quote in ("Yes. Eighty four", "never said"):
        assert answer_of(with_response((ResponseKind.EXPLORE,), quote=quote)).quote.time == "0:14"
    late = dataclasses.replace((base.concerns or ())[0], id="c-x", turn="t13")
    answer = response("x", "t16", ResponseKind.SOLVE, quote="I will check on Thursday")
    only = dataclasses.replace(base, concerns=(late,), responses=(answer,))
    assert answer_of(only).quote.time == "1:25"


def test_questions_are_counted_and_those_asked_again_listed() -> None:
    text = heard(factory.two_channels())
    assert "Open 1 leave room" in text and "Asked again 2 the answer" in text
    assert "Asked before: 0:00 “How can I help?”" in text
    # One that clarifies is listed once, with both.
    assert "0:14 “two payments in March, and no call back?” closed, clarifying" in text
    assert len(page_of(factory.two_channels()).language.questions.asked) == 4
    told = factory.two_channels(
        questions=(
            Question("t4", QuestionKind.REPEATED, "Your number?"),
            Question("t6", QuestionKind.CLOSED, "And then?"),
            Question("t6", QuestionKind.OPEN, "Why?"),
            Question("t8", QuestionKind.REPEATED, "Why though?", "t6"),
        )
    )
    assert "“Your number?” The customer had told it before." in heard(told)
    # Which of two questions of a turn it was is not known: only the turn is named.
    assert "“Why though?” Asked before: 0:25" in heard(told)
    assert "0:25 “" not in heard(told).split("Why though?")[1]


def test_the_ending_says_who_and_until_when() -> None:
    text = heard(factory.two_channels())
    assert "(who: the agent; when: “on Thursday”)" in text
    assert "(who: not said; when: not said)" in text
    assert "✓ Thanked the customer" in text and "○ Asked for feedback: not heard" in text


def test_details_stand_apart_from_what_was_said_back() -> None:
    page = page_of(factory.two_channels()).language.said_back
    assert [pair.what for pair in page.pairs] == ["Summed up", "The feeling said back"]
    assert [pair.reply for pair in page.details] == ["The customer corrected it"]
    assert page.pairs[0].said.turn == "turn-2" and page.pairs[0].back.turn == "turn-4"


def arc(start: str, peak: str, end: str, turned: str | None) -> CallAnalysis:
    at = {"t2": 0.31, "t5": 0.9, "t10": 0.26}
    points = [TensionPoint(turn, at[turn], f"said in {turn}") for turn in (start, peak, end)]
    said = None if turned is None else "one moment"
    return factory.two_channels(arc=TensionArc(*points, turned, said))


def test_the_arc_in_words() -> None:
    text = words_of(section(render_html(arc("t2", "t5", "t10", "t6")), "gist"))
    assert "0.3 at the start, 0.9 at its peak (0:21), 0.3 at the end." in text
    for expected in (
        "At the start: 0.3, some",
        "At its peak: 0.9, high",
        "At the end: 0.3, little",
    ):
        assert expected in text
    assert "It fell most after the agent said: 0:25 “one moment”" in text
    rose = words_of(section(render_html(arc("t2", "t5", "t5", None)), "gist"))
    assert "0.3 at the start and 0.9 at the end, its peak. It had no clear fall." in rose
    assert rose.count("said in t5") == 1 and "It fell most" not in rose
    fell = words_of(section(render_html(arc("t5", "t5", "t10", "t6")), "gist"))
    assert "0.9 at the start, its peak, and 0.3 at the end." in fell
    assert fell.count("said in t5") == 1


@pytest.mark.parametrize("build", CALLS)
def test_nobody_is_addressed_and_nobody_judged(build: Callable[[], CallAnalysis]) -> None:
    analysis = build()
    text = words_of(section(render_html(analysis), "gist")) + heard(analysis)
    own = re.sub("“[^”]*”", "", text)
    assert not re.search(r"\b(you|your|bad|fail|failed|wrong|poor)\b", own, re.I)


def test_every_kind_has_its_words() -> None:
    for kinds, words in (
        (ConcernKind, language_words.CONCERN_WORDS),
        (ResponseKind, language_words.RESPONSE_WORDS),
        (ParaphraseKind, language_words.PARAPHRASE_WORDS),
        (ClosingKind, language_words.CLOSING_WORDS),
        (GistPart, language_words.GIST_WORDS),
        (GistPart, language_words.GIST_MISSING),
    ):
        assert set(words) == set(kinds)
        assert len(set(words.values())) == len(words)
    for part in PARTS:
        assert part not in labels.measure_name(part)


def test_sureness_and_tension_in_words() -> None:
    assert [sureness(c) for c in (1.0, SURE, SURE - 0.01, FAIRLY_SURE, 0.4, 0.0)] == [
        "sure", "sure", "fairly sure", "fairly sure", "a guess", "a guess",
    ]  # fmt: skip
    assert [tension_word(t) for t in (1.0, 0.6, 0.59, 0.3, 0.29, 0.0)] == [
        "high", "high", "some", "some", "little", "little",
    ]  # fmt: skip


def test_rows_of_concerns_and_paraphrases() -> None:
    base = factory.two_channels()
    tables = build_tables([base, factory.mono()])
    concerns = tables.concerns.set_index("concern")
    assert list(concerns.index) == ["c-t2", "c-t5", "c-t10", "c-t13"]
    first = concerns.loc["c-t2"]
    assert (first.kind, first.kinds) == ("repeat_contact", "repeat_contact problem")
    assert first.fired == "words: third time; meaning: I was charged two times for it."
    assert (first.answer_turn, first.answer_kinds) == ("t4", "validate paraphrase apologise")
    assert list(concerns.answered) == [True, False, True, True]
    assert concerns.loc["c-t5"].tailored is pd.NA
    alone = build_tables([dataclasses.replace(base, responses=None)]).concerns
    for name in COLUMNS["concerns"]:
        if name.startswith("answer") or name in ("tailored", "canned", "latency_turns"):
            assert alone[name].isna().all()
    given = tables.paraphrases
    assert list(given.kind) == ["summarise", "reflect_feeling", "confirm_detail"]
    assert list(given.start_s) == [14.6, 67.3, 85.1]
    assert given.confirmed_by_customer[0] and given.confirmed_by_customer[1] is pd.NA


def test_columns_of_calls() -> None:
    base = factory.two_channels()
    unsaid = dataclasses.replace(base, **not_said())
    silent = dataclasses.replace(base, **none_heard())
    calls = build_tables([base, silent, unsaid]).calls
    expected = {
        "concerns": 4, "concerns_understood": 2, "validated_before_solution": 2,
        "concerns_unanswered": 1, "paraphrases": 2, "details_read_back": 1, "questions_open": 1,
        "questions_closed": 1, "questions_clarifying": 1, "questions_repeated": 2,
        "closing_marks": 3,
    }  # fmt: skip
    for name, value in expected.items():
        assert list(calls[name][:2]) == [value, 0], name
        assert calls[name][2] is pd.NA, name
    assert list(calls.closing_kinds[:2]) == ["anything_else next_step thanks", ""]
