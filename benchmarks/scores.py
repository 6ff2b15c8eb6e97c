"""Do practice scores follow what the sample calls plant? Rank correlation, as Markdown.

    callcoach run data_samples --calls data_samples/calls.csv --out OUT
    python benchmarks/scores.py OUT [--scorecard FILE] [--calls]

``data_samples/truth`` says for each call and practice whether it was done well: poor, mixed or
good. The scores are compared with that by Spearman's rank correlation over all calls and
practices, on the analyses of OUT as they are (own transcript) and with the true text put in their
place: speech activity and voice stay those of the recording. Practices that the truth leaves out,
or that have no score, are counted and not compared.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from callcoach.batch.store import Store
from callcoach.batch.worker import load_matcher
from callcoach.call import Activity, CallAnalysis, Timing, Word
from callcoach.coaching.coach import coach
from callcoach.coaching.scorecard import read_scorecard
from callcoach.config import Config
from callcoach.delivery import Unmeasured
from callcoach.dialogue.listening import measure_listening
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from callcoach.language import Language
from callcoach.role import Role
from callcoach.settings.guide import read_guide
from callcoach.understanding import understand, utterance_turns, utterances_of
from callcoach.voice.composure import find_composure
from callcoach.voice.tension import turn_tensions

ROOT = Path(__file__).resolve().parent.parent
TRUTH = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "data_samples" / "truth").glob("*.json"))
}
LEVELS = {"poor": 0, "mixed": 1, "good": 2}
CONFIG = Config()


@dataclass(frozen=True)
class Pair:
    """One practice of one call: what is planted (0..2) and its score (0..100)."""

    call: str
    practice: str
    expected: int
    score: float | None


def true_words(truth: Mapping[str, Any]) -> tuple[Word, ...]:
    """The words of a truth file, spread over the stretches in which their turn is spoken."""
    words = []
    for turn in truth["turns"]:
        texts = turn["text"].split()
        length = sum(end - start for start, end in turn["spans"])
        for place, text in enumerate(texts):
            start, end = (_at(turn["spans"], length * (place + at) / len(texts)) for at in (0.1, 1))
            words.append(Word(start, max(end, start), turn["speaker"], text, 1.0, Timing.MEASURED))
    return tuple(sorted(words, key=lambda word: (word.start_s, word.speaker)))


def _at(spans: Sequence[Sequence[float]], spoken_s: float) -> float:
    """The time at which so many seconds of the stretches are over."""
    for start, end in spans:
        if spoken_s <= end - start:
            return start + spoken_s
        spoken_s -= end - start
    return spans[-1][1]


def with_true_text(
    analysis: CallAnalysis, truth: Mapping[str, Any], matcher: Matcher
) -> CallAnalysis:
    """The analysis as it would be had the engine heard every word right."""
    words = true_words(truth)
    roles = {party.id: party.role for party in analysis.call.parties}
    activities = tuple(
        Activity(party.id, tuple(r for r in analysis.activity if r.speaker == party.id))
        for party in analysis.call.parties
    )
    units = inter_pausal_units(activities, CONFIG.turns)
    turns = build_turns(units, words, CONFIG.turns)
    overlaps = None
    if analysis.overlaps is not None:
        overlaps = find_overlaps(units, turns, words, CONFIG.overlaps)
    timelines = {voice.speaker: voice.timeline for voice in analysis.voice}
    by_role = {role: [turn for turn in turns if roles.get(turn.speaker) is role] for role in Role}
    tension = turn_tensions(by_role[Role.CUSTOMER], timelines["customer"], CONFIG.tension)
    composure = find_composure(tension, by_role[Role.AGENT], timelines["agent"], CONFIG.composure)
    said = utterances_of(turns, words, roles, tension, CONFIG)
    language = understand(said, tension, matcher, CONFIG)
    return replace(
        analysis,
        words=words,
        turns=turns,
        overlaps=overlaps,
        listening=measure_listening(
            activities,
            turns,
            overlaps,
            analysis.silences,
            analysis.call.duration_s,
            CONFIG.listening,
            CONFIG.overlaps,
        ),
        tension=tension,
        composure=None if isinstance(composure, Unmeasured) else composure,
        utterances=utterance_turns(turns, CONFIG),
        **{field.name: getattr(language, field.name) for field in fields(Language)},
    )


def pairs(analysis: CallAnalysis, truth: Mapping[str, Any]) -> list[Pair]:
    """What is planted in a call, beside its scores."""
    assert analysis.scorecard is not None
    scores = {practice.id: practice.score for practice in analysis.scorecard.practices}
    return [
        Pair(analysis.call.id, name, LEVELS[level], scores.get(name))
        for name, level in truth["expected"].items()
    ]


def rank_correlation(found: Sequence[Pair]) -> float | None:
    """Spearman's rank correlation, ties at their mean rank; ``None`` where it is not defined."""
    from scipy.stats import spearmanr

    scored = [(pair.expected, pair.score) for pair in found if pair.score is not None]
    if len({e for e, _ in scored}) < 2 or len({s for _, s in scored}) < 2:
        return None
    return float(spearmanr([e for e, _ in scored], [s for _, s in scored]).statistic)


