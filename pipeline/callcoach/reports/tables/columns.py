"""The columns of the tables and their types, the same for every batch."""

from __future__ import annotations

from collections.abc import Mapping

from callcoach.model.language import QuestionKind
from callcoach.model.party import Role
from callcoach.model.voice import CalmnessPart

TEXT, WHOLE, REAL, FLAG = "string", "Int64", "Float64", "boolean"

_TALK_COLUMNS = {
    f"{role}_{name}": dtype
    for role in (Role.AGENT, Role.CUSTOMER)
    for name, dtype in (
        ("talk_s", REAL),
        ("talk_share", REAL),
        ("wordless_s", REAL),
        ("turns", WHOLE),
    )
}

_CAME_IN_COLUMNS = {
    f"{role}_{name}": dtype
    for role in (Role.AGENT, Role.CUSTOMER)
    for name, dtype in (
        ("interruptions", WHOLE),
        ("interruptions_per_10min", REAL),
        ("interruptions_per_turn", REAL),
        ("attempts", WHOLE),
        ("backchannels", WHOLE),
    )
}

LISTENING = {
    "speech_share": REAL,
    "answers": WHOLE,
    "answer_median_s": REAL,
    "answer_p10_s": REAL,
    "answer_p90_s": REAL,
    "longest_s": REAL,
    "long_turns": WHOLE,
    "uncut_share": REAL,
}
"""What ``calls`` says of each party's room to speak, by the fields' names."""

_LISTENING_COLUMNS = {
    f"{role}_{name}": dtype
    for role in (Role.AGENT, Role.CUSTOMER)
    for name, dtype in LISTENING.items()
}

WAITS = {
    "announced_waits": WHOLE,
    "announced_wait_s": REAL,
    "unexplained_waits": WHOLE,
    "unexplained_wait_s": REAL,
}

CALL_VOICE = {
    "pitch_median_st": REAL,
    "pitch_sd_st": REAL,
    "pitch_variance_st2": REAL,
    "pitch_range_st": REAL,
    "pitch_movement_st_s": REAL,
    "pitch_trend_st_min": REAL,
    "level_dbov": REAL,
    "active_level_dbov": REAL,
    "active_factor": REAL,
    "level_trend_db_min": REAL,
    "rate_syll_s": REAL,
    "rate_wpm": REAL,
    "pauses": WHOLE,
    "pause_s": REAL,
    "effort_db": REAL,
    "calmness": REAL,
}
"""Fields of :class:`VoiceMeasures` that are one value."""

STRETCH_VOICE = (
    "pitch_median_st",
    "pitch_sd_st",
    "pitch_range_st",
    "pitch_slope_st_s",
    "pitch_movement_st_s",
    "level_dbov",
    "rate_syll_s",
    "rate_wpm",
    "pauses",
    "pause_s",
    "effort_db",
    "calmness",
)
"""Fields of :class:`VoiceStretch` that are one value."""

COMPOSURE = {
    "composure_pitch_st": "pitch_median_st",
    "composure_level_db": "level_dbov",
    "composure_rate_percent": "rate_syll_s",
    "composure_effort_db": "effort_db",
    "composure_calmness": "calmness",
}
"""Columns of ``calls`` with the measure whose change they hold."""

_VOICE_COLUMNS = {
    f"{role}_{name}": dtype
    for role in (Role.AGENT, Role.CUSTOMER)
    for name, dtype in CALL_VOICE.items()
}

_LANGUAGE_COLUMNS = {
    "concerns": WHOLE,
    "concerns_understood": WHOLE,
    "validated_before_solution": WHOLE,
    "concerns_unanswered": WHOLE,
    "paraphrases": WHOLE,
    "details_read_back": WHOLE,
    **{f"questions_{kind}": WHOLE for kind in QuestionKind},
    "closing_marks": WHOLE,
    "closing_kinds": TEXT,
}

_SCORE_COLUMNS = {
    "overall": REAL,
    "coverage": REAL,
    "scorecard": TEXT,
    "scorecard_version": TEXT,
    "scorecard_sha256": TEXT,
    "guide_sha256": TEXT,
    "categories": TEXT,
}

