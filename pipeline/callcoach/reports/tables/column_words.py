"""What each table and each column says, with unit and range: for the workbook and the docs.

``python -m callcoach.reports.tables.column_words`` prints the reference that ends
``docs/tables.md``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from callcoach.model.party import Role
from callcoach.model.voice import CalmnessPart
from callcoach.reports.tables.columns import COLUMNS, FLAG, REAL, TEXT, WHOLE


@dataclass(frozen=True)
class ColumnWords:
    """A column in words; an empty unit or range means that there is none."""

    meaning: str
    unit: str = ""
    range: str = ""


@dataclass(frozen=True)
class TableWords:
    """A table in words: what a row is, and what to know when reading it."""

    row: str
    notes: str = ""


TYPES = {TEXT: "text", WHOLE: "whole number", REAL: "number", FLAG: "yes or no"}
"""The types of columns in words."""

TABLES: Mapping[str, TableWords] = {
    "calls": TableWords(
        "a call",
        "Columns of the agent and the customer are empty where nobody knows who is who. The other "
        "columns of the manifest follow as text, in order of the alphabet; one with the name of a "
        "column below gets manifest_ before it.",
    ),
    "turns": TableWords("a turn"),
    "words": TableWords("a word", "The largest table: some 150 rows for each minute of talk."),
    "overlaps": TableWords(
        "a moment in which both spoke",
        "A call on one channel has no rows here, and no value in overlaps of calls.",
    ),
    "voice": TableWords(
        "a call, speaker and scope",
        "A turn or a window has only the measures that it can carry. What a measure is and how it "
        "is made stands in docs/measures.md.",
    ),
    "stretches": TableWords("a stretch in which a voice left its usual band"),
    "tension": TableWords(
        "a turn of the customer",
        "A call in which tension was not measured has no rows here, and no value in "
        "customer_tense_turns of calls.",
    ),
    "concerns": TableWords(
        "a concern, with what became of it",
        "Found by rules in the words, for a person to confirm. A call in which this was not "
        "measured has no rows here, and no value in concerns of calls. The answer's columns are "
        "empty where answers were not measured or their words are missing. Where nobody knows who "
        "is the agent, the concerns of everybody are here: speaker says whose, and concerns of "
        "calls has no value.",
    ),
    "paraphrases": TableWords(
        "a time the agent gave back or read back something", "For a person to confirm."
    ),
    "practices": TableWords(
        "a call and chapter of the guide",
        "What a score means stands in docs/scorecard.md. A call that was not scored has no rows "
        "here.",
    ),
    "situations": TableWords("a call and situation of the guide"),
    "findings": TableWords(
        "a finding", "A suggestion is for a person to confirm before anybody is told."
    ),
}

_SHARE = "0 to 1"

_NOT_NEGATIVE = "0 or more"

_SECONDS_IN = ("s", "0 to the call's length")

_CALL = {
    "call_id": ColumnWords("the call; join tables on it"),
    "agent_id": ColumnWords("the agent, as the manifest names them"),
    "started_at": ColumnWords("when the call began, as the manifest says it", "", "ISO 8601"),
}

_SPEAKER = {
    "speaker": ColumnWords("id of the party"),
    "role": ColumnWords("who that is", "", "agent, customer, unknown"),
}

_WHEN = {
    "start_s": ColumnWords("when it begins, from the start of the recording", *_SECONDS_IN),
    "end_s": ColumnWords("when it ends", *_SECONDS_IN),
}

_ANY = "any"

_VOICE = {
    "pitch_median_st": ColumnWords("middle of the pitch", "semitones above 27.5 Hz", _ANY),
    "pitch_sd_st": ColumnWords(
        "spread of the pitch, standard deviation", "semitones", _NOT_NEGATIVE
    ),
    "pitch_variance_st2": ColumnWords("its square", "squared semitones", _NOT_NEGATIVE),
    "pitch_range_st": ColumnWords(
        "spread of the pitch, 20th to 80th percentile", "semitones", _NOT_NEGATIVE
    ),
    "pitch_movement_st_s": ColumnWords(
        "mean size of the pitch's change", "semitones a second", _NOT_NEGATIVE
    ),
    "pitch_trend_st_min": ColumnWords(
        "drift of the pitch over the call", "semitones a minute", _ANY
    ),
    "level_dbov": ColumnWords(
        "level; compare within one channel only", "dB relative to full scale", "-120 to 0"
    ),
    "active_level_dbov": ColumnWords(
        "active speech level after ITU-T P.56", "dB relative to full scale", "-120 to 0"
    ),
    "active_factor": ColumnWords("share of the call in which the voice is active", "", _SHARE),
    "level_trend_db_min": ColumnWords("drift of the level over the call", "dB a minute", _ANY),
    "rate_syll_s": ColumnWords("rate of own speech", "syllables a second", _NOT_NEGATIVE),
    "rate_wpm": ColumnWords("rate of own speech", "words a minute", _NOT_NEGATIVE),
    "pauses": ColumnWords("silences inside the speaker's turns", "count", _NOT_NEGATIVE),
    "pause_s": ColumnWords("their length together", "s", _NOT_NEGATIVE),
    "effort_db": ColumnWords(
        "how pressed the voice sounds: balance of high against low frequencies", "dB", _ANY
    ),
    "calmness": ColumnWords(
        "how close the delivery is to the speaker's own usual one", "points", "0 to 100"
    ),
}

_COUNT = ("count", _NOT_NEGATIVE)

_ROLES = {
    "talk_s": ColumnWords("speech of the {role}", "s", _NOT_NEGATIVE),
    "talk_share": ColumnWords("the same as a share of the call's length", "", _SHARE),
    "wordless_s": ColumnWords(
        "speech of the {role} without words, whatever lost them", "s", _NOT_NEGATIVE
    ),
    "turns": ColumnWords("turns of the {role}", *_COUNT),
    "interruptions": ColumnWords("times the {role} came in and took over", *_COUNT),
    "interruptions_per_10min": ColumnWords(
        "the same in ten minutes of the call; a call under 3 minutes counts as 3 "
        "(`listening.least_rate_s`)",
        "per 10 min",
        _NOT_NEGATIVE,
    ),
    "interruptions_per_turn": ColumnWords(
        "the same for each turn of the other, sounds of listening left out; empty where the other "
        "speaks for under 30 s",
        "",
        _NOT_NEGATIVE,
    ),
    "attempts": ColumnWords("times the {role} tried to come in, then let go", *_COUNT),
    "backchannels": ColumnWords(
        "short sounds of listening by the {role} while the other spoke", *_COUNT
    ),
    "speech_share": ColumnWords("share of the {role} in all speech", "", _SHARE),
    "answers": ColumnWords("times the {role} took the turn after the other", *_COUNT),
    "answer_median_s": ColumnWords(
        "from the end of the other's turn to the answer, median; negative: it began before that",
        "s",
        _ANY,
    ),
    "answer_p10_s": ColumnWords("the same, 10th percentile", "s", _ANY),
    "answer_p90_s": ColumnWords("the same, 90th percentile", "s", _ANY),
    "longest_s": ColumnWords(
        "longest stretch of the {role} in which the other said listener's words at most",
        "s",
        _NOT_NEGATIVE,
    ),
    "long_turns": ColumnWords(
        "turns of the {role} of at least the length in the setting listening.min_turn_s", *_COUNT
    ),
    "uncut_share": ColumnWords(
        "share of these in which the other did not come in and take over", "", _SHARE
    ),
    **_VOICE,
}

_CALLS = {
    **_CALL,
    "duration_s": ColumnWords("length of the recording", "s", _NOT_NEGATIVE),
    "source_name": ColumnWords("file name of the recording"),
    "channels": ColumnWords("channels of the recording", "count", "1, 2"),
    "mono": ColumnWords("whether both people share one channel"),
    "parties": ColumnWords("ids of the parties, with a space between"),
    "languages": ColumnWords(
        "spoken languages as Whisper's codes, with a space between; empty where nobody speaks"
    ),
    "language_probability": ColumnWords(
        "how likely they are, of the least likely; empty where the language was given",
        "",
        _SHARE,
    ),
    **{
        f"{role}_{name}": ColumnWords(text.meaning.format(role=role), text.unit, text.range)
        for role in (Role.AGENT.value, Role.CUSTOMER.value)
        for name, text in _ROLES.items()
    },
    "both_s": ColumnWords("both speak; it counts in both talk shares as well", "s", _NOT_NEGATIVE),
    "both_share": ColumnWords("the same as a share of the call's length", "", _SHARE),
    "silent_s": ColumnWords("nobody speaks", "s", _NOT_NEGATIVE),
    "silent_share": ColumnWords("the same as a share of the call's length", "", _SHARE),
    "turns": ColumnWords("turns of everybody", *_COUNT),
    "overlaps": ColumnWords("moments in which both spoke, of every kind", *_COUNT),
    "long_silences": ColumnWords("silences over the limit", *_COUNT),
    "long_silence_s": ColumnWords("their length together", "s", _NOT_NEGATIVE),
    "longest_silence_s": ColumnWords("longest silence, holds left out", "s", _NOT_NEGATIVE),
    "hold_s": ColumnWords("time on hold", "s", _NOT_NEGATIVE),
    "announced_waits": ColumnWords(
        "long silences before which somebody said that a wait was coming", *_COUNT
    ),
    "announced_wait_s": ColumnWords("their length together", "s", _NOT_NEGATIVE),
    "unexplained_waits": ColumnWords("the other long silences", *_COUNT),
    "unexplained_wait_s": ColumnWords("their length together", "s", _NOT_NEGATIVE),
    "agent_baseline": ColumnWords(
        "what the agent's voice was compared with", "", "own_call, earlier_calls, other_clips"
    ),
    "customer_tension_peak": ColumnWords("highest tension of a customer's turn", "", _SHARE),
    "customer_tense_turns": ColumnWords("tense turns of the customer", *_COUNT),
    "composure_pitch_st": ColumnWords(
        "the agent's pitch right after tense turns of the customer minus the rest of the call",
        "semitones",
        _ANY,
    ),
    "composure_level_db": ColumnWords("the same for the level", "dB", _ANY),
    "composure_rate_percent": ColumnWords(
        "the same for the rate", "% of the rest of the call", _ANY
    ),
    "composure_effort_db": ColumnWords("the same for the effort", "dB", _ANY),
    "composure_calmness": ColumnWords("the same for calmness", "points", _ANY),
    "concerns": ColumnWords("moments in which the customer voices a concern", *_COUNT),
    "concerns_understood": ColumnWords(
        "of these, the ones for which the agent's next two turns show understanding", *_COUNT
    ),
    "validated_before_solution": ColumnWords(
        "of these, the ones in which it came before any solution", *_COUNT
    ),
    "concerns_unanswered": ColumnWords(
        "concerns that nothing in the agent's next two turns takes up", *_COUNT
    ),
    "paraphrases": ColumnWords(
        "times the agent gave back what the customer had said, details left out", *_COUNT
    ),
    "details_read_back": ColumnWords("numbers, names, dates or addresses read back", *_COUNT),
    "questions_open": ColumnWords("questions of the agent that leave room to tell", *_COUNT),
    "questions_closed": ColumnWords("questions that ask for yes, no or a fact", *_COUNT),
    "questions_clarifying": ColumnWords(
        "of both, the ones about what the customer had just said", *_COUNT
    ),
    "questions_repeated": ColumnWords(
        "the other questions: asked again after the answer had been given", *_COUNT
    ),
    "closing_marks": ColumnWords("marks of a good ending that were heard", "count", "0 to 5"),
    "closing_kinds": ColumnWords(
        "which ones, with a space between",
        "",
        "anything_else, feedback, next_step, privacy, thanks",
    ),
    "overall": ColumnWords(
        "overall score; empty where too little of the guide could be scored", "points", "0 to 100"
    ),
    "coverage": ColumnWords(
        "how much of what came up could be scored, by weight and by trust in the recording",
        "",
        _SHARE,
    ),
    "scorecard": ColumnWords("name of the scorecard; empty where the call was not scored"),
    "scorecard_version": ColumnWords("its version"),
    "scorecard_sha256": ColumnWords("its hash", "", "64 hexadecimal digits"),
    "guide_sha256": ColumnWords("hash of the guide", "", "64 hexadecimal digits"),
    "categories": ColumnWords(
        "names of the categories that the call was tagged with, with a semicolon between"
    ),
    "warnings": ColumnWords("warnings about the recording, notes not counted", *_COUNT),
    "warning_codes": ColumnWords("codes of warnings and notes, with a space between"),
}

_TURN = ColumnWords("id of the turn")

_SURE = ColumnWords("how sure this is; no probability", "", _SHARE)

_SCORE = ColumnWords("score", "points", "0 to 100")

_REASON = ColumnWords("why there is no score")

_JUDGED = ColumnWords("how it is judged", "", "measured, suggestion, not_audible")

_ANSWERS = (
    "validate, explore, paraphrase, acknowledge, apologise, own, solve, offer_options, "
    "state_limit, offer_escalation, promise, over_promise, dismiss, blame, defend, ignore"
)

COLUMN_WORDS: Mapping[str, Mapping[str, ColumnWords]] = {
    "calls": _CALLS,
    "turns": {**_CALL, "turn": _TURN, **_SPEAKER, **_WHEN, "text": ColumnWords("what was said")},
    "words": {
        **_CALL,
        **_SPEAKER,
        **_WHEN,
        "text": ColumnWords("the word"),
        "probability": ColumnWords("how sure the engine was of it", "", _SHARE),
        "timing": ColumnWords("where its times come from", "", "measured, interpolated"),
    },
    "overlaps": {
        **_CALL,
        "kind": ColumnWords(
            "what happened",
            "",
            "backchannel, terminal, early_answer, dual_start, attempted, interruption, unclear",
        ),
        **_WHEN,
        "incomer": ColumnWords("id of the party that came in"),
        "incomer_role": ColumnWords("who that is", "", "agent, customer, unknown"),
        "holder": ColumnWords("id of the party that was speaking"),
        "holder_role": ColumnWords("who that is", "", "agent, customer, unknown"),
        "holder_yielded": ColumnWords("whether that party stopped"),
        "text": ColumnWords("what the incomer said"),
        "confidence": _SURE,
        "cut_off": ColumnWords("last words of an interrupted holder"),
        "mid_sentence": ColumnWords("whether the holder was in the middle of a sentence"),
        "next": ColumnWords(
            "who went on", "", "holder, incomer, holder_repaired, incomer_repaired, nobody"
        ),
    },
    "voice": {
        **_CALL,
        **_SPEAKER,
        "scope": ColumnWords("what it was measured over", "", "call, window, or the id of a turn"),
        **_WHEN,
        **_VOICE,
        "pitch_slope_st_s": ColumnWords(
            "straight line through the pitch; turns and windows only", "semitones a second", _ANY
        ),
        **{
            f"points_{part}": ColumnWords(
                f"what {part.value.replace('_', ' ')} adds to calmness or, negative, takes away",
                "points",
                _ANY,
            )
            for part in CalmnessPart
        },
        "speech_s": ColumnWords("speech that the measures stand on", "s", _NOT_NEGATIVE),
        "voiced_s": ColumnWords("voiced speech that pitch stands on", "s", _NOT_NEGATIVE),
        "rated_s": ColumnWords(
            "speech that the rate stands on; scope call only", "s", _NOT_NEGATIVE
        ),
        "rated_words": ColumnWords("words in it; scope call only", *_COUNT),
        "windows": ColumnWords("windows measured; scope call only", *_COUNT),
        "baseline": ColumnWords(
            "what the voice was compared with", "", "own_call, earlier_calls, other_clips"
        ),
        "unmeasured": ColumnWords(
            "why values are missing, as measure: reason, with a semicolon between; pitch stands "
            "for all of pitch, level for the active level too"
        ),
    },
    "stretches": {
        **_CALL,
        **_SPEAKER,
        "kind": ColumnWords(
            "its name", "", "raised, hurried, slow, pressed, pitch_up, unsteady, flat"
        ),
        **_WHEN,
        "measure": ColumnWords("the column of voice that left the band"),
        "value": ColumnWords("its mean over the stretch", "the measure's", _ANY),
        "usual": ColumnWords("the speaker's usual value", "the measure's", _ANY),
        "threshold": ColumnWords("the value that had to be passed", "the measure's", _ANY),
    },
    "tension": {
        **_CALL,
        "turn": _TURN,
        **_WHEN,
        "tension": ColumnWords("how tense the turn was", "", _SHARE),
        "tense": ColumnWords("whether it counts as tense"),
        "voice": ColumnWords("the voice's part; empty with too little speech", "", _SHARE),
        "words": ColumnWords("the words' part", "", _SHARE),
        "phrases": ColumnWords("the phrases that were heard, with a semicolon between"),
    },
    "concerns": {
        **_CALL,
        "concern": ColumnWords("id of the concern"),
        "turn": ColumnWords("id of the turn"),
        **_SPEAKER,
        **_WHEN,
        "kind": ColumnWords("its weightiest kind", "", "as in kinds"),
        "kinds": ColumnWords(
            "all of them, with a space between",
            "",
            "problem, feeling, waiting, demand, repeat_contact, manager_request, threat, harsh",
        ),
        "quote": ColumnWords("the words"),
        "strength": ColumnWords("grows with number and weight of what was heard", "", _SHARE),
        "tension": ColumnWords("tension of the turn", "", _SHARE),
        "confidence": _SURE,
        "fired": ColumnWords(
            "the lines that it matched as how: line, with a semicolon between; how is words, "
            "meaning or form"
        ),
        "answered": ColumnWords("whether the agent's next two turns take it up in any way"),
        "answer_turn": ColumnWords("the first of them that does"),
        "answer_kinds": ColumnWords("what they do, with a space between", "", _ANSWERS),
        "answer_quote": ColumnWords("the answer's words"),
        "latency_turns": ColumnWords("which turn of the agent answers", "turns", "1, 2"),
        "validated_before_solution": ColumnWords(
            "whether understanding came before the solution; empty where neither was heard"
        ),
        "tailored": ColumnWords(
            "whether the understanding takes up the customer's own matter; empty without any"
        ),
        "canned": ColumnWords("whether the same line came before in the call; empty without any"),
        "answer_confidence": ColumnWords(
            "how sure the answer's kinds are; no probability", "", _SHARE
        ),
    },
    "paraphrases": {
        **_CALL,
        "turn": ColumnWords("id of the agent's turn"),
        "start_s": _WHEN["start_s"],
        "restates_turn": ColumnWords("id of the customer's turn that it gives back"),
        "kind": ColumnWords("its kind", "", "restate, summarise, reflect_feeling, confirm_detail"),
        "score": ColumnWords("ranks paraphrases", "", _SHARE),
        "confirmed_by_customer": ColumnWords(
            "yes: the customer said yes to it; no: corrected it; empty: neither"
        ),
        "quote": ColumnWords("the part that gives back"),
        "restated": ColumnWords("the customer's words"),
        "confidence": _SURE,
    },
    "practices": {
        **_CALL,
        "practice": ColumnWords("id of the chapter in the guide"),
        "score": _SCORE,
        "reason": _REASON,
        "kind": _JUDGED,
        "confidence": ColumnWords("how sure the score is", "", _SHARE),
        "support": ColumnWords("what it stands on", "concerns, turns or s", _NOT_NEGATIVE),
        "weight": ColumnWords("its weight in the overall score", "", _NOT_NEGATIVE),
        "applies": ColumnWords("no: there was nothing to judge"),
        "automatic": ColumnWords(
            "whether calibration against people lets the score stand unconfirmed"
        ),
    },
    "situations": {
        **_CALL,
        "situation": ColumnWords("id of the situation in the guide"),
        "heard": ColumnWords("whether it was heard"),
        "moments": ColumnWords("in how many moments", *_COUNT),
        "score": _SCORE,
        "reason": _REASON,
        "kind": _JUDGED,
        "confidence": ColumnWords("how sure the score is", "", _SHARE),
    },
    "findings": {
        **_CALL,
        "key": ColumnWords("name of the finding within its call, as in links and reviews"),
        "code": ColumnWords("the kind of moment, as in the guide"),
        "practice": ColumnWords("id of the chapter in the guide"),
        "situation": ColumnWords("id of the situation, where there is one"),
        "kind": ColumnWords("where it comes from", "", "measured, suggestion"),
        "verdict": ColumnWords("what it is", "", "strength, opportunity, note"),
        "rank": ColumnWords(
            "place among the findings that lead the report, strengths and opportunities apart",
            "",
            "1 to 3, or empty",
        ),
        "speaker": ColumnWords("id of the party that speaks"),
        "turn": _TURN,
        **_WHEN,
        "title": ColumnWords("the guide's words: what it is"),
        "quote": ColumnWords("what was said"),
        "before": ColumnWords("what the customer had said before"),
        "why": ColumnWords("the guide's words: why it matters"),
        "advice": ColumnWords("the guide's words: what to try"),
        "measure": ColumnWords("what was measured"),
        "value": ColumnWords("its value", "the measure's", _ANY),
        "limit": ColumnWords("the limit that it passed", "the measure's", _ANY),
        "times": ColumnWords("how often the same was heard in the call", "count", "1 or more"),
        "impact": ColumnWords("how much it matters", "", _SHARE),
        "confidence": ColumnWords("how sure it is", "", _SHARE),
    },
}
"""Every column of every table in words, in the order of :data:`COLUMNS`."""


def reference() -> str:
    """The tables and columns as Markdown: name, type, unit, range and meaning."""
    lines: list[str] = []
    for table, types in COLUMNS.items():
        about = TABLES[table]
        lines += [f"## {table}: one row {about.row}", ""]
        if about.notes:
            lines += [re.sub(r"docs/(\w+)\.md", r"[\1](\1.md)", about.notes), ""]
        lines += ["| column | type | unit | range | meaning |", "|---|---|---|---|---|"]
        for name, dtype in types.items():
            words = COLUMN_WORDS[table][name]
            cells = (f"`{name}`", TYPES[dtype], words.unit, words.range, words.meaning)
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    print(reference(), end="")
