"""The rows that a call adds to the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from callcoach.model.analysis import CallAnalysis, CallInfo
from callcoach.model.party import Role
from callcoach.model.recording import MetadataItem, Severity
from callcoach.model.unmeasured import Unmeasured
from callcoach.model.voice import Contribution, VoiceStretch
from callcoach.reports.facts import CameIn, Facts, facts_of, tense_turns, voice_of
from callcoach.reports.tables.coaching_rows import (
    finding_rows,
    practice_rows,
    score_row,
    situation_rows,
)
from callcoach.reports.tables.columns import (
    CALL_VOICE,
    COLUMNS,
    COMPOSURE,
    LISTENING,
    STRETCH_VOICE,
)
from callcoach.reports.tables.language_rows import concern_rows, language_row, paraphrase_rows

Row = dict[str, Any]


def metadata_row(items: Iterable[MetadataItem]) -> Row:
    """The manifest's other columns. One with a fixed column's name gets ``manifest_`` before it."""
    result: Row = {}
    for item in items:
        name = item.name
        while name in COLUMNS["calls"] or name in result:
            name = f"manifest_{name}"
        result[name] = item.value
    return result


def call_row(analysis: CallAnalysis) -> Row:
    """A call's row of ``calls``, without the manifest's other columns."""
    call = analysis.call
    facts = facts_of(analysis)
    longest = facts.longest_silence
    row: Row = {
        **_which(call),
        "duration_s": call.duration_s,
        "source_name": call.source_name,
        "channels": call.channels,
        "mono": call.mono,
        "parties": " ".join(party.id for party in call.parties),
        **_language_row(call),
        "both_s": _settled(facts.both_s, 3),
        "both_share": _settled(facts.both_share, 4),
        "silent_s": _settled(facts.silent_s, 3),
        "silent_share": _settled(facts.silent_share, 4),
        "turns": len(analysis.turns),
        "overlaps": facts.overlaps,
        "long_silences": len(facts.long),
        "long_silence_s": _settled(sum(s.duration_s for s in facts.long), 3),
        "longest_silence_s": _settled(longest.duration_s if longest else 0.0, 3),
        "hold_s": _settled(sum(s.duration_s for s in facts.holds), 3),
        "warnings": sum(w.severity is Severity.WARNING for w in analysis.warnings),
        "warning_codes": " ".join(sorted({warning.code for warning in analysis.warnings})),
    }
    for role in (Role.AGENT, Role.CUSTOMER):
        row |= {f"{role}_{name}": value for name, value in _role_row(analysis, facts, role).items()}
    row |= _wait_row(analysis) | _delivery_row(analysis) | language_row(analysis)
    return row | score_row(analysis)


def _language_row(call: CallInfo) -> Row:
    known = [p for p in call.parties if p.language is not None]
    sure = [p.language_probability for p in known if p.language_probability is not None]
    return {
        "languages": " ".join(sorted({p.language for p in known if p.language})) or None,
        "language_probability": _settled(min(sure, default=None), 4),
    }


def part_rows(analysis: CallAnalysis) -> dict[str, list[Row]]:
    """A call's rows of every table but ``calls``, by the table's name."""
    roles = {party.id: party.role.value for party in analysis.call.parties}
    parts = {
        "turns": _turn_rows(analysis, roles),
        "words": _word_rows(analysis, roles),
        "overlaps": _overlap_rows(analysis, roles),
        "voice": _voice_rows(analysis, roles),
        "stretches": _named_rows(analysis, roles),
        "tension": _tension_rows(analysis),
        "concerns": concern_rows(analysis),
        "paraphrases": paraphrase_rows(analysis),
        "practices": practice_rows(analysis),
        "situations": situation_rows(analysis),
        "findings": finding_rows(analysis),
    }
    which = _which(analysis.call)
    return {name: [which | row for row in rows] for name, rows in parts.items()}


def _which(call: CallInfo) -> Row:
    """What every row begins with."""
    return {"call_id": call.id, "agent_id": call.agent_id, "started_at": call.started_at}


def _role_row(analysis: CallAnalysis, facts: Facts, role: Role) -> Row:
    """What ``calls`` says about one role; nothing where nobody is known to have it."""
    talk = facts.talk_of(role)
    if talk is None:
        return {}
    row: Row = {
        "talk_s": _settled(talk.speech_s, 3),
        "talk_share": _settled(talk.share, 4),
        "wordless_s": None if talk.wordless_s is None else _settled(talk.wordless_s, 3),
        "turns": talk.turns,
    }
    came_in: CameIn | None = facts.came_in_of(role)
    if came_in is not None:
        row |= {
            "interruptions": came_in.took_over,
            "interruptions_per_10min": _settled(came_in.per_10min, 3),
            "interruptions_per_turn": _settled(came_in.per_turn, 4),
            "attempts": came_in.gave_up,
            "backchannels": came_in.listening,
        }
    row |= _listening_row(analysis, talk.speaker)
    voice = voice_of(analysis, talk.speaker)
    if voice is None:
        return row
    if role is Role.AGENT:
        row["baseline"] = None if voice.baseline is None else voice.baseline.value
    return row | {name: getattr(voice, name) for name in CALL_VOICE}


def _listening_row(analysis: CallAnalysis, speaker: str) -> Row:
    """One party's room to speak; nothing where it was not measured."""
    item = None if analysis.listening is None else analysis.listening.party(speaker)
    if item is None:
        return {}
    longest_s = 0.0 if item.longest is None else item.longest.duration_s
    fields = {name: getattr(item, name) for name in LISTENING if name != "longest_s"}
    return fields | {"longest_s": _settled(longest_s, 3)}