CALL = {"call_id": TEXT, "agent_id": TEXT, "started_at": TEXT}
"""What every table begins with: people filter by agent and date."""

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "calls": {
        **CALL,
        "duration_s": REAL,
        "source_name": TEXT,
        "channels": WHOLE,
        "mono": FLAG,
        "parties": TEXT,
        "languages": TEXT,
        "language_probability": REAL,
        **_TALK_COLUMNS,
        "both_s": REAL,
        "both_share": REAL,
        "silent_s": REAL,
        "silent_share": REAL,
        "turns": WHOLE,
        "overlaps": WHOLE,
        **_CAME_IN_COLUMNS,
        "long_silences": WHOLE,
        "long_silence_s": REAL,
        "longest_silence_s": REAL,
        "hold_s": REAL,
        **WAITS,
        **_LISTENING_COLUMNS,
        **_VOICE_COLUMNS,
        "agent_baseline": TEXT,
        "customer_tension_peak": REAL,
        "customer_tense_turns": WHOLE,
        **dict.fromkeys(COMPOSURE, REAL),
        **_LANGUAGE_COLUMNS,
        **_SCORE_COLUMNS,
        "warnings": WHOLE,
        "warning_codes": TEXT,
    },
    "turns": {
        **CALL,
        "turn": TEXT,
        "speaker": TEXT,
        "role": TEXT,
        "start_s": REAL,
        "end_s": REAL,
        "text": TEXT,
    },
    "words": {
        **CALL,
        "speaker": TEXT,
        "role": TEXT,
        "start_s": REAL,
        "end_s": REAL,
        "text": TEXT,
        "probability": REAL,
        "timing": TEXT,
    },
    "overlaps": {
        **CALL,
        "kind": TEXT,
        "start_s": REAL,
        "end_s": REAL,
        "incomer": TEXT,
        "incomer_role": TEXT,
        "holder": TEXT,
        "holder_role": TEXT,
        "holder_yielded": FLAG,
        "text": TEXT,
        "confidence": REAL,
        "cut_off": TEXT,
        "mid_sentence": FLAG,
        "next": TEXT,
    },
    "voice": {
        **CALL,
        "speaker": TEXT,
        "role": TEXT,
        "scope": TEXT,
        "start_s": REAL,
        "end_s": REAL,
        **CALL_VOICE,
        "pitch_slope_st_s": REAL,
        **{f"points_{part}": REAL for part in CalmnessPart},
        "speech_s": REAL,
        "voiced_s": REAL,
        "rated_s": REAL,
        "rated_words": WHOLE,
        "windows": WHOLE,
        "baseline": TEXT,
        "unmeasured": TEXT,
    },
    "stretches": {
        **CALL,
        "speaker": TEXT,
        "role": TEXT,
        "kind": TEXT,
        "start_s": REAL,
        "end_s": REAL,
        "measure": TEXT,
        "value": REAL,
        "usual": REAL,
        "threshold": REAL,
    },
    "tension": {
        **CALL,
        "turn": TEXT,
        "start_s": REAL,
        "end_s": REAL,
        "tension": REAL,
        "tense": FLAG,
        "voice": REAL,
        "words": REAL,
        "phrases": TEXT,
    },
    "concerns": {
        **CALL,
        "concern": TEXT,
        "turn": TEXT,
        "speaker": TEXT,
        "role": TEXT,
        "start_s": REAL,
        "end_s": REAL,
        "kind": TEXT,
        "kinds": TEXT,
        "quote": TEXT,
        "strength": REAL,
        "tension": REAL,
        "confidence": REAL,
        "fired": TEXT,
        "answered": FLAG,
        "answer_turn": TEXT,
        "answer_kinds": TEXT,
        "answer_quote": TEXT,
        "latency_turns": WHOLE,
        "validated_before_solution": FLAG,
        "tailored": FLAG,
        "canned": FLAG,
        "answer_confidence": REAL,
    },
    "paraphrases": {
        **CALL,
        "turn": TEXT,
        "start_s": REAL,
        "restates_turn": TEXT,
        "kind": TEXT,
        "score": REAL,
        "confirmed_by_customer": FLAG,
        "quote": TEXT,
        "restated": TEXT,
        "confidence": REAL,
    },
    "practices": {
        **CALL,
        "practice": TEXT,
        "score": REAL,
        "reason": TEXT,
        "kind": TEXT,
        "confidence": REAL,
        "support": REAL,
        "weight": REAL,
        "applies": FLAG,
        "automatic": FLAG,
    },
    "situations": {
        **CALL,
        "situation": TEXT,
        "heard": FLAG,
        "moments": WHOLE,
        "score": REAL,
        "reason": TEXT,
        "kind": TEXT,
        "confidence": REAL,
    },
    "findings": {
        **CALL,
        "key": TEXT,
        "code": TEXT,
        "practice": TEXT,
        "situation": TEXT,
        "kind": TEXT,
        "verdict": TEXT,
        "rank": WHOLE,
        "speaker": TEXT,
        "turn": TEXT,
        "start_s": REAL,
        "end_s": REAL,
        "title": TEXT,
        "quote": TEXT,
        "before": TEXT,
        "why": TEXT,
        "advice": TEXT,
        "measure": TEXT,
        "value": REAL,
        "limit": REAL,
        "times": WHOLE,
        "impact": REAL,
        "confidence": REAL,
    },
}
