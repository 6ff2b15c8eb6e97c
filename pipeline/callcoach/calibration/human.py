"""People's scores, read from a table they fill in."""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from callcoach.config.files import closest, did_you_mean
from callcoach.errors import SourceError
from callcoach.model.coaching import OVERALL
from callcoach.storage.table_rows import read_rows

COLUMNS = ("call_id", "rater", "practice", "score")

NOT_APPLICABLE = ("", "na", "n/a")

MOST_PROBLEMS = 20

_SCALE_TOP = 10.0  # when no score is above this, the scale was perhaps another one

_SCALE_ROWS = 10

_MISSPELT = 0.7  # least likeness of a column to a missing one: the others are rightly there


@dataclass(frozen=True)
class HumanScore:
    """One rater's score of one practice of one call: 0..100, ``None`` = not applicable."""

    call_id: str
    rater: str
    practice: str
    score: float | None


@dataclass(frozen=True)
class HumanScores:
    """What people scored.

    ``scores`` are those of known calls, in the order of the file. ``unknown_calls`` were scored
    by people, but are none of the calls to compare with. ``notes`` tell what looks odd.
    """

    scores: tuple[HumanScore, ...]
    unknown_calls: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_human(
    path: Path, practices: Collection[str], calls: Collection[str] | None = None
) -> HumanScores:
    """Read a CSV file with the columns ``call_id, rater, practice, score``.

    Commas, semicolons or tabs; column names, raters and practices without regard to capitals;
    other columns are ignored. A score is a number from 0 to 100 (a decimal comma is read too), or
    ``na`` or an empty cell where the practice did not apply. A row that repeats another with the
    same score counts once.

    Parameters
    ----------
    path
        The file.
    practices
        The ids that may be scored; ``overall`` may be in any case.
    calls
        The calls there are to compare with; ``None`` takes all.

    Raises
    ------
    SourceError
        If it is no such table, or rows are wrong: up to 20 of them are listed, each with row,
        column, value and what is expected. Also if none of the calls is known.
    """
    header, rows = read_rows(path, "people's scores")
    columns = _columns(header, path)
    known = sorted({*practices, OVERALL})
    problems: list[str] = []
    seen: dict[tuple[str, str, str], tuple[int, HumanScore]] = {}
    spelling: dict[str, str] = {}
    for number, cells in _numbered(rows, problems):
        row = {name: cells[column].strip() for name, column in columns.items()}
        wrong, score = _checked(row, known)
        problems += [f"row {number}, {text}" for text in wrong]
        if score is None:
            continue
        rater = spelling.setdefault(score.rater.casefold(), score.rater)
        score = HumanScore(score.call_id, rater, score.practice, score.score)
        first = seen.setdefault((score.call_id, rater, score.practice), (number, score))
        if first[1].score != score.score:
            problems.append(
                f"row {number}, score {row['score']!r}: row {first[0]} has "
                f"{_shown(first[1].score)} for the same call, rater and practice; keep one"
            )
    if problems:
        raise SourceError(_listed(path, problems))
    found = [score for _, score in seen.values()]
    if not found:
        raise SourceError(f"{path} has no rows; give one for each score: {', '.join(COLUMNS)}")
    return _of_known_calls(path, found, calls)


def _columns(header: Sequence[str], path: Path) -> dict[str, str]:
    """The columns' names in the file by what they hold."""
    names = {name.lower(): name for name in header}
    if len(names) < len(header):
        raise SourceError(f"{path} has a column twice, told apart by capitals only; rename one")
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        others = sorted(set(names) - set(COLUMNS))
        near = [
            f"did you mean {missing_name!r} by {names[close]!r}?"
            for missing_name in missing
            if (close := closest(missing_name, others, _MISSPELT))
        ]
        raise SourceError(
            f"{path} has no column {', '.join(map(repr, missing))} (found: "
            f"{', '.join(filter(None, header)) or 'nothing'}); expected {', '.join(COLUMNS)}"
            + "".join(f"; {text}" for text in near)
        )
    return {name: names[name] for name in COLUMNS}


def _numbered(
    rows: Iterator[tuple[int, dict[str, str]]], problems: list[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows up to one whose cells do not fit the header; after it nothing can be trusted."""
    try:
        yield from rows
    except (SourceError, csv.Error) as error:
        problems.append(f"{error}; the rows after it were not read")


def _checked(row: dict[str, str], known: Sequence[str]) -> tuple[list[str], HumanScore | None]:
    """What is wrong with a row, and its score where nothing is."""
    wrong = [
        f"{name}: it is empty; every row needs {what}"
        for name, what in (("call_id", "a call"), ("rater", "the name of who scored it"))
        if not row[name]
    ]
    practice = next((p for p in known if p.casefold() == row["practice"].casefold()), None)
    if practice is None:
        hint = did_you_mean(row["practice"].lower(), known, f"expected one of {', '.join(known)}")
        wrong.append(f"practice {row['practice']!r}: not known; {hint}")
    try:
        score = _score(row["score"])
    except ValueError:
        wrong.append(
            f"score {row['score']!r}: expected a number from 0 to 100, or na where the practice "
            "did not apply"
        )
        return wrong, None
    if wrong or practice is None:
        return wrong, None
    return [], HumanScore(row["call_id"], row["rater"], practice, score)


def _score(cell: str) -> float | None:
    if cell.casefold() in NOT_APPLICABLE:
        return None
    value = float(cell.replace(",", "."))
    if not (math.isfinite(value) and 0 <= value <= 100):
        raise ValueError
    return value + 0.0


def _shown(score: float | None) -> str:
    return "na" if score is None else f"{score:g}"


def _listed(path: Path, problems: Sequence[str]) -> str:
    """All problems in one message."""
    shown = [text.removeprefix(f"{path}, ") for text in problems[:MOST_PROBLEMS]]
    more = len(problems) - len(shown)
    if len(problems) == 1:
        return f"{path}, {shown[0]}"
    lines = [f"{path} has {len(problems)} problems:", *(f"  {text}" for text in shown)]
    return "\n".join(lines + ([f"  and {more} more"] if more else []))


def _of_known_calls(
    path: Path, found: Sequence[HumanScore], calls: Collection[str] | None
) -> HumanScores:
    there_are = None if calls is None else set(calls)
    known = [s for s in found if there_are is None or s.call_id in there_are]
    if not known:
        there = ", ".join(sorted(calls or ())[:3]) or "none"
        raise SourceError(
            f"{path}: none of its calls was analysed; it has "
            f"{', '.join(sorted({s.call_id for s in found})[:3])}, the analyses are of {there}"
        )
    unknown = {score.call_id for score in found} - {score.call_id for score in known}
    values = [score.score for score in known if score.score is not None]
    notes = []
    if len(values) >= _SCALE_ROWS and max(values) <= _SCALE_TOP:
        notes.append(
            f"no score of {path.name} is above {max(values):g}: scores run from 0 to 100; if "
            "another scale was used, bring it to 0 to 100 first"
        )
    return HumanScores(tuple(known), tuple(sorted(unknown)), tuple(notes))
