"""The tables of a batch: one row a call, turn, word, moment of simultaneous speech, or voice.

Columns and their types are the same for every batch, an empty one included; only the metadata
columns at the end of ``calls`` depend on the manifest. A missing value means "not measured".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callcoach.call import CallAnalysis, MetadataItem, Role, Severity, Unmeasured
from callcoach.reports.facts import CameIn, Facts, facts_of, voice_of

if TYPE_CHECKING:
    import pandas as pd

TEXT, WHOLE, REAL, FLAG = "string", "Int64", "Float64", "boolean"

_TALK_COLUMNS = {
    f"{role}_{name}": dtype
    for role in (Role.AGENT, Role.CUSTOMER)
    for name, dtype in (("talk_s", REAL), ("talk_share", REAL), ("turns", WHOLE))
}
_CAME_IN_COLUMNS = {
    f"{role}_{name}": WHOLE
    for role in (Role.AGENT, Role.CUSTOMER)
    for name in ("interruptions", "attempts", "backchannels")
}
_VOICE_FIELDS = (
    "pitch_median_st",
    "pitch_sd_st",
    "pitch_variance_st2",
    "pitch_range_st",
    "level_dbov",
    "rate_syll_s",
    "rate_wpm",
    "effort_db",
    "calmness",
)
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "calls": {
        "call_id": TEXT,
        "agent_id": TEXT,
        "started_at": TEXT,
        "duration_s": REAL,
        "source_name": TEXT,
        "channels": WHOLE,
        "mono": FLAG,
        "parties": TEXT,
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
        **{f"{role}_{n}": REAL for role in (Role.AGENT, Role.CUSTOMER) for n in _VOICE_FIELDS},
        "warnings": WHOLE,
        "warning_codes": TEXT,
    },
    "turns": {
        "call_id": TEXT,
        "turn": TEXT,
        "speaker": TEXT,
        "role": TEXT,
        "start_s": REAL,
        "end_s": REAL,
        "text": TEXT,
    },
    "words": {
        "call_id": TEXT,
        "speaker": TEXT,
        "role": TEXT,
        "start_s": REAL,
        "end_s": REAL,
        "text": TEXT,
        "probability": REAL,
        "timing": TEXT,
    },
    "overlaps": {
        "call_id": TEXT,
        "kind": TEXT,
        "start_s": REAL,
        "end_s": REAL,
        "incomer": TEXT,
        "incomer_role": TEXT,
        "holder": TEXT,
        "holder_role": TEXT,
        "holder_yielded": FLAG,
        "text": TEXT,
    },
    "voice": {
        "call_id": TEXT,
        "speaker": TEXT,
        "role": TEXT,
        "scope": TEXT,
        "start_s": REAL,
        "end_s": REAL,
        **dict.fromkeys(_VOICE_FIELDS, REAL),
        "speech_s": REAL,
        "voiced_s": REAL,
        "rated_s": REAL,
        "rated_words": WHOLE,
        "baseline": TEXT,
        "unmeasured": TEXT,
    },
}

_Row = dict[str, Any]


@dataclass(frozen=True)
class Tables:
    """The tables of a batch.

    ``voice`` has one row per call, speaker and scope; the scope is ``call`` or the id of a turn.
    """

    calls: pd.DataFrame
    turns: pd.DataFrame
    words: pd.DataFrame
    overlaps: pd.DataFrame
    voice: pd.DataFrame


def build_tables(analyses: Iterable[CallAnalysis]) -> Tables:
    """Put analyses into tables, in the order given.

    A metadata column with the name of a fixed column of ``calls`` gets ``manifest_`` before it.
    """
    rows: dict[str, list[_Row]] = {name: [] for name in COLUMNS}
    metadata: set[str] = set()
    for analysis in analyses:
        roles = {party.id: party.role.value for party in analysis.call.parties}
        extra = _metadata_row(analysis.call.metadata)
        metadata.update(extra)
        rows["calls"].append(_call_row(analysis) | extra)
        for name, part in (
            ("turns", _turn_rows(analysis, roles)),
            ("words", _word_rows(analysis, roles)),
            ("overlaps", _overlap_rows(analysis, roles)),
            ("voice", _voice_rows(analysis, roles)),
        ):
            rows[name].extend({"call_id": analysis.call.id, **row} for row in part)
    columns = {name: dict(fixed) for name, fixed in COLUMNS.items()}
    columns["calls"].update(dict.fromkeys(sorted(metadata), TEXT))
    return Tables(**{name: _frame(rows[name], columns[name]) for name in COLUMNS})


def write_tables(tables: Tables, folder: Path, write: Callable[[Path, bytes], None]) -> None:
    """Hand ``tables/<name>.parquet`` and ``calls.csv`` under ``folder`` to ``write``.

    Equal tables give equal bytes (with the same pandas and pyarrow). The CSV is UTF-8 with empty
    cells for missing values.
    """
    for name in COLUMNS:
        write(folder / "tables" / f"{name}.parquet", _parquet(getattr(tables, name)))
    write(folder / "calls.csv", _csv(tables.calls).encode("utf-8"))


def _frame(rows: Sequence[_Row], columns: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    # Nullable types from the start: a column of whole numbers with a gap must not become float.
    frame = pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype="object") for name in columns}
    )
    return frame.astype(dict(columns))


def _parquet(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {TEXT: pa.string(), WHOLE: pa.int64(), REAL: pa.float64(), FLAG: pa.bool_()}
    schema = pa.schema([(str(name), types[str(dtype)]) for name, dtype in frame.dtypes.items()])
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False), sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _csv(frame: pd.DataFrame) -> str:
    safe = frame.copy()
    for name, dtype in frame.dtypes.items():
        if str(dtype) == TEXT:
            safe[name] = frame[name].map(_neutral, na_action="ignore")
    safe.columns = safe.columns.map(_neutral)
    return safe.to_csv(index=False, lineterminator="\n")


def _neutral(cell: str) -> str:
    """A cell on one line that no spreadsheet takes for a formula."""
    safe = f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell
    return safe.replace("\r", " ").replace("\n", " ")


def _metadata_row(items: Iterable[MetadataItem]) -> _Row:
    result: _Row = {}
    for item in items:
        name = item.name
        while name in COLUMNS["calls"] or name in result:
            name = f"manifest_{name}"
        result[name] = item.value
    return result


def _call_row(analysis: CallAnalysis) -> _Row:
    call = analysis.call
    facts = facts_of(analysis)
    longest = facts.longest_silence
    row: _Row = {
        "call_id": call.id,
        "agent_id": call.agent_id,
        "started_at": call.started_at,
        "duration_s": call.duration_s,
        "source_name": call.source_name,
        "channels": call.channels,
        "mono": call.mono,
        "parties": " ".join(party.id for party in call.parties),
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
    return row


def _role_row(analysis: CallAnalysis, facts: Facts, role: Role) -> _Row:
    """What ``calls`` says about one role; nothing where nobody is known to have it."""
    talk = facts.talk_of(role)
    if talk is None:
        return {}
    row: _Row = {
        "talk_s": _settled(talk.speech_s, 3),
        "talk_share": _settled(talk.share, 4),
        "turns": talk.turns,
    }
    came_in: CameIn | None = facts.came_in_of(role)
    if came_in is not None:
        row |= {
            "interruptions": came_in.took_over,
            "attempts": came_in.gave_up,
            "backchannels": came_in.listening,
        }
    voice = voice_of(analysis, talk.speaker)
    return row | {name: getattr(voice, name) for name in _VOICE_FIELDS if voice is not None}


def _turn_rows(analysis: CallAnalysis, roles: Mapping[str, str]) -> list[_Row]:
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


def _word_rows(analysis: CallAnalysis, roles: Mapping[str, str]) -> list[_Row]:
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


def _overlap_rows(analysis: CallAnalysis, roles: Mapping[str, str]) -> list[_Row]:
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
        }
        for event in analysis.overlaps or ()
    ]


def _voice_rows(analysis: CallAnalysis, roles: Mapping[str, str]) -> list[_Row]:
    rows: list[_Row] = []
    for voice in analysis.voice:
        who = {"speaker": voice.speaker, "role": roles.get(voice.speaker)}
        rows.append(
            who
            | {name: getattr(voice, name) for name in _VOICE_FIELDS}
            | {
                "scope": "call",
                "start_s": 0.0,
                "end_s": analysis.call.duration_s,
                "speech_s": voice.support.speech_s,
                "voiced_s": voice.support.voiced_s,
                "rated_s": voice.support.rated_s,
                "rated_words": voice.support.rated_words,
                "baseline": voice.baseline,
                "unmeasured": _reasons(voice.unmeasured),
            }
        )
        rows.extend(
            who
            | {
                "scope": stretch.turn,
                "start_s": stretch.start_s,
                "end_s": stretch.end_s,
                "pitch_median_st": stretch.pitch_median_st,
                "pitch_sd_st": stretch.pitch_sd_st,
                "level_dbov": stretch.level_dbov,
                "rate_syll_s": stretch.rate_syll_s,
                "rate_wpm": stretch.rate_wpm,
                "voiced_s": stretch.voiced_s,
            }
            for stretch in voice.timeline
        )
    return rows


def _reasons(items: Iterable[Unmeasured]) -> str | None:
    return "; ".join(f"{item.measure}: {item.reason}" for item in items) or None


def _settled(value: float | None, digits: int) -> float | None:
    """Sums and shares with fixed decimals: the order of adding must not show."""
    return None if value is None else round(value, digits) + 0.0
