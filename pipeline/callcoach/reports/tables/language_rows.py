"""The rows about what was said: one a concern with its answer, one a paraphrase."""

from __future__ import annotations

from typing import Any

from callcoach.model.analysis import CallAnalysis
from callcoach.model.language import ParaphraseKind, QuestionKind, Response, RuleMatch
from callcoach.model.party import Role
from callcoach.reports.facts import answers_of, took_up, understood


def language_row(analysis: CallAnalysis) -> dict[str, Any]:
    """What ``calls`` says of the words of a call; nothing of what was not measured.

    Concerns are the customer's and questions the agent's: where nobody knows who is who, both are
    nobody's.
    """
    row: dict[str, Any] = {}
    roles = {party.role for party in analysis.call.parties}
    if analysis.concerns is not None and Role.CUSTOMER in roles:
        row["concerns"] = len(analysis.concerns)
    if analysis.concerns is not None and analysis.responses is not None:
        answers = answers_of(analysis)
        # A concern without a response has an answer whose words are missing: nobody knows of it.
        own = [answers[concern.id] for concern in analysis.concerns if concern.id in answers]
        row["concerns_understood"] = sum(understood(answer) for answer in own)
        row["concerns_unanswered"] = sum(not took_up(answer) for answer in own)
        row["validated_before_solution"] = sum(
            answer.validated_before_solution is True for answer in own
        )
    if analysis.paraphrases is not None:
        details = sum(p.kind is ParaphraseKind.CONFIRM_DETAIL for p in analysis.paraphrases)
        row["paraphrases"] = len(analysis.paraphrases) - details
        row["details_read_back"] = details
    if analysis.questions is not None and Role.AGENT in roles:
        row |= {
            f"questions_{kind}": sum(item.kind is kind for item in analysis.questions)
            for kind in QuestionKind
        }
    if analysis.closing is not None:
        kinds = sorted({mark.kind.value for mark in analysis.closing})
        row |= {"closing_marks": len(kinds), "closing_kinds": " ".join(kinds)}
    return row


def concern_rows(analysis: CallAnalysis) -> list[dict[str, Any]]:
    """The concerns of a call, each with what became of it."""
    answers = answers_of(analysis)
    speakers = {turn.id: turn.speaker for turn in analysis.turns}
    roles = {party.id: party.role.value for party in analysis.call.parties}
    return [
        {
            "concern": item.id,
            "turn": item.turn,
            "speaker": speakers.get(item.turn),
            "role": roles.get(speakers.get(item.turn, "")),
            "start_s": item.start_s,
            "end_s": item.end_s,
            "kind": item.kind.value,
            "kinds": " ".join(kind.value for kind in item.kinds),
            "quote": item.quote,
            "strength": item.strength,
            "tension": item.tension,
            "confidence": item.confidence,
            "fired": "; ".join(_fired(one) for one in item.fired),
        }
        | (_answer(answers[item.id]) if item.id in answers else {})
        for item in analysis.concerns or ()
    ]


def paraphrase_rows(analysis: CallAnalysis) -> list[dict[str, Any]]:
    """What the agent gave back or read back in a call."""
    starts = {turn.id: turn.start_s for turn in analysis.turns}
    return [
        {
            "turn": item.turn,
            "start_s": starts.get(item.turn),
            "restates_turn": item.restates_turn,
            "kind": item.kind.value,
            "score": item.score,
            "confirmed_by_customer": item.confirmed_by_customer,
            "quote": item.quote,
            "restated": item.restated,
            "confidence": item.confidence,
        }
        for item in analysis.paraphrases or ()
    ]


def _answer(item: Response) -> dict[str, Any]:
    return {
        "answered": took_up(item),
        "answer_turn": item.turn,
        "answer_kinds": " ".join(kind.value for kind in item.kinds),
        "answer_quote": item.quote,
        "latency_turns": item.latency_turns,
        "validated_before_solution": item.validated_before_solution,
        "tailored": item.tailored,
        "canned": item.canned,
        "answer_confidence": item.confidence,
    }


def _fired(item: RuleMatch) -> str:
    return f"{item.by}: {item.line}"