def _wait_row(analysis: CallAnalysis) -> Row:
    """Long silences by whether they were announced; nothing where nobody knows."""
    if analysis.listening is None:
        return {}
    waits = analysis.listening
    return {
        "announced_waits": waits.announced,
        "announced_wait_s": waits.announced_s,
        "unexplained_waits": waits.unexplained,
        "unexplained_wait_s": waits.unexplained_s,
    }


def _turn_rows(analysis: CallAnalysis, roles: Mapping[str, str]) -> list[Row]:
    return [
        {
            "turn": turn.id,
            "speaker": turn.speaker,
            "role": roles.get(turn.speaker),
            "start_s": turn.start_s,
            "end_s": turn.end_s,
            "text": turn.text,
        }
        for turn in analysis.turns
    ]


def _word_rows(analysis: CallAnalysis, roles: Mapping[str, str]) -> list[Row]:
    return [
        {
            "speaker": word.speaker,
            "role": roles.get(word.speaker),
            "start_s": word.start_s,
            "end_s": word.end_s,
            "text": word.text,
            "probability": word.probability,
            "timing": word.timing.value,
        }
        for word in analysis.words
    ]


def _overlap_rows(analysis: CallAnalysis, roles: Mapping[str, str]) -> list[Row]:
    return [
        {
            "kind": event.kind.value,
            "start_s": event.start_s,
            "end_s": event.end_s,
            "incomer": event.incomer,
            "incomer_role": roles.get(event.incomer),
            "holder": event.holder,
            "holder_role": roles.get(event.holder),
            "holder_yielded": event.holder_yielded,
            "text": event.text,
            "confidence": event.confidence,
            "cut_off": event.cut_off,
            "mid_sentence": event.mid_sentence,
            "next": None if event.next is None else event.next.value,
        }
        for event in analysis.overlaps or ()
    ]


def _voice_rows(analysis: CallAnalysis, roles: Mapping[str, str]) -> list[Row]:
    rows: list[Row] = []
    for voice in analysis.voice:
        who = {"speaker": voice.speaker, "role": roles.get(voice.speaker)}
        rows.append(
            who
            | {name: getattr(voice, name) for name in CALL_VOICE}
            | _points(voice.contributions)
            | {
                "scope": "call",
                "start_s": 0.0,
                "end_s": analysis.call.duration_s,
                "speech_s": voice.support.speech_s,
                "voiced_s": voice.support.voiced_s,
                "rated_s": voice.support.rated_s,
                "rated_words": voice.support.rated_words,
                "windows": voice.support.windows,
                "baseline": None if voice.baseline is None else voice.baseline.value,
                "unmeasured": _reasons(voice.unmeasured),
            }
        )
        rows.extend(who | _stretch_row(stretch) for stretch in (*voice.timeline, *voice.windows))
    return rows


def _stretch_row(stretch: VoiceStretch) -> Row:
    return (
        {name: getattr(stretch, name) for name in STRETCH_VOICE}
        | _points(stretch.contributions)
        | {
            "scope": stretch.turn or "window",
            "start_s": stretch.start_s,
            "end_s": stretch.end_s,
            "speech_s": stretch.speech_s,
            "voiced_s": stretch.voiced_s,
            "unmeasured": _reasons(stretch.unmeasured),
        }
    )


def _points(contributions: Iterable[Contribution]) -> Row:
    return {f"points_{item.part}": item.points for item in contributions}


def _named_rows(analysis: CallAnalysis, roles: Mapping[str, str]) -> list[Row]:
    return [
        {
            "speaker": voice.speaker,
            "role": roles.get(voice.speaker),
            "kind": item.kind.value,
            "start_s": item.start_s,
            "end_s": item.end_s,
            "measure": item.measure,
            "value": item.value,
            "usual": item.usual,
            "threshold": item.threshold,
        }
        for voice in analysis.voice
        for item in voice.stretches
    ]


def _tension_rows(analysis: CallAnalysis) -> list[Row]:
    return [
        {
            "turn": item.turn,
            "start_s": item.start_s,
            "end_s": item.end_s,
            "tension": item.tension,
            "tense": item.tense,
            "voice": item.voice,
            "words": item.words,
            "phrases": "; ".join(item.phrases),
        }
        for item in analysis.tension or ()
    ]


def _delivery_row(analysis: CallAnalysis) -> Row:
    """What ``calls`` says about tension and composure; nothing where they were not measured."""
    row: Row = {}
    if analysis.tension is not None:
        row["customer_tension_peak"] = max((t.tension for t in analysis.tension), default=None)
        row["customer_tense_turns"] = len(tense_turns(analysis))
    if analysis.composure is not None:
        changes = {item.measure: item.change for item in analysis.composure.changes}
        row |= {column: changes.get(measure) for column, measure in COMPOSURE.items()}
    return row


def _reasons(items: Iterable[Unmeasured]) -> str | None:
    return "; ".join(f"{item.measure}: {item.reason}" for item in items) or None


def _settled(value: float | None, digits: int) -> float | None:
    """Sums and shares with fixed decimals: the order of adding must not show."""
    return None if value is None else round(value, digits) + 0.0
