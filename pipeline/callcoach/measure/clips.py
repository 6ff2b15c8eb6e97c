"""``callcoach measure voice``: a CSV of clips in, the same CSV with voice measures out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callcoach.audio.decode import decode
from callcoach.audio.level import loudest_channel
from callcoach.batch.monitor.progress import Progress
from callcoach.batch.sources.places import RecordingPlaces
from callcoach.config.config import Config
from callcoach.errors import AudioError, SourceError
from callcoach.model.voice import BaselineSource, CalmnessPart
from callcoach.reports.tables.columns import STRETCH_VOICE
from callcoach.storage.table_rows import read_rows
from callcoach.voice.clips import VoiceClip, judge_clips, measure_clip
from callcoach.voice.trackers import PitchTracker

if TYPE_CHECKING:
    import pandas as pd


REQUIRED = ("path", "speaker")

_OF_TURNS_OR_WORDS = ("rate_wpm", "pauses", "pause_s")  # a clip has neither

_MEASURES = (
    "speech_s",
    "voiced_s",
    *(name for name in STRETCH_VOICE if name not in _OF_TURNS_OR_WORDS),
)

_POINTS = tuple(f"points_{part}" for part in CalmnessPart)

COLUMNS = (
    "duration_s",
    *_MEASURES,
    "pitch_variance_st2",
    "active_level_dbov",
    "active_factor",
    *_POINTS,
    "baseline",
    "baseline_clips",
    "unmeasured",
)
"""Columns that are added; one of the input with such a name gets ``input_`` before it."""

_DECIMALS = 3


@dataclass(frozen=True)
class ClipRow:
    """A row of the input: where its clip is, and its cells."""

    number: int
    path: Path
    speaker: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class ClipFailure:
    """A clip that could not be measured."""

    path: str
    error: str


def read_clips(table: Path) -> tuple[ClipRow, ...]:
    """The rows of a clips table; paths are relative to the table's folder.

    Raises
    ------
    SourceError
        If the table cannot be read, lacks a column, or a cell of ``path`` or ``speaker`` is empty.
    """
    header, rows = read_rows(table, "list of clips", REQUIRED)
    for name in REQUIRED:
        if name not in header:
            raise SourceError(
                f"{table} has no column {name!r} (found: {', '.join(header) or 'nothing'}); "
                "callcoach reads path and speaker and passes other columns through"
            )
    return tuple(_checked(table, rows))


def measure_clips(
    rows: Sequence[ClipRow],
    tracker: PitchTracker,
    config: Config,
    progress: Progress,
    *,
    same_level: bool,
) -> tuple[pd.DataFrame, tuple[ClipFailure, ...]]:
    """Measure the clips of a table.

    Returns
    -------
    DataFrame and failures
        One row for each row given, in the same order: its own cells, then :data:`COLUMNS`. An
        unreadable clip has no values and its error under ``unmeasured``.
    """
    progress.begin(len(rows))
    clips: dict[int, VoiceClip] = {}
    errors: dict[int, str] = {}
    for row in rows:
        started = time.monotonic()
        try:
            audio = decode(row.path, config.audio)
            clips[row.number] = measure_clip(
                loudest_channel(audio)[0],
                audio.sample_rate_hz,
                row.speaker,
                tracker,
                config,
                same_level=same_level,
            )
        except AudioError as error:
            errors[row.number] = str(error)
        progress.ended(row.cells["path"], errors.get(row.number), time.monotonic() - started)
    judged = dict(zip(clips, judge_clips(tuple(clips.values()), config), strict=True))
    table = [
        _own_cells(row)
        | (
            _cells(judged[row.number])
            if row.number in judged
            else {"unmeasured": f"voice: {errors[row.number]}"}
        )
        for row in rows
    ]
    failures = tuple(
        ClipFailure(row.cells["path"], errors[row.number]) for row in rows if row.number in errors
    )
    return _frame(table, rows), failures


def _checked(table: Path, rows: Iterator[tuple[int, dict[str, str]]]) -> Iterator[ClipRow]:
    count, places = 0, RecordingPlaces(table.parent, ())
    for number, cells in rows:
        for name in REQUIRED:
            if not cells[name].strip():
                raise SourceError(f"{table}, row {number}: the {name} is empty")
        count += 1
        path = places.find(cells["path"].strip()).path
        yield ClipRow(number, path, cells["speaker"].strip(), cells)
    if not count:
        raise SourceError(f"{table} has no rows; list one clip in each")


def _own_cells(row: ClipRow) -> dict[str, Any]:
    return {_own_name(name): value for name, value in row.cells.items()}


def _own_name(name: str) -> str:
    return f"input_{name}" if name in COLUMNS else name


def _cells(clip: VoiceClip) -> dict[str, Any]:
    measures = clip.measures
    spread = measures.pitch_sd_st
    result: dict[str, Any] = {name: getattr(measures, name) for name in _MEASURES}
    result |= {
        "duration_s": measures.duration_s,
        "pitch_variance_st2": None if spread is None else spread**2,
        "active_level_dbov": clip.level.level_dbov,
        "active_factor": clip.level.factor,
        "baseline": BaselineSource.OTHER_CLIPS.value if measures.contributions else None,
        "baseline_clips": clip.others,
        "unmeasured": "; ".join(f"{u.measure}: {u.reason}" for u in measures.unmeasured),
    }
    return result | {f"points_{item.part}": item.points for item in measures.contributions}


def _frame(table: Sequence[Mapping[str, Any]], rows: Sequence[ClipRow]) -> pd.DataFrame:
    import pandas as pd

    own = [_own_name(name) for name in rows[0].cells] if rows else list(REQUIRED)
    frame = pd.DataFrame(table, columns=[*own, *COLUMNS])
    numbers = [n for n in COLUMNS if n not in ("baseline", "baseline_clips", "unmeasured")]
    frame[numbers] = frame[numbers].astype("Float64").round(_DECIMALS)
    frame["baseline_clips"] = frame["baseline_clips"].astype("Int64")
    return frame