def report(title: str, found: Sequence[Pair]) -> None:
    """Print the correlation of each practice and of all together."""
    print(f"\n### {title}\n")
    print("| practice | calls | no score | mean poor | mean mixed | mean good | rank correlation |")
    print("|---|---|---|---|---|---|---|")
    names = list(dict.fromkeys(pair.practice for pair in found))
    for name in (*names, "all"):
        own = [pair for pair in found if name in ("all", pair.practice)]
        means = []
        for level in LEVELS.values():
            scores = [p.score for p in own if p.expected == level and p.score is not None]
            means.append(f"{sum(scores) / len(scores):.0f}" if scores else "-")
        rho = rank_correlation(own)
        missing = sum(pair.score is None for pair in own)
        shown = "-" if rho is None else f"{rho:.3f}"
        print(f"| {name} | {len(own)} | {missing} | {' | '.join(means)} | {shown} |")


def situations(analyses: Sequence[CallAnalysis]) -> None:
    """Print which situations were heard, beside those that are planted."""
    print("\n| situation | planted | heard | both |\n|---|---|---|---|")
    planted = {(c, name) for c, truth in TRUTH.items() for name in truth["situations"]}
    heard = {
        (analysis.call.id, situation.id)
        for analysis in analyses
        for situation in (analysis.scorecard.situations if analysis.scorecard else ())
        if situation.heard
    }
    for name in sorted({name for _, name in planted | heard}):
        true, found = ({pair for pair in both if pair[1] == name} for both in (planted, heard))
        print(f"| {name} | {len(true)} | {len(found)} | {len(true & found)} |")


def details(analyses: Sequence[CallAnalysis]) -> None:
    """Print every score with its items, and the findings that lead."""
    for analysis in analyses:
        card = analysis.scorecard
        assert card is not None
        overall = card.reason if card.overall is None else f"{card.overall:.0f}"
        print(f"\n#### {analysis.call.id}: overall {overall}, coverage {card.coverage:.2f}")
        expected = TRUTH[analysis.call.id]["expected"]
        for practice in card.practices:
            score = "  -" if practice.score is None else f"{practice.score:3.0f}"
            items = ", ".join(
                f"{item.measure} {item.value:.2f}={item.score:.0f}"
                for item in practice.items
                if item.score is not None and item.value is not None
            )
            print(f"{expected.get(practice.id, '?'):6} {score} {practice.id}: {items}")
        heard = [s for s in card.situations if s.heard]
        print("situations:", ", ".join(f"{s.id} {s.score or 0:.0f}" for s in heard))
        for finding in analysis.findings or ():
            if finding.rank is not None:
                print(
                    f"  {finding.verdict} {finding.rank} {finding.practice}/{finding.code} "
                    f"x{finding.times} impact {finding.impact:.2f} sure {finding.confidence:.2f} "
                    f"{finding.value if finding.value is not None else ''} {finding.quote!r}"
                )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("out", type=Path, help="folder of callcoach run")
    parser.add_argument("--scorecard", type=Path, help="another scorecard than the shipped one")
    parser.add_argument("--calls", action="store_true", help="print every call too")
    options = parser.parse_args()
    guide, card = read_guide(None), read_scorecard(options.scorecard)
    matcher, _ = load_matcher(CONFIG)
    store = Store.existing(options.out)
    stored = [store.load(name) for name in TRUTH]
    for title, calls in (
        ("True text", [with_true_text(call, TRUTH[call.call.id], matcher) for call in stored]),
        ("Own transcript", stored),
    ):
        coached = [coach(call, guide, card, None, CONFIG.measures) for call in calls]
        report(title, [pair for call in coached for pair in pairs(call, TRUTH[call.call.id])])
        situations(coached)
        if options.calls:
            details(coached)


if __name__ == "__main__":
    main()
