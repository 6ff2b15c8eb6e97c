"""The scorecard of a call: reading the file, and the rows, coverage and overall score it gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from callcoach.coaching.codes import CODES
from callcoach.coaching.facts import CallFacts
from callcoach.coaching.measures.catalogue import MEASURES
from callcoach.coaching.practices import NO_RULE, score, unscored
from callcoach.coaching.situations import NO_RULE as NO_SITUATION_RULE
from callcoach.coaching.situations import situations, unheard
from callcoach.config.files import checked, explain, nearest, read_toml, refuse, shipped
from callcoach.config.guide import Guide
from callcoach.config.permit import read_permits
from callcoach.config.scorecard import PracticeCard, ScorecardFile, SituationCard
from callcoach.errors import ConfigError
from callcoach.model.coaching import Cap, Measurement, PracticeScore, Scorecard, SituationScore

_EXAMPLES = {
    "name": 'name = "Our scorecard"',
    "version": 'version = "1"',
    "practices": "tables such as [practices.validate]",
}
_FOR_EXAMPLE = (
    'calibration_file = "permit.json" at the top of the file, the file that '
    "`callcoach calibrate --json` wrote"
)


def read_scorecard(path: Path | None) -> ScorecardFile:
    """Read a scorecard; ``None`` gives the shipped one.

    Raises
    ------
    ConfigError
        If the file cannot be read, is no TOML, has an unknown key, a wrong value, or a measure
        that is not in the catalogue, or if a practice is automatic without a calibration that
        allows it. The message names the file, the key and what is expected.
    """
    return shipped_scorecard() if path is None else _read(path)


@cache
def shipped_scorecard() -> ScorecardFile:
    """The scorecard that comes with callcoach: in a checkout, or inside the installed package.

    Raises
    ------
    ConfigError
        If the file is missing or wrong.
    """
    return _read(shipped("scorecard.toml"))


def check_against_guide(card: ScorecardFile, guide: Guide) -> None:
    """Check that a scorecard and a guide fit together.

    Raises
    ------
    ConfigError
        If the scorecard has a practice or situation that the guide has no chapter for, or if the
        guide has no words for a moment that one of the scorecard's measures can find.
    """
    problems = []
    chapters = [chapter.id for chapter in guide.chapters]
    known = [situation.id for situation in guide.situations]
    for name in card.practices:
        if name not in chapters:
            problems.append(f"[practices.{name}] is no chapter of {guide.name!r}; ")
            problems[-1] += nearest(name, chapters)
    for name in card.situations:
        if name not in known:
            problems.append(f"[situations.{name}] is no situation of {guide.name!r}; ")
            problems[-1] += nearest(name, known)
    used = card.measures()
    for code in CODES.values():
        if code.measure in used and guide.finding(code.name) is None:
            problems.append(
                f"measure {code.measure!r} needs words: {guide.name!r} has no "
                f"[finding.{code.name}]; expected a table with title, why and advice"
            )
    if problems:
        refuse(card.source, problems)


def scorecard_of(
    facts: CallFacts, measured: Mapping[str, Measurement], card: ScorecardFile, guide: Guide
) -> Scorecard:
    """Score a call: a row for each chapter and each situation of the guide, and the overall score.

    The overall score is the weighted mean of the practices that have one. Coverage is their weight
    times the trust in the recording, over the weight of all practices that apply: a bad recording
    lowers the coverage and leaves the scores as they are.
    """
    practices = _in_order(
        [chapter.id for chapter in guide.chapters],
        {item.id: item for item in score(measured, card)},
        {chapter.id: unscored(chapter.id, NO_RULE, chapter.kind) for chapter in guide.chapters},
    )
    rows = _in_order(
        [situation.id for situation in guide.situations],
        {item.id: item for item in situations(facts, measured, card)},
        {item.id: unheard(item.id, NO_SITUATION_RULE) for item in guide.situations},
    )
    coverage = _coverage(practices, facts.trust)
    caps = _caps(measured, card)
    overall, reason = _overall(practices, coverage, caps, card)
    return Scorecard(
        name=card.name,
        version=card.version,
        sha256=card.sha256,
        guide=guide.name,
        guide_sha256=guide.sha256,
        practices=practices,
        situations=rows,
        overall=overall,
        reason=reason,
        coverage=coverage,
        caps=caps,
    )


_Row = TypeVar("_Row", PracticeScore, SituationScore)


def _in_order(
    names: Iterable[str], found: Mapping[str, _Row], missing: Mapping[str, _Row]
) -> tuple[_Row, ...]:
    return tuple(found.get(name) or missing[name] for name in names)


def _coverage(practices: Iterable[PracticeScore], trust: float) -> float:
    apply = [item for item in practices if item.applies and item.weight > 0]
    whole = sum(item.weight for item in apply)
    known = sum(item.weight for item in apply if item.score is not None)
    return trust * known / whole if whole else 0.0


def _overall(
    practices: Iterable[PracticeScore],
    coverage: float,
    caps: tuple[Cap, ...],
    card: ScorecardFile,
) -> tuple[float | None, str | None]:
    counted = [(p.weight, p.score) for p in practices if p.score is not None and p.weight > 0]
    if not counted:
        return None, "no chapter of the guide could be scored"
    if coverage < card.min_coverage:
        return None, (
            f"only {100 * coverage:.0f} % of what applies was measured, and "
            f"{100 * card.min_coverage:.0f} % are needed for an overall score"
        )
    mean = sum(weight * value for weight, value in counted) / sum(weight for weight, _ in counted)
    return min([round(mean, 9), *(cap.cap for cap in caps)]), None


def _caps(measured: Mapping[str, Measurement], card: ScorecardFile) -> tuple[Cap, ...]:
    found = []
    for item in card.critical:
        value = measured[item.measure].value
        if value is not None and value >= item.at_least:
            found.append(Cap(item.measure, value, item.at_least, item.cap, item.why))
    return tuple(found)


# --------------------------------------------------------------------------- reading


def _read(path: Path) -> ScorecardFile:
    values = read_toml(path, "the scorecard")
    card = checked(
        ScorecardFile,
        values,
        path,
        lambda item: explain(item, ScorecardFile, examples=_EXAMPLES),
    )
    _check_measures(card, path)
    _check_automatic(card, path)
    return card.read_from(str(path))


def _check_measures(card: ScorecardFile, path: Path) -> None:
    problems = []
    for where, name in _used(card):
        if name not in MEASURES:
            problems.append(f"[{where}] unknown measure {name!r}; {nearest(name, MEASURES)}")
    if problems:
        refuse(path, problems)


def _check_automatic(card: ScorecardFile, path: Path) -> None:
    """Refuse a practice that is automatic without a calibration that allows it."""
    if not card.automatic:
        return
    if not card.calibration_file:
        refuse(
            str(path),
            [
                f"[practices.{name}] automatic = true needs a calibration; expected {_FOR_EXAMPLE}"
                for name in card.automatic
            ],
        )
    calibration = path.parent / card.calibration_file
    try:
        permits = read_permits(calibration)
    except ConfigError as error:
        names = ", ".join(f"[practices.{name}]" for name in card.automatic)
        refuse(path, [f"{names} automatic = true: {error}"])
    refusals = {name: permits.refusal(name, card.sha256) for name in card.automatic}
    problems = [
        f"[practices.{name}] automatic = true: {refusal}; expected a calibration in {calibration} "
        "that allows it: set automatic = false, or compare more calls of this scorecard with "
        "`callcoach calibrate --json`"
        for name, refusal in refusals.items()
        if refusal is not None
    ]
    if problems:
        refuse(path, problems)


def _used(card: ScorecardFile) -> Iterable[tuple[str, str]]:
    """Where a measure is named, and its name."""
    parts: tuple[tuple[str, Mapping[str, PracticeCard] | Mapping[str, SituationCard]], ...] = (
        ("practices", card.practices),
        ("situations", card.situations),
    )
    for family, members in parts:
        for name, part in members.items():
            for item in part.items:
                yield f"{family}.{name}.items", item.measure
                if item.when is not None:
                    yield f"{family}.{name}.items.when", item.when.measure
    for critical in card.critical:
        yield "critical", critical.measure
